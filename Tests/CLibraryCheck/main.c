/* Uses libparla as a C program does: its own functions, and those of libdeepspeech and libstt.

   usage: CLibraryCheck MODEL OTHER_MODEL SCORER MISFIT_SCORER; exits with 1 and names what does not hold. */
#include "coqui-stt.h"
#include "deepspeech.h"
#include "parla.h"

#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int failures = 0;

#define EXPECT(condition) \
  do { \
    if (!(condition)) { \
      printf("%s:%d: does not hold: %s (%s)\n", __FILE__, __LINE__, #condition, \
             parla_error_message()); \
      failures++; \
    } \
  } while (0)

#define SAMPLE_COUNT 24000
static short samples[SAMPLE_COUNT];
static const char *model_path, *other_model_path, *scorer_path, *misfit_path;

/* Tones that the model takes for some letters or other. */
static void make_samples(void) {
  unsigned state = 1;
  for (int i = 0; i < SAMPLE_COUNT; i++) {
    state = state * 1664525u + 1013904223u;
    double tone = sin(i * 0.05 * (1 + i / 4000)) + 0.5 * sin(i * 0.21);
    samples[i] = (short)(6000 * tone + (int)(state >> 20) % 2000);
  }
}

/* parla.h */

static void check_models(void) {
  parla_model *model = (parla_model *)1;
  EXPECT(parla_model_open(NULL, PARLA_WEIGHTS_FLOAT32, &model) == PARLA_NO_MODEL && !model);
  EXPECT(parla_model_open("", PARLA_WEIGHTS_FLOAT32, &model) == PARLA_NO_MODEL);
  EXPECT(parla_model_open("/none.pb", PARLA_WEIGHTS_FLOAT32, &model) == PARLA_UNREADABLE_FILE);
  EXPECT(strstr(parla_error_message(), "/none.pb"));
  EXPECT(parla_model_open("/none.pbmm", PARLA_WEIGHTS_FLOAT32, &model) == PARLA_UNREADABLE_MODEL);
  EXPECT(parla_model_open("/none.tflite", PARLA_WEIGHTS_FLOAT32, &model) == PARLA_UNREADABLE_MODEL);
  EXPECT(parla_model_open(scorer_path, PARLA_WEIGHTS_FLOAT32, &model) != PARLA_OK && !model);
  EXPECT(parla_model_open(model_path, PARLA_WEIGHTS_FLOAT32, NULL) != PARLA_OK);
  EXPECT(parla_model_open_buffer("no model", 8, 0, &model) != PARLA_OK);
  EXPECT(parla_model_open_buffer(NULL, 8, 0, &model) == PARLA_NO_MODEL);
  EXPECT(parla_model_open(model_path, 7, &model) == PARLA_INVALID_ARGUMENT);
  EXPECT(parla_model_sample_rate(NULL) == 0);
  EXPECT(parla_model_beam_width(NULL) == 0);
  EXPECT(!parla_model_has_scorer(NULL));
  EXPECT(parla_model_set_beam_width(NULL, 1) == PARLA_NO_MODEL);
  parla_model_free(NULL);

  EXPECT(parla_model_open(model_path, PARLA_WEIGHTS_FLOAT32, &model) == PARLA_OK && model);
  EXPECT(parla_model_sample_rate(model) == 16000);
  EXPECT(parla_model_beam_width(model) == 500);
  EXPECT(parla_model_set_beam_width(model, 0) == PARLA_INVALID_ARGUMENT);
  EXPECT(parla_model_set_beam_width(model, 20) == PARLA_OK);
  EXPECT(parla_model_beam_width(model) == 20);
  EXPECT(parla_model_add_hot_word(model, "new york", 5) == PARLA_OK);
  EXPECT(parla_model_add_hot_word(model, "new york", 5) == PARLA_HOT_WORD_EXISTS);
  EXPECT(parla_model_add_hot_word(model, "5 %", 5) == PARLA_HOT_WORD_EXISTS);
  EXPECT(parla_model_erase_hot_word(model, "york") == PARLA_HOT_WORD_UNKNOWN);
  EXPECT(parla_model_clear_hot_words(model) == PARLA_OK);
  parla_model_free(model);
}

static void check_streams(void) {
  parla_model *model = NULL;
  parla_stream *stream = NULL;
  parla_result *whole = NULL, *result = NULL;
  EXPECT(parla_stream_open(NULL, &stream) == PARLA_NO_MODEL && !stream);
  EXPECT(parla_stream_feed(NULL, samples, 1) == PARLA_NO_STREAM);
  EXPECT(parla_stream_finish(NULL, 1, &result) == PARLA_NO_STREAM);
  parla_stream_free(NULL);
  parla_result_free(NULL);

  EXPECT(parla_model_open(model_path, PARLA_WEIGHTS_FLOAT32, &model) == PARLA_OK);
  EXPECT(parla_stream_open(model, NULL) != PARLA_OK);
  EXPECT(parla_stream_open(model, &stream) == PARLA_OK);
  EXPECT(parla_stream_feed(stream, NULL, 1) == PARLA_INVALID_ARGUMENT);
  EXPECT(parla_stream_feed(stream, NULL, 0) == PARLA_OK);
  EXPECT(parla_stream_feed(stream, samples, SAMPLE_COUNT) == PARLA_OK);
  EXPECT(parla_stream_intermediate(stream, 1, &result) == PARLA_OK && result);
  EXPECT(result && result->transcript_count == 1);
  parla_result_free(result);
  EXPECT(parla_stream_finish(stream, 0, &whole) == PARLA_INVALID_ARGUMENT);
  EXPECT(parla_stream_finish(stream, 1, NULL) == PARLA_INVALID_ARGUMENT);
  EXPECT(parla_stream_finish(stream, 3, &whole) == PARLA_OK && whole);
  EXPECT(parla_stream_feed(stream, samples, 1) == PARLA_FINISHED);
  EXPECT(strstr(parla_error_message(), "end"));
  EXPECT(parla_stream_finish(stream, 1, &result) == PARLA_FINISHED && !result);
  parla_stream_free(stream);

  /* The model may go before the stream. */
  EXPECT(parla_stream_open(model, &stream) == PARLA_OK);
  parla_model_free(model);
  float not_a_number = NAN;
  EXPECT(parla_stream_feed_float(stream, &not_a_number, 1) == PARLA_INVALID_SOUND);
  for (int i = 0; i < SAMPLE_COUNT; i += 100) {
    float piece[100];
    for (int j = 0; j < 100; j++) piece[j] = samples[i + j] / 32768.0f;
    EXPECT(parla_stream_feed_float(stream, piece, 100) == PARLA_OK);
  }
  EXPECT(parla_stream_intermediate_flushing(stream, 1, &result) == PARLA_OK);
  EXPECT(result && whole && !strcmp(result->transcripts[0].text, whole->transcripts[0].text));
  parla_result_free(result);
  EXPECT(parla_stream_finish(stream, 3, &result) == PARLA_OK);
  EXPECT(result && result->transcript_count == 3 && whole && whole->transcript_count == 3);
  for (size_t i = 0; result && whole && i < 3; i++) {
    const parla_transcript *a = &whole->transcripts[i], *b = &result->transcripts[i];
    EXPECT(!strcmp(a->text, b->text) && a->log_probability == b->log_probability);
    EXPECT(a->token_count == b->token_count && a->word_count == b->word_count);
    EXPECT(a->token_count == strlen(a->text));
    EXPECT(i == 0 || a->log_probability <= whole->transcripts[i - 1].log_probability);
    for (size_t j = 0; j < a->token_count; j++)
      EXPECT(fabs(a->tokens[j].start - 0.02 * a->tokens[j].frame) < 1e-6);
  }
  parla_result_free(result);
  parla_result_free(whole);
  parla_stream_free(stream);
}

static void check_scorers(void) {
  parla_model *model = NULL, *other = NULL;
  EXPECT(parla_model_open(model_path, PARLA_WEIGHTS_FLOAT32, &model) == PARLA_OK);
  EXPECT(parla_model_disable_scorer(model) == PARLA_NO_SCORER);
  EXPECT(parla_model_set_scorer_weights(model, 1, 1) == PARLA_NO_SCORER);
  EXPECT(parla_model_enable_scorer(model, NULL) == PARLA_INVALID_ARGUMENT);
  EXPECT(parla_model_enable_scorer(model, "/none") == PARLA_INVALID_SCORER);
  EXPECT(parla_model_enable_scorer(model, model_path) == PARLA_INVALID_SCORER);
  EXPECT(parla_model_enable_scorer_buffer(model, "no scorer", 9) == PARLA_INVALID_SCORER);
  EXPECT(!parla_model_has_scorer(model));
  EXPECT(parla_model_enable_scorer(model, misfit_path) == PARLA_INVALID_SCORER);
  /* Both files are named. */
  EXPECT(strstr(parla_error_message(), misfit_path));
  EXPECT(strstr(parla_error_message(), model_path));
  EXPECT(parla_model_enable_scorer(model, scorer_path) == PARLA_OK);
  EXPECT(parla_model_has_scorer(model));
  EXPECT(parla_model_set_scorer_weights(model, 0.5f, 1) == PARLA_OK);
  EXPECT(parla_model_disable_scorer(model) == PARLA_OK);
  EXPECT(parla_model_open(other_model_path, PARLA_WEIGHTS_FLOAT32, &other) == PARLA_OK);
  parla_model_free(model);
  parla_model_free(other);
}

/* deepspeech.h and coqui-stt.h */

static char *joined(const Metadata *metadata) {
  size_t length = 1;
  const CandidateTranscript *best = &metadata->transcripts[0];
  for (unsigned i = 0; i < best->num_tokens; i++) length += strlen(best->tokens[i].text);
  char *text = calloc(length, 1);
  for (unsigned i = 0; i < best->num_tokens; i++) strcat(text, best->tokens[i].text);
  return text;
}

static void check_deepspeech(void) {
  ModelState *model = NULL;
  StreamingState *stream = NULL;
  EXPECT(DS_CreateModel(NULL, &model) == DS_ERR_NO_MODEL);
  EXPECT(DS_CreateModel("/none.pb", &model) == DS_ERR_FAIL_READ_PROTOBUF);
  EXPECT(DS_CreateModel("/none.pbmm", &model) == DS_ERR_FAIL_INIT_MMAP && !model);
  EXPECT(DS_CreateModel(model_path, &model) == DS_ERR_OK && model);
  EXPECT(DS_GetModelSampleRate(model) == 16000 && DS_GetModelBeamWidth(model) == 500);
  EXPECT(DS_SetModelBeamWidth(model, 50) == DS_ERR_OK && DS_GetModelBeamWidth(model) == 50);

  EXPECT(DS_AddHotWord(model, "a", 1) == DS_ERR_SCORER_NOT_ENABLED);
  EXPECT(DS_EraseHotWord(model, "a") == DS_ERR_SCORER_NOT_ENABLED);
  EXPECT(DS_ClearHotWords(model) == DS_ERR_SCORER_NOT_ENABLED);
  EXPECT(DS_DisableExternalScorer(model) == DS_ERR_SCORER_NOT_ENABLED);
  EXPECT(DS_SetScorerAlphaBeta(model, 1, 1) == DS_ERR_SCORER_NOT_ENABLED);
  EXPECT(DS_EnableExternalScorer(model, "/none") == DS_ERR_INVALID_SCORER);
  EXPECT(DS_EnableExternalScorer(model, scorer_path) == DS_ERR_OK);
  EXPECT(DS_AddHotWord(model, "a", 1) == DS_ERR_OK);
  EXPECT(DS_AddHotWord(model, "a", 2) == DS_ERR_FAIL_INSERT_HOTWORD);
  EXPECT(DS_EraseHotWord(model, "b") == DS_ERR_FAIL_ERASE_HOTWORD);
  EXPECT(DS_EraseHotWord(model, "a") == DS_ERR_OK);
  EXPECT(DS_ClearHotWords(model) == DS_ERR_OK);
  EXPECT(DS_DisableExternalScorer(model) == DS_ERR_OK);

  char *text = DS_SpeechToText(model, samples, SAMPLE_COUNT);
  Metadata *metadata = DS_SpeechToTextWithMetadata(model, samples, SAMPLE_COUNT, 4);
  EXPECT(text && metadata && metadata->num_transcripts == 4);
  char *spelled = joined(metadata);
  EXPECT(!strcmp(text, spelled));
  EXPECT(metadata->transcripts[0].confidence >= metadata->transcripts[1].confidence);
  DS_FreeMetadata(metadata);

  EXPECT(DS_CreateStream(model, &stream) == DS_ERR_OK);
  for (int i = 0; i < SAMPLE_COUNT; i += 320) DS_FeedAudioContent(stream, samples + i, 320);
  char *partial = DS_IntermediateDecode(stream);
  metadata = DS_IntermediateDecodeWithMetadata(stream, 2);
  EXPECT(partial && metadata);
  DS_FreeString(partial);
  DS_FreeMetadata(metadata);
  char *streamed = DS_FinishStream(stream);
  EXPECT(streamed && !strcmp(streamed, text));
  DS_FreeString(streamed);
  DS_FreeString(text);
  free(spelled);

  EXPECT(DS_CreateStream(model, &stream) == DS_ERR_OK);
  metadata = DS_FinishStreamWithMetadata(stream, 1);
  EXPECT(metadata && metadata->num_transcripts == 1);
  EXPECT(metadata->transcripts[0].num_tokens == 0);
  DS_FreeMetadata(metadata);
  EXPECT(DS_CreateStream(model, &stream) == DS_ERR_OK);
  DS_FreeStream(stream);
  DS_FreeModel(model);

  EXPECT(!DS_SpeechToText(NULL, samples, 1) && !DS_FinishStream(NULL));
  EXPECT(!DS_IntermediateDecode(NULL) && !DS_SpeechToTextWithMetadata(NULL, NULL, 0, 1));
  EXPECT(DS_CreateStream(NULL, &stream) != DS_ERR_OK);
  DS_FeedAudioContent(NULL, samples, 1);
  DS_FreeString(NULL), DS_FreeMetadata(NULL), DS_FreeModel(NULL), DS_FreeStream(NULL);
  char *version = DS_Version(), *message = DS_ErrorCodeToErrorMessage(DS_ERR_INVALID_SCORER);
  EXPECT(!strcmp(version, "0.9.3") && !strcmp(message, "Invalid scorer file."));
  DS_FreeString(version), DS_FreeString(message);
}

static void *bytes_of(const char *path, unsigned *count) {
  FILE *file = fopen(path, "rb");
  fseek(file, 0, SEEK_END);
  *count = (unsigned)ftell(file);
  rewind(file);
  void *bytes = malloc(*count);
  EXPECT(fread(bytes, 1, *count, file) == *count);
  fclose(file);
  return bytes;
}

static void check_stt(void) {
  ModelState *model = NULL, *from_memory = NULL;
  StreamingState *stream = NULL;
  unsigned count = 0;
  EXPECT(STT_CreateModel(other_model_path, &model) == STT_ERR_OK);
  void *bytes = bytes_of(other_model_path, &count);
  EXPECT(STT_CreateModelFromBuffer(bytes, count, &from_memory) == STT_ERR_OK);
  free(bytes);
  bytes = bytes_of(scorer_path, &count);
  EXPECT(STT_EnableExternalScorer(model, scorer_path) == STT_ERR_OK);
  EXPECT(STT_EnableExternalScorerFromBuffer(from_memory, bytes, count) == STT_ERR_OK);
  EXPECT(STT_EnableExternalScorerFromBuffer(from_memory, bytes, 9) == STT_ERR_INVALID_SCORER);
  free(bytes);
  char *text = STT_SpeechToText(model, samples, SAMPLE_COUNT);
  EXPECT(STT_CreateStream(from_memory, &stream) == STT_ERR_OK);
  STT_FeedAudioContent(stream, samples, SAMPLE_COUNT);
  char *flushed = STT_IntermediateDecodeFlushBuffers(stream);
  Metadata *metadata = STT_IntermediateDecodeWithMetadataFlushBuffers(stream, 1);
  char *finished = STT_FinishStream(stream);
  EXPECT(text && flushed && finished && metadata);
  EXPECT(!strcmp(text, flushed) && !strcmp(text, finished));
  STT_FreeString(text), STT_FreeString(flushed), STT_FreeString(finished);
  STT_FreeMetadata(metadata);
  STT_FreeModel(model), STT_FreeModel(from_memory);
  char *version = STT_Version();
  EXPECT(!strcmp(version, "1.4.0"));
  STT_FreeString(version);
}

/* Streams of one model on several threads. */

static ModelState *shared_model;

static void *listen_alone(void *text) {
  StreamingState *stream = NULL;
  if (DS_CreateStream(shared_model, &stream) != DS_ERR_OK) return NULL;
  for (int i = 0; i < SAMPLE_COUNT; i += 800) {
    DS_FeedAudioContent(stream, samples + i, 800);
    DS_FreeString(DS_IntermediateDecode(stream));
  }
  *(char **)text = DS_FinishStream(stream);
  return NULL;
}

static void check_threads(void) {
  enum { THREADS = 6 };
  pthread_t threads[THREADS];
  char *texts[THREADS] = {0}, *alone = NULL;
  EXPECT(DS_CreateModel(model_path, &shared_model) == DS_ERR_OK);
  DS_SetModelBeamWidth(shared_model, 50);
  listen_alone(&alone);
  for (int i = 0; i < THREADS; i++) pthread_create(&threads[i], NULL, listen_alone, &texts[i]);
  for (int i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
  for (int i = 0; i < THREADS; i++) {
    EXPECT(alone && texts[i] && !strcmp(texts[i], alone));
    DS_FreeString(texts[i]);
  }
  DS_FreeString(alone);
  DS_FreeModel(shared_model);
}

int main(int count, char **arguments) {
  if (count != 5) {
    fprintf(stderr, "usage: %s MODEL OTHER_MODEL SCORER MISFIT_SCORER\n", arguments[0]);
    return 2;
  }
  model_path = arguments[1];
  other_model_path = arguments[2];
  scorer_path = arguments[3];
  misfit_path = arguments[4];
  make_samples();
  check_models();
  check_streams();
  check_scorers();
  check_deepspeech();
  check_stt();
  check_threads();
  if (failures == 0) printf("libparla %s: all holds\n", parla_version());
  return failures > 0;
}
