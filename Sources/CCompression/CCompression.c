#include "CCompression.h"

#include <bzlib.h>
#include <lzma.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

/* Memory that liblzma may take: a hostile header cannot ask for more. The highest preset needs 65 MiB. */
static const uint64_t xz_memory_limit = 256ull << 20;

struct parla_decompressor {
  parla_compression kind;
  int is_open;
  int member_ended;
  z_stream gzip;
  bz_stream bzip2;
  lzma_stream xz;
};

static int open_member(parla_decompressor *d) {
  int is_good = 0;
  switch (d->kind) {
    case PARLA_GZIP:
    case PARLA_DEFLATE:
      memset(&d->gzip, 0, sizeof d->gzip);
      is_good = inflateInit2(&d->gzip, d->kind == PARLA_GZIP ? 15 + 16 : -15) == Z_OK;
      break;
    case PARLA_BZIP2:
      memset(&d->bzip2, 0, sizeof d->bzip2);
      is_good = BZ2_bzDecompressInit(&d->bzip2, 0, 0) == BZ_OK;
      break;
    case PARLA_XZ:
      memset(&d->xz, 0, sizeof d->xz);
      is_good = lzma_stream_decoder(&d->xz, xz_memory_limit, 0) == LZMA_OK;
      break;
  }
  d->is_open = is_good;
  d->member_ended = 0;
  return is_good;
}

static void close_member(parla_decompressor *d) {
  if (!d->is_open) return;
  d->is_open = 0;
  switch (d->kind) {
    case PARLA_GZIP:
    case PARLA_DEFLATE: inflateEnd(&d->gzip); break;
    case PARLA_BZIP2: BZ2_bzDecompressEnd(&d->bzip2); break;
    case PARLA_XZ: lzma_end(&d->xz); break;
  }
}

parla_decompressor *parla_decompressor_create(parla_compression kind) {
  parla_decompressor *d = calloc(1, sizeof *d);
  if (!d) return NULL;
  d->kind = kind;
  if (open_member(d)) return d;
  free(d);
  return NULL;
}

void parla_decompressor_destroy(parla_decompressor *d) {
  if (!d) return;
  close_member(d);
  free(d);
}

static parla_decompressor_status step_gzip(
    parla_decompressor *d, const uint8_t *input, size_t input_length, size_t *input_used,
    uint8_t *output, size_t output_length, size_t *output_used) {
  d->gzip.next_in = (Bytef *)input;
  d->gzip.avail_in = (uInt)input_length;
  d->gzip.next_out = output;
  d->gzip.avail_out = (uInt)output_length;
  int code = inflate(&d->gzip, Z_NO_FLUSH);
  *input_used = input_length - d->gzip.avail_in;
  *output_used = output_length - d->gzip.avail_out;
  switch (code) {
    case Z_OK: case Z_BUF_ERROR: return PARLA_DECOMPRESSOR_OK;
    case Z_STREAM_END: return PARLA_DECOMPRESSOR_END;
    case Z_MEM_ERROR: return PARLA_DECOMPRESSOR_OUT_OF_MEMORY;
    default: return PARLA_DECOMPRESSOR_DAMAGED;
  }
}

static parla_decompressor_status step_bzip2(
    parla_decompressor *d, const uint8_t *input, size_t input_length, size_t *input_used,
    uint8_t *output, size_t output_length, size_t *output_used) {
  d->bzip2.next_in = (char *)input;
  d->bzip2.avail_in = (unsigned)input_length;
  d->bzip2.next_out = (char *)output;
  d->bzip2.avail_out = (unsigned)output_length;
  int code = BZ2_bzDecompress(&d->bzip2);
  *input_used = input_length - d->bzip2.avail_in;
  *output_used = output_length - d->bzip2.avail_out;
  switch (code) {
    case BZ_OK: return PARLA_DECOMPRESSOR_OK;
    case BZ_STREAM_END: return PARLA_DECOMPRESSOR_END;
    case BZ_MEM_ERROR: return PARLA_DECOMPRESSOR_OUT_OF_MEMORY;
    default: return PARLA_DECOMPRESSOR_DAMAGED;
  }
}

static parla_decompressor_status step_xz(
    parla_decompressor *d, const uint8_t *input, size_t input_length, size_t *input_used,
    uint8_t *output, size_t output_length, size_t *output_used) {
  d->xz.next_in = input;
  d->xz.avail_in = input_length;
  d->xz.next_out = output;
  d->xz.avail_out = output_length;
  lzma_ret code = lzma_code(&d->xz, LZMA_RUN);
  *input_used = input_length - d->xz.avail_in;
  *output_used = output_length - d->xz.avail_out;
  switch (code) {
    case LZMA_OK: case LZMA_BUF_ERROR: return PARLA_DECOMPRESSOR_OK;
    case LZMA_STREAM_END: return PARLA_DECOMPRESSOR_END;
    case LZMA_MEM_ERROR: case LZMA_MEMLIMIT_ERROR: return PARLA_DECOMPRESSOR_OUT_OF_MEMORY;
    default: return PARLA_DECOMPRESSOR_DAMAGED;
  }
}

parla_decompressor_status parla_decompressor_step(
    parla_decompressor *d, const uint8_t *input, size_t input_length, size_t *input_used,
    uint8_t *output, size_t output_length, size_t *output_used) {
  *input_used = 0;
  *output_used = 0;
  if (d->member_ended) {
    // Zeros may follow, to fill up a block.
    size_t zeros = 0;
    while (zeros < input_length && input[zeros] == 0) zeros++;
    if (zeros > 0 || input_length == 0) {
      *input_used = zeros;
      return PARLA_DECOMPRESSOR_END;
    }
    close_member(d);
    if (!open_member(d)) return PARLA_DECOMPRESSOR_OUT_OF_MEMORY;
  }
  parla_decompressor_status status = PARLA_DECOMPRESSOR_DAMAGED;
  switch (d->kind) {
    case PARLA_GZIP:
    case PARLA_DEFLATE:
      status = step_gzip(d, input, input_length, input_used, output, output_length, output_used);
      break;
    case PARLA_BZIP2:
      status = step_bzip2(d, input, input_length, input_used, output, output_length, output_used);
      break;
    case PARLA_XZ:
      status = step_xz(d, input, input_length, input_used, output, output_length, output_used);
      break;
  }
  if (status == PARLA_DECOMPRESSOR_END) d->member_ended = 1;
  return status;
}

uint32_t parla_crc32(const uint8_t *bytes, size_t length) {
  return (uint32_t)crc32_z(crc32_z(0, NULL, 0), bytes, length);
}
