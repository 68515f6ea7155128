#include "int4_kernels.h"

#include <string.h>

#include "dispatch.h"

// Rows of bytes that are multiplied together at most.
enum { BYTE_ROWS = 4 };

// Weights come from far: what lies so many bytes further on is asked for.
enum { AHEAD = 8192 };

#define UNROLLED _Pragma("clang loop unroll(full)")

PARLA_INLINE int32_t four_bytes(const uint8_t *q) {
  int32_t result;
  memcpy(&result, q, sizeof result);
  return result;
}

// Two vectors of a panel's rows, `strip` vectors after its first: their products with `rows` rows of activations, without
// the activations' scale and zero. Within a group sums are integers; with 32 inputs, 16 bits times 4 bits and 8 bits times 4 are
// exact in a float too. `rows` and `planes` are constants to the compiler.
//
// DOT(sum, a, b) adds to each lane the products of its four bytes, of which those of b are at most 15.
#define DEFINE_STRIP(NAME, INTS, HALVES, FLOATS, LANES, TARGET, DOT)                                 \
  TARGET PARLA_INLINE void NAME(                                                                     \
      const int rows, const int planes, const int4_product *p, long row, const uint8_t *w,           \
      long strip, float (*totals)[INT4_ROWS]) {                                                      \
    const long groups = parla_int4_groups(p->depth);                                                 \
    const uint8_t *q = p->q + row * planes * p->q_stride;                                            \
    const int32_t *offsets = p->offsets + row * groups;                                              \
    FLOATS total[BYTE_ROWS][2];                                                                      \
    UNROLLED for (int i = 0; i < rows; i++) total[i][0] = total[i][1] = (FLOATS){0};                 \
    for (long group = 0; group < groups; group++, q += INT4_GROUP, w += INT4_GROUP_BYTES) {          \
      INTS sum[BYTE_ROWS][2];                                                                        \
      UNROLLED for (int i = 0; i < rows * planes; i++)                                               \
        sum[i][0] = sum[i][1] =                                                                      \
            (INTS){0} + (i % planes == planes - 1 ? offsets[i / planes * groups + group] : 0);       \
      UNROLLED for (int step = 0; step < INT4_GROUP / INT4_STEP; step++) {                           \
        UNROLLED for (int v = 0; v < 2; v++) {                                                       \
          const uint8_t *const at = w + step * INT4_STEP_BYTES + (strip + v) * (long)sizeof(INTS);   \
          __builtin_prefetch(at + AHEAD, 0, 2);                                                      \
          const INTS pairs = *(const INTS *)(const void *)at;                                        \
          const INTS low = pairs & 0x0f0f0f0f, high = (pairs >> 4) & 0x0f0f0f0f;                     \
          UNROLLED for (int i = 0; i < rows * planes; i++) {                                         \
            const uint8_t *const bytes = q + i * p->q_stride + step * INT4_STEP;                     \
            sum[i][v] = DOT(sum[i][v], (INTS){0} + four_bytes(bytes), low);                          \
            sum[i][v] = DOT(sum[i][v], (INTS){0} + four_bytes(bytes + 4), high);                     \
          }                                                                                          \
        }                                                                                            \
      }                                                                                              \
      const HALVES *const scales = (const HALVES *)(const void *)(w + INT4_NUMBER_BYTES) + strip;    \
      UNROLLED for (int v = 0; v < 2; v++) {                                                         \
        const FLOATS scale = (FLOATS)(__builtin_convertvector(scales[v], INTS) << 16);               \
        UNROLLED for (int i = 0; i < rows; i++) {                                                    \
          const INTS whole = planes == 2 ? (sum[2 * i][v] << 8) + sum[2 * i + 1][v] : sum[i][v];     \
          total[i][v] += scale * __builtin_convertvector(whole, FLOATS);                             \
        }                                                                                            \
      }                                                                                              \
    }                                                                                                \
    UNROLLED for (int i = 0; i < rows; i++)                                                          \
      memcpy(totals[i] + strip * LANES, total[i], sizeof total[i]);                                  \
  }

#define DEFINE_PRODUCT(NAME, STRIP, LANES, TARGET)                                                   \
  TARGET void NAME(const int4_product *p) {                                                          \
    const long step = BYTE_ROWS / p->planes, groups = parla_int4_groups(p->depth);                   \
    for (long column = p->first / INT4_ROWS * INT4_ROWS; column < p->end; column += INT4_ROWS) {     \
      const uint8_t *const w = p->w + column / INT4_ROWS * groups * INT4_GROUP_BYTES;                \
      const long first = column < p->first ? p->first : column;                                      \
      const long end = p->end < column + INT4_ROWS ? p->end : column + INT4_ROWS;                    \
      for (long row = 0; row < p->rows; row += step) {                                               \
        const long rows = p->rows - row < step ? p->rows - row : step;                               \
        float totals[BYTE_ROWS][INT4_ROWS] __attribute__((aligned(64)));                             \
        for (long strip = 0; strip < INT4_ROWS / LANES; strip += 2) {                                \
          if (p->planes == 2) {                                                                      \
            if (rows == 1)                                                                           \
              STRIP(1, 2, p, row, w, strip, totals);                                                 \
            else                                                                                     \
              STRIP(2, 2, p, row, w, strip, totals);                                                 \
          } else {                                                                                   \
            switch (rows) {                                                                          \
              case 1: STRIP(1, 1, p, row, w, strip, totals); break;                                  \
              case 2: STRIP(2, 1, p, row, w, strip, totals); break;                                  \
              case 3: STRIP(3, 1, p, row, w, strip, totals); break;                                  \
              default: STRIP(4, 1, p, row, w, strip, totals);                                        \
            }                                                                                        \
          }                                                                                          \
        }                                                                                            \
        for (long i = 0; i < rows; i++) {                                                            \
          const float scale = p->quantization[row + i].scale;                                        \
          const float zero = (float)p->quantization[row + i].zero;                                   \
          float *const y = p->y + (row + i) * p->y_stride;                                           \
          for (long j = first; j < end; j++)                                                         \
            y[j] += scale * (totals[i][j - column] - zero * p->sum[j]);                              \
        }                                                                                            \
      }                                                                                              \
    }                                                                                                \
  }

// --- Four lanes, with any instructions -----------------------------------------------------------

typedef int32_t ints4 __attribute__((vector_size(16), may_alias));
typedef uint16_t shorts8 __attribute__((vector_size(16), may_alias));
typedef uint16_t halves4 __attribute__((vector_size(8), may_alias));
typedef float floats4 __attribute__((vector_size(16), may_alias));

// Two products of bytes, one of which is at most 15, go into 16 bits.
PARLA_INLINE ints4 dot_portable(ints4 sum, ints4 a, ints4 b) {
  const ints4 bytes = (ints4){0} + 0x00ff00ff;
  const shorts8 even = (shorts8)(a & bytes) * (shorts8)(b & bytes);
  const shorts8 odd = (shorts8)(a >> 8 & bytes) * (shorts8)(b >> 8 & bytes);
  const ints4 pairs = (ints4)(even + odd);
  return sum + (pairs & 0xffff) + (pairs >> 16);
}

DEFINE_STRIP(strip_portable, ints4, halves4, floats4, 4, , dot_portable)
DEFINE_PRODUCT(parla_int4_product_portable, strip_portable, 4, )

#if defined(__x86_64__)
#include <immintrin.h>

typedef int32_t ints8 __attribute__((vector_size(32), may_alias));
typedef uint16_t halves8 __attribute__((vector_size(16), may_alias));
typedef float floats8 __attribute__((vector_size(32), may_alias));
typedef int32_t ints16 __attribute__((vector_size(64), may_alias));
typedef uint16_t halves16 __attribute__((vector_size(32), may_alias));
typedef float floats16 __attribute__((vector_size(64), may_alias));

// --- Eight lanes ---------------------------------------------------------------------------------

#define AVX2 __attribute__((target("avx2,fma")))
#define DOT_AVX2(SUM, A, B)                                                                          \
  ((SUM)                                                                                             \
   + (ints8)_mm256_madd_epi16(                                                                       \
       _mm256_maddubs_epi16((__m256i)(A), (__m256i)(B)), _mm256_set1_epi16(1)))
DEFINE_STRIP(strip_avx2, ints8, halves8, floats8, 8, AVX2, DOT_AVX2)
DEFINE_PRODUCT(parla_int4_product_avx2, strip_avx2, 8, AVX2)

#define VNNI256 __attribute__((target("avx2,fma,avxvnni")))
#define DOT_VNNI256(SUM, A, B) \
  ((ints8)_mm256_dpbusd_avx_epi32((__m256i)(SUM), (__m256i)(A), (__m256i)(B)))
DEFINE_STRIP(strip_vnni, ints8, halves8, floats8, 8, VNNI256, DOT_VNNI256)
DEFINE_PRODUCT(parla_int4_product_avxvnni, strip_vnni, 8, VNNI256)

// --- Sixteen lanes -------------------------------------------------------------------------------

#define VNNI512 __attribute__((target("avx512f,avx512vl,avx512bw,avx512dq,avx512vnni,fma")))
#define DOT_VNNI512(SUM, A, B) \
  ((ints16)_mm512_dpbusd_epi32((__m512i)(SUM), (__m512i)(A), (__m512i)(B)))
DEFINE_STRIP(strip_vnni512, ints16, halves16, floats16, 16, VNNI512, DOT_VNNI512)
DEFINE_PRODUCT(parla_int4_product_avx512vnni, strip_vnni512, 16, VNNI512)
#endif
