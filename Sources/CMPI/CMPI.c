#include "CMPI.h"

#include <dlfcn.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

typedef void *handle;

// What is used of the library: functions by their names, predefined handles by the addresses of their objects.
static struct {
  int (*init_thread)(int *, char ***, int, int *);
  int (*finalize)(void);
  int (*comm_rank)(handle, int *);
  int (*comm_size)(handle, int *);
  int (*comm_dup)(handle, handle *);
  int (*processor_name)(char *, int *);
  int (*op_create)(void (*)(void *, void *, int *, handle *), int, handle *);
  int (*iallreduce)(const void *, void *, int, handle, handle, handle, handle *);
  int (*iallgather)(const void *, int, handle, void *, int, handle, handle, handle *);
  int (*iallgatherv)(
      const void *, int, handle, void *, const int *, const int *, handle, handle, handle *);
  int (*isend)(const void *, int, handle, int, int, handle, handle *);
  int (*iprobe)(int, int, handle, int *, void *);
  int (*recv)(void *, int, handle, int, int, handle, void *);
  int (*test)(handle *, int *, void *);
  handle world, type_float, type_double, type_byte, type_uint16, type_int64, op_sum;
  handle request_null;
} mpi;

// Signs of life travel apart from what all take part in.
static handle beats;
// Nor do sums that are made while a process computes wait for what all do together.
static handle aside;
static handle op_sum_bfloat16;

typedef struct {
  handle request;
  int64_t number;
} beat;
static beat *sent;

// MPI_Status: its first field is the source. The rest is opaque, and no larger.
typedef struct {
  int source;
  char rest[60];
} status_t;

static const int any_source = -1, any_tag = -1, thread_multiple = 3;
static void *const in_place = (void *)1;

static char problem[1024];

const char *parla_mpi_problem(void) { return problem; }

static void note(const char *text) { strncpy(problem, text ? text : "", sizeof problem - 1); }

// Function pointers are not object pointers to C, though to dlsym.
static int find(void *library, const char *name, void *place) {
  void *found = dlsym(library, name);
  if (!found) note(name);
  memcpy(place, &found, sizeof found);
  return found != NULL;
}

static int find_all(void *library) {
  return find(library, "MPI_Init_thread", &mpi.init_thread)
      && find(library, "MPI_Finalize", &mpi.finalize)
      && find(library, "MPI_Comm_rank", &mpi.comm_rank)
      && find(library, "MPI_Comm_size", &mpi.comm_size)
      && find(library, "MPI_Comm_dup", &mpi.comm_dup)
      && find(library, "MPI_Get_processor_name", &mpi.processor_name)
      && find(library, "MPI_Op_create", &mpi.op_create)
      && find(library, "MPI_Iallreduce", &mpi.iallreduce)
      && find(library, "MPI_Iallgather", &mpi.iallgather)
      && find(library, "MPI_Iallgatherv", &mpi.iallgatherv)
      && find(library, "MPI_Isend", &mpi.isend) && find(library, "MPI_Iprobe", &mpi.iprobe)
      && find(library, "MPI_Recv", &mpi.recv) && find(library, "MPI_Test", &mpi.test)
      && find(library, "ompi_mpi_comm_world", &mpi.world)
      && find(library, "ompi_mpi_float", &mpi.type_float)
      && find(library, "ompi_mpi_double", &mpi.type_double)
      && find(library, "ompi_mpi_byte", &mpi.type_byte)
      && find(library, "ompi_mpi_uint16_t", &mpi.type_uint16)
      && find(library, "ompi_mpi_int64_t", &mpi.type_int64)
      && find(library, "ompi_mpi_op_sum", &mpi.op_sum)
      && find(library, "ompi_request_null", &mpi.request_null);
}

static float from_bfloat16(uint16_t bits) {
  uint32_t wide = (uint32_t)bits << 16;
  float value;
  memcpy(&value, &wide, sizeof value);
  return value;
}

static uint16_t to_bfloat16(float value) {
  uint32_t bits;
  memcpy(&bits, &value, sizeof bits);
  if ((bits & 0x7fffffff) > 0x7f800000) return (uint16_t)(bits >> 16 | 0x40);
  return (uint16_t)((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

static void add_bfloat16(void *more, void *sum, int *count, handle *type) {
  (void)type;
  const uint16_t *from = more;
  uint16_t *to = sum;
  for (int i = 0; i < *count; i++) to[i] = to_bfloat16(from_bfloat16(to[i]) + from_bfloat16(from[i]));
}

void parla_mpi_to_bfloat16(const float *values, uint16_t *rounded, int64_t count) {
  for (int64_t i = 0; i < count; i++) rounded[i] = to_bfloat16(values[i]);
}

void parla_mpi_from_bfloat16(const uint16_t *rounded, float *values, int64_t count) {
  for (int64_t i = 0; i < count; i++) values[i] = from_bfloat16(rounded[i]);
}

// Where a sum replaces its operand, the library by itself takes a tree: its root receives and sends all numbers once for each level.
// The algorithms chosen here send them twice, whatever the number of processes, and all links are in use at once: Thakur, Rabenseifner
// and Gropp 2005, "Optimization of collective communication operations in MPICH". Rabenseifner's has fewer messages, but sends more
// where the number of processes is no power of two.
static void choose_algorithm(void) {
  const char *count = getenv("OMPI_COMM_WORLD_SIZE");
  const long processes = count ? strtol(count, NULL, 10) : 1;
  const char *algorithm = (processes & (processes - 1)) == 0 ? "rabenseifner" : "ring";
  setenv("OMPI_MCA_coll_libnbc_iallreduce_algorithm", algorithm, 0);
}

int parla_mpi_start(const char *path) {
  choose_algorithm();
  // Its own parts, loaded later, look for its names among those that all may use.
  void *library = dlopen(path, RTLD_NOW | RTLD_GLOBAL);
  if (!library) {
    note(dlerror());
    return PARLA_MPI_DOES_NOT_LOAD;
  }
  if (!find_all(library)) return PARLA_MPI_IS_ANOTHER;
  int provided = 0;
  mpi.init_thread(NULL, NULL, thread_multiple, &provided);
  if (provided < thread_multiple) return PARLA_MPI_LACKS_THREADS;
  mpi.comm_dup(mpi.world, &beats);
  mpi.comm_dup(mpi.world, &aside);
  mpi.op_create(add_bfloat16, 1, &op_sum_bfloat16);
  sent = calloc((size_t)parla_mpi_count(), sizeof *sent);
  for (int i = 0; i < parla_mpi_count(); i++) sent[i].request = mpi.request_null;
  return PARLA_MPI_OPENED;
}

int parla_mpi_rank(void) {
  int rank = 0;
  mpi.comm_rank(mpi.world, &rank);
  return rank;
}

int parla_mpi_count(void) {
  int count = 1;
  mpi.comm_size(mpi.world, &count);
  return count;
}

void parla_mpi_host(char *name) {
  int length = 0;
  mpi.processor_name(name, &length);
}

static parla_mpi_request sum(
    void *values, int count, handle type, handle operation, enum parla_mpi_channel channel) {
  handle request = mpi.request_null;
  handle group = channel == PARLA_MPI_ASIDE ? aside : mpi.world;
  mpi.iallreduce(in_place, values, count, type, operation, group, &request);
  return (parla_mpi_request){(uintptr_t)request};
}

parla_mpi_request parla_mpi_sum_floats(float *values, int count, enum parla_mpi_channel channel) {
  return sum(values, count, mpi.type_float, mpi.op_sum, channel);
}

parla_mpi_request parla_mpi_sum_doubles(double *values, int count) {
  return sum(values, count, mpi.type_double, mpi.op_sum, PARLA_MPI_JOINT);
}

parla_mpi_request parla_mpi_sum_bfloat16(
    uint16_t *values, int count, enum parla_mpi_channel channel) {
  return sum(values, count, mpi.type_uint16, op_sum_bfloat16, channel);
}

parla_mpi_request parla_mpi_gather_counts(const int64_t *values, int count, int64_t *all) {
  handle request = mpi.request_null;
  mpi.iallgather(
      values, count, mpi.type_int64, all, count, mpi.type_int64, mpi.world, &request);
  return (parla_mpi_request){(uintptr_t)request};
}

parla_mpi_request parla_mpi_gather_bytes(
    const uint8_t *bytes, int count, uint8_t *all, const int *counts, const int *offsets) {
  handle request = mpi.request_null;
  mpi.iallgatherv(
      bytes, count, mpi.type_byte, all, counts, offsets, mpi.type_byte, mpi.world, &request);
  return (parla_mpi_request){(uintptr_t)request};
}

int parla_mpi_is_done(parla_mpi_request *request) {
  int done = 0;
  handle own = (handle)request->request;
  mpi.test(&own, &done, NULL);
  request->request = (uintptr_t)own;
  return done;
}

void parla_mpi_send_beat(int rank, int64_t number) {
  if (number < 0) {
    static int64_t last_word;
    handle forgotten;
    last_word = number;
    mpi.isend(&last_word, 1, mpi.type_int64, rank, 0, beats, &forgotten);
    return;
  }
  beat *last = &sent[rank];
  int done = 0;
  mpi.test(&last->request, &done, NULL);
  if (!done) return;
  last->number = number;
  mpi.isend(&last->number, 1, mpi.type_int64, rank, 0, beats, &last->request);
}

int parla_mpi_receive_beat(int *rank, int64_t *number) {
  int is_there = 0;
  status_t status;
  mpi.iprobe(any_source, any_tag, beats, &is_there, &status);
  if (!is_there) return 0;
  *rank = status.source;
  mpi.recv(number, 1, mpi.type_int64, status.source, any_tag, beats, NULL);
  return 1;
}

void parla_mpi_finish(void) { mpi.finalize(); }
