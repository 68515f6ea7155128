// A graph that learns, with all that changes on one device.
#pragma once

#include <map>

#include "exchange.h"
#include "layers.h"
#include "loss.h"
#include "parla_torch.h"

namespace parla {

class Recordings;

class Engine {
 public:
  explicit Engine(const std::string &settings);
  ~Engine();

  std::string deviceName() const;

  // While it lives, what this thread computes is in the order of the engine's work.
  std::shared_ptr<void> use() const;

  // Tensor `index` of those that `parla_torch_tensors` names, as it stands on the device; undefined where there is none.
  at::Tensor tensor(int tensors, int64_t index);
  void didWrite(int tensors);

  std::vector<int64_t> steps;

  void clearGradients();
  void addGradients(
      const parla_torch_batch &batch, const uint8_t *isWanted, uint64_t seed, double *losses);
  bool gradientsAreFinite();
  void clipGradients(double limit, const int64_t *indices, int64_t count);
  void apply(const float *rates);

  // Several processes: all but the gradients they exchange by themselves, in the middle of a step.
  const char *exchangeKind() const { return Exchange::kind(device); }
  std::unique_ptr<Exchange> exchange;
  void exchangeGradients(bool inBFloat16);

  // Probabilities [frames, sequences, labels], here.
  void evaluate(const parla_torch_batch &batch, double *losses);
  at::Tensor probabilities, probabilityLengths;

 private:
  friend class Recordings;
  friend class CudaRecordings;

  // Where a leaf's numbers stand.
  struct Place {
    // As autograd sees it: in float32, and in what products are computed in.
    at::Tensor exact, rounded;
    int64_t parameter = -1, zeros = 0;
  };

  // What is uploaded for a batch.
  struct Uploaded {
    std::vector<at::Tensor> inputs;
    // Lengths of the inputs, counts of labels, keys of dropout, labels: one copy.
    at::Tensor numbers;
    std::vector<int64_t> hostNumbers;
    int64_t sequences = 0, labelRoom = 0, context = 0, start = 0, whole = 0;
  };

  struct Found {
    at::Tensor losses;
    std::vector<at::Tensor> gradients;
  };

  Description description;
  std::vector<std::unique_ptr<Layer>> layers;
  std::vector<bool> isSkipped;
  at::Device device;
  at::ScalarType type = at::kFloat;

  // All parameters of all layers in one piece, and what belongs to each of their numbers.
  at::Tensor weights, roundedWeights, gradients, first, second;
  std::vector<std::vector<Place>> places;
  std::vector<int64_t> parameterStarts;
  std::vector<Shape> parameterShapes;
  std::vector<std::vector<at::Tensor>> buffers;
  std::vector<std::vector<at::Tensor>> statistics;

  bool hasGradients = false;
  // The norm of all gradients, where it is known already; below 0 where not.
  double knownNorm = -1;
  // Whether float16 was too small for the gradients of the step that is being made.
  bool avoidsHalf = false;
  std::unique_ptr<Recordings> recordings;

  void layOut();
  void fuse();
  at::Tensor part(const at::Tensor &all, int64_t parameter) const;
  Uploaded upload(const parla_torch_batch &batch, uint64_t seed, int64_t frameStep) const;
  Pass pass(const Uploaded &batch, bool isTraining) const;
  Frames forward(
      const Uploaded &batch, Pass &pass, const std::vector<std::vector<at::Tensor>> &leaves) const;
  Labels labels(const Uploaded &batch) const;
  Found computeGradients(const Uploaded &batch, const std::vector<bool> &isWanted, Pass &pass);
  void writeGradients(const Found &found, const std::vector<bool> &isWanted, bool adds);
  at::Tensor step(const Uploaded &batch, const std::vector<bool> &isWanted);
  // Whether a step here depends on sequences of other processes while it is computed, so that all must compute it alike.
  bool computesTogether() const;
  bool mayUseHalf() const;
  void round();
};

}  // namespace parla
