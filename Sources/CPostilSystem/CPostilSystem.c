// SPDX-License-Identifier: MIT
#include "CPostilSystem.h"

#if defined(__linux__)
#include <sys/vfs.h>

uint64_t postil_file_system_type(const char *path) {
  struct statfs status;
  if (statfs(path, &status) != 0) return 0;
  return (uint64_t)(uint32_t)status.f_type;
}
#else
uint64_t postil_file_system_type(const char *path) {
  (void)path;
  return 0;
}
#endif
