#include <math.h>

#include "CKernels.h"
#include "vector_math.h"

// The logarithm of zero, finite so that differences of two such stay defined.
#define LOG_ZERO (-1e30f)

// Room left and right of a row of states, so that states s - 2 and s + 2 always exist.
enum { MARGIN = 2 };

static long row_length(long labels) { return 2 * labels + 1 + 2 * MARGIN; }

long parla_ctc_workspace_count(long frames, long classes, long labels) {
  // alpha rows, log probabilities, skip penalties, two beta rows, emissions, class sums, and an offset a frame (double).
  return frames * row_length(labels) + frames * classes + 5 * row_length(labels) + classes
      + 2 * frames + 2;
}

PARLA_INLINE float log_sum_exp(float a, float b, float c) {
  float m = parla_max(a, parla_max(b, c));
  return m + parla_log(parla_exp(a - m) + parla_exp(b - m) + parla_exp(c - m));
}

// Fewest frames that can spell the labels: one for each, and a blank between equal neighbours.
static long frames_needed(long labels, const int32_t *label) {
  long needed = labels;
  for (long i = 1; i < labels; i++) needed += label[i] == label[i - 1];
  return needed;
}

PARLA_DISPATCHED
static void log_softmax(long classes, const float *restrict x, float *restrict y) {
  float m = x[0], sum = 0.0f;
  for (long k = 1; k < classes; k++) m = parla_max(m, x[k]);
  for (long k = 0; k < classes; k++) y[k] = parla_exp(x[k] - m);
  for (long k = 0; k < classes; k++) sum += y[k];
  m += parla_log(sum);
  for (long k = 0; k < classes; k++) y[k] = x[k] - m;
}

// alpha(t, s) = y(s) (alpha(t-1, s) + alpha(t-1, s-1) + alpha(t-1, s-2) where allowed): Graves et al., eqs. 6 and 7.
PARLA_DISPATCHED
static void forward_row(
    long states, const float *restrict previous, const float *restrict skip,
    const float *restrict emission, float *restrict row) {
  for (long s = 0; s < states; s++)
    row[s] = emission[s] + log_sum_exp(previous[s], previous[s - 1], previous[s - 2] + skip[s]);
}

PARLA_DISPATCHED
static void backward_row(
    long states, const float *restrict next, const float *restrict skip, float *restrict row) {
  for (long s = 0; s < states; s++)
    row[s] = log_sum_exp(next[s], next[s + 1], next[s + 2] + skip[s + 2]);
}

// Subtracts the largest of `row` and returns it, so that what matters stays near zero, where floats are dense.
PARLA_DISPATCHED
static float normalize(long states, float *row) {
  float m = LOG_ZERO;
  for (long s = 0; s < states; s++) m = parla_max(m, row[s]);
  if (m <= 0.5f * LOG_ZERO) return 0.0f;
  for (long s = 0; s < states; s++) row[s] = parla_max(row[s] - m, LOG_ZERO);
  return m;
}

PARLA_DISPATCHED
static void occupancy(
    long states, const float *restrict alpha, const float *restrict beta, float offset,
    float *restrict result) {
  for (long s = 0; s < states; s++) {
    float exponent = alpha[s] + beta[s] + offset;
    result[s] = exponent < -80.0f ? 0.0f : parla_exp(exponent);
  }
}

PARLA_INLINE void fill(float *x, long count, float value) {
  for (long i = 0; i < count; i++) x[i] = value;
}

double parla_ctc(
    long frames, long classes, long stride, const float *logits, long labels,
    const int32_t *label, float *gradient, float *workspace) {
  const long states = 2 * labels + 1, length = row_length(labels);
  const int32_t blank = (int32_t)classes - 1;
  if (frames == 0 || frames < frames_needed(labels, label)) {
    for (long t = 0; t < frames; t++) fill(gradient + t * stride, classes, 0.0f);
    return frames == 0 && labels == 0 ? 0.0 : INFINITY;
  }
  double *offsets = (double *)(((uintptr_t)workspace + 7) & ~(uintptr_t)7);
  float *alpha = (float *)(offsets + frames) + MARGIN;
  float *log_probability = alpha - MARGIN + frames * length;
  float *skip = log_probability + frames * classes + MARGIN;
  float *beta = skip + length, *weighted = beta + length, *scratch = weighted + length;
  float *sums = scratch + 2 * length;

  for (long t = 0; t < frames; t++)
    log_softmax(classes, logits + t * stride, log_probability + t * classes);
  fill(skip - MARGIN, length, LOG_ZERO);
  for (long s = 3; s < states; s += 2)
    if (label[s / 2] != label[s / 2 - 1]) skip[s] = 0.0f;

  double offset = 0.0;
  for (long t = 0; t < frames; t++) {
    float *row = alpha + t * length;
    const float *y = log_probability + t * classes;
    fill(row - MARGIN, length, LOG_ZERO);
    if (t == 0) {
      row[0] = y[blank];
      if (states > 1) row[1] = y[label[0]];
    } else {
      for (long s = 0; s < states; s++) scratch[s] = y[s & 1 ? label[s / 2] : blank];
      forward_row(states, row - length, skip, scratch, row);
    }
    offset += normalize(states, row);
    offsets[t] = offset;
  }
  const float *last = alpha + (frames - 1) * length;
  const double log_likelihood =
      offset + log_sum_exp(last[states - 1], states > 1 ? last[states - 2] : LOG_ZERO, LOG_ZERO);

  // Going back, beta leaves out y(t, s), so that alpha beta counts each emission once.
  fill(beta - MARGIN, length, LOG_ZERO);
  fill(weighted - MARGIN, length, LOG_ZERO);
  beta[states - 1] = 0.0f;
  if (states > 1) beta[states - 2] = 0.0f;
  double beta_offset = 0.0;
  for (long t = frames - 1; t >= 0; t--) {
    const float *y = log_probability + t * classes;
    float *g = gradient + t * stride;
    occupancy(
        states, alpha + t * length, beta,
        (float)(offsets[t] + beta_offset - log_likelihood), scratch);
    fill(sums, classes, 0.0f);
    for (long s = 0; s < states; s++) sums[s & 1 ? label[s / 2] : blank] += scratch[s];
    // The gradient with respect to the logits: softmax minus occupancy (eq. 16).
    for (long k = 0; k < classes; k++) g[k] = parla_exp(y[k]) - sums[k];
    if (t == 0) break;
    for (long s = 0; s < states; s++) weighted[s] = beta[s] + y[s & 1 ? label[s / 2] : blank];
    backward_row(states, weighted, skip, beta);
    beta_offset += normalize(states, beta);
  }
  return -log_likelihood;
}
