#if !defined(_GNU_SOURCE)
#define _GNU_SOURCE
#endif
#include "CArchives.h"

#if !__has_include(<archive.h>)
#error "libarchive's archive.h was not found. Run scripts/install-dependencies and build again."
#endif
#include <archive.h>
#include <archive_entry.h>
#include <dlfcn.h>
#include <errno.h>
#include <locale.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#if defined(__APPLE__)
#include <xlocale.h>
#endif

enum { block_size = 1 << 17 };

// libarchive and the eight libraries that it needs are loaded when the first archive is opened: loading them costs every start of a
// program a millisecond and a half.
#define FUNCTIONS(X) \
  X(archive_entry_filetype) \
  X(archive_entry_hardlink) \
  X(archive_entry_pathname) \
  X(archive_entry_pathname_utf8) \
  X(archive_entry_size) \
  X(archive_entry_size_is_set) \
  X(archive_entry_symlink) \
  X(archive_error_string) \
  X(archive_format) \
  X(archive_read_data) \
  X(archive_read_free) \
  X(archive_read_new) \
  X(archive_read_next_header) \
  X(archive_read_open) \
  X(archive_read_open_filename) \
  X(archive_read_support_filter_lzma) \
  X(archive_read_support_filter_zstd) \
  X(archive_read_support_format_7zip) \
  X(archive_read_support_format_gnutar) \
  X(archive_read_support_format_raw) \
  X(archive_read_support_format_tar) \
  X(archive_read_support_format_zip) \
  X(archive_set_error) \
  X(archive_version_details)

static struct {
#define FIELD(name) __typeof__(name) *name;
  FUNCTIONS(FIELD)
#undef FIELD
} la;

static int is_loaded;

static void load(void) {
  static const char *const names[] = {
      "libarchive.so.13", "libarchive.so", "libarchive.13.dylib", "libarchive.dylib"};
  void *library = NULL;
  for (size_t i = 0; !library && i < sizeof names / sizeof *names; i++)
    library = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
  if (!library) return;
  void *found;
  // Function pointers are not object pointers to C, though to dlsym.
#define FIND(name) \
  if (!(found = dlsym(library, #name))) return; \
  memcpy(&la.name, &found, sizeof found);
  FUNCTIONS(FIND)
#undef FIND
  is_loaded = 1;
}

struct parla_archive {
  struct archive *reader;
  struct archive_entry *entry;
  parla_archive_source source;
  void *context;
  locale_t utf8;
  int failed;
  char message[256];
  char block[block_size];
};

static void fail(parla_archive *a) {
  const char *words = la.archive_error_string(a->reader);
  a->failed = 1;
  snprintf(a->message, sizeof a->message, "%s", words ? words : "no archive of a known kind");
}

/* libarchive spells names in the thread's locale, which need not be one that has all letters. */
static locale_t enter(parla_archive *a) {
  return a->utf8 ? uselocale(a->utf8) : (locale_t)0;
}

static void leave(parla_archive *a, locale_t before) {
  if (a->utf8) uselocale(before);
}

static int is_there(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, load);
  return is_loaded;
}

const char *parla_archive_library(void) {
  return is_there() ? la.archive_version_details() : NULL;
}

static parla_archive *create(int is_raw) {
  parla_archive *a = calloc(1, sizeof *a);
  if (!a) return NULL;
  if (!is_there()) {
    a->failed = 1;
    snprintf(
        a->message, sizeof a->message,
        "libarchive was not found, expected libarchive.so.13. On Debian and Ubuntu: apt-get install libarchive13");
    return a;
  }
  a->utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
  if (!a->utf8) a->utf8 = newlocale(LC_CTYPE_MASK, "en_US.UTF-8", (locale_t)0);
  a->reader = la.archive_read_new();
  if (!a->reader) {
    free(a);
    return NULL;
  }
  la.archive_read_support_filter_lzma(a->reader);
  la.archive_read_support_filter_zstd(a->reader);
  if (is_raw) {
    la.archive_read_support_format_raw(a->reader);
  } else {
    la.archive_read_support_format_tar(a->reader);
    la.archive_read_support_format_gnutar(a->reader);
    la.archive_read_support_format_zip(a->reader);
    la.archive_read_support_format_7zip(a->reader);
  }
  return a;
}

parla_archive *parla_archive_open(const char *path) {
  parla_archive *a = create(0);
  if (!a || a->failed) return a;
  locale_t before = enter(a);
  if (la.archive_read_open_filename(a->reader, path, block_size) != ARCHIVE_OK) fail(a);
  leave(a, before);
  return a;
}

static la_ssize_t read_source(struct archive *reader, void *data, const void **buffer) {
  parla_archive *a = data;
  int64_t count = a->source(a->context, a->block, sizeof a->block);
  if (count < 0) {
    la.archive_set_error(reader, EIO, "its bytes cannot be read");
    return ARCHIVE_FATAL;
  }
  *buffer = a->block;
  return (la_ssize_t)count;
}

parla_archive *parla_archive_open_stream(parla_archive_source source, void *context, int is_raw) {
  parla_archive *a = create(is_raw);
  if (!a || a->failed) return a;
  a->source = source;
  a->context = context;
  locale_t before = enter(a);
  if (la.archive_read_open(a->reader, a, NULL, read_source, NULL) != ARCHIVE_OK) fail(a);
  leave(a, before);
  return a;
}

void parla_archive_close(parla_archive *a) {
  if (!a) return;
  if (a->reader) la.archive_read_free(a->reader);
  if (a->utf8) freelocale(a->utf8);
  free(a);
}

parla_archive_status parla_archive_next(parla_archive *a) {
  if (a->failed) return PARLA_ARCHIVE_FAILED;
  locale_t before = enter(a);
  int code = la.archive_read_next_header(a->reader, &a->entry);
  leave(a, before);
  if (code == ARCHIVE_EOF) return PARLA_ARCHIVE_END;
  if (code == ARCHIVE_OK || code == ARCHIVE_WARN) return PARLA_ARCHIVE_ENTRY;
  fail(a);
  return PARLA_ARCHIVE_FAILED;
}

const char *parla_archive_entry_name(parla_archive *a) {
  locale_t before = enter(a);
  const char *name = la.archive_entry_pathname_utf8(a->entry);
  if (!name) name = la.archive_entry_pathname(a->entry);
  leave(a, before);
  return name ? name : "";
}

int64_t parla_archive_entry_size(parla_archive *a) {
  return la.archive_entry_size_is_set(a->entry) ? la.archive_entry_size(a->entry) : -1;
}

int parla_archive_entry_is_file(parla_archive *a) {
  return la.archive_entry_filetype(a->entry) == AE_IFREG && !la.archive_entry_hardlink(a->entry);
}

const char *parla_archive_entry_link(parla_archive *a, int *is_symbolic) {
  locale_t before = enter(a);
  const char *target = la.archive_entry_hardlink(a->entry);
  *is_symbolic = !target;
  if (!target && la.archive_entry_filetype(a->entry) == AE_IFLNK) target = la.archive_entry_symlink(a->entry);
  leave(a, before);
  return target;
}

int parla_archive_has_checksums(parla_archive *a) {
  int format = la.archive_format(a->reader) & ARCHIVE_FORMAT_BASE_MASK;
  return format == ARCHIVE_FORMAT_ZIP || format == ARCHIVE_FORMAT_7ZIP;
}

int64_t parla_archive_read(parla_archive *a, void *buffer, size_t length) {
  if (a->failed) return -1;
  locale_t before = enter(a);
  la_ssize_t count = la.archive_read_data(a->reader, buffer, length);
  leave(a, before);
  if (count >= 0) return count;
  fail(a);
  return -1;
}

const char *parla_archive_error(parla_archive *a) { return a->failed ? a->message : NULL; }
