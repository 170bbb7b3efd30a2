/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "siamban-config-group-private.h"
#include "siamban-config.h"

G_BEGIN_DECLS

/* A group by its dotted name, or NULL. */
SiambanConfigGroup *_siamban_config_find_group (SiambanConfig *self, const char *name);

/* The group of a dotted key, and the key's index in it; NULL if there is no such key. */
SiambanConfigGroup *_siamban_config_find_key (SiambanConfig *self, const char *key, guint *index);

/* The group of a data set, added if it is new; NULL if the name cannot be one. */
SiambanConfigGroup *_siamban_config_ensure_source (SiambanConfig *self, const char *name);

/* Whether `DATASET.name` may be the group of a data set. */
gboolean _siamban_config_is_source_name (const char *name);

/* `GROUP.KEY`, or the key alone if the group has no name. */
char *_siamban_config_join_names (const char *group, const char *key);

/* The key that was probably meant, in full; NULL if none is near. */
char *_siamban_config_suggest (SiambanConfig *self, const char *key);

/* Takes over every value of @from, and notifies of those that differ. */
void _siamban_config_assign (SiambanConfig *self, SiambanConfig *from);

/* A value on one line, as YAML. */
char *_siamban_config_format_value (const GValue *value);

/* What differs, a line `KEY: old -> new` for each key that @counts says TRUE of; ends with NULL. */
typedef gboolean (*SiambanConfigKeyFilter) (const char *key);
char **_siamban_config_list_changes (SiambanConfig *from,
                                     SiambanConfig *to,
                                     SiambanConfigKeyFilter counts);

G_END_DECLS
