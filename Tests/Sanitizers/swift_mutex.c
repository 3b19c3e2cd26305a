// SPDX-License-Identifier: MIT
//
// Preloaded under the thread sanitizer: tells it what Swift's Mutex does when it has to wait.
//
// The fast path of Synchronization.Mutex is compiled into its user, so the sanitizer sees its atomic
// operations. The slow path lies in the uninstrumented runtime library: whoever waited for a lock
// would seem to have it without ever having met who gave it back, and all that the lock guards would
// be reported as a race. These two functions stand before the runtime's own and add the meeting.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>
#include <stdlib.h>

// In the sanitizer's runtime, which a program without it lacks.
__attribute__((weak)) void __tsan_acquire(void *address);
__attribute__((weak)) void __tsan_release(void *address);

#define SWIFT_METHOD __attribute__((swiftcall))
#define SWIFT_SELF __attribute__((swift_context))

// Synchronization._MutexHandle._lockSlow(UInt32) and ._unlockSlow()
#define LOCK_SLOW "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"
#define UNLOCK_SLOW "$s15Synchronization12_MutexHandleV11_unlockSlowyyF"

typedef SWIFT_METHOD void (*LockSlow)(uint32_t thread, SWIFT_SELF void *handle);
typedef SWIFT_METHOD void (*UnlockSlow)(SWIFT_SELF void *handle);

static void *next(const char *name) {
  void *found = dlsym(RTLD_NEXT, name);
  // Only when the runtime library has changed, and this file has to follow it.
  if (!found) abort();
  return found;
}

SWIFT_METHOD void lock_slow(uint32_t thread, SWIFT_SELF void *handle) __asm__(LOCK_SLOW);
SWIFT_METHOD void lock_slow(uint32_t thread, SWIFT_SELF void *handle) {
  static LockSlow original;
  if (!original) original = (LockSlow)next(LOCK_SLOW);
  original(thread, handle);
  if (__tsan_acquire) __tsan_acquire(handle);
}

SWIFT_METHOD void unlock_slow(SWIFT_SELF void *handle) __asm__(UNLOCK_SLOW);
SWIFT_METHOD void unlock_slow(SWIFT_SELF void *handle) {
  static UnlockSlow original;
  if (!original) original = (UnlockSlow)next(UNLOCK_SLOW);
  if (__tsan_release) __tsan_release(handle);
  original(handle);
}
