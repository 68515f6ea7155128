#include <string.h>

#include "CKernels.h"
#include "vector_math.h"

// Sums and maxima run in lanes, so that the compiler keeps them in vectors without reordering what the source says.
enum { LANES = 16 };

typedef float lanes __attribute__((vector_size(LANES * sizeof(float)), aligned(4)));

PARLA_INLINE float added_up(lanes *x) {
  for (int width = LANES / 2; width > 0; width /= 2)
    for (int i = 0; i < width; i++) (*x)[i] += (*x)[i + width];
  return (*x)[0];
}

PARLA_INLINE float largest(long count, const float *x) {
  float result = x[0];
  long i = 0;
  if (count >= LANES) {
    lanes most = *(const lanes *)x;
    for (i = LANES; i + LANES <= count; i += LANES) {
      // In a loop over its numbers, the compiler takes the vector apart and passes each of them through memory.
      most = __builtin_elementwise_max(most, *(const lanes *)(x + i));
    }
    for (int j = 0; j < LANES; j++) result = parla_max(result, most[j]);
  }
  for (; i < count; i++) result = parla_max(result, x[i]);
  return result;
}

PARLA_INLINE float sum(long count, const float *x) {
  float result = 0.0f;
  long i = 0;
  if (count >= LANES) {
    lanes total = *(const lanes *)x;
    for (i = LANES; i + LANES <= count; i += LANES) total += *(const lanes *)(x + i);
    result = added_up(&total);
  }
  for (; i < count; i++) result += x[i];
  return result;
}

PARLA_INLINE float dot(long count, const float *a, const float *b) {
  float result = 0.0f;
  long i = 0;
  if (count >= LANES) {
    lanes total = {0};
    for (; i + LANES <= count; i += LANES) total += *(const lanes *)(a + i) * *(const lanes *)(b + i);
    result = added_up(&total);
  }
  for (; i < count; i++) result += a[i] * b[i];
  return result;
}

PARLA_DISPATCHED
void parla_attention_weights(
    long rows, long columns, const int32_t *first, const int32_t *end, float scale,
    const float *position, long position_stride, const float *bias, const float *gates,
    long gate_stride, float *scores) {
  for (long row = 0; row < rows; row++, scores += columns) {
    const long from = first[row], count = end[row] - from, shift = rows - 1 - row + from;
    memset(scores, 0, (size_t)from * sizeof *scores);
    memset(scores + end[row], 0, (size_t)(columns - end[row]) * sizeof *scores);
    if (count <= 0) continue;
    float *restrict x = scores + from;
    if (position) {
      const float *restrict more = position + row * position_stride + shift;
      for (long i = 0; i < count; i++) x[i] = (x[i] + more[i]) * scale;
    } else {
      for (long i = 0; i < count; i++) x[i] *= scale;
    }
    if (bias) {
      const float *restrict more = bias + shift;
      const float gate = gates[row * gate_stride];
      for (long i = 0; i < count; i++) x[i] += gate * more[i];
    }
    const float most = largest(count, x);
    for (long i = 0; i < count; i++) x[i] = parla_exp(x[i] - most);
    const float share = 1.0f / sum(count, x);
    for (long i = 0; i < count; i++) x[i] *= share;
  }
}

PARLA_DISPATCHED
void parla_attention_gradient(
    long rows, long columns, float scale, const float *weights, const float *outputs,
    const float *output_gradient, long output_stride, long size, const float *bias,
    const float *gates, long gate_stride, float *bias_gradient, float *gate_gradient,
    float *gradient) {
  for (long row = 0; row < rows; row++, gradient += columns, weights += columns) {
    const float mean = dot(size, outputs + row * output_stride, output_gradient + row * output_stride);
    const float *restrict w = weights;
    float *restrict g = gradient;
    if (!bias) {
      for (long i = 0; i < columns; i++) g[i] = w[i] * (g[i] - mean) * scale;
      continue;
    }
    const float gate = gates[row * gate_stride];
    float *restrict sums = bias_gradient + rows - 1 - row;
    for (long i = 0; i < columns; i++) {
      g[i] = w[i] * (g[i] - mean);
      sums[i] += gate * g[i];
    }
    gate_gradient[row * gate_stride] = dot(columns, g, bias + rows - 1 - row);
    for (long i = 0; i < columns; i++) g[i] *= scale;
  }
}

void parla_attention_unshift(long rows, long columns, const float *gradient, float *position) {
  const long width = columns + rows - 1;
  for (long row = 0; row < rows; row++, gradient += columns, position += width) {
    const long shift = rows - 1 - row;
    memset(position, 0, (size_t)shift * sizeof *position);
    memcpy(position + shift, gradient, (size_t)columns * sizeof *position);
    memset(position + shift + columns, 0, (size_t)row * sizeof *position);
  }
}

PARLA_DISPATCHED
void parla_rotate(
    long rows, long stride, long heads, long size, const float *cosines, const float *sines,
    float sign, float *x) {
  const long half = size / 2;
  for (long row = 0; row < rows; row++, cosines += half, sines += half) {
    for (long head = 0; head < heads; head++) {
      float *restrict a = x + row * stride + head * size;
      for (long i = 0; i < half; i++) {
        const float s = sign * sines[i], upper = a[i], lower = a[i + half];
        a[i] = upper * cosines[i] - lower * s;
        a[i + half] = lower * cosines[i] + upper * s;
      }
    }
  }
}
