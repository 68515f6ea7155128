// libarchive, so that Swift sees neither its structures nor its codes. Only ParlaCorpusImport/Source imports this.
#ifndef PARLA_CARCHIVES_H
#define PARLA_CARCHIVES_H

#include <stddef.h>
#include <stdint.h>

typedef struct parla_archive parla_archive;

typedef enum {
  PARLA_ARCHIVE_ENTRY = 0,
  PARLA_ARCHIVE_END = 1,
  PARLA_ARCHIVE_FAILED = 2,
} parla_archive_status;

/* The versions of libarchive and of what it unpacks with, "libarchive 3.6.2 zlib/1.2.13 …"; NULL where it is not to be found. */
const char *parla_archive_library(void);

/* Opens tar (plain, lzma, zstd), zip and 7z. Never NULL but when memory is short; whether it can be read is said by
   parla_archive_error, which is NULL where nothing is wrong. */
parla_archive *parla_archive_open(const char *path);

/* Writes the next bytes of a stream to buffer and says how many; 0 at its end, -1 when they cannot be read. */
typedef int64_t (*parla_archive_source)(void *context, void *buffer, size_t length);

/* The same for bytes that come from source, which is given context. A raw one has what lzma or zstd packed as its one entry. */
parla_archive *parla_archive_open_stream(parla_archive_source source, void *context, int is_raw);

void parla_archive_close(parla_archive *archive);

parla_archive_status parla_archive_next(parla_archive *archive);

/* Of the current entry. The name is UTF-8, or the bytes that are there where it cannot be; the size is -1 where it is not known. */
const char *parla_archive_entry_name(parla_archive *archive);
int64_t parla_archive_entry_size(parla_archive *archive);
int parla_archive_entry_is_file(parla_archive *archive);

/* What the current entry links to: a path from its own folder if it is a symbolic link, else one from the archive's root. NULL where
   it is no link. */
const char *parla_archive_entry_link(parla_archive *archive, int *is_symbolic);

/* Whether the entries have checksums, which are looked at where an entry is read to its end. */
int parla_archive_has_checksums(parla_archive *archive);

/* The next bytes of the current entry; 0 at its end, -1 when they cannot be read. */
int64_t parla_archive_read(parla_archive *archive, void *buffer, size_t length);

/* What is wrong, NULL if nothing is. */
const char *parla_archive_error(parla_archive *archive);

#endif
