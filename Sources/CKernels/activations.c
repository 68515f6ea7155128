#include "CKernels.h"
#include "vector_math.h"

// erf, absolute error below 2e-7 (Abramowitz and Stegun 1964, 7.1.26), given e^(-x^2).
PARLA_INLINE float error_function(float x, float exponential) {
  const float size = x < 0.0f ? -x : x;
  const float t = 1.0f / (1.0f + 0.3275911f * size);
  float p = 1.061405429f;
  p = p * t - 1.453152027f;
  p = p * t + 1.421413741f;
  p = p * t - 0.284496736f;
  p = p * t + 0.254829592f;
  const float value = 1.0f - p * t * exponential;
  return x < 0.0f ? -value : value;
}

// The share of the normal distribution below x, given e^(-x^2 / 2).
PARLA_INLINE float normal_share(float x, float exponential) {
  return 0.5f * (1.0f + error_function(x * 0.70710678f, exponential));
}

PARLA_INLINE float value(parla_activation kind, float x) {
  switch (kind) {
    // What is no number stays none.
    case PARLA_RELU: return x < 0.0f ? 0.0f : x;
    case PARLA_SIGMOID: return parla_sigmoid(x);
    case PARLA_TANH: return parla_tanh(x);
    case PARLA_SILU: return x * parla_sigmoid(x);
    case PARLA_GELU: return x * normal_share(x, parla_exp(-0.5f * x * x));
  }
  return x;
}

PARLA_INLINE float slope(parla_activation kind, float x) {
  float y;
  switch (kind) {
    case PARLA_RELU: return x > 0.0f ? 1.0f : 0.0f;
    case PARLA_SIGMOID: y = parla_sigmoid(x); return y * (1.0f - y);
    case PARLA_TANH: y = parla_tanh(x); return 1.0f - y * y;
    case PARLA_SILU: y = parla_sigmoid(x); return y * (1.0f + x * (1.0f - y));
    case PARLA_GELU: y = parla_exp(-0.5f * x * x); return normal_share(x, y) + x * y * 0.39894228f;
  }
  return 1.0f;
}

// One loop for each function, which is a constant in it.
#define FOR_EACH_KIND(BODY) \
  switch (kind) {           \
    case PARLA_RELU:        \
      BODY(PARLA_RELU);     \
      break;                \
    case PARLA_SIGMOID:     \
      BODY(PARLA_SIGMOID);  \
      break;                \
    case PARLA_TANH:        \
      BODY(PARLA_TANH);     \
      break;                \
    case PARLA_SILU:        \
      BODY(PARLA_SILU);     \
      break;                \
    case PARLA_GELU:        \
      BODY(PARLA_GELU);     \
      break;                \
  }

PARLA_DISPATCHED
void parla_activate(parla_activation kind, long count, const float *restrict x, float *restrict y) {
#define VALUES(KIND) \
  for (long i = 0; i < count; i++) y[i] = value(KIND, x[i])
  FOR_EACH_KIND(VALUES)
}

PARLA_DISPATCHED
void parla_activate_in_place(parla_activation kind, long count, float *restrict x) {
#define OWN_VALUES(KIND) \
  for (long i = 0; i < count; i++) x[i] = value(KIND, x[i])
  FOR_EACH_KIND(OWN_VALUES)
}

PARLA_DISPATCHED
void parla_activation_gradient(
    parla_activation kind, long count, const float *restrict x, float *restrict gradient) {
#define SLOPES(KIND) \
  for (long i = 0; i < count; i++) gradient[i] *= slope(KIND, x[i])
  FOR_EACH_KIND(SLOPES)
}

PARLA_DISPATCHED
void parla_glu(long rows, long half, const float *restrict x, float *restrict y) {
  for (long row = 0; row < rows; row++, x += 2 * half, y += half)
    for (long i = 0; i < half; i++) y[i] = x[i] * parla_sigmoid(x[half + i]);
}

PARLA_DISPATCHED
void parla_glu_gradient(
    long rows, long half, const float *restrict x, const float *restrict gradient,
    float *restrict result) {
  for (long row = 0; row < rows; row++, x += 2 * half, gradient += half, result += 2 * half) {
    for (long i = 0; i < half; i++) {
      const float share = parla_sigmoid(x[half + i]);
      result[i] = gradient[i] * share;
      result[half + i] = gradient[i] * x[i] * share * (1.0f - share);
    }
  }
}
