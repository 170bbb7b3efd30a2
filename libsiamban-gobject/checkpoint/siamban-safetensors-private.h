/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "siamban-checkpoint.h"

G_BEGIN_DECLS

/* A safetensors file: the size of a header in 8 bytes, little endian; the header, JSON that gives
 * each tensor its type, shape and place; the numbers, without gaps, little endian. */

/* Whether the bytes begin as such a file does. */
gboolean _siamban_safetensors_detect (GBytes *bytes);

/* Adds what the file holds to a checkpoint. The message of an error begins with @name. */
gboolean _siamban_safetensors_read (SiambanCheckpoint *checkpoint,
                                    GBytes *bytes,
                                    const char *name,
                                    GError **error);

G_END_DECLS
