#include <string.h>

#include "product.h"

// Packing of operands: 16 x 16 units at a time where rows must become columns, straight copies where not.

enum { TILE = 16 };

typedef uint32_t unit16 __attribute__((vector_size(64), aligned(4)));

// The upper half of a float after rounding to the nearest bfloat16, ties to even; a NaN stays one.
PARLA_INLINE uint32_t rounded(float x) {
  uint32_t bits;
  memcpy(&bits, &x, sizeof bits);
  const uint32_t nearest = bits + 0x7fffU + ((bits >> 16) & 1);
  return ((bits & 0x7fffffffU) > 0x7f800000U ? bits | 0x400000U : nearest) & 0xffff0000U;
}

PARLA_INLINE uint32_t exact(float x) {
  uint32_t bits;
  memcpy(&bits, &x, sizeof bits);
  return bits;
}

PARLA_INLINE long full_units(const unit_format format, long depth) {
  return format == BFLOAT16_PAIR ? depth / 2 : depth;
}

// Units of numbers that follow each other along the depth: `depth` of them, and zeros up to `units`.
PARLA_INLINE void along(
    const unit_format format, const float *restrict from, long depth, long units,
    uint32_t *restrict to) {
  long u = full_units(format, depth);
  if (u > units) u = units;
  if (format == FLOAT32)
    for (long i = 0; i < u; i++) to[i] = exact(from[i]);
  else if (format == ROUNDED_FLOAT32)
    for (long i = 0; i < u; i++) to[i] = rounded(from[i]);
  else
    for (long i = 0; i < u; i++) to[i] = rounded(from[2 * i]) >> 16 | rounded(from[2 * i + 1]);
  if (format == BFLOAT16_PAIR && depth % 2 && u < units) {
    to[u] = rounded(from[2 * u]) >> 16;
    u++;
  }
  for (; u < units; u++) to[u] = 0;
}

// One unit for each of `count` neighbours; along the depth the numbers are `stride` apart, and `left` of them remain.
PARLA_INLINE void across(
    const unit_format format, const float *restrict from, long stride, long left, long count,
    uint32_t *restrict to) {
  if (left <= 0)
    for (long i = 0; i < count; i++) to[i] = 0;
  else if (format == FLOAT32)
    for (long i = 0; i < count; i++) to[i] = exact(from[i]);
  else if (format == ROUNDED_FLOAT32)
    for (long i = 0; i < count; i++) to[i] = rounded(from[i]);
  else if (left == 1)
    for (long i = 0; i < count; i++) to[i] = rounded(from[i]) >> 16;
  else
    for (long i = 0; i < count; i++)
      to[i] = rounded(from[i]) >> 16 | rounded(from[stride + i]);
}

// Exchanges blocks of `size` units between rows that are `size` apart: one of the four steps of a transposition.
#define EXCHANGE(SIZE, ...)                                                              \
  for (int i = 0; i < TILE; i++) {                                                       \
    if (i & SIZE) continue;                                                              \
    const unit16 upper = row[i], lower = row[i + SIZE];                                  \
    row[i] = __builtin_shufflevector(upper, lower, LOW_##SIZE);                          \
    row[i + SIZE] = __builtin_shufflevector(upper, lower, HIGH_##SIZE);                  \
  }
#define LOW_8 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23
#define HIGH_8 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31
#define LOW_4 0, 1, 2, 3, 16, 17, 18, 19, 8, 9, 10, 11, 24, 25, 26, 27
#define HIGH_4 4, 5, 6, 7, 20, 21, 22, 23, 12, 13, 14, 15, 28, 29, 30, 31
#define LOW_2 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29
#define HIGH_2 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31
#define LOW_1 0, 16, 2, 18, 4, 20, 6, 22, 8, 24, 10, 26, 12, 28, 14, 30
#define HIGH_1 1, 17, 3, 19, 5, 21, 7, 23, 9, 25, 11, 27, 13, 29, 15, 31

PARLA_INLINE void transpose(uint32_t tile[TILE][TILE]) {
  unit16 row[TILE];
  for (int i = 0; i < TILE; i++) row[i] = *(const unit16 *)tile[i];
  EXCHANGE(8)
  EXCHANGE(4)
  EXCHANGE(2)
  EXCHANGE(1)
  for (int i = 0; i < TILE; i++) *(unit16 *)tile[i] = row[i];
}

PARLA_INLINE void store_tile(
    uint32_t tile[TILE][TILE], long rows, long columns, uint32_t *to, long stride) {
  for (long i = 0; i < rows; i++) {
    if (columns == TILE)
      *(unit16 *)(to + i * stride) = *(const unit16 *)tile[i];
    else
      memcpy(to + i * stride, tile[i], (size_t)columns * sizeof **tile);
  }
}

PARLA_INLINE long least(long a, long b) { return a < b ? a : b; }

PARLA_INLINE void pack_rows(
    const unit_format format, long rows, long depth, int transposed, const float *matrix,
    long stride, uint32_t *packed, long packed_stride, long units) {
  const long per_unit = format == BFLOAT16_PAIR ? 2 : 1;
  if (!transposed) {
    for (long i = 0; i < rows; i++)
      along(format, matrix + i * stride, depth, units, packed + i * packed_stride);
    return;
  }
  uint32_t tile[TILE][TILE];
  for (long i = 0; i < rows; i += TILE) {
    const long height = least(TILE, rows - i);
    for (long u = 0; u < units; u += TILE) {
      const long width = least(TILE, units - u);
      for (long v = 0; v < width; v++) {
        const long k = (u + v) * per_unit;
        if (height == TILE)
          across(format, matrix + k * stride + i, stride, depth - k, TILE, tile[v]);
        else
          across(format, matrix + k * stride + i, stride, depth - k, height, tile[v]);
      }
      transpose(tile);
      store_tile(tile, height, width, packed + i * packed_stride + u, packed_stride);
    }
  }
}

PARLA_INLINE void pack_panels(
    const unit_format format, long depth, long columns, int transposed, const float *matrix,
    long stride, uint32_t *packed, long units) {
  const long per_unit = format == BFLOAT16_PAIR ? 2 : 1;
  uint32_t tile[TILE][TILE];
  for (long j = 0; j < columns; j += PANEL, packed += units * PANEL) {
    const long width = least(PANEL, columns - j);
    if (width < PANEL) memset(packed, 0, (size_t)(units * PANEL) * sizeof *packed);
    if (!transposed) {
      for (long u = 0; u < units; u++) {
        const long k = u * per_unit;
        const float *from = matrix + k * stride + j;
        if (width == PANEL)
          across(format, from, stride, depth - k, PANEL, packed + u * PANEL);
        else
          across(format, from, stride, depth - k, width, packed + u * PANEL);
      }
      continue;
    }
    for (long i = 0; i < width; i += TILE) {
      const long height = least(TILE, width - i);
      for (long u = 0; u < units; u += TILE) {
        const long k = u * per_unit;
        for (long v = 0; v < height; v++) {
          const float *from = matrix + (j + i + v) * stride + k;
          if (depth - k >= TILE * per_unit)
            along(format, from, TILE * per_unit, TILE, tile[v]);
          else
            along(format, from, depth > k ? depth - k : 0, TILE, tile[v]);
        }
        transpose(tile);
        store_tile(tile, least(TILE, units - u), height, packed + u * PANEL + i, PANEL);
      }
    }
  }
}

PARLA_DISPATCHED
void parla_pack_rows(
    unit_format format, long rows, long depth, int transposed, const float *matrix, long stride,
    uint32_t *packed, long packed_stride, long units) {
  // One copy of the code for each format, a constant in it.
  switch (format) {
    case FLOAT32:
      pack_rows(
          FLOAT32, rows, depth, transposed, matrix, stride, packed, packed_stride, units);
      break;
    case ROUNDED_FLOAT32:
      pack_rows(
          ROUNDED_FLOAT32, rows, depth, transposed, matrix, stride, packed, packed_stride, units);
      break;
    case BFLOAT16_PAIR:
      pack_rows(
          BFLOAT16_PAIR, rows, depth, transposed, matrix, stride, packed, packed_stride, units);
  }
}

PARLA_DISPATCHED
void parla_pack_panels(
    unit_format format, long depth, long columns, int transposed, const float *matrix, long stride,
    uint32_t *packed, long units) {
  switch (format) {
    case FLOAT32:
      pack_panels(FLOAT32, depth, columns, transposed, matrix, stride, packed, units);
      break;
    case ROUNDED_FLOAT32:
      pack_panels(ROUNDED_FLOAT32, depth, columns, transposed, matrix, stride, packed, units);
      break;
    case BFLOAT16_PAIR:
      pack_panels(BFLOAT16_PAIR, depth, columns, transposed, matrix, stride, packed, units);
  }
}
