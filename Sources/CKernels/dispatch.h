// Marks a function to be compiled for AVX-512, AVX2 and the baseline, the best that the processor has being
// chosen when the program starts (ELF ifunc; elsewhere the compiler's baseline is used, NEON on Apple's).
#ifndef PARLA_DISPATCH_H
#define PARLA_DISPATCH_H

// A sanitizer's checks in the function that chooses would run before the sanitizer itself, and crash.
#if defined(__has_feature)
#if __has_feature(thread_sanitizer) || __has_feature(address_sanitizer)
#define PARLA_IS_SANITIZED 1
#endif
#endif

#if defined(__linux__) && defined(__x86_64__) && !defined(PARLA_IS_SANITIZED)
#define PARLA_DISPATCHED \
  __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define PARLA_DISPATCHED
#endif

#define PARLA_INLINE static inline __attribute__((always_inline))

#endif
