#include "file_attributes.h"

#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/xattr.h>

#if defined(__APPLE__)
#define LIST(path, list, size) listxattr(path, list, size, 0)
#define GET(path, name, value, size) getxattr(path, name, value, size, 0, 0)
#define SET(file, name, value, size) fsetxattr(file, name, value, size, 0, 0)
#else
#define LIST(path, list, size) listxattr(path, list, size)
#define GET(path, name, value, size) getxattr(path, name, value, size)
#define SET(file, name, value, size) fsetxattr(file, name, value, size, 0)
#endif

static void copy_one(const char *source, int target, const char *name) {
  ssize_t size = GET(source, name, NULL, 0);
  if (size < 0) return;
  char *value = malloc(size > 0 ? (size_t)size : 1);
  if (value == NULL) return;
  size = GET(source, name, value, (size_t)size);
  if (size >= 0) (void)SET(target, name, value, (size_t)size);
  free(value);
}

void parla_copy_extended_attributes(const char *source, int target) {
  ssize_t size = LIST(source, NULL, 0);
  if (size <= 0) return;
  char *names = malloc((size_t)size);
  if (names == NULL) return;
  size = LIST(source, names, (size_t)size);
  for (ssize_t start = 0; start < size; start += (ssize_t)strlen(names + start) + 1)
    copy_one(source, target, names + start);
  free(names);
}
