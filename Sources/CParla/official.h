/* The functions that libdeepspeech and libstt share, on top of parla.h.

   Included once for each of them, with OFFICIAL(name) as the function's whole name, and with
   OFFICIAL_VERSION. The handles are Parla's own under other names. */
#include "parla.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MODEL(state) ((parla_model *)(state))
#define STREAM(state) ((parla_stream *)(state))

/* `text` in memory of its own, or NULL without memory. */
static char *copied(const char *text) {
  size_t size = strlen(text) + 1;
  char *copy = malloc(size);
  return copy ? memcpy(copy, text, size) : NULL;
}

/* Codes carry no facts, so these go to standard error, where the originals write too. */
static int reported(parla_status status) {
  if (status != PARLA_OK) fprintf(stderr, "%s\n", parla_error_message());
  return status;
}

/* The best text of a result, which is freed. NULL for NULL. */
static char *best_text(parla_result *result) {
  if (!result) return NULL;
  char *text = copied(result->transcript_count > 0 ? result->transcripts[0].text : "");
  parla_result_free(result);
  return text;
}

static void free_metadata(Metadata *metadata) {
  if (!metadata) return;
  for (unsigned i = 0; i < metadata->num_transcripts; i++) {
    const CandidateTranscript *transcript = &metadata->transcripts[i];
    for (unsigned j = 0; transcript->tokens && j < transcript->num_tokens; j++)
      free((void *)transcript->tokens[j].text);
    free((void *)transcript->tokens);
  }
  free((void *)metadata->transcripts);
  free(metadata);
}

/* Fills `copy` with the tokens of `transcript`. Returns 0 without memory. */
static int copy_tokens(const parla_transcript *transcript, CandidateTranscript *copy) {
  TokenMetadata *tokens = calloc(transcript->token_count + 1, sizeof *tokens);
  if (!tokens) return 0;
  copy->tokens = tokens;
  copy->num_tokens = (unsigned)transcript->token_count;
  copy->confidence = transcript->log_probability;
  for (size_t i = 0; i < transcript->token_count; i++) {
    tokens[i].text = copied(transcript->tokens[i].text);
    tokens[i].timestep = transcript->tokens[i].frame;
    tokens[i].start_time = transcript->tokens[i].start;
    if (!tokens[i].text) return 0;
  }
  return 1;
}

/* A result, which is freed, in the originals' structures. NULL for NULL, or without memory. */
static Metadata *metadata_of(parla_result *result) {
  if (!result) return NULL;
  Metadata *metadata = calloc(1, sizeof *metadata);
  CandidateTranscript *transcripts = calloc(result->transcript_count + 1, sizeof *transcripts);
  int is_whole = metadata && transcripts;
  if (is_whole) {
    metadata->transcripts = transcripts;
    metadata->num_transcripts = (unsigned)result->transcript_count;
    for (size_t i = 0; is_whole && i < result->transcript_count; i++)
      is_whole = copy_tokens(&result->transcripts[i], &transcripts[i]);
  }
  parla_result_free(result);
  if (is_whole) return metadata;
  if (metadata && metadata->transcripts) free_metadata(metadata);
  else free(metadata), free(transcripts);
  return NULL;
}

/* The results for `samples`, or NULL. */
static parla_result *recognised(
    ModelState *model, const short *samples, unsigned sample_count, unsigned count) {
  parla_stream *stream = NULL;
  parla_result *result = NULL;
  if (reported(parla_stream_open(MODEL(model), &stream)) != PARLA_OK) return NULL;
  if (reported(parla_stream_feed(stream, samples, sample_count)) == PARLA_OK)
    reported(parla_stream_finish(stream, count, &result));
  parla_stream_free(stream);
  return result;
}

static parla_result *text_so_far(const StreamingState *stream, unsigned count) {
  parla_result *result = NULL;
  reported(parla_stream_intermediate(STREAM(stream), count, &result));
  return result;
}

static parla_result *final_result(StreamingState *stream, unsigned count) {
  parla_result *result = NULL;
  reported(parla_stream_finish(STREAM(stream), count, &result));
  parla_stream_free(STREAM(stream));
  return result;
}

/* Models */

/* The originals compute in single precision with .pb and .pbmm, in bytes with .tflite. */
static parla_weights weights_of(const char *path) {
  const char *ending = path ? strrchr(path, '.') : NULL;
  int is_graph = ending && (!strcmp(ending, ".pb") || !strcmp(ending, ".pbmm"));
  return is_graph ? PARLA_WEIGHTS_FLOAT32 : PARLA_WEIGHTS_INT8;
}

int OFFICIAL(CreateModel)(const char *path, ModelState **model) {
  return reported(parla_model_open(path, weights_of(path), (parla_model **)model));
}

unsigned OFFICIAL(GetModelBeamWidth)(const ModelState *model) {
  return parla_model_beam_width(MODEL(model));
}

int OFFICIAL(SetModelBeamWidth)(ModelState *model, unsigned width) {
  return reported(parla_model_set_beam_width(MODEL(model), width));
}

int OFFICIAL(GetModelSampleRate)(const ModelState *model) {
  return parla_model_sample_rate(MODEL(model));
}

void OFFICIAL(FreeModel)(ModelState *model) { parla_model_free(MODEL(model)); }

/* Scorer and hot words */

int OFFICIAL(EnableExternalScorer)(ModelState *model, const char *path) {
  return reported(parla_model_enable_scorer(MODEL(model), path));
}

int OFFICIAL(DisableExternalScorer)(ModelState *model) {
  return parla_model_disable_scorer(MODEL(model));
}

int OFFICIAL(SetScorerAlphaBeta)(ModelState *model, float alpha, float beta) {
  return parla_model_set_scorer_weights(MODEL(model), alpha, beta);
}

/* The originals' hot words need a scorer, Parla's do not. */
static int lacks_scorer(const ModelState *model) {
  return model && !parla_model_has_scorer(MODEL(model));
}

int OFFICIAL(AddHotWord)(ModelState *model, const char *word, float boost) {
  if (lacks_scorer(model)) return PARLA_NO_SCORER;
  return parla_model_add_hot_word(MODEL(model), word, boost);
}

int OFFICIAL(EraseHotWord)(ModelState *model, const char *word) {
  if (lacks_scorer(model)) return PARLA_NO_SCORER;
  return parla_model_erase_hot_word(MODEL(model), word);
}

int OFFICIAL(ClearHotWords)(ModelState *model) {
  if (lacks_scorer(model)) return PARLA_NO_SCORER;
  return parla_model_clear_hot_words(MODEL(model));
}

/* Whole recordings */

char *OFFICIAL(SpeechToText)(ModelState *model, const short *samples, unsigned count) {
  return best_text(recognised(model, samples, count, 1));
}

Metadata *OFFICIAL(SpeechToTextWithMetadata)(
    ModelState *model, const short *samples, unsigned count, unsigned result_count) {
  return metadata_of(recognised(model, samples, count, result_count));
}

/* Streams */

int OFFICIAL(CreateStream)(ModelState *model, StreamingState **stream) {
  return reported(parla_stream_open(MODEL(model), (parla_stream **)stream));
}

void OFFICIAL(FeedAudioContent)(StreamingState *stream, const short *samples, unsigned count) {
  reported(parla_stream_feed(STREAM(stream), samples, count));
}

char *OFFICIAL(IntermediateDecode)(const StreamingState *stream) {
  return best_text(text_so_far(stream, 1));
}

Metadata *OFFICIAL(IntermediateDecodeWithMetadata)(
    const StreamingState *stream, unsigned result_count) {
  return metadata_of(text_so_far(stream, result_count));
}

char *OFFICIAL(FinishStream)(StreamingState *stream) { return best_text(final_result(stream, 1)); }

Metadata *OFFICIAL(FinishStreamWithMetadata)(StreamingState *stream, unsigned result_count) {
  return metadata_of(final_result(stream, result_count));
}

void OFFICIAL(FreeStream)(StreamingState *stream) { parla_stream_free(STREAM(stream)); }

/* Memory and messages */

void OFFICIAL(FreeMetadata)(Metadata *metadata) { free_metadata(metadata); }

void OFFICIAL(FreeString)(char *string) { free(string); }

char *OFFICIAL(Version)(void) { return copied(OFFICIAL_VERSION); }

char *OFFICIAL(ErrorCodeToErrorMessage)(int code) {
  switch (code) {
#define PARLA_RETURN(NAME, VALUE, MESSAGE) \
  case VALUE: return copied(MESSAGE);
    PARLA_FOR_EACH_ERROR(PARLA_RETURN)
#undef PARLA_RETURN
  case PARLA_INVALID_ARGUMENT: return copied("Invalid argument.");
  default:
    return copied("Unknown error, please make sure you are using the correct native binary.");
  }
}
