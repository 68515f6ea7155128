#include "CKernels.h"
#include "vector_math.h"

PARLA_DISPATCHED
void parla_lstm_step(
    long rows, long size, long count, float *restrict gates, const float *restrict previous_cells,
    const uint8_t *restrict active, float *restrict cells, float *restrict outputs) {
  for (long row = 0; row < rows; row++) {
    float *i = gates + row * 4 * size, *f = i + size, *g = f + size, *o = g + size;
    const float *previous = previous_cells + row * size;
    float *cell = cells + row * size, *output = outputs + row * size;
    if (!active[row]) {
      for (long u = 0; u < count; u++) cell[u] = output[u] = 0.0f;
      continue;
    }
    // Seven streams are more than the compiler would compare with each other; none of them overlap.
#pragma clang loop vectorize(assume_safety)
    for (long u = 0; u < count; u++) {
      i[u] = parla_sigmoid(i[u]);
      f[u] = parla_sigmoid(f[u]);
      g[u] = parla_tanh(g[u]);
      o[u] = parla_sigmoid(o[u]);
      cell[u] = f[u] * previous[u] + i[u] * g[u];
      output[u] = o[u] * parla_tanh(cell[u]);
    }
  }
}

PARLA_DISPATCHED
void parla_lstm_step_gradient(
    long rows, long size, long count, const float *restrict gates,
    const float *restrict previous_cells, const float *restrict cells, const uint8_t *restrict active,
    const float *restrict output_gradient, float *restrict cell_gradient,
    float *restrict gate_gradient) {
  for (long row = 0; row < rows; row++) {
    const float *i = gates + row * 4 * size, *f = i + size, *g = f + size, *o = g + size;
    const float *previous = previous_cells + row * size, *cell = cells + row * size;
    const float *dh = output_gradient + row * size;
    float *dc = cell_gradient + row * size;
    float *di = gate_gradient + row * 4 * size, *df = di + size, *dg = df + size, *od = dg + size;
    if (!active[row]) {
      for (long u = 0; u < count; u++) di[u] = df[u] = dg[u] = od[u] = 0.0f;
      continue;  // dc waits for the sequence's last frame
    }
    for (long u = 0; u < count; u++) {
      float squashed = parla_tanh(cell[u]);
      float slope = dc[u] + dh[u] * o[u] * (1.0f - squashed * squashed);
      od[u] = dh[u] * squashed * o[u] * (1.0f - o[u]);
      di[u] = slope * g[u] * i[u] * (1.0f - i[u]);
      df[u] = slope * previous[u] * f[u] * (1.0f - f[u]);
      dg[u] = slope * i[u] * (1.0f - g[u] * g[u]);
      dc[u] = slope * f[u];
    }
  }
}
