/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* A file that appears whole or not at all: written beside its final name, flushed to the disk,
 * then renamed over it. Until then the old file of that name stays as it was. */
typedef struct _SiambanAtomicFile SiambanAtomicFile;

SiambanAtomicFile *_siamban_atomic_file_open (const char *path, GError **error);
gboolean _siamban_atomic_file_write (SiambanAtomicFile *self,
                                     gconstpointer data,
                                     gsize size,
                                     GError **error);
const char *_siamban_atomic_file_get_temporary_path (SiambanAtomicFile *self);
gboolean _siamban_atomic_file_commit (SiambanAtomicFile *self, GError **error);
void _siamban_atomic_file_free (SiambanAtomicFile *self);

gboolean
_siamban_write_atomically (const char *path, gconstpointer data, gsize size, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SiambanAtomicFile, _siamban_atomic_file_free)

G_END_DECLS
