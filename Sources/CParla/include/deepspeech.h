/* The C interface of libdeepspeech 0.9.3, which libparla has too. Strings are freed with DS_FreeString,
   metadata with DS_FreeMetadata; DS_FinishStream and DS_FinishStreamWithMetadata free their stream.
   Other than the original, libparla takes streams of one model on several threads at once. */
#ifndef DEEPSPEECH_H
#define DEEPSPEECH_H

#include "parla_official_types.h"

#ifdef __cplusplus
extern "C" {
#endif

#ifndef DEEPSPEECH_EXPORT
#define DEEPSPEECH_EXPORT __attribute__((visibility("default")))
#endif

enum DeepSpeech_Error_Codes {
#define PARLA_DEFINE(NAME, VALUE, MESSAGE) DS_ERR_##NAME = VALUE,
  PARLA_FOR_EACH_ERROR(PARLA_DEFINE)
#undef PARLA_DEFINE
};

/* Models: .pb, .pbmm, .tflite, and Parla's own. */
DEEPSPEECH_EXPORT int DS_CreateModel(const char *aModelPath, ModelState **retval);
DEEPSPEECH_EXPORT unsigned int DS_GetModelBeamWidth(const ModelState *aCtx);
DEEPSPEECH_EXPORT int DS_SetModelBeamWidth(ModelState *aCtx, unsigned int aBeamWidth);
DEEPSPEECH_EXPORT int DS_GetModelSampleRate(const ModelState *aCtx);
DEEPSPEECH_EXPORT void DS_FreeModel(ModelState *ctx);

/* Scorer and hot words. */
DEEPSPEECH_EXPORT int DS_EnableExternalScorer(ModelState *aCtx, const char *aScorerPath);
DEEPSPEECH_EXPORT int DS_DisableExternalScorer(ModelState *aCtx);
DEEPSPEECH_EXPORT int DS_SetScorerAlphaBeta(ModelState *aCtx, float aAlpha, float aBeta);
DEEPSPEECH_EXPORT int DS_AddHotWord(ModelState *aCtx, const char *word, float boost);
DEEPSPEECH_EXPORT int DS_EraseHotWord(ModelState *aCtx, const char *word);
DEEPSPEECH_EXPORT int DS_ClearHotWords(ModelState *aCtx);

/* Whole recordings: 16-bit samples of one channel, at the model's rate. */
DEEPSPEECH_EXPORT char *DS_SpeechToText(
    ModelState *aCtx, const short *aBuffer, unsigned int aBufferSize);
DEEPSPEECH_EXPORT Metadata *DS_SpeechToTextWithMetadata(
    ModelState *aCtx, const short *aBuffer, unsigned int aBufferSize, unsigned int aNumResults);

/* Streams. */
DEEPSPEECH_EXPORT int DS_CreateStream(ModelState *aCtx, StreamingState **retval);
DEEPSPEECH_EXPORT void DS_FeedAudioContent(
    StreamingState *aSctx, const short *aBuffer, unsigned int aBufferSize);
DEEPSPEECH_EXPORT char *DS_IntermediateDecode(const StreamingState *aSctx);
DEEPSPEECH_EXPORT Metadata *DS_IntermediateDecodeWithMetadata(
    const StreamingState *aSctx, unsigned int aNumResults);
DEEPSPEECH_EXPORT char *DS_FinishStream(StreamingState *aSctx);
DEEPSPEECH_EXPORT Metadata *DS_FinishStreamWithMetadata(
    StreamingState *aSctx, unsigned int aNumResults);
DEEPSPEECH_EXPORT void DS_FreeStream(StreamingState *aSctx);

DEEPSPEECH_EXPORT void DS_FreeMetadata(Metadata *m);
DEEPSPEECH_EXPORT void DS_FreeString(char *str);

/* The version of libdeepspeech whose interface this is; freed with DS_FreeString, as is the message. */
DEEPSPEECH_EXPORT char *DS_Version(void);
DEEPSPEECH_EXPORT char *DS_ErrorCodeToErrorMessage(int aErrorCode);

#undef DEEPSPEECH_EXPORT

#ifdef __cplusplus
}
#endif

#endif
