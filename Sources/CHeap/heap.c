#include "parla_heap.h"

#include <stdlib.h>

#ifdef __GLIBC__
#include <malloc.h>
#endif

void parla_heap_keep(int kept, int mapped) {
#ifdef __GLIBC__
  mallopt(M_MMAP_THRESHOLD, mapped);
  mallopt(M_TRIM_THRESHOLD, kept);
#else
  (void)kept;
  (void)mapped;
#endif
}

void parla_heap_divide(int arenas) {
#ifdef __GLIBC__
  mallopt(M_ARENA_MAX, arenas);
#else
  (void)arenas;
#endif
}

void parla_heap_give_back(void) {
#ifdef __GLIBC__
  malloc_trim(0);
#endif
}
