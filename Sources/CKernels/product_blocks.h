// Block products of vectors in registers: a few rows times VECTORS vectors of a panel, while the depth is walked through.
#ifndef PARLA_PRODUCT_BLOCKS_H
#define PARLA_PRODUCT_BLOCKS_H

#include "product.h"

#define UNROLLED _Pragma("clang loop unroll(full)")

// `rows` is a constant to the compiler; MULTIPLY_ADD(sum, a, b) adds a unit of the left operand times a vector of units.
#define DEFINE_BLOCK(NAME, VECTOR, LANES, VECTORS, MAX_ROWS, TARGET, MULTIPLY_ADD)              \
  TARGET static inline __attribute__((always_inline)) void NAME(                                \
      const int rows, left_rows a, const uint32_t *panel, float *c, long c_stride,              \
      int accumulate) {                                                                         \
    VECTOR sum[MAX_ROWS][VECTORS];                                                              \
    UNROLLED for (int i = 0; i < rows; i++)                                                     \
      UNROLLED for (int v = 0; v < VECTORS; v++) sum[i][v] = (VECTOR){0};                                \
    UNROLLED for (int i = 0; i < rows; i++)                                                     \
      UNROLLED for (int v = 0; v < VECTORS; v += 64 / (4 * LANES))                              \
        __builtin_prefetch(c + i * c_stride + v * LANES, 1);                                    \
    /* Four addresses from which a processor reaches twelve rows; one for each row would not fit into its registers. */ \
    const uint32_t *third[4];                                                                   \
    for (int i = 0; i < 4; i++) {                                                               \
      third[i] = a.first + (3 * i < rows ? 3 * i : 0) * a.stride;                               \
      __asm__("" : "+r"(third[i]));                                                             \
    }                                                                                           \
    for (long s = 0; s < a.stretches; s++) {                                                    \
      for (long k = 0; k < a.units; k++, panel += PANEL) {                                      \
        VECTOR b[VECTORS];                                                                      \
        for (int v = 0; v < VECTORS; v++) b[v] = *(const VECTOR *)(panel + v * LANES);          \
        UNROLLED for (int i = 0; i < rows; i++)                                                 \
          UNROLLED for (int v = 0; v < VECTORS; v++)                                            \
            sum[i][v] = MULTIPLY_ADD(sum[i][v], third[i / 3][i % 3 * a.stride], b[v]);          \
        for (int i = 0; i < 4; i++) third[i]++;                                                 \
      }                                                                                         \
      for (int i = 0; i < 4; i++) third[i] += a.stretch_stride - a.units;                       \
    }                                                                                           \
    UNROLLED for (int i = 0; i < rows; i++)                                                     \
      UNROLLED for (int v = 0; v < VECTORS; v++) {                                                       \
        VECTOR *to = (VECTOR *)(c + i * c_stride + v * LANES);                                  \
        *to = accumulate ? *to + sum[i][v] : sum[i][v];                                         \
      }                                                                                         \
  }

#define CASE(BLOCK, ROWS)                                                                       \
  case ROWS: BLOCK(ROWS, a, panel + j, c + j, c_stride, accumulate); break;
#define CASES_6(BLOCK) \
  CASE(BLOCK, 1) CASE(BLOCK, 2) CASE(BLOCK, 3) CASE(BLOCK, 4) CASE(BLOCK, 5) CASE(BLOCK, 6)
#define CASES_12(BLOCK)                                                                         \
  CASES_6(BLOCK)                                                                                \
  CASE(BLOCK, 7) CASE(BLOCK, 8) CASE(BLOCK, 9) CASE(BLOCK, 10) CASE(BLOCK, 11) CASE(BLOCK, 12)

// A parla_block_product made of blocks.
#define DEFINE_PRODUCT(NAME, BLOCK, WIDTH, CASES, TARGET)                                       \
  TARGET static void NAME(                                                                      \
      long rows, left_rows a, const uint32_t *panel, long panel_count, float *c, long c_stride, \
      int accumulate) {                                                                         \
    const long depth = a.units * a.stretches;                                                   \
    for (long p = 0; p < panel_count; p++, panel += depth * PANEL, c += PANEL)                  \
      for (int j = 0; j < PANEL; j += WIDTH) switch (rows) { CASES(BLOCK) }                     \
  }

#endif
