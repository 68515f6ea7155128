#include <string.h>

#include "CKernels.h"
#include "dispatch.h"

// Products of a few rows with a matrix that is used again and again, the recurrent weights of a layer: packed once into
// panels of PANEL columns, each stored row after row, so that a step streams through memory in order.
//
// A block of rows times a panel (or half of one) stays in registers while the depth is walked through: 8 x 32 sums fill 16
// of AVX-512's 32 registers, 6 x 16 sums 12 of AVX2's 16.

enum { PANEL = 32 };

typedef float vector16 __attribute__((vector_size(64), aligned(4)));
typedef float vector8 __attribute__((vector_size(32), aligned(4)));

long parla_packed_count(long depth, long columns) {
  return depth * ((columns + PANEL - 1) / PANEL * PANEL);
}

void parla_pack(
    long depth, long columns, int transposed, const float *matrix, long stride, float *packed) {
  for (long first = 0; first < columns; first += PANEL) {
    const long width = columns - first < PANEL ? columns - first : PANEL;
    for (long k = 0; k < depth; k++, packed += PANEL) {
      for (long j = 0; j < width; j++)
        packed[j] = transposed ? matrix[(first + j) * stride + k] : matrix[k * stride + first + j];
      memset(packed + width, 0, (size_t)(PANEL - width) * sizeof *packed);
    }
  }
}

// The sums of `rows` rows, a constant to the compiler, and PANEL columns.
#define DEFINE_BLOCK(NAME, VECTOR, LANES, TARGET)                                               \
  TARGET static inline __attribute__((always_inline)) void NAME(                                \
      const int rows, const int vectors, long depth, const float *a, long a_stride,             \
      const float *panel, float *c, long c_stride) {                                            \
    VECTOR sum[8][4];                                                                           \
    for (int i = 0; i < rows; i++)                                                              \
      for (int v = 0; v < vectors; v++)                                                         \
        sum[i][v] = *(const VECTOR *)(c + i * c_stride + v * LANES);                            \
    for (long k = 0; k < depth; k++) {                                                          \
      for (int v = 0; v < vectors; v++) {                                                       \
        const VECTOR b = *(const VECTOR *)(panel + k * PANEL + v * LANES);                      \
        for (int i = 0; i < rows; i++) sum[i][v] += a[i * a_stride + k] * b;                    \
      }                                                                                         \
    }                                                                                           \
    for (int i = 0; i < rows; i++)                                                              \
      for (int v = 0; v < vectors; v++)                                                         \
        *(VECTOR *)(c + i * c_stride + v * LANES) = sum[i][v];                                  \
  }

// All rows times one panel, `ROWS` at a time.
#define DEFINE_PANEL(NAME, BLOCK, LANES, VECTORS, ROWS, TARGET)                                 \
  TARGET static void NAME(                                                                      \
      long rows, long depth, const float *a, long a_stride, const float *panel, float *c,       \
      long c_stride) {                                                                          \
    for (long i = 0; i < rows; i += ROWS) {                                                     \
      const float *from = a + i * a_stride;                                                     \
      for (int j = 0; j < PANEL; j += LANES * VECTORS) {                                        \
        float *to = c + i * c_stride + j;                                                       \
        switch (rows - i) {                                                                     \
          case 1: BLOCK(1, VECTORS, depth, from, a_stride, panel + j, to, c_stride); break;     \
          case 2: BLOCK(2, VECTORS, depth, from, a_stride, panel + j, to, c_stride); break;     \
          case 3: BLOCK(3, VECTORS, depth, from, a_stride, panel + j, to, c_stride); break;     \
          case 4: BLOCK(4, VECTORS, depth, from, a_stride, panel + j, to, c_stride); break;     \
          case 5: BLOCK(5, VECTORS, depth, from, a_stride, panel + j, to, c_stride); break;     \
          default:                                                                              \
            if (ROWS == 8 && rows - i == 6) {                                                   \
              BLOCK(6, VECTORS, depth, from, a_stride, panel + j, to, c_stride);                \
            } else if (ROWS == 8 && rows - i == 7) {                                            \
              BLOCK(7, VECTORS, depth, from, a_stride, panel + j, to, c_stride);                \
            } else {                                                                            \
              BLOCK(ROWS, VECTORS, depth, from, a_stride, panel + j, to, c_stride);             \
            }                                                                                   \
        }                                                                                       \
      }                                                                                         \
    }                                                                                           \
  }

typedef void panel_product(
    long rows, long depth, const float *a, long a_stride, const float *panel, float *c,
    long c_stride);

#if defined(__x86_64__)
#define AVX512 __attribute__((target("avx512f,avx512vl,avx512bw,avx512dq,fma")))
#define AVX2 __attribute__((target("avx2,fma")))
DEFINE_BLOCK(block_avx512, vector16, 16, AVX512)
DEFINE_PANEL(panel_avx512, block_avx512, 16, 2, 8, AVX512)
DEFINE_BLOCK(block_avx2, vector8, 8, AVX2)
DEFINE_PANEL(panel_avx2, block_avx2, 8, 2, 6, AVX2)
#endif
typedef float vector4 __attribute__((vector_size(16), aligned(4)));
DEFINE_BLOCK(block_baseline, vector4, 4, )
DEFINE_PANEL(panel_baseline, block_baseline, 4, 2, 6, )

static panel_product *best_panel_product(void) {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl")
      && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq"))
    return panel_avx512;
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return panel_avx2;
#endif
  return panel_baseline;
}

void parla_packed_product(
    long rows, long depth, long columns, const float *a, long a_stride, const float *packed,
    float *c, long c_stride) {
  panel_product *const product = best_panel_product();
  long first = 0;
  for (; first + PANEL <= columns; first += PANEL, packed += depth * PANEL)
    product(rows, depth, a, a_stride, packed, c + first, c_stride);
  if (first == columns) return;
  // The last panel is wider than what is left of the result: sum beside it, a few rows at a time.
  const size_t width = (size_t)(columns - first) * sizeof *c;
  for (long i = 0; i < rows; i += 8) {
    const long count = rows - i < 8 ? rows - i : 8;
    float sums[8 * PANEL] = {0};
    for (long j = 0; j < count; j++) memcpy(sums + j * PANEL, c + (i + j) * c_stride + first, width);
    product(count, depth, a + i * a_stride, a_stride, packed, sums, PANEL);
    for (long j = 0; j < count; j++) memcpy(c + (i + j) * c_stride + first, sums + j * PANEL, width);
  }
}
