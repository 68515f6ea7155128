// AMX's tile registers, as far as products in bfloat16 need them: the processor's own, or where PARLA_AMX_MODEL is defined a
// model of them in plain C, by which processors without AMX can test the code that drives them. Semantics: Intel 64 and
// IA-32 Architectures Software Developer's Manual, volume 2, LDTILECFG, TILELOADD, TDPBF16PS and TILESTORED.
#ifndef PARLA_AMX_TILES_H
#define PARLA_AMX_TILES_H

#include <stdint.h>
#include <string.h>

// The operand of LDTILECFG (palette 1: eight tiles of at most 16 rows of 64 bytes).
typedef struct {
  uint8_t palette, start_row, reserved[14];
  uint16_t row_bytes[16];
  uint8_t rows[16];
} tile_configuration;

#if !defined(PARLA_AMX_MODEL)

#include <immintrin.h>
#define TILE_TARGET __attribute__((target("amx-tile,amx-bf16")))
#define TILE_REGISTERS
#define TILE_CONFIGURE(CONFIGURATION) _tile_loadconfig(CONFIGURATION)
#define TILE_ZERO(TILE) _tile_zero(TILE)
#define TILE_LOAD(TILE, FROM, STRIDE) _tile_loadd(TILE, FROM, STRIDE)
#define TILE_MULTIPLY(SUM, A, B) _tile_dpbf16ps(SUM, A, B)
#define TILE_STORE(TILE, TO, STRIDE) _tile_stored(TILE, TO, STRIDE)
#define TILE_RELEASE() _tile_release()

#else

typedef struct {
  tile_configuration shape;
  uint32_t unit[8][16][16];
} tile_model;

#define TILE_TARGET
#define TILE_REGISTERS tile_model tiles;
#define TILE_CONFIGURE(CONFIGURATION) model_configure(&tiles, CONFIGURATION)
#define TILE_ZERO(TILE) memset(tiles.unit[TILE], 0, sizeof tiles.unit[TILE])
#define TILE_LOAD(TILE, FROM, STRIDE) model_load(&tiles, TILE, FROM, STRIDE)
#define TILE_MULTIPLY(SUM, A, B) model_multiply(&tiles, SUM, A, B)
#define TILE_STORE(TILE, TO, STRIDE) model_store(&tiles, TILE, TO, STRIDE)
#define TILE_RELEASE() memset(&tiles, 0, sizeof tiles)

static inline void model_configure(tile_model *tiles, const tile_configuration *shape) {
  memset(tiles, 0, sizeof *tiles);
  if (shape->palette == 1) tiles->shape = *shape;
}

static inline void model_load(tile_model *tiles, int tile, const void *from, long stride) {
  memset(tiles->unit[tile], 0, sizeof tiles->unit[tile]);
  for (int row = 0; row < tiles->shape.rows[tile]; row++)
    memcpy(
        tiles->unit[tile][row], (const char *)from + row * stride, tiles->shape.row_bytes[tile]);
}

static inline float model_float(uint32_t bits) {
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

// sum[m, n] += a[m, 2 k] b[k, 2 n] + a[m, 2 k + 1] b[k, 2 n + 1]; tiles whose shapes do not fit leave NaN behind.
static inline void model_multiply(tile_model *tiles, int sum, int a, int b) {
  const tile_configuration *shape = &tiles->shape;
  const int fits = shape->row_bytes[a] == 4 * shape->rows[b] && shape->rows[a] == shape->rows[sum]
      && shape->row_bytes[b] == shape->row_bytes[sum];
  for (int m = 0; m < shape->rows[sum]; m++)
    for (int n = 0; n < shape->row_bytes[sum] / 4; n++) {
      float total = model_float(fits ? tiles->unit[sum][m][n] : 0x7fc00000U);
      for (int k = 0; k < shape->row_bytes[a] / 4; k++) {
        const uint32_t left = tiles->unit[a][m][k], right = tiles->unit[b][k][n];
        total += model_float(left << 16) * model_float(right << 16);
        total += model_float(left & 0xffff0000U) * model_float(right & 0xffff0000U);
      }
      memcpy(&tiles->unit[sum][m][n], &total, sizeof total);
    }
}

static inline void model_store(const tile_model *tiles, int tile, void *to, long stride) {
  for (int row = 0; row < tiles->shape.rows[tile]; row++)
    memcpy((char *)to + row * stride, tiles->unit[tile][row], tiles->shape.row_bytes[tile]);
}

#endif
#endif
