#include "parla.h"
#include "parla_build.h"
#include "parla_internal.h"

#include <stdio.h>

static _Thread_local char error_message[4096];

void parla_set_error_message(const char *message) {
  snprintf(error_message, sizeof error_message, "%s", message);
}

const char *parla_error_message(void) { return error_message; }

const char *parla_version(void) { return PARLA_VERSION; }
