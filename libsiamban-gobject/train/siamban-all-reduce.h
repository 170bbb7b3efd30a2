/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <gio/gio.h>

#include "siamban-macros.h"

G_BEGIN_DECLS

SIAMBAN_API
gboolean siamban_measure_all_reduce (GListModel *devices,
                                     guint64 n_bytes,
                                     guint n_times,
                                     double *seconds,
                                     GError **error);

G_END_DECLS
