// What a core can do at best: multiplications and additions in registers, and reading memory.
#ifndef PARLA_CMACHINELIMITS_H
#define PARLA_CMACHINELIMITS_H

typedef enum {
  PARLA_LIMIT_PORTABLE,
  PARLA_LIMIT_AVX2,
  PARLA_LIMIT_AVX512,
  PARLA_LIMIT_AVX512_BFLOAT16,
  PARLA_LIMIT_AMX
} parla_limit;

// Does multiplications and additions of numbers in registers, `rounds` times twelve instructions (four with AMX), and
// returns how many operations that were. The processor must have the instructions.
double parla_limit_multiply(parla_limit limit, long rounds);

// Reads `bytes` bytes, a multiple of 512, and returns something made of them.
unsigned parla_limit_read(const void *memory, long bytes);

#endif
