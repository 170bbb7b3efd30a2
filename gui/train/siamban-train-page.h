/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <gtk/gtk.h>

#include "siamban-page.h"

G_BEGIN_DECLS

#define SIAMBAN_TYPE_TRAIN_PAGE (siamban_train_page_get_type ())

G_DECLARE_FINAL_TYPE (SiambanTrainPage, siamban_train_page, SIAMBAN, TRAIN_PAGE, SiambanPage)

/* A text for the state of a run, such as “Running”. */
const char *siamban_train_page_describe_state (SiambanRunState state);

G_END_DECLS
