// The torch engine as Parla sees it: a training step of a described graph, computed by libtorch.
//
// No exception leaves these functions. What goes wrong is a status, and parla_torch_problem() says it in words.
#ifndef PARLA_TORCH_H
#define PARLA_TORCH_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// The library shows these functions and nothing else.
#define PARLA_TORCH_API __attribute__((visibility("default")))

// Changes whenever a function below does; a program refuses a library of another number.
#define PARLA_TORCH_ABI 2

enum parla_torch_status {
  PARLA_TORCH_DONE = 0,
  PARLA_TORCH_FAILED = 1,
  // The batch does not fit into the device's memory; a smaller one may.
  PARLA_TORCH_OUT_OF_MEMORY = 2
};

// What can be read and written: tensors in the order of the graph's parameters or buffers.
enum parla_torch_tensors {
  PARLA_TORCH_PARAMETERS = 0,
  PARLA_TORCH_BUFFERS = 1,
  PARLA_TORCH_GRADIENTS = 2,
  PARLA_TORCH_FIRST_MOMENTS = 3,
  PARLA_TORCH_SECOND_MOMENTS = 4,
  // What the buffers of the step that is being made will move by, one after another.
  PARLA_TORCH_STATISTICS = 5
};

typedef struct parla_torch parla_torch;

// Sequences side by side: input `i` is [frames[i], sequences, features], shorter ones filled up.
typedef struct {
  int64_t inputs;
  int64_t sequences;
  const float *const *values;
  const int64_t *frames;
  // Input after input, a length for each sequence.
  const int64_t *lengths;
  // Frames on each side that the first input's features shall be seen with; 0 where they come with them.
  int64_t context;
  // The labels of all sequences one after another, and how many each has.
  const int32_t *labels;
  const int64_t *label_counts;
  // Where these sequences stand in the whole batch, and its size.
  int64_t start;
  int64_t whole;
} parla_torch_batch;

PARLA_TORCH_API int parla_torch_abi(void);

// The version of torch that is loaded, and that which the library was compiled for.
PARLA_TORCH_API const char *parla_torch_loaded_version(void);
PARLA_TORCH_API const char *parla_torch_compiled_version(void);

// What went wrong in the last call of this thread that failed.
PARLA_TORCH_API const char *parla_torch_problem(void);

// How many CUDA devices there are.
PARLA_TORCH_API int parla_torch_device_count(void);

// An engine for `settings` in JSON: graph, parameters, device, precision, threads, optimiser (description.cpp); NULL for a problem.
PARLA_TORCH_API parla_torch *parla_torch_create(const char *settings);
PARLA_TORCH_API void parla_torch_destroy(parla_torch *engine);

// What computes, for people.
PARLA_TORCH_API const char *parla_torch_device_name(parla_torch *engine);

// How many numbers tensor `index` of `tensors` has; -1 where there is none.
PARLA_TORCH_API int64_t parla_torch_count(parla_torch *engine, int tensors, int64_t index);
PARLA_TORCH_API int parla_torch_read(parla_torch *engine, int tensors, int64_t index, float *values, int64_t count);
PARLA_TORCH_API int parla_torch_write(
    parla_torch *engine, int tensors, int64_t index, const float *values, int64_t count);

// How many steps each parameter took.
PARLA_TORCH_API int parla_torch_read_steps(parla_torch *engine, int64_t *steps, int64_t count);
PARLA_TORCH_API int parla_torch_write_steps(parla_torch *engine, const int64_t *steps, int64_t count);

PARLA_TORCH_API int parla_torch_clear_gradients(parla_torch *engine);

// Adds the gradients of the losses, each divided by the size of the whole batch; nothing where one of `losses` is not finite.
PARLA_TORCH_API int parla_torch_add_gradients(
    parla_torch *engine, const parla_torch_batch *batch, const uint8_t *is_wanted,
    uint64_t dropout_seed, double *losses);

// 1 where all gradients are finite, 0 where not, below 0 for a problem.
PARLA_TORCH_API int parla_torch_gradients_are_finite(parla_torch *engine);
PARLA_TORCH_API int parla_torch_clip_gradients(
    parla_torch *engine, double norm_limit, const int64_t *indices, int64_t count);
PARLA_TORCH_API int parla_torch_apply(parla_torch *engine, const float *rates, int64_t count);

// How this library sums gradients of several processes on the engine's device: "nccl" or "gloo"; empty where it cannot.
PARLA_TORCH_API const char *parla_torch_exchange_kind(parla_torch *engine);

// Process 0 listens for the others, on this machine only or on all of its networks: a line for each place; NULL for a problem.
PARLA_TORCH_API const char *parla_torch_exchange_listen(parla_torch *engine, int is_local);

// For each line of `places`, 1 where this process reaches it and 0 where not; NULL for a problem.
PARLA_TORCH_API const char *parla_torch_exchange_reach(parla_torch *engine, const char *places);

// Joins the others by place number `place`, within so many seconds. After a failure here or in a peer, leave.
PARLA_TORCH_API int parla_torch_exchange_join(
    parla_torch *engine, int place, int index, int count, double seconds);
PARLA_TORCH_API int parla_torch_exchange_leave(parla_torch *engine);

// Sums the gradients over all processes that have joined, rounded on the way if so wished; without gradients, adds zeros.
PARLA_TORCH_API int parla_torch_exchange_gradients(parla_torch *engine, int in_bfloat16);

// The losses; probabilities wait in the engine: `frames` of them, and the `lengths` of the sequences.
PARLA_TORCH_API int parla_torch_evaluate(
    parla_torch *engine, const parla_torch_batch *batch, double *losses, int64_t *frames,
    int64_t *lengths);
PARLA_TORCH_API int parla_torch_read_probabilities(parla_torch *engine, float *values, int64_t count);

#ifdef __cplusplus
}
#endif
#endif
