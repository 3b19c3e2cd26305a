// SPDX-License-Identifier: MIT
//
// libcurl for Swift. Swift can't call C functions with variable arguments, which
// `curl_easy_setopt` and its kin are, so each type of argument gets a function of its own.
// Which option takes which type: https://curl.se/libcurl/c/curl_easy_setopt.html
#ifndef POSTIL_CCURL_SHIM_H
#define POSTIL_CCURL_SHIM_H

#include <curl/curl.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

// Options of one transfer.

static inline CURLcode postil_easy_set_long(CURL *easy, CURLoption option, long value) {
  return curl_easy_setopt(easy, option, value);
}

static inline CURLcode postil_easy_set_offset(CURL *easy, CURLoption option, curl_off_t value) {
  return curl_easy_setopt(easy, option, value);
}

// libcurl copies the string (but for CURLOPT_POSTFIELDS, which isn't set with this).
static inline CURLcode postil_easy_set_string(CURL *easy, CURLoption option, const char *value) {
  return curl_easy_setopt(easy, option, value);
}

// libcurl keeps the pointer: what it points to outlives the handle. The exception is
// CURLOPT_COPYPOSTFIELDS, whose bytes are copied in this call.
static inline CURLcode postil_easy_set_pointer(CURL *easy, CURLoption option, const void *value) {
  return curl_easy_setopt(easy, option, value);
}

// For CURLOPT_WRITEFUNCTION and CURLOPT_HEADERFUNCTION, which have the same shape.
static inline CURLcode postil_easy_set_receiver(
    CURL *easy, CURLoption option, curl_write_callback function) {
  return curl_easy_setopt(easy, option, function);
}

// What is known of one transfer.

static inline CURLcode postil_easy_get_long(CURL *easy, CURLINFO info, long *value) {
  return curl_easy_getinfo(easy, info, value);
}

static inline CURLcode postil_easy_get_offset(CURL *easy, CURLINFO info, curl_off_t *value) {
  return curl_easy_getinfo(easy, info, value);
}

// The string is libcurl's: copy it before the next call on this handle.
static inline CURLcode postil_easy_get_string(CURL *easy, CURLINFO info, const char **value) {
  return curl_easy_getinfo(easy, info, value);
}

// The number that was stored with CURLOPT_PRIVATE; 0 if none was.
static inline unsigned long postil_easy_get_private(CURL *easy) {
  void *value = 0;
  if (curl_easy_getinfo(easy, CURLINFO_PRIVATE, &value) != CURLE_OK) return 0;
  return (unsigned long)value;
}

// Options of the set of transfers.

static inline CURLMcode postil_multi_set_long(CURLM *multi, CURLMoption option, long value) {
  return curl_multi_setopt(multi, option, value);
}

// The thread.

// Names the calling thread, for `top -H` and debuggers: 15 characters at most.
static inline void postil_name_thread(const char *name) {
#ifdef __linux__
  prctl(PR_SET_NAME, name, 0, 0, 0);
#else
  (void)name;
#endif
}

// Constants that Swift's importer doesn't take from macros.

static const size_t postil_write_pause = CURL_WRITEFUNC_PAUSE;
static const int postil_pause_none = CURLPAUSE_CONT;
static const long postil_global_default = CURL_GLOBAL_DEFAULT;

#endif
