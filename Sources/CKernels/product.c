#include "product.h"

#include <stdlib.h>
#include <string.h>

// The blocks of Goto and van de Geijn ("Anatomy of High-Performance Matrix Multiplication", 2008), with all threads at the
// same block: of the right operand block_units x BLOCK_COLUMNS, which stay in the second cache, and of the left one
// BLOCK_ROWS x block_units. They pack both in one phase, piece by piece, and multiply in the next.
//
// An element of the result is one sum along the depth, on any thread: the number of threads does not change a bit.

enum {
  BLOCK_COLUMNS = 16 * PANEL,
  BLOCK_ROWS = 4096,
  // Rows of a packed operand lie apart by a little more than a power of two, to fall into different sets of the first cache.
  ROW_PADDING = 16,
  // Rows of a piece that is packed begin at a multiple of it.
  PACKED_TOGETHER = 16,
  // Rows at this distance in bytes, or a multiple of it, map to too few sets of the L1 cache.
  CROWDED_BYTES = 2048,
  // Threads that are late do less; pieces must not be so small that their number costs time.
  PIECES_FOR_A_THREAD = 4,
  LEAST_MULTIPLICATIONS_FOR_THREADS = 1 << 16,
  WIDENED_TOGETHER = 128  // numbers of a column in bfloat16
};

typedef struct {
  const parla_product_kernel *kernel;
  long pieces;  // that a phase has at most
  long rows, columns, depth;
  parla_operand a, b;
  const uint16_t *halves;  // in the place of b: rows of bfloat16, one for each column
  long halves_stride;
  float *c;
  long c_stride;
  int accumulate;
  uint32_t *packed_rows, *packed_panels;
  long row_stride;
  int reads_rows_in_place;  // without packing them
} product;

PARLA_INLINE long least(long a, long b) { return a < b ? a : b; }
PARLA_INLINE long quotient_up(long a, long b) { return (a + b - 1) / b; }

// The block of an operand that begins at `row` and `column` of the matrix that it represents.
PARLA_INLINE const float *part(parla_operand operand, long row, long column) {
  return operand.transposed ? operand.values + column * operand.stride + row
                            : operand.values + row * operand.stride + column;
}

void parla_multiply_rows(
    const parla_product_kernel *kernel, long rows, left_rows a, const uint32_t *panels,
    long columns, float *c, long c_stride, int accumulate) {
  const long panel_count = columns / PANEL, last = columns % PANEL;
  const uint32_t *const last_panel = panels + panel_count * a.units * a.stretches * PANEL;
  // Rows are divided evenly, since a few rows leave registers idle.
  const long height = quotient_up(rows, quotient_up(rows, kernel->max_rows));
  for (long i = 0; i < rows; i += height, a.first += height * a.stride, c += height * c_stride) {
    const long count = least(height, rows - i);
    if (panel_count) kernel->product(count, a, panels, panel_count, c, c_stride, accumulate);
    if (!last) continue;
    float sums[PANEL * PANEL];
    kernel->product(count, a, last_panel, 1, sums, PANEL, 0);
    for (long row = 0; row < count; row++)
      for (long j = 0; j < last; j++) {
        float *const sum = c + panel_count * PANEL + row * c_stride + j;
        *sum = accumulate ? *sum + sums[row * PANEL + j] : sums[row * PANEL + j];
      }
  }
}

void parla_multiply_packed(
    const parla_product_kernel *kernel, long rows, long units, const uint32_t *a, long a_stride,
    const uint32_t *panels, long columns, float *c, long c_stride, int accumulate) {
  const left_rows left = {a, a_stride, units, 1, units};
  parla_multiply_rows(kernel, rows, left, panels, columns, c, c_stride, accumulate);
}

// The block that a phase is about.
typedef struct {
  long row, rows, column, columns, k, depth, units;
  int is_packing, has_rows_to_pack;
} block;

static block block_of(const product *p, long phase) {
  const long block_depth = p->kernel->block_units * (p->kernel->format == BFLOAT16_PAIR ? 2 : 1);
  const long across = quotient_up(p->columns, BLOCK_COLUMNS);
  const long deep = quotient_up(p->depth, block_depth);
  const long number = phase / 2;
  block b = {
      .row = number / across / deep * BLOCK_ROWS, .column = number % across * BLOCK_COLUMNS,
      .k = number / across % deep * block_depth, .is_packing = phase % 2 == 0,
      .has_rows_to_pack = number % across == 0 && !p->reads_rows_in_place};
  b.rows = least(BLOCK_ROWS, p->rows - b.row);
  b.columns = least(BLOCK_COLUMNS, p->columns - b.column);
  b.depth = least(block_depth, p->depth - b.k);
  b.units = unit_count(p->kernel, b.depth);
  return b;
}

static long phase_count(const product *p) {
  const long block_depth = p->kernel->block_units * (p->kernel->format == BFLOAT16_PAIR ? 2 : 1);
  return 2 * quotient_up(p->rows, BLOCK_ROWS) * quotient_up(p->depth, block_depth)
      * quotient_up(p->columns, BLOCK_COLUMNS);
}

// Panels are packed piece by piece, then rows.
static long panel_pieces(const product *p, const block *b) {
  return least(p->pieces, quotient_up(b->columns, PANEL));
}

static long row_pieces(const product *p, const block *b) {
  return b->has_rows_to_pack ? least(p->pieces, quotient_up(b->rows, PACKED_TOGETHER)) : 0;
}

// What is multiplied is counted through row after row: (rows of a call) x panels.
static long row_height(const product *p, const block *b) {
  return quotient_up(b->rows, quotient_up(b->rows, p->kernel->max_rows));
}

static long multiplied_count(const product *p, const block *b) {
  return quotient_up(b->rows, row_height(p, b)) * quotient_up(b->columns, PANEL);
}

static long pieces(void *context, long phase) {
  const product *p = context;
  const block b = block_of(p, phase);
  return b.is_packing ? panel_pieces(p, &b) + row_pieces(p, &b)
                      : least(p->pieces, multiplied_count(p, &b));
}

// Panels from `from` to `to` of numbers that stand as halves: widened part by part, then packed as floats are.
static void pack_halves(const product *p, const block *b, long from, long to) {
  float stage[PANEL][WIDENED_TOGETHER] __attribute__((aligned(64)));
  const long per_unit = p->kernel->format == BFLOAT16_PAIR ? 2 : 1;
  for (long column = from; column < to; column += PANEL) {
    const long width = least(PANEL, to - column);
    uint32_t *const panel = p->packed_panels + column * b->units;
    for (long unit = 0; unit < b->units; unit += WIDENED_TOGETHER / per_unit) {
      const long units = least(WIDENED_TOGETHER / per_unit, b->units - unit), k = unit * per_unit;
      const long depth = least(units * per_unit, b->depth - k);
      for (long j = 0; j < width && depth > 0; j++)
        parla_from_bf16(
            depth, p->halves + (b->column + column + j) * p->halves_stride + b->k + k, stage[j]);
      parla_pack_panels(
          p->kernel->format, depth > 0 ? depth : 0, width, 1, stage[0], WIDENED_TOGETHER,
          panel + unit * PANEL, units);
    }
  }
}

static void pack_panels(const product *p, const block *b, long piece) {
  const long panels = quotient_up(b->columns, PANEL), count = panel_pieces(p, b);
  const long from = panels * piece / count * PANEL;
  const long to = least(panels * (piece + 1) / count * PANEL, b->columns);
  if (p->halves) {
    pack_halves(p, b, from, to);
    return;
  }
  parla_pack_panels(
      p->kernel->format, b->depth, to - from, p->b.transposed, part(p->b, b->k, b->column + from),
      p->b.stride, p->packed_panels + from * b->units, b->units);
}

static void pack_rows(const product *p, const block *b, long piece) {
  const long groups = quotient_up(b->rows, PACKED_TOGETHER), count = row_pieces(p, b);
  const long from = groups * piece / count * PACKED_TOGETHER;
  const long to = least(groups * (piece + 1) / count * PACKED_TOGETHER, b->rows);
  parla_pack_rows(
      p->kernel->format, to - from, b->depth, p->a.transposed, part(p->a, b->row + from, b->k),
      p->a.stride, p->packed_rows + from * p->row_stride, p->row_stride, b->units);
}

// Row `i` of a block of the left operand.
static const uint32_t *left_row(const product *p, const block *b, long i) {
  return p->reads_rows_in_place ? (const uint32_t *)part(p->a, b->row + i, b->k)
                                : p->packed_rows + i * p->row_stride;
}

static void multiply(const product *p, const block *b, long piece) {
  const long height = row_height(p, b), panel_count = quotient_up(b->columns, PANEL);
  const long total = multiplied_count(p, b), count = least(p->pieces, total);
  long next = total * piece / count;
  const long end = total * (piece + 1) / count;
  while (next < end) {
    const long i = next / panel_count * height, panel = next % panel_count;
    const long panels = least(panel_count - panel, end - next);
    parla_multiply_packed(
        p->kernel, least(height, b->rows - i), b->units, left_row(p, b, i), p->row_stride,
        p->packed_panels + panel * b->units * PANEL,
        least(panels * PANEL, b->columns - panel * PANEL),
        p->c + (b->row + i) * p->c_stride + b->column + panel * PANEL, p->c_stride,
        p->accumulate || b->k > 0);
    next += panels;
  }
}

static void work(void *context, long phase, long piece, int thread) {
  (void)thread;
  const product *p = context;
  const block b = block_of(p, phase);
  if (!b.is_packing)
    multiply(p, &b, piece);
  else if (piece < panel_pieces(p, &b))
    pack_panels(p, &b, piece);
  else
    pack_rows(p, &b, piece - panel_pieces(p, &b));
}

static void clear(float *c, long rows, long columns, long stride) {
  for (long i = 0; i < rows; i++) memset(c + i * stride, 0, (size_t)columns * sizeof *c);
}

// Floats that lie as they are packed need not be.
static int lies_packed(const parla_product_kernel *kernel, parla_operand a) {
  return kernel->format == FLOAT32 && kernel->unit_grain == 1 && !a.transposed
      && a.stride * (long)sizeof *a.values % CROWDED_BYTES != 0;
}

// `operands` are a and b, or halves, and where the result goes.
static int multiply_all(
    parla_pool *pool, const parla_product_kernel *kernel, long rows, long columns, long depth,
    product operands) {
  const parla_operand a = operands.a;
  float *const c = operands.c;
  const long c_stride = operands.c_stride;
  const int accumulate = operands.accumulate;
  if (rows <= 0 || columns <= 0) return 1;
  if (depth <= 0) {
    if (!accumulate) clear(c, rows, columns, c_stride);
    return 1;
  }
  const int is_small = (double)rows * columns * depth < LEAST_MULTIPLICATIONS_FOR_THREADS;
  const long units = least(kernel->block_units, unit_count(kernel, depth));
  const long panel_units = least(BLOCK_COLUMNS, quotient_up(columns, PANEL) * PANEL) * units;
  const int in_place = lies_packed(kernel, a);
  const long row_stride = in_place ? a.stride : units + ROW_PADDING;
  const long packed_count = (in_place ? 0 : least(BLOCK_ROWS, rows) * row_stride) + panel_units;
  const size_t bytes = (size_t)packed_count * sizeof(uint32_t);
  uint32_t *packed = aligned_alloc(64, (bytes + 63) / 64 * 64);
  if (!packed) return 0;
  const int crew = is_small ? 1 : parla_pool_crew(pool);
  product p = {
      .kernel = kernel, .pieces = crew == 1 ? 1 : PIECES_FOR_A_THREAD * crew, .rows = rows,
      .columns = columns, .depth = depth, .a = a, .b = operands.b, .halves = operands.halves,
      .halves_stride = operands.halves_stride, .c = c, .c_stride = c_stride,
      .accumulate = accumulate, .packed_panels = packed, .packed_rows = packed + panel_units,
      .row_stride = row_stride, .reads_rows_in_place = in_place};
  const parla_task task = {&p, phase_count(&p), pieces, work};
  parla_pool_run(is_small ? NULL : pool, &task);
  free(packed);
  return 1;
}

int parla_product(
    parla_pool *pool, const parla_product_kernel *kernel, long rows, long columns, long depth,
    parla_operand a, parla_operand b, int accumulate, float *c, long c_stride) {
  const product operands = {
      .a = a, .b = b, .accumulate = accumulate, .c = c, .c_stride = c_stride};
  return multiply_all(pool, kernel, rows, columns, depth, operands);
}

int parla_product_with_bf16(
    parla_pool *pool, const parla_product_kernel *kernel, long rows, long columns, long depth,
    parla_operand a, const uint16_t *halves, long halves_stride, int accumulate, float *c,
    long c_stride) {
  const product operands = {
      .a = a, .halves = halves, .halves_stride = halves_stride, .accumulate = accumulate, .c = c,
      .c_stride = c_stride};
  return multiply_all(pool, kernel, rows, columns, depth, operands);
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

// --- Blocks that several products share ----------------------------------------------------------

// Of the depth a block has block_units; panels of a block follow those of the one before.
PARLA_INLINE long block_depth(const parla_product_kernel *kernel) {
  return kernel->block_units * (kernel->format == BFLOAT16_PAIR ? 2 : 1);
}

PARLA_INLINE long place_of(const parla_product_kernel *kernel, long k, long columns) {
  return k / block_depth(kernel) * kernel->block_units * (quotient_up(columns, PANEL) * PANEL);
}

long parla_blocks_count(const parla_product_kernel *kernel, long depth, long columns) {
  const long last = depth / block_depth(kernel) * block_depth(kernel);
  return place_of(kernel, last, columns) + parla_packed_count(kernel, depth - last, columns);
}

void parla_pack_blocks(
    const parla_product_kernel *kernel, long depth, long columns, parla_operand matrix,
    uint32_t *packed) {
  for (long k = 0; k < depth; k += block_depth(kernel)) {
    parla_operand own = matrix;
    own.values = part(matrix, k, 0);
    parla_pack(
        kernel, least(block_depth(kernel), depth - k), columns, own,
        packed + place_of(kernel, k, columns));
  }
}

int parla_product_with_blocks(
    const parla_product_kernel *kernel, long rows, long depth, long columns, parla_operand a,
    const uint32_t *packed, float *c, long c_stride) {
  const int in_place = lies_packed(kernel, a);
  const long stride =
      in_place ? a.stride : parla_packed_row_stride(kernel, least(depth, block_depth(kernel)));
  uint32_t *const workspace =
      in_place ? NULL : malloc((size_t)(rows * stride) * sizeof *workspace);
  if (!in_place && !workspace) return 0;
  if (depth <= 0) clear(c, rows, columns, c_stride);
  for (long k = 0; k < depth; k += block_depth(kernel)) {
    const long count = least(block_depth(kernel), depth - k), units = unit_count(kernel, count);
    const uint32_t *const panels = packed + place_of(kernel, k, columns);
    const float *const values = part(a, 0, k);
    if (!in_place)
      parla_pack_rows(
          kernel->format, rows, count, a.transposed, values, a.stride, workspace, stride, units);
    // Panel by panel, as all rows are few.
    for (long j = 0; j < columns; j += PANEL)
      parla_multiply_packed(
          kernel, rows, units, in_place ? (const uint32_t *)values : workspace, stride,
          panels + j * units, least(PANEL, columns - j), c + j, c_stride, k > 0);
  }
  free(workspace);
  return 1;
}
