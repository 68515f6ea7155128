#include "engine.h"

#include <ATen/Parallel.h>
#include <ATen/autocast_mode.h>
#include <ATen/core/grad_mode.h>
#include <torch/csrc/autograd/autograd.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "cuda_kernels.h"
#include "dropout.h"
#include "optimizer.h"
#include "recordings.h"

namespace parla {
namespace {

at::Device deviceNamed(const std::string &name) {
  at::Device device(at::kCPU);
  try {
    device = at::Device(name);
  } catch (const c10::Error &) {
    throw std::runtime_error("--device: found " + name + ", expected cpu, cuda or cuda:N");
  }
  if (device.is_cpu()) return device;
  if (!device.is_cuda())
    throw std::runtime_error("--device: found " + name + ", expected cpu, cuda or cuda:N");
  const int64_t count = parla_torch_device_count();
  if (count == 0)
    throw std::runtime_error(
        "--device: found " + name +
        ", but torch finds no CUDA device here; expected one (does nvidia-smi show it?), or --device cpu");
  if (!device.has_index()) device = at::Device(at::kCUDA, 0);
  if (device.index() >= count)
    throw std::runtime_error(
        "--device: found " + name + ", expected cuda:0 to cuda:" + std::to_string(count - 1));
  return device;
}

// Where blocks of numbers begin, so that all kernels find them aligned.
int64_t aligned(int64_t place) { return (place + 63) / 64 * 64; }

int64_t roundedUp(int64_t value, int64_t step) { return (value + step - 1) / step * step; }

}  // namespace

Engine::Engine(const std::string &settings)
    : description(Description::read(settings)), device(deviceNamed(description.device)) {
  if (description.precision == "bf16") type = at::kBFloat16;
  const at::NoGradGuard noGrad;
  at::set_num_threads(description.threads);
  at::globalContext().setAllowTF32CuBLAS(false);
  at::globalContext().setAllowTF32CuDNN(false);
  const auto count = static_cast<int64_t>(description.nodes.size());
  for (int64_t index = 0; index < count; index++) layers.push_back(makeLayer(description, index));
  fuse();
  recordings = Recordings::make(device);
  const auto stream = use();
  layOut();
  if (device.is_cuda()) prepareCudaKernels(device);
  exchange = std::make_unique<Exchange>(device);
}

Engine::~Engine() = default;

std::string Engine::deviceName() const {
  std::string name = Recordings::deviceName(device);
  if (device.is_cuda() && !haveCudaKernels()) name += " (" + prepareCudaKernels(device) + ")";
  return name;
}

std::shared_ptr<void> Engine::use() const { return recordings->use(); }

// What limits numbers and is read by one layer only, which can do it along the way, is skipped.
void Engine::fuse() {
  isSkipped.assign(layers.size(), false);
  for (size_t index = 0; index < layers.size(); index++) {
    const double ceiling = layers[index]->ceiling();
    if (ceiling <= 0 || description.output == static_cast<int64_t>(index)) continue;
    std::vector<size_t> readers;
    for (size_t other = 0; other < layers.size(); other++)
      for (int64_t input : description.nodes[other].inputs)
        if (input == static_cast<int64_t>(index)) readers.push_back(other);
    isSkipped[index] = readers.size() == 1 && layers[readers[0]]->limitBefore(ceiling);
  }
}

void Engine::layOut() {
  struct Planned {
    int64_t start, count, offset;
    Leaf leaf;
    int64_t parameter;
  };
  std::vector<std::vector<Planned>> plans(layers.size());
  int64_t total = 0;
  for (size_t index = 0; index < layers.size(); index++) {
    const NodeDescription &node = description.nodes[index];
    if (node.owner != static_cast<int64_t>(index)) continue;
    for (const Shape &shape : node.parameters) parameterShapes.push_back(shape);
    parameterStarts.resize(parameterShapes.size());
    for (const auto &group : layers[index]->leaves()) {
      total = aligned(total);
      const int64_t start = total;
      for (const Leaf &leaf : group) {
        const int64_t parameter = leaf.parameter < 0 ? -1 : node.firstParameter + leaf.parameter;
        Planned plan{start, 0, total - start, leaf, parameter};
        int64_t count = product(leaf.shape);
        if (parameter >= 0) {
          parameterStarts[static_cast<size_t>(parameter)] = total + leaf.zeros;
          count = leaf.zeros + product(parameterShapes[static_cast<size_t>(parameter)]);
          if (leaf.zeros > 0) plan.leaf.shape = {count};
        }
        total += count;
        plan.count = count;
        plans[index].push_back(plan);
      }
    }
  }
  total = aligned(total);
  const auto options = at::TensorOptions(device).dtype(at::kFloat);
  weights = at::zeros({total}, options);
  gradients = at::zeros({total}, options);
  first = at::zeros({total}, options);
  if (description.optimizer.method != "sgd") second = at::zeros({total}, options);
  if (type != at::kFloat) roundedWeights = at::zeros({total}, options.dtype(type));
  steps.assign(parameterShapes.size(), 0);

  // Leaves of a group share one storage that begins with them, as cuDNN wants a recurrent layer's weights.
  auto view = [&](const at::Tensor &all, const Planned &plan, int64_t end) {
    auto *base = static_cast<char *>(all.data_ptr()) + plan.start * all.element_size();
    const at::Tensor group = at::from_blob(
        base, {end - plan.start}, all.options());
    return group.narrow(0, plan.offset, plan.count).view(plan.leaf.shape);
  };
  places.resize(layers.size());
  for (size_t index = 0; index < layers.size(); index++) {
    for (const Planned &plan : plans[index]) {
      int64_t end = plan.start;
      for (const Planned &other : plans[index])
        if (other.start == plan.start) end = std::max(end, other.start + other.offset + other.count);
      Place place;
      place.exact = view(weights, plan, end);
      place.rounded = type == at::kFloat || plan.leaf.isExact ? place.exact : view(roundedWeights, plan, end);
      place.parameter = plan.parameter;
      place.zeros = plan.leaf.zeros;
      places[index].push_back(place);
    }
  }
  buffers.resize(layers.size());
  statistics.resize(layers.size());
  for (size_t index = 0; index < layers.size(); index++) {
    const NodeDescription &node = description.nodes[index];
    if (node.owner == static_cast<int64_t>(index))
      for (const Shape &shape : node.buffers) buffers[index].push_back(at::zeros(shape, options));
    for (const Shape &shape : layers[index]->statistics())
      statistics[index].push_back(at::zeros(shape, options));
  }
}

at::Tensor Engine::part(const at::Tensor &all, int64_t parameter) const {
  const auto place = static_cast<size_t>(parameter);
  return all.narrow(0, parameterStarts[place], product(parameterShapes[place]))
      .view(parameterShapes[place]);
}

at::Tensor Engine::tensor(int tensors, int64_t index) {
  if (index < 0) return {};
  if (tensors == PARLA_TORCH_BUFFERS || tensors == PARLA_TORCH_STATISTICS) {
    for (const auto &own : tensors == PARLA_TORCH_BUFFERS ? buffers : statistics) {
      if (index < static_cast<int64_t>(own.size())) return own[static_cast<size_t>(index)];
      index -= static_cast<int64_t>(own.size());
    }
    return {};
  }
  if (index >= static_cast<int64_t>(parameterShapes.size())) return {};
  switch (tensors) {
    case PARLA_TORCH_PARAMETERS: return part(weights, index);
    case PARLA_TORCH_GRADIENTS: return part(gradients, index);
    case PARLA_TORCH_FIRST_MOMENTS: return part(first, index);
    case PARLA_TORCH_SECOND_MOMENTS: return second.defined() ? part(second, index) : at::Tensor();
    default: return {};
  }
}

void Engine::didWrite(int tensors) {
  if (tensors == PARLA_TORCH_PARAMETERS) round();
  if (tensors == PARLA_TORCH_GRADIENTS) {
    hasGradients = true;
    knownNorm = -1;
  }
}

bool Engine::computesTogether() const {
  if (!exchange->isJoined()) return false;
  return std::any_of(layers.begin(), layers.end(), [](const auto &layer) { return layer->joinsSequences(); });
}

// Whether float16 is too small shows in one process, which could not compute a step again by itself.
bool Engine::mayUseHalf() const {
  return description.mayUseHalf && type == at::kBFloat16 && !computesTogether();
}

void Engine::round() {
  if (roundedWeights.defined()) roundedWeights.copy_(weights);
}

void Engine::clearGradients() {
  const at::NoGradGuard noGrad;
  const auto stream = recordings->use();
  if (hasGradients) {
    for (auto &own : statistics)
      for (at::Tensor &sum : own) sum.zero_();
  }
  hasGradients = false;
  knownNorm = -1;
}

Engine::Uploaded Engine::upload(
    const parla_torch_batch &batch, uint64_t seed, int64_t frameStep) const {
  Uploaded result;
  const int64_t sequences = batch.sequences, inputs = batch.inputs;
  result.sequences = sequences;
  result.context = batch.context;
  result.start = batch.start;
  result.whole = batch.whole;
  int64_t most = 0, labelCount = 0;
  for (int64_t i = 0; i < sequences; i++) {
    most = std::max(most, batch.label_counts[i]);
    labelCount += batch.label_counts[i];
  }
  result.labelRoom = frameStep > 1 ? roundedUp(std::max<int64_t>(most, 1), 32) : most;
  const auto nodes = static_cast<int64_t>(layers.size());
  std::vector<int64_t> &numbers = result.hostNumbers;
  numbers.assign(batch.lengths, batch.lengths + inputs * sequences);
  numbers.insert(numbers.end(), batch.label_counts, batch.label_counts + sequences);
  for (int64_t node = 0; node < nodes; node++) numbers.push_back(dropoutKey(seed, node));
  const int32_t *label = batch.labels;
  for (int64_t i = 0; i < sequences; i++) {
    for (int64_t k = 0; k < result.labelRoom; k++)
      numbers.push_back(k < batch.label_counts[i] ? *label++ : 0);
  }
  auto onDevice = [&](const at::Tensor &here) {
    return device.is_cpu() ? here.clone() : here.pin_memory().to(device, true);
  };
  result.numbers = onDevice(at::from_blob(
      numbers.data(), {static_cast<int64_t>(numbers.size())}, at::kLong));
  for (int64_t i = 0; i < inputs; i++) {
    const int64_t width = product(description.inputs[static_cast<size_t>(i)]) /
        (i == 0 ? 2 * batch.context + 1 : 1);
    const at::Tensor here = at::from_blob(
        const_cast<float *>(batch.values[i]), {batch.frames[i], sequences, width}, at::kFloat);
    at::Tensor there = onDevice(here);
    const int64_t more = roundedUp(batch.frames[i], frameStep) - batch.frames[i];
    result.inputs.push_back(more > 0 ? at::constant_pad_nd(there, {0, 0, 0, 0, 0, more}) : there);
  }
  return result;
}

Pass Engine::pass(const Uploaded &batch, bool isTraining) const {
  Pass pass;
  pass.isTraining = isTraining;
  pass.type = type;
  pass.start = batch.start;
  pass.whole = batch.whole;
  pass.mayUseHalf = isTraining && mayUseHalf() && !avoidsHalf;
  pass.exchange = isTraining && exchange->isJoined() ? exchange.get() : nullptr;
  pass.statistics.resize(layers.size());
  const auto nodes = static_cast<int64_t>(layers.size());
  const auto inputs = static_cast<int64_t>(batch.inputs.size());
  const int64_t place = (inputs + 1) * batch.sequences;
  pass.keysOnDevice = batch.numbers.narrow(0, place, nodes);
  for (int64_t node = 0; node < nodes; node++)
    pass.keys.push_back(static_cast<uint32_t>(batch.hostNumbers[static_cast<size_t>(place + node)]));
  return pass;
}

Labels Engine::labels(const Uploaded &batch) const {
  const auto inputs = static_cast<int64_t>(batch.inputs.size());
  const int64_t place = inputs * batch.sequences;
  Labels result;
  result.counts = batch.numbers.narrow(0, place, batch.sequences);
  const auto start = batch.hostNumbers.begin() + place;
  result.hostCounts.assign(start, start + batch.sequences);
  result.values =
      batch.numbers
          .narrow(
              0, place + batch.sequences + static_cast<int64_t>(layers.size()),
              batch.sequences * batch.labelRoom)
          .view({batch.sequences, batch.labelRoom});
  return result;
}

Frames Engine::forward(
    const Uploaded &batch, Pass &pass, const std::vector<std::vector<at::Tensor>> &leaves) const {
  std::vector<Frames> inputs(batch.inputs.size()), outputs(layers.size());
  for (size_t i = 0; i < inputs.size(); i++) {
    at::Tensor x = batch.inputs[i].to(type);
    if (i == 0 && batch.context > 0) {
      const int64_t context = batch.context, frames = x.size(0);
      x = at::constant_pad_nd(x, {0, 0, 0, 0, context, context})
              .unfold(0, 2 * context + 1, 1)
              .permute({0, 1, 3, 2})
              .reshape({frames, batch.sequences, -1});
    }
    const int64_t place = static_cast<int64_t>(i) * batch.sequences;
    inputs[i] = {x, batch.numbers.narrow(0, place, batch.sequences), false};
  }
  auto source = [&](int64_t number) -> const Frames & {
    return number < 0 ? inputs[static_cast<size_t>(-1 - number)] : outputs[static_cast<size_t>(number)];
  };
  std::vector<int64_t> uses(layers.size(), 0);
  for (const NodeDescription &node : description.nodes)
    for (int64_t input : node.inputs)
      if (input >= 0) uses[static_cast<size_t>(input)]++;
  for (int64_t number : description.order) {
    const auto index = static_cast<size_t>(number);
    const NodeDescription &node = description.nodes[index];
    const auto owner = static_cast<size_t>(node.owner);
    std::vector<Frames> taken;
    for (int64_t input : node.inputs) taken.push_back(source(input));
    outputs[index] = isSkipped[index]
        ? taken[0]
        : layers[index]->forward(taken, leaves[owner], buffers[owner], pass);
    // Values that are no longer needed are released.
    for (int64_t input : node.inputs)
      if (input >= 0 && --uses[static_cast<size_t>(input)] == 0 && input != description.output)
        outputs[static_cast<size_t>(input)] = Frames();
  }
  return source(description.output);
}

Engine::Found Engine::computeGradients(
    const Uploaded &batch, const std::vector<bool> &isWanted, Pass &pass) {
  std::vector<std::vector<at::Tensor>> leaves(layers.size());
  std::vector<at::Tensor> wanted;
  for (size_t index = 0; index < layers.size(); index++) {
    for (const Place &place : places[index]) {
      at::Tensor leaf = place.rounded.detach();
      if (place.parameter >= 0 && isWanted[static_cast<size_t>(place.parameter)]) {
        leaf.requires_grad_(true);
        wanted.push_back(leaf);
      }
      leaves[index].push_back(leaf);
    }
  }
  at::Tensor logits;
  LossResult loss;
  {
    const at::AutoGradMode withGradients(true);
    const Frames out = forward(batch, pass, leaves);
    logits = out.values;
    const at::NoGradGuard noGrad;
    loss = ctc(out, labels(batch), 1.0 / static_cast<double>(batch.whole));
  }
  Found found;
  found.losses = loss.losses;
  if (!wanted.empty() && logits.requires_grad())
    found.gradients = torch::autograd::grad(
        {logits}, wanted, {loss.gradient.to(logits.scalar_type())}, c10::nullopt, false, true);
  return found;
}

void Engine::writeGradients(const Found &found, const std::vector<bool> &isWanted, bool adds) {
  std::vector<at::Tensor> from, to;
  size_t next = 0;
  int64_t covered = 0;
  for (const auto &own : places) {
    for (const Place &place : own) {
      if (place.parameter < 0 || !isWanted[static_cast<size_t>(place.parameter)]) continue;
      if (next >= found.gradients.size()) continue;
      at::Tensor gradient = found.gradients[next++];
      if (!gradient.defined()) continue;
      if (place.zeros > 0) gradient = gradient.narrow(0, place.zeros, gradient.size(0) - place.zeros);
      to.push_back(part(gradients, place.parameter));
      from.push_back(gradient.reshape(to.back().sizes()));
      covered++;
    }
  }
  // What has no gradient has zeros.
  if (!adds && covered < static_cast<int64_t>(parameterShapes.size())) gradients.zero_();
  if (from.empty()) return;
  if (!adds) {
    at::_foreach_copy_(to, from);
    return;
  }
  for (size_t i = 0; i < to.size(); i++) to[i].add_(from[i]);
}

// Nothing in here waits, so that it can be recorded.
at::Tensor Engine::step(const Uploaded &batch, const std::vector<bool> &isWanted) {
  Pass pass = this->pass(batch, true);
  const Found found = computeGradients(batch, isWanted, pass);
  writeGradients(found, isWanted, false);
  for (size_t node = 0; node < layers.size(); node++)
    for (size_t i = 0; i < pass.statistics[node].size(); i++)
      statistics[node][i].copy_(pass.statistics[node][i]);
  return at::cat(
      {found.losses.to(at::kDouble),
       at::linalg_vector_norm(gradients, 2, c10::nullopt, false, at::kDouble).view({1})});
}

void Engine::addGradients(
    const parla_torch_batch &batch, const uint8_t *isWanted, uint64_t seed, double *losses) {
  const at::NoGradGuard noGrad;
  const auto stream = recordings->use();
  std::vector<bool> wanted(isWanted, isWanted + parameterShapes.size());
  const int64_t frameStep = recordings->frameStep();
  const Uploaded uploaded = upload(batch, seed, frameStep);
  const bool isFirst = !hasGradients;
  at::Tensor figures;
  if (isFirst) {
    // What waits for other processes cannot be recorded.
    if (!computesTogether()) figures = recordings->replay(*this, uploaded, wanted);
    if (!figures.defined()) figures = step(uploaded, wanted).cpu();
    // Losses that are finite with a gradient that is not: float16 may have been too small for it.
    if (mayUseHalf() && !std::isfinite(figures[uploaded.sequences].item<double>()) &&
        at::isfinite(figures.narrow(0, 0, uploaded.sequences)).all().item<bool>()) {
      avoidsHalf = true;
      figures = step(uploaded, wanted).cpu();
      avoidsHalf = false;
    }
  } else {
    Pass pass = this->pass(uploaded, true);
    const Found found = computeGradients(uploaded, wanted, pass);
    figures = found.losses.to(at::kDouble).cpu();
    if (at::isfinite(figures).all().item<bool>()) {
      writeGradients(found, wanted, true);
      for (size_t node = 0; node < layers.size(); node++)
        for (size_t i = 0; i < pass.statistics[node].size(); i++)
          statistics[node][i].add_(pass.statistics[node][i]);
    }
  }
  std::memcpy(losses, figures.const_data_ptr<double>(), sizeof(double) * static_cast<size_t>(batch.sequences));
  bool areFinite = true;
  for (int64_t i = 0; i < batch.sequences; i++) areFinite = areFinite && std::isfinite(losses[i]);
  if (isFirst && areFinite) {
    knownNorm = figures.const_data_ptr<double>()[batch.sequences];
    hasGradients = true;
  } else if (areFinite) {
    knownNorm = -1;
  }
}

void Engine::exchangeGradients(bool inBFloat16) {
  const at::NoGradGuard noGrad;
  const auto stream = recordings->use();
  if (!hasGradients) gradients.zero_();
  if (inBFloat16) {
    const at::Tensor rounded = gradients.to(at::kBFloat16);
    exchange->sum(rounded);
    gradients.copy_(rounded);
  } else {
    exchange->sum(gradients);
  }
  didWrite(PARLA_TORCH_GRADIENTS);
}

bool Engine::gradientsAreFinite() {
  if (!hasGradients) return false;
  if (knownNorm < 0) {
    const auto stream = recordings->use();
    knownNorm = at::linalg_vector_norm(gradients, 2, c10::nullopt, false, at::kDouble).item<double>();
  }
  return std::isfinite(knownNorm);
}

void Engine::clipGradients(double limit, const int64_t *indices, int64_t count) {
  const at::NoGradGuard noGrad;
  const auto stream = recordings->use();
  std::vector<at::Tensor> own;
  if (count == static_cast<int64_t>(parameterShapes.size())) {
    own = {gradients};
  } else {
    for (int64_t i = 0; i < count; i++) own.push_back(part(gradients, indices[i]));
  }
  if (own.empty()) return;
  at::Tensor squares = at::zeros({}, at::TensorOptions(device).dtype(at::kDouble));
  for (const at::Tensor &gradient : own)
    squares.add_(at::linalg_vector_norm(gradient, 2, c10::nullopt, false, at::kDouble).square());
  const at::Tensor norm = squares.sqrt();
  // Decided on the device, without waiting. NaN is left unchanged.
  const at::Tensor factor =
      at::where(norm.gt(limit).logical_and(at::isfinite(norm)), norm.reciprocal().mul(limit), 1.0)
          .to(at::kFloat);
  for (at::Tensor &gradient : own) gradient.mul_(factor);
  knownNorm = -1;
}

void Engine::apply(const float *rates) {
  if (!hasGradients) return;
  const at::NoGradGuard noGrad;
  const auto stream = recordings->use();
  std::map<std::pair<float, int64_t>, std::vector<int64_t>> groups;
  for (size_t i = 0; i < steps.size(); i++)
    if (rates[i] != 0) groups[{rates[i], ++steps[i]}].push_back(static_cast<int64_t>(i));
  for (const auto &[key, members] : groups) {
    Moved moved;
    moved.rate = key.first;
    moved.steps = key.second;
    // One piece where all of it takes the same step.
    const bool isWhole = members.size() == steps.size();
    auto take = [&](const at::Tensor &all, std::vector<at::Tensor> &own) {
      if (!all.defined()) return;
      if (isWhole) return own.push_back(all);
      for (int64_t index : members) own.push_back(part(all, index));
    };
    take(weights, moved.weights);
    take(gradients, moved.gradients);
    take(first, moved.first);
    take(second, moved.second);
    move(description.optimizer, moved);
  }
  round();
  for (size_t index = 0; index < layers.size(); index++) {
    const auto owner = static_cast<size_t>(description.nodes[index].owner);
    if (!statistics[index].empty()) layers[index]->moveBuffers(buffers[owner], statistics[index]);
  }
  clearGradients();
}

void Engine::evaluate(const parla_torch_batch &batch, double *losses) {
  const at::NoGradGuard noGrad;
  const auto stream = recordings->use();
  const Uploaded uploaded = upload(batch, 0, 1);
  Pass pass = this->pass(uploaded, false);
  std::vector<std::vector<at::Tensor>> leaves(layers.size());
  for (size_t index = 0; index < layers.size(); index++)
    for (const Place &place : places[index]) leaves[index].push_back(place.rounded);
  const Frames out = forward(uploaded, pass, leaves);
  const LossResult loss = ctc(out, labels(uploaded), 1);
  const at::Tensor figures = loss.losses.to(at::kDouble).cpu();
  std::memcpy(losses, figures.const_data_ptr<double>(), sizeof(double) * static_cast<size_t>(batch.sequences));
  probabilities = at::softmax(out.values.to(at::kFloat), 2).cpu().contiguous();
  probabilityLengths = out.lengths.cpu().contiguous();
}

}  // namespace parla
