// Matrix products of the system's BLAS: Accelerate on macOS, OpenBLAS elsewhere.
#ifndef PARLA_CBLAS_H
#define PARLA_CBLAS_H

#if defined(__APPLE__)
#ifndef ACCELERATE_NEW_LAPACK
#define ACCELERATE_NEW_LAPACK
#endif
#include <Accelerate/Accelerate.h>
static inline void parla_blas_use_one_thread(void) {
  BLASSetThreading(BLAS_THREADING_SINGLE_THREADED);
}
#elif __has_include(<cblas.h>)
#include <cblas.h>
// Work is divided among Parla's own threads, so each call of the library stays on its caller's.
static inline void parla_blas_use_one_thread(void) { openblas_set_num_threads(1); }
#else
#error "cblas.h not found: run scripts/install-dependencies"
#endif

// c[rows, columns] = a[rows, depth] b[depth, columns] + beta c, in row-major order; a or b may be stored transposed.
static inline void parla_sgemm(
    int a_transposed, int b_transposed, int rows, int columns, int depth, const float *a,
    int a_stride, const float *b, int b_stride, float beta, float *c, int c_stride) {
  cblas_sgemm(
      CblasRowMajor, a_transposed ? CblasTrans : CblasNoTrans,
      b_transposed ? CblasTrans : CblasNoTrans, rows, columns, depth, 1.0f, a, a_stride, b,
      b_stride, beta, c, c_stride);
}

#endif
