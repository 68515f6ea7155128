// Products of rows of bytes with rows of signed bytes: one function for each set of instructions.
#ifndef PARLA_INT8_KERNELS_H
#define PARLA_INT8_KERNELS_H

#include "inference.h"

// What parla_int8_rows_product does, with the instructions in the name.
typedef void parla_int8_kernel(
    long rows, long depth, long columns, int planes, const uint8_t *q, long q_stride,
    const parla_quantization *quantization, const int8_t *w, long w_stride, const float *scale,
    const int32_t *sum, float *y, long y_stride);

parla_int8_kernel parla_int8_product_portable;
#if defined(__x86_64__)
parla_int8_kernel parla_int8_product_avx512vnni;
parla_int8_kernel parla_int8_product_avxvnni;
parla_int8_kernel parla_int8_product_avx2;
#elif defined(__ARM_NEON)
parla_int8_kernel parla_int8_product_neon;
#endif

#endif
