#include "CKernels.h"
#include "vector_math.h"

PARLA_DISPATCHED
void parla_add_bias(long rows, long columns, const float *restrict bias, float *restrict x) {
  for (long row = 0; row < rows; row++, x += columns)
    for (long column = 0; column < columns; column++) x[column] += bias[column];
}

PARLA_DISPATCHED
void parla_add_column_sums(
    long rows, long columns, const float *restrict x, long stride, float *restrict sum) {
  for (long row = 0; row < rows; row++, x += stride)
    for (long column = 0; column < columns; column++) sum[column] += x[column];
}

PARLA_DISPATCHED
void parla_clipped_relu(long count, float ceiling, float *x) {
  for (long i = 0; i < count; i++) {
    // Written so that NaN stays NaN and is found when the loss is checked.
    float value = x[i] < 0.0f ? 0.0f : x[i];
    x[i] = value > ceiling ? ceiling : value;
  }
}

PARLA_DISPATCHED
void parla_clipped_relu_gradient(
    long count, float ceiling, const float *restrict y, float *restrict gradient) {
  for (long i = 0; i < count; i++)
    gradient[i] = ((y[i] > 0.0f) & (y[i] < ceiling)) ? gradient[i] : 0.0f;
}

// A well-mixing function of 32 bits (C. Wellons, "Prospecting for hash functions", lowbias32).
PARLA_INLINE uint32_t parla_mix(uint32_t x) {
  x ^= x >> 16;
  x *= 0x7feb352dU;
  x ^= x >> 15;
  x *= 0x846ca68bU;
  x ^= x >> 16;
  return x;
}

PARLA_DISPATCHED
void parla_dropout(long count, float rate, uint64_t seed, uint64_t start, float *x) {
  const uint32_t key = parla_mix((uint32_t)seed) ^ parla_mix((uint32_t)(seed >> 32) + 0x9e3779b9U);
  const uint32_t origin = (uint32_t)start ^ parla_mix((uint32_t)(start >> 32));
  // 24 bits, since a signed comparison of small integers is what every instruction set has.
  const int32_t threshold = (int32_t)(rate * 16777216.0f);
  const float scale = 1.0f / (1.0f - rate);
  for (long i = 0; i < count; i++) {
    int32_t random = (int32_t)(parla_mix((origin + (uint32_t)i) ^ key) >> 8);
    x[i] = random >= threshold ? x[i] * scale : 0.0f;
  }
}

PARLA_DISPATCHED
void parla_softmax(long rows, long columns, float *x) {
  for (long row = 0; row < rows; row++, x += columns) {
    float largest = x[0];
    for (long i = 1; i < columns; i++) largest = parla_max(largest, x[i]);
    for (long i = 0; i < columns; i++) x[i] = parla_exp(x[i] - largest);
    float sum = 0.0f;
    for (long i = 0; i < columns; i++) sum += x[i];
    const float scale = 1.0f / sum;
    for (long i = 0; i < columns; i++) x[i] *= scale;
  }
}
