// SPDX-License-Identifier: MIT
#if defined(__linux__) && !defined(_GNU_SOURCE)
#define _GNU_SOURCE
#endif

#include "CPostilSystem.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>

#if defined(__linux__)
#include <fcntl.h>
#include <sys/vfs.h>

uint64_t postil_file_system_type(const char *path) {
  struct statfs status;
  if (statfs(path, &status) != 0) return 0;
  return (uint64_t)(uint32_t)status.f_type;
}

int postil_exchange(const char *left, const char *right) {
  return renameat2(AT_FDCWD, left, AT_FDCWD, right, RENAME_EXCHANGE);
}
#else
uint64_t postil_file_system_type(const char *path) {
  (void)path;
  return 0;
}

int postil_exchange(const char *left, const char *right) {
  (void)left;
  (void)right;
  errno = ENOSYS;
  return -1;
}
#endif

int postil_sqlite_folds_on_close(struct sqlite3 *connection, int folds) {
  return sqlite3_db_config(connection, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, folds ? 0 : 1, NULL);
}

#if defined(__GLIBC__)
#include <malloc.h>

void postil_limit_heaps(int most) { mallopt(M_ARENA_MAX, most); }
#else
void postil_limit_heaps(int most) { (void)most; }
#endif
