/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-atomic-file-private.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "siamban-error.h"

struct _SiambanAtomicFile
{
  char *path;
  char *temporary_path;
  int fd;
  gboolean committed;
};

static gboolean
fail_with_errno (const char *doing, const char *path, GError **error)
{
  const int saved_errno = errno;

  g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_IO, "Cannot %s “%s”: %s", doing, path,
               g_strerror (saved_errno));

  return FALSE;
}

/* The directory entry is on the disk only when the directory itself was flushed. */
static void
flush_directory_of (const char *path)
{
  g_autofree char *directory = g_path_get_dirname (path);
  const int fd = g_open (directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);

  if (fd >= 0)
    {
      /* Some file systems cannot flush a directory; the rename itself has happened. */
      (void) fsync (fd);
      close (fd);
    }
}

SiambanAtomicFile *
_siamban_atomic_file_open (const char *path, GError **error)
{
  g_autoptr (SiambanAtomicFile) self = g_new0 (SiambanAtomicFile, 1);

  self->path = g_strdup (path);
  self->temporary_path = g_strdup_printf ("%s.XXXXXX.tmp", path);
  self->fd = g_mkstemp_full (self->temporary_path, O_RDWR | O_CLOEXEC, 0644);
  if (self->fd < 0)
    {
      fail_with_errno ("write", path, error);
      return NULL;
    }

  return g_steal_pointer (&self);
}

gboolean
_siamban_atomic_file_write (SiambanAtomicFile *self, gconstpointer data, gsize size, GError **error)
{
  const guint8 *bytes = data;

  while (size > 0)
    {
      const ssize_t n_written = write (self->fd, bytes, MIN (size, (gsize) G_MAXINT));

      if (n_written < 0 && errno == EINTR)
        continue;
      if (n_written < 0)
        return fail_with_errno ("write", self->path, error);

      bytes += n_written;
      size -= (gsize) n_written;
    }

  return TRUE;
}

const char *
_siamban_atomic_file_get_temporary_path (SiambanAtomicFile *self)
{
  return self->temporary_path;
}

gboolean
_siamban_atomic_file_commit (SiambanAtomicFile *self, GError **error)
{
  if (fsync (self->fd) != 0)
    return fail_with_errno ("flush", self->path, error);
  if (g_rename (self->temporary_path, self->path) != 0)
    return fail_with_errno ("replace", self->path, error);

  self->committed = TRUE;
  flush_directory_of (self->path);

  return TRUE;
}

void
_siamban_atomic_file_free (SiambanAtomicFile *self)
{
  if (self->fd >= 0)
    {
      close (self->fd);
      if (!self->committed)
        g_unlink (self->temporary_path);
    }

  g_free (self->path);
  g_free (self->temporary_path);
  g_free (self);
}

gboolean
_siamban_write_atomically (const char *path, gconstpointer data, gsize size, GError **error)
{
  g_autoptr (SiambanAtomicFile) file = _siamban_atomic_file_open (path, error);

  return file != NULL && _siamban_atomic_file_write (file, data, size, error) &&
         _siamban_atomic_file_commit (file, error);
}
