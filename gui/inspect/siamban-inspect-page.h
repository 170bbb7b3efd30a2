/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <adwaita.h>

#include "siamban-page.h"

G_BEGIN_DECLS

#define SIAMBAN_TYPE_INSPECT_PAGE (siamban_inspect_page_get_type ())

G_DECLARE_FINAL_TYPE (SiambanInspectPage, siamban_inspect_page, SIAMBAN, INSPECT_PAGE, SiambanPage)

G_END_DECLS
