/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <gtk/gtk.h>

#include "siamban-page.h"

G_BEGIN_DECLS

#define SIAMBAN_TYPE_START_PAGE (siamban_start_page_get_type ())

G_DECLARE_FINAL_TYPE (SiambanStartPage, siamban_start_page, SIAMBAN, START_PAGE, SiambanPage)

G_END_DECLS
