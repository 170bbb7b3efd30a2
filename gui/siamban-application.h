/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

#define SIAMBAN_TYPE_APPLICATION (siamban_application_get_type ())

G_DECLARE_FINAL_TYPE (SiambanApplication, siamban_application, SIAMBAN, APPLICATION, AdwApplication)

SiambanApplication *siamban_application_new (void);

G_END_DECLS
