#include "deepspeech.h"

#define OFFICIAL(name) DS_##name
#define OFFICIAL_VERSION "0.9.3"
#include "official.h"
