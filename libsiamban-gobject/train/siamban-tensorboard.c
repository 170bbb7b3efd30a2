/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-tensorboard-private.h"

#include <errno.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>

#include "siamban-error.h"

#define CRC32C_POLYNOMIAL 0x82F63B78u /* reflected */
#define CRC_MASK 0xA282EAD8u

/* Wire types and field numbers of protobuf messages, tensorflow/core/util/event.proto and
 * tensorflow/core/framework/summary.proto. */
#define WIRE_VARINT 0
#define WIRE_FIXED64 1
#define WIRE_BYTES 2
#define WIRE_FIXED32 5
#define EVENT_WALL_TIME 1
#define EVENT_STEP 2
#define EVENT_FILE_VERSION 3
#define EVENT_SUMMARY 5
#define SUMMARY_VALUE 1
#define VALUE_TAG 1
#define VALUE_SIMPLE 2

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

static void
append_varint (GByteArray *message, guint64 value)
{
  do
    {
      const guint8 byte = (guint8) ((value & 0x7F) | (value > 0x7F ? 0x80 : 0));

      g_byte_array_append (message, &byte, 1);
      value >>= 7;
    }
  while (value > 0);
}

static void
append_key (GByteArray *message, guint field, guint wire_type)
{
  append_varint (message, field << 3 | wire_type);
}

static void
append_bytes (GByteArray *message, guint field, gconstpointer data, gsize size)
{
  append_key (message, field, WIRE_BYTES);
  append_varint (message, size);
  g_byte_array_append (message, data, (guint) size);
}

static void
append_double (GByteArray *message, guint field, double value)
{
  guint64 bits;

  memcpy (&bits, &value, sizeof bits);
  bits = GUINT64_TO_LE (bits);
  append_key (message, field, WIRE_FIXED64);
  g_byte_array_append (message, (const guint8 *) &bits, sizeof bits);
}

static void
append_float (GByteArray *message, guint field, float value)
{
  guint32 bits;

  memcpy (&bits, &value, sizeof bits);
  bits = GUINT32_TO_LE (bits);
  append_key (message, field, WIRE_FIXED32);
  g_byte_array_append (message, (const guint8 *) &bits, sizeof bits);
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
write_record (SiambanTensorboard *self, GByteArray *message, GError **error)
{
  const guint64 length = GUINT64_TO_LE ((guint64) message->len);
  const guint32 length_crc = masked_crc (&length, sizeof length);
  const guint32 data_crc = masked_crc (message->data, message->len);

  if (fwrite (&length, sizeof length, 1, self->file) == 1 &&
      fwrite (&length_crc, sizeof length_crc, 1, self->file) == 1 &&
      fwrite (message->data, message->len, 1, self->file) == 1 &&
      fwrite (&data_crc, sizeof data_crc, 1, self->file) == 1)
    return TRUE;

  return fail (self, error);
}

/* A file of its own for each start, as TensorBoard wants it; the folder is one run. */
SiambanTensorboard *
_siamban_tensorboard_open (const char *folder, GError **error)
{
  static const char version[] = "brain.Event:2";
  const gint64 now = g_get_real_time ();
  g_autoptr (SiambanTensorboard) self = g_new0 (SiambanTensorboard, 1);
  g_autoptr (GByteArray) message = g_byte_array_new ();
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

  append_double (message, EVENT_WALL_TIME, (double) now / G_USEC_PER_SEC);
  append_bytes (message, EVENT_FILE_VERSION, version, strlen (version));
  if (!write_record (self, message, error))
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

gboolean
_siamban_tensorboard_add_scalar (SiambanTensorboard *self,
                                 const char *name,
                                 double value,
                                 guint64 step,
                                 double wall_time,
                                 GError **error)
{
  g_autoptr (GByteArray) scalar = g_byte_array_new ();
  g_autoptr (GByteArray) summary = g_byte_array_new ();
  g_autoptr (GByteArray) event = g_byte_array_new ();

  append_bytes (scalar, VALUE_TAG, name, strlen (name));
  append_float (scalar, VALUE_SIMPLE, (float) value);
  append_bytes (summary, SUMMARY_VALUE, scalar->data, scalar->len);
  append_double (event, EVENT_WALL_TIME, wall_time);
  append_key (event, EVENT_STEP, WIRE_VARINT);
  append_varint (event, step);
  append_bytes (event, EVENT_SUMMARY, summary->data, summary->len);

  return write_record (self, event, error);
}

gboolean
_siamban_tensorboard_flush (SiambanTensorboard *self, GError **error)
{
  return fflush (self->file) == 0 || fail (self, error);
}
