// exp and log as polynomials that a compiler turns into vector code. Coefficients: Cephes expf and logf
// (S. Moshier), relative error below 3e-7 over the clamped range.
#ifndef PARLA_VECTOR_MATH_H
#define PARLA_VECTOR_MATH_H

#include <stdint.h>
#include <string.h>

#include "dispatch.h"

PARLA_INLINE float parla_from_bits(int32_t bits) {
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

PARLA_INLINE int32_t parla_to_bits(float value) {
  int32_t bits;
  memcpy(&bits, &value, sizeof bits);
  return bits;
}

PARLA_INLINE float parla_max(float a, float b) { return a > b ? a : b; }
PARLA_INLINE float parla_min(float a, float b) { return a < b ? a : b; }

// exp(x) for x in [-87, 88]; beyond, the value at the bound.
PARLA_INLINE float parla_exp(float x) {
  x = parla_min(parla_max(x, -87.0f), 88.0f);
  const float shift = 12582912.0f;  // 1.5 * 2^23: adding it rounds to an integer
  float shifted = x * 1.44269504088896341f + shift;
  float n = shifted - shift;
  float r = x - n * 0.693359375f;
  r = r - n * -2.12194440e-4f;
  float p = 1.9875691500e-4f;
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * r * r + r + 1.0f;
  int32_t exponent = parla_to_bits(shifted) - parla_to_bits(shift);
  return parla_from_bits(parla_to_bits(p) + (int32_t)((uint32_t)exponent << 23));
}

// ln(x) for normal positive x.
PARLA_INLINE float parla_log(float x) {
  int32_t bits = parla_to_bits(x);
  // Mantissa in [sqrt(1/2), sqrt(2)), exponent to match.
  int32_t exponent = (bits - 0x3f3504f3) >> 23;
  float m = parla_from_bits((int32_t)((uint32_t)bits - ((uint32_t)exponent << 23))) - 1.0f;
  float z = m * m;
  float p = 7.0376836292e-2f;
  p = p * m - 1.1514610310e-1f;
  p = p * m + 1.1676998740e-1f;
  p = p * m - 1.2420140846e-1f;
  p = p * m + 1.4249322787e-1f;
  p = p * m - 1.6668057665e-1f;
  p = p * m + 2.0000714765e-1f;
  p = p * m - 2.4999993993e-1f;
  p = p * m + 3.3333331174e-1f;
  float e = (float)exponent;
  float y = p * m * z - 2.12194440e-4f * e - 0.5f * z;
  return m + y + 0.693359375f * e;
}

PARLA_INLINE float parla_sigmoid(float x) { return 1.0f / (1.0f + parla_exp(-x)); }

// tanh, exact in relative terms near zero too (Cephes tanhf: a polynomial below 0.625).
PARLA_INLINE float parla_tanh(float x) {
  float z = x * x;
  float p = -5.70498872745e-3f;
  p = p * z + 2.06390887954e-2f;
  p = p * z - 5.37397155531e-2f;
  p = p * z + 1.33314422036e-1f;
  p = p * z - 3.33332819422e-1f;
  float near = p * z * x + x;
  float far = 1.0f - 2.0f / (1.0f + parla_exp(2.0f * x));
  return z < 0.390625f ? near : far;
}

#endif
