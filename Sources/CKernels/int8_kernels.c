#include "int8_kernels.h"

#include "dispatch.h"

typedef int32_t ints4 __attribute__((vector_size(16), aligned(4)));
typedef float floats4 __attribute__((vector_size(16), aligned(4)));
typedef double doubles4 __attribute__((vector_size(32), aligned(8)));

// What the sums of a row of activations, one for each plane, with four rows of weights stand for; exact up to the scales.
PARLA_INLINE void add_results(
    long columns, int planes, const ints4 *dots, const parla_quantization *row, const float *scale,
    const int32_t *sum, float *y) {
  if (columns < 4) {
    double value = planes == 2 ? 256.0 * dots[0][0] + dots[1][0] : dots[0][0];
    value -= (double)row->zero * sum[0];
    y[0] += row->scale * scale[0] * (float)value;
    return;
  }
  doubles4 value = __builtin_convertvector(dots[0], doubles4);
  if (planes == 2) value = 256.0 * value + __builtin_convertvector(dots[1], doubles4);
  value -= (double)row->zero * __builtin_convertvector(*(const ints4 *)sum, doubles4);
  const floats4 scales = row->scale * *(const floats4 *)scale;
  *(floats4 *)y += scales * __builtin_convertvector(value, floats4);
}

// Numbers that the compiler knows keep the sums in registers.
#define FOR_ROWS(BLOCK, ASKED)                                                                       \
  switch (group * planes) {                                                                          \
    case 1: BLOCK(1, ASKED, depth, bytes, q_stride, weights, stride, asked_from, dots); break;       \
    case 2: BLOCK(2, ASKED, depth, bytes, q_stride, weights, stride, asked_from, dots); break;       \
    case 3: BLOCK(3, ASKED, depth, bytes, q_stride, weights, stride, asked_from, dots); break;       \
    default: BLOCK(4, ASKED, depth, bytes, q_stride, weights, stride, asked_from, dots);             \
  }

// Walks through the weights once, COLUMNS_TOGETHER at a time, and for these through the rows of activations, up to four rows of
// bytes at a time: both stay in the first cache until they are done with. Weights come from far: while four columns are multiplied
// with one group of rows after another, the four that lie COLUMNS_TOGETHER further on are asked for, shared out evenly.
//
// BLOCK(rows, asked, depth, q, q_stride, w, w_stride, asked_from, dots) sets the sums of `rows` rows with four columns, and asks
// for `asked` columns at asked_from meanwhile.
enum { COLUMNS_TOGETHER = 8 };

#define DEFINE_PRODUCT(NAME, TARGET, BLOCK)                                                          \
  TARGET void NAME(                                                                                  \
      long rows, long depth, long columns, int planes, const uint8_t *q, long q_stride,              \
      const parla_quantization *quantization, const int8_t *w, long w_stride, const float *scale,    \
      const int32_t *sum, float *y, long y_stride) {                                                 \
    const long step = 4 / planes, groups = (rows + step - 1) / step;                                 \
    /* How many columns a group asks for, until all four are. */                                     \
    const long share = groups == 1 ? 4 : groups < 4 ? 2 : 1;                                         \
    for (long first = 0; first < columns; first += COLUMNS_TOGETHER) {                               \
      const long last = columns - first < COLUMNS_TOGETHER ? columns : first + COLUMNS_TOGETHER;     \
      for (long row = 0; row < rows; row += step) {                                                  \
        const long group = rows - row < step ? rows - row : step;                                    \
        const long done = row / step * share;                                                        \
        const uint8_t *const bytes = q + row * planes * q_stride;                                    \
        for (long column = first; column < last;) {                                                  \
          /* Columns too few for four are read alone, four times: there may be no memory beyond. */  \
          const long count = last - column < 4 ? 1 : 4;                                              \
          const long stride = count == 4 ? w_stride : 0;                                             \
          const int8_t *const weights = w + column * w_stride;                                       \
          const int8_t *const asked_from = weights + (COLUMNS_TOGETHER + done) * w_stride;           \
          ints4 dots[4];                                                                             \
          switch (done < 4 ? share : 0) {                                                            \
            case 0: FOR_ROWS(BLOCK, 0) break;                                                        \
            case 1: FOR_ROWS(BLOCK, 1) break;                                                        \
            case 2: FOR_ROWS(BLOCK, 2) break;                                                        \
            default: FOR_ROWS(BLOCK, 4)                                                              \
          }                                                                                          \
          for (long i = 0; i < group; i++)                                                           \
            add_results(                                                                             \
                count, planes, dots + i * planes, quantization + row + i, scale + column,            \
                sum + column, y + (row + i) * y_stride + column);                                    \
          column += count;                                                                           \
        }                                                                                            \
      }                                                                                              \
    }                                                                                                \
  }

// --- One product at a time -----------------------------------------------------------------------

PARLA_INLINE void block_portable(
    const int rows, const int asked, long depth, const uint8_t *q, long q_stride, const int8_t *w,
    long w_stride, const int8_t *asked_from, ints4 *dots) {
  for (int i = 0; i < rows; i++) {
    for (int j = 0; j < 4; j++) {
      int32_t sum = 0;
      for (long k = 0; k < depth; k++) sum += (int32_t)q[i * q_stride + k] * w[j * w_stride + k];
      dots[i][j] = sum;
    }
  }
}

DEFINE_PRODUCT(parla_int8_product_portable, , block_portable)

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
    const int rows, const int asked, long depth, const uint8_t *q, long q_stride, const int8_t *w,
    long w_stride, const int8_t *asked_from, ints4 *dots) {
  __m512i sum[4][4];
  for (int i = 0; i < rows; i++)
    for (int j = 0; j < 4; j++) sum[i][j] = _mm512_setzero_si512();
  long k = 0;
  for (; k + 64 <= depth; k += 64) {
    __m512i activations[4];
    for (int i = 0; i < rows; i++) activations[i] = _mm512_loadu_si512(q + i * q_stride + k);
    for (int j = 0; j < 4; j++) {
      if (j < asked) _mm_prefetch((const char *)(asked_from + j * w_stride + k), _MM_HINT_T1);
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
    dots[i] = (ints4)sums_512(sum[i][0], sum[i][1], sum[i][2], sum[i][3]);
}

DEFINE_PRODUCT(parla_int8_product_avx512vnni, VNNI512, block_512)

// --- 32 products at a time -----------------------------------------------------------------------

// Two rows of bytes at a time: eight sums and what is multiplied fill the 16 registers.
#define DEFINE_BLOCK_256(NAME, TARGET, ACCUMULATE)                                                  \
  TARGET PARLA_INLINE void NAME##_pair(                                                             \
      const int rows, long depth, const uint8_t *q, long q_stride, const int8_t *w, long w_stride,  \
      ints4 *dots) {                                                                                \
    __m256i sum[2][4];                                                                              \
    for (int i = 0; i < rows; i++)                                                                  \
      for (int j = 0; j < 4; j++) sum[i][j] = _mm256_setzero_si256();                               \
    long k = 0;                                                                                     \
    for (; k + 32 <= depth; k += 32)                                                                \
      for (int j = 0; j < 4; j++)                                                                   \
        for (int i = 0; i < rows; i++)                                                              \
          sum[i][j] = ACCUMULATE(sum[i][j], q + i * q_stride + k, w + j * w_stride + k);            \
    for (int i = 0; i < rows; i++) {                                                                \
      const __m256i pairs = _mm256_hadd_epi32(                                                      \
          _mm256_hadd_epi32(sum[i][0], sum[i][1]), _mm256_hadd_epi32(sum[i][2], sum[i][3]));        \
      dots[i] = (ints4)_mm_add_epi32(                                                               \
          _mm256_castsi256_si128(pairs), _mm256_extracti128_si256(pairs, 1));                       \
      for (long rest = k; rest < depth; rest++)                                                     \
        for (int j = 0; j < 4; j++)                                                                 \
          dots[i][j] += (int32_t)q[i * q_stride + rest] * w[j * w_stride + rest];                   \
    }                                                                                               \
  }                                                                                                 \
                                                                                                    \
  TARGET PARLA_INLINE void NAME(                                                                    \
      const int rows, const int asked, long depth, const uint8_t *q, long q_stride,                 \
      const int8_t *w, long w_stride, const int8_t *asked_from, ints4 *dots) {                      \
    for (int i = 0; i + 2 <= rows; i += 2)                                                          \
      NAME##_pair(2, depth, q + i * q_stride, q_stride, w, w_stride, dots + i);                     \
    if (rows % 2)                                                                                   \
      NAME##_pair(1, depth, q + (rows - 1) * q_stride, q_stride, w, w_stride, dots + rows - 1);     \
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

DEFINE_PRODUCT(parla_int8_product_avxvnni, VNNI256, block_vnni)
DEFINE_PRODUCT(parla_int8_product_avx2, AVX2, block_avx2)

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
    const int rows, const int asked, long depth, const uint8_t *q, long q_stride, const int8_t *w,
    long w_stride, const int8_t *asked_from, ints4 *dots) {
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
      dots[i][j] = dot;
    }
  }
}

DEFINE_PRODUCT(parla_int8_product_neon, , block_neon)
#endif
