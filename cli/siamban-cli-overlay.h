/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "siamban.h"

G_BEGIN_DECLS

/* The frames of a sequence with boxes drawn in, and a strip of some of them side by side. */
typedef struct _CliOverlay CliOverlay;

/* Makes the folder. */
CliOverlay *cli_overlay_new (const char *folder, guint n_frames, GError **error);
void cli_overlay_free (CliOverlay *self);

/* Writes one frame; @truth may be NULL. The frames come in their order. */
gboolean cli_overlay_add (CliOverlay *self,
                          SiambanImage *frame,
                          const SiambanBox *tracked,
                          const SiambanBox *truth,
                          GError **error);

/* Writes `strip.jpg`. */
gboolean cli_overlay_finish (CliOverlay *self, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (CliOverlay, cli_overlay_free)

G_END_DECLS
