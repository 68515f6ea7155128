#include "optimizer.h"

#include <cmath>

namespace parla {
namespace {

// Kingma and Ba 2015 as at the end of their section 2: ε is added to the uncorrected root, so torch's is larger.
void adam(const OptimizerDescription &optimizer, Moved &moved) {
  const double steps = static_cast<double>(moved.steps);
  const double correction = std::sqrt(1 - std::pow(optimizer.beta2, steps));
  const at::Tensor count = at::full({}, steps, moved.weights[0].options());
  const std::vector<at::Tensor> counts(moved.weights.size(), count);
  at::_fused_adam_(
      moved.weights, moved.gradients, moved.first, moved.second, {}, counts,
      static_cast<double>(moved.rate), optimizer.beta1, optimizer.beta2, 0.0,
      optimizer.epsilon / correction, false, false);
}

// Loshchilov and Hutter 2019: weights shrink by themselves, and ε is added to the corrected root.
void adamw(const OptimizerDescription &optimizer, Moved &moved) {
  const at::Tensor count =
      at::full({}, static_cast<double>(moved.steps), moved.weights[0].options());
  const std::vector<at::Tensor> counts(moved.weights.size(), count);
  at::_foreach_mul_(moved.weights, 1 - moved.rate * optimizer.weightDecay);
  at::_fused_adam_(
      moved.weights, moved.gradients, moved.first, moved.second, {}, counts,
      static_cast<double>(moved.rate), optimizer.beta1, optimizer.beta2, 0.0, optimizer.epsilon,
      false, false);
}

void sgd(const OptimizerDescription &optimizer, Moved &moved) {
  at::_foreach_mul_(moved.first, optimizer.momentum);
  at::_foreach_add_(moved.first, moved.gradients);
  if (!optimizer.isNesterov) {
    at::_foreach_add_(moved.weights, moved.first, -moved.rate);
    return;
  }
  at::_foreach_add_(moved.weights, moved.gradients, -moved.rate);
  at::_foreach_add_(moved.weights, moved.first, -moved.rate * optimizer.momentum);
}

void rmsprop(const OptimizerDescription &optimizer, Moved &moved) {
  at::_foreach_mul_(moved.first, optimizer.decay);
  at::_foreach_addcmul_(moved.first, moved.gradients, moved.gradients, 1 - optimizer.decay);
  std::vector<at::Tensor> roots = at::_foreach_sqrt(moved.first);
  at::_foreach_add_(roots, optimizer.epsilon);
  at::_foreach_mul_(moved.second, optimizer.momentum);
  at::_foreach_addcdiv_(moved.second, moved.gradients, roots, 1);
  at::_foreach_add_(moved.weights, moved.second, -moved.rate);
}

void adadelta(const OptimizerDescription &optimizer, Moved &moved) {
  at::_foreach_mul_(moved.first, optimizer.decay);
  at::_foreach_addcmul_(moved.first, moved.gradients, moved.gradients, 1 - optimizer.decay);
  std::vector<at::Tensor> steps = at::_foreach_add(moved.second, optimizer.epsilon);
  at::_foreach_sqrt_(steps);
  std::vector<at::Tensor> roots = at::_foreach_add(moved.first, optimizer.epsilon);
  at::_foreach_sqrt_(roots);
  at::_foreach_div_(steps, roots);
  at::_foreach_mul_(steps, moved.gradients);
  at::_foreach_mul_(moved.second, optimizer.decay);
  at::_foreach_addcmul_(moved.second, steps, steps, 1 - optimizer.decay);
  at::_foreach_add_(moved.weights, steps, -moved.rate);
}

}  // namespace

void move(const OptimizerDescription &optimizer, Moved &moved) {
  if (optimizer.method == "adam") return adam(optimizer, moved);
  if (optimizer.method == "adamw") return adamw(optimizer, moved);
  if (optimizer.method == "sgd") return sgd(optimizer, moved);
  if (optimizer.method == "rmsprop") return rmsprop(optimizer, moved);
  if (optimizer.method == "adadelta") return adadelta(optimizer, moved);
  throw std::runtime_error(
      "--optimizer: found " + optimizer.method +
      ", expected adam, adamw, sgd, rmsprop or adadelta, which the torch engine has");
}

}  // namespace parla
