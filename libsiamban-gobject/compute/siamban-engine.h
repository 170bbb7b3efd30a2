/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "siamban-device.h"

G_BEGIN_DECLS

#define SIAMBAN_TYPE_ENGINE (siamban_engine_get_type ())
#define SIAMBAN_ENGINE(obj) (G_TYPE_CHECK_INSTANCE_CAST ((obj), SIAMBAN_TYPE_ENGINE, SiambanEngine))
#define SIAMBAN_IS_ENGINE(obj) (G_TYPE_CHECK_INSTANCE_TYPE ((obj), SIAMBAN_TYPE_ENGINE))

typedef struct _SiambanEngine SiambanEngine;
typedef struct _SiambanEngineClass SiambanEngineClass;

SIAMBAN_API
GType siamban_engine_get_type (void) G_GNUC_CONST;

SIAMBAN_API
GListModel *siamban_engine_list (void);

SIAMBAN_API
const char *siamban_engine_get_name (SiambanEngine *self);

SIAMBAN_API
const char *siamban_engine_get_description (SiambanEngine *self);

SIAMBAN_API
gboolean siamban_engine_probe (SiambanEngine *self, GError **error);

SIAMBAN_API
GListModel *siamban_engine_get_devices (SiambanEngine *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SiambanEngine, g_object_unref)

G_END_DECLS
