/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-cli-overlay.h"

#include <errno.h>
#include <glib/gi18n.h>
#include <glib/gstdio.h>

#include "siamban-cli-canvas.h"

#define STRIP_LENGTH 8
#define STRIP_HEIGHT 240
#define STRIP_GAP 4

static const CliColor green = { 0, 220, 0 };
static const CliColor white = { 255, 255, 255 };

struct _CliOverlay
{
  char *folder;
  guint n_frames;
  guint n_done;
  GPtrArray *strip; /* of CliCanvas */
};

CliOverlay *
cli_overlay_new (const char *folder, guint n_frames, GError **error)
{
  CliOverlay *self;

  if (g_mkdir_with_parents (folder, 0777) != 0)
    {
      const int saved_errno = errno;

      g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_IO, _ ("Cannot make the folder “%s”: %s"),
                   folder, g_strerror (saved_errno));
      return NULL;
    }

  self = g_new0 (CliOverlay, 1);
  self->folder = g_strdup (folder);
  self->n_frames = n_frames;
  self->strip = g_ptr_array_new_with_free_func ((GDestroyNotify) cli_canvas_free);

  return self;
}

void
cli_overlay_free (CliOverlay *self)
{
  g_free (self->folder);
  g_ptr_array_unref (self->strip);
  g_free (self);
}

/* Evenly spaced, the first and the last frame included. */
static gboolean
is_in_strip (CliOverlay *self, guint frame)
{
  const guint n = MIN (self->n_frames, STRIP_LENGTH);
  const guint next = self->strip->len;

  return next < n && frame == (n > 1 ? next * (self->n_frames - 1) / (n - 1) : 0);
}

static void
add_to_strip (CliOverlay *self, const CliCanvas *canvas)
{
  const guint height = MIN (canvas->height, STRIP_HEIGHT);
  const guint width = (guint) ((guint64) canvas->width * height / canvas->height);

  g_ptr_array_add (self->strip, cli_canvas_scale (canvas, width, height));
}

gboolean
cli_overlay_add (CliOverlay *self,
                 SiambanImage *frame,
                 const SiambanBox *tracked,
                 const SiambanBox *truth,
                 GError **error)
{
  g_autoptr (CliCanvas) canvas = cli_canvas_new_from_image (frame);
  g_autofree char *name = g_strdup_printf ("%06u.jpg", self->n_done);
  g_autofree char *path = g_build_filename (self->folder, name, NULL);

  if (truth != NULL)
    cli_canvas_draw_box (canvas, truth, white);
  cli_canvas_draw_box (canvas, tracked, green);
  if (is_in_strip (self, self->n_done))
    add_to_strip (self, canvas);
  self->n_done++;

  return cli_canvas_save (canvas, path, error);
}

gboolean
cli_overlay_finish (CliOverlay *self, GError **error)
{
  g_autofree char *path = g_build_filename (self->folder, "strip.jpg", NULL);
  g_autoptr (CliCanvas) strip = NULL;
  guint width = 0, height = 0, left = 0;

  for (guint i = 0; i < self->strip->len; i++)
    {
      const CliCanvas *canvas = g_ptr_array_index (self->strip, i);

      width += canvas->width + (i > 0 ? STRIP_GAP : 0);
      height = MAX (height, canvas->height);
    }

  strip = cli_canvas_new (width, height);
  for (guint i = 0; i < self->strip->len; i++)
    {
      const CliCanvas *canvas = g_ptr_array_index (self->strip, i);

      cli_canvas_paste (strip, canvas, left, 0);
      left += canvas->width + STRIP_GAP;
    }

  return cli_canvas_save (strip, path, error);
}
