/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "siamban-importer.h"

G_BEGIN_DECLS

#define SIAMBAN_TYPE_FRAMES_IMPORTER (siamban_frames_importer_get_type ())

SIAMBAN_API
G_DECLARE_FINAL_TYPE (SiambanFramesImporter,
                      siamban_frames_importer,
                      SIAMBAN,
                      FRAMES_IMPORTER,
                      SiambanImporter)

SIAMBAN_API
SiambanFramesImporter *siamban_frames_importer_new (const char *const *sources,
                                                    const char *folder) G_GNUC_WARN_UNUSED_RESULT;

SIAMBAN_API
const char *const *siamban_frames_importer_get_sources (SiambanFramesImporter *self);

G_END_DECLS
