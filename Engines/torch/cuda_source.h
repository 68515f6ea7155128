// The kernels, as text for NVRTC where PARLA_CUDA_SOURCE makes it one, and as C++ where a model of a device runs them for tests.
//
// No directives stand inside, since all of it is the argument of a macro.
PARLA_CUDA_SOURCE(

__device__ inline unsigned mixed(unsigned x) {
  x ^= x >> 16;
  x *= 0x7feb352dU;
  x ^= x >> 15;
  x *= 0x846ca68bU;
  x ^= x >> 16;
  return x;
}

// bfloat16 as the upper half of a float; rounded to the nearest, and to even between two.
struct Half {
  unsigned short bits;
};
__device__ inline float read(float x) { return x; }
__device__ inline float read(Half x) { return __uint_as_float((unsigned)x.bits << 16); }
__device__ inline void write(float &target, float x) { target = x; }
__device__ inline void write(Half &target, float x) {
  unsigned bits = __float_as_uint(x);
  target.bits = x == x ? (unsigned short)((bits + 0x7fffU + ((bits >> 16) & 1U)) >> 16)
                       : (unsigned short)((bits >> 16) | 1U);
}

template <class Number, int width>
struct alignas(sizeof(Number) * width) Pack {
  Number numbers[width];
};

// A row of blocks for each frame, so that no thread divides.
template <class Number, int width>
__device__ inline void limit_and_drop(
    const Number *x, Number *y, long long features, long long start, long long stride,
    const long long *key, int threshold, float scale, float ceiling) {
  typedef Pack<Number, width> Packed;
  const long long frame = blockIdx.y;
  const unsigned long long place = (unsigned long long)(frame * stride + start);
  const unsigned origin = (unsigned)place ^ mixed((unsigned)(place >> 32));
  const unsigned own = key ? (unsigned)key[0] : 0U;
  const Packed *from = (const Packed *)(x + frame * features);
  Packed *to = (Packed *)(y + frame * features);
  for (long long i = blockIdx.x * (long long)blockDim.x + threadIdx.x; i < features / width;
       i += (long long)gridDim.x * blockDim.x) {
    Packed pack = from[i];
    for (int k = 0; k < width; k++) {
      float value = read(pack.numbers[k]);
      if (ceiling > 0.0f) {
        value = value < 0.0f ? 0.0f : value;
        value = value > ceiling ? ceiling : value;
      }
      if (key) {
        const int random = (int)(mixed((origin + (unsigned)(i * width + k)) ^ own) >> 8);
        value = random >= threshold ? value * scale : 0.0f;
      }
      write(pack.numbers[k], value);
    }
    to[i] = pack;
  }
}

// The output shows where the slope is: not at 0, where it was dropped or limited, nor at the most that there is.
template <class Number, int width>
__device__ inline void limit_and_drop_gradient(
    const Number *gradient, const Number *y, Number *result, long long count, float scale,
    float ceiling) {
  typedef Pack<Number, width> Packed;
  Number most;
  write(most, ceiling * scale);
  const float limit = read(most);
  for (long long i = blockIdx.x * (long long)blockDim.x + threadIdx.x; i < count / width;
       i += (long long)gridDim.x * blockDim.x) {
    Packed pack = ((const Packed *)gradient)[i];
    const Packed out = ((const Packed *)y)[i];
    for (int k = 0; k < width; k++) {
      const float value = read(out.numbers[k]);
      write(pack.numbers[k], value > 0.0f && value < limit ? read(pack.numbers[k]) * scale : 0.0f);
    }
    ((Packed *)result)[i] = pack;
  }
}

extern "C" __global__ void drop_float_1(const float *x, float *y, long long n, long long start, long long stride, const long long *key, int threshold, float scale, float ceiling) { limit_and_drop<float, 1>(x, y, n, start, stride, key, threshold, scale, ceiling); }
extern "C" __global__ void drop_float_4(const float *x, float *y, long long n, long long start, long long stride, const long long *key, int threshold, float scale, float ceiling) { limit_and_drop<float, 4>(x, y, n, start, stride, key, threshold, scale, ceiling); }
extern "C" __global__ void drop_half_1(const Half *x, Half *y, long long n, long long start, long long stride, const long long *key, int threshold, float scale, float ceiling) { limit_and_drop<Half, 1>(x, y, n, start, stride, key, threshold, scale, ceiling); }
extern "C" __global__ void drop_half_8(const Half *x, Half *y, long long n, long long start, long long stride, const long long *key, int threshold, float scale, float ceiling) { limit_and_drop<Half, 8>(x, y, n, start, stride, key, threshold, scale, ceiling); }
extern "C" __global__ void drop_gradient_float_1(const float *g, const float *y, float *r, long long n, float scale, float ceiling) { limit_and_drop_gradient<float, 1>(g, y, r, n, scale, ceiling); }
extern "C" __global__ void drop_gradient_float_4(const float *g, const float *y, float *r, long long n, float scale, float ceiling) { limit_and_drop_gradient<float, 4>(g, y, r, n, scale, ceiling); }
extern "C" __global__ void drop_gradient_half_1(const Half *g, const Half *y, Half *r, long long n, float scale, float ceiling) { limit_and_drop_gradient<Half, 1>(g, y, r, n, scale, ceiling); }
extern "C" __global__ void drop_gradient_half_8(const Half *g, const Half *y, Half *r, long long n, float scale, float ceiling) { limit_and_drop_gradient<Half, 8>(g, y, r, n, scale, ceiling); }

// ln of the sum of exponentials of each row; a thread a row, since rows are short.
extern "C" __global__ void ctc_rows(const float *x, float *sums, long long rows, int classes) {
  const long long row = blockIdx.x * (long long)blockDim.x + threadIdx.x;
  if (row >= rows) return;
  const float *own = x + row * classes;
  float most = own[0];
  for (int k = 1; k < classes; k++) most = own[k] > most ? own[k] : most;
  float sum = 0.0f;
  for (int k = 0; k < classes; k++) sum += expf(own[k] - most);
  sums[row] = most + logf(sum);
}

__device__ inline float sum_of_three(float a, float b, float c) {
  const float most = a > b ? (a > c ? a : c) : (b > c ? b : c);
  if (most <= -1e29f) return -1e30f;
  return most + logf(expf(a - most) + expf(b - most) + expf(c - most));
}

// Graves et al. 2006, eqs. 6 to 11: of each sequence one block goes forwards through the states, another backwards.
extern "C" __global__ void ctc_paths(
    const float *x, const float *sums, const long long *labels, const long long *counts,
    const long long *lengths, int frames, int sequences, int classes, int room, float *alpha,
    float *beta, float *losses) {
  const int b = blockIdx.x;
  const bool isBackward = blockIdx.y == 1;
  const int length = (int)lengths[b];
  const int count = (int)counts[b];
  const int states = 2 * count + 1;
  const int most = 2 * room + 1;
  const long long *own = labels + (long long)b * room;
  float *result = (isBackward ? beta : alpha) + (long long)b * frames * most;
  // Two rows, each with two states before and after it that cannot be.
  float *before = parla_shared;
  float *now = parla_shared + most + 4;
  for (int s = threadIdx.x; s < 2 * (most + 4); s += blockDim.x) parla_shared[s] = -1e30f;
  __syncthreads();
  for (int step = 0; step < length; step++) {
    const int t = isBackward ? length - 1 - step : step;
    const long long row = (long long)t * sequences + b;
    for (int s = threadIdx.x; s < states; s += blockDim.x) {
      const int label = s % 2 == 0 ? classes - 1 : (int)own[s / 2];
      const float emission = x[row * classes + label] - sums[row];
      const bool skipsBefore = s % 2 == 1 && s > 1 && own[s / 2] != own[s / 2 - 1];
      const bool skipsAfter = s % 2 == 1 && s + 2 < states && own[s / 2] != own[s / 2 + 1];
      const float *from = before + 2 + s;
      float value;
      if (step == 0) {
        value = (isBackward ? s >= states - 2 : s < 2) ? 0.0f : -1e30f;
      } else if (isBackward) {
        value = sum_of_three(from[0], from[1], skipsAfter ? from[2] : -1e30f);
      } else {
        value = sum_of_three(from[0], from[-1], skipsBefore ? from[-2] : -1e30f);
      }
      const float emitted = value <= -1e29f ? -1e30f : value + emission;
      // Backwards, what stands for a frame is what comes after it.
      result[(long long)t * most + s] = isBackward ? value : emitted;
      now[2 + s] = emitted;
    }
    __syncthreads();
    float *other = before;
    before = now;
    now = other;
  }
  if (isBackward || threadIdx.x != 0) return;
  float total = length == 0 ? (count == 0 ? 0.0f : -1e30f)
                            : sum_of_three(before[2 + states - 1], states > 1 ? before[2 + states - 2] : -1e30f, -1e30f);
  losses[b] = total <= -1e29f ? __int_as_float(0x7f800000) : -total;
}

// softmax - occupancy of each class, times the weight: a block for each frame of a sequence, a thread for each class.
extern "C" __global__ void ctc_gradient(
    const float *x, const float *sums, const long long *labels, const long long *counts,
    const long long *lengths, int frames, int sequences, int classes, int room,
    const float *alpha, const float *beta, const float *losses, float weight, float *gradient) {
  const int b = blockIdx.x;
  const int t = blockIdx.y;
  const long long row = (long long)t * sequences + b;
  const float loss = losses[b];
  const bool isSilent = t >= (int)lengths[b] || !(loss < 1e29f);
  const int states = 2 * (int)counts[b] + 1;
  const int most = 2 * room + 1;
  const long long place = ((long long)b * frames + t) * most;
  float *occupancy = parla_shared;
  if (!isSilent)
    for (int s = threadIdx.x; s < states; s += blockDim.x) {
      const float exponent = alpha[place + s] + beta[place + s] + loss;
      occupancy[s] = exponent < -80.0f ? 0.0f : expf(exponent);
    }
  __syncthreads();
  const long long *own = labels + (long long)b * room;
  for (int k = threadIdx.x; k < classes; k += blockDim.x) {
    float value = 0.0f;
    if (!isSilent) {
      // In their order, so that the sum is the same every time.
      if (k == classes - 1) {
        for (int s = 0; s < states; s += 2) value += occupancy[s];
      } else {
        for (int s = 1; s < states; s += 2) value += own[s / 2] == k ? occupancy[s] : 0.0f;
      }
      value = weight * (expf(x[row * classes + k] - sums[row]) - value);
    } else if (t < (int)lengths[b] && loss != loss) {
      value = loss;
    }
    gradient[row * classes + k] = value;
  }
}

)
