// What the parts of the matrix product share.
//
// Both operands are packed. The left one becomes rows, the right one panels of PANEL columns, so that a kernel reads each in
// order and sees neither transposition nor edges. Both consist of units of 32 bits: a float, or two neighbours along
// the depth in bfloat16, which is what vdpbf16ps and tdpbf16ps multiply at once.
#ifndef PARLA_PRODUCT_H
#define PARLA_PRODUCT_H

#include <stdint.h>

#include "CKernels.h"
#include "dispatch.h"

enum { PANEL = 32 };  // columns of a panel

typedef enum {
  FLOAT32,          // a unit is a float
  ROUNDED_FLOAT32,  // a unit is a float with the eight significant bits of bfloat16
  BFLOAT16_PAIR     // a unit is two numbers in bfloat16, the earlier one in the lower half
} unit_format;

// Rows of a packed left operand, `stride` units apart: each is so many stretches of `units` units, the first of which lie
// `stretch_stride` units apart.
typedef struct {
  const uint32_t *first;
  long stride, units, stretches, stretch_stride;
} left_rows;

// c[rows, 32 panel_count] = a panels (+ c), for 1 ... max_rows rows; panels, each as deep as a row, follow each other.
typedef void parla_block_product(
    long rows, left_rows a, const uint32_t *panels, long panel_count, float *c, long c_stride,
    int accumulate);

struct parla_product_kernel {
  unit_format format;
  int max_rows;     // of one call
  int unit_grain;   // `units` is a multiple of it
  int block_units;  // units of depth that a block has
  parla_block_product *product;
};

extern const parla_product_kernel parla_portable_kernel, parla_portable_rounded_kernel;
#if defined(__x86_64__)
extern const parla_product_kernel parla_avx2_kernel, parla_avx2_rounded_kernel;
extern const parla_product_kernel parla_avx512_kernel, parla_avx512_rounded_kernel;
extern const parla_product_kernel parla_avx512_bfloat16_kernel;
#endif
#if defined(__x86_64__) && defined(__linux__)
extern const parla_product_kernel parla_amx_kernel;
#endif
extern const parla_product_kernel parla_amx_model_kernel;

// Units that `depth` numbers fill, rounded up to what the kernel wants.
PARLA_INLINE long unit_count(const parla_product_kernel *kernel, long depth) {
  const long units = kernel->format == BFLOAT16_PAIR ? (depth + 1) / 2 : depth;
  return (units + kernel->unit_grain - 1) / kernel->unit_grain * kernel->unit_grain;
}

// Packs `rows` rows of a matrix [rows, depth], stored [depth, rows] when `transposed`, to `units` units each; what lies
// beyond the depth becomes zero.
void parla_pack_rows(
    unit_format format, long rows, long depth, int transposed, const float *matrix, long stride,
    uint32_t *packed, long packed_stride, long units);

// Packs a matrix [depth, columns], stored [columns, depth] when `transposed`, into panels of `units` units depth.
void parla_pack_panels(
    unit_format format, long depth, long columns, int transposed, const float *matrix, long stride,
    uint32_t *packed, long units);

// A packed left operand times packed panels, whose last may be wider than what is left of `columns`.
void parla_multiply_rows(
    const parla_product_kernel *kernel, long rows, left_rows a, const uint32_t *panels,
    long columns, float *c, long c_stride, int accumulate);

// The same of rows in one stretch.
void parla_multiply_packed(
    const parla_product_kernel *kernel, long rows, long units, const uint32_t *a, long a_stride,
    const uint32_t *panels, long columns, float *c, long c_stride, int accumulate);

#endif
