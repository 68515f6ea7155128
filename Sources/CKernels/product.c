#include "product.h"

#include <stdlib.h>
#include <string.h>

// The blocks of Goto and van de Geijn ("Anatomy of High-Performance Matrix Multiplication", 2008), with all threads at the
// same block: of the right operand block_units x BLOCK_COLUMNS, which stay in the second cache, and of the left one
// BLOCK_ROWS x block_units. Each thread packs a share of both, waits for the others, and multiplies a share of the result.
//
// An element of the result is one sum along the depth, whoever computes it: threads do not change a bit.

enum {
  BLOCK_COLUMNS = 16 * PANEL,
  BLOCK_ROWS = 4096,
  // Rows of a packed operand lie apart by a little more than a power of two, to fall into different sets of the first cache.
  ROW_PADDING = 16,
  LEAST_MULTIPLICATIONS_FOR_THREADS = 1 << 16
};

typedef struct {
  const parla_product_kernel *kernel;
  parla_pool *pool;
  int threads;
  long rows, columns, depth;
  parla_operand a, b;
  float *c;
  long c_stride;
  int accumulate;
  uint32_t *packed_rows, *packed_panels[2];
  long row_stride;
} product;

PARLA_INLINE long least(long a, long b) { return a < b ? a : b; }
PARLA_INLINE long quotient_up(long a, long b) { return (a + b - 1) / b; }

// The block of an operand that begins at `row` and `column` of the matrix that it stands for.
PARLA_INLINE const float *part(parla_operand operand, long row, long column) {
  return operand.transposed ? operand.values + column * operand.stride + row
                            : operand.values + row * operand.stride + column;
}

void parla_multiply_packed(
    const parla_product_kernel *kernel, long rows, long units, const uint32_t *a, long a_stride,
    const uint32_t *panels, long columns, float *c, long c_stride, int accumulate) {
  const long panel_count = columns / PANEL, last = columns % PANEL;
  // Rows are divided evenly, since a few rows leave registers idle.
  const long height = quotient_up(rows, quotient_up(rows, kernel->max_rows));
  for (long i = 0; i < rows; i += height) {
    const long count = least(height, rows - i);
    const uint32_t *from = a + i * a_stride;
    float *to = c + i * c_stride;
    if (panel_count)
      kernel->product(
          count, units, from, a_stride, panels, panel_count, to, c_stride, accumulate);
    if (!last) continue;
    float sums[PANEL * PANEL];
    kernel->product(
        count, units, from, a_stride, panels + panel_count * units * PANEL, 1, sums, PANEL, 0);
    to += panel_count * PANEL;
    for (long row = 0; row < count; row++)
      for (long j = 0; j < last; j++) {
        float *const sum = to + row * c_stride + j;
        *sum = accumulate ? *sum + sums[row * PANEL + j] : sums[row * PANEL + j];
      }
  }
}

// Multiplies this thread's share of a block's (rows of a call) x panels, counted through row after row.
static void multiply_share(
    const product *p, int index, long row, long rows, long column, long columns, long units,
    const uint32_t *panels, int accumulate) {
  const long height = quotient_up(rows, quotient_up(rows, p->kernel->max_rows));
  const long panel_count = quotient_up(columns, PANEL);
  const long total = quotient_up(rows, height) * panel_count;
  long next = total * index / p->threads;
  const long end = total * (index + 1) / p->threads;
  while (next < end) {
    const long i = next / panel_count * height, panel = next % panel_count;
    const long count = least(panel_count - panel, end - next);
    parla_multiply_packed(
        p->kernel, least(height, rows - i), units, p->packed_rows + i * p->row_stride,
        p->row_stride, panels + panel * units * PANEL,
        least(count * PANEL, columns - panel * PANEL),
        p->c + (row + i) * p->c_stride + column + panel * PANEL, p->c_stride, accumulate);
    next += count;
  }
}

static void meet(const product *p) {
  if (p->threads > 1) parla_pool_meet(p->pool);
}

static void work(void *context, int index) {
  const product *p = context;
  const unit_format format = p->kernel->format;
  const long block_depth = p->kernel->block_units * (format == BFLOAT16_PAIR ? 2 : 1);
  int turn = 0;
  for (long row = 0; row < p->rows; row += BLOCK_ROWS) {
    const long rows = least(BLOCK_ROWS, p->rows - row);
    const long first = rows * index / p->threads, last = rows * (index + 1) / p->threads;
    for (long k = 0; k < p->depth; k += block_depth) {
      const long depth = least(block_depth, p->depth - k), units = unit_count(p->kernel, depth);
      parla_pack_rows(
          format, last - first, depth, p->a.transposed, part(p->a, row + first, k), p->a.stride,
          p->packed_rows + first * p->row_stride, p->row_stride, units);
      for (long column = 0; column < p->columns; column += BLOCK_COLUMNS, turn ^= 1) {
        const long columns = least(BLOCK_COLUMNS, p->columns - column);
        const long panels = quotient_up(columns, PANEL);
        const long from = panels * index / p->threads * PANEL;
        const long to = least(panels * (index + 1) / p->threads * PANEL, columns);
        // A thread may pack the next block here while others still read the one before: there are two places.
        if (from < to)
          parla_pack_panels(
              format, depth, to - from, p->b.transposed, part(p->b, k, column + from),
              p->b.stride, p->packed_panels[turn] + from * units, units);
        meet(p);
        multiply_share(
            p, index, row, rows, column, columns, units, p->packed_panels[turn],
            p->accumulate || k > 0);
      }
      meet(p);  // before the packed rows are overwritten
    }
  }
}

static uint32_t *units_for(long count) {
  const size_t bytes = (size_t)count * sizeof(uint32_t);
  return aligned_alloc(64, (bytes + 63) / 64 * 64);
}

static void clear(float *c, long rows, long columns, long stride) {
  for (long i = 0; i < rows; i++) memset(c + i * stride, 0, (size_t)columns * sizeof *c);
}

int parla_product(
    parla_pool *pool, const parla_product_kernel *kernel, long rows, long columns, long depth,
    parla_operand a, parla_operand b, int accumulate, float *c, long c_stride) {
  if (rows <= 0 || columns <= 0) return 1;
  if (depth <= 0) {
    if (!accumulate) clear(c, rows, columns, c_stride);
    return 1;
  }
  const int is_small = (double)rows * columns * depth < LEAST_MULTIPLICATIONS_FOR_THREADS;
  const long units = least(kernel->block_units, unit_count(kernel, depth));
  const long panel_units = least(BLOCK_COLUMNS, quotient_up(columns, PANEL) * PANEL) * units;
  const long row_stride = units + ROW_PADDING;
  uint32_t *packed = units_for(least(BLOCK_ROWS, rows) * row_stride + 2 * panel_units);
  if (!packed) return 0;
  product p = {
      .kernel = kernel, .pool = pool, .threads = is_small ? 1 : parla_pool_thread_count(pool),
      .rows = rows, .columns = columns, .depth = depth, .a = a, .b = b, .c = c,
      .c_stride = c_stride, .accumulate = accumulate,
      .packed_panels = {packed, packed + panel_units},
      .packed_rows = packed + 2 * panel_units, .row_stride = row_stride};
  if (p.threads == 1)
    work(&p, 0);
  else
    parla_pool_run(pool, work, &p);
  free(packed);
  return 1;
}

long parla_packed_count(const parla_product_kernel *kernel, long depth, long columns) {
  return unit_count(kernel, depth) * (quotient_up(columns, PANEL) * PANEL);
}

void parla_pack(
    const parla_product_kernel *kernel, long depth, long columns, parla_operand matrix,
    uint32_t *packed) {
  parla_pack_panels(
      kernel->format, depth, columns, matrix.transposed, matrix.values, matrix.stride, packed,
      unit_count(kernel, depth));
}

long parla_packed_row_stride(const parla_product_kernel *kernel, long depth) {
  return unit_count(kernel, depth) + ROW_PADDING;
}

void parla_pack_left(
    const parla_product_kernel *kernel, long rows, long depth, parla_operand matrix,
    uint32_t *packed) {
  parla_pack_rows(
      kernel->format, rows, depth, matrix.transposed, matrix.values, matrix.stride, packed,
      parla_packed_row_stride(kernel, depth), unit_count(kernel, depth));
}

void parla_packed_product(
    const parla_product_kernel *kernel, long rows, long depth, long columns,
    const uint32_t *packed_rows, const uint32_t *packed, float *c, long c_stride) {
  const long units = unit_count(kernel, depth);
  const long row_stride = parla_packed_row_stride(kernel, depth);
  // Panel by panel, so that each comes from memory once and from the cache for the rows after the first few.
  for (long j = 0; j < columns; j += PANEL)
    parla_multiply_packed(
        kernel, rows, units, packed_rows, row_stride, packed + j * units, least(PANEL, columns - j),
        c + j, c_stride, 1);
}
