// Marks a function to be compiled for AVX-512, AVX2 and the baseline, the best that the processor has being
// chosen when the program starts (ELF ifunc; elsewhere the compiler's baseline is used, NEON on Apple's).
#ifndef PARLA_DISPATCH_H
#define PARLA_DISPATCH_H

#if defined(__linux__) && defined(__x86_64__)
#define PARLA_DISPATCHED \
  __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define PARLA_DISPATCHED
#endif

#define PARLA_INLINE static inline __attribute__((always_inline))

#endif
