/* Writes down a raw recording (16 bits, one channel, the model's rate) while it is being read.

   scripts/build-c-library
   cc -I build/libparla/include Examples/c/listen.c -L build/libparla/lib -lparla -o listen
   arecord -f S16_LE -r 16000 -t raw | LD_LIBRARY_PATH=build/libparla/lib ./listen MODEL [SCORER] */
#include <parla.h>

#include <stdio.h>

static int fail(void) {
  fprintf(stderr, "%s\n", parla_error_message());
  return 1;
}

int main(int count, char **arguments) {
  if (count < 2) {
    fprintf(stderr, "usage: %s MODEL [SCORER] < RAW\n", arguments[0]);
    return 2;
  }
  parla_model *model;
  if (parla_model_open(arguments[1], PARLA_WEIGHTS_INT8, &model) != PARLA_OK) return fail();
  if (count > 2 && parla_model_enable_scorer(model, arguments[2]) != PARLA_OK) return fail();

  parla_stream *stream;
  if (parla_stream_open(model, &stream) != PARLA_OK) return fail();
  int16_t samples[8000];
  size_t length;
  parla_result *result;
  while ((length = fread(samples, sizeof samples[0], 8000, stdin)) > 0) {
    if (parla_stream_feed(stream, samples, length) != PARLA_OK) return fail();
    if (parla_stream_intermediate(stream, 1, &result) != PARLA_OK) return fail();
    fprintf(stderr, "\r%s", result->transcripts[0].text);
    parla_result_free(result);
  }

  if (parla_stream_finish(stream, 1, &result) != PARLA_OK) return fail();
  const parla_transcript *best = &result->transcripts[0];
  printf("\n%s\n", best->text);
  for (size_t i = 0; i < best->word_count; i++)
    printf("%7.2f to %7.2f s  %s\n", best->words[i].start, best->words[i].end, best->words[i].text);
  parla_result_free(result);
  parla_stream_free(stream);
  parla_model_free(model);
  return 0;
}
