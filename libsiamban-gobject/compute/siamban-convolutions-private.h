/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

#include "siamban-macros.h"

G_BEGIN_DECLS

/* How a convolution is computed. */
typedef enum
{
  SIAMBAN_CONVOLUTION_AUTO, /* as the engine chooses */
  SIAMBAN_CONVOLUTION_DIRECT,
  SIAMBAN_CONVOLUTION_WINOGRAD_2, /* tiles of 2 × 2 results */
  SIAMBAN_CONVOLUTION_WINOGRAD_4,
} SiambanConvolution;

/* Choices are `PATTERN=WAY,PATTERN=WAY`: of the patterns that match the name of a convolution's
 * weights, the last counts. NULL has none. */
gboolean _siamban_convolutions_check (const char *choices, GError **error);

SIAMBAN_MODULE_API
SiambanConvolution _siamban_convolutions_find (const char *choices, const char *weight);

G_END_DECLS
