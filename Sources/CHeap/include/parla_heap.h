// Settings of the C library's heap, whose headers are not visible from Swift.
#ifndef PARLA_HEAP_H
#define PARLA_HEAP_H

/// Keeps `kept` bytes of freed memory at the end of the heap, and takes blocks of less than `mapped` bytes from the heap; elsewhere
/// than with glibc it does nothing.
void parla_heap_keep(int kept, int mapped);

/// Lets all threads take memory from at most `arenas` parts of the heap.
void parla_heap_divide(int arenas);

/// Gives the system all whole pages that are free, at the heap's end and within it; elsewhere than with glibc it does nothing.
void parla_heap_give_back(void);

#endif
