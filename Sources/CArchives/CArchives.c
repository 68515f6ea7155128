#if !defined(_GNU_SOURCE)
#define _GNU_SOURCE
#endif
#include "CArchives.h"

#if !__has_include(<archive.h>)
#error "libarchive's archive.h was not found. Run scripts/install-dependencies and build again."
#endif
#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#if defined(__APPLE__)
#include <xlocale.h>
#endif

enum { block_size = 1 << 17 };

struct parla_archive {
  struct archive *reader;
  struct archive_entry *entry;
  parla_archive *outer;
  locale_t utf8;
  int failed;
  char message[256];
  char block[block_size];
};

static void fail(parla_archive *a) {
  const char *words = archive_error_string(a->reader);
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

static parla_archive *create(void) {
  parla_archive *a = calloc(1, sizeof *a);
  if (!a) return NULL;
  a->utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
  if (!a->utf8) a->utf8 = newlocale(LC_CTYPE_MASK, "en_US.UTF-8", (locale_t)0);
  a->reader = archive_read_new();
  if (!a->reader) {
    free(a);
    return NULL;
  }
  archive_read_support_filter_gzip(a->reader);
  archive_read_support_filter_bzip2(a->reader);
  archive_read_support_filter_xz(a->reader);
  archive_read_support_filter_lzma(a->reader);
  archive_read_support_filter_zstd(a->reader);
  archive_read_support_format_tar(a->reader);
  archive_read_support_format_gnutar(a->reader);
  archive_read_support_format_zip(a->reader);
  archive_read_support_format_7zip(a->reader);
  return a;
}

parla_archive *parla_archive_open(const char *path) {
  parla_archive *a = create();
  if (!a) return NULL;
  locale_t before = enter(a);
  if (archive_read_open_filename(a->reader, path, block_size) != ARCHIVE_OK) fail(a);
  leave(a, before);
  return a;
}

static la_ssize_t read_outer(struct archive *reader, void *data, const void **buffer) {
  parla_archive *a = data;
  int64_t count = parla_archive_read(a->outer, a->block, sizeof a->block);
  if (count < 0) {
    archive_set_error(reader, EIO, "%s", a->outer->message);
    return ARCHIVE_FATAL;
  }
  *buffer = a->block;
  return (la_ssize_t)count;
}

parla_archive *parla_archive_open_entry(parla_archive *outer) {
  parla_archive *a = create();
  if (!a) return NULL;
  a->outer = outer;
  locale_t before = enter(a);
  if (archive_read_open(a->reader, a, NULL, read_outer, NULL) != ARCHIVE_OK) fail(a);
  leave(a, before);
  return a;
}

void parla_archive_close(parla_archive *a) {
  if (!a) return;
  archive_read_free(a->reader);
  if (a->utf8) freelocale(a->utf8);
  free(a);
}

parla_archive_status parla_archive_next(parla_archive *a) {
  if (a->failed) return PARLA_ARCHIVE_FAILED;
  locale_t before = enter(a);
  int code = archive_read_next_header(a->reader, &a->entry);
  leave(a, before);
  if (code == ARCHIVE_EOF) return PARLA_ARCHIVE_END;
  if (code == ARCHIVE_OK || code == ARCHIVE_WARN) return PARLA_ARCHIVE_ENTRY;
  fail(a);
  return PARLA_ARCHIVE_FAILED;
}

const char *parla_archive_entry_name(parla_archive *a) {
  locale_t before = enter(a);
  const char *name = archive_entry_pathname_utf8(a->entry);
  if (!name) name = archive_entry_pathname(a->entry);
  leave(a, before);
  return name ? name : "";
}

int64_t parla_archive_entry_size(parla_archive *a) {
  return archive_entry_size_is_set(a->entry) ? archive_entry_size(a->entry) : -1;
}

int parla_archive_entry_is_file(parla_archive *a) {
  return archive_entry_filetype(a->entry) == AE_IFREG && !archive_entry_hardlink(a->entry);
}

int64_t parla_archive_read(parla_archive *a, void *buffer, size_t length) {
  if (a->failed) return -1;
  locale_t before = enter(a);
  la_ssize_t count = archive_read_data(a->reader, buffer, length);
  leave(a, before);
  if (count >= 0) return count;
  fail(a);
  return -1;
}

const char *parla_archive_error(parla_archive *a) { return a->failed ? a->message : NULL; }
