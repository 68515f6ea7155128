#define PARLA_AMX_MODEL
#include "amx_product.h"

const parla_product_kernel parla_amx_model_kernel = {BFLOAT16_PAIR, 32, TILE_UNITS, 256, tile_product};
