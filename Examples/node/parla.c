/* libparla for Node.js: transcribe(model, path) resolves to { text, words: [{ text, start, end }] }.

   The work is done on a thread of Node's pool, so that the program stays free meanwhile. */
#include <node_api.h>
#include <parla.h>

#include <stdlib.h>
#include <string.h>

typedef struct {
  napi_async_work work;
  napi_deferred promise;
  napi_ref model_reference; /* the model lives until the work is done */
  parla_model *model;
  char *path;
  parla_result *result;
  char *problem;
} Task;

static napi_value throw_message(napi_env environment, const char *message) {
  napi_throw_error(environment, NULL, message);
  return NULL;
}

/* The UTF-8 of a string, to be freed; NULL for anything else. */
static char *copy_string(napi_env environment, napi_value value) {
  size_t length;
  if (napi_get_value_string_utf8(environment, value, NULL, 0, &length) != napi_ok) return NULL;
  char *text = malloc(length + 1);
  if (text) napi_get_value_string_utf8(environment, value, text, length + 1, &length);
  return text;
}

static void free_model(napi_env environment, void *model, void *hint) {
  (void)environment, (void)hint;
  parla_model_free(model);
}

/* open(path): a model. */
static napi_value open_model(napi_env environment, napi_callback_info info) {
  size_t count = 1;
  napi_value argument, value;
  napi_get_cb_info(environment, info, &count, &argument, NULL, NULL);
  char *path = count == 1 ? copy_string(environment, argument) : NULL;
  if (!path) return throw_message(environment, "open needs the path of a model.");
  parla_model *model;
  parla_status status = parla_model_open(path, PARLA_WEIGHTS_INT8, &model);
  free(path);
  if (status != PARLA_OK) return throw_message(environment, parla_error_message());
  napi_create_external(environment, model, free_model, NULL, &value);
  return value;
}

static void run(napi_env environment, void *data) {
  (void)environment;
  Task *task = data;
  if (parla_model_transcribe_file(task->model, task->path, 1, &task->result) != PARLA_OK)
    task->problem = strdup(parla_error_message());
}

static void set_string(napi_env environment, napi_value object, const char *name, const char *text) {
  napi_value value;
  napi_create_string_utf8(environment, text, NAPI_AUTO_LENGTH, &value);
  napi_set_named_property(environment, object, name, value);
}

static void set_number(napi_env environment, napi_value object, const char *name, double number) {
  napi_value value;
  napi_create_double(environment, number, &value);
  napi_set_named_property(environment, object, name, value);
}

static napi_value make_transcript(napi_env environment, const parla_transcript *transcript) {
  napi_value object, words;
  napi_create_object(environment, &object);
  set_string(environment, object, "text", transcript->text);
  napi_create_array_with_length(environment, transcript->word_count, &words);
  for (size_t i = 0; i < transcript->word_count; i++) {
    napi_value word;
    napi_create_object(environment, &word);
    set_string(environment, word, "text", transcript->words[i].text);
    set_number(environment, word, "start", transcript->words[i].start);
    set_number(environment, word, "end", transcript->words[i].end);
    napi_set_element(environment, words, (uint32_t)i, word);
  }
  napi_set_named_property(environment, object, "words", words);
  return object;
}

static void settle(napi_env environment, napi_status status, void *data) {
  Task *task = data;
  if (status == napi_ok && !task->problem) {
    napi_resolve_deferred(
        environment, task->promise, make_transcript(environment, &task->result->transcripts[0]));
  } else {
    napi_value message, error;
    const char *problem = task->problem ? task->problem : "the program is ending";
    napi_create_string_utf8(environment, problem, NAPI_AUTO_LENGTH, &message);
    napi_create_error(environment, NULL, message, &error);
    napi_reject_deferred(environment, task->promise, error);
  }
  parla_result_free(task->result);
  napi_delete_reference(environment, task->model_reference);
  napi_delete_async_work(environment, task->work);
  free(task->problem);
  free(task->path);
  free(task);
}

/* transcribe(model, path): a promise of the transcript. */
static napi_value transcribe(napi_env environment, napi_callback_info info) {
  size_t count = 2;
  napi_value arguments[2], promise, name;
  napi_get_cb_info(environment, info, &count, arguments, NULL, NULL);
  void *model;
  if (count < 2 || napi_get_value_external(environment, arguments[0], &model) != napi_ok)
    return throw_message(environment, "transcribe needs a model and the path of a recording.");
  char *path = copy_string(environment, arguments[1]);
  Task *task = path ? calloc(1, sizeof *task) : NULL;
  if (!task) {
    free(path);
    return throw_message(environment, "transcribe needs a model and the path of a recording.");
  }
  task->model = model;
  task->path = path;
  napi_create_reference(environment, arguments[0], 1, &task->model_reference);
  napi_create_promise(environment, &task->promise, &promise);
  napi_create_string_utf8(environment, "transcribe", NAPI_AUTO_LENGTH, &name);
  napi_create_async_work(environment, NULL, name, run, settle, task, &task->work);
  napi_queue_async_work(environment, task->work);
  return promise;
}

NAPI_MODULE_INIT() {
  napi_value function;
  napi_create_function(env, "open", NAPI_AUTO_LENGTH, open_model, NULL, &function);
  napi_set_named_property(env, exports, "open", function);
  napi_create_function(env, "transcribe", NAPI_AUTO_LENGTH, transcribe, NULL, &function);
  napi_set_named_property(env, exports, "transcribe", function);
  return exports;
}
