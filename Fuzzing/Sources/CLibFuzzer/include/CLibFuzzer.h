// SPDX-License-Identifier: MIT
// libFuzzer's entry for programs that have a `main` of their own.
// https://llvm.org/docs/LibFuzzer.html#using-libfuzzer-as-a-library
#ifndef POSTIL_LIBFUZZER_H
#define POSTIL_LIBFUZZER_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerRunDriver(int *count, char ***arguments,
                        int (*run)(const uint8_t *bytes, size_t count));

#endif
