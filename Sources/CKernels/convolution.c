#include <string.h>

#include "product.h"

// Convolutions without windows in memory. Windows of neighbouring rows overlap, and a product's left operand may as well: its rows
// are read where the windows lie, in a copy of the input with the zeros around it and its numbers as units of the product.

enum {
  WINDOWS_TOGETHER = 16,  // so that what they sum up to stays in the first caches while all weights pass by
  UNITS_TOGETHER = 256,   // of steps that a product sums up at once: short steps are not worth reading and writing sums for
  UNITS_PACKED = 8,       // of a gradient with all its rows at a time, so that they come from memory in order
  TAIL_UNITS = 16         // what rows of a packed operand have beyond their numbers
};

PARLA_INLINE long least(long a, long b) { return a < b ? a : b; }
PARLA_INLINE long most(long a, long b) { return a > b ? a : b; }
PARLA_INLINE long quotient_up(long a, long b) { return (a + b - 1) / b; }
PARLA_INLINE long quotient_down(long a, long b) { return a >= 0 ? a / b : -quotient_up(-a, b); }
PARLA_INLINE long numbers_in_unit(const parla_product_kernel *kernel) {
  return kernel->format == BFLOAT16_PAIR ? 2 : 1;
}

// Numbers of a step in time.
PARLA_INLINE long depth_of(const parla_convolution *c) { return c->row_size * c->channels; }

// Where the depth is not a whole number of units, the rest of the last one is read from the line below, and its weights are zero.
int parla_convolution_fits(const parla_product_kernel *kernel, const parla_convolution *c) {
  const long numbers = numbers_in_unit(kernel);
  return c->row_stride * c->channels % numbers == 0
      && unit_count(kernel, depth_of(c)) * numbers < 2 * depth_of(c);
}

static long panel_columns(long outputs) { return quotient_up(outputs, PANEL) * PANEL; }

long parla_convolution_weight_count(
    const parla_product_kernel *kernel, const parla_convolution *c, long outputs) {
  return c->size * unit_count(kernel, depth_of(c)) * panel_columns(outputs);
}

// A block of the depth: some steps in time, or of one step the units from `first` on.
typedef struct {
  long step, steps, first, count;
} block;

PARLA_INLINE long steps_together(const parla_product_kernel *kernel, const parla_convolution *c) {
  return most(least(UNITS_TOGETHER / unit_count(kernel, depth_of(c)), c->size), 1);
}

PARLA_INLINE long blocks_of_step(const parla_product_kernel *kernel, const parla_convolution *c) {
  return quotient_up(unit_count(kernel, depth_of(c)), kernel->block_units);
}

long parla_convolution_block_count(
    const parla_product_kernel *kernel, const parla_convolution *c) {
  return quotient_up(c->size, steps_together(kernel, c)) * blocks_of_step(kernel, c);
}

static block block_of(
    const parla_product_kernel *kernel, const parla_convolution *c, long number) {
  const long blocks = blocks_of_step(kernel, c), together = steps_together(kernel, c);
  const long step = number / blocks * together, first = number % blocks * kernel->block_units;
  return (block){
      step, least(together, c->size - step), first,
      least(kernel->block_units, unit_count(kernel, depth_of(c)) - first)};
}

// The first of a block's panels, which follow each other, each with all of the block's steps.
PARLA_INLINE long place_of(
    const parla_product_kernel *kernel, const parla_convolution *c, block b, long outputs) {
  return (b.step * unit_count(kernel, depth_of(c)) + b.first) * panel_columns(outputs);
}

void parla_pack_convolution_weights(
    const parla_product_kernel *kernel, const parla_convolution *c, long outputs,
    parla_operand weights, long weight_step, long number, uint32_t *packed) {
  const block b = block_of(kernel, c, number);
  const long numbers = numbers_in_unit(kernel), first = b.first * numbers;
  const long depth = least(b.count * numbers, depth_of(c) - first);
  packed += place_of(kernel, c, b, outputs);
  for (long column = 0; column < outputs; column += PANEL)
    for (long step = 0; step < b.steps; step++, packed += b.count * PANEL) {
      const float *const from = weights.values + (b.step + step) * weight_step
          + (weights.transposed ? column * weights.stride + first : first * weights.stride + column);
      parla_pack_panels(
          kernel->format, depth, least(PANEL, outputs - column), weights.transposed, from,
          weights.stride, packed, b.count);
    }
}

// The part of the input that some windows read.
typedef struct {
  long first_frame, frames;  // zeros around the sequence included
  long first_line, lines;    // rows of a frame, zeros included
  long frame_units;
} region;

static region region_of(
    const parla_product_kernel *kernel, const parla_convolution *c, long windows, long rows) {
  region r = {.frames = (windows - 1) * c->stride + (c->size - 1) * c->dilation + 1};
  r.lines = (rows - 1) * c->row_stride + c->row_size;
  r.frame_units = quotient_up(r.lines * c->channels, numbers_in_unit(kernel)) + TAIL_UNITS;
  return r;
}

long parla_convolution_workspace_count(
    const parla_product_kernel *kernel, const parla_convolution *c, long windows, long rows) {
  const region r = region_of(kernel, c, windows, rows);
  // Besides the units, a frame in numbers.
  return r.frames * r.frame_units + r.lines * c->channels;
}

// Copies the lines of a frame that exist, with zeros in the place of the others.
static void copy_lines(const parla_convolution *c, const region *r, const float *frame, float *to) {
  const size_t line = (size_t)c->channels * sizeof *to;
  const long before = least(most(-r->first_line, 0), r->lines);
  const long end = most(least(r->lines, c->height - r->first_line), before);
  memset(to, 0, (size_t)before * line);
  const float *from = frame + (r->first_line + before) * c->line_stride;
  float *target = to + before * c->channels;
  if (c->line_stride == c->channels) {
    memcpy(target, from, (size_t)(end - before) * line);
  } else {
    for (long i = before; i < end; i++, from += c->line_stride, target += c->channels)
      memcpy(target, from, line);
  }
  memset(to + end * c->channels, 0, (size_t)(r->lines - end) * line);
}

static void pack_region(
    const parla_product_kernel *kernel, const parla_convolution *c, const region *r,
    const float *x, uint32_t *packed) {
  const long count = r->lines * c->channels;
  float *const line = (float *)(packed + r->frames * r->frame_units);
  for (long f = r->first_frame; f < r->first_frame + r->frames; f++, packed += r->frame_units) {
    if (f < 0 || f >= c->length) {
      memset(packed, 0, (size_t)r->frame_units * sizeof *packed);
      continue;
    }
    copy_lines(c, r, x + f * c->frame_stride, line);
    parla_pack_rows(
        kernel->format, 1, count, 0, line, count, packed, r->frame_units, r->frame_units);
  }
}

static void set_rows(
    long rows, long outputs, const float *bias, float *y, long row_stride) {
  for (long row = 0; row < rows; row++, y += row_stride) {
    if (bias)
      memcpy(y, bias, (size_t)outputs * sizeof *y);
    else
      memset(y, 0, (size_t)outputs * sizeof *y);
  }
}

void parla_convolve(
    const parla_product_kernel *kernel, const parla_convolution *c, long first, long end,
    long first_row, long end_row, const float *x, const uint32_t *weights, long outputs,
    const float *bias, float *y, long window_stride, long row_stride, uint32_t *workspace) {
  const long rows = end_row - first_row;
  region r = region_of(kernel, c, end - first, rows);
  r.first_frame = first * c->stride - c->before;
  r.first_line = first_row * c->row_stride - c->top;
  const long blocks = parla_convolution_block_count(kernel, c);
  pack_region(kernel, c, &r, x, workspace);
  y += first_row * row_stride;
  for (long window = first; window < end; window += WINDOWS_TOGETHER) {
    const long last = least(window + WINDOWS_TOGETHER, end);
    for (long w = window; w < last; w++)
      set_rows(rows, outputs, bias, y + w * window_stride, row_stride);
    for (long number = 0; number < blocks; number++) {
      const block b = block_of(kernel, c, number);
      left_rows left = {
          .stride = c->row_stride * c->channels / numbers_in_unit(kernel), .units = b.count,
          .stretches = b.steps, .stretch_stride = c->dilation * r.frame_units};
      for (long w = window; w < last; w++) {
        const long frame = (w - first) * c->stride + b.step * c->dilation;
        left.first = workspace + frame * r.frame_units + b.first;
        parla_multiply_rows(
            kernel, rows, left, weights + place_of(kernel, c, b, outputs), outputs,
            y + w * window_stride, row_stride, 1);
      }
    }
  }
}

// The gradient of the weights sums over time: its left operand has a row for each number of a frame with its course in time, its
// right one the gradients of the windows' outputs. Windows that start a frame later read the course from a number later on; where
// that is not a whole number of units, they read another copy.

// Frames from a copy's unit to its next one, which is how many copies there are.
PARLA_INLINE long copy_count(const parla_product_kernel *kernel, const parla_convolution *c) {
  return c->stride * numbers_in_unit(kernel);
}

// The frame that copy `copy` has first; in pairs the first copies have a frame that does not exist, and one that may.
PARLA_INLINE long first_frame(
    const parla_product_kernel *kernel, const parla_convolution *c, long copy) {
  return copy - c->stride * (numbers_in_unit(kernel) - 1);
}

// The unit of its copy, from the first on, that contains `frame`; negative before that.
PARLA_INLINE long unit_of(
    const parla_product_kernel *kernel, const parla_convolution *c, long frame) {
  return quotient_down(frame - first_frame(kernel, c, 0), copy_count(kernel, c));
}

// Units of zeros before a copy's first, and units all in all.
static long units_before(const parla_product_kernel *kernel, const parla_convolution *c) {
  return most(-unit_of(kernel, c, -c->before), 0);
}

static long course_units(
    const parla_product_kernel *kernel, const parla_convolution *c, long windows) {
  const long end = unit_of(kernel, c, (c->size - 1) * c->dilation - c->before);
  return units_before(kernel, c) + most(end, 0) + unit_count(kernel, windows);
}

// Rows of courses start this many units apart: no power of two.
static long course_stride(
    const parla_product_kernel *kernel, const parla_convolution *c, long windows) {
  return quotient_up(course_units(kernel, c, windows), 32) * 32 + TAIL_UNITS;
}

long parla_convolution_course_count(
    const parla_product_kernel *kernel, const parla_convolution *c, long windows) {
  return copy_count(kernel, c) * c->height * c->channels * course_stride(kernel, c, windows);
}

long parla_convolution_gradient_count(
    const parla_product_kernel *kernel, long windows, long rows, long outputs) {
  return rows * unit_count(kernel, windows) * panel_columns(outputs);
}

// Some rows of numbers in frames from `frame` on as units of `to`, zeros after the last.
static void pack_course(
    const parla_product_kernel *kernel, const parla_convolution *c, const float *x, long rows,
    long frame, long units, uint32_t *to, long stride) {
  const long count = most(quotient_up(c->length - frame, c->stride), 0);
  parla_pack_rows(
      kernel->format, rows, least(count, units * numbers_in_unit(kernel)), 1,
      x + frame * c->frame_stride, c->frame_stride * c->stride, to, stride, units);
}

static void pack_courses(
    const parla_product_kernel *kernel, const parla_convolution *c, long windows,
    const float *x, long rows, uint32_t *to) {
  const long stride = course_stride(kernel, c, windows), copies = copy_count(kernel, c);
  const long units = course_units(kernel, c, windows), before = units_before(kernel, c);
  for (long copy = 0; copy < copies; copy++, to += c->height * c->channels * stride) {
    const long frame = first_frame(kernel, c, copy);
    for (long row = 0; row < rows; row++)
      memset(to + row * stride, 0, (size_t)before * sizeof *to);
    if (frame >= 0) {
      pack_course(kernel, c, x, rows, frame, units - before, to + before, stride);
      continue;
    }
    // A pair of which the second number alone exists.
    pack_course(kernel, c, x, rows, frame + c->stride, 1, to + before, stride);
    for (long row = 0; row < rows; row++) to[row * stride + before] <<= 16;
    pack_course(
        kernel, c, x, rows, frame + 2 * c->stride, units - before - 1, to + before + 1, stride);
  }
}

void parla_pack_convolution_courses(
    const parla_product_kernel *kernel, const parla_convolution *c, long windows,
    const float *x, long first, long end, uint32_t *courses) {
  const long stride = course_stride(kernel, c, windows);
  // Lines that follow each other are rows of one matrix.
  const long lines = c->line_stride == c->channels ? end - first : 1;
  for (long line = first; line < end; line += lines)
    pack_courses(
        kernel, c, windows, x + line * c->line_stride, lines * c->channels,
        courses + line * c->channels * stride);
}

void parla_pack_convolution_gradient(
    const parla_product_kernel *kernel, long windows, const float *gradient, long window_stride,
    long row_stride, long first, long end, long outputs, uint32_t *panels) {
  const long units = unit_count(kernel, windows), numbers = numbers_in_unit(kernel);
  for (long unit = 0; unit < units; unit += UNITS_PACKED) {
    const long window = unit * numbers, count = least(UNITS_PACKED, units - unit);
    const long depth = most(least(count * numbers, windows - window), 0);
    for (long row = first; row < end; row++) {
      const float *const from = gradient + window * window_stride + row * row_stride;
      for (long column = 0; column < outputs; column += PANEL)
        parla_pack_panels(
            kernel->format, depth, least(PANEL, outputs - column), 0, from + column, window_stride,
            panels + (row * panel_columns(outputs) + column) * units + unit * PANEL, count);
    }
  }
}

void parla_add_convolution_weight_gradient(
    const parla_product_kernel *kernel, const parla_convolution *c, long windows, long rows,
    const uint32_t *courses, const uint32_t *panels, long outputs, long step, long first,
    long end, float *sum) {
  const long stride = course_stride(kernel, c, windows), units = unit_count(kernel, windows);
  const long copies = copy_count(kernel, c), frame = step * c->dilation - c->before;
  const long unit = unit_of(kernel, c, frame);
  const long copy = frame - first_frame(kernel, c, 0) - unit * copies;
  const uint32_t *const from = courses + copy * c->height * c->channels * stride
      + units_before(kernel, c) + unit;
  sum += step * depth_of(c) * outputs;
  for (long row = 0; row < rows; row++) {
    const long line = row * c->row_stride - c->top;
    // The lines of the window that exist, of those from `first` on.
    const long upper = most(first, -line), lower = least(end, c->height - line);
    if (upper >= lower) continue;
    parla_multiply_packed(
        kernel, (lower - upper) * c->channels, units,
        from + (line + upper) * c->channels * stride, stride,
        panels + row * units * panel_columns(outputs), outputs,
        sum + upper * c->channels * outputs, outputs, 1);
  }
}
