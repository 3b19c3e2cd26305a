// SPDX-License-Identifier: MIT
// What Swift's Glibc module leaves out.
#ifndef POSTIL_SYSTEM_H
#define POSTIL_SYSTEM_H

#include <stdint.h>

/// The type number of the file system under `path` (see linux/magic.h); 0 when it can't be told.
uint64_t postil_file_system_type(const char *path);

/// SQLite's SQLITE_TRANSIENT, a macro that Swift can't read: what is bound with it is copied before
/// the call returns.
static inline void (*postil_copied(void))(void *) { return (void (*)(void *))-1; }

#endif
