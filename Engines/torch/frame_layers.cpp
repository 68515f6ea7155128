// Layers that look at a frame, or at a few of them: functions, normalisations, row convolution, positions, attention.
#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>

#include "layers.h"

namespace parla {
namespace {

using at::Tensor;

// A frame's last axis by itself: [frames, sequences, outer, width].
Tensor rowsOf(const Tensor &x, int64_t width) {
  return x.reshape({x.size(0), x.size(1), -1, width});
}

Tensor framesOf(const Tensor &x) { return x.reshape({x.size(0), x.size(1), -1}); }

// Leaves that are read in float32 whatever products are computed in.
std::vector<std::vector<Leaf>> exact(std::vector<std::vector<Leaf>> groups) {
  for (auto &group : groups)
    for (Leaf &leaf : group) leaf.isExact = true;
  return groups;
}

// A function of each number, or of a frame's last axis.
struct FrameFunction : Layer {
  using Function = Tensor (*)(const Tensor &rows);
  Function function;
  explicit FrameFunction(Function function) : function(function) {}

  void read() override {
    if (node.fields.has("axis") && node.field("axis").word() != "last")
      throw std::runtime_error(
          node.name + ": found axis " + node.field("axis").word() + ", expected last, which the torch engine computes");
  }

  Frames forward(
      const std::vector<Frames> &inputs, const std::vector<Tensor> &, const std::vector<Tensor> &,
      Pass &pass) const override {
    Frames out = inputs[0];
    const Tensor rows = rowsOf(out.values.to(at::kFloat), inputFrames[0].back());
    out.values = framesOf(function(rows)).to(pass.type);
    return out;
  }
};

struct RMSNormalization : Layer {
  double epsilon = 0;
  void read() override { epsilon = node.field("epsilon").real(); }
  std::vector<std::vector<Leaf>> leaves() const override { return exact(Layer::leaves()); }
  Frames forward(
      const std::vector<Frames> &inputs, const std::vector<Tensor> &leaves,
      const std::vector<Tensor> &, Pass &pass) const override {
    Frames out = inputs[0];
    const Tensor x = out.values.to(at::kFloat);
    const Tensor factor = x.square().mean({2}, true).add(epsilon).rsqrt();
    out.values = x.mul(factor).mul(leaves[0]).to(pass.type);
    return out;
  }
};

struct GroupNormalization : Layer {
  double epsilon = 0;
  int64_t groups = 1, channels = 1;
  bool isOverTime = false;

  void read() override {
    epsilon = node.field("epsilon").real();
    groups = node.field("groups").integer();
    isOverTime = node.field("over_time").isTrue();
    channels = node.frame.back();
  }

  std::vector<std::vector<Leaf>> leaves() const override { return exact(Layer::leaves()); }

  Frames forward(
      const std::vector<Frames> &inputs, const std::vector<Tensor> &leaves,
      const std::vector<Tensor> &, Pass &pass) const override {
    Frames out = inputs[0];
    const Tensor x = out.values.to(at::kFloat);
    const Tensor grouped = x.reshape({x.size(0), x.size(1), -1, groups, channels / groups});
    Tensor mean, variance;
    if (isOverTime) {
      const Tensor real = mask(out, at::kFloat).unsqueeze(3).unsqueeze(4);
      const double width = static_cast<double>(grouped.size(2) * grouped.size(4));
      const Tensor count = real.sum({0}, true).mul(width).clamp_min(1);
      mean = grouped.mul(real).sum({0, 2, 4}, true).div(count);
      variance = grouped.sub(mean).square().mul(real).sum({0, 2, 4}, true).div(count);
    } else {
      mean = grouped.mean({2, 4}, true);
      variance = grouped.sub(mean).square().mean({2, 4}, true);
    }
    const Tensor normalized = grouped.sub(mean).mul(variance.add(epsilon).rsqrt());
    out.values = framesOf(rowsOf(normalized, channels).mul(leaves[0]).add(leaves[1])).to(pass.type);
    return out;
  }
};

struct RowConvolution : Layer {
  bool hasBias = false;
  void read() override { hasBias = node.field("bias").isTrue(); }
  Frames forward(
      const std::vector<Frames> &inputs, const std::vector<Tensor> &leaves,
      const std::vector<Tensor> &, Pass &pass) const override {
    Frames out = inputs[0];
    const int64_t size = leaves[0].size(0), channels = leaves[0].size(1);
    const Tensor x = padded(inputs[0], 0, size - 1, pass.type).permute({1, 2, 0});
    const c10::optional<Tensor> bias = hasBias ? c10::optional<Tensor>(leaves[1]) : c10::nullopt;
    out.values = at::conv1d(x, leaves[0].t().unsqueeze(1), bias, at::IntArrayRef({1}), at::IntArrayRef({0}), at::IntArrayRef({1}), channels)
                     .permute({2, 0, 1})
                     .contiguous();
    return out;
  }
};

// Angles of positions, [frames, speeds]: how far a pair of numbers has turned.
Tensor angles(int64_t frames, int64_t count, double base, double width, const Tensor &like) {
  const auto options = like.options().dtype(at::kDouble);
  const Tensor speeds = at::pow(base, at::arange(count, options).mul(-2 / width));
  return at::arange(frames, options).unsqueeze(1).mul(speeds);
}

struct PositionalEncoding : Layer {
  double scale = 1;
  void read() override { scale = node.field("scale").real(); }
  Frames forward(
      const std::vector<Frames> &inputs, const std::vector<Tensor> &, const std::vector<Tensor> &,
      Pass &pass) const override {
    Frames out = inputs[0];
    const Tensor x = out.values.to(at::kFloat);
    const int64_t width = x.size(2);
    const Tensor turn = angles(x.size(0), (width + 1) / 2, 10000, static_cast<double>(width), x);
    const Tensor waves = at::stack({turn.sin(), turn.cos()}, 2).view({x.size(0), -1});
    out.values =
        x.mul(scale).add(waves.narrow(1, 0, width).to(at::kFloat).unsqueeze(1)).to(pass.type);
    return out;
  }
};

struct Highway : Layer {
  Frames forward(
      const std::vector<Frames> &inputs, const std::vector<Tensor> &leaves,
      const std::vector<Tensor> &, Pass &pass) const override {
    Frames out = inputs[0];
    const Tensor x = out.values.to(pass.type);
    const int64_t width = x.size(2);
    const Tensor sums = at::addmm(leaves[1], x.reshape({-1, width}), leaves[0].t())
                            .view({x.size(0), x.size(1), 2 * width});
    const Tensor gate = sums.narrow(2, width, width).sigmoid();
    out.values = gate.mul(sums.narrow(2, 0, width).relu()).add(x.mul(gate.neg().add(1)));
    return out;
  }
};

// In training, sometimes passes by what lies between its two inputs; one decision holds for a step's whole batch.
struct LayerDrop : Layer {
  double rate = 0;
  void read() override { rate = node.field("rate").real(); }
  Frames forward(
      const std::vector<Frames> &inputs, const std::vector<Tensor> &, const std::vector<Tensor> &,
      Pass &pass) const override {
    const bool isDrawn = pass.isTraining && rate > 0 && !pass.keys.empty();
    const double drawn = isDrawn ? pass.keys[static_cast<size_t>(index)] / 4294967296.0 : 1;
    return inputs[drawn < rate ? 1 : 0];
  }
};

// In training, puts a learned vector in the place of spans of frames, and zeros in that of spans of features.
struct Mask : Layer {
  struct Spans {
    double share = 0;
    int64_t length = 1, least = 0;

    // 1 for each hidden place of `count` in a row.
    void hide(int64_t count, std::mt19937_64 &random, uint8_t *places) const {
      if (share <= 0 || count < length) return;
      const double fraction = std::uniform_real_distribution<double>(0, 1)(random);
      const auto drawn = static_cast<int64_t>(share * static_cast<double>(count) / static_cast<double>(length) + fraction);
      const int64_t possible = count - length + 1;
      std::vector<int64_t> starts(static_cast<size_t>(possible));
      std::iota(starts.begin(), starts.end(), 0);
      std::shuffle(starts.begin(), starts.end(), random);
      const int64_t spans = std::min({std::max(drawn, least), count / length, possible});
      for (int64_t span = 0; span < spans; span++)
        std::fill_n(places + starts[static_cast<size_t>(span)], length, uint8_t{1});
    }
  };
  Spans times, features;

  void read() override {
    const auto spans = [this](const std::string &axis) {
      return Spans{
          node.field(axis + "_share").real(), node.field(axis + "_length").integer(), node.field(axis + "_least").integer()};
    };
    times = spans("time");
    features = spans("feature");
  }
  Frames forward(
      const std::vector<Frames> &inputs, const std::vector<Tensor> &leaves, const std::vector<Tensor> &,
      Pass &pass) const override {
    Frames out = inputs[0];
    if (!pass.isTraining || pass.keys.empty() || (times.share <= 0 && features.share <= 0)) return out;
    const int64_t frames = out.values.size(0), sequences = out.values.size(1), width = out.values.size(2);
    const Tensor lengths = out.lengths.to(at::kCPU, at::kLong);
    Tensor isHidden = at::zeros({sequences, frames}, at::kByte), isOff = at::zeros({sequences, width}, at::kByte);
    for (int64_t sequence = 0; sequence < sequences; sequence++) {
      std::mt19937_64 random(
          (static_cast<uint64_t>(pass.keys[static_cast<size_t>(index)]) << 32) + static_cast<uint64_t>(pass.start + sequence));
      times.hide(lengths[sequence].item<int64_t>(), random, isHidden.data_ptr<uint8_t>() + sequence * frames);
      features.hide(width, random, isOff.data_ptr<uint8_t>() + sequence * width);
    }
    const auto onDevice = [&out](const Tensor &mask) { return mask.to(at::kBool).to(out.values.device()); };
    out.values = at::where(onDevice(isHidden).t().unsqueeze(2), leaves[0].to(out.values.scalar_type()), out.values)
                     .masked_fill(onDevice(isOff).unsqueeze(0), 0);
    return out;
  }
};

// Attention whose scores know of no distance, or of what turning queries and keys tells.
struct Attention : Layer {
  int64_t heads = 1, size = 1, left = -1, right = -1, chunk = 1;
  bool hasBias = true, isRotary = false;
  double base = 10000;

  void read() override {
    heads = node.field("heads").integer();
    size = node.field("head_size").integer();
    chunk = node.field("chunk").integer();
    hasBias = node.field("bias").isTrue();
    auto limit = [&](const char *key) {
      return node.fields.has(key) && node.field(key).kind == Value::number ? node.field(key).integer() : -1;
    };
    left = limit("left");
    right = limit("right");
    const std::string &positions = node.field("positions").word();
    isRotary = positions == "rotary";
    if (isRotary) base = node.field("rotary_base").real();
    if (!isRotary && positions != "none")
      throw std::runtime_error(
          node.name + ": found positions " + positions + ", expected none or rotary, which the torch engine computes. Train with --engine cpu.");
    if (node.field("dropout").real() > 0)
      throw std::runtime_error(
          node.name + ": found dropout of an attention's weights, expected 0, which the torch engine computes. Train with --engine cpu.");
  }

  // Which keys a query sees: [sequences, 1, queries, keys].
  Tensor seen(const Frames &frames) const {
    const int64_t count = frames.values.size(0);
    const Tensor place = at::arange(count, frames.lengths.options());
    const Tensor start = place.div(chunk, "floor").mul(chunk).unsqueeze(1);
    const Tensor key = place.unsqueeze(0);
    Tensor result = key.lt(frames.lengths.view({-1, 1, 1, 1}));
    if (left >= 0) result = result.logical_and(key.ge(start.sub(left)));
    if (right >= 0) result = result.logical_and(key.lt(start.add(chunk + right)));
    // Queries beyond a sequence's end see something, so that nothing is divided by zero.
    return result.logical_or(key.eq(place.unsqueeze(1)));
  }

  Tensor turned(const Tensor &x) const {
    const Tensor turn = angles(x.size(2), size / 2, base, static_cast<double>(size), x);
    const Tensor cosines = turn.cos().to(at::kFloat), sines = turn.sin().to(at::kFloat);
    const Tensor upper = x.narrow(3, 0, size / 2), lower = x.narrow(3, size / 2, size / 2);
    return at::cat(
               {upper.mul(cosines).sub(lower.mul(sines)), lower.mul(cosines).add(upper.mul(sines))}, 3)
        .to(x.scalar_type());
  }

  Frames forward(
      const std::vector<Frames> &inputs, const std::vector<Tensor> &leaves,
      const std::vector<Tensor> &, Pass &pass) const override {
    Frames out = inputs[0];
    const Tensor x = out.values.to(pass.type);
    const int64_t frames = x.size(0), sequences = x.size(1);
    const c10::optional<Tensor> none;
    const Tensor rows = at::linear(x, leaves[0], hasBias ? c10::optional<Tensor>(leaves[2]) : none);
    // [queries, keys or values; sequences, heads, frames, size].
    const Tensor parts = rows.view({frames, sequences, 3, heads, size}).permute({2, 1, 3, 0, 4});
    const Tensor query = isRotary ? turned(parts[0]) : parts[0];
    const Tensor key = isRotary ? turned(parts[1]) : parts[1];
    const Tensor scores = query.matmul(key.transpose(2, 3))
                              .to(at::kFloat)
                              .mul(1 / std::sqrt(static_cast<double>(size)))
                              .masked_fill(seen(out).logical_not(), -INFINITY);
    const Tensor gathered = scores.softmax(3).to(pass.type).matmul(parts[2]);
    out.values = at::linear(
        gathered.permute({2, 0, 1, 3}).reshape({frames, sequences, heads * size}), leaves[1],
        hasBias ? c10::optional<Tensor>(leaves[3]) : none);
    return out;
  }
};

}  // namespace

std::map<std::string, LayerMaker> frameLayerKinds() {
  const auto function = [](FrameFunction::Function function) -> LayerMaker {
    return [=] { return std::make_unique<FrameFunction>(function); };
  };
  return {
      {"relu", function([](const Tensor &x) { return x.relu(); })},
      {"gelu", function([](const Tensor &x) { return at::gelu(x); })},
      {"silu", function([](const Tensor &x) { return at::silu(x); })},
      {"tanh", function([](const Tensor &x) { return x.tanh(); })},
      {"sigmoid", function([](const Tensor &x) { return x.sigmoid(); })},
      {"hard_sigmoid", function([](const Tensor &x) { return at::hardsigmoid(x); })},
      {"keras_hard_sigmoid", function([](const Tensor &x) { return x.mul(0.2).add(0.5).clamp(0, 1); })},
      {"elu", function([](const Tensor &x) { return at::elu(x); })},
      {"softplus", function([](const Tensor &x) { return at::softplus(x); })},
      {"softsign", function([](const Tensor &x) { return x.div(x.abs().add(1)); })},
      {"softmax", function([](const Tensor &x) { return x.softmax(3); })},
      {"log_softmax", function([](const Tensor &x) { return x.log_softmax(3); })},
      {"glu", function([](const Tensor &x) { return at::glu(x, 3); })},
      {"rms_normalization", [] { return std::make_unique<RMSNormalization>(); }},
      {"group_normalization", [] { return std::make_unique<GroupNormalization>(); }},
      {"row_convolution", [] { return std::make_unique<RowConvolution>(); }},
      {"positional_encoding", [] { return std::make_unique<PositionalEncoding>(); }},
      {"highway", [] { return std::make_unique<Highway>(); }},
      {"attention", [] { return std::make_unique<Attention>(); }},
      {"layer_drop", [] { return std::make_unique<LayerDrop>(); }},
      {"mask", [] { return std::make_unique<Mask>(); }},
  };
}

}  // namespace parla
