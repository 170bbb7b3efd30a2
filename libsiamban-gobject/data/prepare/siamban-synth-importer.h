/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "siamban-importer.h"
#include "siamban-synth.h"

G_BEGIN_DECLS

#define SIAMBAN_TYPE_SYNTH_IMPORTER (siamban_synth_importer_get_type ())

SIAMBAN_API
G_DECLARE_FINAL_TYPE (SiambanSynthImporter,
                      siamban_synth_importer,
                      SIAMBAN,
                      SYNTH_IMPORTER,
                      SiambanImporter)

SIAMBAN_API
SiambanSynthImporter *siamban_synth_importer_new (SiambanSynth *synth,
                                                  const char *folder) G_GNUC_WARN_UNUSED_RESULT;

SIAMBAN_API
SiambanSynth *siamban_synth_importer_get_synth (SiambanSynthImporter *self);

G_END_DECLS
