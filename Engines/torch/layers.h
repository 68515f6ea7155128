// The kinds of layers, each computed by libtorch; its way back is autograd's.
#pragma once

#include <ATen/ATen.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "description.h"
#include "exchange.h"

namespace parla {

// Sequences side by side: [frames, sequences, features], and how many frames of each are real.
struct Frames {
  at::Tensor values;
  // On the device: [sequences].
  at::Tensor lengths;
  // Whether all frames of all sequences are known to be real.
  bool isFull = false;
};

// What holds for one passage of a batch.
struct Pass {
  bool isTraining = false;
  // What decides which features drop out: for each node a key, on the device as [nodes] and here.
  at::Tensor keysOnDevice;
  std::vector<uint32_t> keys;
  int64_t start = 0, whole = 0;
  // What the products are computed in.
  at::ScalarType type = at::kFloat;
  // Whether recurrent layers may use float16 in place of bfloat16, with gradients made larger on their way through.
  bool mayUseHalf = false;
  // Sums that buffers will move by, for each node.
  std::vector<std::vector<at::Tensor>> statistics;
  // The processes that have the other sequences of the batch; null where there are none, and outside of training.
  Exchange *exchange = nullptr;
};

// A tensor that autograd sees as a leaf, and where its numbers stand among the layer's parameters.
struct Leaf {
  // The parameter, -1 for zeros that stay zeros.
  int64_t parameter = -1;
  Shape shape;
  // How many numbers before the parameter's belong to the leaf and stay zero.
  int64_t zeros = 0;
  // Whether it is read in float32 even where products are not.
  bool isExact = false;
};

class Layer {
 public:
  virtual ~Layer() = default;

  // Leaves in groups, each of which stands in memory without gaps.
  virtual std::vector<std::vector<Leaf>> leaves() const;

  virtual Frames forward(
      const std::vector<Frames> &inputs, const std::vector<at::Tensor> &leaves,
      const std::vector<at::Tensor> &buffers, Pass &pass) const = 0;

  // Moves `buffers` by the sums of a whole batch.
  virtual void moveBuffers(
      std::vector<at::Tensor> &buffers, const std::vector<at::Tensor> &statistics) const {}

  // The shapes of these sums.
  virtual std::vector<Shape> statistics() const { return {}; }

  // Whether a sequence's output depends on other sequences in training.
  virtual bool joinsSequences() const { return false; }

  // What a layer that does nothing else limits numbers to, from 0 on; else 0.
  virtual double ceiling() const { return 0; }

  // Limits numbers to 0…`ceiling` before it does what it does; false where it cannot.
  virtual bool limitBefore(double ceiling) { return false; }

 protected:
  NodeDescription node;
  int64_t index = 0;
  std::vector<Shape> inputFrames;

  friend std::unique_ptr<Layer> makeLayer(const Description &, int64_t);
  virtual void read() {}
};

// The layer of node `index`; an error for a kind that is not known here.
std::unique_ptr<Layer> makeLayer(const Description &description, int64_t index);

// 1 for each real frame: [frames, sequences, 1].
at::Tensor mask(const Frames &frames, at::ScalarType type);

// Frames that windows see: what is padding is zero, with more zeros before and after.
at::Tensor padded(const Frames &frames, int64_t before, int64_t after, at::ScalarType type);

// Makes layers of a kind.
using LayerMaker = std::function<std::unique_ptr<Layer>()>;

// The kinds of frame_layers.cpp.
std::map<std::string, LayerMaker> frameLayerKinds();

}  // namespace parla
