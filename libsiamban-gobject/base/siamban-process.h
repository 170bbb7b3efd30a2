/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

#include "siamban-macros.h"

G_BEGIN_DECLS

SIAMBAN_API
gboolean siamban_process_wait_passively (char **argv);

SIAMBAN_API
guint siamban_process_get_n_threads (void);

SIAMBAN_API
void siamban_process_set_n_threads (guint n_threads);

G_END_DECLS
