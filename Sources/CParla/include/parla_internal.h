/* The interface between the Swift and the C sides of libparla; not installed. */
#ifndef PARLA_INTERNAL_H
#define PARLA_INTERNAL_H

/* Keeps `message` for parla_error_message() on this thread. */
void parla_set_error_message(const char *message);

#endif
