// The C libraries that read sound files, change sample rates and encode speech. Only ParlaAudio imports this.
#ifndef PARLA_C_AUDIO_FORMATS_H
#define PARLA_C_AUDIO_FORMATS_H

#if !__has_include(<sndfile.h>)
#error "libsndfile's sndfile.h was not found. Run scripts/install-dependencies and build again."
#elif !__has_include(<soxr.h>)
#error "libsoxr's soxr.h was not found. Run scripts/install-dependencies and build again."
#elif !__has_include(<opus/opus.h>)
#error "libopus's opus/opus.h was not found. Run scripts/install-dependencies and build again."
#else
#include <opus/opus.h>
#include <sndfile.h>
#include <soxr.h>

/// Why no sound file can be read or written, whatever is in it; NULL where they can.
const char *parla_sound_files_problem(void);

/// opus_encoder_ctl with OPUS_SET_BITRATE: Swift calls no functions with a variable number of arguments.
int parla_opus_set_bit_rate(OpusEncoder *encoder, int bits_per_second);
#endif

#endif
