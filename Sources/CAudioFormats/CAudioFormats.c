// On Linux each library is loaded when its first function is called: together with the eight that they need they take more than a
// megabyte of every program's memory, also of one that is fed with live sound and needs none of them.
#if defined(__linux__)
#include <dlfcn.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#pragma GCC visibility push(hidden)
#include "CAudioFormats.h"

#define MISSING(name, file) name " was not found, expected " file ". Run scripts/install-dependencies"

static const char sndfile_missing[] = MISSING("libsndfile", "libsndfile.so.1");
static const char soxr_missing[] = MISSING("libsoxr", "libsoxr.so.0");
static const char opus_missing[] = MISSING("libopus", "libopus.so.0");

// X(result, name, parameters, arguments, result where the library is missing); what gives nothing has a macro of its own.
#define SNDFILE_FUNCTIONS(X) \
  X(SNDFILE *, sf_open, (const char *path, int mode, SF_INFO *info), (path, mode, info), NULL) \
  X(SNDFILE *, sf_open_virtual, (SF_VIRTUAL_IO *io, int mode, SF_INFO *info, void *data), (io, mode, info, data), NULL) \
  X(int, sf_close, (SNDFILE *file), (file), SF_ERR_SYSTEM) \
  X(int, sf_command, (SNDFILE *file, int command, void *data, int size), (file, command, data, size), SF_ERR_SYSTEM) \
  X(int, sf_error, (SNDFILE *file), (file), SF_ERR_SYSTEM) \
  X(const char *, sf_error_number, (int number), (number), sndfile_missing) \
  X(sf_count_t, sf_readf_double, (SNDFILE *file, double *into, sf_count_t count), (file, into, count), 0) \
  X(sf_count_t, sf_readf_float, (SNDFILE *file, float *into, sf_count_t count), (file, into, count), 0) \
  X(sf_count_t, sf_seek, (SNDFILE *file, sf_count_t count, int from), (file, count, from), -1) \
  X(const char *, sf_version_string, (void), (), sndfile_missing) \
  X(sf_count_t, sf_writef_short, (SNDFILE *file, const short *from, sf_count_t count), (file, from, count), 0)

#define SOXR_FUNCTIONS(X) \
  X(soxr_t, soxr_create, \
    (double from, double to, unsigned channels, soxr_error_t *error, soxr_io_spec_t const *io, \
     soxr_quality_spec_t const *quality, soxr_runtime_spec_t const *runtime), \
    (from, to, channels, error, io, quality, runtime), (*error = soxr_missing, NULL)) \
  X(soxr_error_t, soxr_process, \
    (soxr_t resampler, soxr_in_t in, size_t count, size_t *taken, soxr_out_t out, size_t room, size_t *written), \
    (resampler, in, count, taken, out, room, written), soxr_missing) \
  X(soxr_quality_spec_t, soxr_quality_spec, (unsigned long recipe, unsigned long flags), (recipe, flags), \
    (soxr_quality_spec_t){0})
#define SOXR_PROCEDURES(X) X(soxr_delete, (soxr_t resampler), (resampler))

#define OPUS_FUNCTIONS(X) \
  X(OpusDecoder *, opus_decoder_create, (opus_int32 rate, int channels, int *error), (rate, channels, error), \
    (*error = OPUS_INTERNAL_ERROR, NULL)) \
  X(int, opus_decode, (OpusDecoder *decoder, const unsigned char *packet, opus_int32 length, opus_int16 *into, int count, int fec), \
    (decoder, packet, length, into, count, fec), OPUS_INTERNAL_ERROR) \
  X(int, opus_decode_float, (OpusDecoder *decoder, const unsigned char *packet, opus_int32 length, float *into, int count, int fec), \
    (decoder, packet, length, into, count, fec), OPUS_INTERNAL_ERROR) \
  X(OpusEncoder *, opus_encoder_create, (opus_int32 rate, int channels, int use, int *error), (rate, channels, use, error), \
    (*error = OPUS_INTERNAL_ERROR, NULL)) \
  X(opus_int32, opus_encode, (OpusEncoder *encoder, const opus_int16 *from, int count, unsigned char *into, opus_int32 room), \
    (encoder, from, count, into, room), OPUS_INTERNAL_ERROR) \
  X(const char *, opus_strerror, (int number), (number), opus_missing)
#define OPUS_PROCEDURES(X) \
  X(opus_decoder_destroy, (OpusDecoder *decoder), (decoder)) \
  X(opus_encoder_destroy, (OpusEncoder *encoder), (encoder))

#define FIELD(result, name, ...) __typeof__(name) *name;
#define PROCEDURE_FIELD(name, ...) __typeof__(name) *name;
static struct { SNDFILE_FUNCTIONS(FIELD) } sndfile;
static struct { SOXR_FUNCTIONS(FIELD) SOXR_PROCEDURES(PROCEDURE_FIELD) } soxr;
static struct {
  OPUS_FUNCTIONS(FIELD)
  OPUS_PROCEDURES(PROCEDURE_FIELD)
  __typeof__(opus_encoder_ctl) *opus_encoder_ctl;
} opus;

// Function pointers are not object pointers to C, though to dlsym.
#define FIND(library, name) \
  void *found_##name = dlsym(handle, #name); \
  if (!found_##name) return; \
  memcpy(&library.name, &found_##name, sizeof found_##name);
#define FIND_SNDFILE(result, name, ...) FIND(sndfile, name)
#define FIND_SOXR(result, name, ...) FIND(soxr, name)
#define FIND_SOXR_PROCEDURE(name, ...) FIND(soxr, name)
#define FIND_OPUS(result, name, ...) FIND(opus, name)
#define FIND_OPUS_PROCEDURE(name, ...) FIND(opus, name)

// LOADER(library, file, lookups) { … } is run once; HAS(library) says whether all functions were found.
#define LOADER(library, file, lookups) \
  static int has_##library; \
  static void load_##library(void) { \
    void *handle = dlopen(file, RTLD_NOW | RTLD_LOCAL); \
    if (!handle) return; \
    lookups \
    has_##library = 1; \
  } \
  static int load_##library##_once(void) { \
    static pthread_once_t once = PTHREAD_ONCE_INIT; \
    pthread_once(&once, load_##library); \
    return has_##library; \
  }
LOADER(sndfile, "libsndfile.so.1", SNDFILE_FUNCTIONS(FIND_SNDFILE))
LOADER(soxr, "libsoxr.so.0", SOXR_FUNCTIONS(FIND_SOXR) SOXR_PROCEDURES(FIND_SOXR_PROCEDURE))
LOADER(opus, "libopus.so.0", OPUS_FUNCTIONS(FIND_OPUS) OPUS_PROCEDURES(FIND_OPUS_PROCEDURE) FIND(opus, opus_encoder_ctl))

#define FORWARD(library, result, name, parameters, arguments, otherwise) \
  result name parameters { return load_##library##_once() ? library.name arguments : otherwise; }
#define FORWARD_PROCEDURE(library, name, parameters, arguments) \
  void name parameters { if (load_##library##_once()) library.name arguments; }
#define FORWARD_SNDFILE(...) FORWARD(sndfile, __VA_ARGS__)
#define FORWARD_SOXR(...) FORWARD(soxr, __VA_ARGS__)
#define FORWARD_SOXR_PROCEDURE(...) FORWARD_PROCEDURE(soxr, __VA_ARGS__)
#define FORWARD_OPUS(...) FORWARD(opus, __VA_ARGS__)
#define FORWARD_OPUS_PROCEDURE(...) FORWARD_PROCEDURE(opus, __VA_ARGS__)
SNDFILE_FUNCTIONS(FORWARD_SNDFILE)
SOXR_FUNCTIONS(FORWARD_SOXR)
SOXR_PROCEDURES(FORWARD_SOXR_PROCEDURE)
OPUS_FUNCTIONS(FORWARD_OPUS)
OPUS_PROCEDURES(FORWARD_OPUS_PROCEDURE)

const char *parla_sound_files_problem(void) { return load_sndfile_once() ? NULL : sndfile_missing; }

int parla_opus_set_bit_rate(OpusEncoder *encoder, int bits_per_second) {
  return load_opus_once() ? opus.opus_encoder_ctl(encoder, OPUS_SET_BITRATE(bits_per_second)) : OPUS_INTERNAL_ERROR;
}
#pragma GCC visibility pop
#else
#include "CAudioFormats.h"

const char *parla_sound_files_problem(void) { return 0; }

int parla_opus_set_bit_rate(OpusEncoder *encoder, int bits_per_second) {
  return opus_encoder_ctl(encoder, OPUS_SET_BITRATE(bits_per_second));
}
#endif
