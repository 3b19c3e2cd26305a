// SPDX-License-Identifier: MIT
// Counts what a program asks its allocator and SQLite for, all threads together.

#ifndef CCOUNTERS_H
#define CCOUNTERS_H

#include <stdbool.h>

/// Blocks that were allocated so far, and their bytes as they were asked for; 0 where the C library
/// isn't glibc. Aligned allocations are left out.
unsigned long postil_allocations(void);
unsigned long postil_allocated_bytes(void);

/// Counts the SQL statements of every connection that is opened from now on. False when SQLite
/// doesn't let us.
bool postil_count_statements(void);
/// Statements that ran so far.
unsigned long postil_statements(void);

#endif
