// SPDX-License-Identifier: MIT
// What Swift's Glibc module leaves out, and what SQLite offers only to C.
#ifndef POSTIL_SYSTEM_H
#define POSTIL_SYSTEM_H

#include <stdint.h>

struct sqlite3;

/// The type number of the file system under `path` (see linux/magic.h); 0 when it can't be told.
uint64_t postil_file_system_type(const char *path);

/// Lets two paths of one file system change places in one step (renameat2, RENAME_EXCHANGE).
/// 0, or -1 with errno set: EINVAL or ENOSYS where the file system or the kernel can't.
int postil_exchange(const char *left, const char *right);

/// Whether closing the last connection folds the write-ahead log into the database
/// (SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, which is variadic and so out of Swift's reach).
/// SQLite's result code.
int postil_sqlite_folds_on_close(struct sqlite3 *connection, int folds);

/// Lets all threads share at most so many heaps (glibc's M_ARENA_MAX): what one thread frees of
/// another's heap stays there, so that many heaps hold much memory that nobody uses. Does nothing
/// where the system's allocator is another one.
void postil_limit_heaps(int most);

/// SQLite's SQLITE_TRANSIENT, a macro that Swift can't read: what is bound with it is copied before
/// the call returns.
static inline void (*postil_copied(void))(void *) { return (void (*)(void *))-1; }

#endif
