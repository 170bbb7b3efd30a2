/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* memrchr */

#include "siamban-file-tail-private.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_BYTES (4 * 1024 * 1024)

/* A longer line is no line of ours: it is given up. */
#define MAX_LINE (16 * 1024 * 1024)

void
_siamban_file_tail_init (SiambanFileTail *self, const char *directory, const char *name)
{
  *self = (SiambanFileTail){
    .path = g_build_filename (directory, name, NULL),
    .partial = g_string_new (NULL),
  };
}

void
_siamban_file_tail_clear (SiambanFileTail *self)
{
  g_clear_pointer (&self->path, g_free);
  if (self->partial)
    g_string_free (g_steal_pointer (&self->partial), TRUE);
}

static void
note_file (SiambanFileTail *self, const struct stat *file, gboolean *restarted)
{
  const gboolean same = self->inode == (guint64) file->st_ino &&
                        self->offset <= (guint64) file->st_size;

  *restarted = self->offset > 0 && !same;
  if (same)
    return;

  self->inode = (guint64) file->st_ino;
  self->offset = 0;
  g_string_truncate (self->partial, 0);
}

static void
read_bytes (SiambanFileTail *self, int fd, gsize size)
{
  const gsize kept = self->partial->len;
  ssize_t n;

  g_string_set_size (self->partial, kept + size);
  do
    n = pread (fd, self->partial->str + kept, size, (off_t) self->offset);
  while (n < 0 && errno == EINTR);
  n = MAX (n, 0);

  g_string_set_size (self->partial, kept + (gsize) n);
  self->offset += (guint64) n;
}

/* Cuts whole lines off the beginning. */
static char *
take_lines (SiambanFileTail *self)
{
  const char *end = memrchr (self->partial->str, '\n', self->partial->len);
  char *lines;
  gsize n;

  if (end == NULL)
    {
      if (self->partial->len > MAX_LINE)
        g_string_truncate (self->partial, 0);
      return NULL;
    }

  n = (gsize) (end + 1 - self->partial->str);
  lines = g_strndup (self->partial->str, n);
  g_string_erase (self->partial, 0, (gssize) n);

  return lines;
}

char *
_siamban_file_tail_read (SiambanFileTail *self, gboolean *restarted)
{
  const int fd = g_open (self->path, O_RDONLY | O_CLOEXEC, 0);
  struct stat file;
  char *lines = NULL;

  *restarted = FALSE;
  if (fd < 0)
    return NULL;

  if (fstat (fd, &file) == 0)
    {
      note_file (self, &file, restarted);
      while (lines == NULL && self->offset < (guint64) file.st_size)
        {
          const guint64 before = self->offset;

          read_bytes (self, fd, (gsize) MIN ((guint64) file.st_size - self->offset, MAX_BYTES));
          if (self->offset == before)
            break;
          lines = take_lines (self);
        }
    }
  close (fd);

  return lines;
}
