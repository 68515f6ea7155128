#include "int8_dot.h"

#include "dispatch.h"

void parla_int8_dots_portable(
    long rows, long depth, const uint8_t *q, long q_stride, const int8_t *w, long w_stride,
    int32_t *dots) {
  for (long i = 0; i < rows; i++) {
    for (long j = 0; j < 4; j++) {
      int32_t sum = 0;
      for (long k = 0; k < depth; k++) sum += (int32_t)q[i * q_stride + k] * w[j * w_stride + k];
      dots[4 * i + j] = sum;
    }
  }
}

// A row count that the compiler knows keeps the sums in registers.
#define FOR_EACH_ROW_COUNT(BLOCK)                                   \
  switch (rows) {                                                   \
    case 1: BLOCK(1, depth, q, q_stride, w, w_stride, dots); break; \
    case 2: BLOCK(2, depth, q, q_stride, w, w_stride, dots); break; \
    case 3: BLOCK(3, depth, q, q_stride, w, w_stride, dots); break; \
    default: BLOCK(4, depth, q, q_stride, w, w_stride, dots);       \
  }

#if defined(__x86_64__)
#include <immintrin.h>

#define VNNI512 __attribute__((target("avx512f,avx512vl,avx512bw,avx512vnni")))
#define VNNI256 __attribute__((target("avx2,avxvnni")))
#define AVX2 __attribute__((target("avx2")))

// --- 64 products at a time, the bytes of the last ones masked ------------------------------------

// Adds up each of four vectors: the sums of a, b, c and d.
VNNI512 PARLA_INLINE __m128i sums_512(__m512i a, __m512i b, __m512i c, __m512i d) {
  const __m256i a8 = _mm256_add_epi32(_mm512_castsi512_si256(a), _mm512_extracti64x4_epi64(a, 1));
  const __m256i b8 = _mm256_add_epi32(_mm512_castsi512_si256(b), _mm512_extracti64x4_epi64(b, 1));
  const __m256i c8 = _mm256_add_epi32(_mm512_castsi512_si256(c), _mm512_extracti64x4_epi64(c, 1));
  const __m256i d8 = _mm256_add_epi32(_mm512_castsi512_si256(d), _mm512_extracti64x4_epi64(d, 1));
  const __m256i pairs = _mm256_hadd_epi32(_mm256_hadd_epi32(a8, b8), _mm256_hadd_epi32(c8, d8));
  return _mm_add_epi32(_mm256_castsi256_si128(pairs), _mm256_extracti128_si256(pairs, 1));
}

VNNI512 PARLA_INLINE void block_512(
    const int rows, long depth, const uint8_t *q, long q_stride, const int8_t *w, long w_stride,
    int32_t *dots) {
  __m512i sum[4][4];
  for (int i = 0; i < rows; i++)
    for (int j = 0; j < 4; j++) sum[i][j] = _mm512_setzero_si512();
  long k = 0;
  for (; k + 64 <= depth; k += 64) {
    __m512i activations[4];
    for (int i = 0; i < rows; i++) activations[i] = _mm512_loadu_si512(q + i * q_stride + k);
    for (int j = 0; j < 4; j++) {
      // Weights come from far: ask for those of the next four columns.
      _mm_prefetch((const char *)(w + (j + 4) * w_stride + k), _MM_HINT_T0);
      const __m512i weights = _mm512_loadu_si512(w + j * w_stride + k);
      for (int i = 0; i < rows; i++)
        sum[i][j] = _mm512_dpbusd_epi32(sum[i][j], activations[i], weights);
    }
  }
  if (k < depth) {
    const __mmask64 rest = ~0ull >> (64 - (depth - k));
    for (int j = 0; j < 4; j++) {
      const __m512i weights = _mm512_maskz_loadu_epi8(rest, w + j * w_stride + k);
      for (int i = 0; i < rows; i++)
        sum[i][j] = _mm512_dpbusd_epi32(
            sum[i][j], _mm512_maskz_loadu_epi8(rest, q + i * q_stride + k), weights);
    }
  }
  for (int i = 0; i < rows; i++)
    _mm_storeu_si128(
        (__m128i *)(dots + 4 * i), sums_512(sum[i][0], sum[i][1], sum[i][2], sum[i][3]));
}

VNNI512 void parla_int8_dots_avx512vnni(
    long rows, long depth, const uint8_t *q, long q_stride, const int8_t *w, long w_stride,
    int32_t *dots) {
  FOR_EACH_ROW_COUNT(block_512)
}

// --- 32 products at a time -----------------------------------------------------------------------

#define DEFINE_BLOCK_256(NAME, TARGET, ACCUMULATE)                                             \
  TARGET PARLA_INLINE void NAME(                                                               \
      const int rows, long depth, const uint8_t *q, long q_stride, const int8_t *w,            \
      long w_stride, int32_t *dots) {                                                          \
    __m256i sum[2][4];                                                                         \
    for (int i = 0; i < rows; i++)                                                             \
      for (int j = 0; j < 4; j++) sum[i][j] = _mm256_setzero_si256();                          \
    long k = 0;                                                                                \
    for (; k + 32 <= depth; k += 32)                                                           \
      for (int j = 0; j < 4; j++)                                                              \
        for (int i = 0; i < rows; i++)                                                         \
          sum[i][j] = ACCUMULATE(sum[i][j], q + i * q_stride + k, w + j * w_stride + k);       \
    for (int i = 0; i < rows; i++) {                                                           \
      const __m256i pairs = _mm256_hadd_epi32(                                                 \
          _mm256_hadd_epi32(sum[i][0], sum[i][1]), _mm256_hadd_epi32(sum[i][2], sum[i][3]));   \
      _mm_storeu_si128(                                                                        \
          (__m128i *)(dots + 4 * i),                                                           \
          _mm_add_epi32(_mm256_castsi256_si128(pairs), _mm256_extracti128_si256(pairs, 1)));   \
      for (long rest = k; rest < depth; rest++)                                                \
        for (int j = 0; j < 4; j++)                                                            \
          dots[4 * i + j] += (int32_t)q[i * q_stride + rest] * w[j * w_stride + rest];         \
    }                                                                                          \
  }

VNNI256 PARLA_INLINE __m256i accumulate_vnni(__m256i sum, const uint8_t *q, const int8_t *w) {
  return _mm256_dpbusd_avx_epi32(
      sum, _mm256_loadu_si256((const __m256i *)q), _mm256_loadu_si256((const __m256i *)w));
}

// Bytes are widened first, since the product of bytes that AVX2 has saturates at 32767.
AVX2 PARLA_INLINE __m256i accumulate_avx2(__m256i sum, const uint8_t *q, const int8_t *w) {
  const __m256i low = _mm256_madd_epi16(
      _mm256_cvtepu8_epi16(_mm_loadu_si128((const __m128i *)q)),
      _mm256_cvtepi8_epi16(_mm_loadu_si128((const __m128i *)w)));
  const __m256i high = _mm256_madd_epi16(
      _mm256_cvtepu8_epi16(_mm_loadu_si128((const __m128i *)(q + 16))),
      _mm256_cvtepi8_epi16(_mm_loadu_si128((const __m128i *)(w + 16))));
  return _mm256_add_epi32(sum, _mm256_add_epi32(low, high));
}

DEFINE_BLOCK_256(block_vnni, VNNI256, accumulate_vnni)
DEFINE_BLOCK_256(block_avx2, AVX2, accumulate_avx2)

// Two rows at a time: eight sums and what is multiplied fill the 16 registers.
#define DEFINE_DOTS_256(NAME, BLOCK, TARGET)                                                   \
  TARGET void NAME(                                                                            \
      long rows, long depth, const uint8_t *q, long q_stride, const int8_t *w, long w_stride,  \
      int32_t *dots) {                                                                         \
    for (; rows >= 2; rows -= 2, q += 2 * q_stride, dots += 8)                                 \
      BLOCK(2, depth, q, q_stride, w, w_stride, dots);                                         \
    if (rows) BLOCK(1, depth, q, q_stride, w, w_stride, dots);                                 \
  }

DEFINE_DOTS_256(parla_int8_dots_avxvnni, block_vnni, VNNI256)
DEFINE_DOTS_256(parla_int8_dots_avx2, block_avx2, AVX2)

#elif defined(__ARM_NEON)
#include <arm_neon.h>

// The sum of four neighbouring products in each lane.
PARLA_INLINE int32x4_t accumulate_neon(int32x4_t sum, int8x16_t q, int8x16_t w) {
#if defined(__ARM_FEATURE_DOTPROD)
  return vdotq_s32(sum, q, w);
#else
  sum = vpadalq_s16(sum, vmull_s8(vget_low_s8(q), vget_low_s8(w)));
  return vpadalq_s16(sum, vmull_s8(vget_high_s8(q), vget_high_s8(w)));
#endif
}

// Products of signed bytes: 128 is taken off the activations, and 128 times the weights' sum added in the end.
PARLA_INLINE void block_neon(
    const int rows, long depth, const uint8_t *q, long q_stride, const int8_t *w, long w_stride,
    int32_t *dots) {
  int32x4_t sum[4][4], weight_sum[4];
  for (int j = 0; j < 4; j++) {
    weight_sum[j] = vdupq_n_s32(0);
    for (int i = 0; i < rows; i++) sum[i][j] = vdupq_n_s32(0);
  }
  const int8x16_t ones = vdupq_n_s8(1);
  const uint8x16_t offset = vdupq_n_u8(128);
  long k = 0;
  for (; k + 16 <= depth; k += 16) {
    int8x16_t activations[4];
    for (int i = 0; i < rows; i++)
      activations[i] = vreinterpretq_s8_u8(veorq_u8(vld1q_u8(q + i * q_stride + k), offset));
    for (int j = 0; j < 4; j++) {
      const int8x16_t weights = vld1q_s8(w + j * w_stride + k);
      weight_sum[j] = accumulate_neon(weight_sum[j], ones, weights);
      for (int i = 0; i < rows; i++)
        sum[i][j] = accumulate_neon(sum[i][j], activations[i], weights);
    }
  }
  for (int i = 0; i < rows; i++) {
    for (int j = 0; j < 4; j++) {
      int32_t dot = vaddvq_s32(sum[i][j]) + 128 * vaddvq_s32(weight_sum[j]);
      for (long rest = k; rest < depth; rest++)
        dot += (int32_t)q[i * q_stride + rest] * w[j * w_stride + rest];
      dots[4 * i + j] = dot;
    }
  }
}

void parla_int8_dots_neon(
    long rows, long depth, const uint8_t *q, long q_stride, const int8_t *w, long w_stride,
    int32_t *dots) {
  FOR_EACH_ROW_COUNT(block_neon)
}
#endif
