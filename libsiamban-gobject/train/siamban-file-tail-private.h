/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Reads what is appended to a text file, in whole lines, while another process writes it. */
typedef struct
{
  char *path;
  guint64 inode;
  guint64 offset;   /* of the first byte not read yet */
  GString *partial; /* the beginning of a line whose end is not written yet */
} SiambanFileTail;

void _siamban_file_tail_init (SiambanFileTail *self, const char *directory, const char *name);
void _siamban_file_tail_clear (SiambanFileTail *self);

/* The next lines, each with its line feed, of at most some mebibytes; NULL if there are none. A file
 * that was replaced, or cut, is read anew: @restarted tells. */
char *_siamban_file_tail_read (SiambanFileTail *self, gboolean *restarted);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (SiambanFileTail, _siamban_file_tail_clear)

G_END_DECLS
