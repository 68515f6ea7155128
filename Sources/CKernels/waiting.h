// Threads that sleep until a word changes: futexes on Linux, a condition variable elsewhere.
#ifndef PARLA_WAITING_H
#define PARLA_WAITING_H

#include <stdatomic.h>

// Sleeps while the word has this value; may return earlier.
void parla_sleep_while(atomic_uint *word, unsigned value);

// Wakes all who sleep for a word that has just been changed.
void parla_wake_all(atomic_uint *word);

#endif
