/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <adwaita.h>

#include "siamban-source.h"

G_BEGIN_DECLS

#define SIAMBAN_TYPE_SOURCE_ROW (siamban_source_row_get_type ())

G_DECLARE_FINAL_TYPE (SiambanSourceRow, siamban_source_row, SIAMBAN, SOURCE_ROW, AdwExpanderRow)

/* A row for @source. The signal `edited` asks for a change of the experiment: NUM_USE or FRAME_RANGE
 * and its value, or USED and 0 or 1. */
GtkWidget *siamban_source_row_new (SiambanSource *source);

SiambanSource *siamban_source_row_get_source (SiambanSourceRow *self);

/* Shows what @config says of it; @n_draws is the sum over all sources. */
void siamban_source_row_update (SiambanSourceRow *self, SiambanConfig *config, guint64 n_draws);

G_END_DECLS
