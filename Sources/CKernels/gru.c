#include "CKernels.h"
#include "vector_math.h"

PARLA_DISPATCHED
void parla_gru_step(
    long rows, long size, long count, float *restrict gates, const float *restrict previous,
    const uint8_t *restrict active, float *restrict outputs) {
  for (long row = 0; row < rows; row++) {
    float *r = gates + row * 4 * size, *z = r + size, *hidden = z + size, *n = hidden + size;
    const float *before = previous + row * size;
    float *output = outputs + row * size;
    if (!active[row]) {
      for (long u = 0; u < count; u++) output[u] = 0.0f;
      continue;
    }
    // Six streams are more than the compiler would compare with each other; none of them overlap.
#pragma clang loop vectorize(assume_safety)
    for (long u = 0; u < count; u++) {
      r[u] = parla_sigmoid(r[u]);
      z[u] = parla_sigmoid(z[u]);
      n[u] = parla_tanh(n[u] + r[u] * hidden[u]);
      output[u] = n[u] + z[u] * (before[u] - n[u]);
    }
  }
}

PARLA_DISPATCHED
void parla_gru_step_gradient(
    long rows, long size, long count, const float *restrict gates, const float *restrict previous,
    const uint8_t *restrict active, const float *restrict output_gradient,
    float *restrict previous_gradient, float *restrict gate_gradient) {
  for (long row = 0; row < rows; row++) {
    const float *r = gates + row * 4 * size, *z = r + size, *hidden = z + size, *n = hidden + size;
    const float *before = previous + row * size, *dh = output_gradient + row * size;
    float *db = previous_gradient + row * size;
    float *dr = gate_gradient + row * 4 * size, *dz = dr + size;
    float *dhidden = dz + size, *dn = dhidden + size;
    if (!active[row]) {
      for (long u = 0; u < count; u++) dr[u] = dz[u] = dhidden[u] = dn[u] = 0.0f;
      continue;
    }
#pragma clang loop vectorize(assume_safety)
    for (long u = 0; u < count; u++) {
      float slope = dh[u] * (1.0f - z[u]) * (1.0f - n[u] * n[u]);
      dz[u] = dh[u] * (before[u] - n[u]) * z[u] * (1.0f - z[u]);
      dr[u] = slope * hidden[u] * r[u] * (1.0f - r[u]);
      dn[u] = slope;
      dhidden[u] = slope * r[u];
      db[u] += dh[u] * z[u];
    }
  }
}
