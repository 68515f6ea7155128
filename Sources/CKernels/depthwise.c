#include "CKernels.h"
#include "dispatch.h"

// A block of channels is kept in registers while the kernel's steps are walked through.
enum { LANES = 16, BLOCK = 4 };

typedef float lanes __attribute__((vector_size(LANES * sizeof(float)), aligned(4)));

// The steps of window t that lie within the sequence.
PARLA_INLINE void steps_within(parla_windows w, long t, long *from, long *to) {
  const long start = t * w.stride - w.before;
  *from = start < 0 ? (-start + w.dilation - 1) / w.dilation : 0;
  const long room = w.length - start;
  *to = room <= 0 ? 0 : (room + w.dilation - 1) / w.dilation;
  if (*to > w.size) *to = w.size;
}

PARLA_DISPATCHED
void parla_depthwise(
    parla_windows w, long first, long end, long channels, const float *x, long x_stride,
    const float *weight, long weight_stride, const float *bias, float *y, long y_stride) {
  for (long t = first; t < end; t++) {
    long from, to;
    steps_within(w, t, &from, &to);
    const float *source = x + (t * w.stride - w.before) * x_stride;
    float *target = y + t * y_stride;
    long c = 0;
    for (; c + BLOCK * LANES <= channels; c += BLOCK * LANES) {
      lanes sum[BLOCK];
      for (int b = 0; b < BLOCK; b++)
        sum[b] = bias ? *(const lanes *)(bias + c + b * LANES) : (lanes){0};
      for (long j = from; j < to; j++) {
        const float *in = source + j * w.dilation * x_stride + c, *factor = weight + j * weight_stride + c;
        for (int b = 0; b < BLOCK; b++)
          sum[b] += *(const lanes *)(in + b * LANES) * *(const lanes *)(factor + b * LANES);
      }
      for (int b = 0; b < BLOCK; b++) *(lanes *)(target + c + b * LANES) = sum[b];
    }
    for (; c < channels; c++) {
      float sum = bias ? bias[c] : 0.0f;
      for (long j = from; j < to; j++)
        sum += source[j * w.dilation * x_stride + c] * weight[j * weight_stride + c];
      target[c] = sum;
    }
  }
}

PARLA_DISPATCHED
void parla_depthwise_gradient(
    parla_windows w, long frames, long channels, const float *x, long x_stride, const float *weight,
    long weight_stride, const float *gradient, long gradient_stride, float *input_gradient,
    float *weight_gradient) {
  for (long t = 0; t < frames; t++) {
    long from, to;
    steps_within(w, t, &from, &to);
    const float *restrict g = gradient + t * gradient_stride;
    const long start = (t * w.stride - w.before) * x_stride;
    for (long j = from; j < to; j++) {
      const long place = start + j * w.dilation * x_stride;
      const float *restrict in = x + place, *restrict factor = weight + j * weight_stride;
      float *restrict sum = weight_gradient + j * weight_stride;
      for (long c = 0; c < channels; c++) sum[c] += g[c] * in[c];
      if (!input_gradient) continue;
      float *restrict back = input_gradient + place;
      for (long c = 0; c < channels; c++) back[c] += g[c] * factor[c];
    }
  }
}
