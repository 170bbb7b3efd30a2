/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What stands in a configuration file, with the types that Python would give it. */
typedef enum
{
  SIAMBAN_CONFIG_VALUE_NULL,
  SIAMBAN_CONFIG_VALUE_BOOLEAN,
  SIAMBAN_CONFIG_VALUE_INT,
  SIAMBAN_CONFIG_VALUE_DOUBLE,
  SIAMBAN_CONFIG_VALUE_STRING,
  SIAMBAN_CONFIG_VALUE_LIST,
  SIAMBAN_CONFIG_VALUE_MAPPING,
} SiambanConfigValueKind;

typedef struct _SiambanConfigValue SiambanConfigValue;

/* One `name: value` of a mapping. */
typedef struct
{
  char *name;
  guint line; /* of the name, counted from 1 */
  SiambanConfigValue *value;
} SiambanConfigEntry;

/* Reference counted, because an alias shares what its anchor names. */
struct _SiambanConfigValue
{
  int ref_count;
  SiambanConfigValueKind kind;
  gboolean truth;
  gint64 integer;     /* of a whole number, clamped to what fits */
  double number;      /* of any number */
  char *text;         /* of any scalar, as it is written */
  GPtrArray *items;   /* SiambanConfigValue, of a list */
  GPtrArray *entries; /* SiambanConfigEntry, of a mapping; a name may stand in it twice */
  gsize size;         /* values in this one, itself included */
};

SiambanConfigValue *_siamban_config_value_new (SiambanConfigValueKind kind);
SiambanConfigValue *_siamban_config_value_new_string (const char *text);
SiambanConfigValue *_siamban_config_value_ref (SiambanConfigValue *self);
void _siamban_config_value_unref (SiambanConfigValue *self);

/* An unquoted scalar, with the rules of PyYAML (YAML 1.1, but 1e3 is a string). */
SiambanConfigValue *_siamban_config_value_new_plain (const char *text);

/* What Python's ast.literal_eval() makes of a text: a number, a quoted string, True, False, None,
 * a tuple or a list. NULL if it is none of these. */
SiambanConfigValue *_siamban_config_value_new_literal (const char *text);

void _siamban_config_value_append (SiambanConfigValue *self, SiambanConfigValue *item);
void _siamban_config_value_insert (SiambanConfigValue *self,
                                   const char *name,
                                   guint line,
                                   SiambanConfigValue *value);
gboolean _siamban_config_value_has (SiambanConfigValue *self, const char *name);

/* For messages, such as `"many" is a string`. */
char *_siamban_config_value_describe (SiambanConfigValue *self);

/* @json: whether the text is JSON, which YAML nearly contains. One error, with its line. */
SiambanConfigValue *_siamban_config_value_parse (const char *text,
                                                 gsize length,
                                                 gboolean json,
                                                 const char *file,
                                                 GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SiambanConfigValue, _siamban_config_value_unref)

G_END_DECLS
