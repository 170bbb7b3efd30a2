/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "siamban-loader.h"

G_BEGIN_DECLS

/* Whether siamban_loader_next() would return at once, with a batch. */
gboolean _siamban_loader_has_batch (SiambanLoader *self);

G_END_DECLS
