/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <adwaita.h>

#include "siamban-page.h"

G_BEGIN_DECLS

#define SIAMBAN_TYPE_DATA_PAGE (siamban_data_page_get_type ())

G_DECLARE_FINAL_TYPE (SiambanDataPage, siamban_data_page, SIAMBAN, DATA_PAGE, SiambanPage)

G_END_DECLS
