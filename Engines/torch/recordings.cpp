#include "recordings.h"

#include "cuda_kernels.h"

#ifdef PARLA_TORCH_CUDA

#include <ATen/cuda/CUDAGraph.h>
#include <c10/cuda/CUDACachingAllocator.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>

#include <list>

namespace at::cuda {
// Declared in ATen/cuda/CUDAContext.h, which includes headers of libraries that are not needed here.
TORCH_CUDA_CPP_API cudaDeviceProp *getDeviceProperties(c10::DeviceIndex device);
}  // namespace at::cuda

namespace parla {

// What needs Engine's parts; a class of its own, since the engine knows no CUDA.
class CudaRecordings : public Recordings {
 public:
  explicit CudaRecordings(const at::Device &device)
      : stream(c10::cuda::getStreamFromPool(true, device.index())) {}

  std::shared_ptr<void> use() const override {
    return std::make_shared<c10::cuda::CUDAStreamGuard>(stream);
  }

  int64_t frameStep() const override { return isPossible() ? 8 : 1; }

  at::Tensor replay(
      Engine &engine, const Uploaded &batch, const std::vector<bool> &isWanted) override {
    if (!isPossible()) return {};
    Recording &own = recording(batch, isWanted);
    // The first of its kind is computed step by step: it may be the only one, and libraries get ready in it.
    if (own.uses++ == 0) return {};
    if (!own.graph) {
      if (!record(own, engine, batch, isWanted)) return {};
    } else {
      for (size_t i = 0; i < batch.inputs.size(); i++)
        own.batch.inputs[i].copy_(batch.inputs[i], true);
      own.batch.numbers.copy_(batch.numbers, true);
    }
    own.graph->replay();
    return own.figures.cpu();
  }

  void trim() override {
    recordings.clear();
    c10::cuda::CUDACachingAllocator::emptyCache();
  }

 private:
  struct Recording {
    std::string key;
    int64_t uses = 0;
    Uploaded batch;
    at::Tensor figures;
    std::unique_ptr<at::cuda::CUDAGraph> graph;
  };

  static constexpr size_t most = 256;
  c10::cuda::CUDAStream stream;
  // Those that were used last stand first.
  std::list<Recording> recordings;
  at::cuda::MempoolId_t pool = at::cuda::graph_pool_handle();
  bool hasFailed = false;

  bool isPossible() const { return !hasFailed && haveCudaKernels(); }

  Recording &recording(const Uploaded &batch, const std::vector<bool> &isWanted) {
    std::string key;
    for (const at::Tensor &input : batch.inputs) key += std::to_string(input.size(0)) + ",";
    for (int64_t number : {batch.sequences, batch.labelRoom, batch.context, batch.start, batch.whole})
      key += std::to_string(number) + ",";
    for (bool wanted : isWanted) key += wanted ? '1' : '0';
    for (auto it = recordings.begin(); it != recordings.end(); ++it) {
      if (it->key != key) continue;
      recordings.splice(recordings.begin(), recordings, it);
      return recordings.front();
    }
    if (recordings.size() >= most) recordings.pop_back();
    recordings.emplace_front();
    recordings.front().key = key;
    return recordings.front();
  }

  bool record(
      Recording &own, Engine &engine, const Uploaded &batch, const std::vector<bool> &isWanted) {
    own.batch = batch;
    for (at::Tensor &input : own.batch.inputs) input = input.clone();
    own.batch.numbers = batch.numbers.clone();
    own.graph = std::make_unique<at::cuda::CUDAGraph>();
    stream.synchronize();
    bool isRecording = false;
    try {
      // NCCL's threads look after their work meanwhile.
      own.graph->capture_begin(pool, cudaStreamCaptureModeThreadLocal);
      isRecording = true;
      own.figures = engine.step(own.batch, isWanted);
      isRecording = false;
      own.graph->capture_end();
      return true;
    } catch (const std::exception &error) {
      hasFailed = true;
      TORCH_WARN("Steps are computed without recordings: ", error.what());
      try {
        if (isRecording) own.graph->capture_end();
      } catch (const std::exception &) {
        // It was no recording any more.
        static_cast<void>(cudaGetLastError());
      }
    }
    recordings.clear();
    return false;
  }
};

std::unique_ptr<Recordings> Recordings::make(const at::Device &device) {
  if (!device.is_cuda()) return std::make_unique<Recordings>();
  // By force: the first device counts as set before anything has made its context.
  c10::cuda::set_device(device.index(), true);
  return std::make_unique<CudaRecordings>(device);
}

std::string Recordings::deviceName(const at::Device &device) {
  if (!device.is_cuda()) return "cpu";
  const auto *properties = at::cuda::getDeviceProperties(device.index());
  return std::string(properties->name) + ", " +
      std::to_string(properties->totalGlobalMem >> 30) + " GiB";
}

}  // namespace parla

#else

namespace parla {

std::unique_ptr<Recordings> Recordings::make(const at::Device &) {
  return std::make_unique<Recordings>();
}

std::string Recordings::deviceName(const at::Device &device) { return device.str(); }

}  // namespace parla

#endif
