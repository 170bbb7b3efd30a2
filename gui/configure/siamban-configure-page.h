/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <adwaita.h>

#include "siamban-page.h"

G_BEGIN_DECLS

#define SIAMBAN_TYPE_CONFIGURE_PAGE (siamban_configure_page_get_type ())

G_DECLARE_FINAL_TYPE (SiambanConfigurePage,
                      siamban_configure_page,
                      SIAMBAN,
                      CONFIGURE_PAGE,
                      SiambanPage)

/* Reads or writes the experiment; what goes wrong is shown in the page. */
void siamban_configure_page_open (SiambanConfigurePage *self, GFile *file);
void siamban_configure_page_save (SiambanConfigurePage *self, GFile *file);

G_END_DECLS
