/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "siamban-builder-private.h"

G_BEGIN_DECLS

/* Whether a number of channels can be; a failure of the key if not. */
gboolean _siamban_channels_in_range (SiambanBuilder *builder, const char *key, gint64 n_channels);

/* Whether the last part of @key in @kwargs lists the channels of @features, level by level. */
gboolean _siamban_channels_check (SiambanBuilder *builder,
                                  const char *key,
                                  GVariant *kwargs,
                                  const SiambanFeatures *features);

G_END_DECLS
