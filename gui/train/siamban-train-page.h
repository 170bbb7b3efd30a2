/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <gtk/gtk.h>

#include "siamban-session.h"

G_BEGIN_DECLS

#define SIAMBAN_TYPE_TRAIN_PAGE (siamban_train_page_get_type ())

G_DECLARE_FINAL_TYPE (SiambanTrainPage, siamban_train_page, SIAMBAN, TRAIN_PAGE, GtkWidget)

G_END_DECLS
