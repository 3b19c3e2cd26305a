// SPDX-License-Identifier: MIT
//
// A disk in memory that SQLite writes to, for the simulation: it knows which bytes were synced, and
// can lose the others.
//
// It registers itself as SQLite's default VFS (https://www.sqlite.org/vfs.html). Databases in a
// directory that has a simulated disk (files named postil.db, postil.db-wal, postil.db-journal) lie
// on that; every other file is handed through to the system's VFS. For each file on a simulated
// disk an empty file of that name stands in the real directory, for those who only look whether it
// is there, and which it is.
//
// One disk is used by one thread at a time; any number of disks may be used at once.

#pragma once

#include <stdint.h>

typedef struct simdisk simdisk;

/// What goes wrong at the chosen call.
enum {
  /// Nothing does.
  SIMDISK_HEALTHY = 0,
  /// A write or sync fails: SQLITE_IOERR.
  SIMDISK_ERROR = 1,
  /// A write fails: SQLITE_FULL. Syncs succeed.
  SIMDISK_FULL = 2,
  /// The power goes off: this call and all later ones fail, and what was not synced may be lost.
  SIMDISK_POWER = 3,
  /// A read fails: SQLITE_IOERR_READ.
  SIMDISK_READ_ERROR = 4,
};

/// The files of a disk, by number: the database, its log, its rollback journal.
enum { SIMDISK_FILES = 3 };

/// A disk for the databases in `directory` (an absolute path without a slash at its end), which
/// must be there; NULL when there is no memory.
simdisk *simdisk_create(const char *directory);

/// Forgets the disk. All its files must be closed.
void simdisk_destroy(simdisk *disk);

/// Lets the call that comes after `after` others fail as `kind` says, or, with `forever`, each from
/// then on. Writes, truncations and syncs count; for SIMDISK_READ_ERROR, reads.
void simdisk_fail(simdisk *disk, int kind, int after, int forever);

/// How often a call failed since `simdisk_fail`.
int simdisk_failures(const simdisk *disk);

/// Writes, truncations and syncs since the beginning.
uint64_t simdisk_operations(const simdisk *disk);

/// Every open file fails from now on. Nothing else happens until `simdisk_settle`.
void simdisk_power_off(simdisk *disk);

/// What the disk holds when the power comes back: all that was synced, and of each write since all,
/// nothing or a part, as `seed` decides; with `keep` 0 nothing of it, and with 100 everything. Heals
/// what `simdisk_fail` asked for. Every file must be closed.
void simdisk_settle(simdisk *disk, uint64_t seed, int keep);

/// The bytes of file number `file` as they would be after `simdisk_settle`, or as they are with
/// `keep` 100. NULL when there is no such file. The caller frees them.
unsigned char *simdisk_image(
  const simdisk *disk, int file, uint64_t seed, int keep, int64_t *size);

/// Replaces file number `file` by these bytes, all synced; NULL removes it. It must be closed.
void simdisk_put(simdisk *disk, int file, const unsigned char *bytes, int64_t size);

/// Flips a bit of what file number `file` holds, as if the disk had decayed; 0 if it is not so long.
int simdisk_flip(simdisk *disk, int file, int64_t offset, int bit);
