// What recognition costs with a library that has DeepSpeech's interface: libdeepspeech, libstt, or Parla's own.
//
//   cc -O2 client_speed.c -ldl -o client_speed
//   client_speed LIBRARY DS|STT MODEL WAV RUNS BEAM SCORER|-
//
// Prints, as recognition-benchmark does: processor milliseconds to load the model, the least processor seconds of the network alone
// (beam 1, no scorer) and of the whole, the longest 20 ms of a stream in milliseconds, and the peak memory in MB. WAV is of
// 16 bits and one channel.
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef int create_model(const char *, void **);
typedef int enable_scorer(void *, const char *);
typedef int disable_scorer(void *);
typedef int set_beam_width(void *, unsigned);
typedef char *speech_to_text(void *, const short *, unsigned);
typedef int create_stream(void *, void **);
typedef void feed(void *, const short *, unsigned);
typedef char *finish(void *);

static double seconds(clockid_t id) {
  struct timespec time;
  clock_gettime(id, &time);
  return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

static double processor(void) { return seconds(CLOCK_PROCESS_CPUTIME_ID); }

static void *function(void *library, const char *prefix, const char *name) {
  char symbol[64];
  snprintf(symbol, sizeof symbol, "%s_%s", prefix, name);
  void *address = dlsym(library, symbol);
  if (!address) fprintf(stderr, "%s is missing\n", symbol), exit(3);
  return address;
}

static long read_wav(const char *path, short **samples) {
  FILE *file = fopen(path, "rb");
  char id[12];
  unsigned size;
  long count = -1;
  if (!file || fread(id, 1, 12, file) != 12) return -1;
  while (fread(id, 1, 4, file) == 4 && fread(&size, 4, 1, file) == 1) {
    if (!memcmp(id, "data", 4)) {
      *samples = malloc(size);
      count = (long)fread(*samples, 2, size / 2, file);
      break;
    }
    fseek(file, size, SEEK_CUR);
  }
  fclose(file);
  return count;
}

static double peak_memory(void) {
  FILE *file = fopen("/proc/self/status", "r");
  char line[256];
  long kilobytes = 0;
  while (file && fgets(line, sizeof line, file))
    if (!strncmp(line, "VmHWM:", 6)) kilobytes = atol(line + 6);
  if (file) fclose(file);
  return (double)kilobytes / 1024;
}

static double least(double a, double b) { return a < b ? a : b; }

int main(int count, char **arguments) {
  if (count != 8) return fprintf(stderr, "usage: see the head of client_speed.c\n"), 2;
  const char *prefix = arguments[2], *scorer = arguments[7];
  void *library = dlopen(arguments[1], RTLD_NOW | RTLD_GLOBAL), *model;
  if (!library) return fprintf(stderr, "%s\n", dlerror()), 2;
  double start = processor();
  if (((create_model *)function(library, prefix, "CreateModel"))(arguments[3], &model)) return 1;
  printf("load %g\n", 1000 * (processor() - start));
  short *samples;
  const long length = read_wav(arguments[4], &samples);
  if (length < 0) return fprintf(stderr, "%s cannot be read\n", arguments[4]), 1;

  set_beam_width *beam = function(library, prefix, "SetModelBeamWidth");
  speech_to_text *whole = function(library, prefix, "SpeechToText");
  double network_best = 1e9, whole_best = 1e9, chunk_best = 1e9;
  char *text = "";
  for (int run = 0; run < atoi(arguments[5]); run++) {
    if (run) ((disable_scorer *)function(library, prefix, "DisableExternalScorer"))(model);
    beam(model, 1);
    start = processor();
    whole(model, samples, (unsigned)length);
    network_best = least(network_best, processor() - start);

    beam(model, (unsigned)atoi(arguments[6]));
    if (strcmp(scorer, "-")
        && ((enable_scorer *)function(library, prefix, "EnableExternalScorer"))(model, scorer))
      return fprintf(stderr, "%s: no scorer\n", scorer), 1;
    start = processor();
    text = whole(model, samples, (unsigned)length);
    whole_best = least(whole_best, processor() - start);

    void *stream;
    ((create_stream *)function(library, prefix, "CreateStream"))(model, &stream);
    double longest = 0;
    for (long done = 0; done < length; done += 320) {
      start = processor();
      ((feed *)function(library, prefix, "FeedAudioContent"))(
          stream, samples + done, (unsigned)(length - done < 320 ? length - done : 320));
      const double taken = processor() - start;
      if (taken > longest) longest = taken;
    }
    ((finish *)function(library, prefix, "FinishStream"))(stream);
    chunk_best = least(chunk_best, longest);
  }
  printf("network %g\nwhole %g\nchunk %g\n", network_best, whole_best, 1000 * chunk_best);
  printf("seconds %g\ntext %.60s\npeak %g\n", (double)length / 16000, text, peak_memory());
}
