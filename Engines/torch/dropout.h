// Which features drop out: the same that Parla's processor engine drops.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>

#include "layers.h"

namespace parla {

// Distinguishes the masks of node `index` from others, in a step seeded by `seed`.
uint32_t dropoutKey(uint64_t seed, int64_t index);

// `x` [frames, sequences, features] without the features that drop out, the others divided by 1 - `rate`; before that limited to
// 0…`ceiling` where that is above 0.
at::Tensor dropout(const at::Tensor &x, double ceiling, double rate, int64_t node, const Pass &pass);

}  // namespace parla
