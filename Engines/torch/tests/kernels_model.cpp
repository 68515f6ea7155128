// The kernels for graphics cards, run by a model of one: threads of a block one after another up to where they meet.
//
// It holds them against plain formulas, on a machine without a card. scripts/check-cuda-kernels compiles and runs it.
#include <algorithm>
#include <barrier>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <functional>
#include <thread>
#include <vector>

namespace device {
struct Index {
  unsigned x, y;
};
thread_local Index blockIdx, threadIdx;
Index blockDim, gridDim;
std::barrier<> *meeting;
std::vector<float> memory;
float *parla_shared;

unsigned __float_as_uint(float x) {
  unsigned bits;
  std::memcpy(&bits, &x, sizeof bits);
  return bits;
}
float __uint_as_float(unsigned bits) {
  float x;
  std::memcpy(&x, &bits, sizeof x);
  return x;
}
float __int_as_float(int bits) { return __uint_as_float(static_cast<unsigned>(bits)); }
void __syncthreads() { meeting->arrive_and_wait(); }

#define __device__
#define __global__
#define PARLA_CUDA_SOURCE(...) __VA_ARGS__
#include "../cuda_source.h"

// Blocks one after another, the threads of each at once.
void launch(unsigned gridX, unsigned gridY, unsigned threads, size_t shared, const std::function<void()> &kernel) {
  gridDim = {gridX, gridY};
  blockDim = {threads, 1};
  memory.assign(shared / sizeof(float), NAN);
  parla_shared = memory.data();
  std::barrier<> own(threads);
  meeting = &own;
  std::vector<std::thread> all;
  for (unsigned thread = 0; thread < threads; thread++)
    all.emplace_back([=, &own] {
      threadIdx = {thread, 0};
      for (unsigned y = 0; y < gridY; y++)
        for (unsigned x = 0; x < gridX; x++) {
          blockIdx = {x, y};
          kernel();
          own.arrive_and_wait();
        }
    });
  for (std::thread &thread : all) thread.join();
}
}  // namespace device

namespace {

int failures = 0;

void expect(const char *what, double difference, double tolerance) {
  const bool isClose = difference <= tolerance;
  failures += !isClose;
  std::printf("%s %s: %.1e (at most %.0e)\n", isClose ? "ok   " : "WRONG", what, difference, tolerance);
}

double logSum(double a, double b) {
  const double most = std::max(a, b);
  return std::isinf(most) ? most : most + std::log1p(std::exp(std::min(a, b) - most));
}

// -ln p of labels, in double precision, straight from the definition of alpha.
double loss(const std::vector<std::vector<double>> &logProbabilities, const std::vector<long long> &labels) {
  const int blank = static_cast<int>(logProbabilities.empty() ? 0 : logProbabilities[0].size() - 1);
  std::vector<int> states{blank};
  for (long long label : labels) {
    states.push_back(static_cast<int>(label));
    states.push_back(blank);
  }
  std::vector<double> row(states.size(), -INFINITY);
  for (size_t t = 0; t < logProbabilities.size(); t++) {
    std::vector<double> next(states.size(), -INFINITY);
    for (size_t s = 0; s < states.size(); s++) {
      double sum = t == 0 ? (s < 2 ? 0.0 : -INFINITY) : row[s];
      if (t > 0 && s > 0) sum = logSum(sum, row[s - 1]);
      if (t > 0 && s > 1 && states[s] != blank && states[s] != states[s - 2]) sum = logSum(sum, row[s - 2]);
      next[s] = sum + logProbabilities[t][static_cast<size_t>(states[s])];
    }
    row = next;
  }
  return -(states.size() > 1 ? logSum(row.back(), row[row.size() - 2]) : row.back());
}

std::vector<std::vector<double>> logSoftmax(const std::vector<float> &x, int frames, int sequences, int classes, int b) {
  std::vector<std::vector<double>> result;
  for (int t = 0; t < frames; t++) {
    const float *row = &x[static_cast<size_t>((t * sequences + b) * classes)];
    double sum = -INFINITY;
    for (int k = 0; k < classes; k++) sum = logSum(sum, row[k]);
    result.emplace_back();
    for (int k = 0; k < classes; k++) result.back().push_back(row[k] - sum);
  }
  return result;
}

void checkLoss() {
  const int frames = 14, sequences = 4, classes = 5, room = 6;
  const std::vector<long long> lengths{14, 9, 3, 7}, counts{4, 6, 3, 0};
  // The third has equal neighbours and too few frames for them.
  const std::vector<long long> labels{0, 1, 1, 3, 0, 0, 2, 2, 0, 1, 3, 0, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0};
  std::vector<float> x(frames * sequences * classes), sums(frames * sequences), losses(sequences), gradient(x.size(), NAN);
  for (size_t i = 0; i < x.size(); i++) x[i] = 3 * std::sin(static_cast<float>(i * i % 97));
  const int states = 2 * room + 1;
  std::vector<float> alpha(sequences * frames * states), beta(alpha.size());
  const float weight = 0.25f;
  auto compute = [&] {
    device::launch(1, 1, 64, 0, [&] { device::ctc_rows(x.data(), sums.data(), frames * sequences, classes); });
    device::launch(sequences, 2, 8, 2 * (states + 4) * sizeof(float), [&] {
      device::ctc_paths(
          x.data(), sums.data(), labels.data(), counts.data(), lengths.data(), frames, sequences, classes, room, alpha.data(),
          beta.data(), losses.data());
    });
    device::launch(sequences, frames, 4, states * sizeof(float), [&] {
      device::ctc_gradient(
          x.data(), sums.data(), labels.data(), counts.data(), lengths.data(), frames, sequences, classes, room, alpha.data(),
          beta.data(), losses.data(), weight, gradient.data());
    });
  };
  compute();
  auto expected = [&](int b) {
    const std::vector<long long> own(labels.begin() + b * room, labels.begin() + b * room + counts[b]);
    return loss(logSoftmax(x, static_cast<int>(lengths[b]), sequences, classes, b), own);
  };
  double worst = 0;
  for (int b = 0; b < sequences; b++)
    worst = std::max(worst, b == 2 ? (std::isinf(losses[b]) ? 0 : 1) : std::abs(losses[b] - expected(b)));
  expect("losses of CTC", worst, 1e-4);
  worst = 0;
  for (int t = 0; t < frames; t++)
    for (int b = 0; b < sequences; b++)
      for (int k = 0; k < classes; k++) {
        const size_t place = static_cast<size_t>((t * sequences + b) * classes + k);
        double slope = 0;
        if (b != 2 && t < lengths[b]) {
          const float before = x[place];
          x[place] = before + 1e-2f;
          const double above = expected(b);
          x[place] = before - 1e-2f;
          slope = (above - expected(b)) / 2e-2 * weight;
          x[place] = before;
        }
        worst = std::max(worst, std::abs(slope - gradient[place]));
      }
  expect("gradient of CTC", worst, 1e-4);
}

uint32_t mixed(uint32_t x) {
  x = (x ^ (x >> 16)) * 0x7feb352dU;
  x = (x ^ (x >> 15)) * 0x846ca68bU;
  return x ^ (x >> 16);
}

template <class Number, int width>
void checkDropout(const char *name, double tolerance) {
  const long long frames = 3, sequences = 2, features = 8, start = 1, whole = 5;
  const long long perFrame = sequences * features, key = 0x9abcdef0LL;
  const float ceiling = 2, scale = 1.0f / 0.7f;
  const int threshold = static_cast<int>(0.3f * 16777216.0f);
  std::vector<Number> x(frames * perFrame), y(x.size()), gradient(x.size()), result(x.size());
  for (size_t i = 0; i < x.size(); i++) {
    device::write(x[i], 4 * std::sin(static_cast<float>(i)));
    device::write(gradient[i], std::cos(static_cast<float>(i)));
  }
  device::launch(1, frames, 3, 0, [&] {
    device::limit_and_drop<Number, width>(
        x.data(), y.data(), perFrame, start * features, whole * features, &key, threshold, scale, ceiling);
  });
  device::launch(2, 1, 3, 0, [&] {
    device::limit_and_drop_gradient<Number, width>(
        gradient.data(), y.data(), result.data(), static_cast<long long>(x.size()), scale, ceiling);
  });
  double worst = 0, worstSlope = 0;
  for (size_t i = 0; i < x.size(); i++) {
    const auto frame = static_cast<long long>(i) / perFrame, rest = static_cast<long long>(i) % perFrame;
    const auto place = static_cast<uint32_t>((frame * whole + start) * features + rest);
    const bool isKept = static_cast<int>(mixed(place ^ static_cast<uint32_t>(key)) >> 8) >= threshold;
    const float value = device::read(x[i]);
    const float limited = std::min(std::max(value, 0.0f), ceiling);
    worst = std::max<double>(worst, std::abs(device::read(y[i]) - (isKept ? limited * scale : 0)));
    const bool isInside = isKept && value > 0 && value < ceiling;
    worstSlope = std::max<double>(
        worstSlope, std::abs(device::read(result[i]) - (isInside ? device::read(gradient[i]) * scale : 0)));
  }
  expect((std::string("activation and dropout, ") + name).c_str(), worst, tolerance);
  expect((std::string("their gradient, ") + name).c_str(), worstSlope, tolerance);
}

}  // namespace

int main() {
  checkLoss();
  checkDropout<float, 1>("float32", 1e-6);
  checkDropout<float, 4>("float32, four at once", 1e-6);
  checkDropout<device::Half, 1>("bfloat16", 2e-2);
  checkDropout<device::Half, 8>("bfloat16, eight at once", 2e-2);
  return failures == 0 ? 0 : 1;
}
