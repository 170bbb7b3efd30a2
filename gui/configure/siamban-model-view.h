/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <gtk/gtk.h>

#include "siamban-model-node.h"

G_BEGIN_DECLS

#define SIAMBAN_TYPE_MODEL_VIEW (siamban_model_view_get_type ())

G_DECLARE_FINAL_TYPE (SiambanModelView, siamban_model_view, SIAMBAN, MODEL_VIEW, GtkWidget)

/* The network of a configuration as a tree, built a moment later and in a thread. The property
 * `problem` says why there is none. */
void siamban_model_view_show (SiambanModelView *self, SiambanConfig *config);

const char *siamban_model_view_get_problem (SiambanModelView *self);

G_END_DECLS
