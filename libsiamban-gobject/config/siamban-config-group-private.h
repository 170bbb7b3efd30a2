/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "siamban-config-group.h"

G_BEGIN_DECLS

/* Marks a text for translation; whoever shows it translates it. */
#define N_(text) (text)

typedef enum
{
  SIAMBAN_CONFIG_INT,
  SIAMBAN_CONFIG_DOUBLE,
  SIAMBAN_CONFIG_BOOLEAN,
  SIAMBAN_CONFIG_STRING,
  SIAMBAN_CONFIG_STRV,
  SIAMBAN_CONFIG_KWARGS,
} SiambanConfigKind;

/* One row describes one key; properties, files, messages and look-up all come from it. */
typedef struct
{
  const char *key;
  SiambanConfigKind kind;
  double fallback;           /* of a number or a boolean */
  const char *fallback_text; /* of a string; of a list, its words separated by spaces */
  double minimum;
  double maximum;
  const char *const *choices;
  gboolean ours; /* unknown to the original, so written only when it is not the default */
  const char *nick;
  const char *blurb;
} SiambanConfigKey;

#define SIAMBAN_KEY_INT(name, value, from, to, label, text)                                        \
  {                                                                                                \
    .key = name, .kind = SIAMBAN_CONFIG_INT, .fallback = value, .minimum = from, .maximum = to,    \
    .nick = label, .blurb = text                                                                   \
  }
#define SIAMBAN_KEY_DOUBLE(name, value, from, to, label, text)                                     \
  {                                                                                                \
    .key = name, .kind = SIAMBAN_CONFIG_DOUBLE, .fallback = value, .minimum = from, .maximum = to, \
    .nick = label, .blurb = text                                                                   \
  }
#define SIAMBAN_KEY_BOOLEAN(name, value, label, text)                                              \
  {                                                                                                \
    .key = name, .kind = SIAMBAN_CONFIG_BOOLEAN, .fallback = value, .nick = label, .blurb = text   \
  }
#define SIAMBAN_KEY_STRING(name, value, label, text)                                               \
  {                                                                                                \
    .key = name, .kind = SIAMBAN_CONFIG_STRING, .fallback_text = value, .nick = label,             \
    .blurb = text                                                                                  \
  }
#define SIAMBAN_KEY_CHOICE(name, value, words, label, text)                                        \
  {                                                                                                \
    .key = name, .kind = SIAMBAN_CONFIG_STRING, .fallback_text = value, .choices = words,          \
    .nick = label, .blurb = text                                                                   \
  }
#define SIAMBAN_KEY_STRV(name, words, label, text)                                                 \
  {                                                                                                \
    .key = name, .kind = SIAMBAN_CONFIG_STRV, .fallback_text = words, .nick = label, .blurb = text \
  }
#define SIAMBAN_KEY_KWARGS(name, label, text)                                                      \
  {                                                                                                \
    .key = name, .kind = SIAMBAN_CONFIG_KWARGS, .nick = label, .blurb = text                       \
  }

/* Keys that the original does not know. */
#define SIAMBAN_OWN_KEY_INT(name, value, from, to, label, text)                                    \
  {                                                                                                \
    .key = name, .kind = SIAMBAN_CONFIG_INT, .fallback = value, .minimum = from, .maximum = to,    \
    .ours = TRUE, .nick = label, .blurb = text                                                     \
  }
#define SIAMBAN_OWN_KEY_STRING(name, value, label, text)                                           \
  {                                                                                                \
    .key = name, .kind = SIAMBAN_CONFIG_STRING, .fallback_text = value, .ours = TRUE,              \
    .nick = label, .blurb = text                                                                   \
  }
#define SIAMBAN_OWN_KEY_BOOLEAN(name, value, label, text)                                          \
  {                                                                                                \
    .key = name, .kind = SIAMBAN_CONFIG_BOOLEAN, .fallback = value, .ours = TRUE, .nick = label,   \
    .blurb = text                                                                                  \
  }
#define SIAMBAN_OWN_KEY_CHOICE(name, value, words, label, text)                                    \
  {                                                                                                \
    .key = name, .kind = SIAMBAN_CONFIG_STRING, .fallback_text = value, .choices = words,          \
    .ours = TRUE, .nick = label, .blurb = text                                                     \
  }

void _siamban_config_group_class_install_keys (SiambanConfigGroupClass *klass,
                                               const SiambanConfigKey *keys,
                                               guint n_keys);

const SiambanConfigKey *_siamban_config_group_get_keys (SiambanConfigGroup *self, guint *n_keys);

/* The index of a key, or -1. */
int _siamban_config_group_find (SiambanConfigGroup *self, const char *key);

const GValue *_siamban_config_group_peek (SiambanConfigGroup *self, guint index);
gboolean _siamban_config_group_is_default (SiambanConfigGroup *self, guint index);

/* Stores a value that has been checked, and notifies if it differs. */
void _siamban_config_group_store (SiambanConfigGroup *self, guint index, const GValue *value);

GType _siamban_config_key_get_value_type (const SiambanConfigKey *key);

/* What is wrong with a value of the key's type, or NULL. */
char *_siamban_config_key_find_fault (const SiambanConfigKey *key, const GValue *value);

G_END_DECLS
