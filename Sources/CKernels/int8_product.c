#include <math.h>
#include <stdatomic.h>
#include <string.h>

#include "inference.h"
#include "dispatch.h"
#include "int4_kernels.h"
#include "int8_kernels.h"

typedef struct {
  const char *name;
  parla_int8_kernel *product;
  parla_int4_kernel *int4_product;
} path;

// The paths that this processor has, best first.
static int available_paths(path paths[4]) {
  int count = 0;
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512vnni") && __builtin_cpu_supports("avx512vl")
      && __builtin_cpu_supports("avx512bw"))
    paths[count++] =
        (path){"avx512vnni", parla_int8_product_avx512vnni, parla_int4_product_avx512vnni};
  if (__builtin_cpu_supports("avxvnni"))
    paths[count++] = (path){"avxvnni", parla_int8_product_avxvnni, parla_int4_product_avxvnni};
  if (__builtin_cpu_supports("avx2"))
    paths[count++] = (path){"avx2", parla_int8_product_avx2, parla_int4_product_avx2};
#elif defined(__ARM_NEON)
  paths[count++] = (path){"neon", parla_int8_product_neon, parla_int4_product_portable};
#endif
  paths[count++] = (path){"portable", parla_int8_product_portable, parla_int4_product_portable};
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

void parla_int8_rows_product(
    long rows, long depth, long columns, int planes, const uint8_t *q, long q_stride,
    const parla_quantization *quantization, const int8_t *w, long w_stride, const float *scale,
    const int32_t *sum, float *y, long y_stride) {
  current_path().product(
      rows, depth, columns, planes, q, q_stride, quantization, w, w_stride, scale, sum, y,
      y_stride);
}

void parla_int4_rows_product(
    long rows, long depth, long first, long end, int planes, const uint8_t *q, long q_stride,
    const parla_quantization *quantization, const int32_t *offsets, const uint8_t *w,
    const float *sum, float *y, long y_stride) {
  const int4_product product = {rows,    depth, first, end, planes, q, q_stride, quantization,
                                offsets, w,     sum,   y,   y_stride};
  current_path().int4_product(&product);
}

typedef float floats16 __attribute__((vector_size(64), aligned(4)));
typedef float floats64 __attribute__((vector_size(256), aligned(4)));
typedef int32_t ints16 __attribute__((vector_size(64), aligned(4)));
typedef uint8_t bytes16 __attribute__((vector_size(16), aligned(1)));

// Lowers least to the least number of x and raises greatest to its greatest.
PARLA_INLINE void find_range(long count, const float *x, float *least, float *greatest) {
  long k = 0;
  if (count >= 64) {
    // Each of some vectors waits for its own last one only.
    floats64 low = *(const floats64 *)x, high = low;
    for (k = 64; k + 64 <= count; k += 64) {
      const floats64 next = *(const floats64 *)(x + k);
      low = __builtin_elementwise_min(low, next);
      high = __builtin_elementwise_max(high, next);
    }
    const floats16 *const lows = (const floats16 *)&low, *const highs = (const floats16 *)&high;
    const floats16 lowest = __builtin_elementwise_min(
        __builtin_elementwise_min(lows[0], lows[1]), __builtin_elementwise_min(lows[2], lows[3]));
    const floats16 highest = __builtin_elementwise_max(
        __builtin_elementwise_max(highs[0], highs[1]), __builtin_elementwise_max(highs[2], highs[3]));
    for (int lane = 0; lane < 16; lane++) {
      *least = lowest[lane] < *least ? lowest[lane] : *least;
      *greatest = highest[lane] > *greatest ? highest[lane] : *greatest;
    }
  }
  for (; k < count; k++) {
    *least = x[k] < *least ? x[k] : *least;
    *greatest = x[k] > *greatest ? x[k] : *greatest;
  }
}

// The bits from `shift` on of x * inverse + offset, held between 0 and steps.
PARLA_INLINE void store_levels(
    long count, const float *x, float inverse, float offset, float steps, int shift, uint8_t *q) {
  const floats16 none = {0};
  long k = 0;
  for (; k + 16 <= count; k += 16) {
    floats16 level = *(const floats16 *)(x + k) * inverse + offset;
    level = __builtin_elementwise_min(__builtin_elementwise_max(level, none), none + steps);
    const ints16 value = __builtin_convertvector(level, ints16) >> shift;
    *(bytes16 *)(q + k) = __builtin_convertvector(value & 255, bytes16);
  }
  for (; k < count; k++) {
    float level = x[k] * inverse + offset;
    level = level > 0.0f ? level : 0.0f;
    q[k] = (uint8_t)((int32_t)(level < steps ? level : steps) >> shift);
  }
}

PARLA_DISPATCHED
void parla_int8_quantize(
    long rows, long depth, int planes, const float *x, long x_stride, uint8_t *q, long q_stride,
    parla_quantization *quantization) {
  const float steps = planes == 2 ? 65535.0f : 255.0f;
  for (long row = 0; row < rows; row++, x += x_stride, q += planes * q_stride) {
    float least = 0.0f, greatest = 0.0f;
    find_range(depth, x, &least, &greatest);
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
    if (planes == 2) {
      store_levels(depth, x, inverse, offset, steps, 8, q);
      store_levels(depth, x, inverse, offset, steps, 0, q + q_stride);
    } else {
      store_levels(depth, x, inverse, offset, steps, 0, q);
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
    // Without their signs, floats are in the order of their bits, those that are not finite last.
    uint32_t highest = 0;
    for (long k = 0; k < depth; k++) {
      uint32_t bits;
      memcpy(&bits, w + k, sizeof bits);
      bits &= 0x7fffffff;
      highest = bits > highest ? bits : highest;
    }
    const int finite = highest < 0x7f800000;
    float greatest;
    memcpy(&greatest, &highest, sizeof greatest);
    // What is not finite makes products that are no numbers, as in floats. So small a row that its inverse overflows counts as
    // none.
    scale[column] = finite ? greatest / 127.0f : NAN;
    const float inverse = finite && greatest > 1e-30f ? 127.0f / greatest : 0.0f;
    if (inverse == 0.0f) {
      memset(q, 0, (size_t)depth);
      continue;
    }
    for (long k = 0; k < depth; k++) {
      // Halves go away from zero.
      const float scaled = w[k] * inverse;
      q[k] = (int8_t)(int32_t)(scaled + (scaled < 0.0f ? -0.5f : 0.5f));
    }
  }
}
