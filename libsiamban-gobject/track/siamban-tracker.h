/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "siamban-device.h"
#include "siamban-model.h"
#include "siamban-track-result.h"

G_BEGIN_DECLS

#define SIAMBAN_TYPE_TRACKER (siamban_tracker_get_type ())

SIAMBAN_API
G_DECLARE_FINAL_TYPE (SiambanTracker, siamban_tracker, SIAMBAN, TRACKER, GObject)

SIAMBAN_API
SiambanTracker *siamban_tracker_new (SiambanModel *model,
                                     SiambanConfig *config,
                                     SiambanDevice *device,
                                     GError **error) G_GNUC_WARN_UNUSED_RESULT;

SIAMBAN_API
gboolean siamban_tracker_init (SiambanTracker *self,
                               SiambanImage *frame,
                               const SiambanBox *box,
                               GError **error);

SIAMBAN_API
SiambanTrackResult *siamban_tracker_track (SiambanTracker *self,
                                           SiambanImage *frame,
                                           GError **error) G_GNUC_WARN_UNUSED_RESULT;

SIAMBAN_API
SiambanImage *siamban_tracker_get_template_crop (SiambanTracker *self);

SIAMBAN_API
void siamban_tracker_weights_changed (SiambanTracker *self);

G_END_DECLS
