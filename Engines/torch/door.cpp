// The C functions: what is thrown inside becomes a status and a text.
#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <c10/util/Exception.h>
#include <torch/headeronly/version.h>

#include <cstring>

#include "engine.h"
#include "parla_torch.h"

// Which torch is loaded; a part of libtorch's stable interface.
extern "C" uint64_t aoti_torch_abi_version();

struct parla_torch {
  parla::Engine engine;
  std::string deviceName;
  // What was last said about places to meet at.
  std::string places;
};

namespace {

thread_local std::string problem;

template <class Body>
int guarded(Body body) {
  try {
    body();
    return PARLA_TORCH_DONE;
  } catch (const c10::OutOfMemoryError &error) {
    problem = error.what_without_backtrace();
    return PARLA_TORCH_OUT_OF_MEMORY;
  } catch (const c10::Error &error) {
    problem = error.what_without_backtrace();
  } catch (const std::bad_alloc &) {
    problem = "no memory";
    return PARLA_TORCH_OUT_OF_MEMORY;
  } catch (const std::exception &error) {
    problem = error.what();
  } catch (...) {
    problem = "an unknown exception";
  }
  return PARLA_TORCH_FAILED;
}

// torch keeps its version in the upper bytes, from the major number on.
std::string version(uint64_t number) {
  return std::to_string(number >> 56) + "." + std::to_string((number >> 48) & 255) + "." +
         std::to_string((number >> 40) & 255);
}

at::Tensor found(parla_torch *engine, int tensors, int64_t index, int64_t count) {
  at::Tensor tensor = engine->engine.tensor(tensors, index);
  if (!tensor.defined() || tensor.numel() != count)
    throw std::runtime_error(
        "tensor " + std::to_string(index) + " of kind " + std::to_string(tensors) + ": found " +
        std::to_string(tensor.defined() ? tensor.numel() : 0) + " numbers, expected " +
        std::to_string(count));
  return tensor;
}

}  // namespace

extern "C" {

int parla_torch_abi(void) { return PARLA_TORCH_ABI; }

const char *parla_torch_compiled_version(void) {
  static const std::string text = version(TORCH_ABI_VERSION);
  return text.c_str();
}

const char *parla_torch_loaded_version(void) {
  static const std::string text = version(aoti_torch_abi_version());
  return text.c_str();
}

const char *parla_torch_problem(void) { return problem.c_str(); }

int parla_torch_device_count(void) {
  int count = 0;
  guarded([&] { count = at::hasCUDA() ? static_cast<int>(at::detail::getCUDAHooks().deviceCount()) : 0; });
  return count;
}

parla_torch *parla_torch_create(const char *settings) {
  parla_torch *result = nullptr;
  guarded([&] { result = new parla_torch{parla::Engine(settings), "", ""}; });
  return result;
}

void parla_torch_destroy(parla_torch *engine) {
  guarded([&] { delete engine; });
}

const char *parla_torch_device_name(parla_torch *engine) {
  guarded([&] { engine->deviceName = engine->engine.deviceName(); });
  return engine->deviceName.c_str();
}

int64_t parla_torch_count(parla_torch *engine, int tensors, int64_t index) {
  int64_t count = -1;
  guarded([&] {
    const at::Tensor tensor = engine->engine.tensor(tensors, index);
    if (tensor.defined()) count = tensor.numel();
  });
  return count;
}

int parla_torch_read(
    parla_torch *engine, int tensors, int64_t index, float *values, int64_t count) {
  return guarded([&] {
    const auto stream = engine->engine.use();
    at::from_blob(values, {count}, at::kFloat).copy_(found(engine, tensors, index, count).reshape({-1}));
  });
}

int parla_torch_write(
    parla_torch *engine, int tensors, int64_t index, const float *values, int64_t count) {
  return guarded([&] {
    const auto stream = engine->engine.use();
    at::Tensor target = found(engine, tensors, index, count);
    target.copy_(at::from_blob(const_cast<float *>(values), {count}, at::kFloat).view(target.sizes()));
    engine->engine.didWrite(tensors);
  });
}

int parla_torch_read_steps(parla_torch *engine, int64_t *steps, int64_t count) {
  return guarded([&] {
    if (static_cast<size_t>(count) != engine->engine.steps.size()) throw std::runtime_error("steps: another count");
    std::copy(engine->engine.steps.begin(), engine->engine.steps.end(), steps);
  });
}

int parla_torch_write_steps(parla_torch *engine, const int64_t *steps, int64_t count) {
  return guarded([&] {
    if (static_cast<size_t>(count) != engine->engine.steps.size()) throw std::runtime_error("steps: another count");
    engine->engine.steps.assign(steps, steps + count);
  });
}

int parla_torch_clear_gradients(parla_torch *engine) {
  return guarded([&] { engine->engine.clearGradients(); });
}

int parla_torch_add_gradients(
    parla_torch *engine, const parla_torch_batch *batch, const uint8_t *is_wanted,
    uint64_t dropout_seed, double *losses) {
  return guarded([&] { engine->engine.addGradients(*batch, is_wanted, dropout_seed, losses); });
}

int parla_torch_gradients_are_finite(parla_torch *engine) {
  bool areFinite = false;
  const int status = guarded([&] { areFinite = engine->engine.gradientsAreFinite(); });
  return status == PARLA_TORCH_DONE ? areFinite : -1;
}

int parla_torch_clip_gradients(
    parla_torch *engine, double norm_limit, const int64_t *indices, int64_t count) {
  return guarded([&] { engine->engine.clipGradients(norm_limit, indices, count); });
}

int parla_torch_apply(parla_torch *engine, const float *rates, int64_t count) {
  return guarded([&] {
    if (static_cast<size_t>(count) != engine->engine.steps.size()) throw std::runtime_error("rates: another count");
    engine->engine.apply(rates);
  });
}

const char *parla_torch_exchange_kind(parla_torch *engine) { return engine->engine.exchangeKind(); }

const char *parla_torch_exchange_listen(parla_torch *engine, int is_local) {
  const int status = guarded([&] { engine->places = engine->engine.exchange->listen(is_local != 0); });
  return status == PARLA_TORCH_DONE ? engine->places.c_str() : nullptr;
}

const char *parla_torch_exchange_reach(parla_torch *engine, const char *places) {
  const int status = guarded([&] { engine->places = engine->engine.exchange->reach(places); });
  return status == PARLA_TORCH_DONE ? engine->places.c_str() : nullptr;
}

int parla_torch_exchange_join(parla_torch *engine, int place, int index, int count, double seconds) {
  return guarded([&] { engine->engine.exchange->join(place, index, count, seconds); });
}

int parla_torch_exchange_leave(parla_torch *engine) {
  return guarded([&] { engine->engine.exchange->leave(); });
}

int parla_torch_exchange_gradients(parla_torch *engine, int in_bfloat16) {
  return guarded([&] { engine->engine.exchangeGradients(in_bfloat16 != 0); });
}

int parla_torch_evaluate(
    parla_torch *engine, const parla_torch_batch *batch, double *losses, int64_t *frames,
    int64_t *lengths) {
  return guarded([&] {
    engine->engine.evaluate(*batch, losses);
    *frames = engine->engine.probabilities.size(0);
    const at::Tensor own = engine->engine.probabilityLengths;
    std::memcpy(
        lengths, own.const_data_ptr<int64_t>(), sizeof(int64_t) * static_cast<size_t>(own.numel()));
  });
}

int parla_torch_read_probabilities(parla_torch *engine, float *values, int64_t count) {
  return guarded([&] {
    at::Tensor own = engine->engine.probabilities;
    if (!own.defined() || own.numel() != count) throw std::runtime_error("probabilities: another count");
    std::memcpy(values, own.const_data_ptr<float>(), sizeof(float) * static_cast<size_t>(count));
    engine->engine.probabilities = at::Tensor();
  });
}

}  // extern "C"
