// Finds Open MPI's library at run time: a program that never joins other processes does without it.
//
// The names and handles are those of Open MPI's binary interface, the same from release 3 to 5 (ompi/include/mpi.h.in). A
// call that fails ends all processes, as MPI_ERRORS_ARE_FATAL says; nothing here returns an error later than its opening.
#ifndef CMPI_H
#define CMPI_H

#include <stdint.h>

enum parla_mpi_opening {
  PARLA_MPI_OPENED = 0,
  // The system's loader says why not in parla_mpi_problem().
  PARLA_MPI_DOES_NOT_LOAD = 1,
  // It lacks what is Open MPI's; parla_mpi_problem() names it.
  PARLA_MPI_IS_ANOTHER = 2,
  // It lets one thread at a time communicate only.
  PARLA_MPI_LACKS_THREADS = 3
};

// Opens the library at `path` and joins the other processes. Once only.
int parla_mpi_start(const char *path);

// Why parla_mpi_start() failed.
const char *parla_mpi_problem(void);

// Which process this is, counted from 0, and of how many.
int parla_mpi_rank(void);
int parla_mpi_count(void);

// The name of the host, and how many bytes it may have with its final 0.
#define PARLA_MPI_NAME_LENGTH 256
void parla_mpi_host(char *name);

// Something under way that all processes take part in.
typedef struct {
  uintptr_t request;
} parla_mpi_request;

// Sums on a channel have the same order in all processes; those of the two channels do not wait for each other.
enum parla_mpi_channel { PARLA_MPI_JOINT = 0, PARLA_MPI_ASIDE = 1 };

// Adds up numbers in place, element by element; `values` must stay until the end.
parla_mpi_request parla_mpi_sum_floats(float *values, int count, enum parla_mpi_channel channel);
parla_mpi_request parla_mpi_sum_doubles(double *values, int count);

// Numbers as bfloat16, rounded to the nearest, and back.
void parla_mpi_to_bfloat16(const float *values, uint16_t *rounded, int64_t count);
void parla_mpi_from_bfloat16(const uint16_t *rounded, float *values, int64_t count);

// The same for bfloat16, each sum of two rounded to the nearest.
parla_mpi_request parla_mpi_sum_bfloat16(
    uint16_t *values, int count, enum parla_mpi_channel channel);

// The `count` numbers of each process one after another.
parla_mpi_request parla_mpi_gather_counts(const int64_t *values, int count, int64_t *all);

// The bytes of each process, of which there are `counts`, placed at `offsets`.
parla_mpi_request parla_mpi_gather_bytes(
    const uint8_t *bytes, int count, uint8_t *all, const int *counts, const int *offsets);

// Moves it on, and says whether it has ended.
int parla_mpi_is_done(parla_mpi_request *request);

// Sends a sign of life to process `rank`, unless the last one to it is still on its way; a negative number is always sent.
void parla_mpi_send_beat(int rank, int64_t number);

// Whether a sign of life has come; from whom, and its number.
int parla_mpi_receive_beat(int *rank, int64_t *number);

// Waits for the others and leaves them.
void parla_mpi_finish(void);

#endif
