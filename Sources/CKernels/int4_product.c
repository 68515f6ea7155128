#include <math.h>
#include <string.h>

#include "dispatch.h"
#include "int4_kernels.h"

// Scales that are tried for each group: with them its greatest number becomes so many, positive and negative.
enum { TRIALS = 16 };
static const float MOST_STEPS = 8.6f, LEAST_STEPS = 6.6f;

long parla_int4_groups(long depth) { return (depth + INT4_GROUP - 1) / INT4_GROUP; }

long parla_int4_size(long depth, long columns) {
  return (columns + INT4_ROWS - 1) / INT4_ROWS * parla_int4_groups(depth) * INT4_GROUP_BYTES;
}

// --- Weights -------------------------------------------------------------------------------------

// The number from -8 to 7 nearest to x.
PARLA_INLINE int32_t level(float x) {
  const float positive = x + 8.5f > 0.0f ? x + 8.5f : 0.0f;
  return (int32_t)(positive < 15.5f ? positive : 15.5f) - 8;
}

// The upper half of a float's bits, rounded.
PARLA_INLINE uint16_t upper_half(float x) {
  uint32_t bits;
  memcpy(&bits, &x, sizeof bits);
  return (uint16_t)((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

PARLA_INLINE float from_upper_half(uint16_t half) {
  const uint32_t bits = (uint32_t)half << 16;
  float x;
  memcpy(&x, &bits, sizeof x);
  return x;
}

// The scale with which the levels of x are nearest to x, in the mean of squares. Scales are tried that take the greatest number to
// -8 or 7 or somewhat beyond and below; for the levels v that each of them gives, x * v / (v * v) is better still, and leaves
// x * x - (x * v)^2 / (v * v).
PARLA_INLINE float best_scale(const float *x, float greatest) {
  const float inverse = 1.0f / greatest;
  float steps[TRIALS], product[TRIALS] = {0}, square[TRIALS] = {0};
  for (int trial = 0; trial < TRIALS; trial++) {
    const float size = MOST_STEPS - (MOST_STEPS - LEAST_STEPS) / (TRIALS / 2 - 1) * (float)(trial / 2);
    steps[trial] = trial % 2 ? size : -size;
  }
  for (int k = 0; k < INT4_GROUP; k++) {
    const float part = x[k] * inverse;
    for (int trial = 0; trial < TRIALS; trial++) {
      const float number = (float)level(part * steps[trial]);
      product[trial] += part * number;
      square[trial] += number * number;
    }
  }
  int best = 0;
  for (int trial = 1; trial < TRIALS; trial++) {
    const float gain = product[trial] * product[trial] * square[best];
    if (gain > product[best] * product[best] * square[trial]) best = trial;
  }
  return greatest * (product[best] / square[best]);
}

PARLA_DISPATCHED
void parla_int4_set_row(long depth, long row, const float *weights, uint8_t *w, float *sum) {
  uint8_t *group = w + row / INT4_ROWS * parla_int4_groups(depth) * INT4_GROUP_BYTES;
  const long place = row % INT4_ROWS;
  float total = 0.0f;
  for (long first = 0; first < depth; first += INT4_GROUP, group += INT4_GROUP_BYTES) {
    const long count = depth - first < INT4_GROUP ? depth - first : INT4_GROUP;
    float x[INT4_GROUP] = {0};
    memcpy(x, weights + first, (size_t)count * sizeof *x);
    // Without their signs, floats are in the order of their bits, those that are not finite last.
    uint32_t highest = 0;
    for (long k = 0; k < INT4_GROUP; k++) {
      uint32_t number;
      memcpy(&number, x + k, sizeof number);
      number &= 0x7fffffff;
      highest = number > highest ? number : highest;
    }
    float greatest;
    memcpy(&greatest, &highest, sizeof greatest);
    // What is not finite makes products that are no numbers, as in floats. So small a group that its inverse overflows counts as
    // none.
    const int is_finite = highest < 0x7f800000, counts = is_finite && greatest > 1e-30f;
    const float exact = counts ? best_scale(x, greatest) : is_finite ? 0.0f : NAN;
    const uint16_t half = upper_half(exact);
    const float scale = from_upper_half(half), inverse = counts ? 1.0f / scale : 0.0f;
    memcpy(group + INT4_NUMBER_BYTES + 2 * place, &half, sizeof half);
    uint8_t bits[INT4_GROUP];
    int32_t sum_of_group = 0;
    for (long k = 0; k < INT4_GROUP; k++) {
      const int32_t number = counts ? level(x[k] * inverse) : 0;
      bits[k] = k < count ? (uint8_t)(number + 8) : 0;
      sum_of_group += k < count ? number : 0;
    }
    for (long step = 0; step < INT4_GROUP / INT4_STEP; step++) {
      uint8_t *const to = group + step * INT4_STEP_BYTES + 4 * place;
      const uint8_t *const from = bits + step * INT4_STEP;
      for (int k = 0; k < 4; k++) to[k] = (uint8_t)(from[k] | from[k + 4] << 4);
    }
    total += scale * (float)sum_of_group;
  }
  *sum = total;
}

// --- Products ------------------------------------------------------------------------------------

PARLA_DISPATCHED
void parla_int4_offsets(
    long rows, long depth, int planes, const uint8_t *q, long q_stride, int32_t *offsets) {
  for (long row = 0; row < rows; row++, q += planes * q_stride) {
    for (long first = 0; first < depth; first += INT4_GROUP) {
      const long count = depth - first < INT4_GROUP ? depth - first : INT4_GROUP;
      int32_t sum = 0;
      for (long k = first; k < first + count; k++) sum += q[k];
      if (planes == 2) {
        sum *= 256;
        for (long k = first; k < first + count; k++) sum += q[q_stride + k];
      }
      *offsets++ = -8 * sum;
    }
  }
}
