#include <stdatomic.h>
#include <string.h>

#include "inference.h"
#include "dispatch.h"
#include "int8_dot.h"

typedef struct {
  const char *name;
  parla_int8_dots *dots;
} path;

// The paths that this processor has, best first.
static int available_paths(path paths[4]) {
  int count = 0;
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512vnni") && __builtin_cpu_supports("avx512vl")
      && __builtin_cpu_supports("avx512bw"))
    paths[count++] = (path){"avx512vnni", parla_int8_dots_avx512vnni};
  if (__builtin_cpu_supports("avxvnni"))
    paths[count++] = (path){"avxvnni", parla_int8_dots_avxvnni};
  if (__builtin_cpu_supports("avx2")) paths[count++] = (path){"avx2", parla_int8_dots_avx2};
#elif defined(__ARM_NEON)
  paths[count++] = (path){"neon", parla_int8_dots_neon};
#endif
  paths[count++] = (path){"portable", parla_int8_dots_portable};
  return count;
}

// Which of them is used; tests choose others than the first.
static atomic_int chosen;

static path current_path(void) {
  path paths[4];
  const int count = available_paths(paths);
  const int index = atomic_load_explicit(&chosen, memory_order_relaxed);
  return paths[index < count ? index : 0];
}

const char *parla_int8_path(void) { return current_path().name; }

int parla_int8_choose(const char *name) {
  path paths[4];
  const int count = available_paths(paths);
  for (int i = 0; i < count; i++) {
    if (strcmp(paths[i].name, name)) continue;
    atomic_store(&chosen, i);
    return 1;
  }
  return 0;
}

// What the dots of one row of activations with four rows of weights stand for.
PARLA_INLINE void add_results(
    long columns, int planes, const int32_t *dots, parla_quantization row, const float *scale,
    const int32_t *sum, float *y) {
  for (long j = 0; j < columns; j++) {
    int64_t value = planes == 2 ? 256 * (int64_t)dots[j] + dots[4 + j] : dots[j];
    value -= (int64_t)row.zero * sum[j];
    y[j] += row.scale * scale[j] * (float)value;
  }
}

void parla_int8_rows_product(
    long rows, long depth, long columns, int planes, const uint8_t *q, long q_stride,
    const parla_quantization *quantization, const int8_t *w, long w_stride, const float *scale,
    const int32_t *sum, float *y, long y_stride) {
  parla_int8_dots *const dots_of = current_path().dots;
  const long step = 4 / planes;
  for (long column = 0; column < columns;) {
    // Columns that are too few for a group of four are read alone, four times: there may be no memory beyond them.
    const long count = columns - column < 4 ? 1 : 4;
    const long stride = count == 4 ? w_stride : 0;
    for (long row = 0; row < rows; row += step) {
      const long group = rows - row < step ? rows - row : step;
      int32_t dots[16];
      dots_of(
          group * planes, depth, q + row * planes * q_stride, q_stride, w + column * w_stride,
          stride, dots);
      for (long i = 0; i < group; i++)
        add_results(
            count, planes, dots + 4 * i * planes, quantization[row + i], scale + column,
            sum + column, y + (row + i) * y_stride + column);
    }
    column += count;
  }
}

PARLA_DISPATCHED
void parla_int8_quantize(
    long rows, long depth, int planes, const float *x, long x_stride, uint8_t *q, long q_stride,
    parla_quantization *quantization) {
  const float steps = planes == 2 ? 65535.0f : 255.0f;
  for (long row = 0; row < rows; row++, x += x_stride, q += planes * q_stride) {
    float least = 0.0f, greatest = 0.0f;
    for (long k = 0; k < depth; k++) {
      least = x[k] < least ? x[k] : least;
      greatest = x[k] > greatest ? x[k] : greatest;
    }
    const float range = greatest - least;
    if (!(range < 3e38f)) {
      // What has no finite range becomes infinity times zero, not a number, as in floats.
      quantization[row] = (parla_quantization){range, 0};
      memset(q, 0, (size_t)depth);
      if (planes == 2) memset(q + q_stride, 0, (size_t)depth);
      continue;
    }
    // So small a range that its inverse overflows counts as none.
    const float scale = range > 1e-30f ? range / steps : 1.0f;
    const float inverse = 1.0f / scale;
    const int32_t zero = (int32_t)(-least * inverse + 0.5f);
    quantization[row] = (parla_quantization){scale, zero};
    const float offset = (float)zero + 0.5f;
    for (long k = 0; k < depth; k++) {
      float shifted = x[k] * inverse + offset;
      shifted = shifted > 0.0f ? shifted : 0.0f;
      const int32_t value = (int32_t)(shifted < steps ? shifted : steps);
      if (planes == 2) {
        q[k] = (uint8_t)(value >> 8);
        q[q_stride + k] = (uint8_t)value;
      } else {
        q[k] = (uint8_t)value;
      }
    }
  }
}

PARLA_DISPATCHED
void parla_int8_row_sums(
    long depth, long columns, const int8_t *w, long w_stride, int32_t *sum) {
  for (long column = 0; column < columns; column++, w += w_stride) {
    int32_t total = 0;
    for (long k = 0; k < depth; k++) total += w[k];
    sum[column] = total;
  }
}

PARLA_DISPATCHED
void parla_int8_weights(
    long depth, long columns, const float *w, long w_stride, int8_t *q, long q_stride,
    float *scale) {
  for (long column = 0; column < columns; column++, w += w_stride, q += q_stride) {
    float greatest = 0.0f;
    for (long k = 0; k < depth; k++) {
      const float size = w[k] < 0.0f ? -w[k] : w[k];
      greatest = size > greatest ? size : greatest;
    }
    scale[column] = greatest / 127.0f;
    const float inverse = greatest > 0.0f ? 127.0f / greatest : 0.0f;
    for (long k = 0; k < depth; k++) {
      // Halves go away from zero.
      const float scaled = w[k] * inverse;
      q[k] = (int8_t)(int32_t)(scaled + (scaled < 0.0f ? -0.5f : 0.5f));
    }
  }
}
