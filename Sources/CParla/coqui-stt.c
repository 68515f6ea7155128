#include "coqui-stt.h"

#define OFFICIAL(name) STT_##name
#define OFFICIAL_VERSION "1.4.0"
#include "official.h"

/* What only libstt has. */

int STT_CreateModelFromBuffer(const char *bytes, unsigned count, ModelState **model) {
  return reported(parla_model_open_buffer(
      bytes, count, PARLA_WEIGHTS_INT8, (parla_model **)model));
}

int STT_EnableExternalScorerFromBuffer(ModelState *model, const char *bytes, unsigned count) {
  return reported(parla_model_enable_scorer_buffer(MODEL(model), bytes, count));
}

static parla_result *text_flushing(const StreamingState *stream, unsigned count) {
  parla_result *result = NULL;
  reported(parla_stream_intermediate_flushing(STREAM(stream), count, &result));
  return result;
}

char *STT_IntermediateDecodeFlushBuffers(StreamingState *stream) {
  return best_text(text_flushing(stream, 1));
}

Metadata *STT_IntermediateDecodeWithMetadataFlushBuffers(
    StreamingState *stream, unsigned result_count) {
  return metadata_of(text_flushing(stream, result_count));
}
