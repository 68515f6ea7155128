#include <string.h>

#include "inference.h"
#include "dispatch.h"

// Products of float activations with rows of float or bfloat16 weights. A block of up to four rows of x and four rows of w
// stays in registers, as sums of LANES lanes, while the depth is walked through; only then are the lanes added up.

typedef float floats16 __attribute__((vector_size(64), aligned(4)));
typedef float floats8 __attribute__((vector_size(32), aligned(4)));
typedef float floats4 __attribute__((vector_size(16), aligned(4)));
typedef uint16_t halves16 __attribute__((vector_size(32), aligned(2)));
typedef uint16_t halves8 __attribute__((vector_size(16), aligned(2)));
typedef uint16_t halves4 __attribute__((vector_size(8), aligned(2)));
typedef uint32_t bits16 __attribute__((vector_size(64), aligned(4)));
typedef uint32_t bits8 __attribute__((vector_size(32), aligned(4)));
typedef uint32_t bits4 __attribute__((vector_size(16), aligned(4)));

PARLA_INLINE float from_float(float w) { return w; }

PARLA_INLINE float from_bf16(uint16_t w) {
  const uint32_t bits = (uint32_t)w << 16;
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

#define LOAD_FLOAT(LANES, W) (*(const floats##LANES *)(W))
#define LOAD_BF16(LANES, W) \
  ((floats##LANES)(__builtin_convertvector(*(const halves##LANES *)(W), bits##LANES) << 16))

// y[rows, columns] += x w^T for numbers of rows and columns that the compiler knows.
#define DEFINE_BLOCK(NAME, WEIGHT, LOAD, WIDEN, LANES, TARGET)                                  \
  TARGET PARLA_INLINE void NAME(                                                                \
      const int rows, const int columns, long depth, const float *x, long x_stride,             \
      const WEIGHT *w, long w_stride, float *y, long y_stride) {                                \
    floats##LANES sum[4][4];                                                                    \
    for (int i = 0; i < rows; i++)                                                              \
      for (int j = 0; j < columns; j++) sum[i][j] = (floats##LANES){0};                         \
    long k = 0;                                                                                 \
    for (; k + LANES <= depth; k += LANES) {                                                    \
      for (int j = 0; j < columns; j++) {                                                       \
        const floats##LANES weights = LOAD(LANES, w + j * w_stride + k);                        \
        for (int i = 0; i < rows; i++)                                                          \
          sum[i][j] += *(const floats##LANES *)(x + i * x_stride + k) * weights;                \
      }                                                                                         \
    }                                                                                           \
    for (int i = 0; i < rows; i++) {                                                            \
      for (int j = 0; j < columns; j++) {                                                       \
        for (int width = LANES / 2; width > 0; width /= 2)                                      \
          for (int lane = 0; lane < width; lane++) sum[i][j][lane] += sum[i][j][lane + width];  \
        float total = sum[i][j][0];                                                             \
        for (long rest = k; rest < depth; rest++)                                               \
          total += x[i * x_stride + rest] * WIDEN(w[j * w_stride + rest]);                      \
        y[i * y_stride + j] += total;                                                           \
      }                                                                                         \
    }                                                                                           \
  }

#define DEFINE_PRODUCT(NAME, BLOCK, WEIGHT, ROWS, TARGET)                                       \
  TARGET static void NAME(                                                                      \
      long rows, long depth, long columns, const float *x, long x_stride, const WEIGHT *w,      \
      long w_stride, float *y, long y_stride) {                                                 \
    for (long j = 0; j < columns; j += 4, w += 4 * w_stride, y += 4) {                          \
      const int full = columns - j >= 4;                                                        \
      for (long i = 0; i < rows;) {                                                             \
        const float *from = x + i * x_stride;                                                   \
        float *to = y + i * y_stride;                                                           \
        if (full && rows - i >= ROWS) {                                                         \
          BLOCK(ROWS, 4, depth, from, x_stride, w, w_stride, to, y_stride);                     \
          i += ROWS;                                                                            \
        } else if (full) {                                                                      \
          BLOCK(1, 4, depth, from, x_stride, w, w_stride, to, y_stride);                        \
          i += 1;                                                                               \
        } else {                                                                                \
          for (long c = 0; c < columns - j; c++)                                                \
            BLOCK(1, 1, depth, from, x_stride, w + c * w_stride, w_stride, to + c, y_stride);   \
          i += 1;                                                                               \
        }                                                                                       \
      }                                                                                         \
    }                                                                                           \
  }

typedef void float_product(
    long rows, long depth, long columns, const float *x, long x_stride, const float *w,
    long w_stride, float *y, long y_stride);
typedef void bf16_product(
    long rows, long depth, long columns, const float *x, long x_stride, const uint16_t *w,
    long w_stride, float *y, long y_stride);

#if defined(__x86_64__)
#define AVX512 __attribute__((target("avx512f,avx512vl,avx512bw,avx512dq,fma")))
#define AVX2 __attribute__((target("avx2,fma")))
DEFINE_BLOCK(float_block_avx512, float, LOAD_FLOAT, from_float, 16, AVX512)
DEFINE_BLOCK(bf16_block_avx512, uint16_t, LOAD_BF16, from_bf16, 16, AVX512)
DEFINE_PRODUCT(float_avx512, float_block_avx512, float, 4, AVX512)
DEFINE_PRODUCT(bf16_avx512, bf16_block_avx512, uint16_t, 4, AVX512)
DEFINE_BLOCK(float_block_avx2, float, LOAD_FLOAT, from_float, 8, AVX2)
DEFINE_BLOCK(bf16_block_avx2, uint16_t, LOAD_BF16, from_bf16, 8, AVX2)
DEFINE_PRODUCT(float_avx2, float_block_avx2, float, 2, AVX2)
DEFINE_PRODUCT(bf16_avx2, bf16_block_avx2, uint16_t, 2, AVX2)
#endif
DEFINE_BLOCK(float_block_baseline, float, LOAD_FLOAT, from_float, 4, )
DEFINE_BLOCK(bf16_block_baseline, uint16_t, LOAD_BF16, from_bf16, 4, )
DEFINE_PRODUCT(float_baseline, float_block_baseline, float, 2, )
DEFINE_PRODUCT(bf16_baseline, bf16_block_baseline, uint16_t, 2, )

#if defined(__x86_64__)
static int has_avx512(void) {
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl")
         && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq");
}

static int has_avx2(void) { return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"); }
#endif

void parla_float_rows_product(
    long rows, long depth, long columns, const float *x, long x_stride, const float *w,
    long w_stride, float *y, long y_stride) {
  float_product *product = float_baseline;
#if defined(__x86_64__)
  product = has_avx512() ? float_avx512 : has_avx2() ? float_avx2 : product;
#endif
  product(rows, depth, columns, x, x_stride, w, w_stride, y, y_stride);
}

void parla_bf16_rows_product(
    long rows, long depth, long columns, const float *x, long x_stride, const uint16_t *w,
    long w_stride, float *y, long y_stride) {
  bf16_product *product = bf16_baseline;
#if defined(__x86_64__)
  product = has_avx512() ? bf16_avx512 : has_avx2() ? bf16_avx2 : product;
#endif
  product(rows, depth, columns, x, x_stride, w, w_stride, y, y_stride);
}

PARLA_DISPATCHED
void parla_to_bf16(long count, const float *x, uint16_t *result) {
  for (long i = 0; i < count; i++) {
    uint32_t bits;
    memcpy(&bits, x + i, sizeof bits);
    const uint32_t rounded = bits + 0x7fff + ((bits >> 16) & 1);
    // A not-a-number must not be rounded to infinity.
    result[i] = (uint16_t)(((bits & 0x7fffffff) > 0x7f800000 ? bits | 0x400000 : rounded) >> 16);
  }
}

PARLA_DISPATCHED
void parla_from_bf16(long count, const uint16_t *x, float *result) {
  for (long i = 0; i < count; i++) result[i] = from_bf16(x[i]);
}

void parla_set_rows(long rows, long columns, const float *bias, float *y) {
  for (long row = 0; row < rows; row++)
    memcpy(y + row * columns, bias, (size_t)columns * sizeof *y);
}
