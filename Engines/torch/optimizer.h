// How gradients become steps, as Parla's optimisers make them.
#pragma once

#include <ATen/ATen.h>

#include "description.h"

namespace parla {

// Tensors that take the same step.
struct Moved {
  std::vector<at::Tensor> weights, gradients, first, second;
  float rate = 0;
  // How many steps they will have taken.
  int64_t steps = 0;
};

void move(const OptimizerDescription &optimizer, Moved &moved);

}  // namespace parla
