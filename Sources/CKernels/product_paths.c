#define _GNU_SOURCE
#include "product.h"

#if defined(__x86_64__)
#include <cpuid.h>
#endif
#if defined(__x86_64__) && defined(__linux__)
#include <sys/syscall.h>
#include <unistd.h>
#endif

// Which instruction sets there are, and which of them are trusted: a path is taken only when its kernels reproduce a small
// product exactly, so that a processor that differs from what was foreseen costs speed and not correctness.

#if defined(__x86_64__)
static int has_avx2(void) { return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"); }

static int has_avx512(void) {
  return has_avx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl")
      && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq");
}

// AVX512_BF16: leaf 7, subleaf 1, bit 5 of EAX.
static int has_avx512_bfloat16(void) {
  unsigned a, b, c, d;
  return has_avx512() && __get_cpuid_count(7, 1, &a, &b, &c, &d) && (a >> 5 & 1);
}

#if defined(__linux__)
// AMX-BF16 and AMX-TILE: leaf 7, bits 22 and 24 of EDX. Linux gives a process the tiles when it asks for state component 18,
// before its first use; the answer holds for all its threads (Documentation/arch/x86/xstate.rst).
static int has_amx(void) {
  enum { REQUEST_PERMISSION = 0x1023, TILE_DATA = 18 };
  unsigned a, b, c, d;
  if (!has_avx512() || !__get_cpuid_count(7, 0, &a, &b, &c, &d)) return 0;
  if (!(d >> 22 & 1) || !(d >> 24 & 1)) return 0;
  return syscall(SYS_arch_prctl, REQUEST_PERMISSION, TILE_DATA) == 0;
}
#endif
#endif

const parla_product_kernel *parla_path_kernel(parla_path path, int bfloat16) {
  switch (path) {
    case PARLA_AMX_MODEL:
      return bfloat16 ? &parla_amx_model_kernel : &parla_portable_kernel;
#if defined(__x86_64__)
#if defined(__linux__)
    case PARLA_AMX:
      return bfloat16 ? &parla_amx_kernel : &parla_avx512_kernel;
#endif
    case PARLA_AVX512_BFLOAT16:
      return bfloat16 ? &parla_avx512_bfloat16_kernel : &parla_avx512_kernel;
    case PARLA_AVX512:
      return bfloat16 ? &parla_avx512_rounded_kernel : &parla_avx512_kernel;
    case PARLA_AVX2:
      return bfloat16 ? &parla_avx2_rounded_kernel : &parla_avx2_kernel;
#endif
    default:
      return bfloat16 ? &parla_portable_rounded_kernel : &parla_portable_kernel;
  }
}

static int processor_has(parla_path path) {
  switch (path) {
    case PARLA_PORTABLE:
    case PARLA_AMX_MODEL:
      return 1;
#if defined(__x86_64__)
#if defined(__linux__)
    case PARLA_AMX:
      return has_amx();
#endif
    case PARLA_AVX512_BFLOAT16:
      return has_avx512_bfloat16();
    case PARLA_AVX512:
      return has_avx512();
    case PARLA_AVX2:
      return has_avx2();
#endif
    default:
      return 0;
  }
}

enum { CHECKED_ROWS = 32, CHECKED_COLUMNS = 37, CHECKED_DEPTH = 45, CHECKED_UNITS = 64 };

// Integers so small that every kernel must find the sums of their products exactly.
static float small_integer(long index) { return (float)(index * index % 11 - 5); }

static int is_exact(const parla_product_kernel *kernel, long rows) {
  float a[CHECKED_ROWS * CHECKED_DEPTH], b[CHECKED_COLUMNS * CHECKED_DEPTH];
  float c[CHECKED_ROWS * CHECKED_COLUMNS];
  _Alignas(64) uint32_t left[CHECKED_ROWS * CHECKED_UNITS], right[2 * PANEL * CHECKED_UNITS];
  for (long i = 0; i < rows * CHECKED_DEPTH; i++) a[i] = small_integer(i);
  for (long i = 0; i < CHECKED_COLUMNS * CHECKED_DEPTH; i++) b[i] = small_integer(i + 3);
  for (long i = 0; i < rows * CHECKED_COLUMNS; i++) c[i] = 1.0f;
  const long units = unit_count(kernel, CHECKED_DEPTH);
  parla_pack_rows(
      kernel->format, rows, CHECKED_DEPTH, 0, a, CHECKED_DEPTH, left, CHECKED_UNITS, units);
  parla_pack_panels(
      kernel->format, CHECKED_DEPTH, CHECKED_COLUMNS, 1, b, CHECKED_DEPTH, right, units);
  parla_multiply_packed(
      kernel, rows, units, left, CHECKED_UNITS, right, CHECKED_COLUMNS, c, CHECKED_COLUMNS, 1);
  for (long i = 0; i < rows; i++)
    for (long j = 0; j < CHECKED_COLUMNS; j++) {
      float sum = 1.0f;
      for (long k = 0; k < CHECKED_DEPTH; k++)
        sum += a[i * CHECKED_DEPTH + k] * b[j * CHECKED_DEPTH + k];
      if (c[i * CHECKED_COLUMNS + j] != sum) return 0;
    }
  return 1;
}

int parla_path_is_available(parla_path path) {
  if (!processor_has(path)) return 0;
  for (int bfloat16 = 0; bfloat16 < 2; bfloat16++) {
    const parla_product_kernel *const kernel = parla_path_kernel(path, bfloat16);
    if (!is_exact(kernel, 1) || !is_exact(kernel, 19) || !is_exact(kernel, CHECKED_ROWS)) return 0;
  }
  return 1;
}

int parla_path_gains_from_bfloat16(parla_path path) {
#if defined(__x86_64__)
  // Known by maker and not measured, so that a resumed training keeps its precision: vdpbf16ps has twice the
  // rate of float32 on AMD's Zen 4 and Zen 5, half of it on Intel's Sapphire Rapids.
  if (path == PARLA_AVX512_BFLOAT16) return __builtin_cpu_is("amd") != 0;
#endif
  return path == PARLA_AMX;
}

parla_path parla_best_path(void) {
  const parla_path candidates[] = {PARLA_AMX, PARLA_AVX512_BFLOAT16, PARLA_AVX512, PARLA_AVX2};
  for (unsigned i = 0; i < sizeof candidates / sizeof *candidates; i++) {
    if (candidates[i] == PARLA_AVX512_BFLOAT16 && !parla_path_gains_from_bfloat16(candidates[i]))
      continue;
    if (parla_path_is_available(candidates[i])) return candidates[i];
  }
  return PARLA_PORTABLE;
}
