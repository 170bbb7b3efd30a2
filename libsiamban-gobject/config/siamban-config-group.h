/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib-object.h>

#include "siamban-macros.h"

G_BEGIN_DECLS

#define SIAMBAN_TYPE_CONFIG_GROUP (siamban_config_group_get_type ())

SIAMBAN_API
G_DECLARE_DERIVABLE_TYPE (SiambanConfigGroup, siamban_config_group, SIAMBAN, CONFIG_GROUP, GObject)

/**
 * SiambanConfigGroupClass:
 *
 * The class of [class@ConfigGroup]; the library alone derives from it.
 *
 * Since: 0.1
 */
struct _SiambanConfigGroupClass
{
  /*< private >*/
  GObjectClass parent_class;
  gconstpointer keys;
  guint n_keys;
};

SIAMBAN_API
const char *siamban_config_group_get_name (SiambanConfigGroup *self);

SIAMBAN_API
char **siamban_config_group_list_keys (SiambanConfigGroup *self) G_GNUC_WARN_UNUSED_RESULT;

SIAMBAN_API
GParamSpec *siamban_config_group_find_key (SiambanConfigGroup *self, const char *key);

SIAMBAN_API
const char *const *siamban_config_group_get_choices (SiambanConfigGroup *self, const char *key);

G_END_DECLS
