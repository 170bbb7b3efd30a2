/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "siamban.h"

G_BEGIN_DECLS

/* Pixels to draw into: height × width × (blue, green, red), 8 bit. */
typedef struct
{
  guint width, height;
  guint8 *pixels;
} CliCanvas;

typedef struct
{
  guint8 blue, green, red;
} CliColor;

/* Black, of at least one pixel. */
CliCanvas *cli_canvas_new (guint width, guint height);
CliCanvas *cli_canvas_new_from_image (SiambanImage *image);
/* From three planes, blue, green and red, of which values beyond 0 … 255 are cut. */
CliCanvas *cli_canvas_new_from_planes (const float *planes, guint width, guint height);
void cli_canvas_free (CliCanvas *self);

/* What lies outside is not drawn. Lines get thicker with the image. */
void cli_canvas_draw_box (CliCanvas *self, const SiambanBox *box, CliColor color);
void cli_canvas_draw_dot (CliCanvas *self, double x, double y, double radius, CliColor color);
void cli_canvas_paste (CliCanvas *self, const CliCanvas *other, guint left, guint top);

/* Means of the pixels under each new one. */
CliCanvas *cli_canvas_scale (const CliCanvas *self, guint width, guint height);

/* As `.jpg` or `.png`. */
gboolean cli_canvas_save (const CliCanvas *self, const char *path, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (CliCanvas, cli_canvas_free)

G_END_DECLS
