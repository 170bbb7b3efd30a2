/* SPDX-License-Identifier: Apache-2.0 */

/* Compiled with each of two sets of headers; LIST is what their table is called. */
#include <cublasLt.h>
#include <cuda_runtime_api.h>
#include <cudnn.h>

#include "test-constants.h"

#define CONSTANT(name) { #name, (long) name },

const TestConstant LIST[] = {
#include "constants.h"
  { 0, 0 },
};
