/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <gtk/gtk.h>

#include "siamban.h"

G_BEGIN_DECLS

#define SIAMBAN_TYPE_RUN_BATCH (siamban_run_batch_get_type ())

G_DECLARE_FINAL_TYPE (SiambanRunBatch, siamban_run_batch, SIAMBAN, RUN_BATCH, GtkWidget)

/* Shows the samples that the last iteration of @run was trained on, or of none. */
void siamban_run_batch_set_run (SiambanRunBatch *self, SiambanRun *run);

G_END_DECLS
