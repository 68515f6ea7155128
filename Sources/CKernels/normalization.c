#include <math.h>

#include "CKernels.h"
#include "dispatch.h"

// Sums run in lanes of doubles, in an order that the source says, so that every set of instructions finds the same.
enum {
  LANES = 8,
  ROWS_TOGETHER = 4,  // whose sums run side by side, as each waits for the one before
  WIDE_LANES = 64  // columns whose sums stay in registers while all rows pass by
};

typedef float floats __attribute__((vector_size(LANES * sizeof(float)), aligned(4)));
typedef float wide_floats __attribute__((vector_size(WIDE_LANES * sizeof(float)), aligned(4)));
typedef double doubles __attribute__((vector_size(LANES * sizeof(double))));

#define WIDE(X) __builtin_convertvector(*(const floats *)(X), doubles)

PARLA_INLINE double added_up(const doubles *x) {
  double sum = 0.0;
  for (int i = 0; i < LANES; i++) sum += (*x)[i];
  return sum;
}

// Products that are added stand in statements of their own: no processor then rounds only once where another rounds twice.

// The mean of each of some rows, and one divided by its deviation.
PARLA_INLINE void find_statistics(
    const int rows, long columns, float epsilon, const float *x, float *means, float *factors) {
  const long whole = columns / LANES * LANES;
  doubles sums[ROWS_TOGETHER] = {{0}}, squares[ROWS_TOGETHER] = {{0}};
  double mean[ROWS_TOGETHER];
  for (long i = 0; i < whole; i += LANES)
    for (int row = 0; row < rows; row++) sums[row] += WIDE(x + row * columns + i);
  for (int row = 0; row < rows; row++) {
    double sum = added_up(&sums[row]);
    for (long i = whole; i < columns; i++) sum += x[row * columns + i];
    mean[row] = sum / (double)columns;
    means[row] = (float)mean[row];
  }
  for (long i = 0; i < whole; i += LANES)
    for (int row = 0; row < rows; row++) {
      const doubles distance = WIDE(x + row * columns + i) - mean[row];
      squares[row] += distance * distance;
    }
  for (int row = 0; row < rows; row++) {
    double variance = added_up(&squares[row]);
    for (long i = whole; i < columns; i++) {
      const double distance = x[row * columns + i] - mean[row];
      variance += distance * distance;
    }
    factors[row] = 1.0f / (float)sqrt(variance / (double)columns + (double)epsilon);
  }
}

PARLA_DISPATCHED
void parla_normalize_rows(
    long rows, long columns, float epsilon, const float *restrict x, const float *restrict gamma,
    const float *restrict beta, float *restrict y, float *restrict means, float *restrict factors) {
  for (long row = 0; row < rows; row++, x += columns, y += columns) {
    if (row % ROWS_TOGETHER == 0 && rows - row >= ROWS_TOGETHER)
      find_statistics(ROWS_TOGETHER, columns, epsilon, x, means + row, factors + row);
    else if (row >= rows / ROWS_TOGETHER * ROWS_TOGETHER)
      find_statistics(1, columns, epsilon, x, means + row, factors + row);
    const float center = means[row], scale = factors[row];
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
  const long whole = columns / WIDE_LANES * WIDE_LANES;
  for (long i = 0; i < whole; i += WIDE_LANES) {
    wide_floats products = *(const wide_floats *)(gamma_sum + i);
    wide_floats sums = *(const wide_floats *)(beta_sum + i);
    for (long row = 0; row < rows; row++) {
      const wide_floats g = *(const wide_floats *)(gradient + row * stride + i);
      const wide_floats distance = *(const wide_floats *)(x + row * stride + i) - means[row];
      const wide_floats product = g * (distance * factors[row]);
      products += product;
      sums += g;
    }
    *(wide_floats *)(gamma_sum + i) = products;
    *(wide_floats *)(beta_sum + i) = sums;
  }
  for (long i = whole; i < columns; i++)
    for (long row = 0; row < rows; row++) {
      const float g = gradient[row * stride + i];
      const float product = g * ((x[row * stride + i] - means[row]) * factors[row]);
      gamma_sum[i] += product;
      beta_sum[i] += g;
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
void parla_scale_channels(
    long rows, long channels, const float *restrict scale, const float *restrict shift,
    float *restrict x) {
  for (long row = 0; row < rows; row++, x += channels)
    for (long i = 0; i < channels; i++) {
      const float scaled = x[i] * scale[i];
      x[i] = scaled + shift[i];
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
