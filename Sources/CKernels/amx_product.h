// A parla_block_product of tiles: 32 rows of the left operand times a panel as 2 x 2 tiles of sums. Included once for the
// processor's tiles and once for their model.

#include "amx_tiles.h"
#include "product.h"

// Sums are tiles 0 to 3, row by row; 4 and 5 hold rows of the left operand, 6 and 7 the two halves of a panel.
enum { SUM_00, SUM_01, SUM_10, SUM_11, LEFT_0, LEFT_1, RIGHT_0, RIGHT_1, TILES };
enum { TILE_ROWS = 16, TILE_UNITS = 16, TILE_ROW_BYTES = 64 };

static void shape_tiles(long rows, tile_configuration *shape) {
  const uint8_t upper = (uint8_t)(rows < TILE_ROWS ? rows : TILE_ROWS);
  // A tile without rows is not allowed; it gets one and is left alone.
  const uint8_t lower = (uint8_t)(rows > TILE_ROWS ? rows - TILE_ROWS : 1);
  *shape = (tile_configuration){.palette = 1};
  for (int tile = 0; tile < TILES; tile++) shape->row_bytes[tile] = TILE_ROW_BYTES;
  shape->rows[SUM_00] = shape->rows[SUM_01] = shape->rows[LEFT_0] = upper;
  shape->rows[SUM_10] = shape->rows[SUM_11] = shape->rows[LEFT_1] = lower;
  shape->rows[RIGHT_0] = shape->rows[RIGHT_1] = TILE_UNITS;
}

TILE_TARGET
static void tile_product(
    long rows, left_rows a, const uint32_t *panel, long panel_count, float *c, long c_stride,
    int accumulate) {
  const long a_bytes = a.stride * (long)sizeof *a.first, c_bytes = c_stride * (long)sizeof *c;
  const long panel_bytes = PANEL * (long)sizeof *panel;
  const int is_tall = rows > TILE_ROWS;
  tile_configuration shape;
  shape_tiles(rows, &shape);
  TILE_REGISTERS
  TILE_CONFIGURE(&shape);
  for (long p = 0; p < panel_count; p++, c += PANEL) {
    float *const lower = c + TILE_ROWS * c_stride;
    if (accumulate) {
      TILE_LOAD(SUM_00, c, c_bytes);
      TILE_LOAD(SUM_01, c + TILE_UNITS, c_bytes);
      if (is_tall) {
        TILE_LOAD(SUM_10, lower, c_bytes);
        TILE_LOAD(SUM_11, lower + TILE_UNITS, c_bytes);
      }
    } else {
      TILE_ZERO(SUM_00);
      TILE_ZERO(SUM_01);
      TILE_ZERO(SUM_10);
      TILE_ZERO(SUM_11);
    }
    for (long s = 0; s < a.stretches; s++) {
      const uint32_t *left = a.first + s * a.stretch_stride;
      const uint32_t *const end = left + a.units;
      for (; left < end; left += TILE_UNITS, panel += TILE_UNITS * PANEL) {
        TILE_LOAD(RIGHT_0, panel, panel_bytes);
        TILE_LOAD(RIGHT_1, panel + TILE_UNITS, panel_bytes);
        TILE_LOAD(LEFT_0, left, a_bytes);
        TILE_MULTIPLY(SUM_00, LEFT_0, RIGHT_0);
        TILE_MULTIPLY(SUM_01, LEFT_0, RIGHT_1);
        if (!is_tall) continue;
        TILE_LOAD(LEFT_1, left + TILE_ROWS * a.stride, a_bytes);
        TILE_MULTIPLY(SUM_10, LEFT_1, RIGHT_0);
        TILE_MULTIPLY(SUM_11, LEFT_1, RIGHT_1);
      }
    }
    TILE_STORE(SUM_00, c, c_bytes);
    TILE_STORE(SUM_01, c + TILE_UNITS, c_bytes);
    if (is_tall) {
      TILE_STORE(SUM_10, lower, c_bytes);
      TILE_STORE(SUM_11, lower + TILE_UNITS, c_bytes);
    }
  }
  TILE_RELEASE();
}
