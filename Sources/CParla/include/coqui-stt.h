/* The C interface of libstt 1.4, which libparla has too. Strings are freed with STT_FreeString,
   metadata with STT_FreeMetadata; STT_FinishStream and STT_FinishStreamWithMetadata free their stream.
   Other than the original, libparla takes streams of one model on several threads at once. */
#ifndef COQUI_STT_H
#define COQUI_STT_H

#include "parla_official_types.h"

#ifdef __cplusplus
extern "C" {
#endif

#ifndef STT_EXPORT
#define STT_EXPORT __attribute__((visibility("default")))
#endif

enum STT_Error_Codes {
#define PARLA_DEFINE(NAME, VALUE, MESSAGE) STT_ERR_##NAME = VALUE,
  PARLA_FOR_EACH_ERROR(PARLA_DEFINE)
#undef PARLA_DEFINE
};

/* Models: .pb, .pbmm, .tflite, and Parla's own. */
STT_EXPORT int STT_CreateModel(const char *aModelPath, ModelState **retval);
STT_EXPORT int STT_CreateModelFromBuffer(
    const char *aModelBuffer, unsigned int aBufferSize, ModelState **retval);
STT_EXPORT unsigned int STT_GetModelBeamWidth(const ModelState *aCtx);
STT_EXPORT int STT_SetModelBeamWidth(ModelState *aCtx, unsigned int aBeamWidth);
STT_EXPORT int STT_GetModelSampleRate(const ModelState *aCtx);
STT_EXPORT void STT_FreeModel(ModelState *ctx);

/* Scorer and hot words. */
STT_EXPORT int STT_EnableExternalScorer(ModelState *aCtx, const char *aScorerPath);
STT_EXPORT int STT_EnableExternalScorerFromBuffer(
    ModelState *aCtx, const char *aScorerBuffer, unsigned int aBufferSize);
STT_EXPORT int STT_DisableExternalScorer(ModelState *aCtx);
STT_EXPORT int STT_SetScorerAlphaBeta(ModelState *aCtx, float aAlpha, float aBeta);
STT_EXPORT int STT_AddHotWord(ModelState *aCtx, const char *word, float boost);
STT_EXPORT int STT_EraseHotWord(ModelState *aCtx, const char *word);
STT_EXPORT int STT_ClearHotWords(ModelState *aCtx);

/* Whole recordings: 16-bit samples of one channel, at the model's rate. */
STT_EXPORT char *STT_SpeechToText(
    ModelState *aCtx, const short *aBuffer, unsigned int aBufferSize);
STT_EXPORT Metadata *STT_SpeechToTextWithMetadata(
    ModelState *aCtx, const short *aBuffer, unsigned int aBufferSize, unsigned int aNumResults);

/* Streams. */
STT_EXPORT int STT_CreateStream(ModelState *aCtx, StreamingState **retval);
STT_EXPORT void STT_FeedAudioContent(
    StreamingState *aSctx, const short *aBuffer, unsigned int aBufferSize);
STT_EXPORT char *STT_IntermediateDecode(const StreamingState *aSctx);
STT_EXPORT Metadata *STT_IntermediateDecodeWithMetadata(
    const StreamingState *aSctx, unsigned int aNumResults);
STT_EXPORT char *STT_IntermediateDecodeFlushBuffers(StreamingState *aSctx);
STT_EXPORT Metadata *STT_IntermediateDecodeWithMetadataFlushBuffers(
    StreamingState *aSctx, unsigned int aNumResults);
STT_EXPORT char *STT_FinishStream(StreamingState *aSctx);
STT_EXPORT Metadata *STT_FinishStreamWithMetadata(
    StreamingState *aSctx, unsigned int aNumResults);
STT_EXPORT void STT_FreeStream(StreamingState *aSctx);

STT_EXPORT void STT_FreeMetadata(Metadata *m);
STT_EXPORT void STT_FreeString(char *str);

/* The version of libstt whose interface this is; freed with STT_FreeString, as is the message. */
STT_EXPORT char *STT_Version(void);
STT_EXPORT char *STT_ErrorCodeToErrorMessage(int aErrorCode);

#undef STT_EXPORT

#ifdef __cplusplus
}
#endif

#endif
