#ifndef PARLA_CCOMPRESSION_H
#define PARLA_CCOMPRESSION_H

#include <stddef.h>
#include <stdint.h>

/* One interface to zlib, libbz2 and liblzma, so that Swift sees neither their structures nor their codes.
   Files of several members, one after the other, read as one stream, as the command line tools read them; so do those
   with zeros behind a member. Checksums are looked at. */

typedef enum {
  PARLA_GZIP = 1,
  PARLA_BZIP2 = 2,
  PARLA_XZ = 3,
  /* The stream alone, as in zip archives. */
  PARLA_DEFLATE = 4,
} parla_compression;

typedef enum {
  /* Progress was made, or more input is needed. */
  PARLA_DECOMPRESSOR_OK = 0,
  /* A member ended where the input given so far ends. */
  PARLA_DECOMPRESSOR_END = 1,
  PARLA_DECOMPRESSOR_DAMAGED = 2,
  PARLA_DECOMPRESSOR_OUT_OF_MEMORY = 3,
} parla_decompressor_status;

typedef struct parla_decompressor parla_decompressor;

/* NULL when memory is short. */
parla_decompressor *parla_decompressor_create(parla_compression kind);

void parla_decompressor_destroy(parla_decompressor *decompressor);

/* Decompresses from input to output; says how many bytes of each were used. */
parla_decompressor_status parla_decompressor_step(
    parla_decompressor *decompressor, const uint8_t *input, size_t input_length,
    size_t *input_used, uint8_t *output, size_t output_length, size_t *output_used);

/* CRC-32 of zip and gzip. */
uint32_t parla_crc32(const uint8_t *bytes, size_t length);

#endif
