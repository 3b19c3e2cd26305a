// SPDX-License-Identifier: MIT

#include "simulated_disk.h"

#include <fcntl.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const names[SIMDISK_FILES] = {"postil.db", "postil.db-wal", "postil.db-journal"};

/// Bytes that a disk writes whole or not at all.
enum { SECTOR = 512 };

/// One write since the last sync; `bytes` NULL: the file is cut to, or extended to, `offset`.
typedef struct pending {
  struct pending *next;
  int64_t offset;
  int64_t length;
  unsigned char *bytes;
} pending;

typedef struct image {
  unsigned char *bytes;
  int64_t size;
  int64_t room;
} image;

/// The memory that connections of one file share while it is in WAL mode.
typedef struct shared_memory {
  int users;
  int regions;
  void **region;
  int shared[SQLITE_SHM_NLOCK];
  void *exclusive[SQLITE_SHM_NLOCK];
} shared_memory;

typedef struct node {
  int exists;
  image now;
  image synced;
  pending *first;
  pending *last;
  shared_memory *shm;
  int sharers;
  void *reserved;
  void *waiting;
  void *exclusive;
} node;

struct simdisk {
  simdisk *next;
  char *directory;
  node files[SIMDISK_FILES];
  unsigned epoch;
  /// Between the power cut and `simdisk_settle`.
  int off;
  int kind;
  int after;
  int forever;
  int failures;
  uint64_t operations;
};

typedef struct open_file {
  sqlite3_file base;
  simdisk *disk;
  node *file;
  shared_memory *shm;
  unsigned epoch;
  int level;
  unsigned shared;
  unsigned exclusive;
} open_file;

static pthread_mutex_t disks_lock = PTHREAD_MUTEX_INITIALIZER;
static simdisk *disks;
static sqlite3_vfs *system_vfs;

// MARK: - Bytes

static int image_make_room(image *image, int64_t size) {
  if (size <= image->room) return 1;
  int64_t room = image->room ? image->room : 4096;
  while (room < size) room *= 2;
  unsigned char *bytes = realloc(image->bytes, (size_t)room);
  if (!bytes) return 0;
  image->bytes = bytes;
  image->room = room;
  return 1;
}

static int image_resize(image *image, int64_t size) {
  if (!image_make_room(image, size)) return 0;
  if (size > image->size) memset(image->bytes + image->size, 0, (size_t)(size - image->size));
  image->size = size;
  return 1;
}

static int image_write(image *image, const void *bytes, int64_t length, int64_t offset) {
  // What is skipped is zeros.
  if (offset > image->size && !image_resize(image, offset)) return 0;
  if (!image_make_room(image, offset + length)) return 0;
  if (length) memcpy(image->bytes + offset, bytes, (size_t)length);
  if (offset + length > image->size) image->size = offset + length;
  return 1;
}

static int image_copy(image *to, const image *from) {
  to->size = 0;
  return image_write(to, from->bytes, from->size, 0);
}

static void image_free(image *image) {
  free(image->bytes);
  memset(image, 0, sizeof *image);
}

static void forget_pending(node *file) {
  while (file->first) {
    pending *gone = file->first;
    file->first = gone->next;
    free(gone->bytes);
    free(gone);
  }
  file->last = NULL;
}

static int remember(node *file, const void *bytes, int64_t length, int64_t offset) {
  pending *new = calloc(1, sizeof *new);
  if (!new) return 0;
  new->offset = offset;
  new->length = length;
  if (bytes) {
    new->bytes = malloc((size_t)(length ? length : 1));
    if (!new->bytes) {
      free(new);
      return 0;
    }
    memcpy(new->bytes, bytes, (size_t)length);
  }
  if (file->last) file->last->next = new;
  else file->first = new;
  file->last = new;
  return 1;
}

static void apply(image *image, const pending *write) {
  if (write->bytes) image_write(image, write->bytes, write->length, write->offset);
  else image_resize(image, write->offset);
}

/// SplitMix64 (Steele, Lea and Flood, 2014).
static uint64_t next_random(uint64_t *state) {
  uint64_t word = (*state += 0x9E3779B97F4A7C15u);
  word = (word ^ (word >> 30)) * 0xBF58476D1CE4E5B9u;
  word = (word ^ (word >> 27)) * 0x94D049BB133111EBu;
  return word ^ (word >> 31);
}

/// What is left of a write that the power cut met: all, nothing, its beginning, or some sectors.
static void apply_in_part(image *image, const pending *write, uint64_t *random, int keep) {
  if (next_random(random) % 100 < (uint64_t)keep) return apply(image, write);
  uint64_t how = next_random(random) % 4;
  if (how < 2 || !write->bytes || !write->length) return;
  int64_t end = (int64_t)(next_random(random) % (uint64_t)write->length);
  if (how == 2) {
    image_write(image, write->bytes, end, write->offset);
    return;
  }
  for (int64_t at = 0; at < write->length; at += SECTOR) {
    int64_t part = write->length - at < SECTOR ? write->length - at : SECTOR;
    if (next_random(random) & 1) image_write(image, write->bytes + at, part, write->offset + at);
  }
}

/// The file as the power cut leaves it, in `out`, which is empty.
static void after_power_cut(const node *file, uint64_t seed, int keep, image *out) {
  if (keep >= 100) {
    image_copy(out, &file->now);
    return;
  }
  image_copy(out, &file->synced);
  for (const pending *write = file->first; write; write = write->next)
    apply_in_part(out, write, &seed, keep);
}

// MARK: - Faults

/// What this call comes to.
static int outcome(open_file *file, int isRead, int isWrite) {
  simdisk *disk = file->disk;
  int broken = isRead ? SQLITE_IOERR_READ : isWrite ? SQLITE_IOERR_WRITE : SQLITE_IOERR_FSYNC;
  if (file->epoch != disk->epoch) return broken;
  if (!isRead) disk->operations++;
  int kind = disk->kind;
  if (kind == SIMDISK_HEALTHY || isRead != (kind == SIMDISK_READ_ERROR)) return SQLITE_OK;
  if (kind == SIMDISK_FULL && !isWrite) return SQLITE_OK;
  if (disk->after > 0) {
    disk->after--;
    return SQLITE_OK;
  }
  disk->failures++;
  if (!disk->forever) disk->kind = SIMDISK_HEALTHY;
  if (kind == SIMDISK_POWER) simdisk_power_off(disk);
  return kind == SIMDISK_FULL ? SQLITE_FULL : broken;
}

// MARK: - One file

static void release_memory(shared_memory *shm) {
  if (!shm || --shm->users > 0) return;
  for (int place = 0; place < shm->regions; place++) free(shm->region[place]);
  free(shm->region);
  free(shm);
}

static int file_unlock(sqlite3_file *base, int level);

static int file_close(sqlite3_file *base) {
  open_file *file = (open_file *)base;
  file_unlock(base, SQLITE_LOCK_NONE);
  if (file->shm) {
    for (int slot = 0; slot < SQLITE_SHM_NLOCK; slot++) {
      if (file->shared & 1u << slot) file->shm->shared[slot]--;
      if (file->exclusive & 1u << slot) file->shm->exclusive[slot] = NULL;
    }
    if (file->shm->users == 1 && file->epoch == file->disk->epoch) file->file->shm = NULL;
    release_memory(file->shm);
    file->shm = NULL;
  }
  return SQLITE_OK;
}

static int file_read(sqlite3_file *base, void *out, int count, sqlite3_int64 offset) {
  open_file *file = (open_file *)base;
  int result = outcome(file, 1, 0);
  if (result != SQLITE_OK) return result;
  const image *now = &file->file->now;
  int64_t there = offset >= now->size ? 0 : now->size - offset;
  if (there > count) there = count;
  if (there) memcpy(out, now->bytes + offset, (size_t)there);
  if (there == count) return SQLITE_OK;
  memset((char *)out + there, 0, (size_t)(count - there));
  return SQLITE_IOERR_SHORT_READ;
}

static void path_of(const simdisk *disk, int file, char *path, size_t room) {
  snprintf(path, room, "%s/%s", disk->directory, names[file]);
}

// The program looks itself whether its database is empty: the stand-in is when that is.
static void show_size(const simdisk *disk, int file) {
  if (file != 0) return;
  char path[4096];
  path_of(disk, file, path, sizeof path);
  if (truncate(path, disk->files[file].now.size > 0) != 0) return;
}

static int file_write(sqlite3_file *base, const void *bytes, int count, sqlite3_int64 offset) {
  open_file *file = (open_file *)base;
  int result = outcome(file, 0, 1);
  // What the power cut meets may be half written.
  int isCut = result != SQLITE_OK && file->disk->epoch == file->epoch + 1;
  if (isCut) remember(file->file, bytes, count, offset);
  if (result != SQLITE_OK) return result;
  if (!remember(file->file, bytes, count, offset)) return SQLITE_IOERR_NOMEM;
  int wasEmpty = file->file->now.size == 0;
  if (!image_write(&file->file->now, bytes, count, offset)) return SQLITE_IOERR_NOMEM;
  if (wasEmpty) show_size(file->disk, (int)(file->file - file->disk->files));
  return SQLITE_OK;
}

static int file_truncate(sqlite3_file *base, sqlite3_int64 size) {
  open_file *file = (open_file *)base;
  int result = outcome(file, 0, 1);
  if (result != SQLITE_OK) return result;
  if (!remember(file->file, NULL, 0, size)) return SQLITE_IOERR_NOMEM;
  // The stand-in may have been made to look large.
  char path[4096];
  path_of(file->disk, (int)(file->file - file->disk->files), path, sizeof path);
  if (truncate(path, 0) != 0) return SQLITE_IOERR_TRUNCATE;
  if (!image_resize(&file->file->now, size)) return SQLITE_IOERR_NOMEM;
  show_size(file->disk, (int)(file->file - file->disk->files));
  return SQLITE_OK;
}

static int file_sync(sqlite3_file *base, int flags) {
  (void)flags;
  open_file *file = (open_file *)base;
  int result = outcome(file, 0, 0);
  if (result != SQLITE_OK) return result;
  for (const pending *write = file->file->first; write; write = write->next)
    apply(&file->file->synced, write);
  forget_pending(file->file);
  return SQLITE_OK;
}

static int file_size(sqlite3_file *base, sqlite3_int64 *size) {
  open_file *file = (open_file *)base;
  if (file->epoch != file->disk->epoch) return SQLITE_IOERR_FSTAT;
  *size = file->file->now.size;
  return SQLITE_OK;
}

// MARK: - Locks (https://www.sqlite.org/lockingv3.html)

static int file_lock(sqlite3_file *base, int level) {
  open_file *file = (open_file *)base;
  node *on = file->file;
  if (file->epoch != file->disk->epoch) return SQLITE_IOERR_LOCK;
  if (file->level >= level) return SQLITE_OK;
  if (level == SQLITE_LOCK_SHARED) {
    if ((on->exclusive && on->exclusive != file) || (on->waiting && on->waiting != file))
      return SQLITE_BUSY;
    on->sharers++;
  } else {
    if (on->reserved && on->reserved != file) return SQLITE_BUSY;
    on->reserved = file;
    if (level == SQLITE_LOCK_EXCLUSIVE) {
      on->waiting = file;
      file->level = SQLITE_LOCK_PENDING;
      if (on->sharers > 1) return SQLITE_BUSY;
      on->exclusive = file;
    }
  }
  file->level = level;
  return SQLITE_OK;
}

static int file_unlock(sqlite3_file *base, int level) {
  open_file *file = (open_file *)base;
  node *on = file->file;
  if (file->epoch == file->disk->epoch) {
    if (on->reserved == file) on->reserved = NULL;
    if (on->waiting == file) on->waiting = NULL;
    if (on->exclusive == file) on->exclusive = NULL;
    if (level == SQLITE_LOCK_NONE && file->level >= SQLITE_LOCK_SHARED) on->sharers--;
  }
  if (file->level > level) file->level = level;
  return SQLITE_OK;
}

static int file_check_reserved(sqlite3_file *base, int *out) {
  *out = ((open_file *)base)->file->reserved != NULL;
  return SQLITE_OK;
}

static int file_control(sqlite3_file *base, int op, void *argument) {
  (void)base, (void)op, (void)argument;
  return SQLITE_NOTFOUND;
}

static int file_sector_size(sqlite3_file *base) {
  (void)base;
  return 4096;
}

/// As the system's VFS says of a disk of which it knows nothing better.
static int file_characteristics(sqlite3_file *base) {
  (void)base;
  return SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}

// MARK: - Shared memory (https://www.sqlite.org/walformat.html, "The WAL-Index File Format")

static int shm_map(sqlite3_file *base, int region, int size, int extend, void volatile **out) {
  open_file *file = (open_file *)base;
  *out = NULL;
  if (file->epoch != file->disk->epoch) return SQLITE_IOERR_SHMMAP;
  if (!file->shm) {
    if (!file->file->shm) file->file->shm = calloc(1, sizeof(shared_memory));
    if (!file->file->shm) return SQLITE_IOERR_NOMEM;
    file->shm = file->file->shm;
    file->shm->users++;
  }
  shared_memory *shm = file->shm;
  if (region >= shm->regions) {
    if (!extend) return SQLITE_OK;
    void **larger = realloc(shm->region, (size_t)(region + 1) * sizeof(void *));
    if (!larger) return SQLITE_IOERR_NOMEM;
    shm->region = larger;
    while (shm->regions <= region) {
      void *memory = calloc(1, (size_t)size);
      if (!memory) return SQLITE_IOERR_NOMEM;
      shm->region[shm->regions++] = memory;
    }
  }
  *out = shm->region[region];
  return SQLITE_OK;
}

static int shm_lock(sqlite3_file *base, int offset, int count, int flags) {
  open_file *file = (open_file *)base;
  shared_memory *shm = file->shm;
  if (!shm) return SQLITE_IOERR_SHMLOCK;
  for (int slot = offset; slot < offset + count; slot++) {
    unsigned bit = 1u << slot;
    if (flags & SQLITE_SHM_UNLOCK) continue;
    int mine = file->shared & bit ? 1 : 0;
    if (shm->exclusive[slot] && shm->exclusive[slot] != file) return SQLITE_BUSY;
    if ((flags & SQLITE_SHM_EXCLUSIVE) && shm->shared[slot] > mine) return SQLITE_BUSY;
  }
  for (int slot = offset; slot < offset + count; slot++) {
    unsigned bit = 1u << slot;
    if (flags & SQLITE_SHM_UNLOCK) {
      if (file->shared & bit) shm->shared[slot]--;
      if (shm->exclusive[slot] == file) shm->exclusive[slot] = NULL;
      file->shared &= ~bit;
      file->exclusive &= ~bit;
    } else if (flags & SQLITE_SHM_SHARED) {
      if (!(file->shared & bit)) shm->shared[slot]++;
      file->shared |= bit;
    } else {
      shm->exclusive[slot] = file;
      file->exclusive |= bit;
    }
  }
  return SQLITE_OK;
}

static void shm_barrier(sqlite3_file *base) { (void)base; }

static int shm_unmap(sqlite3_file *base, int delete) {
  (void)base, (void)delete;
  // The memory goes with the last connection that uses it, when that closes its file.
  return SQLITE_OK;
}

static const sqlite3_io_methods methods = {
  .iVersion = 2,
  .xClose = file_close,
  .xRead = file_read,
  .xWrite = file_write,
  .xTruncate = file_truncate,
  .xSync = file_sync,
  .xFileSize = file_size,
  .xLock = file_lock,
  .xUnlock = file_unlock,
  .xCheckReservedLock = file_check_reserved,
  .xFileControl = file_control,
  .xSectorSize = file_sector_size,
  .xDeviceCharacteristics = file_characteristics,
  .xShmMap = shm_map,
  .xShmLock = shm_lock,
  .xShmBarrier = shm_barrier,
  .xShmUnmap = shm_unmap,
};

// MARK: - The VFS

/// The disk and the number of the file at `path`; NULL when it lies on no simulated disk.
static simdisk *find(const char *path, int *file) {
  const char *slash = path ? strrchr(path, '/') : NULL;
  if (!slash) return NULL;
  size_t length = (size_t)(slash - path);
  int number = 0;
  while (number < SIMDISK_FILES && strcmp(slash + 1, names[number]) != 0) number++;
  if (number == SIMDISK_FILES) return NULL;
  *file = number;
  pthread_mutex_lock(&disks_lock);
  simdisk *disk = disks;
  while (disk && (strncmp(disk->directory, path, length) != 0 || disk->directory[length] != 0))
    disk = disk->next;
  pthread_mutex_unlock(&disks_lock);
  return disk;
}

static void make_stand_in(const simdisk *disk, int file) {
  char path[4096];
  path_of(disk, file, path, sizeof path);
  int there = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  if (there >= 0) close(there);
}

static void remove_stand_in(const simdisk *disk, int file) {
  char path[4096];
  path_of(disk, file, path, sizeof path);
  unlink(path);
}

static int vfs_open(
  sqlite3_vfs *vfs, const char *path, sqlite3_file *base, int flags, int *outFlags
) {
  (void)vfs;
  int number = 0;
  simdisk *disk = find(path, &number);
  if (!disk) return system_vfs->xOpen(system_vfs, path, base, flags, outFlags);
  open_file *file = (open_file *)base;
  memset(file, 0, sizeof *file);
  if (disk->off) return SQLITE_CANTOPEN;
  node *node = &disk->files[number];
  if (!node->exists) {
    if (!(flags & SQLITE_OPEN_CREATE)) return SQLITE_CANTOPEN;
    node->exists = 1;
    make_stand_in(disk, number);
  }
  file->disk = disk;
  file->file = node;
  file->epoch = disk->epoch;
  file->base.pMethods = &methods;
  if (outFlags) *outFlags = flags;
  return SQLITE_OK;
}

static void empty(node *file) {
  forget_pending(file);
  image_free(&file->now);
  image_free(&file->synced);
  file->exists = 0;
}

static int vfs_delete(sqlite3_vfs *vfs, const char *path, int syncDirectory) {
  (void)vfs;
  int number = 0;
  simdisk *disk = find(path, &number);
  if (!disk) return system_vfs->xDelete(system_vfs, path, syncDirectory);
  if (disk->off) return SQLITE_IOERR_DELETE;
  if (!disk->files[number].exists) return SQLITE_IOERR_DELETE_NOENT;
  empty(&disk->files[number]);
  remove_stand_in(disk, number);
  return SQLITE_OK;
}

static int vfs_access(sqlite3_vfs *vfs, const char *path, int flags, int *out) {
  (void)vfs;
  int number = 0;
  simdisk *disk = find(path, &number);
  if (!disk) return system_vfs->xAccess(system_vfs, path, flags, out);
  const node *file = &disk->files[number];
  *out = file->exists && (flags != SQLITE_ACCESS_EXISTS || file->now.size > 0);
  return SQLITE_OK;
}

static int vfs_full_pathname(sqlite3_vfs *vfs, const char *path, int room, char *out) {
  (void)vfs;
  return system_vfs->xFullPathname(system_vfs, path, room, out);
}

static int vfs_randomness(sqlite3_vfs *vfs, int count, char *out) {
  (void)vfs;
  return system_vfs->xRandomness(system_vfs, count, out);
}

static int vfs_sleep(sqlite3_vfs *vfs, int microseconds) {
  (void)vfs;
  return system_vfs->xSleep(system_vfs, microseconds);
}

static int vfs_time(sqlite3_vfs *vfs, double *out) {
  (void)vfs;
  return system_vfs->xCurrentTime(system_vfs, out);
}

static int vfs_time64(sqlite3_vfs *vfs, sqlite3_int64 *out) {
  (void)vfs;
  return system_vfs->xCurrentTimeInt64(system_vfs, out);
}

static int vfs_last_error(sqlite3_vfs *vfs, int room, char *out) {
  (void)vfs;
  return system_vfs->xGetLastError(system_vfs, room, out);
}

static sqlite3_vfs simulated_vfs = {
  .iVersion = 2,
  .zName = "postil-simulated",
  .xOpen = vfs_open,
  .xDelete = vfs_delete,
  .xAccess = vfs_access,
  .xFullPathname = vfs_full_pathname,
  .xRandomness = vfs_randomness,
  .xSleep = vfs_sleep,
  .xCurrentTime = vfs_time,
  .xCurrentTimeInt64 = vfs_time64,
  .xGetLastError = vfs_last_error,
};

// MARK: - Disks

static void install(void) {
  if (system_vfs) return;
#ifdef __GLIBC__
  // What one world gives back the next one takes: it need not go through the system, which clears it.
  mallopt(M_MMAP_THRESHOLD, 32 << 20);
  mallopt(M_TRIM_THRESHOLD, 256 << 20);
#endif
  // Nobody reads how much memory is used, and counting it takes a lock that all worlds share. (Has
  // no effect, and does no harm, when SQLite is in use already.)
  sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
  sqlite3_initialize();
  system_vfs = sqlite3_vfs_find(NULL);
  simulated_vfs.szOsFile = system_vfs->szOsFile;
  if (simulated_vfs.szOsFile < (int)sizeof(open_file))
    simulated_vfs.szOsFile = (int)sizeof(open_file);
  simulated_vfs.mxPathname = system_vfs->mxPathname;
  sqlite3_vfs_register(&simulated_vfs, 1);
}

simdisk *simdisk_create(const char *directory) {
  simdisk *disk = calloc(1, sizeof *disk);
  if (!disk) return NULL;
  disk->directory = strdup(directory);
  if (!disk->directory) {
    free(disk);
    return NULL;
  }
  pthread_mutex_lock(&disks_lock);
  install();
  disk->next = disks;
  disks = disk;
  pthread_mutex_unlock(&disks_lock);
  return disk;
}

void simdisk_destroy(simdisk *disk) {
  pthread_mutex_lock(&disks_lock);
  simdisk **link = &disks;
  while (*link && *link != disk) link = &(*link)->next;
  if (*link) *link = disk->next;
  pthread_mutex_unlock(&disks_lock);
  for (int file = 0; file < SIMDISK_FILES; file++) empty(&disk->files[file]);
  free(disk->directory);
  free(disk);
}

void simdisk_fail(simdisk *disk, int kind, int after, int forever) {
  disk->kind = kind;
  disk->after = after;
  disk->forever = forever;
  disk->failures = 0;
}

int simdisk_failures(const simdisk *disk) { return disk->failures; }

uint64_t simdisk_operations(const simdisk *disk) { return disk->operations; }

void simdisk_power_off(simdisk *disk) {
  disk->epoch++;
  disk->off = 1;
  for (int number = 0; number < SIMDISK_FILES; number++) {
    node *file = &disk->files[number];
    // Who has it open lets go of it at close.
    file->shm = NULL;
    file->sharers = 0;
    file->reserved = file->waiting = file->exclusive = NULL;
  }
}

void simdisk_settle(simdisk *disk, uint64_t seed, int keep) {
  for (int number = 0; number < SIMDISK_FILES; number++) {
    node *file = &disk->files[number];
    if (!file->exists) continue;
    image after = {0};
    after_power_cut(file, seed + (uint64_t)number, keep, &after);
    forget_pending(file);
    image_free(&file->now);
    image_free(&file->synced);
    file->now = after;
    image_copy(&file->synced, &after);
    show_size(disk, number);
  }
  simdisk_fail(disk, SIMDISK_HEALTHY, 0, 0);
  disk->off = 0;
}

unsigned char *simdisk_image(
  const simdisk *disk, int file, uint64_t seed, int keep, int64_t *size
) {
  if (!disk->files[file].exists) return NULL;
  image out = {0};
  after_power_cut(&disk->files[file], seed + (uint64_t)file, keep, &out);
  *size = out.size;
  return out.bytes ? out.bytes : calloc(1, 1);
}

void simdisk_put(simdisk *disk, int file, const unsigned char *bytes, int64_t size) {
  node *node = &disk->files[file];
  int wasThere = node->exists;
  empty(node);
  if (!bytes) {
    if (wasThere) remove_stand_in(disk, file);
    return;
  }
  node->exists = 1;
  if (!wasThere) make_stand_in(disk, file);
  image_write(&node->now, bytes, size, 0);
  image_write(&node->synced, bytes, size, 0);
  show_size(disk, file);
}

int simdisk_flip(simdisk *disk, int file, int64_t offset, int bit) {
  node *node = &disk->files[file];
  if (!node->exists || offset >= node->now.size) return 0;
  node->now.bytes[offset] ^= (unsigned char)(1u << bit);
  if (offset < node->synced.size) node->synced.bytes[offset] ^= (unsigned char)(1u << bit);
  return 1;
}
