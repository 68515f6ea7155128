#include "CKernels.h"
#include "dispatch.h"

#include <math.h>

PARLA_DISPATCHED
void parla_adam(
    long count, float rate, float beta1, float beta2, float epsilon,
    const float *restrict gradient, float *restrict moment1, float *restrict moment2,
    float *restrict weights) {
  for (long i = 0; i < count; i++) {
    float g = gradient[i];
    float m = moment1[i] + (1.0f - beta1) * (g - moment1[i]);
    float v = moment2[i] + (1.0f - beta2) * (g * g - moment2[i]);
    moment1[i] = m;
    moment2[i] = v;
    // Newer clang keeps this a vector square root since no error number is wanted of it.
    weights[i] -= rate * m / (__builtin_elementwise_sqrt(v) + epsilon);
  }
}

PARLA_DISPATCHED
void parla_momentum(
    long count, float rate, float momentum, int nesterov, const float *restrict gradient,
    float *restrict velocity, float *restrict weights) {
  for (long i = 0; i < count; i++) {
    float v = momentum * velocity[i] + gradient[i];
    velocity[i] = v;
    weights[i] -= rate * (nesterov ? gradient[i] + momentum * v : v);
  }
}

PARLA_DISPATCHED
void parla_rmsprop(
    long count, float rate, float decay, float epsilon, float momentum,
    const float *restrict gradient, float *restrict mean_square, float *restrict velocity,
    float *restrict weights) {
  for (long i = 0; i < count; i++) {
    float g = gradient[i];
    float square = decay * mean_square[i] + (1.0f - decay) * g * g;
    float v = momentum * velocity[i] + g / (__builtin_elementwise_sqrt(square) + epsilon);
    mean_square[i] = square;
    velocity[i] = v;
    weights[i] -= rate * v;
  }
}

PARLA_DISPATCHED
void parla_adadelta(
    long count, float rate, float decay, float epsilon, const float *restrict gradient,
    float *restrict mean_square, float *restrict mean_square_step, float *restrict weights) {
  for (long i = 0; i < count; i++) {
    float g = gradient[i];
    float square = decay * mean_square[i] + (1.0f - decay) * g * g;
    float step = __builtin_elementwise_sqrt(mean_square_step[i] + epsilon) /
                 __builtin_elementwise_sqrt(square + epsilon) * g;
    mean_square[i] = square;
    mean_square_step[i] = decay * mean_square_step[i] + (1.0f - decay) * step * step;
    weights[i] -= rate * step;
  }
}

PARLA_DISPATCHED
void parla_scale(long count, float factor, float *x) {
  for (long i = 0; i < count; i++) x[i] *= factor;
}

PARLA_DISPATCHED
double parla_sum_of_squares(long count, const float *x) {
  double sum[8] = {0};
  long i = 0;
  for (; i + 8 <= count; i += 8)
    for (int lane = 0; lane < 8; lane++) sum[lane] += (double)x[i + lane] * x[i + lane];
  for (; i < count; i++) sum[0] += (double)x[i] * x[i];
  double total = 0;
  for (int lane = 0; lane < 8; lane++) total += sum[lane];
  return total;
}
