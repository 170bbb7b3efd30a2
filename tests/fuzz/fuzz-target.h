/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Whatever the bytes are, this returns; a fault aborts. The name is libFuzzer's. */
int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);
