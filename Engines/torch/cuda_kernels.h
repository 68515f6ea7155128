// Kernels of our own for CUDA devices, compiled by NVRTC when they are first needed.
//
// Where the library was compiled without CUDA's headers, or NVRTC is missing, there are none, and operations of libtorch do the same.
#pragma once

#include <ATen/ATen.h>

#include <string>
#include <vector>

namespace parla {

// Compiles for the device and compares a small result with libtorch's; why there are no kernels, or nothing.
std::string prepareCudaKernels(const at::Device &device);
bool haveCudaKernels();

struct DropoutCall {
  double ceiling;
  int32_t threshold;
  float scale;
  int64_t start, whole;
};

at::Tensor cudaLimitAndDrop(const at::Tensor &x, const at::Tensor &key, const DropoutCall &call);
at::Tensor cudaLimitAndDropGradient(
    const at::Tensor &gradient, const at::Tensor &y, double ceiling, double scale);

struct LossResult {
  // -ln p of each sequence, infinite where it cannot be: [sequences], float32.
  at::Tensor losses;
  // That of `weight` times the finite losses' sum: like the logits.
  at::Tensor gradient;
};

// CTC of `logits` [frames, sequences, classes]; `labels` [sequences, most], int32; `labelCounts` and `lengths` [sequences], int64.
LossResult cudaCTC(
    const at::Tensor &logits, const at::Tensor &labels, const at::Tensor &labelCounts,
    const at::Tensor &lengths, double weight);

}  // namespace parla
