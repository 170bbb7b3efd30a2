/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

#include "siamban-macros.h"

G_BEGIN_DECLS

SIAMBAN_API
gboolean siamban_process_wait_passively (char **argv);

G_END_DECLS
