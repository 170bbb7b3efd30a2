/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <gio/gio.h>

#include "siamban-macros.h"

G_BEGIN_DECLS

#define SIAMBAN_TYPE_CONFIG (siamban_config_get_type ())

SIAMBAN_API
G_DECLARE_FINAL_TYPE (SiambanConfig, siamban_config, SIAMBAN, CONFIG, GObject)

SIAMBAN_API
SiambanConfig *siamban_config_new (void) G_GNUC_WARN_UNUSED_RESULT;

SIAMBAN_API
SiambanConfig *siamban_config_new_from_file (const char *path,
                                             GError **error) G_GNUC_WARN_UNUSED_RESULT;

SIAMBAN_API
SiambanConfig *siamban_config_copy (SiambanConfig *self) G_GNUC_WARN_UNUSED_RESULT;

SIAMBAN_API
gboolean siamban_config_load_file (SiambanConfig *self, const char *path, GError **error);

SIAMBAN_API
gboolean siamban_config_load_bytes (SiambanConfig *self,
                                    GBytes *bytes,
                                    const char *file_name,
                                    GError **error);

SIAMBAN_API
gboolean
siamban_config_set_from_string (SiambanConfig *self, const char *assignment, GError **error);

SIAMBAN_API
gboolean siamban_config_check (SiambanConfig *self, GError **error);

SIAMBAN_API
char *siamban_config_to_yaml (SiambanConfig *self) G_GNUC_WARN_UNUSED_RESULT;

SIAMBAN_API
char *siamban_config_to_json (SiambanConfig *self) G_GNUC_WARN_UNUSED_RESULT;

SIAMBAN_API
GListModel *siamban_config_get_groups (SiambanConfig *self);

SIAMBAN_API
gboolean siamban_config_has_key (SiambanConfig *self, const char *key);

SIAMBAN_API
gint64 siamban_config_get_int (SiambanConfig *self, const char *key);

SIAMBAN_API
double siamban_config_get_double (SiambanConfig *self, const char *key);

SIAMBAN_API
gboolean siamban_config_get_boolean (SiambanConfig *self, const char *key);

SIAMBAN_API
const char *siamban_config_get_string (SiambanConfig *self, const char *key);

SIAMBAN_API
const char *const *siamban_config_get_strv (SiambanConfig *self, const char *key);

SIAMBAN_API
GVariant *siamban_config_get_kwargs (SiambanConfig *self, const char *key);

SIAMBAN_API
gboolean
siamban_config_set_int (SiambanConfig *self, const char *key, gint64 value, GError **error);

SIAMBAN_API
gboolean
siamban_config_set_double (SiambanConfig *self, const char *key, double value, GError **error);

SIAMBAN_API
gboolean
siamban_config_set_boolean (SiambanConfig *self, const char *key, gboolean value, GError **error);

SIAMBAN_API
gboolean
siamban_config_set_string (SiambanConfig *self, const char *key, const char *value, GError **error);

SIAMBAN_API
gboolean siamban_config_set_strv (SiambanConfig *self,
                                  const char *key,
                                  const char *const *value,
                                  GError **error);

SIAMBAN_API
gboolean
siamban_config_set_kwargs (SiambanConfig *self, const char *key, GVariant *value, GError **error);

G_END_DECLS
