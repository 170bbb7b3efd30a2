/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A file that TensorBoard reads: scalars and images over steps.
 *
 * Each record is framed as TensorFlow's record files are (length, masked CRC-32C of it, data, masked
 * CRC-32C of that) and holds a protobuf message `Event` of siamban-event.proto. */
typedef struct _SiambanTensorboard SiambanTensorboard;

SiambanTensorboard *_siamban_tensorboard_open (const char *folder, GError **error);
void _siamban_tensorboard_free (SiambanTensorboard *self);

gboolean _siamban_tensorboard_add_scalar (SiambanTensorboard *self,
                                          const char *name,
                                          double value,
                                          guint64 step,
                                          double wall_time,
                                          GError **error);
gboolean _siamban_tensorboard_add_image (SiambanTensorboard *self,
                                         const char *name,
                                         GBytes *png,
                                         guint width,
                                         guint height,
                                         guint64 step,
                                         double wall_time,
                                         GError **error);
gboolean _siamban_tensorboard_flush (SiambanTensorboard *self, GError **error);

/* Castagnoli's, as in iSCSI. */
guint32 _siamban_crc32c (gconstpointer data, gsize size);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SiambanTensorboard, _siamban_tensorboard_free)

G_END_DECLS
