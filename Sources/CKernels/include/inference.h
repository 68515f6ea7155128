// Products with weights that never change, as inference needs them: few rows of activations against rows of weights that stand
// as they do in a file, [columns, depth], one after another. Sums are formed in an order that depends on the depth alone, so
// that a row's result does not depend on how many rows are multiplied together.
#ifndef PARLA_INFERENCE_H
#define PARLA_INFERENCE_H

#include <stdint.h>

// y[rows, columns] += x[rows, depth] w[columns, depth]^T.
void parla_float_rows_product(
    long rows, long depth, long columns, const float *x, long x_stride, const float *w,
    long w_stride, float *y, long y_stride);

// The same for weights in bfloat16, the upper half of a float's bits.
void parla_bf16_rows_product(
    long rows, long depth, long columns, const float *x, long x_stride, const uint16_t *w,
    long w_stride, float *y, long y_stride);

// Rounds count floats to bfloat16, halves to even.
void parla_to_bf16(long count, const float *x, uint16_t *result);

// The floats that count halves stand for.
void parla_from_bf16(long count, const uint16_t *x, float *result);

// A row of activations in 8 or 16 bits: number i represents scale * (q[i] - zero).
typedef struct {
  float scale;
  int32_t zero;
} parla_quantization;

// Quantises each row of x[rows, depth] for itself, its least number (or 0) to 0 and its greatest (or 0) to 255 or 65535.
// With two planes a row of q is followed by another: first the upper bytes, then the lower ones. q_stride counts bytes
// between planes.
void parla_int8_quantize(
    long rows, long depth, int planes, const float *x, long x_stride, uint8_t *q, long q_stride,
    parla_quantization *quantization);

// y[rows, columns] += what q stands for, times scale[column] * w[columns, depth]^T. sum[column] is the sum of a row of w.
// depth is at most 65536.
void parla_int8_rows_product(
    long rows, long depth, long columns, int planes, const uint8_t *q, long q_stride,
    const parla_quantization *quantization, const int8_t *w, long w_stride, const float *scale,
    const int32_t *sum, float *y, long y_stride);

// The sums of the rows of w[columns, depth].
void parla_int8_row_sums(
    long depth, long columns, const int8_t *w, long w_stride, int32_t *sum);

// Quantises each row of w[columns, depth] to -127 ... 127 times its scale.
void parla_int8_weights(
    long depth, long columns, const float *w, long w_stride, int8_t *q, long q_stride, float *scale);

// Weights of 4 bits with a scale for each 32 inputs of an output: bytes for w[columns, depth].
long parla_int4_size(long depth, long columns);

// How many scales an output has.
long parla_int4_groups(long depth);

// Writes a row's weights to -8 ... 7 times their scales, with the least mean square of errors, into w, which was zero; sum gets the
// sum of what was written.
void parla_int4_set_row(long depth, long row, const float *weights, uint8_t *w, float *sum);

// What is to be added to each group's sum of products with q, since weights are stored as 0 ... 15: offsets[rows, groups].
void parla_int4_offsets(
    long rows, long depth, int planes, const uint8_t *q, long q_stride, int32_t *offsets);

// y[rows, first ..< end] += what q stands for, times those rows of w, transposed. sum is that of each row of w. 31 bytes after q are
// readable.
void parla_int4_rows_product(
    long rows, long depth, long first, long end, int planes, const uint8_t *q, long q_stride,
    const parla_quantization *quantization, const int32_t *offsets, const uint8_t *w,
    const float *sum, float *y, long y_stride);

// Sets every row of y[rows, columns] to bias[columns].
void parla_set_rows(long rows, long columns, const float *bias, float *y);

// Memory for weights, in large pages where the system has them; NULL if there is none.
void *parla_weights_allocate(long bytes);
void parla_weights_free(void *memory);

// Which instructions products with weights of 8 and 4 bits use here: "avx512vnni", "avxvnni", "avx2", "neon" or "portable".
const char *parla_int8_path(void);

// Uses the path of that name from now on, if the processor has it; for tests. Returns whether it does.
int parla_int8_choose(const char *path);

#endif
