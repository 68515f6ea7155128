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

// Products that are added stand in statements of their own: no processor then rounds only once where another rounds twice.

PARLA_DISPATCHED
void parla_normalize_rows(
    long rows, long columns, float epsilon, const float *restrict x, const float *restrict gamma,
    const float *restrict beta, float *restrict y, float *restrict means, float *restrict factors) {
  const long whole = columns / LANES * LANES;
  for (long row = 0; row < rows; row++, x += columns, y += columns) {
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
    means[row] = center;
    factors[row] = scale;
    if (!gamma) {
      for (long i = 0; i < columns; i++) y[i] = (x[i] - center) * scale;
      continue;
    }
    for (long i = 0; i < columns; i++) {
      const float scaled = (x[i] - center) * scale * gamma[i];
      y[i] = scaled + beta[i];
    }
  }
}

PARLA_DISPATCHED
void parla_add_normalization_sums(
    long rows, long columns, long stride, const float *restrict x, const float *means,
    const float *factors, const float *restrict gradient, float *restrict gamma_sum,
    float *restrict beta_sum) {
  for (long row = 0; row < rows; row++, gradient += stride, x += stride) {
    const float center = means[row], scale = factors[row];
    for (long i = 0; i < columns; i++) {
      const float product = gradient[i] * ((x[i] - center) * scale);
      gamma_sum[i] += product;
      beta_sum[i] += gradient[i];
    }
  }
}

PARLA_DISPATCHED
void parla_normalization_gradient(
    long rows, long columns, const float *restrict x, const float *means, const float *factors,
    const float *restrict gamma, float *restrict gradient) {
  const long whole = columns / LANES * LANES;
  for (long row = 0; row < rows; row++, gradient += columns, x += columns) {
    const float center = means ? means[row] : 0.0f, scale = means ? factors[row] : 1.0f;
    for (long i = 0; i < columns; i++) gradient[i] *= gamma[i];
    doubles sums = {0}, products = {0};
    for (long i = 0; i < whole; i += LANES) {
      const doubles g = WIDE(gradient + i);
      const floats normalized = (*(const floats *)(x + i) - center) * scale;
      sums += g;
      products += g * __builtin_convertvector(normalized, doubles);
    }
    double sum = added_up(&sums), product = added_up(&products);
    for (long i = whole; i < columns; i++) {
      sum += gradient[i];
      product += (double)gradient[i] * ((x[i] - center) * scale);
    }
    const float mean = (float)(sum / (double)columns), share = (float)(product / (double)columns);
    for (long i = 0; i < columns; i++) {
      const float normalized = (x[i] - center) * scale;
      gradient[i] = factors[row] * (gradient[i] - mean - normalized * share);
    }
  }
}

PARLA_DISPATCHED
void parla_add_channel_moments(
    long rows, long channels, const float *restrict x, const float *restrict center,
    double *restrict sums, double *restrict squares) {
  for (long row = 0; row < rows; row++, x += channels)
    for (long i = 0; i < channels; i++) {
      const double distance = x[i] - center[i];
      const double square = distance * distance;
      sums[i] += distance;
      squares[i] += square;
    }
}

PARLA_DISPATCHED
void parla_normalize_channels(
    long rows, long channels, const float *restrict x, const float *restrict scale,
    const float *restrict shift, const float *restrict gamma, const float *restrict beta,
    float *restrict y) {
  for (long row = 0; row < rows; row++, x += channels, y += channels)
    for (long i = 0; i < channels; i++) {
      const float scaled = x[i] * scale[i];
      const float normalized = scaled + shift[i];
      const float product = normalized * gamma[i];
      y[i] = product + beta[i];
    }
}

PARLA_DISPATCHED
void parla_add_channel_products(
    long rows, long channels, const float *restrict x, const float *restrict scale,
    const float *restrict shift, const float *restrict gradient, double *restrict sums,
    double *restrict products) {
  for (long row = 0; row < rows; row++, x += channels, gradient += channels)
    for (long i = 0; i < channels; i++) {
      const float scaled = x[i] * scale[i];
      const double product = (double)gradient[i] * (double)(scaled + shift[i]);
      sums[i] += (double)gradient[i];
      products[i] += product;
    }
}

PARLA_DISPATCHED
void parla_channel_normalization_gradient(
    long rows, long channels, const float *restrict x, const float *restrict scale,
    const float *restrict shift, const float *restrict gradient, const float *restrict factor,
    const float *restrict mean, const float *restrict slope, float *restrict result) {
  for (long row = 0; row < rows; row++, x += channels, gradient += channels, result += channels)
    for (long i = 0; i < channels; i++) {
      const float scaled = x[i] * scale[i];
      const float product = (scaled + shift[i]) * slope[i];
      result[i] = factor[i] * (gradient[i] - mean[i] - product);
    }
}
