#include <stdlib.h>
#include <string.h>

#include "int8_kernels.h"
#include "product_blocks.h"

// Products of many rows of activations with rows of signed bytes. What parla_int8_rows_product reads as it stands in a file is here
// packed first, as matrix products pack floats: four neighbours along the depth are a unit, which vpdpbusd multiplies at once. Sums
// then need no adding up of lanes, and each weight that was loaded is multiplied with a dozen rows.

enum {
  NUMBERS = 4,           // of a unit
  STAGED_UNITS = 64,     // that are packed at a time
  BLOCK_BYTES = 400000,  // of panels that are multiplied with all rows of a piece: they stay in the second cache
  PIECES_FOR_A_THREAD = 4,
  // Rows of bytes begin at a multiple of it; long ones lie apart by a little more than a power of two.
  LINE = 64,
  LONG_ROW = 256
};

typedef float floats16 __attribute__((vector_size(64), aligned(4)));
typedef int32_t ints16 __attribute__((vector_size(64), aligned(4), may_alias));
typedef int32_t ints8 __attribute__((vector_size(32), aligned(4), may_alias));
typedef double doubles16 __attribute__((vector_size(128)));

typedef struct {
  long rows, columns, depth, units;
  int planes;
  const float *x;
  long x_stride;
  uint8_t *q;
  long q_stride;
  parla_quantization *quantization;
  const int8_t *w;
  long w_stride;
  const float *scale, *bias;
  const int32_t *sum;
  uint32_t *panels;
  float *y;
  long y_stride;
  int crew;
} product;

PARLA_INLINE long least(long a, long b) { return a < b ? a : b; }
PARLA_INLINE long quotient_up(long a, long b) { return (a + b - 1) / b; }

// --- Results -------------------------------------------------------------------------------------

// What the sums of a row of activations, one for each plane, with 16 rows of weights stand for, as in parla_int8_rows_product.
PARLA_INLINE void store_meaning(
    int planes, const int32_t *dots, const parla_quantization *row, const float *scale,
    const int32_t *sum, const float *bias, float *y) {
  floats16 value;
  if (planes == 2) {
    doubles16 whole = 256.0 * __builtin_convertvector(*(const ints16 *)dots, doubles16)
        + __builtin_convertvector(*(const ints16 *)(dots + PANEL), doubles16);
    whole -= (double)row->zero * __builtin_convertvector(*(const ints16 *)sum, doubles16);
    value = __builtin_convertvector(whole, floats16);
  } else {
    // Sums of products of bytes go into 32 bits, and so does their difference.
    value = __builtin_convertvector(*(const ints16 *)dots - row->zero * *(const ints16 *)sum, floats16);
  }
  const floats16 scales = row->scale * *(const floats16 *)scale;
  *(floats16 *)y = *(const floats16 *)bias + scales * value;
}

// Results of `rows` rows of activations from the sums of a panel of 32 columns.
PARLA_INLINE void store_panel(
    const int planes, long rows, const int32_t *sums, const parla_quantization *quantization,
    const float *scale, const int32_t *sum, const float *bias, float *y, long y_stride) {
  for (long i = 0; i < rows; i++, sums += planes * PANEL, y += y_stride)
    for (long j = 0; j < PANEL; j += 16)
      store_meaning(planes, sums + j, quantization + i, scale + j, sum + j, bias + j, y + j);
}

// The same of a panel that has `width` columns.
static void store_part(
    const product *p, long row, long rows, long column, long width, const int32_t *sums) {
  float scale[PANEL] = {0}, bias[PANEL] = {0}, results[PANEL * PANEL];
  int32_t sum[PANEL] = {0};
  memcpy(scale, p->scale + column, (size_t)width * sizeof *scale);
  memcpy(bias, p->bias + column, (size_t)width * sizeof *bias);
  memcpy(sum, p->sum + column, (size_t)width * sizeof *sum);
  store_panel(
      p->planes, rows, sums, p->quantization + row, scale, sum, bias, results, PANEL);
  for (long i = 0; i < rows; i++)
    memcpy(
        p->y + (row + i) * p->y_stride + column, results + i * PANEL,
        (size_t)width * sizeof *results);
}

PARLA_INLINE void store_results(
    const product *p, long row, long rows, long column, const int32_t *sums) {
  const long width = least(PANEL, p->columns - column);
  const parla_quantization *const quantization = p->quantization + row;
  const float *const scale = p->scale + column, *const bias = p->bias + column;
  float *const y = p->y + row * p->y_stride + column;
  if (width < PANEL)
    store_part(p, row, rows, column, width, sums);
  else if (p->planes == 1)
    store_panel(1, rows, sums, quantization, scale, p->sum + column, bias, y, p->y_stride);
  else
    store_panel(2, rows, sums, quantization, scale, p->sum + column, bias, y, p->y_stride);
}

// --- Phases --------------------------------------------------------------------------------------

static long panel_count(const product *p) { return quotient_up(p->columns, PANEL); }
static long most_pieces(const product *p) { return p->crew == 1 ? 1 : PIECES_FOR_A_THREAD * p->crew; }

// Rows of activations whose bytes a call of a kernel multiplies.
PARLA_INLINE long height(const product *p, int max_rows) { return max_rows / p->planes; }

// Panels that stay in the cache while rows pass by.
static long panels_together(const product *p) {
  const long bytes = p->units * PANEL * NUMBERS;
  return least(panel_count(p), BLOCK_BYTES > bytes ? BLOCK_BYTES / bytes : 1);
}

// What is multiplied is counted through: for each block of panels some rows after others.
static long multiplied_count(const product *p, int max_rows) {
  return quotient_up(panel_count(p), panels_together(p)) * quotient_up(p->rows, height(p, max_rows));
}

static void pack_panels(const product *p, long first, long end) {
  uint8_t stage[PANEL][STAGED_UNITS * NUMBERS] __attribute__((aligned(64)));
  for (long panel = first; panel < end; panel++) {
    const long column = panel * PANEL, width = least(PANEL, p->columns - column);
    uint32_t *const to = p->panels + panel * p->units * PANEL;
    for (long unit = 0; unit < p->units; unit += STAGED_UNITS) {
      const long units = least(STAGED_UNITS, p->units - unit), k = unit * NUMBERS;
      const long count = least(units * NUMBERS, p->depth - k);
      for (long j = 0; j < width; j++) {
        memcpy(stage[j], p->w + (column + j) * p->w_stride + k, (size_t)count);
        memset(stage[j] + count, 0, (size_t)(units * NUMBERS - count));
      }
      // Units are copied as they are, whatever they are.
      parla_pack_panels(
          FLOAT32, units, width, 1, (const float *)(const void *)stage, STAGED_UNITS,
          to + unit * PANEL, units);
    }
  }
}

static void quantize_rows(const product *p, long first, long end) {
  parla_int8_quantize(
      end - first, p->depth, p->planes, p->x + first * p->x_stride, p->x_stride,
      p->q + first * p->planes * p->q_stride, p->q_stride, p->quantization + first);
  // The rest of a row's last unit is multiplied with zeros.
  for (long row = first * p->planes; row < end * p->planes; row++)
    memset(p->q + row * p->q_stride + p->depth, 0, (size_t)(p->units * NUMBERS - p->depth));
}

static void prepare(const product *p, long piece) {
  const long count = most_pieces(p), panels = panel_count(p);
  if (piece < count)
    pack_panels(p, panels * piece / count, panels * (piece + 1) / count);
  else
    quantize_rows(p, p->rows * (piece - count) / count, p->rows * (piece - count + 1) / count);
}

#define DEFINE_MULTIPLY(NAME, BLOCK_PRODUCT, MAX_ROWS, TARGET)                                       \
  TARGET static void NAME(const product *p, long piece) {                                            \
    const long total = multiplied_count(p, MAX_ROWS), count = least(total, most_pieces(p));          \
    const long step = height(p, MAX_ROWS), groups = quotient_up(p->rows, step);                      \
    for (long next = total * piece / count; next < total * (piece + 1) / count; next++) {            \
      const long row = next % groups * step, rows = least(step, p->rows - row);                      \
      const long first = next / groups * panels_together(p);                                         \
      const long end = least(first + panels_together(p), panel_count(p));                            \
      const left_rows left = {                                                                       \
          (const uint32_t *)(const void *)(p->q + row * p->planes * p->q_stride),                    \
          p->q_stride / NUMBERS, p->units, 1, p->units};                                             \
      for (long panel = first; panel < end; panel++) {                                               \
        int32_t sums[MAX_ROWS * PANEL] __attribute__((aligned(64)));                                 \
        BLOCK_PRODUCT(                                                                               \
            rows * p->planes, left, p->panels + panel * p->units * PANEL, 1, (float *)(void *)sums,  \
            PANEL, 0);                                                                               \
        store_results(p, row, rows, panel * PANEL, sums);                                            \
      }                                                                                              \
    }                                                                                                \
  }

// --- Instructions --------------------------------------------------------------------------------

#if defined(__x86_64__)
#include <immintrin.h>

#define VNNI512 __attribute__((target("avx512f,avx512vl,avx512bw,avx512dq,avx512vnni,fma")))
#define MULTIPLY_ADD_512(SUM, A, B) \
  ((ints16)_mm512_dpbusd_epi32((__m512i)(SUM), _mm512_set1_epi32((int)(A)), (__m512i)(B)))
DEFINE_BLOCK(block_512, ints16, 16, 2, 12, VNNI512, MULTIPLY_ADD_512)
DEFINE_PRODUCT(product_512, block_512, 32, CASES_12, VNNI512)
DEFINE_MULTIPLY(multiply_512, product_512, 12, VNNI512)

#define VNNI256 __attribute__((target("avx2,fma,avxvnni")))
#define MULTIPLY_ADD_256(SUM, A, B) \
  ((ints8)_mm256_dpbusd_avx_epi32((__m256i)(SUM), _mm256_set1_epi32((int)(A)), (__m256i)(B)))
DEFINE_BLOCK(block_256, ints8, 8, 2, 6, VNNI256, MULTIPLY_ADD_256)
DEFINE_PRODUCT(product_256, block_256, 16, CASES_6, VNNI256)
DEFINE_MULTIPLY(multiply_256, product_256, 6, VNNI256)
#endif

typedef void multiplication(const product *p, long piece);

typedef struct {
  product product;
  multiplication *multiply;
  int max_rows;
} task_context;

static long pieces(void *context, long phase) {
  const task_context *c = context;
  if (phase == 0) return 2 * most_pieces(&c->product);
  return least(multiplied_count(&c->product, c->max_rows), most_pieces(&c->product));
}

static void work(void *context, long phase, long piece, int thread) {
  (void)thread;
  const task_context *c = context;
  if (phase == 0)
    prepare(&c->product, piece);
  else
    c->multiply(&c->product, piece);
}

static int choose_instructions(task_context *c) {
#if defined(__x86_64__)
  const char *const path = parla_int8_path();
  if (!strcmp(path, "avx512vnni")) {
    c->multiply = multiply_512;
    c->max_rows = 12;
    return 1;
  }
  if (!strcmp(path, "avxvnni")) {
    c->multiply = multiply_256;
    c->max_rows = 6;
    return 1;
  }
#endif
  return 0;
}

int parla_int8_product(
    parla_pool *pool, long rows, long depth, long columns, int planes, const float *x,
    long x_stride, const int8_t *w, long w_stride, const float *scale, const int32_t *sum,
    const float *bias, float *y, long y_stride) {
  const long units = quotient_up(depth, NUMBERS);
  const long q_stride =
      depth < LONG_ROW ? units * NUMBERS : quotient_up(depth, LINE) * LINE + LINE;
  task_context c = {
      .product = {
          .rows = rows, .columns = columns, .depth = depth, .units = units, .planes = planes, .x = x,
          .x_stride = x_stride, .q_stride = q_stride, .w = w, .w_stride = w_stride, .scale = scale,
          .bias = bias, .sum = sum, .y = y, .y_stride = y_stride, .crew = parla_pool_crew(pool)}};
  if (rows <= 0 || columns <= 0) return 1;
  if (!choose_instructions(&c)) return 0;
  const long panel_bytes = panel_count(&c.product) * units * PANEL * NUMBERS;
  const long row_bytes = quotient_up(rows * planes * q_stride, LINE) * LINE;
  const long quantization_bytes =
      quotient_up(rows * (long)sizeof(parla_quantization), LINE) * LINE;
  uint8_t *const memory = aligned_alloc(LINE, (size_t)(panel_bytes + row_bytes + quantization_bytes));
  if (!memory) return 0;
  c.product.panels = (uint32_t *)(void *)memory;
  c.product.q = memory + panel_bytes;
  c.product.quantization = (parla_quantization *)(void *)(memory + panel_bytes + row_bytes);
  const parla_task task = {&c, 2, pieces, work};
  parla_pool_run(pool, &task);
  free(memory);
  return 1;
}
