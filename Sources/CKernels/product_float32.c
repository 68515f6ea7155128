#include <string.h>

#include "product_blocks.h"

// Float32 blocks. Sums fill 24 of AVX-512's 32 registers, 12 of AVX2's and SSE2's 16, 24 of NEON's 32.

typedef float vector4 __attribute__((vector_size(16), aligned(4)));

PARLA_INLINE float unit_value(uint32_t unit) {
  float value;
  memcpy(&value, &unit, sizeof value);
  return value;
}

#define MULTIPLY_ADD(SUM, A, B) ((SUM) + unit_value(A) * (B))

#if defined(__aarch64__)
enum { PORTABLE_VECTORS = 4 };
#else
enum { PORTABLE_VECTORS = 2 };
#endif

DEFINE_BLOCK(portable_block, vector4, 4, PORTABLE_VECTORS, 6, , MULTIPLY_ADD)
DEFINE_PRODUCT(portable_product, portable_block, 4 * PORTABLE_VECTORS, CASES_6, )
const parla_product_kernel parla_portable_kernel = {FLOAT32, 6, 1, 256, portable_product};
const parla_product_kernel parla_portable_rounded_kernel = {
    ROUNDED_FLOAT32, 6, 1, 256, portable_product};

#if defined(__x86_64__)
typedef float vector8 __attribute__((vector_size(32), aligned(4)));
typedef float vector16 __attribute__((vector_size(64), aligned(4)));

#define AVX2 __attribute__((target("avx2,fma")))
DEFINE_BLOCK(avx2_block, vector8, 8, 2, 6, AVX2, MULTIPLY_ADD)
DEFINE_PRODUCT(avx2_product, avx2_block, 16, CASES_6, AVX2)
const parla_product_kernel parla_avx2_kernel = {FLOAT32, 6, 1, 256, avx2_product};
const parla_product_kernel parla_avx2_rounded_kernel = {ROUNDED_FLOAT32, 6, 1, 256, avx2_product};

#define AVX512 __attribute__((target("avx512f,avx512vl,avx512bw,avx512dq,fma")))
DEFINE_BLOCK(avx512_block, vector16, 16, 2, 12, AVX512, MULTIPLY_ADD)
DEFINE_PRODUCT(avx512_product, avx512_block, 32, CASES_12, AVX512)
const parla_product_kernel parla_avx512_kernel = {FLOAT32, 12, 1, 512, avx512_product};
const parla_product_kernel parla_avx512_rounded_kernel = {ROUNDED_FLOAT32, 12, 1, 512, avx512_product};
#endif
