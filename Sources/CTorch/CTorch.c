#include "CTorch.h"

#include <dlfcn.h>
#include <stddef.h>
#include <string.h>

static _Thread_local char problem[1024];

const char *parla_torch_loader_problem(void) { return problem; }

static void note_problem(void) {
  const char *text = dlerror();
  strncpy(problem, text ? text : "", sizeof problem - 1);
}

// Function pointers are not object pointers to C, though to dlsym.
static int find(void *library, const char *name, void *function) {
  void *found = dlsym(library, name);
  if (!found) note_problem();
  memcpy(function, &found, sizeof found);
  return found != NULL;
}

int parla_torch_open(const char *path, parla_torch_functions *functions, int *abi) {
  int (*own_abi)(void) = NULL;
  *abi = 0;
  void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (!library) {
    note_problem();
    return PARLA_TORCH_DOES_NOT_LOAD;
  }
  if (!find(library, "parla_torch_abi", &own_abi)) return PARLA_TORCH_IS_ANOTHER;
  *abi = own_abi();
  if (*abi != PARLA_TORCH_ABI) return PARLA_TORCH_IS_ANOTHER;
  int found = find(library, "parla_torch_loaded_version", &functions->loaded_version)
      && find(library, "parla_torch_compiled_version", &functions->compiled_version)
      && find(library, "parla_torch_problem", &functions->problem)
      && find(library, "parla_torch_create", &functions->create)
      && find(library, "parla_torch_destroy", &functions->destroy)
      && find(library, "parla_torch_device_name", &functions->device_name)
      && find(library, "parla_torch_count", &functions->count)
      && find(library, "parla_torch_read", &functions->read)
      && find(library, "parla_torch_write", &functions->write)
      && find(library, "parla_torch_read_steps", &functions->read_steps)
      && find(library, "parla_torch_write_steps", &functions->write_steps)
      && find(library, "parla_torch_clear_gradients", &functions->clear_gradients)
      && find(library, "parla_torch_add_gradients", &functions->add_gradients)
      && find(library, "parla_torch_gradients_are_finite", &functions->gradients_are_finite)
      && find(library, "parla_torch_clip_gradients", &functions->clip_gradients)
      && find(library, "parla_torch_apply", &functions->apply)
      && find(library, "parla_torch_exchange_kind", &functions->exchange_kind)
      && find(library, "parla_torch_exchange_listen", &functions->exchange_listen)
      && find(library, "parla_torch_exchange_reach", &functions->exchange_reach)
      && find(library, "parla_torch_exchange_join", &functions->exchange_join)
      && find(library, "parla_torch_exchange_leave", &functions->exchange_leave)
      && find(library, "parla_torch_exchange_gradients", &functions->exchange_gradients)
      && find(library, "parla_torch_evaluate", &functions->evaluate)
      && find(library, "parla_torch_read_probabilities", &functions->read_probabilities);
  return found ? PARLA_TORCH_OPENED : PARLA_TORCH_DOES_NOT_LOAD;
}
