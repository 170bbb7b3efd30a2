/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <gio/gio.h>

#include "siamban-graph.h"

G_BEGIN_DECLS

SIAMBAN_API
gboolean
siamban_onnx_save (SiambanGraph *graph, const char *name, const char *path, GError **error);

SIAMBAN_API
void siamban_onnx_save_async (SiambanGraph *graph,
                              const char *name,
                              const char *path,
                              GCancellable *cancellable,
                              GAsyncReadyCallback callback,
                              gpointer user_data);

SIAMBAN_API
gboolean siamban_onnx_save_finish (GAsyncResult *result, GError **error);

G_END_DECLS
