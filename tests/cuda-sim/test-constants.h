/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

typedef struct
{
  const char *name;
  long value;
} TestConstant;

extern const TestConstant real_constants[];
extern const TestConstant simulated_constants[];
