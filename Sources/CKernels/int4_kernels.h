// Products of rows of bytes with weights of 4 bits: one function for each set of instructions.
#ifndef PARLA_INT4_KERNELS_H
#define PARLA_INT4_KERNELS_H

#include "inference.h"

// Weights are packed in panels of 32 rows, [groups]: for each group of 32 inputs first the numbers, then a scale for each row.
// Numbers are four bits, 8 more than what they represent: 128 bytes for 8 inputs, 4 bytes for each row, whose lower halves are the
// first four inputs and whose upper halves are the others. Scales are the upper halves of floats. Inputs beyond the depth are
// four zero bits, which add nothing whatever they are multiplied by.
enum {
  INT4_ROWS = 32,
  INT4_GROUP = 32,
  INT4_STEP = 8,
  INT4_STEP_BYTES = INT4_ROWS * INT4_STEP / 2,
  INT4_NUMBER_BYTES = INT4_GROUP / INT4_STEP * INT4_STEP_BYTES,
  INT4_GROUP_BYTES = INT4_NUMBER_BYTES + 2 * INT4_ROWS
};

// What parla_int4_rows_product is given.
typedef struct {
  long rows, depth, first, end;
  int planes;
  const uint8_t *q;
  long q_stride;
  const parla_quantization *quantization;
  const int32_t *offsets;
  const uint8_t *w;
  const float *sum;
  float *y;
  long y_stride;
} int4_product;

typedef void parla_int4_kernel(const int4_product *product);

parla_int4_kernel parla_int4_product_portable;
#if defined(__x86_64__)
parla_int4_kernel parla_int4_product_avx512vnni;
parla_int4_kernel parla_int4_product_avxvnni;
parla_int4_kernel parla_int4_product_avx2;
#endif

#endif
