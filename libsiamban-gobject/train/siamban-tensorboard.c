/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-tensorboard-private.h"

#include <errno.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>

#include "siamban-error.h"
#include "siamban-event.pb-c.h"

#define CRC32C_POLYNOMIAL 0x82F63B78u /* reflected */
#define CRC_MASK 0xA282EAD8u
#define COLORSPACE_RGB 3

struct _SiambanTensorboard
{
  FILE *file;
  char *path;
};

guint32
_siamban_crc32c (gconstpointer data, gsize size)
{
  const guint8 *bytes = data;
  guint32 crc = ~0u;

  for (gsize i = 0; i < size; i++)
    {
      crc ^= bytes[i];
      for (guint bit = 0; bit < 8; bit++)
        crc = crc & 1 ? (crc >> 1) ^ CRC32C_POLYNOMIAL : crc >> 1;
    }

  return ~crc;
}

static guint32
masked_crc (gconstpointer data, gsize size)
{
  const guint32 crc = _siamban_crc32c (data, size);

  return GUINT32_TO_LE (((crc >> 15) | (crc << 17)) + CRC_MASK);
}

static gboolean
fail (SiambanTensorboard *self, GError **error)
{
  const int saved_errno = errno;

  g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_IO, "Cannot write “%s”: %s", self->path,
               g_strerror (saved_errno));

  return FALSE;
}

static gboolean
write_event (SiambanTensorboard *self, const Siamban__Event__Event *event, GError **error)
{
  const gsize size = siamban__event__event__get_packed_size (event);
  g_autofree guint8 *message = g_malloc (size);
  const guint64 length = GUINT64_TO_LE ((guint64) size);
  const guint32 length_crc = masked_crc (&length, sizeof length);
  guint32 data_crc;

  siamban__event__event__pack (event, message);
  data_crc = masked_crc (message, size);

  if (fwrite (&length, sizeof length, 1, self->file) == 1 &&
      fwrite (&length_crc, sizeof length_crc, 1, self->file) == 1 &&
      fwrite (message, size, 1, self->file) == 1 &&
      fwrite (&data_crc, sizeof data_crc, 1, self->file) == 1)
    return TRUE;

  return fail (self, error);
}

/* A file of its own for each start, as TensorBoard wants it; the folder is one run. */
SiambanTensorboard *
_siamban_tensorboard_open (const char *folder, GError **error)
{
  const gint64 now = g_get_real_time ();
  Siamban__Event__Event event = SIAMBAN__EVENT__EVENT__INIT;
  g_autoptr (SiambanTensorboard) self = g_new0 (SiambanTensorboard, 1);
  g_autofree char *name = g_strdup_printf ("events.out.tfevents.%" G_GINT64_FORMAT ".%s.%06d",
                                           now / G_USEC_PER_SEC, g_get_host_name (),
                                           (int) (now % G_USEC_PER_SEC));

  self->path = g_build_filename (folder, name, NULL);
  self->file = g_fopen (self->path, "wbe");
  if (self->file == NULL)
    {
      fail (self, error);
      return NULL;
    }

  event.has_wall_time = TRUE;
  event.wall_time = (double) now / G_USEC_PER_SEC;
  event.file_version = (char *) "brain.Event:2";
  if (!write_event (self, &event, error))
    return NULL;

  return g_steal_pointer (&self);
}

void
_siamban_tensorboard_free (SiambanTensorboard *self)
{
  if (self->file)
    fclose (self->file);
  g_free (self->path);
  g_free (self);
}

static gboolean
write_value (SiambanTensorboard *self,
             Siamban__Event__Value *value,
             guint64 step,
             double wall_time,
             GError **error)
{
  Siamban__Event__Summary summary = SIAMBAN__EVENT__SUMMARY__INIT;
  Siamban__Event__Event event = SIAMBAN__EVENT__EVENT__INIT;

  summary.n_value = 1;
  summary.value = &value;
  event.has_wall_time = TRUE;
  event.wall_time = wall_time;
  event.has_step = TRUE;
  event.step = (gint64) step;
  event.summary = &summary;

  return write_event (self, &event, error);
}

gboolean
_siamban_tensorboard_add_scalar (SiambanTensorboard *self,
                                 const char *name,
                                 double number,
                                 guint64 step,
                                 double wall_time,
                                 GError **error)
{
  Siamban__Event__Value value = SIAMBAN__EVENT__VALUE__INIT;

  value.tag = (char *) name;
  value.has_simple_value = TRUE;
  value.simple_value = (float) number;

  return write_value (self, &value, step, wall_time, error);
}

gboolean
_siamban_tensorboard_add_image (SiambanTensorboard *self,
                                const char *name,
                                GBytes *png,
                                guint width,
                                guint height,
                                guint64 step,
                                double wall_time,
                                GError **error)
{
  Siamban__Event__Value value = SIAMBAN__EVENT__VALUE__INIT;
  Siamban__Event__Image image = SIAMBAN__EVENT__IMAGE__INIT;

  image.has_width = image.has_height = image.has_colorspace = TRUE;
  image.width = (gint32) width;
  image.height = (gint32) height;
  image.colorspace = COLORSPACE_RGB;
  image.has_encoded_image_string = TRUE;
  image.encoded_image_string.data = (guint8 *) g_bytes_get_data (png,
                                                                 &image.encoded_image_string.len);
  value.tag = (char *) name;
  value.image = &image;

  return write_value (self, &value, step, wall_time, error);
}

gboolean
_siamban_tensorboard_flush (SiambanTensorboard *self, GError **error)
{
  return fflush (self->file) == 0 || fail (self, error);
}
