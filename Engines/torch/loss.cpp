#include "loss.h"

namespace parla {

LossResult ctc(const Frames &logits, const Labels &labels, double weight) {
  const at::Tensor x = logits.values.detach().to(at::kFloat).contiguous();
  // The kernel keeps two rows of states in shared memory.
  if (x.is_cuda() && haveCudaKernels() && labels.values.size(1) <= 2048 && x.size(0) <= 65535)
    return cudaCTC(x, labels.values, labels.counts, logits.lengths, weight);
  const int64_t blank = x.size(2) - 1;
  const at::Tensor logProbabilities = at::log_softmax(x, 2);
  const at::Tensor lengths = logits.lengths.cpu();
  const at::IntArrayRef frames(
      lengths.const_data_ptr<int64_t>(), static_cast<size_t>(lengths.numel()));
  const at::Tensor none = at::zeros({x.size(1), 1}, labels.values.options());
  const at::Tensor targets = labels.values.size(1) > 0 ? labels.values : none;
  auto [losses, alpha] =
      at::_ctc_loss(logProbabilities, targets, frames, labels.hostCounts, blank, true);
  const at::Tensor gradient = at::_ctc_loss_backward(
      at::full_like(losses, weight), logProbabilities, targets, frames, labels.hostCounts, losses,
      alpha, blank, true);
  // What is beyond a sequence's end has no gradient, whatever the one of the logarithms is.
  at::Tensor result = at::_log_softmax_backward_data(gradient, logProbabilities, 2, at::kFloat);
  return {losses, result.mul(mask(logits, at::kFloat))};
}

}  // namespace parla
