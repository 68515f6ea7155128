// Finds libparla_torch.so at run time: a program that never asks for it needs neither it nor torch.
#ifndef CTORCH_H
#define CTORCH_H

#include "parla_torch.h"

// The library's functions, all of them there.
typedef struct {
  const char *(*loaded_version)(void);
  const char *(*compiled_version)(void);
  const char *(*problem)(void);
  parla_torch *(*create)(const char *);
  void (*destroy)(parla_torch *);
  const char *(*device_name)(parla_torch *);
  int64_t (*count)(parla_torch *, int, int64_t);
  int (*read)(parla_torch *, int, int64_t, float *, int64_t);
  int (*write)(parla_torch *, int, int64_t, const float *, int64_t);
  int (*read_steps)(parla_torch *, int64_t *, int64_t);
  int (*write_steps)(parla_torch *, const int64_t *, int64_t);
  int (*clear_gradients)(parla_torch *);
  int (*add_gradients)(
      parla_torch *, const parla_torch_batch *, const uint8_t *, uint64_t, double *);
  int (*gradients_are_finite)(parla_torch *);
  int (*clip_gradients)(parla_torch *, double, const int64_t *, int64_t);
  int (*apply)(parla_torch *, const float *, int64_t);
  const char *(*exchange_kind)(parla_torch *);
  const char *(*exchange_listen)(parla_torch *, int);
  const char *(*exchange_reach)(parla_torch *, const char *);
  int (*exchange_join)(parla_torch *, int, int, int, double);
  int (*exchange_leave)(parla_torch *);
  int (*exchange_gradients)(parla_torch *, int);
  int (*evaluate)(parla_torch *, const parla_torch_batch *, double *, int64_t *, int64_t *);
  int (*read_probabilities)(parla_torch *, float *, int64_t);
} parla_torch_functions;

enum parla_torch_opening {
  PARLA_TORCH_OPENED = 0,
  // The system's loader says why not in parla_torch_loader_problem().
  PARLA_TORCH_DOES_NOT_LOAD = 1,
  // It is of another interface, whose number is in `abi`; 0 where it has none.
  PARLA_TORCH_IS_ANOTHER = 2
};

// Opens the library at `path` and finds its functions. It stays open.
int parla_torch_open(const char *path, parla_torch_functions *functions, int *abi);

const char *parla_torch_loader_problem(void);

#endif
