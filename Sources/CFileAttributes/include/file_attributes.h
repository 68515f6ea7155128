// Extended attributes of files, for systems whose headers are not visible from Swift.
#ifndef PARLA_FILE_ATTRIBUTES_H
#define PARLA_FILE_ATTRIBUTES_H

/// Gives the open file `target` the extended attributes of the file at `source`, as far as the file system and the user's
/// rights allow.
void parla_copy_extended_attributes(const char *source, int target);

#endif
