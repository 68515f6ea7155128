// The C libraries that read sound files and change sample rates. Only ParlaAudio imports this.
#ifndef PARLA_C_AUDIO_FORMATS_H
#define PARLA_C_AUDIO_FORMATS_H

#if !__has_include(<sndfile.h>)
#error "libsndfile's sndfile.h was not found. Run scripts/install-dependencies and build again."
#elif !__has_include(<soxr.h>)
#error "libsoxr's soxr.h was not found. Run scripts/install-dependencies and build again."
#else
#include <sndfile.h>
#include <soxr.h>
#endif

#endif
