/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "siamban-prepare-report.h"

G_BEGIN_DECLS

struct _SiambanPrepareReport
{
  guint n_videos;
  guint n_frames;
  guint n_crops;
  guint n_kept;
  guint n_bad_boxes;
  guint n_bad_images;
  guint n_messages;
  GPtrArray *messages; /* NULL-terminated */
};

SiambanPrepareReport *_siamban_prepare_report_new (void);

/* Filled by one thread, before anybody else sees it. Messages beyond the first thousand are
 * counted only. */
void _siamban_prepare_report_add_message (SiambanPrepareReport *self, char *message);

G_END_DECLS
