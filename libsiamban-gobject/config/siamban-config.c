/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-config.h"

#include <string.h>

#include "siamban-adjust-config.h"
#include "siamban-backbone-config.h"
#include "siamban-ban-config.h"
#include "siamban-config-coerce-private.h"
#include "siamban-config-private.h"
#include "siamban-dataset-config.h"
#include "siamban-error.h"
#include "siamban-general-config.h"
#include "siamban-lr-config.h"
#include "siamban-lr-warmup-config.h"
#include "siamban-point-config.h"
#include "siamban-search-config.h"
#include "siamban-source-config.h"
#include "siamban-template-config.h"
#include "siamban-track-config.h"
#include "siamban-train-config.h"

/**
 * SiambanConfig:
 *
 * Describes a run: every number and name that training and tracking depend on.
 *
 * The keys and their defaults are those of the original's `config.py`, and its YAML files load
 * unchanged. A key is named as in a file, from the outside in: `TRAIN.EPOCH`,
 * `DATASET.TEMPLATE.SHIFT`, `DATASET.VID.ROOT`. Keys that belong together form a
 * [class@ConfigGroup], where each is a property with range, default, label and description.
 *
 * Some keys of `TRAIN` are not the original's, and say so: [class@TrainConfig] has them. They are
 * written to a file only when they are not at their defaults, so that the original reads the others.
 *
 * Data sets beyond the original's six get a group as soon as one of their keys is set, say
 * `DATASET.MINE.ROOT`.
 *
 * Setters check types and ranges and change nothing when they fail. [method@Config.check] checks
 * what depends on more than one key.
 *
 * A configuration may be read by many threads while none of them changes it.
 *
 * Source: `siamban/core/config.py`.
 *
 * Since: 0.1
 */
struct _SiambanConfig
{
  GObject parent_instance;

  GListStore *groups;      /* SiambanConfigGroup, in the order of a file */
  GHashTable *group_index; /* dotted name → group, both borrowed from the list */
};

G_DEFINE_FINAL_TYPE (SiambanConfig, siamban_config, G_TYPE_OBJECT)

/* The data sets of the original. */
static const struct
{
  const char *name;
  const char *root;
  const char *anno;
  gint64 frame_range;
  gint64 num_use;
} sources[] = {
  { "VID", "training_dataset/vid/crop511", "training_dataset/vid/train.json", 100, 100000 },
  { "YOUTUBEBB", "training_dataset/yt_bb/crop511", "training_dataset/yt_bb/train.json", 3, 200000 },
  { "COCO", "training_dataset/coco/crop511", "training_dataset/coco/train2017.json", 1, 100000 },
  { "DET", "training_dataset/det/crop511", "training_dataset/det/train.json", 1, 200000 },
  { "GOT10K", "training_dataset/got_10k/crop511", "training_dataset/got_10k/train.json", 100,
    200000 },
  { "LASOT", "training_dataset/lasot/crop511", "training_dataset/lasot/train.json", 100, 200000 },
};

static const char *const no_words[] = { NULL };

/* A group stands after those of its data set siblings, before the next part of the file. */
static guint
find_place (SiambanConfig *self, const char *name)
{
  const guint n_groups = g_list_model_get_n_items (G_LIST_MODEL (self->groups));

  if (!g_str_has_prefix (name, "DATASET."))
    return n_groups;

  for (guint i = n_groups; i > 0; i--)
    {
      g_autoptr (SiambanConfigGroup)
          group = g_list_model_get_item (G_LIST_MODEL (self->groups), i - 1);

      if (g_str_has_prefix (siamban_config_group_get_name (group), "DATASET"))
        return i;
    }

  return n_groups;
}

static SiambanConfigGroup *
add_group (SiambanConfig *self, GType type, const char *name)
{
  g_autoptr (SiambanConfigGroup) group = g_object_new (type, "name", name, NULL);

  g_list_store_insert (self->groups, find_place (self, name), group);
  g_hash_table_insert (self->group_index, (gpointer) siamban_config_group_get_name (group), group);

  return group;
}

static void
siamban_config_finalize (GObject *object)
{
  SiambanConfig *self = SIAMBAN_CONFIG (object);

  g_clear_pointer (&self->group_index, g_hash_table_unref);
  g_clear_object (&self->groups);

  G_OBJECT_CLASS (siamban_config_parent_class)->finalize (object);
}

static void
siamban_config_class_init (SiambanConfigClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = siamban_config_finalize;
}

static void
siamban_config_init (SiambanConfig *self)
{
  self->groups = g_list_store_new (SIAMBAN_TYPE_CONFIG_GROUP);
  self->group_index = g_hash_table_new (g_str_hash, g_str_equal);

  add_group (self, SIAMBAN_TYPE_GENERAL_CONFIG, "");
  add_group (self, SIAMBAN_TYPE_TRAIN_CONFIG, "TRAIN");
  add_group (self, SIAMBAN_TYPE_LR_CONFIG, "TRAIN.LR");
  add_group (self, SIAMBAN_TYPE_LR_WARMUP_CONFIG, "TRAIN.LR_WARMUP");
  add_group (self, SIAMBAN_TYPE_DATASET_CONFIG, "DATASET");
  add_group (self, SIAMBAN_TYPE_TEMPLATE_CONFIG, "DATASET.TEMPLATE");
  add_group (self, SIAMBAN_TYPE_SEARCH_CONFIG, "DATASET.SEARCH");
  for (gsize i = 0; i < G_N_ELEMENTS (sources); i++)
    {
      SiambanConfigGroup *group = _siamban_config_ensure_source (self, sources[i].name);

      g_object_set (group, "root", sources[i].root, "anno", sources[i].anno, "frame-range",
                    sources[i].frame_range, "num-use", sources[i].num_use, NULL);
    }
  add_group (self, SIAMBAN_TYPE_BACKBONE_CONFIG, "BACKBONE");
  add_group (self, SIAMBAN_TYPE_ADJUST_CONFIG, "ADJUST");
  add_group (self, SIAMBAN_TYPE_BAN_CONFIG, "BAN");
  add_group (self, SIAMBAN_TYPE_POINT_CONFIG, "POINT");
  add_group (self, SIAMBAN_TYPE_TRACK_CONFIG, "TRACK");
}

SiambanConfigGroup *
_siamban_config_find_group (SiambanConfig *self, const char *name)
{
  return g_hash_table_lookup (self->group_index, name);
}

gboolean
_siamban_config_is_source_name (const char *name)
{
  const gsize length = strspn (name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                     "abcdefghijklmnopqrstuvwxyz"
                                     "0123456789_-");

  return length > 0 && name[length] == '\0';
}

SiambanConfigGroup *
_siamban_config_ensure_source (SiambanConfig *self, const char *name)
{
  g_autofree char *group_name = g_strconcat ("DATASET.", name, NULL);
  SiambanConfigGroup *group = _siamban_config_find_group (self, group_name);

  if (group)
    return SIAMBAN_IS_SOURCE_CONFIG (group) ? group : NULL;
  if (!_siamban_config_is_source_name (name))
    return NULL;

  return add_group (self, SIAMBAN_TYPE_SOURCE_CONFIG, group_name);
}

SiambanConfigGroup *
_siamban_config_find_key (SiambanConfig *self, const char *key, guint *index)
{
  const char *dot = strrchr (key, '.');
  g_autofree char *group_name = g_strndup (key, dot ? (gsize) (dot - key) : 0);
  SiambanConfigGroup *group = _siamban_config_find_group (self, group_name);
  const int found = group ? _siamban_config_group_find (group, dot ? dot + 1 : key) : -1;

  if (found < 0)
    return NULL;

  *index = (guint) found;

  return group;
}

/* As above, for a setter: a data set that is not there yet gets its group. */
static SiambanConfigGroup *
find_or_add_key (SiambanConfig *self, const char *key, guint *index)
{
  SiambanConfigGroup *group = _siamban_config_find_key (self, key, index);
  g_auto (GStrv) parts = g_strsplit (key, ".", -1);
  static const char *const source_keys[] = { "ROOT", "ANNO", "FRAME_RANGE", "NUM_USE", NULL };

  if (group || g_strv_length (parts) != 3 || strcmp (parts[0], "DATASET") != 0 ||
      !g_strv_contains (source_keys, parts[2]))
    return group;

  return _siamban_config_ensure_source (self, parts[1])
             ? _siamban_config_find_key (self, key, index)
             : NULL;
}

void
_siamban_config_assign (SiambanConfig *self, SiambanConfig *from)
{
  const guint n_groups = g_list_model_get_n_items (G_LIST_MODEL (from->groups));

  for (guint i = 0; i < n_groups; i++)
    {
      g_autoptr (SiambanConfigGroup)
          source = g_list_model_get_item (G_LIST_MODEL (from->groups), i);
      const char *name = siamban_config_group_get_name (source);
      SiambanConfigGroup *target = _siamban_config_find_group (self, name);
      guint n_keys = 0;

      if (!target)
        target = add_group (self, SIAMBAN_TYPE_SOURCE_CONFIG, name);

      _siamban_config_group_get_keys (source, &n_keys);
      for (guint j = 0; j < n_keys; j++)
        _siamban_config_group_store (target, j, _siamban_config_group_peek (source, j));
    }
}

/**
 * siamban_config_new:
 *
 * Makes a configuration with every key at its default.
 *
 * Returns: (transfer full): a new configuration
 *
 * Since: 0.1
 */
SiambanConfig *
siamban_config_new (void)
{
  return g_object_new (SIAMBAN_TYPE_CONFIG, NULL);
}

/**
 * siamban_config_copy:
 * @self: a configuration
 *
 * Copies a configuration, for instance to keep what a run started with.
 *
 * Returns: (transfer full): a configuration with the same values
 *
 * Since: 0.1
 */
SiambanConfig *
siamban_config_copy (SiambanConfig *self)
{
  g_autoptr (SiambanConfig) copy = NULL;

  g_return_val_if_fail (SIAMBAN_IS_CONFIG (self), NULL);

  copy = siamban_config_new ();
  _siamban_config_assign (copy, self);

  return g_steal_pointer (&copy);
}

/**
 * siamban_config_get_groups:
 * @self: a configuration
 *
 * Lists the groups of keys, in the order of a file. Their names are dotted, so the list is flat.
 *
 * Returns: (transfer none): a list of [class@ConfigGroup]
 *
 * Since: 0.1
 */
GListModel *
siamban_config_get_groups (SiambanConfig *self)
{
  g_return_val_if_fail (SIAMBAN_IS_CONFIG (self), NULL);

  return G_LIST_MODEL (self->groups);
}

/**
 * siamban_config_has_key:
 * @self: a configuration
 * @key: a dotted key, such as `TRAIN.EPOCH`
 *
 * Tells whether a key exists.
 *
 * Returns: %TRUE if it does
 *
 * Since: 0.1
 */
gboolean
siamban_config_has_key (SiambanConfig *self, const char *key)
{
  guint index = 0;

  g_return_val_if_fail (SIAMBAN_IS_CONFIG (self), FALSE);
  g_return_val_if_fail (key, FALSE);

  return _siamban_config_find_key (self, key, &index) != NULL;
}

/* The value of a key if it has this type. */
static const GValue *
find_value (SiambanConfig *self, const char *key, GType type)
{
  guint index = 0;
  SiambanConfigGroup *group = _siamban_config_find_key (self, key, &index);
  const GValue *value = group ? _siamban_config_group_peek (group, index) : NULL;

  return value && G_VALUE_HOLDS (value, type) ? value : NULL;
}

static const GValue *
get_value (SiambanConfig *self, const char *key, GType type)
{
  const GValue *value = find_value (self, key, type);

  if (!value)
    g_critical ("The configuration has no key %s of type %s", key, g_type_name (type));

  return value;
}

/**
 * siamban_config_get_int:
 * @self: a configuration
 * @key: a dotted key of a whole number, such as `TRAIN.EPOCH`
 *
 * Gets a whole number. To ask for a key that does not exist is a programming error.
 *
 * Returns: the number
 *
 * Since: 0.1
 */
gint64
siamban_config_get_int (SiambanConfig *self, const char *key)
{
  const GValue *value = NULL;

  g_return_val_if_fail (SIAMBAN_IS_CONFIG (self), 0);
  g_return_val_if_fail (key, 0);

  value = get_value (self, key, G_TYPE_INT64);

  return value ? g_value_get_int64 (value) : 0;
}

/**
 * siamban_config_get_double:
 * @self: a configuration
 * @key: a dotted key of a number, such as `TRAIN.BASE_LR`
 *
 * Gets a number, whole or not. To ask for a key that does not exist is a programming error.
 *
 * Returns: the number
 *
 * Since: 0.1
 */
double
siamban_config_get_double (SiambanConfig *self, const char *key)
{
  const GValue *value = NULL;

  g_return_val_if_fail (SIAMBAN_IS_CONFIG (self), 0);
  g_return_val_if_fail (key, 0);

  value = find_value (self, key, G_TYPE_INT64);
  if (value)
    return (double) g_value_get_int64 (value);

  value = get_value (self, key, G_TYPE_DOUBLE);

  return value ? g_value_get_double (value) : 0;
}

/**
 * siamban_config_get_boolean:
 * @self: a configuration
 * @key: a dotted key of a boolean, such as `BAN.BAN`
 *
 * Gets a boolean. To ask for a key that does not exist is a programming error.
 *
 * Returns: the boolean
 *
 * Since: 0.1
 */
gboolean
siamban_config_get_boolean (SiambanConfig *self, const char *key)
{
  const GValue *value = NULL;

  g_return_val_if_fail (SIAMBAN_IS_CONFIG (self), FALSE);
  g_return_val_if_fail (key, FALSE);

  value = get_value (self, key, G_TYPE_BOOLEAN);

  return value ? g_value_get_boolean (value) : FALSE;
}

/**
 * siamban_config_get_string:
 * @self: a configuration
 * @key: a dotted key of a string, such as `BACKBONE.TYPE`
 *
 * Gets a string. To ask for a key that does not exist is a programming error.
 *
 * Returns: (transfer none): the string, valid until the key changes
 *
 * Since: 0.1
 */
const char *
siamban_config_get_string (SiambanConfig *self, const char *key)
{
  const GValue *value = NULL;

  g_return_val_if_fail (SIAMBAN_IS_CONFIG (self), "");
  g_return_val_if_fail (key, "");

  value = get_value (self, key, G_TYPE_STRING);

  return value ? g_value_get_string (value) : "";
}

/**
 * siamban_config_get_strv:
 * @self: a configuration
 * @key: a dotted key of a list of strings, such as `DATASET.NAMES`
 *
 * Gets a list of strings. To ask for a key that does not exist is a programming error.
 *
 * Returns: (transfer none) (array zero-terminated=1): the strings, valid until the key changes
 *
 * Since: 0.1
 */
const char *const *
siamban_config_get_strv (SiambanConfig *self, const char *key)
{
  const GValue *value = NULL;

  g_return_val_if_fail (SIAMBAN_IS_CONFIG (self), no_words);
  g_return_val_if_fail (key, no_words);

  value = get_value (self, key, G_TYPE_STRV);

  return value ? g_value_get_boxed (value) : no_words;
}

/**
 * siamban_config_get_kwargs:
 * @self: a configuration
 * @key: a dotted key of a mapping of free parameters, such as `BACKBONE.KWARGS`
 *
 * Gets free parameters, which functions such as [func@kwargs_get_int] read. To ask for a key that
 * does not exist is a programming error.
 *
 * Whole numbers are of type `x`, others `d`, booleans `b`, strings `s`, and null is an empty `mv`.
 * Lists are `ax`, `ad`, `as`, or `av` if empty or mixed. Mappings are `a{sv}`.
 *
 * Returns: (transfer none) (nullable): the parameters, `a{sv}`, valid until the key changes
 *
 * Since: 0.1
 */
GVariant *
siamban_config_get_kwargs (SiambanConfig *self, const char *key)
{
  const GValue *value = NULL;

  g_return_val_if_fail (SIAMBAN_IS_CONFIG (self), NULL);
  g_return_val_if_fail (key, NULL);

  value = get_value (self, key, G_TYPE_VARIANT);

  return value ? g_value_get_variant (value) : NULL;
}

static const char *
describe_type (GType type)
{
  if (type == G_TYPE_INT64)
    return "a whole number";
  if (type == G_TYPE_DOUBLE)
    return "a number";
  if (type == G_TYPE_BOOLEAN)
    return "a boolean";
  if (type == G_TYPE_STRING)
    return "a string";
  if (type == G_TYPE_STRV)
    return "a list of strings";

  return "a mapping";
}

static gboolean
set_value (SiambanConfig *self, const char *key, const GValue *value, GError **error)
{
  guint index = 0;
  guint n_keys = 0;
  SiambanConfigGroup *group = find_or_add_key (self, key, &index);
  const SiambanConfigKey *keys = NULL;
  g_autofree char *fault = NULL;

  if (!group)
    {
      g_autofree char *near = _siamban_config_suggest (self, key);

      g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_CONFIG, "%s: unknown key%s%s%s", key,
                   near ? ", did you mean " : "", near ? near : "", near ? "?" : "");
      return FALSE;
    }

  keys = _siamban_config_group_get_keys (group, &n_keys);
  if (G_VALUE_TYPE (value) != _siamban_config_key_get_value_type (&keys[index]))
    fault = g_strdup_printf ("is %s, not %s",
                             describe_type (_siamban_config_key_get_value_type (&keys[index])),
                             describe_type (G_VALUE_TYPE (value)));
  else
    fault = _siamban_config_key_find_fault (&keys[index], value);

  if (fault)
    {
      g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_CONFIG, "%s: %s", key, fault);
      return FALSE;
    }

  _siamban_config_group_store (group, index, value);

  return TRUE;
}

/**
 * siamban_config_set_int:
 * @self: a configuration
 * @key: a dotted key of a number, such as `TRAIN.EPOCH`
 * @value: the number
 * @error: return location for an error
 *
 * Sets a number.
 *
 * It fails with %SIAMBAN_ERROR_INVALID_CONFIG if the key is unknown, not a number, or @value is
 * out of its range.
 *
 * Returns: %TRUE on success
 *
 * Since: 0.1
 */
gboolean
siamban_config_set_int (SiambanConfig *self, const char *key, gint64 value, GError **error)
{
  g_auto (GValue) holder = G_VALUE_INIT;

  g_return_val_if_fail (SIAMBAN_IS_CONFIG (self), FALSE);
  g_return_val_if_fail (key, FALSE);

  if (find_value (self, key, G_TYPE_DOUBLE))
    return siamban_config_set_double (self, key, (double) value, error);

  g_value_init (&holder, G_TYPE_INT64);
  g_value_set_int64 (&holder, value);

  return set_value (self, key, &holder, error);
}

/**
 * siamban_config_set_double:
 * @self: a configuration
 * @key: a dotted key of a number that need not be whole, such as `TRAIN.BASE_LR`
 * @value: the number
 * @error: return location for an error
 *
 * Sets a number.
 *
 * It fails with %SIAMBAN_ERROR_INVALID_CONFIG if the key is unknown, of another type, or @value is
 * out of its range or not finite.
 *
 * Returns: %TRUE on success
 *
 * Since: 0.1
 */
gboolean
siamban_config_set_double (SiambanConfig *self, const char *key, double value, GError **error)
{
  g_auto (GValue) holder = G_VALUE_INIT;

  g_return_val_if_fail (SIAMBAN_IS_CONFIG (self), FALSE);
  g_return_val_if_fail (key, FALSE);

  g_value_init (&holder, G_TYPE_DOUBLE);
  g_value_set_double (&holder, value);

  return set_value (self, key, &holder, error);
}

/**
 * siamban_config_set_boolean:
 * @self: a configuration
 * @key: a dotted key of a boolean, such as `BAN.BAN`
 * @value: the boolean
 * @error: return location for an error
 *
 * Sets a boolean.
 *
 * It fails with %SIAMBAN_ERROR_INVALID_CONFIG if the key is unknown or of another type.
 *
 * Returns: %TRUE on success
 *
 * Since: 0.1
 */
gboolean
siamban_config_set_boolean (SiambanConfig *self, const char *key, gboolean value, GError **error)
{
  g_auto (GValue) holder = G_VALUE_INIT;

  g_return_val_if_fail (SIAMBAN_IS_CONFIG (self), FALSE);
  g_return_val_if_fail (key, FALSE);

  g_value_init (&holder, G_TYPE_BOOLEAN);
  g_value_set_boolean (&holder, value);

  return set_value (self, key, &holder, error);
}

/**
 * siamban_config_set_string:
 * @self: a configuration
 * @key: a dotted key of a string, such as `DATASET.VID.ROOT`
 * @value: the string
 * @error: return location for an error
 *
 * Sets a string. A key of a data set that has none yet makes its group.
 *
 * It fails with %SIAMBAN_ERROR_INVALID_CONFIG if the key is unknown, of another type, or does not
 * allow @value.
 *
 * Returns: %TRUE on success
 *
 * Since: 0.1
 */
gboolean
siamban_config_set_string (SiambanConfig *self, const char *key, const char *value, GError **error)
{
  g_auto (GValue) holder = G_VALUE_INIT;

  g_return_val_if_fail (SIAMBAN_IS_CONFIG (self), FALSE);
  g_return_val_if_fail (key, FALSE);
  g_return_val_if_fail (value, FALSE);

  g_value_init (&holder, G_TYPE_STRING);
  g_value_set_string (&holder, value);

  return set_value (self, key, &holder, error);
}

/**
 * siamban_config_set_strv:
 * @self: a configuration
 * @key: a dotted key of a list of strings, such as `DATASET.NAMES`
 * @value: (array zero-terminated=1): the strings
 * @error: return location for an error
 *
 * Sets a list of strings.
 *
 * It fails with %SIAMBAN_ERROR_INVALID_CONFIG if the key is unknown or of another type.
 *
 * Returns: %TRUE on success
 *
 * Since: 0.1
 */
gboolean
siamban_config_set_strv (SiambanConfig *self,
                         const char *key,
                         const char *const *value,
                         GError **error)
{
  g_auto (GValue) holder = G_VALUE_INIT;

  g_return_val_if_fail (SIAMBAN_IS_CONFIG (self), FALSE);
  g_return_val_if_fail (key, FALSE);
  g_return_val_if_fail (value, FALSE);

  g_value_init (&holder, G_TYPE_STRV);
  g_value_set_boxed (&holder, value);

  return set_value (self, key, &holder, error);
}

/**
 * siamban_config_set_kwargs:
 * @self: a configuration
 * @key: a dotted key of a mapping of free parameters, such as `BACKBONE.KWARGS`
 * @value: the parameters, `a{sv}`; they are kept as the types of [method@Config.get_kwargs]
 * @error: return location for an error
 *
 * Sets free parameters, in place of all that were there. A floating @value is consumed.
 *
 * It fails with %SIAMBAN_ERROR_INVALID_CONFIG if the key is unknown or of another type, or @value
 * has what no file can hold, such as a number that is not finite.
 *
 * Returns: %TRUE on success
 *
 * Since: 0.1
 */
gboolean
siamban_config_set_kwargs (SiambanConfig *self, const char *key, GVariant *value, GError **error)
{
  g_autoptr (SiambanConfigProblems) problems = NULL;
  g_autoptr (GVariant) sunk = NULL;
  g_autoptr (GVariant) normal = NULL;
  g_auto (GValue) holder = G_VALUE_INIT;

  g_return_val_if_fail (SIAMBAN_IS_CONFIG (self), FALSE);
  g_return_val_if_fail (key, FALSE);
  g_return_val_if_fail (value, FALSE);

  problems = _siamban_config_problems_new (NULL);
  sunk = g_variant_ref_sink (value);
  normal = _siamban_config_normalise_kwargs (problems, key, sunk);
  if (!_siamban_config_problems_check (problems, error))
    return FALSE;

  g_value_init (&holder, G_TYPE_VARIANT);
  g_value_set_variant (&holder, normal);

  return set_value (self, key, &holder, error);
}
