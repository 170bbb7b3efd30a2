/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-torch-container-private.h"

#include <string.h>
#include <zip.h>

#include "siamban-error.h"
#include "siamban-pickle-reader-private.h"

/* PyTorch stores its numbers as they are; archives packed again by other tools may be
 * compressed. Weights hardly shrink, so more than this ratio is no honest file. */
#define MAX_RATIO 64
#define MAX_FREE (64 << 20)

typedef struct
{
  SiambanTorchContainer container;
  GBytes *bytes;
  zip_t *archive;
  char *prefix; /* with its slash, or empty */
  gsize budget; /* how many bytes may still be unpacked */
} Zip;

static void
zip_container_free (SiambanTorchContainer *container)
{
  Zip *self = (Zip *) container;

  if (self->archive != NULL)
    zip_discard (self->archive);
  g_free (self->prefix);
  g_bytes_unref (self->bytes);
  g_free (self);
}

static GBytes *
fail_member (GError **error, const char *member, const char *what)
{
  g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_DATA, "Member “%s” of the archive %s",
               member, what);

  return NULL;
}

/* NULL without error when there is no such member. */
static GBytes *
read_member (Zip *self, const char *name, GError **error)
{
  zip_stat_t information;
  zip_file_t *file;
  g_autofree guint8 *data = NULL;
  gsize n_read = 0;
  gboolean complete;

  if (zip_stat (self->archive, name, 0, &information) != 0)
    return NULL;
  if ((information.valid & ZIP_STAT_SIZE) == 0 || information.size > self->budget)
    return fail_member (error, name, "claims to unpack to far more data than the file holds");

  self->budget -= (gsize) information.size;
  file = zip_fopen (self->archive, name, 0);
  if (file == NULL)
    return fail_member (error, name, "is damaged, encrypted or compressed in an unknown way");

  /* One byte more than there is: the check sum is compared when the end is seen. */
  data = g_try_malloc ((gsize) information.size + 1);
  while (data != NULL && n_read <= information.size)
    {
      const zip_int64_t n = zip_fread (file, data + n_read, information.size + 1 - n_read);

      if (n <= 0)
        {
          n_read = n < 0 ? G_MAXSIZE : n_read;
          break;
        }
      n_read += (gsize) n;
    }
  complete = zip_fclose (file) == 0 && data != NULL && n_read == information.size;
  if (!complete)
    return fail_member (error, name, "is damaged: its size or check sum is wrong");

  return g_bytes_new_take (g_steal_pointer (&data), n_read);
}

static GBytes *
zip_container_read (SiambanTorchContainer *container,
                    const SiambanPickleStorage *storage,
                    GError **error)
{
  Zip *self = (Zip *) container;
  g_autofree char *name = g_strconcat (self->prefix, "data/", storage->key, NULL);
  g_autoptr (GError) member_error = NULL;
  GBytes *bytes = read_member (self, name, &member_error);

  if (bytes == NULL && member_error == NULL)
    fail_member (&member_error, name, "is missing");
  if (bytes == NULL)
    g_propagate_error (error, g_steal_pointer (&member_error));

  return bytes;
}

static gboolean
open_archive (Zip *self, GError **error)
{
  gsize size;
  gconstpointer data = g_bytes_get_data (self->bytes, &size);
  zip_error_t reason;
  zip_source_t *source;

  zip_error_init (&reason);
  source = zip_source_buffer_create (data, size, 0, &reason);
  self->archive = source != NULL ? zip_open_from_source (source, ZIP_RDONLY, &reason) : NULL;
  if (self->archive == NULL)
    {
      g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_DATA,
                   "The archive is damaged, perhaps not downloaded to its end: %s",
                   zip_error_strerror (&reason));
      if (source != NULL)
        zip_source_free (source);
    }
  zip_error_fini (&reason);

  return self->archive != NULL;
}

/* A name that could lead out of a folder. Nothing is unpacked to files here, but an archive with
 * such a name was not made by torch.save(). */
static gboolean
is_path_trick (const char *name)
{
  g_auto (GStrv) parts = g_strsplit (name, "/", -1);

  return *name == '/' || strchr (name, '\\') != NULL ||
         g_strv_contains ((const char *const *) parts, "..");
}

/* Members that share bytes of the file are how a small archive unpacks to a huge one; when they
 * do not, all of them together are smaller than the file. */
static gboolean
check_members (Zip *self, GError **error)
{
  const zip_int64_t n_members = zip_get_num_entries (self->archive, 0);
  g_autoptr (GHashTable) names = g_hash_table_new (g_str_hash, g_str_equal);
  gsize room = g_bytes_get_size (self->bytes);

  for (zip_int64_t i = 0; i < n_members; i++)
    {
      zip_stat_t member = { 0 };
      const char *fault = NULL;

      if (zip_stat_index (self->archive, (zip_uint64_t) i, 0, &member) != 0 ||
          (member.valid & ZIP_STAT_NAME) == 0 || (member.valid & ZIP_STAT_COMP_SIZE) == 0)
        fault = "has no name or size";
      else if (is_path_trick (member.name))
        fault = "has a name that leads out of the archive";
      else if (!g_hash_table_add (names, (gpointer) member.name))
        fault = "is there twice";
      else if (member.comp_size > room)
        fault = "overlaps others or reaches beyond the end of the file";
      if (fault != NULL)
        {
          fail_member (error, (member.valid & ZIP_STAT_NAME) != 0 ? member.name : "?", fault);
          return FALSE;
        }
      room -= (gsize) member.comp_size;
    }

  return TRUE;
}

/* The folder of data.pkl, whatever its name is. */
static gboolean
find_prefix (Zip *self, GError **error)
{
  const zip_int64_t n_members = zip_get_num_entries (self->archive, 0);

  for (zip_int64_t i = 0; i < n_members; i++)
    {
      const char *name = zip_get_name (self->archive, (zip_uint64_t) i, 0);
      const char *slash = name != NULL ? strrchr (name, '/') : NULL;
      const char *base = slash != NULL ? slash + 1 : name;

      if (g_strcmp0 (base, "data.pkl") == 0)
        {
          self->prefix = g_strndup (name, (gsize) (base - name));
          return TRUE;
        }
    }

  g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_DATA,
               "A zip archive without “data.pkl”: not a file of torch.save()");

  return FALSE;
}

static gboolean
has_member (Zip *self, const char *name)
{
  g_autofree char *path = g_strconcat (self->prefix, name, NULL);

  return zip_name_locate (self->archive, path, 0) >= 0;
}

static gboolean
read_byte_order (Zip *self, GError **error)
{
  g_autofree char *name = g_strconcat (self->prefix, "byteorder", NULL);
  g_autoptr (GError) member_error = NULL;
  g_autoptr (GBytes) order = read_member (self, name, &member_error);
  const gboolean native_is_little = G_BYTE_ORDER == G_LITTLE_ENDIAN;
  gboolean is_little = TRUE;

  if (member_error != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&member_error));
      return FALSE;
    }
  if (order != NULL)
    {
      gsize size;
      const char *text = g_bytes_get_data (order, &size);

      is_little = !(size >= 3 && strncmp (text, "big", 3) == 0);
    }
  self->container.swapped = is_little != native_is_little;

  return TRUE;
}

static gboolean
read_root (Zip *self, SiambanPickle *pickle, GError **error)
{
  g_autofree char *name = g_strconcat (self->prefix, "data.pkl", NULL);
  g_autoptr (GError) member_error = NULL;
  g_autoptr (GBytes) bytes = read_member (self, name, &member_error);

  if (bytes == NULL)
    {
      if (member_error == NULL)
        fail_member (&member_error, name, "cannot be found");
      g_propagate_error (error, g_steal_pointer (&member_error));
      return FALSE;
    }

  self->container.root = _siamban_pickle_read (pickle, g_bytes_get_data (bytes, NULL),
                                               g_bytes_get_size (bytes), NULL, error);

  return self->container.root != NULL;
}

SiambanTorchContainer *
_siamban_torch_zip_open (SiambanPickle *pickle, GBytes *bytes, GError **error)
{
  Zip *self = g_new0 (Zip, 1);
  const gsize size = g_bytes_get_size (bytes);

  self->container.read = zip_container_read;
  self->container.free = zip_container_free;
  self->bytes = g_bytes_ref (bytes);
  self->budget = size < G_MAXSIZE / (2 * MAX_RATIO) ? size * MAX_RATIO + MAX_FREE : G_MAXSIZE / 2;

  if (!open_archive (self, error) || !check_members (self, error) || !find_prefix (self, error))
    {
      zip_container_free (&self->container);
      return NULL;
    }
  if (has_member (self, "constants.pkl") || has_member (self, "code/"))
    {
      g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_UNSUPPORTED,
                   "A TorchScript program, not a file of weights; load it with torch.jit.load() "
                   "and save its state_dict() with torch.save()");
      zip_container_free (&self->container);
      return NULL;
    }
  if (!read_byte_order (self, error) || !read_root (self, pickle, error))
    {
      zip_container_free (&self->container);
      return NULL;
    }

  return &self->container;
}
