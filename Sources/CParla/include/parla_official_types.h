/* What deepspeech.h and coqui-stt.h have in common: structures of libdeepspeech 0.9.3 and libstt 1.4. */
#ifndef PARLA_OFFICIAL_TYPES_H
#define PARLA_OFFICIAL_TYPES_H

typedef struct ModelState ModelState;
typedef struct StreamingState StreamingState;

/* A label with its time. */
typedef struct TokenMetadata {
  const char *text;
  unsigned int timestep; /* in frames, of 20 ms as a rule */
  float start_time;      /* in seconds */
} TokenMetadata;

typedef struct CandidateTranscript {
  const TokenMetadata *tokens;
  unsigned int num_tokens;
  double confidence; /* natural logarithm of the decoder's score */
} CandidateTranscript;

/* Transcripts of one sound, best first. */
typedef struct Metadata {
  const CandidateTranscript *transcripts;
  unsigned int num_transcripts;
} Metadata;

/* The codes of both libraries, with DS_ERR_ or STT_ERR_ before their names. */
#define PARLA_FOR_EACH_ERROR(APPLY) \
  APPLY(OK, 0x0000, "No error.") \
  APPLY(NO_MODEL, 0x1000, "Missing model information.") \
  APPLY(INVALID_ALPHABET, 0x2000, "Invalid alphabet embedded in model. (Data corruption?)") \
  APPLY(INVALID_SHAPE, 0x2001, "Invalid model shape.") \
  APPLY(INVALID_SCORER, 0x2002, "Invalid scorer file.") \
  APPLY(MODEL_INCOMPATIBLE, 0x2003, "Incompatible model.") \
  APPLY(SCORER_NOT_ENABLED, 0x2004, "External scorer is not enabled.") \
  APPLY(SCORER_UNREADABLE, 0x2005, "Could not read scorer file.") \
  APPLY(SCORER_INVALID_LM, 0x2006, "Could not recognize language model header in scorer.") \
  APPLY(SCORER_NO_TRIE, 0x2007, "Reached end of scorer file before loading vocabulary trie.") \
  APPLY(SCORER_INVALID_TRIE, 0x2008, "Invalid magic in trie header.") \
  APPLY(SCORER_VERSION_MISMATCH, 0x2009, "Scorer file version does not match expected version.") \
  APPLY(FAIL_INIT_MMAP, 0x3000, "Failed to initialize memory mapped model.") \
  APPLY(FAIL_INIT_SESS, 0x3001, "Failed to initialize the session.") \
  APPLY(FAIL_INTERPRETER, 0x3002, "Interpreter failed.") \
  APPLY(FAIL_RUN_SESS, 0x3003, "Failed to run the session.") \
  APPLY(FAIL_CREATE_STREAM, 0x3004, "Error creating the stream.") \
  APPLY(FAIL_READ_PROTOBUF, 0x3005, "Error reading the proto buffer model file.") \
  APPLY(FAIL_CREATE_SESS, 0x3006, "Failed to create session.") \
  APPLY(FAIL_CREATE_MODEL, 0x3007, "Could not allocate model state.") \
  APPLY(FAIL_INSERT_HOTWORD, 0x3008, "Could not insert hot-word.") \
  APPLY(FAIL_CLEAR_HOTWORD, 0x3009, "Could not clear hot-words.") \
  APPLY(FAIL_ERASE_HOTWORD, 0x3010, "Could not erase hot-word.")

#endif
