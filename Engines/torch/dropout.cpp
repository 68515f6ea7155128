#include "dropout.h"

#include <torch/csrc/autograd/custom_function.h>

#include "cuda_kernels.h"

namespace parla {
namespace {

// A well-mixing function of 32 bits (C. Wellons, "Prospecting for hash functions", lowbias32).
uint32_t mixed(uint32_t x) {
  x ^= x >> 16;
  x *= 0x7feb352dU;
  x ^= x >> 15;
  x *= 0x846ca68bU;
  x ^= x >> 16;
  return x;
}

// SplitMix64 (Steele, Lea and Flood 2014).
uint64_t next(uint64_t &state) {
  state += 0x9e3779b97f4a7c15ULL;
  uint64_t z = state;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
  return z ^ (z >> 31);
}

int32_t threshold(double rate) {
  return static_cast<int32_t>(static_cast<float>(rate) * 16777216.0f);
}

float scale(double rate) { return 1.0f / (1.0f - static_cast<float>(rate)); }

// Multiplies by 0 or the scale; computed here.
at::Tensor hostMask(const at::Tensor &x, double rate, uint32_t key, const Pass &pass) {
  const int64_t frames = x.size(0), sequences = x.size(1), features = x.size(2);
  at::Tensor result = at::empty({frames, sequences, features}, at::kFloat);
  float *out = result.data_ptr<float>();
  const int32_t least = threshold(rate);
  const float kept = scale(rate);
  for (int64_t frame = 0; frame < frames; frame++) {
    const uint64_t start =
        static_cast<uint64_t>((frame * pass.whole + pass.start) * features);
    const uint32_t origin = static_cast<uint32_t>(start) ^ mixed(static_cast<uint32_t>(start >> 32));
    for (int64_t i = 0; i < sequences * features; i++) {
      const auto random =
          static_cast<int32_t>(mixed((origin + static_cast<uint32_t>(i)) ^ key) >> 8);
      *out++ = random >= least ? kept : 0.0f;
    }
  }
  return result.to(x.options());
}

at::Tensor mixed(at::Tensor x) {
  const int64_t low = 0xffffffffLL;
  // Products of 32 bits may wrap at 64: the lower half stays right.
  x = x.bitwise_xor(x.bitwise_right_shift(16));
  x = x.mul(static_cast<int64_t>(0x7feb352dU)).bitwise_and(low);
  x = x.bitwise_xor(x.bitwise_right_shift(15));
  x = x.mul(static_cast<int64_t>(0x846ca68bU)).bitwise_and(low);
  return x.bitwise_xor(x.bitwise_right_shift(16));
}

// The same by operations of libtorch, where the kernel of `cuda_kernels` is missing.
at::Tensor deviceMask(const at::Tensor &x, double rate, const at::Tensor &key, const Pass &pass) {
  const int64_t frames = x.size(0), sequences = x.size(1), features = x.size(2);
  const auto options = x.options().dtype(at::kLong);
  at::Tensor index = at::arange(frames, options).mul(pass.whole * features).view({-1, 1});
  index = index.add(at::arange(pass.start * features, (pass.start + sequences) * features, options));
  const at::Tensor random =
      mixed(index.bitwise_and(0xffffffffLL).bitwise_xor(key)).bitwise_right_shift(8);
  return random.ge(static_cast<int64_t>(threshold(rate)))
      .to(x.scalar_type())
      .mul(scale(rate))
      .view({frames, sequences, features});
}

// Limits and drops in one pass over the numbers; the output has all that the backward pass needs.
struct LimitAndDrop : torch::autograd::Function<LimitAndDrop> {
  static at::Tensor forward(
      torch::autograd::AutogradContext *context, const at::Tensor &x, double ceiling, double rate,
      const at::Tensor &key, int64_t start, int64_t whole) {
    const DropoutCall call{ceiling, threshold(rate), rate > 0 ? scale(rate) : 1.0f, start, whole};
    at::Tensor y = cudaLimitAndDrop(x.contiguous(), key, call);
    // Without a limit the way back is the same kernel: it needs no output.
    context->save_for_backward(ceiling > 0 ? torch::autograd::variable_list{y} : torch::autograd::variable_list{key});
    context->saved_data["ceiling"] = ceiling;
    context->saved_data["rate"] = rate;
    context->saved_data["start"] = start;
    context->saved_data["whole"] = whole;
    return y;
  }

  static torch::autograd::variable_list backward(
      torch::autograd::AutogradContext *context, torch::autograd::variable_list gradients) {
    const at::Tensor saved = context->get_saved_variables()[0];
    const double ceiling = context->saved_data["ceiling"].toDouble();
    const double rate = context->saved_data["rate"].toDouble();
    const float factor = rate > 0 ? scale(rate) : 1.0f;
    const at::Tensor gradient = gradients[0].contiguous();
    const DropoutCall call{
        0, threshold(rate), factor, context->saved_data["start"].toInt(),
        context->saved_data["whole"].toInt()};
    return {
        ceiling > 0 ? cudaLimitAndDropGradient(gradient, saved, ceiling, factor)
                    : cudaLimitAndDrop(gradient, saved, call),
        at::Tensor(), at::Tensor(), at::Tensor(), at::Tensor(), at::Tensor()};
  }
};

}  // namespace

uint32_t dropoutKey(uint64_t seed, int64_t index) {
  uint64_t state = seed;
  state = next(state);
  state ^= static_cast<uint64_t>(index);
  state = next(state);
  const uint64_t own = next(state);
  return mixed(static_cast<uint32_t>(own)) ^
         mixed(static_cast<uint32_t>(own >> 32) + 0x9e3779b9U);
}

at::Tensor dropout(
    const at::Tensor &x, double ceiling, double rate, int64_t node, const Pass &pass) {
  const bool drops = pass.isTraining && rate > 0;
  if (!drops && ceiling == 0) return x;
  if (x.is_cuda() && haveCudaKernels())
    // Autograd asks each input for its device, so that no key is an empty one.
    return LimitAndDrop::apply(
        x, ceiling, drops ? rate : 0.0,
        drops ? pass.keysOnDevice.select(0, node) : at::empty({0}, x.options().dtype(at::kLong)),
        pass.start, pass.whole);
  // Not clamp: at the very limits its slope is 1.
  at::Tensor y = ceiling > 0 ? at::hardtanh(x, 0, ceiling) : x;
  if (!drops) return y;
  const uint32_t key = pass.keys.empty() ? 0 : pass.keys[static_cast<size_t>(node)];
  return y.mul(
      x.is_cuda() ? deviceMask(x, rate, pass.keysOnDevice.select(0, node), pass)
                  : hostMask(x, rate, key, pass));
}

}  // namespace parla
