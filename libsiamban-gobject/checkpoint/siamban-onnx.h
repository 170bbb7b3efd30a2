/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "siamban-graph.h"

G_BEGIN_DECLS

SIAMBAN_API
gboolean
siamban_onnx_save (SiambanGraph *graph, const char *name, const char *path, GError **error);

G_END_DECLS
