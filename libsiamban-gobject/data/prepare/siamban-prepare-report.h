/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib-object.h>

#include "siamban-macros.h"

G_BEGIN_DECLS

#define SIAMBAN_TYPE_PREPARE_REPORT (siamban_prepare_report_get_type ())

typedef struct _SiambanPrepareReport SiambanPrepareReport;

SIAMBAN_API
GType siamban_prepare_report_get_type (void) G_GNUC_CONST;

SIAMBAN_API
SiambanPrepareReport *siamban_prepare_report_ref (SiambanPrepareReport *self);

SIAMBAN_API
void siamban_prepare_report_unref (SiambanPrepareReport *self);

SIAMBAN_API
guint siamban_prepare_report_get_n_videos (SiambanPrepareReport *self);

SIAMBAN_API
guint siamban_prepare_report_get_n_frames (SiambanPrepareReport *self);

SIAMBAN_API
guint siamban_prepare_report_get_n_crops (SiambanPrepareReport *self);

SIAMBAN_API
guint siamban_prepare_report_get_n_kept (SiambanPrepareReport *self);

SIAMBAN_API
guint siamban_prepare_report_get_n_bad_boxes (SiambanPrepareReport *self);

SIAMBAN_API
guint siamban_prepare_report_get_n_bad_images (SiambanPrepareReport *self);

SIAMBAN_API
const char *const *siamban_prepare_report_get_messages (SiambanPrepareReport *self);

SIAMBAN_API
char *siamban_prepare_report_to_string (SiambanPrepareReport *self) G_GNUC_WARN_UNUSED_RESULT;

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SiambanPrepareReport, siamban_prepare_report_unref)

G_END_DECLS
