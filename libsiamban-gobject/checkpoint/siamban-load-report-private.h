/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "siamban-load-report.h"

G_BEGIN_DECLS

SiambanLoadReport *_siamban_load_report_new (const char *source);
void _siamban_load_report_add_used (SiambanLoadReport *self, const char *name);
void _siamban_load_report_add_missing (SiambanLoadReport *self, const char *name);
void _siamban_load_report_add_unused (SiambanLoadReport *self, const char *name);
void
_siamban_load_report_suggest (SiambanLoadReport *self, const char *missing, const char *unused);

/* How many characters have to be changed, added or left out; @limit when it is more. */
guint _siamban_edit_distance (const char *a, const char *b, guint limit);

G_END_DECLS
