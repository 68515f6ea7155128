// SwiftPM builds a C target only if it has a source; this one also checks that the headers compile.
#include "CAudioFormats.h"
