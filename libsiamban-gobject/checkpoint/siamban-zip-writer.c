/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-zip-writer-private.h"

#include <string.h>
#include <zlib.h>

#include "siamban-error.h"

#define ALIGNMENT 64
#define LOCAL_HEADER_SIZE 30
#define EXTRA_HEADER_SIZE 4
#define PADDING_ID 0x4246 /* "FB", as PyTorch marks its padding */
#define VERSION 20
#define MAX_SIZE                                                                                   \
  G_GUINT64_CONSTANT (0xf0000000) /* offsets have 32 bits; leaves room for the list */
#define DATE 0x21                 /* 1 January 1980: the same weights make the same file */

struct _SiambanZipWriter
{
  SiambanAtomicFile *file; /* borrowed */
  GByteArray *directory;
  guint64 position;
  guint n_members;
};

SiambanZipWriter *
_siamban_zip_writer_new (SiambanAtomicFile *file)
{
  SiambanZipWriter *self = g_new0 (SiambanZipWriter, 1);

  self->file = file;
  self->directory = g_byte_array_new ();

  return self;
}

void
_siamban_zip_writer_free (SiambanZipWriter *self)
{
  g_byte_array_unref (self->directory);
  g_free (self);
}

static void
append_16 (GByteArray *out, guint value)
{
  const guint16 bits = GUINT16_TO_LE ((guint16) value);

  g_byte_array_append (out, (const guint8 *) &bits, sizeof bits);
}

static void
append_32 (GByteArray *out, guint64 value)
{
  const guint32 bits = GUINT32_TO_LE ((guint32) value);

  g_byte_array_append (out, (const guint8 *) &bits, sizeof bits);
}

static gboolean
emit (SiambanZipWriter *self, gconstpointer data, gsize size, GError **error)
{
  self->position += size;

  return _siamban_atomic_file_write (self->file, data, size, error);
}

/* What the local header and the entry of the directory have in common. */
static void
append_description (GByteArray *out, const char *name, guint32 checksum, gsize size)
{
  append_16 (out, VERSION);
  append_16 (out, 0); /* flags */
  append_16 (out, 0); /* stored */
  append_16 (out, 0); /* midnight */
  append_16 (out, DATE);
  append_32 (out, checksum);
  append_32 (out, size); /* as stored */
  append_32 (out, size); /* as unpacked */
  append_16 (out, (guint) strlen (name));
}

static void
append_directory_entry (SiambanZipWriter *self, const char *name, guint32 checksum, gsize size)
{
  append_32 (self->directory, 0x02014b50);
  append_16 (self->directory, VERSION);
  append_description (self->directory, name, checksum, size);
  append_16 (self->directory, 0); /* extra field */
  append_16 (self->directory, 0); /* comment */
  append_16 (self->directory, 0); /* disk */
  append_16 (self->directory, 0); /* internal attributes */
  append_32 (self->directory, 0); /* external attributes */
  append_32 (self->directory, self->position);
  g_byte_array_append (self->directory, (const guint8 *) name, (guint) strlen (name));
}

static guint32
get_checksum (gconstpointer data, gsize size)
{
  const Bytef *bytes = data;
  uLong checksum = crc32 (0, NULL, 0);

  while (size > 0)
    {
      const uInt n = (uInt) MIN (size, (gsize) G_MAXINT);

      checksum = crc32 (checksum, bytes, n);
      bytes += n;
      size -= n;
    }

  return (guint32) checksum;
}

gboolean
_siamban_zip_writer_add (SiambanZipWriter *self,
                         const char *name,
                         gconstpointer data,
                         gsize size,
                         GError **error)
{
  const guint32 checksum = get_checksum (data, size);
  const gsize unpadded = (gsize) self->position + LOCAL_HEADER_SIZE + strlen (name) +
                         EXTRA_HEADER_SIZE;
  const guint padding = (guint) (-unpadded % ALIGNMENT);
  static const guint8 spaces[ALIGNMENT];
  g_autoptr (GByteArray) header = g_byte_array_new ();

  if (self->position + size > MAX_SIZE || self->n_members >= G_MAXUINT16)
    {
      g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_UNSUPPORTED,
                   "More than 3.75 GiB or 65535 tensors do not fit into one checkpoint");
      return FALSE;
    }

  append_directory_entry (self, name, checksum, size);
  self->n_members++;

  append_32 (header, 0x04034b50);
  append_description (header, name, checksum, size);
  append_16 (header, EXTRA_HEADER_SIZE + padding);
  g_byte_array_append (header, (const guint8 *) name, (guint) strlen (name));
  append_16 (header, PADDING_ID);
  append_16 (header, padding);
  g_byte_array_append (header, spaces, padding);

  return emit (self, header->data, header->len, error) && emit (self, data, size, error);
}

gboolean
_siamban_zip_writer_finish (SiambanZipWriter *self, GError **error)
{
  const guint64 start = self->position;
  const guint size = self->directory->len;

  append_32 (self->directory, 0x06054b50);
  append_16 (self->directory, 0); /* disk */
  append_16 (self->directory, 0); /* disk of the directory */
  append_16 (self->directory, self->n_members);
  append_16 (self->directory, self->n_members);
  append_32 (self->directory, size);
  append_32 (self->directory, start);
  append_16 (self->directory, 0); /* comment */

  return emit (self, self->directory->data, self->directory->len, error);
}
