#include "cuda_kernels.h"

#ifdef PARLA_TORCH_CUDA

#include <c10/cuda/CUDAStream.h>
#include <c10/cuda/CUDAGuard.h>
#include <cuda_runtime_api.h>
#include <dlfcn.h>

#include <map>
#include <memory>

namespace at::cuda {
// Declared in ATen/cuda/CUDAContext.h, which includes headers of libraries that are not needed here.
TORCH_CUDA_CPP_API cudaDeviceProp *getDeviceProperties(c10::DeviceIndex device);
}  // namespace at::cuda

namespace parla {
namespace {

#define PARLA_CUDA_SOURCE(...) #__VA_ARGS__
const char *const source =
    "extern __shared__ float parla_shared[];\n"
#include "cuda_source.h"
    ;

// The few functions of NVRTC and the driver that are used, by their documented signatures.
struct Driver {
  int (*createProgram)(void **, const char *, const char *, int, const char *const *, const char *const *);
  int (*compileProgram)(void *, int, const char *const *);
  int (*logSize)(void *, size_t *);
  int (*log)(void *, char *);
  int (*binarySize)(void *, size_t *);
  int (*binary)(void *, char *);
  int (*destroyProgram)(void **);
  int (*loadModule)(void **, const void *);
  int (*function)(void **, void *, const char *);
  int (*launch)(
      void *, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, void *, void **,
      void **);
};

template <class Function>
void find(void *library, const char *name, Function &function) {
  function = reinterpret_cast<Function>(dlsym(library, name));
  if (function == nullptr) throw std::runtime_error(std::string("found no ") + name);
}

void *opened(const std::vector<std::string> &names) {
  for (const std::string &name : names)
    if (void *library = dlopen(name.c_str(), RTLD_NOW | RTLD_GLOBAL)) return library;
  throw std::runtime_error("found no " + names.front());
}

Driver findDriver() {
  Driver driver;
  const std::string version = "libnvrtc.so." + std::to_string(CUDART_VERSION / 1000);
  // NVRTC opens this one by its name alone, which the loader only finds if it knows the folder.
  const std::string minor = std::to_string(CUDART_VERSION / 10 % 100);
  dlopen(("libnvrtc-builtins.so." + std::to_string(CUDART_VERSION / 1000) + "." + minor).c_str(), RTLD_NOW | RTLD_GLOBAL);
  void *nvrtc = opened({version, version + "." + minor, "libnvrtc.so"});
  find(nvrtc, "nvrtcCreateProgram", driver.createProgram);
  find(nvrtc, "nvrtcCompileProgram", driver.compileProgram);
  find(nvrtc, "nvrtcGetProgramLogSize", driver.logSize);
  find(nvrtc, "nvrtcGetProgramLog", driver.log);
  find(nvrtc, "nvrtcGetCUBINSize", driver.binarySize);
  find(nvrtc, "nvrtcGetCUBIN", driver.binary);
  find(nvrtc, "nvrtcDestroyProgram", driver.destroyProgram);
  void *cuda = opened({"libcuda.so.1"});
  find(cuda, "cuModuleLoadData", driver.loadModule);
  find(cuda, "cuModuleGetFunction", driver.function);
  find(cuda, "cuLaunchKernel", driver.launch);
  return driver;
}

struct Kernels {
  Driver driver;
  std::map<std::string, void *> functions;
};

std::unique_ptr<Kernels> kernels;
std::string reason = "its kernels were not compiled";

std::string compiled(const Driver &driver, const at::Device &device) {
  const auto *properties = at::cuda::getDeviceProperties(device.index());
  const std::string architecture = "--gpu-architecture=sm_" +
      std::to_string(properties->major) + std::to_string(properties->minor);
  const char *options[] = {architecture.c_str(), "--std=c++17"};
  void *program = nullptr;
  driver.createProgram(&program, source, "parla.cu", 0, nullptr, nullptr);
  const int status = driver.compileProgram(program, 2, options);
  std::string text;
  size_t size = 0;
  if (status != 0) {
    driver.logSize(program, &size);
    text.resize(size);
    driver.log(program, text.data());
    driver.destroyProgram(&program);
    throw std::runtime_error("NVRTC says " + text.substr(0, 400));
  }
  driver.binarySize(program, &size);
  text.resize(size);
  driver.binary(program, text.data());
  driver.destroyProgram(&program);
  return text;
}

template <class... Arguments>
void launch(
    const std::string &name, unsigned gridX, unsigned gridY, unsigned threads, size_t shared,
    Arguments... arguments) {
  void *values[] = {static_cast<void *>(&arguments)...};
  const int status = kernels->driver.launch(
      kernels->functions.at(name), gridX, gridY, 1, threads, 1, 1, static_cast<unsigned>(shared),
      c10::cuda::getCurrentCUDAStream().stream(), values, nullptr);
  if (status != 0)
    throw std::runtime_error("kernel " + name + ": the driver says " + std::to_string(status));
}

unsigned blocks(int64_t count, int64_t threads, int64_t most) {
  return static_cast<unsigned>(std::max<int64_t>(1, std::min((count + threads - 1) / threads, most)));
}

// Names end in the kind of number and how many are read at once.
std::string variant(const char *name, const at::Tensor &x, int64_t count, int64_t &width) {
  const bool isHalf = x.scalar_type() == at::kBFloat16;
  width = isHalf ? 8 : 4;
  if (count % width != 0) width = 1;
  return std::string(name) + (isHalf ? "_half_" : "_float_") + std::to_string(width);
}

bool isClose(const at::Tensor &a, const at::Tensor &b) {
  return at::allclose(a, b, 1e-3, 1e-4);
}

// A small result to compare with libtorch's; a device with a different result uses libtorch's operations.
void requireRightResults(const at::Device &device) {
  const auto options = at::TensorOptions(device).dtype(at::kFloat);
  const at::Tensor x = at::linspace(-30, 30, 3 * 2 * 8, options).view({3, 2, 8});
  const DropoutCall call{20, 0, 1, 0, 2};
  if (!isClose(cudaLimitAndDrop(x, at::Tensor(), call), at::hardtanh(x, 0, 20)))
    throw std::runtime_error("a kernel of its own computes another activation");
  const at::Tensor logits = at::sin(at::arange(12 * 2 * 5, options)).view({12, 2, 5}).mul(3);
  const at::Tensor labels = at::tensor({0, 1, 1, 2, 3, 0}, at::kLong).view({2, 3}).to(device);
  const at::Tensor counts = at::tensor({3, 2}, at::kLong).to(device);
  const at::Tensor lengths = at::tensor({12, 9}, at::kLong).to(device);
  const LossResult own = cudaCTC(logits, labels, counts, lengths, 1);
  const at::Tensor expected = std::get<0>(at::_ctc_loss(
      at::log_softmax(logits.cpu(), 2), labels.cpu(), {12, 9}, {3, 2}, 4, true));
  if (!isClose(own.losses.cpu(), expected))
    throw std::runtime_error("a kernel of its own computes another loss");
}

}  // namespace

std::string prepareCudaKernels(const at::Device &device) {
  if (kernels) return "";
  static bool wasTried = false;
  if (wasTried) return reason;
  wasTried = true;
  try {
    auto own = std::make_unique<Kernels>();
    own->driver = findDriver();
    const std::string binary = compiled(own->driver, device);
    void *module = nullptr;
    if (own->driver.loadModule(&module, binary.data()) != 0)
      throw std::runtime_error("the driver loads no module");
    for (const char *name :
         {"drop_float_1", "drop_float_4", "drop_half_1", "drop_half_8", "drop_gradient_float_1",
          "drop_gradient_float_4", "drop_gradient_half_1", "drop_gradient_half_8", "ctc_rows",
          "ctc_paths", "ctc_gradient"})
      if (own->driver.function(&own->functions[name], module, name) != 0)
        throw std::runtime_error(std::string("the driver finds no ") + name);
    kernels = std::move(own);
    requireRightResults(device);
    return "";
  } catch (const std::exception &error) {
    kernels.reset();
    reason = std::string("without kernels of its own: ") + error.what();
    return reason;
  }
}

bool haveCudaKernels() { return kernels != nullptr; }

at::Tensor cudaLimitAndDrop(const at::Tensor &x, const at::Tensor &key, const DropoutCall &call) {
  at::Tensor y = at::empty_like(x);
  if (x.numel() == 0) return y;
  const int64_t features = x.size(1) * x.size(2);
  int64_t width = 1;
  const std::string name = variant("drop", x, features, width);
  launch(
      name, blocks(features / width, 256, 1024), static_cast<unsigned>(x.size(0)), 256, 0,
      x.const_data_ptr(), y.data_ptr(), static_cast<long long>(features),
      static_cast<long long>(call.start * x.size(2)), static_cast<long long>(call.whole * x.size(2)),
      key.defined() && key.numel() > 0 ? static_cast<const void *>(key.const_data_ptr<int64_t>()) : nullptr,
      static_cast<int>(call.threshold), call.scale, static_cast<float>(call.ceiling));
  return y;
}

at::Tensor cudaLimitAndDropGradient(
    const at::Tensor &gradient, const at::Tensor &y, double ceiling, double scale) {
  at::Tensor result = at::empty_like(y);
  if (y.numel() == 0) return result;
  int64_t width = 1;
  const std::string name = variant("drop_gradient", y, y.numel(), width);
  launch(
      name, blocks(y.numel() / width, 256, 1 << 16), 1, 256, 0, gradient.const_data_ptr(),
      y.const_data_ptr(), result.data_ptr(), static_cast<long long>(y.numel()),
      static_cast<float>(scale), static_cast<float>(ceiling));
  return result;
}

LossResult cudaCTC(
    const at::Tensor &logits, const at::Tensor &labels, const at::Tensor &labelCounts,
    const at::Tensor &lengths, double weight) {
  const int frames = static_cast<int>(logits.size(0)), sequences = static_cast<int>(logits.size(1));
  const int classes = static_cast<int>(logits.size(2)), room = static_cast<int>(labels.size(1));
  const int64_t rows = static_cast<int64_t>(frames) * sequences;
  const int64_t states = 2 * room + 1;
  const auto options = logits.options();
  at::Tensor sums = at::empty({rows}, options), losses = at::empty({sequences}, options);
  at::Tensor alpha = at::empty({sequences, frames, states}, options), beta = at::empty_like(alpha);
  at::Tensor gradient = at::empty_like(logits);
  const auto *x = logits.const_data_ptr<float>();
  const auto *own = labels.const_data_ptr<int64_t>();
  const auto *counts = labelCounts.const_data_ptr<int64_t>(), *ends = lengths.const_data_ptr<int64_t>();
  launch(
      "ctc_rows", blocks(rows, 128, 1 << 30), 1, 128, 0, x, sums.data_ptr<float>(),
      static_cast<long long>(rows), classes);
  const auto threads = static_cast<unsigned>(std::min<int64_t>(1024, (states + 31) / 32 * 32));
  launch(
      "ctc_paths", static_cast<unsigned>(sequences), 2, threads,
      static_cast<size_t>(2 * (states + 4)) * sizeof(float), x, sums.data_ptr<float>(), own, counts,
      ends, frames, sequences, classes, room, alpha.data_ptr<float>(), beta.data_ptr<float>(),
      losses.data_ptr<float>());
  const auto width = static_cast<unsigned>(std::min<int64_t>(256, (classes + 31) / 32 * 32));
  launch(
      "ctc_gradient", static_cast<unsigned>(sequences), static_cast<unsigned>(frames), width,
      static_cast<size_t>(states) * sizeof(float), x, sums.data_ptr<float>(), own, counts, ends,
      frames, sequences, classes, room, alpha.data_ptr<float>(), beta.data_ptr<float>(),
      losses.data_ptr<float>(), static_cast<float>(weight), gradient.data_ptr<float>());
  return {losses, gradient};
}

}  // namespace parla

#else

namespace parla {

std::string prepareCudaKernels(const at::Device &) { return "compiled without CUDA's headers"; }
bool haveCudaKernels() { return false; }
at::Tensor cudaLimitAndDrop(const at::Tensor &x, const at::Tensor &, const DropoutCall &) { return x; }
at::Tensor cudaLimitAndDropGradient(const at::Tensor &g, const at::Tensor &, double, double) { return g; }
LossResult cudaCTC(
    const at::Tensor &, const at::Tensor &, const at::Tensor &, const at::Tensor &, double) {
  return {};
}

}  // namespace parla

#endif
