#include "layers.h"

#include <cmath>

#include <torch/csrc/autograd/custom_function.h>

#include "dropout.h"

namespace parla {
namespace {

using at::Tensor;

// What it is given; its gradient is multiplied.
struct ScaledGradient : torch::autograd::Function<ScaledGradient> {
  static Tensor forward(torch::autograd::AutogradContext *context, const Tensor &x, double factor) {
    context->saved_data["factor"] = factor;
    return x.view_as(x);
  }

  static torch::autograd::variable_list backward(
      torch::autograd::AutogradContext *context, torch::autograd::variable_list gradients) {
    return {gradients[0].mul(context->saved_data["factor"].toDouble()), Tensor()};
  }
};

struct Dense : Layer {
  Frames forward(
      const std::vector<Frames> &inputs, const std::vector<Tensor> &leaves,
      const std::vector<Tensor> &, Pass &pass) const override {
    const Tensor &x = inputs[0].values;
    const Tensor rows = x.to(pass.type).reshape({-1, x.size(2)});
    Frames out = inputs[0];
    out.values =
        at::addmm(leaves[1], rows, leaves[0].t()).view({x.size(0), x.size(1), leaves[0].size(0)});
    return out;
  }
};

struct ClippedReLU : Layer {
  double limit = 0;
  void read() override { limit = node.field("ceiling").real(); }
  double ceiling() const override { return limit; }
  Frames forward(
      const std::vector<Frames> &inputs, const std::vector<Tensor> &, const std::vector<Tensor> &,
      Pass &pass) const override {
    Frames out = inputs[0];
    Pass still;
    out.values = dropout(out.values, limit, 0, 0, still);
    return out;
  }
};

struct Dropout : Layer {
  double rate = 0, limit = 0;
  void read() override { rate = node.field("rate").real(); }
  bool limitBefore(double ceiling) override {
    limit = ceiling;
    return true;
  }
  Frames forward(
      const std::vector<Frames> &inputs, const std::vector<Tensor> &, const std::vector<Tensor> &,
      Pass &pass) const override {
    Frames out = inputs[0];
    out.values = dropout(out.values, limit, rate, index, pass);
    return out;
  }
};

struct LayerNormalization : Layer {
  double epsilon = 0;
  void read() override { epsilon = node.field("epsilon").real(); }
  std::vector<std::vector<Leaf>> leaves() const override {
    std::vector<std::vector<Leaf>> groups = Layer::leaves();
    for (auto &group : groups) group[0].isExact = true;
    return groups;
  }
  Frames forward(
      const std::vector<Frames> &inputs, const std::vector<Tensor> &leaves,
      const std::vector<Tensor> &, Pass &pass) const override {
    Frames out = inputs[0];
    const int64_t width = out.values.size(2);
    out.values =
        (leaves.empty() ? at::layer_norm(out.values.to(at::kFloat), {width}, {}, {}, epsilon)
                        : at::layer_norm(
                              out.values.to(at::kFloat), {width}, leaves[0], leaves[1], epsilon))
            .to(pass.type);
    return out;
  }
};

// LSTM and GRU, in one direction.
struct Recurrent : Layer {
  bool isLSTM = true;
  explicit Recurrent(bool isLSTM) : isLSTM(isLSTM) {}

  // Of the two biases that cuDNN adds, one is ours, and of the other we have what the candidate of a GRU needs.
  static std::vector<Leaf> leaves(bool isLSTM, const std::vector<Shape> &shapes, int64_t first) {
    const int64_t units = shapes[1][1];
    std::vector<Leaf> group;
    for (int64_t i = 0; i < 3; i++) {
      Leaf leaf;
      leaf.parameter = first + i;
      leaf.shape = shapes[static_cast<size_t>(i)];
      group.push_back(leaf);
    }
    Leaf other;
    other.shape = {(isLSTM ? 4 : 3) * units};
    if (!isLSTM) {
      other.parameter = first + 3;
      other.zeros = 2 * units;
    }
    group.push_back(other);
    return group;
  }

  std::vector<std::vector<Leaf>> leaves() const override {
    return {leaves(isLSTM, node.parameters, 0)};
  }

  // Whether cuDNN keeps the recurrent weights in the processors of the card for all frames, which it does in float16 only; larger
  // batches are faster without.
  static bool fitsOneLaunch(const Tensor &x, at::TensorList leaves) {
    const int64_t units = leaves[1].size(1);
    return x.is_cuda() && units <= 1024 && units % 128 == 0 && x.size(2) % 128 == 0 &&
        x.size(1) % 8 == 0 && x.size(1) <= 32;
  }

  // Frames beyond a sequence's end come after all that counts, and no gradient comes back from them: nothing is packed.
  static Tensor run(bool isLSTM, const Tensor &x, at::TensorList leaves, const Pass &pass) {
    if (isLSTM && pass.type == at::kBFloat16 && pass.mayUseHalf && fitsOneLaunch(x, leaves)) {
      // Larger by so much, small gradients stay in the range of float16.
      const double factor = 128;
      std::vector<Tensor> halves;
      for (const Tensor &leaf : leaves)
        halves.push_back(ScaledGradient::apply(leaf, 1 / factor).to(at::kHalf));
      const Tensor input = ScaledGradient::apply(x.to(pass.type), 1 / factor).to(at::kHalf);
      const Tensor zeros = at::zeros({1, x.size(1), leaves[1].size(1)}, input.options());
      const Tensor y = std::get<0>(
          at::lstm(input, {zeros, zeros}, halves, true, 1, 0.0, pass.isTraining, false, false));
      return ScaledGradient::apply(y.to(pass.type), factor);
    }
    const Tensor zeros =
        at::zeros({1, x.size(1), leaves[1].size(1)}, x.options().dtype(pass.type));
    const Tensor input = x.to(pass.type);
    return isLSTM
        ? std::get<0>(at::lstm(
              input, {zeros, zeros}, leaves, true, 1, 0.0, pass.isTraining, false, false))
        : std::get<0>(
              at::gru(input, zeros, leaves, true, 1, 0.0, pass.isTraining, false, false));
  }

  Frames forward(
      const std::vector<Frames> &inputs, const std::vector<Tensor> &leaves,
      const std::vector<Tensor> &, Pass &pass) const override {
    Frames out = inputs[0];
    out.values = run(isLSTM, out.values, leaves, pass);
    return out;
  }
};

Tensor merged(const std::string &type, const std::vector<Tensor> &values, const Shape &frame) {
  if (type == "concat") {
    const int64_t frames = values[0].size(0), sequences = values[0].size(1);
    const int64_t outer = product(frame) / frame.back();
    std::vector<Tensor> parts;
    for (const Tensor &value : values) parts.push_back(value.reshape({frames, sequences, outer, -1}));
    return at::cat(parts, 3).reshape({frames, sequences, product(frame)});
  }
  Tensor result = values[0];
  for (size_t i = 1; i < values.size(); i++) {
    if (type == "multiply") {
      result = result.mul(values[i]);
    } else if (type == "max") {
      // Of equal numbers the first one has the gradient.
      result = at::where(values[i].gt(result), values[i], result);
    } else {
      result = result.add(values[i]);
    }
  }
  return type == "average" ? result.div(static_cast<double>(values.size())) : result;
}

struct Merge : Layer {
  std::string type;
  // What each input of a sum is multiplied by.
  std::vector<double> factors;
  void read() override {
    type = node.field("type").word();
    if (node.fields.has("factors"))
      for (const Value &factor : node.field("factors").items) factors.push_back(factor.real());
  }
  Frames forward(
      const std::vector<Frames> &inputs, const std::vector<Tensor> &, const std::vector<Tensor> &,
      Pass &pass) const override {
    Frames out = inputs[0];
    int64_t frames = out.values.size(0);
    for (const Frames &input : inputs) {
      frames = std::min(frames, input.values.size(0));
      out.lengths = at::minimum(out.lengths, input.lengths);
      out.isFull = out.isFull && input.isFull;
    }
    std::vector<Tensor> values;
    for (size_t i = 0; i < inputs.size(); i++) {
      const Tensor own = inputs[i].values.narrow(0, 0, frames);
      values.push_back(i < factors.size() && factors[i] != 1 ? own.mul(factors[i]) : own);
    }
    out.values = merged(type, values, node.frame);
    return out;
  }
};

struct Bidirectional : Layer {
  bool isLSTM = true, isAligned = true;
  std::string merge;
  void read() override {
    const std::string &type = node.field("type").word();
    if (type != "lstm" && type != "gru")
      throw std::runtime_error(
          node.name + ": found bidirectional " + type + ", expected lstm or gru, which the torch engine computes");
    isLSTM = type == "lstm";
    merge = node.field("merge").word();
    isAligned = node.field("aligned").isTrue();
  }

  std::vector<std::vector<Leaf>> leaves() const override {
    const auto half = static_cast<std::ptrdiff_t>(node.parameters.size() / 2);
    const auto middle = node.parameters.begin() + half;
    return {
        Recurrent::leaves(isLSTM, {node.parameters.begin(), middle}, 0),
        Recurrent::leaves(isLSTM, {middle, node.parameters.end()}, half)};
  }

  // Each sequence from its last real frame to its first; what is padding stays where it is.
  static Tensor reversed(const Tensor &x, const Frames &frames) {
    if (frames.isFull) return x.flip(0);
    const Tensor place = at::arange(x.size(0), frames.lengths.options()).unsqueeze(1);
    const Tensor mirrored = frames.lengths.unsqueeze(0).sub(1).sub(place);
    const Tensor from = at::where(mirrored.ge(0), mirrored, place);
    return x.gather(0, from.unsqueeze(2).expand({-1, -1, x.size(2)}));
  }

  Frames forward(
      const std::vector<Frames> &inputs, const std::vector<Tensor> &leaves,
      const std::vector<Tensor> &, Pass &pass) const override {
    Frames out = inputs[0];
    const at::TensorList all(leaves);
    const Tensor there = Recurrent::run(isLSTM, out.values, all.slice(0, 4), pass);
    const Tensor back =
        Recurrent::run(isLSTM, reversed(out.values, out), all.slice(4, 4), pass);
    out.values = merged(merge, {there, isAligned ? reversed(back, out) : back}, node.frame);
    return out;
  }
};

Frames windowed(const Frames &in, int64_t padding, int64_t span, int64_t stride) {
  Frames out = in;
  const Tensor room = in.lengths.add(padding - span);
  const Tensor count = room.div(stride, "floor").add(1);
  out.lengths = at::where(room.lt(0).logical_or(in.lengths.le(0)), at::zeros_like(count), count);
  return out;
}

struct Convolution : Layer {
  bool isFlat = true;
  int64_t size[2] = {1, 1}, stride[2] = {1, 1}, dilation[2] = {1, 1};
  int64_t groups = 1, before = 0, after = 0, top = 0, bottom = 0, height = 1, channels = 1;
  bool hasBias = true;
  std::string weightNorm = "none";

  explicit Convolution(bool isFlat) : isFlat(isFlat) {}

  void read() override {
    const Shape &in = inputFrames[0];
    auto pair = [&](const char *key, int64_t *values) {
      const Value &field = node.field(key);
      if (field.kind == Value::number) {
        values[0] = field.integer();
        return;
      }
      const auto both = field.integers();
      values[0] = both.at(0);
      values[1] = both.at(1);
    };
    pair("size", size);
    pair("stride", stride);
    pair("dilation", dilation);
    groups = node.field("groups").integer();
    before = node.field("pad_before").integer();
    after = node.field("pad_after").integer();
    hasBias = node.field("bias").isTrue();
    if (node.fields.has("weight_norm")) weightNorm = node.field("weight_norm").word();
    if (node.fields.has("padding_frames") && node.field("padding_frames").word() != "none")
      throw std::runtime_error(
          node.name + ": found padding_frames " + node.field("padding_frames").word() +
          ", expected none, which the torch engine computes");
    if (node.field("padding").word() == "tensorflow" && stride[0] > 1)
      throw std::runtime_error(
          node.name + ": found padding tensorflow, expected same, valid or causal, which the torch engine computes");
    channels = isFlat ? product(in) : in.size() == 2 ? in[1] : 1;
    height = isFlat ? 1 : in[0];
    if (isFlat) return;
    const int64_t span = (size[1] - 1) * dilation[1] + 1;
    top = node.field("frame_pads").integers().at(0);
    bottom = (node.frame[0] - 1) * stride[1] + span - top - height;
  }

  Frames forward(
      const std::vector<Frames> &inputs, const std::vector<Tensor> &leaves,
      const std::vector<Tensor> &, Pass &pass) const override {
    const int64_t span = (size[0] - 1) * dilation[0] + 1;
    Frames out = windowed(inputs[0], before + after, span, stride[0]);
    Tensor x = padded(inputs[0], before, after, pass.type);
    if (x.size(0) < span) x = at::constant_pad_nd(x, {0, 0, 0, 0, 0, span - x.size(0)});
    const int64_t frames = x.size(0), sequences = x.size(1);
    const int64_t outputs = leaves[0].size(0);
    const c10::optional<Tensor> bias = hasBias ? c10::optional<Tensor>(leaves[1]) : c10::nullopt;
    // [sequences, channels, frames, height]; weights are [outputs, frames × height × channels].
    x = x.view({frames, sequences, height, channels}).permute({1, 3, 0, 2});
    if (top != 0 || bottom != 0) x = at::constant_pad_nd(x, {top, bottom});
    Tensor weight = leaves[0].view({outputs, size[0], size[1], channels / groups});
    if (weightNorm != "none") {
      // A length for each output, or for each step in time.
      const std::vector<int64_t> others = {weightNorm == "step" ? 0 : 1, 2, 3};
      const Tensor norm = weight.square().sum(others, true).sqrt();
      weight = weight.mul(leaves.back().view(norm.sizes()).div(norm));
    }
    weight = weight.permute({0, 3, 1, 2});
    const Tensor y = at::conv2d(
        x, weight, bias, at::IntArrayRef(stride, 2), at::IntArrayRef({0, 0}),
        at::IntArrayRef(dilation, 2), groups);
    out.values = y.permute({2, 0, 3, 1}).reshape({y.size(2), sequences, -1});
    return out;
  }
};

struct Pooling : Layer {
  bool isMaximum = true;
  int64_t size[2] = {1, 1}, stride[2] = {1, 1}, height = 1, channels = 1;

  void read() override {
    const Shape &in = inputFrames[0];
    isMaximum = node.field("type").word() == "max";
    auto pair = [&](const char *key, int64_t *values) {
      const Value &field = node.field(key);
      const auto given =
          field.kind == Value::number ? std::vector<int64_t>{field.integer()} : field.integers();
      for (size_t i = 0; i < given.size() && i < 2; i++) values[i] = given[i];
    };
    pair("size", size);
    pair("stride", stride);
    channels = in.back();
    height = in.size() == 2 ? in[0] : 1;
    int64_t pads = node.field("pad_before").integer() + node.field("pad_after").integer();
    for (const int64_t pad : node.field("frame_pads").integers()) pads += pad;
    if (pads != 0 || in.size() > 2)
      throw std::runtime_error(
          node.name + ": found pooling with padding or of three axes, expected neither, which the torch engine computes");
  }

  Frames forward(
      const std::vector<Frames> &inputs, const std::vector<Tensor> &, const std::vector<Tensor> &,
      Pass &pass) const override {
    Frames out = windowed(inputs[0], 0, size[0], stride[0]);
    Tensor x = padded(inputs[0], 0, 0, inputs[0].values.scalar_type());
    if (x.size(0) < size[0]) x = at::constant_pad_nd(x, {0, 0, 0, 0, 0, size[0] - x.size(0)});
    x = x.view({x.size(0), x.size(1), height, channels}).permute({1, 3, 0, 2});
    const at::IntArrayRef sizes(size, 2), strides(stride, 2);
    const Tensor y =
        isMaximum ? at::max_pool2d(x, sizes, strides) : at::avg_pool2d(x, sizes, strides);
    out.values = y.permute({2, 0, 3, 1}).reshape({y.size(2), x.size(0), -1});
    return out;
  }
};

struct BatchNormalization : Layer {
  double epsilon = 0, momentum = 0;
  bool isUnbiased = true;
  std::string source;

  void read() override {
    source = node.field("statistics").word();
    epsilon = node.field("epsilon").real();
    momentum = node.field("momentum").real();
    isUnbiased = node.field("unbiased").isTrue();
  }

  std::vector<std::vector<Leaf>> leaves() const override {
    std::vector<std::vector<Leaf>> groups = Layer::leaves();
    for (auto &group : groups) group[0].isExact = true;
    return groups;
  }

  std::vector<Shape> statistics() const override {
    return {node.parameters[0], node.parameters[0], {1}};
  }

  bool joinsSequences() const override { return source != "running"; }

  Frames forward(
      const std::vector<Frames> &inputs, const std::vector<Tensor> &leaves,
      const std::vector<Tensor> &buffers, Pass &pass) const override {
    Frames out = inputs[0];
    const int64_t channels = leaves[0].size(0);
    const Shape shape = out.values.sizes().vec();
    // Channels are a frame's last axis.
    const Tensor x =
        out.values.to(at::kFloat).view({shape[0], shape[1], shape[2] / channels, channels});
    Tensor normalized;
    if (source == "batch" || (source == "usual" && pass.isTraining)) {
      // Sums are of distances from the running mean, which are small.
      const Tensor distance = x.sub(buffers[0]);
      const Tensor real = mask(out, at::kFloat).unsqueeze(3);
      const Tensor own = distance.mul(real);
      Tensor count = real.sum().mul(static_cast<double>(shape[2] / channels));
      Tensor sum = own.sum({0, 1, 2}), squares = own.mul(distance).sum({0, 1, 2});
      if (pass.exchange) {
        const Tensor all = pass.exchange->total(at::cat({sum, squares, count.view({1})}));
        sum = all.narrow(0, 0, channels);
        squares = all.narrow(0, channels, channels);
        count = all[2 * channels];
      }
      const Tensor divisor = count.clamp_min(1), mean = sum.div(divisor);
      const Tensor variance = squares.div(divisor).sub(mean.square()).clamp_min(0);
      normalized = distance.sub(mean).mul(variance.add(epsilon).rsqrt());
      pass.statistics[static_cast<size_t>(index)] = {
          sum.detach(), squares.detach(), count.detach().view({1})};
    } else {
      normalized = x.sub(buffers[0]).mul(buffers[1].add(epsilon).rsqrt());
    }
    out.values = normalized.mul(leaves[0]).add(leaves[1]).view(shape).to(pass.type);
    return out;
  }

  void moveBuffers(
      std::vector<Tensor> &buffers, const std::vector<Tensor> &statistics) const override {
    const Tensor count = statistics[2];
    const Tensor divisor = count.clamp_min(1), mean = statistics[0].div(divisor);
    Tensor variance = statistics[1].div(divisor).sub(mean.square()).clamp_min(0);
    if (isUnbiased)
      variance = variance.mul(at::where(count.gt(1), count.div(count.sub(1).clamp_min(1)), at::ones_like(count)));
    // Where nothing was seen, nothing moves.
    const Tensor share = count.gt(0).to(at::kFloat).mul(momentum);
    buffers[0].add_(share.mul(mean));
    buffers[1].add_(share.mul(variance.sub(buffers[1])));
  }
};

template <class Kind, class... Arguments>
LayerMaker make(Arguments... arguments) {
  return [=] { return std::make_unique<Kind>(arguments...); };
}

// The kinds that are known here; a new kind is one entry and one type above.
const std::map<std::string, LayerMaker> &kinds() {
  static const std::map<std::string, LayerMaker> all = [] {
    std::map<std::string, LayerMaker> kinds = frameLayerKinds();
    const std::map<std::string, LayerMaker> more = {
        {"dense", make<Dense>()},
        {"clipped_relu", make<ClippedReLU>()},
        {"layer_normalization", make<LayerNormalization>()},
        {"dropout", make<Dropout>()},
        {"lstm", make<Recurrent>(true)},
        {"gru", make<Recurrent>(false)},
        {"bidirectional", make<Bidirectional>()},
        {"merge", make<Merge>()},
        {"convolution_1d", make<Convolution>(true)},
        {"convolution_2d", make<Convolution>(false)},
        {"pooling", make<Pooling>()},
        {"batch_normalization", make<BatchNormalization>()},
    };
    kinds.insert(more.begin(), more.end());
    return kinds;
  }();
  return all;
}

}  // namespace

std::vector<std::vector<Leaf>> Layer::leaves() const {
  std::vector<std::vector<Leaf>> groups;
  for (size_t i = 0; i < node.parameters.size(); i++) {
    Leaf leaf;
    leaf.parameter = static_cast<int64_t>(i);
    leaf.shape = node.parameters[i];
    groups.push_back({leaf});
  }
  return groups;
}

std::unique_ptr<Layer> makeLayer(const Description &description, int64_t index) {
  const NodeDescription &node = description.nodes[static_cast<size_t>(index)];
  const auto found = kinds().find(node.kind);
  if (found == kinds().end()) {
    std::string known;
    for (const auto &kind : kinds()) known += (known.empty() ? "" : ", ") + kind.first;
    throw std::runtime_error(
        node.name + ": found a layer of the kind " + node.kind + ", expected one that the torch engine computes: " +
        known + ". Train with --engine cpu.");
  }
  std::unique_ptr<Layer> layer = found->second();
  layer->node = node;
  layer->index = index;
  for (int64_t input : node.inputs) layer->inputFrames.push_back(description.frame(input));
  layer->read();
  return layer;
}

Tensor mask(const Frames &frames, at::ScalarType type) {
  const Tensor place = at::arange(frames.values.size(0), frames.lengths.options()).unsqueeze(1);
  return place.lt(frames.lengths.unsqueeze(0)).unsqueeze(2).to(type);
}

Tensor padded(const Frames &frames, int64_t before, int64_t after, at::ScalarType type) {
  Tensor x = frames.values.to(type);
  if (!frames.isFull) x = x.mul(mask(frames, type));
  if (before > 0 || after > 0) x = at::constant_pad_nd(x, {0, 0, 0, 0, before, after});
  return x;
}

}  // namespace parla
