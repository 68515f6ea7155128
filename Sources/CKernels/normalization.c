#include <math.h>

#include "CKernels.h"
#include "dispatch.h"

// Sums run in lanes of doubles, in an order that the source says, so that every set of instructions finds the same.
enum { LANES = 8 };

typedef float floats __attribute__((vector_size(LANES * sizeof(float)), aligned(4)));
typedef double doubles __attribute__((vector_size(LANES * sizeof(double))));

#define WIDE(X) __builtin_convertvector(*(const floats *)(X), doubles)

PARLA_INLINE double added_up(const doubles *x) {
  double sum = 0.0;
  for (int i = 0; i < LANES; i++) sum += (*x)[i];
  return sum;
}

PARLA_DISPATCHED
void parla_normalize_rows(
    long rows, long columns, float epsilon, float *x, float *factors) {
  const long whole = columns / LANES * LANES;
  for (long row = 0; row < rows; row++, x += columns) {
    doubles sums = {0};
    for (long i = 0; i < whole; i += LANES) sums += WIDE(x + i);
    double sum = added_up(&sums);
    for (long i = whole; i < columns; i++) sum += x[i];
    const double mean = sum / (double)columns;
    doubles squares = {0};
    for (long i = 0; i < whole; i += LANES) {
      const doubles distance = WIDE(x + i) - mean;
      squares += distance * distance;
    }
    double variance = added_up(&squares);
    for (long i = whole; i < columns; i++) variance += (x[i] - mean) * (x[i] - mean);
    const float scale = 1.0f / (float)sqrt(variance / (double)columns + (double)epsilon);
    const float center = (float)mean;
    for (long i = 0; i < columns; i++) x[i] = (x[i] - center) * scale;
    factors[row] = scale;
  }
}

PARLA_DISPATCHED
void parla_normalization_gradient(
    long rows, long columns, const float *normalized, const float *factors, const float *gamma,
    float *gradient) {
  const long whole = columns / LANES * LANES;
  for (long row = 0; row < rows; row++, gradient += columns, normalized += columns) {
    for (long i = 0; i < columns; i++) gradient[i] *= gamma[i];
    doubles sums = {0}, products = {0};
    for (long i = 0; i < whole; i += LANES) {
      const doubles g = WIDE(gradient + i);
      sums += g;
      products += g * WIDE(normalized + i);
    }
    double sum = added_up(&sums), product = added_up(&products);
    for (long i = whole; i < columns; i++) {
      sum += gradient[i];
      product += (double)gradient[i] * normalized[i];
    }
    const float mean = (float)(sum / (double)columns), share = (float)(product / (double)columns);
    for (long i = 0; i < columns; i++)
      gradient[i] = factors[row] * (gradient[i] - mean - normalized[i] * share);
  }
}
