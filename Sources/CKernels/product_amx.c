#if defined(__x86_64__) && defined(__linux__)
#include "amx_product.h"

const parla_product_kernel parla_amx_kernel = {BFLOAT16_PAIR, 32, TILE_UNITS, 256, tile_product};
#endif
