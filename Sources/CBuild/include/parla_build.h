/* What this build of Parla is. A release compiles with -DPARLA_COMMIT="…". */
#ifndef PARLA_BUILD_H
#define PARLA_BUILD_H

#define PARLA_VERSION "0.1.0"

#ifndef PARLA_COMMIT
#define PARLA_COMMIT ""
#endif

/* Such as "0.1.0". */
const char *parla_build_version(void);

/* The commit that it was built from; empty if the build did not record it. */
const char *parla_build_commit(void);

#endif
