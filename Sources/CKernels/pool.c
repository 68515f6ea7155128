#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "product.h"

// How often a waiting thread looks before it lets others have the processor, and before it sleeps.
enum { LOOKS_BEFORE_YIELD = 2000, YIELDS_BEFORE_SLEEP = 20 };

struct parla_pool {
  int threads;
  pthread_t *workers;
  pthread_mutex_t callers;  // one parallel region at a time
  pthread_mutex_t lock;
  pthread_cond_t wake;
  atomic_uint round;      // counts parallel regions; a worker runs when it changes
  atomic_int unfinished;  // workers still inside the region
  atomic_int sleeping;
  atomic_int started;     // hands out worker indices
  atomic_int arrived;     // threads waiting in parla_pool_meet
  atomic_uint meeting;    // counts meetings
  atomic_int ending;
  void (*work)(void *, int);
  void *context;
};

static void rest(int *looks) {
  if (++*looks % LOOKS_BEFORE_YIELD == 0) {
    sched_yield();
  } else {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#endif
  }
}

static void await_round(parla_pool *pool, unsigned seen) {
  int looks = 0;
  while (atomic_load_explicit(&pool->round, memory_order_acquire) == seen) {
    if (looks < LOOKS_BEFORE_YIELD * YIELDS_BEFORE_SLEEP) {
      rest(&looks);
      continue;
    }
    pthread_mutex_lock(&pool->lock);
    atomic_fetch_add(&pool->sleeping, 1);
    while (atomic_load(&pool->round) == seen) pthread_cond_wait(&pool->wake, &pool->lock);
    atomic_fetch_sub(&pool->sleeping, 1);
    pthread_mutex_unlock(&pool->lock);
  }
}

static void *serve(void *argument) {
  parla_pool *pool = argument;
  const int index = 1 + atomic_fetch_add(&pool->started, 1);
  for (unsigned seen = 0;; seen++) {
    await_round(pool, seen);
    if (atomic_load(&pool->ending)) return NULL;
    pool->work(pool->context, index);
    atomic_fetch_sub_explicit(&pool->unfinished, 1, memory_order_release);
  }
}

parla_pool *parla_pool_create(int threads) {
  parla_pool *pool = calloc(1, sizeof *pool);
  if (!pool) return NULL;
  pool->workers = calloc((size_t)threads, sizeof *pool->workers);
  pthread_mutex_init(&pool->callers, NULL);
  pthread_mutex_init(&pool->lock, NULL);
  pthread_cond_init(&pool->wake, NULL);
  pool->threads = 1;
  for (; pool->workers && pool->threads < threads; pool->threads++)
    if (pthread_create(&pool->workers[pool->threads], NULL, serve, pool)) break;
  if (pool->threads == threads) return pool;
  parla_pool_destroy(pool);
  return NULL;
}

static void begin_round(parla_pool *pool) {
  pthread_mutex_lock(&pool->lock);
  atomic_fetch_add_explicit(&pool->round, 1, memory_order_release);
  if (atomic_load(&pool->sleeping)) pthread_cond_broadcast(&pool->wake);
  pthread_mutex_unlock(&pool->lock);
}

void parla_pool_destroy(parla_pool *pool) {
  if (!pool) return;
  atomic_store(&pool->ending, 1);
  begin_round(pool);
  for (int i = 1; i < pool->threads; i++) pthread_join(pool->workers[i], NULL);
  pthread_cond_destroy(&pool->wake);
  pthread_mutex_destroy(&pool->lock);
  pthread_mutex_destroy(&pool->callers);
  free(pool->workers);
  free(pool);
}

void parla_pool_run(parla_pool *pool, void (*work)(void *context, int index), void *context) {
  if (pool->threads == 1) {
    work(context, 0);
    return;
  }
  pthread_mutex_lock(&pool->callers);
  pool->work = work;
  pool->context = context;
  atomic_store(&pool->unfinished, pool->threads - 1);
  begin_round(pool);
  work(context, 0);
  int looks = 0;
  while (atomic_load_explicit(&pool->unfinished, memory_order_acquire) > 0) rest(&looks);
  pthread_mutex_unlock(&pool->callers);
}

void parla_pool_meet(parla_pool *pool) {
  if (pool->threads == 1) return;
  const unsigned meeting = atomic_load_explicit(&pool->meeting, memory_order_relaxed);
  if (atomic_fetch_add_explicit(&pool->arrived, 1, memory_order_acq_rel) == pool->threads - 1) {
    atomic_store_explicit(&pool->arrived, 0, memory_order_relaxed);
    atomic_fetch_add_explicit(&pool->meeting, 1, memory_order_release);
    return;
  }
  int looks = 0;
  while (atomic_load_explicit(&pool->meeting, memory_order_acquire) == meeting) rest(&looks);
}

int parla_pool_thread_count(const parla_pool *pool) { return pool->threads; }
