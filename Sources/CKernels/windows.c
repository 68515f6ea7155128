#include <string.h>

#include "CKernels.h"
#include "dispatch.h"

// The rows of a frame that a window reads in one stretch: from `first` of its steps in height to `end`.
PARLA_INLINE void rows_within(const parla_planes *p, long row, long *top, long *first, long *end) {
  *top = row * p->row_stride - p->top;
  *first = *top < 0 ? -*top : 0;
  *end = p->height - *top < p->row_size ? p->height - *top : p->row_size;
  if (*first > p->row_size) *first = p->row_size;
  if (*end < *first) *end = *first;
}

PARLA_DISPATCHED
void parla_gather_windows(
    parla_planes p, long window, const float *x, long frame_stride, float *windows) {
  const long width = p.row_size * p.channels;
  for (long row = 0; row < p.rows; row++) {
    long top, first, end;
    rows_within(&p, row, &top, &first, &end);
    for (long step = 0; step < p.size; step++, windows += width) {
      const long frame = window * p.stride - p.before + step * p.dilation;
      if (frame < 0 || frame >= p.length) {
        memset(windows, 0, (size_t)width * sizeof *windows);
        continue;
      }
      const float *source = x + frame * frame_stride + top * p.channels;
      const long from = first * p.channels, to = end * p.channels;
      for (long i = 0; i < from; i++) windows[i] = 0.0f;
      for (long i = from; i < to; i++) windows[i] = source[i];
      for (long i = to; i < width; i++) windows[i] = 0.0f;
    }
  }
}

PARLA_DISPATCHED
void parla_add_windows(
    parla_planes p, long window, const float *windows, float *x, long frame_stride) {
  const long width = p.row_size * p.channels;
  for (long row = 0; row < p.rows; row++) {
    long top, first, end;
    rows_within(&p, row, &top, &first, &end);
    for (long step = 0; step < p.size; step++, windows += width) {
      const long frame = window * p.stride - p.before + step * p.dilation;
      if (frame < 0 || frame >= p.length) continue;
      float *restrict target = x + frame * frame_stride + top * p.channels;
      const float *restrict from = windows;
      for (long i = first * p.channels; i < end * p.channels; i++) target[i] += from[i];
    }
  }
}
