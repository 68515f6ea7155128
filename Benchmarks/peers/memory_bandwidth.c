// How fast one core reads memory: GB/s from 16 MB, which the last cache may hold, and from 512 MB, which it does not.
//
//   cc -O3 memory_bandwidth.c -o memory_bandwidth
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef uint64_t vector __attribute__((vector_size(64)));

__attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
static uint64_t sum(const vector *memory, long count) {
  vector a = {0}, b = {0}, c = {0}, d = {0};
  for (long i = 0; i + 4 <= count; i += 4) {
    a += memory[i], b += memory[i + 1], c += memory[i + 2], d += memory[i + 3];
  }
  a += b + c + d;
  return a[0] + a[7];
}

static double rate(long bytes) {
  vector *memory = aligned_alloc(64, (size_t)bytes);
  memset(memory, 1, (size_t)bytes);
  double best = 1e9;
  for (int run = 0; run < 40; run++) {
    struct timespec start, end;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &start);
    volatile uint64_t used = sum(memory, bytes / (long)sizeof *memory);
    (void)used;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end);
    const double taken =
        (double)(end.tv_sec - start.tv_sec) + (double)(end.tv_nsec - start.tv_nsec) * 1e-9;
    if (taken < best) best = taken;
  }
  free(memory);
  return (double)bytes / best * 1e-9;
}

int main(void) { printf("cache %g\nmemory %g\n", rate(16L << 20), rate(512L << 20)); }
