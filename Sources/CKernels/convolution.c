#include <string.h>

#include "product.h"

// Convolutions without windows in memory. Windows of neighbouring rows overlap, and a product's left operand may as well: its rows
// are read where the windows lie, in a copy of the input with the zeros around it and its numbers as units of the product.

enum {
  WINDOWS_TOGETHER = 16,  // so that what they sum up to stays in the first caches while all weights pass by
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

int parla_convolution_fits(const parla_product_kernel *kernel, const parla_convolution *c) {
  const long numbers = numbers_in_unit(kernel);
  return depth_of(c) % numbers == 0 && c->row_stride * c->channels % numbers == 0
      && depth_of(c) / numbers == unit_count(kernel, depth_of(c));
}

static long panel_columns(long outputs) { return quotient_up(outputs, PANEL) * PANEL; }

long parla_convolution_weight_count(
    const parla_product_kernel *kernel, const parla_convolution *c, long outputs) {
  return c->size * unit_count(kernel, depth_of(c)) * panel_columns(outputs);
}

long parla_convolution_block_count(
    const parla_product_kernel *kernel, const parla_convolution *c) {
  return c->size * quotient_up(unit_count(kernel, depth_of(c)), kernel->block_units);
}

// A stretch of the depth: the step in time, and its units from `first` on.
typedef struct {
  long step, first, count;
} stretch;

static stretch stretch_of(
    const parla_product_kernel *kernel, const parla_convolution *c, long block) {
  const long units = unit_count(kernel, depth_of(c));
  const long blocks = quotient_up(units, kernel->block_units);
  const long first = block % blocks * kernel->block_units;
  return (stretch){block / blocks, first, least(kernel->block_units, units - first)};
}

void parla_pack_convolution_weights(
    const parla_product_kernel *kernel, const parla_convolution *c, long outputs,
    parla_operand weights, long weight_step, long block, uint32_t *packed) {
  const stretch s = stretch_of(kernel, c, block);
  const long numbers = numbers_in_unit(kernel), units = unit_count(kernel, depth_of(c));
  const float *from = weights.values + s.step * weight_step
      + s.first * numbers * (weights.transposed ? 1 : weights.stride);
  parla_pack_panels(
      kernel->format, least(s.count * numbers, depth_of(c) - s.first * numbers), outputs,
      weights.transposed, from, weights.stride,
      packed + (s.step * units + s.first) * panel_columns(outputs), s.count);
}

// The part of the input that some windows read.
typedef struct {
  long first_frame, frames;  // whole frames, as far as they exist
  long first_line, lines;    // rows of a frame, zeros included
  long frame_units;
} region;

static region region_of(
    const parla_product_kernel *kernel, const parla_convolution *c, long first, long end,
    long first_row, long end_row) {
  const long from = first * c->stride - c->before;
  const long to = (end - 1) * c->stride - c->before + (c->size - 1) * c->dilation + 1;
  region r = {.first_frame = most(from, 0), .first_line = first_row * c->row_stride - c->top};
  r.frames = most(least(to, c->length) - r.first_frame, 0);
  r.lines = (end_row - 1 - first_row) * c->row_stride + c->row_size;
  r.frame_units = quotient_up(r.lines * c->channels, numbers_in_unit(kernel)) + TAIL_UNITS;
  return r;
}

long parla_convolution_workspace_count(
    const parla_product_kernel *kernel, const parla_convolution *c, long windows, long rows) {
  const long frames = (windows - 1) * c->stride + (c->size - 1) * c->dilation + 1;
  const long lines = (rows - 1) * c->row_stride + c->row_size;
  // Besides the units, a frame in numbers.
  return (least(frames, c->length) + 1) * (lines * c->channels + 2 * TAIL_UNITS);
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
  for (long f = 0; f < r->frames; f++, packed += r->frame_units) {
    const float *const frame = x + (r->first_frame + f) * c->frame_stride;
    copy_lines(c, r, frame, line);
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
  const region r = region_of(kernel, c, first, end, first_row, end_row);
  const long rows = end_row - first_row, units = unit_count(kernel, depth_of(c));
  const long step = c->row_stride * c->channels / numbers_in_unit(kernel);
  const long blocks = parla_convolution_block_count(kernel, c);
  pack_region(kernel, c, &r, x, workspace);
  y += first_row * row_stride;
  for (long window = first; window < end; window += WINDOWS_TOGETHER) {
    const long last = least(window + WINDOWS_TOGETHER, end);
    for (long w = window; w < last; w++)
      set_rows(rows, outputs, bias, y + w * window_stride, row_stride);
    for (long block = 0; block < blocks; block++) {
      const stretch s = stretch_of(kernel, c, block);
      const uint32_t *const panels =
          weights + (s.step * units + s.first) * panel_columns(outputs);
      for (long w = window; w < last; w++) {
        const long frame = w * c->stride - c->before + s.step * c->dilation;
        if (frame < 0 || frame >= c->length) continue;
        parla_multiply_packed(
            kernel, rows, s.count, workspace + (frame - r.first_frame) * r.frame_units + s.first,
            step, panels, outputs, y + w * window_stride, row_stride, 1);
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

// The numbers of a line in frames from `frame` on as units of `to`, zeros after the last.
static void pack_course(
    const parla_product_kernel *kernel, const parla_convolution *c, const float *x, long line,
    long frame, long units, uint32_t *to, long stride) {
  const long count = most(quotient_up(c->length - frame, c->stride), 0);
  parla_pack_rows(
      kernel->format, c->channels, least(count, units * numbers_in_unit(kernel)), 1,
      x + frame * c->frame_stride + line * c->line_stride, c->frame_stride * c->stride, to, stride,
      units);
}

void parla_pack_convolution_courses(
    const parla_product_kernel *kernel, const parla_convolution *c, long windows,
    const float *x, long line, uint32_t *courses) {
  const long stride = course_stride(kernel, c, windows), copies = copy_count(kernel, c);
  const long units = course_units(kernel, c, windows), before = units_before(kernel, c);
  uint32_t *to = courses + line * c->channels * stride;
  for (long copy = 0; copy < copies; copy++, to += c->height * c->channels * stride) {
    const long frame = first_frame(kernel, c, copy);
    for (long row = 0; row < c->channels; row++)
      memset(to + row * stride, 0, (size_t)before * sizeof *to);
    if (frame >= 0) {
      pack_course(kernel, c, x, line, frame, units - before, to + before, stride);
      continue;
    }
    // A pair of which the second number alone exists.
    pack_course(kernel, c, x, line, frame + c->stride, 1, to + before, stride);
    for (long row = 0; row < c->channels; row++) to[row * stride + before] <<= 16;
    pack_course(
        kernel, c, x, line, frame + 2 * c->stride, units - before - 1, to + before + 1, stride);
  }
}

void parla_pack_convolution_gradient(
    const parla_product_kernel *kernel, long windows, const float *gradient, long window_stride,
    long row_stride, long row, long outputs, uint32_t *panels) {
  const long units = unit_count(kernel, windows);
  parla_pack_panels(
      kernel->format, windows, outputs, 0, gradient + row * row_stride, window_stride,
      panels + row * units * panel_columns(outputs), units);
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
