// Matrix products, and the instructions that they use.
#ifndef PARLA_PRODUCTS_H
#define PARLA_PRODUCTS_H

#include <stdint.h>

// The instruction sets that products have kernels for, the plainest first; the last one models AMX in plain C, for tests.
typedef enum {
  PARLA_PORTABLE,
  PARLA_AVX2,
  PARLA_AVX512,
  PARLA_AVX512_BFLOAT16,
  PARLA_AMX,
  PARLA_AMX_MODEL
} parla_path;

// Whether the processor and the system have it and its kernels reproduce a small product exactly.
int parla_path_is_available(parla_path path);

// The fastest of the available.
parla_path parla_best_path(void);

// Whether operands in bfloat16 make its products faster.
int parla_path_gains_from_bfloat16(parla_path path);

typedef struct parla_product_kernel parla_product_kernel;

// The path's kernel for operands in float32, or rounded to bfloat16. Sums are float32 with either.
const parla_product_kernel *parla_path_kernel(parla_path path, int bfloat16);

// A matrix whose rows, or columns when `transposed`, start `stride` numbers apart.
typedef struct {
  const float *values;
  long stride;
  int transposed;
} parla_operand;

typedef struct parla_pool parla_pool;

// c[rows, columns] = a[rows, depth] b[depth, columns], added to c when `accumulate`, by all threads of the pool. Their number
// does not change the result. Returns 0 when there is no memory to work in.
int parla_product(
    parla_pool *pool, const parla_product_kernel *kernel, long rows, long columns, long depth,
    parla_operand a, parla_operand b, int accumulate, float *c, long c_stride);

// The same where b^T [columns, depth] is in bfloat16, its rows halves_stride halves apart.
int parla_product_with_bf16(
    parla_pool *pool, const parla_product_kernel *kernel, long rows, long columns, long depth,
    parla_operand a, const uint16_t *halves, long halves_stride, int accumulate, float *c,
    long c_stride);

// The same, on the calling thread, for a matrix b [depth, columns] that several products share: it is packed once into so many units of
// 32 bits.
long parla_blocks_count(const parla_product_kernel *kernel, long depth, long columns);
void parla_pack_blocks(
    const parla_product_kernel *kernel, long depth, long columns, parla_operand matrix,
    uint32_t *packed);
int parla_product_with_blocks(
    const parla_product_kernel *kernel, long rows, long depth, long columns, parla_operand a,
    const uint32_t *packed, float *c, long c_stride);

// y[rows, columns] = bias[columns] + what rows of x[rows, depth] stand for in 8 bits, or in 16 with two planes, times scale[column] *
// w[columns, depth]^T, by all threads of the pool: as parla_int8_quantize and parla_int8_rows_product find it, to the last bit, but
// faster for many rows. Rows of x may overlap. Returns 0 where this processor's instructions, or the memory, do not suffice.
int parla_int8_product(
    parla_pool *pool, long rows, long depth, long columns, int planes, const float *x,
    long x_stride, const int8_t *w, long w_stride, const float *scale, const int32_t *sum,
    const float *bias, float *y, long y_stride);

// How many units of 32 bits parla_pack needs for a matrix [depth, columns].
long parla_packed_count(const parla_product_kernel *kernel, long depth, long columns);

// Packs a matrix [depth, columns] that parla_packed_product will use again and again.
void parla_pack(
    const parla_product_kernel *kernel, long depth, long columns, parla_operand matrix,
    uint32_t *packed);

// How many units of 32 bits parla_pack_left needs for each row.
long parla_packed_row_stride(const parla_product_kernel *kernel, long depth);

// Packs the left operand [rows, depth] of parla_packed_product.
void parla_pack_left(
    const parla_product_kernel *kernel, long rows, long depth, parla_operand matrix,
    uint32_t *packed);

// c[rows, columns] += a[rows, depth] b of packed operands, on the calling thread. Made for few rows.
void parla_packed_product(
    const parla_product_kernel *kernel, long rows, long depth, long columns,
    const uint32_t *packed_rows, const uint32_t *packed, float *c, long c_stride);

#endif
