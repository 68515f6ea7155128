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
