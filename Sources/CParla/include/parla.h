/* Parla: speech to text. The C interface of libparla.

   A model is shared by any number of threads and streams; a stream is used by one thread at a time.
   Functions that can fail return a status, and parla_error_message() then says what was found, what
   was expected and what to do. Strings are UTF-8.

   Who frees what: each parla_..._open has its parla_..._free, a parla_result its parla_result_free,
   which frees all that it points to. Freeing NULL does nothing. A stream outlives its model. */
#ifndef PARLA_H
#define PARLA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define PARLA_EXPORT __attribute__((visibility("default")))
#else
#define PARLA_EXPORT
#endif

/* What came of a call. Up to PARLA_HOT_WORD_UNKNOWN the numbers are those of libdeepspeech and libstt. */
enum {
  PARLA_OK = 0,
  PARLA_NO_MODEL = 0x1000,           /* no path to a model, or NULL for one */
  PARLA_INVALID_ALPHABET = 0x2000,   /* the model does not say what it writes */
  PARLA_INVALID_SHAPE = 0x2001,      /* the model's layers do not fit together */
  PARLA_INVALID_SCORER = 0x2002,     /* no scorer, a damaged one, or one of another alphabet */
  PARLA_INCOMPATIBLE_MODEL = 0x2003, /* a network that Parla's layers cannot take the place of */
  PARLA_NO_SCORER = 0x2004,          /* there is no scorer to change */
  PARLA_UNREADABLE_MODEL = 0x3000,   /* a .pbmm or .tflite file is missing or damaged */
  PARLA_NO_STREAM = 0x3004,          /* the stream cannot be made, or NULL for one */
  PARLA_UNREADABLE_FILE = 0x3005,    /* another model file is missing or damaged */
  PARLA_HOT_WORD_EXISTS = 0x3008,    /* the hot word was added before, or cannot be written */
  PARLA_HOT_WORD_UNKNOWN = 0x3010,   /* the hot word was never added */
  PARLA_INVALID_ARGUMENT = 0x4000,   /* NULL, or an invalid number */
  PARLA_FINISHED = 0x4001,           /* the stream has ended */
  PARLA_INVALID_SOUND = 0x4002,      /* the sound cannot be read, or a sample is not a number */
};
typedef int parla_status;

/* A recogniser: a network with its alphabet, and the settings of the search. */
typedef struct parla_model parla_model;

/* Sound that arrives in chunks. */
typedef struct parla_stream parla_stream;

/* A label, such as a letter, with its time. */
typedef struct parla_token {
  const char *text;
  uint32_t frame; /* counted from the start of the sound */
  float start;    /* in seconds */
} parla_token;

typedef struct parla_word {
  const char *text;
  double start;      /* in seconds */
  double end;        /* in seconds */
  double confidence; /* from 0 to 1, or negative where it is not known */
} parla_word;

typedef struct parla_transcript {
  const char *text;
  const parla_word *words;
  size_t word_count;
  const parla_token *tokens;
  size_t token_count;
  double log_probability; /* natural logarithm; of use to compare transcripts of one sound */
} parla_transcript;

/* Transcripts of one sound, best first. */
typedef struct parla_result {
  const parla_transcript *transcripts;
  size_t transcript_count;
} parla_result;

/* What a model's weights are computed with: fewer bits are faster. */
enum {
  PARLA_WEIGHTS_INT8 = 0,
  PARLA_WEIGHTS_BFLOAT16 = 1,
  PARLA_WEIGHTS_FLOAT32 = 2,
  PARLA_WEIGHTS_INT4 = 3, /* large matrices; the others are in bytes */
};
typedef int parla_weights;

/* Reads a model of any format: Parla's own, .pb, .pbmm, .tflite, or a folder of checkpoints. */
PARLA_EXPORT parla_status parla_model_open(
    const char *path, parla_weights weights, parla_model **model);

/* Reads the model file in `bytes`, which may be freed afterwards. */
PARLA_EXPORT parla_status parla_model_open_buffer(
    const void *bytes, size_t byte_count, parla_weights weights, parla_model **model);
PARLA_EXPORT void parla_model_free(parla_model *model);

/* Samples a second that streams expect, in hertz; 0 for NULL. */
PARLA_EXPORT int parla_model_sample_rate(const parla_model *model);

/* How many prefixes the search keeps: at first what the model's makers advise. Streams that are open
   already keep what was set when they were opened; so it is with all settings below. */
PARLA_EXPORT unsigned parla_model_beam_width(const parla_model *model);
PARLA_EXPORT parla_status parla_model_set_beam_width(parla_model *model, unsigned width);

/* Words and language model to listen with, from a file of `parla scorer build` or a .scorer of
   DeepSpeech or Coqui STT; it takes the place of the one before. */
PARLA_EXPORT parla_status parla_model_enable_scorer(parla_model *model, const char *path);
PARLA_EXPORT parla_status parla_model_enable_scorer_buffer(
    parla_model *model, const void *bytes, size_t byte_count);
PARLA_EXPORT parla_status parla_model_disable_scorer(parla_model *model);
PARLA_EXPORT bool parla_model_has_scorer(const parla_model *model);

/* How much the language model counts, and what each word adds; at first what the scorer says. */
PARLA_EXPORT parla_status parla_model_set_scorer_weights(
    parla_model *model, float alpha, float beta);

/* Words to prefer, or with negative boosts to avoid. Without a scorer, and where several words are
   given as a phrase, each is preferred from its first letter on. */
PARLA_EXPORT parla_status parla_model_add_hot_word(
    parla_model *model, const char *word, float boost);
PARLA_EXPORT parla_status parla_model_erase_hot_word(parla_model *model, const char *word);
PARLA_EXPORT parla_status parla_model_clear_hot_words(parla_model *model);

/* The `count` best transcripts of a sound file of any common format, sample rate and length. */
PARLA_EXPORT parla_status parla_model_transcribe_file(
    const parla_model *model, const char *path, unsigned count, parla_result **result);

/* A stream with the model's current settings. */
PARLA_EXPORT parla_status parla_stream_open(const parla_model *model, parla_stream **stream);

/* Takes the next samples, of one channel, at the model's rate; floats are in [-1, 1]. */
PARLA_EXPORT parla_status parla_stream_feed(
    parla_stream *stream, const int16_t *samples, size_t count);
PARLA_EXPORT parla_status parla_stream_feed_float(
    parla_stream *stream, const float *samples, size_t count);

/* The `count` best transcripts of the sound decoded so far, which excludes about the last half second.
   The stream continues. */
PARLA_EXPORT parla_status parla_stream_intermediate(
    const parla_stream *stream, unsigned count, parla_result **result);

/* The `count` best transcripts as if the sound ended here; it costs more. The stream continues. */
PARLA_EXPORT parla_status parla_stream_intermediate_flushing(
    const parla_stream *stream, unsigned count, parla_result **result);

/* Ends the sound, and returns the `count` best transcripts. The stream accepts no more sound, and must
   still be freed. */
PARLA_EXPORT parla_status parla_stream_finish(
    parla_stream *stream, unsigned count, parla_result **result);
PARLA_EXPORT void parla_stream_free(parla_stream *stream);

PARLA_EXPORT void parla_result_free(parla_result *result);

/* The error message of the last failed call on this thread; valid until the next failure. Never NULL. */
PARLA_EXPORT const char *parla_error_message(void);

/* This library's version, such as "0.1.0"; must not be freed. */
PARLA_EXPORT const char *parla_version(void);

#ifdef __cplusplus
}
#endif

#endif
