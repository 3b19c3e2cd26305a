// SPDX-License-Identifier: MIT

#include "CCounters.h"

#include <sqlite3.h>
#include <stdatomic.h>
#include <stddef.h>

static atomic_ulong allocations, bytes, statements;

unsigned long postil_allocations(void) { return atomic_load(&allocations); }
unsigned long postil_allocated_bytes(void) { return atomic_load(&bytes); }
unsigned long postil_statements(void) { return atomic_load(&statements); }

#if defined(__GLIBC__)

// A program's own malloc goes before the library's, also for what the library allocates itself
// (glibc manual, "Replacing malloc"); the memory stays glibc's, so its free fits.
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *block, size_t size);

static void note(size_t size) {
  atomic_fetch_add_explicit(&allocations, 1, memory_order_relaxed);
  atomic_fetch_add_explicit(&bytes, size, memory_order_relaxed);
}

void *malloc(size_t size) {
  note(size);
  return __libc_malloc(size);
}

void *calloc(size_t count, size_t size) {
  note(count * size);
  return __libc_calloc(count, size);
}

void *realloc(void *block, size_t size) {
  note(size);
  return __libc_realloc(block, size);
}

#endif

// Statements that SQLite runs inside of others (triggers) begin with a comment here.
static int traced(unsigned kind, void *context, void *statement, void *text) {
  const char *sql = text;
  if (kind == SQLITE_TRACE_STMT && !(sql && sql[0] == '-' && sql[1] == '-'))
    atomic_fetch_add_explicit(&statements, 1, memory_order_relaxed);
  return 0;
}

static int opened(sqlite3 *db, char **error, const void *routines) {
  return sqlite3_trace_v2(db, SQLITE_TRACE_STMT, traced, NULL);
}

bool postil_count_statements(void) {
  return sqlite3_auto_extension((void (*)(void))opened) == SQLITE_OK;
}
