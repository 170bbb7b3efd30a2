/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

#include "siamban-macros.h"

G_BEGIN_DECLS

/**
 * SiambanError:
 * @SIAMBAN_ERROR_FAILED: nothing more precise fits
 * @SIAMBAN_ERROR_INVALID_CONFIG: a configuration key is unknown, mistyped or out of range; the
 *   message lists every problem, one a line
 * @SIAMBAN_ERROR_INVALID_DATA: a file is damaged or not of the format it should be
 * @SIAMBAN_ERROR_INVALID_IMAGE: an image cannot be decoded or has no pixels
 * @SIAMBAN_ERROR_INVALID_BOX: a box has no area or is not finite
 * @SIAMBAN_ERROR_INVALID_WEIGHTS: weights do not fit the network
 * @SIAMBAN_ERROR_INVALID_GRAPH: shapes or parameters of a network do not fit together
 * @SIAMBAN_ERROR_UNSUPPORTED: a valid request that this build, engine or device cannot serve
 * @SIAMBAN_ERROR_OUT_OF_MEMORY: a device has less memory than was asked for
 * @SIAMBAN_ERROR_NO_DEVICE: no such device, or it cannot be used
 * @SIAMBAN_ERROR_NOT_FINITE: a number that must be finite is not
 * @SIAMBAN_ERROR_IO: a file could not be read or written
 * @SIAMBAN_ERROR_RANK_LOST: another replica of a training stopped or is gone; the message names it
 *
 * What went wrong, by what the caller can do about it.
 *
 * Since: 0.1
 */
typedef enum
{
  SIAMBAN_ERROR_FAILED,
  SIAMBAN_ERROR_INVALID_CONFIG,
  SIAMBAN_ERROR_INVALID_DATA,
  SIAMBAN_ERROR_INVALID_IMAGE,
  SIAMBAN_ERROR_INVALID_BOX,
  SIAMBAN_ERROR_INVALID_WEIGHTS,
  SIAMBAN_ERROR_INVALID_GRAPH,
  SIAMBAN_ERROR_UNSUPPORTED,
  SIAMBAN_ERROR_OUT_OF_MEMORY,
  SIAMBAN_ERROR_NO_DEVICE,
  SIAMBAN_ERROR_NOT_FINITE,
  SIAMBAN_ERROR_IO,
  SIAMBAN_ERROR_RANK_LOST,
} SiambanError;

#define SIAMBAN_ERROR (siamban_error_quark ())

SIAMBAN_API
GQuark siamban_error_quark (void);

G_END_DECLS
