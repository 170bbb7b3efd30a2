/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <gio/gio.h>

#include "siamban-macros.h"

G_BEGIN_DECLS

#define SIAMBAN_TYPE_LOAD_REPORT (siamban_load_report_get_type ())

SIAMBAN_API
G_DECLARE_FINAL_TYPE (SiambanLoadReport, siamban_load_report, SIAMBAN, LOAD_REPORT, GObject)

SIAMBAN_API
const char *const *siamban_load_report_get_used (SiambanLoadReport *self);

SIAMBAN_API
const char *const *siamban_load_report_get_missing (SiambanLoadReport *self);

SIAMBAN_API
const char *const *siamban_load_report_get_unused (SiambanLoadReport *self);

SIAMBAN_API
const char *siamban_load_report_get_suggestion (SiambanLoadReport *self, const char *missing);

SIAMBAN_API
char *siamban_load_report_to_string (SiambanLoadReport *self) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
