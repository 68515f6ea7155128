#include "parla_build.h"

const char *parla_build_version(void) { return PARLA_VERSION; }

const char *parla_build_commit(void) { return PARLA_COMMIT; }
