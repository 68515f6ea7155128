// Steps that are recorded once and then launched as one: without that, small batches wait for the processor.
#pragma once

#include <ATen/ATen.h>

#include <memory>
#include <string>

#include "engine.h"

namespace parla {

class Recordings {
 public:
  // Those of `device`; one that is no CUDA device, or a library compiled without CUDA's headers, records nothing.
  static std::unique_ptr<Recordings> make(const at::Device &device);
  static std::string deviceName(const at::Device &device);

  virtual ~Recordings() = default;

  // Puts what follows on this thread, for as long as the result lives, where the engine's work is.
  virtual std::shared_ptr<void> use() const { return nullptr; }

  // Batches are filled up to a multiple of so many frames, so that a recording serves more of them.
  virtual int64_t frameStep() const { return 1; }

  // Forwards, loss, backwards into the engine's gradients: the losses and the gradients' norm, here, in float64; undefined where
  // there is no recording of such a batch.
  virtual at::Tensor replay(Engine &, const Engine::Uploaded &, const std::vector<bool> &) {
    return {};
  }

  // Gives back memory that nothing uses.
  virtual void trim() {}

 protected:
  using Uploaded = Engine::Uploaded;
};

}  // namespace parla
