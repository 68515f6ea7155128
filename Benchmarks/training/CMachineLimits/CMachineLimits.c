#include "CMachineLimits.h"

#include <stdint.h>

typedef float vector4 __attribute__((vector_size(16)));
typedef float vector8 __attribute__((vector_size(32)));
typedef float vector16 __attribute__((vector_size(64)));
typedef uint32_t unit16 __attribute__((vector_size(64), aligned(4)));

#define UNROLLED _Pragma("clang loop unroll(full)")

// Twelve independent sums. The empty assembly keeps them from being worked out beforehand.
#define DEFINE_LIMIT(NAME, VECTOR, TARGET, MULTIPLY_ADD)                     \
  TARGET static float NAME(long rounds) {                                    \
    VECTOR sum[12] = {{0}}, a = {1.0f}, b = {1.0f};                          \
    for (long round = 0; round < rounds; round++) {                          \
      __asm__ volatile("" : "+x"(a), "+x"(b));                               \
      UNROLLED for (int i = 0; i < 12; i++) sum[i] = MULTIPLY_ADD(sum[i], a, b); \
    }                                                                        \
    float total = 0;                                                         \
    for (int i = 0; i < 12; i++) total += sum[i][0];                         \
    return total;                                                            \
  }
#define FLOAT_MULTIPLY_ADD(SUM, A, B) ((SUM) + (A) * (B))

#if defined(__x86_64__)
#include <immintrin.h>

#define AVX2 __attribute__((target("avx2,fma")))
#define AVX512 __attribute__((target("avx512f,fma")))
#define AVX512_BF16 __attribute__((target("avx512f,avx512bf16")))
#define PAIR_MULTIPLY_ADD(SUM, A, B) \
  ((vector16)_mm512_dpbf16_ps((__m512)(SUM), (__m512bh)(A), (__m512bh)(B)))
DEFINE_LIMIT(multiply_portable, vector4, , FLOAT_MULTIPLY_ADD)
DEFINE_LIMIT(multiply_avx2, vector8, AVX2, FLOAT_MULTIPLY_ADD)
DEFINE_LIMIT(multiply_avx512, vector16, AVX512, FLOAT_MULTIPLY_ADD)
DEFINE_LIMIT(multiply_avx512_bfloat16, vector16, AVX512_BF16, PAIR_MULTIPLY_ADD)

__attribute__((target("amx-tile,amx-bf16"))) static void multiply_amx(long rounds) {
  struct {
    uint8_t palette, start_row, reserved[14];
    uint16_t row_bytes[16];
    uint8_t rows[16];
  } shape = {.palette = 1};
  for (int tile = 0; tile < 8; tile++) {
    shape.row_bytes[tile] = 64;
    shape.rows[tile] = 16;
  }
  _tile_loadconfig(&shape);
  for (long round = 0; round < rounds; round++) {
    _tile_dpbf16ps(0, 4, 6);
    _tile_dpbf16ps(1, 4, 7);
    _tile_dpbf16ps(2, 5, 6);
    _tile_dpbf16ps(3, 5, 7);
  }
  _tile_release();
}
#else
static float multiply_portable(long rounds) {
  vector4 sum[12] = {{0}}, a = {1.0f}, b = {1.0f};
  for (long round = 0; round < rounds; round++) {
    __asm__ volatile("" : "+w"(a), "+w"(b));
    UNROLLED for (int i = 0; i < 12; i++) sum[i] += a * b;
  }
  float total = 0;
  for (int i = 0; i < 12; i++) total += sum[i][0];
  return total;
}
#endif

double parla_limit_multiply(parla_limit limit, long rounds) {
  volatile float kept;
  switch (limit) {
#if defined(__x86_64__)
    case PARLA_LIMIT_AVX2: kept = multiply_avx2(rounds); return 12.0 * 8 * 2 * rounds;
    case PARLA_LIMIT_AVX512: kept = multiply_avx512(rounds); return 12.0 * 16 * 2 * rounds;
    case PARLA_LIMIT_AVX512_BFLOAT16:
      kept = multiply_avx512_bfloat16(rounds);
      return 12.0 * 16 * 4 * rounds;
    case PARLA_LIMIT_AMX: multiply_amx(rounds); return 4.0 * 16 * 16 * 32 * 2 * rounds;
#endif
    default: kept = multiply_portable(rounds); return 12.0 * 4 * 2 * rounds;
  }
  (void)kept;
}

#if defined(__linux__) && defined(__x86_64__)
__attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#endif
unsigned parla_limit_read(const void *memory, long bytes) {
  const uint32_t *from = memory;
  unit16 sum[8] = {{0}};
  for (long i = 0; i < bytes / 4; i += 128)
    UNROLLED for (int j = 0; j < 8; j++) sum[j] ^= *(const unit16 *)(from + i + 16 * j);
  unsigned result = 0;
  for (int j = 0; j < 8; j++)
    for (int lane = 0; lane < 16; lane++) result ^= sum[j][lane];
  return result;
}
