/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <gio/gio.h>

#include "siamban-program.h"

G_BEGIN_DECLS

#define SIAMBAN_TYPE_DEVICE (siamban_device_get_type ())

SIAMBAN_API
G_DECLARE_FINAL_TYPE (SiambanDevice, siamban_device, SIAMBAN, DEVICE, GObject)

SIAMBAN_API
SiambanDevice *siamban_device_open (const char *id, GError **error) G_GNUC_WARN_UNUSED_RESULT;

SIAMBAN_API
GListModel *siamban_device_open_all (const char *ids, GError **error) G_GNUC_WARN_UNUSED_RESULT;

SIAMBAN_API
const char *siamban_device_get_id (SiambanDevice *self);

SIAMBAN_API
const char *siamban_device_get_name (SiambanDevice *self);

SIAMBAN_API
const char *siamban_device_get_engine_name (SiambanDevice *self);

SIAMBAN_API
guint64 siamban_device_get_memory (SiambanDevice *self);

SIAMBAN_API
guint siamban_device_get_n_threads (SiambanDevice *self);

SIAMBAN_API
void siamban_device_set_n_threads (SiambanDevice *self, guint n_threads);

SIAMBAN_API
gboolean siamban_device_get_exact (SiambanDevice *self);

SIAMBAN_API
void siamban_device_set_exact (SiambanDevice *self, gboolean exact);

SIAMBAN_API
SiambanPrecision siamban_device_get_precision (SiambanDevice *self);

SIAMBAN_API
void siamban_device_set_precision (SiambanDevice *self, SiambanPrecision precision);

SIAMBAN_API
const char *siamban_device_get_convolutions (SiambanDevice *self);

SIAMBAN_API
gboolean siamban_device_set_convolutions (SiambanDevice *self, const char *choices, GError **error);

SIAMBAN_API
SiambanProgram *siamban_device_compile (SiambanDevice *self,
                                        SiambanGraph *graph,
                                        gboolean training,
                                        GError **error) G_GNUC_WARN_UNUSED_RESULT;

SIAMBAN_API
void siamban_device_compile_async (SiambanDevice *self,
                                   SiambanGraph *graph,
                                   gboolean training,
                                   GCancellable *cancellable,
                                   GAsyncReadyCallback callback,
                                   gpointer user_data);

SIAMBAN_API
SiambanProgram *siamban_device_compile_finish (SiambanDevice *self,
                                               GAsyncResult *result,
                                               GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
