#define _GNU_SOURCE
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

#include "product.h"
#include "waiting.h"

// Threads that take the pieces of a phase as they come to it. A phase is over when its pieces are done, not when all threads
// have come: a suspended one delays the others only if it has taken a piece, and then none spins for long.
//
// Each thread has a slice of a phase's pieces, the same in every phase, so that what it has read stays in its cache; done
// with it, it takes from the ends of other slices. The thread that finishes the last piece opens the next phase. A thread that comes
// late finds a slice of another turn or an empty one, and touches nothing else: the caller need not wait for it.

// Nanoseconds for which a thread looks for the next phase before it sleeps.
enum { PATIENCE = 50000, LOOKS_BETWEEN_CLOCKS = 32 };

// The pieces left of a slice: its turn in the upper half, below it the end and the first.
typedef struct {
  _Alignas(64) _Atomic uint64_t left;
} slice;

struct parla_pool {
  int threads;
  pthread_t *workers;
  slice *slices;
  atomic_uint crew;     // how many of the threads take part; the others sleep
  atomic_int is_taken;  // a task is being done
  atomic_int started;   // hands out worker indices
  atomic_int ending;
  parla_task task;
  int task_crew;
  long phase;
  _Alignas(64) atomic_uint turn;  // odd while a phase is open; changes with every phase
  atomic_int sleeping;            // who may sleep for the turn to change
  _Alignas(64) atomic_long pending;  // pieces of the open phase that are not done
};

static int64_t nanoseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void look_away(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

static void await_turn_after(parla_pool *pool, unsigned seen) {
  int64_t end = 0;
  for (int looks = 1;; looks++) {
    if (atomic_load_explicit(&pool->turn, memory_order_acquire) != seen) return;
    look_away();
    if (looks % LOOKS_BETWEEN_CLOCKS) continue;
    const int64_t now = nanoseconds();
    if (!end) end = now + PATIENCE;
    if (now >= end) break;
  }
  do {
    // Counted before another look, so that the thread that changes the turn after that look knows which threads to wake.
    atomic_fetch_add(&pool->sleeping, 1);
    if (atomic_load(&pool->turn) != seen) return;
    parla_sleep_while(&pool->turn, seen);
  } while (atomic_load(&pool->turn) == seen);
}

static void change_turn(parla_pool *pool, unsigned turn) {
  atomic_store(&pool->turn, turn);
  // Who is woken counts no more, though it may take the system long to let it run.
  if (atomic_load(&pool->sleeping) && atomic_exchange(&pool->sleeping, 0))
    parla_wake_all(&pool->turn);
}

static void open_next_phase(parla_pool *pool) {
  const unsigned turn = atomic_load_explicit(&pool->turn, memory_order_relaxed);
  long pieces = 0;
  while (!pieces && ++pool->phase < pool->task.phases)
    pieces = pool->task.pieces(pool->task.context, pool->phase);
  if (!pieces) {
    // A task without pieces has never opened a phase.
    if (turn % 2) change_turn(pool, turn + 1);
    return;
  }
  const unsigned next = turn % 2 ? turn + 2 : turn + 1;
  const int crew = pool->task_crew;
  atomic_store_explicit(&pool->pending, pieces, memory_order_relaxed);
  for (int i = 0; i < crew; i++) {
    const uint64_t first = (uint64_t)(pieces * i / crew), end = (uint64_t)(pieces * (i + 1) / crew);
    atomic_store_explicit(
        &pool->slices[i].left, (uint64_t)next << 32 | end << 16 | first, memory_order_release);
  }
  change_turn(pool, next);
}

// Takes a piece, the last one of a slice that is another's; -1 if none is left of this turn.
static long take(slice *from, unsigned turn, int is_own) {
  uint64_t left = atomic_load_explicit(&from->left, memory_order_acquire);
  while (1) {
    const long first = (long)(left & 0xffff), end = (long)(left >> 16 & 0xffff);
    if (left >> 32 != turn || first >= end) return -1;
    if (atomic_compare_exchange_weak_explicit(
            &from->left, &left, is_own ? left + 1 : left - 0x10000, memory_order_acq_rel,
            memory_order_acquire))
      return is_own ? first : end - 1;
  }
}

// What belongs to the task is looked at only with a piece in hand: until that is done, the task cannot end.
static void take_part(parla_pool *pool, unsigned turn, int index) {
  long done = 0;
  for (int i = 0; i < pool->threads; i++) {
    slice *const from = &pool->slices[(index + i) % pool->threads];
    for (long piece; (piece = take(from, turn, i == 0)) >= 0; done++)
      pool->task.work(pool->task.context, pool->phase, piece, index);
  }
  if (done && atomic_fetch_sub_explicit(&pool->pending, done, memory_order_acq_rel) == done)
    open_next_phase(pool);
}

static void *serve(void *argument) {
  parla_pool *pool = argument;
  const int index = 1 + atomic_fetch_add(&pool->started, 1);
  while (!atomic_load(&pool->ending)) {
    const unsigned crew = atomic_load(&pool->crew);
    if ((unsigned)index >= crew) {
      parla_sleep_while(&pool->crew, crew);
      continue;
    }
    const unsigned turn = atomic_load_explicit(&pool->turn, memory_order_acquire);
    if (turn % 2) take_part(pool, turn, index);
    if (!atomic_load(&pool->ending)) await_turn_after(pool, turn);
  }
  return NULL;
}

parla_pool *parla_pool_create(int threads) {
  parla_pool *pool = aligned_alloc(64, (sizeof *pool + 63) / 64 * 64);
  if (!pool) return NULL;
  *pool = (parla_pool){.threads = 1};
  atomic_store(&pool->crew, (unsigned)threads);
  pool->workers = calloc((size_t)threads, sizeof *pool->workers);
  pool->slices = aligned_alloc(64, (size_t)threads * sizeof *pool->slices);
  for (int i = 0; pool->slices && i < threads; i++) atomic_init(&pool->slices[i].left, 0);
  const int has_memory = pool->workers && pool->slices;
  // Who starts reads `threads` only once a task is there.
  int count = 1;
  for (; has_memory && count < threads; count++)
    if (pthread_create(&pool->workers[count], NULL, serve, pool)) break;
  pool->threads = count;
  if (has_memory && count == threads) return pool;
  parla_pool_destroy(pool);
  return NULL;
}

void parla_pool_destroy(parla_pool *pool) {
  if (!pool) return;
  atomic_store(&pool->ending, 1);
  change_turn(pool, atomic_load(&pool->turn) + 2);
  parla_pool_set_crew(pool, pool->threads + 1);
  for (int i = 1; i < pool->threads; i++) pthread_join(pool->workers[i], NULL);
  free(pool->workers);
  free(pool->slices);
  free(pool);
}

static void work_alone(const parla_task *task) {
  for (long phase = 0; phase < task->phases; phase++) {
    const long pieces = task->pieces(task->context, phase);
    for (long piece = 0; piece < pieces; piece++) task->work(task->context, phase, piece, 0);
  }
}

void parla_pool_run(parla_pool *pool, const parla_task *task) {
  const int crew = pool ? parla_pool_crew(pool) : 1;
  if (crew == 1 || atomic_exchange_explicit(&pool->is_taken, 1, memory_order_acquire)) {
    work_alone(task);
    return;
  }
  pool->task = *task;
  pool->task_crew = crew;
  pool->phase = -1;
  open_next_phase(pool);
  for (unsigned turn; (turn = atomic_load_explicit(&pool->turn, memory_order_acquire)) % 2;) {
    take_part(pool, turn, 0);
    await_turn_after(pool, turn);
  }
  atomic_store_explicit(&pool->is_taken, 0, memory_order_release);
}

int parla_pool_crew(const parla_pool *pool) { return (int)atomic_load(&pool->crew); }

void parla_pool_set_crew(parla_pool *pool, int crew) {
  if ((unsigned)crew == atomic_exchange(&pool->crew, (unsigned)crew)) return;
  parla_wake_all(&pool->crew);
}

long parla_interruptions(void) {
  struct rusage usage;
  return getrusage(RUSAGE_SELF, &usage) ? 0 : usage.ru_nivcsw;
}
