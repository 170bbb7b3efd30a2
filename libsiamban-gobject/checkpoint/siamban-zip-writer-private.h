/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "siamban-atomic-file-private.h"

G_BEGIN_DECLS

/* Writes a zip archive whose members are stored as they are, each beginning at a multiple of 64
 * bytes so that a reader may map it. Nothing of it needs seeking back, so it goes straight into
 * an atomic file. */
typedef struct _SiambanZipWriter SiambanZipWriter;

SiambanZipWriter *_siamban_zip_writer_new (SiambanAtomicFile *file);
gboolean _siamban_zip_writer_add (SiambanZipWriter *self,
                                  const char *name,
                                  gconstpointer data,
                                  gsize size,
                                  GError **error);

/* The list of members, which ends the archive; the file is not committed. */
gboolean _siamban_zip_writer_finish (SiambanZipWriter *self, GError **error);
void _siamban_zip_writer_free (SiambanZipWriter *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SiambanZipWriter, _siamban_zip_writer_free)

G_END_DECLS
