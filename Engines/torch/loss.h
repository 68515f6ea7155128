// Connectionist temporal classification, with the blank last as Parla has it.
#pragma once

#include "cuda_kernels.h"
#include "layers.h"

namespace parla {

struct Labels {
  // [sequences, most] and [sequences], on the device; and how many each has.
  at::Tensor values, counts;
  std::vector<int64_t> hostCounts;
};

// Losses and the gradient of `weight` times the sum of the finite ones with respect to `logits`, which are float32.
LossResult ctc(const Frames &logits, const Labels &labels, double weight);

}  // namespace parla
