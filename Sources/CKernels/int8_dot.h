// Dot products of up to four rows of bytes with four rows of signed bytes: one function for each set of instructions.
#ifndef PARLA_INT8_DOT_H
#define PARLA_INT8_DOT_H

#include <stdint.h>

// dots[4 i + j] = sum over k of q[i][k] w[j][k] for i < rows <= 4 and j < 4. q and w are rows `stride` bytes apart.
typedef void parla_int8_dots(
    long rows, long depth, const uint8_t *q, long q_stride, const int8_t *w, long w_stride,
    int32_t *dots);

parla_int8_dots parla_int8_dots_portable;
#if defined(__x86_64__)
parla_int8_dots parla_int8_dots_avx512vnni;
parla_int8_dots parla_int8_dots_avxvnni;
parla_int8_dots parla_int8_dots_avx2;
#elif defined(__ARM_NEON)
parla_int8_dots parla_int8_dots_neon;
#endif

#endif
