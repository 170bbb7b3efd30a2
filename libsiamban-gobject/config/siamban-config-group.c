/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-config-group.h"

#include <math.h>

#include "siamban-config-coerce-private.h"
#include "siamban-config-group-private.h"
#include "siamban-config-text-private.h"

/**
 * SiambanConfigGroup:
 *
 * Keys of a configuration that belong together, such as those under `TRAIN.LR`.
 *
 * Every key is a property: `BATCH_SIZE` is `batch-size`. Its [class@GObject.ParamSpec] has the
 * range, the default, a short label and a description, from which a form can be built. A number
 * outside the range is clamped when it is set as a property; [class@Config] refuses it instead.
 *
 * A group belongs to one [class@Config]. It may be used by one thread at a time.
 *
 * Since: 0.1
 */
typedef struct
{
  char *name;
  GValue *values; /* (n_keys,) */
} SiambanConfigGroupPrivate;

enum
{
  PROP_NAME = 1,
  N_PROPS
};

static GParamSpec *props[N_PROPS];

G_DEFINE_ABSTRACT_TYPE_WITH_PRIVATE (SiambanConfigGroup, siamban_config_group, G_TYPE_OBJECT)

static char *
property_name (const char *key)
{
  char *name = g_ascii_strdown (key, -1);

  return g_strdelimit (name, "_", '-');
}

static GParamSpec *
make_param_spec (const SiambanConfigKey *key)
{
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_NICK |
                            G_PARAM_STATIC_BLURB;
  g_autofree char *name = property_name (key->key);

  switch (key->kind)
    {
    case SIAMBAN_CONFIG_INT:
      return g_param_spec_int64 (name, key->nick, key->blurb, (gint64) key->minimum,
                                 (gint64) key->maximum, (gint64) key->fallback, flags);
    case SIAMBAN_CONFIG_DOUBLE:
      return g_param_spec_double (name, key->nick, key->blurb, key->minimum, key->maximum,
                                  key->fallback, flags);
    case SIAMBAN_CONFIG_BOOLEAN:
      return g_param_spec_boolean (name, key->nick, key->blurb, key->fallback != 0, flags);
    case SIAMBAN_CONFIG_STRING:
      return g_param_spec_string (name, key->nick, key->blurb, key->fallback_text, flags);
    case SIAMBAN_CONFIG_STRV:
      return g_param_spec_boxed (name, key->nick, key->blurb, G_TYPE_STRV, flags);
    case SIAMBAN_CONFIG_KWARGS:
      return g_param_spec_variant (name, key->nick, key->blurb, G_VARIANT_TYPE_VARDICT, NULL,
                                   flags);
    default:
      g_return_val_if_reached (NULL);
    }
}

GType
_siamban_config_key_get_value_type (const SiambanConfigKey *key)
{
  static const GType types[] = {
    [SIAMBAN_CONFIG_INT] = G_TYPE_INT64,       [SIAMBAN_CONFIG_DOUBLE] = G_TYPE_DOUBLE,
    [SIAMBAN_CONFIG_BOOLEAN] = G_TYPE_BOOLEAN, [SIAMBAN_CONFIG_STRING] = G_TYPE_STRING,
    [SIAMBAN_CONFIG_STRV] = G_TYPE_INVALID,    [SIAMBAN_CONFIG_KWARGS] = G_TYPE_VARIANT,
  };

  /* The boxed type of string lists is not a constant. */
  return key->kind == SIAMBAN_CONFIG_STRV ? G_TYPE_STRV : types[key->kind];
}

static void
init_to_default (const SiambanConfigKey *key, GValue *value)
{
  g_value_init (value, _siamban_config_key_get_value_type (key));

  switch (key->kind)
    {
    case SIAMBAN_CONFIG_INT:
      g_value_set_int64 (value, (gint64) key->fallback);
      break;
    case SIAMBAN_CONFIG_DOUBLE:
      g_value_set_double (value, key->fallback);
      break;
    case SIAMBAN_CONFIG_BOOLEAN:
      g_value_set_boolean (value, key->fallback != 0);
      break;
    case SIAMBAN_CONFIG_STRING:
      g_value_set_static_string (value, key->fallback_text);
      break;
    case SIAMBAN_CONFIG_STRV:
      g_value_take_boxed (value, g_strsplit (key->fallback_text, " ", -1));
      break;
    case SIAMBAN_CONFIG_KWARGS:
      g_value_take_variant (value, g_variant_ref_sink (g_variant_new ("a{sv}", NULL)));
      break;
    default:
      g_return_if_reached ();
    }
}

static gboolean
variants_equal (GVariant *a, GVariant *b)
{
  return a == b || (a && b && g_variant_equal (a, b));
}

static gboolean
values_equal (const SiambanConfigKey *key, const GValue *a, const GValue *b)
{
  switch (key->kind)
    {
    case SIAMBAN_CONFIG_INT:
      return g_value_get_int64 (a) == g_value_get_int64 (b);
    case SIAMBAN_CONFIG_DOUBLE:
      return g_value_get_double (a) == g_value_get_double (b);
    case SIAMBAN_CONFIG_BOOLEAN:
      return g_value_get_boolean (a) == g_value_get_boolean (b);
    case SIAMBAN_CONFIG_STRING:
      return g_strcmp0 (g_value_get_string (a), g_value_get_string (b)) == 0;
    case SIAMBAN_CONFIG_STRV:
      return g_strv_equal (g_value_get_boxed (a), g_value_get_boxed (b));
    case SIAMBAN_CONFIG_KWARGS:
      return variants_equal (g_value_get_variant (a), g_value_get_variant (b));
    default:
      g_return_val_if_reached (FALSE);
    }
}

const SiambanConfigKey *
_siamban_config_group_get_keys (SiambanConfigGroup *self, guint *n_keys)
{
  SiambanConfigGroupClass *klass = SIAMBAN_CONFIG_GROUP_GET_CLASS (self);

  *n_keys = klass->n_keys;

  return klass->keys;
}

int
_siamban_config_group_find (SiambanConfigGroup *self, const char *key)
{
  guint n_keys = 0;
  const SiambanConfigKey *keys = _siamban_config_group_get_keys (self, &n_keys);

  for (guint i = 0; i < n_keys; i++)
    if (strcmp (keys[i].key, key) == 0)
      return (int) i;

  return -1;
}

const GValue *
_siamban_config_group_peek (SiambanConfigGroup *self, guint index)
{
  SiambanConfigGroupPrivate *priv = siamban_config_group_get_instance_private (self);

  return &priv->values[index];
}

gboolean
_siamban_config_group_is_default (SiambanConfigGroup *self, guint index)
{
  guint n_keys = 0;
  const SiambanConfigKey *keys = _siamban_config_group_get_keys (self, &n_keys);
  g_auto (GValue) value = G_VALUE_INIT;

  init_to_default (&keys[index], &value);

  return values_equal (&keys[index], &value, _siamban_config_group_peek (self, index));
}

void
_siamban_config_group_store (SiambanConfigGroup *self, guint index, const GValue *value)
{
  SiambanConfigGroupPrivate *priv = siamban_config_group_get_instance_private (self);
  guint n_keys = 0;
  const SiambanConfigKey *keys = _siamban_config_group_get_keys (self, &n_keys);
  g_autofree char *name = NULL;

  if (values_equal (&keys[index], &priv->values[index], value))
    return;

  g_value_copy (value, &priv->values[index]);
  name = property_name (keys[index].key);
  g_object_notify (G_OBJECT (self), name);
}

static char *
find_fault_of_string (const SiambanConfigKey *key, const char *text)
{
  g_autofree char *words = NULL;
  const char *near = NULL;

  if (!text)
    return g_strdup ("no string");
  if (!g_utf8_validate (text, -1, NULL))
    return g_strdup ("not UTF-8");
  if (!key->choices || g_strv_contains (key->choices, text))
    return NULL;

  words = g_strjoinv (", ", (char **) key->choices);
  near = _siamban_config_nearest_word (text, key->choices);
  if (near)
    return g_strdup_printf ("\"%s\" is not one of %s; did you mean \"%s\"?", text, words, near);

  return g_strdup_printf ("\"%s\" is not one of %s", text, words);
}

static char *
find_fault_of_number (const SiambanConfigKey *key, double number)
{
  char text[G_ASCII_DTOSTR_BUF_SIZE];
  char from[G_ASCII_DTOSTR_BUF_SIZE];
  char to[G_ASCII_DTOSTR_BUF_SIZE];

  _siamban_config_format_number (number, text);
  if (!isfinite (number))
    return g_strdup_printf ("%s is not a finite number", text);
  if (number >= key->minimum && number <= key->maximum)
    return NULL;

  _siamban_config_format_number (key->minimum, from);
  _siamban_config_format_number (key->maximum, to);

  return g_strdup_printf ("%s is not in %s..%s", text, from, to);
}

char *
_siamban_config_key_find_fault (const SiambanConfigKey *key, const GValue *value)
{
  gint64 whole = 0;

  switch (key->kind)
    {
    case SIAMBAN_CONFIG_INT:
      whole = g_value_get_int64 (value);
      if (whole >= (gint64) key->minimum && whole <= (gint64) key->maximum)
        return NULL;
      return g_strdup_printf ("%" G_GINT64_FORMAT " is not in %.0f..%.0f", whole, key->minimum,
                              key->maximum);
    case SIAMBAN_CONFIG_DOUBLE:
      return find_fault_of_number (key, g_value_get_double (value));
    case SIAMBAN_CONFIG_STRING:
      return find_fault_of_string (key, g_value_get_string (value));
    default:
      return NULL;
    }
}

static void
get_key_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  SiambanConfigGroup *self = SIAMBAN_CONFIG_GROUP (object);

  g_value_copy (_siamban_config_group_peek (self, prop_id - 1), value);
}

/* What no file can hold is a programming error here; the setter of a configuration reports it. */
static void
set_kwargs (SiambanConfigGroup *self, guint index, const char *name, GVariant *kwargs)
{
  g_autoptr (SiambanConfigProblems) problems = _siamban_config_problems_new (NULL);
  g_autoptr (GVariant) normal = _siamban_config_normalise_kwargs (problems, name, kwargs);
  g_autoptr (GError) error = NULL;
  g_auto (GValue) value = G_VALUE_INIT;

  if (!_siamban_config_problems_check (problems, &error))
    {
      g_critical ("%s", error->message);
      return;
    }

  g_value_init (&value, G_TYPE_VARIANT);
  g_value_set_variant (&value, normal);
  _siamban_config_group_store (self, index, &value);
}

static void
set_key_property (GObject *object, guint prop_id, const GValue *value, GParamSpec *pspec)
{
  SiambanConfigGroup *self = SIAMBAN_CONFIG_GROUP (object);
  const guint index = prop_id - 1;
  guint n_keys = 0;
  const SiambanConfigKey *key = _siamban_config_group_get_keys (self, &n_keys) + index;
  g_autofree char *name = g_strconcat (siamban_config_group_get_name (self), ".", key->key, NULL);
  g_autofree char *fault = NULL;

  if ((key->kind == SIAMBAN_CONFIG_STRV && !g_value_get_boxed (value)) ||
      (key->kind == SIAMBAN_CONFIG_KWARGS && !g_value_get_variant (value)))
    fault = g_strdup ("cannot be unset");
  else
    fault = _siamban_config_key_find_fault (key, value);

  if (fault)
    g_critical ("%s: %s", name, fault);
  else if (key->kind == SIAMBAN_CONFIG_KWARGS)
    set_kwargs (self, index, name, g_value_get_variant (value));
  else
    _siamban_config_group_store (self, index, value);
}

void
_siamban_config_group_class_install_keys (SiambanConfigGroupClass *klass,
                                          const SiambanConfigKey *keys,
                                          guint n_keys)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  klass->keys = keys;
  klass->n_keys = n_keys;
  object_class->get_property = get_key_property;
  object_class->set_property = set_key_property;

  for (guint i = 0; i < n_keys; i++)
    g_object_class_install_property (object_class, i + 1, make_param_spec (&keys[i]));
}

static void
siamban_config_group_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  SiambanConfigGroup *self = SIAMBAN_CONFIG_GROUP (object);

  switch (prop_id)
    {
    case PROP_NAME:
      g_value_set_string (value, siamban_config_group_get_name (self));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
siamban_config_group_set_property (GObject *object,
                                   guint prop_id,
                                   const GValue *value,
                                   GParamSpec *pspec)
{
  SiambanConfigGroupPrivate *priv = siamban_config_group_get_instance_private (
      SIAMBAN_CONFIG_GROUP (object));

  switch (prop_id)
    {
    case PROP_NAME:
      priv->name = g_value_dup_string (value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
siamban_config_group_constructed (GObject *object)
{
  SiambanConfigGroup *self = SIAMBAN_CONFIG_GROUP (object);
  SiambanConfigGroupPrivate *priv = siamban_config_group_get_instance_private (self);
  guint n_keys = 0;
  const SiambanConfigKey *keys = _siamban_config_group_get_keys (self, &n_keys);

  G_OBJECT_CLASS (siamban_config_group_parent_class)->constructed (object);

  priv->values = g_new0 (GValue, n_keys);
  for (guint i = 0; i < n_keys; i++)
    init_to_default (&keys[i], &priv->values[i]);
}

static void
siamban_config_group_finalize (GObject *object)
{
  SiambanConfigGroup *self = SIAMBAN_CONFIG_GROUP (object);
  SiambanConfigGroupPrivate *priv = siamban_config_group_get_instance_private (self);
  guint n_keys = 0;

  _siamban_config_group_get_keys (self, &n_keys);
  for (guint i = 0; i < n_keys; i++)
    g_value_unset (&priv->values[i]);
  g_free (priv->values);
  g_free (priv->name);

  G_OBJECT_CLASS (siamban_config_group_parent_class)->finalize (object);
}

static void
siamban_config_group_class_init (SiambanConfigGroupClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = siamban_config_group_get_property;
  object_class->set_property = siamban_config_group_set_property;
  object_class->constructed = siamban_config_group_constructed;
  object_class->finalize = siamban_config_group_finalize;

  /**
   * SiambanConfigGroup:name:
   *
   * The dotted name of the group, such as `TRAIN.LR`; empty for the keys that stand alone.
   *
   * Since: 0.1
   */
  props[PROP_NAME] = g_param_spec_string (
      "name", NULL, NULL, "", G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS);

  g_object_class_install_properties (object_class, N_PROPS, props);
}

static void
siamban_config_group_init (SiambanConfigGroup *self)
{
}

/**
 * siamban_config_group_get_name:
 * @self: a group
 *
 * Gets the dotted name of the group, such as `TRAIN.LR`.
 *
 * Returns: (transfer none): the name; empty for the group of the keys that stand alone
 *
 * Since: 0.1
 */
const char *
siamban_config_group_get_name (SiambanConfigGroup *self)
{
  SiambanConfigGroupPrivate *priv = siamban_config_group_get_instance_private (self);

  g_return_val_if_fail (SIAMBAN_IS_CONFIG_GROUP (self), NULL);

  return priv->name;
}

/**
 * siamban_config_group_list_keys:
 * @self: a group
 *
 * Lists the keys of the group as they are written in a file, without the group's name.
 *
 * Returns: (transfer full) (array zero-terminated=1): the keys, in the order of a file
 *
 * Since: 0.1
 */
char **
siamban_config_group_list_keys (SiambanConfigGroup *self)
{
  g_autoptr (GStrvBuilder) names = g_strv_builder_new ();
  const SiambanConfigKey *keys = NULL;
  guint n_keys = 0;

  g_return_val_if_fail (SIAMBAN_IS_CONFIG_GROUP (self), NULL);

  keys = _siamban_config_group_get_keys (self, &n_keys);
  for (guint i = 0; i < n_keys; i++)
    g_strv_builder_add (names, keys[i].key);

  return g_strv_builder_end (names);
}

/**
 * siamban_config_group_find_key:
 * @self: a group
 * @key: a key without the group's name, such as `BATCH_SIZE`
 *
 * Finds the property behind a key: its name, range, default, label and description.
 *
 * Returns: (transfer none) (nullable): the description of the property, or %NULL if the group has
 *   no such key
 *
 * Since: 0.1
 */
GParamSpec *
siamban_config_group_find_key (SiambanConfigGroup *self, const char *key)
{
  g_autofree char *name = NULL;

  g_return_val_if_fail (SIAMBAN_IS_CONFIG_GROUP (self), NULL);
  g_return_val_if_fail (key, NULL);

  if (_siamban_config_group_find (self, key) < 0)
    return NULL;

  name = property_name (key);

  return g_object_class_find_property (G_OBJECT_GET_CLASS (self), name);
}

/**
 * siamban_config_group_get_choices:
 * @self: a group
 * @key: a key without the group's name, such as `TYPE`
 *
 * Gets the words that a key allows.
 *
 * Returns: (transfer none) (nullable) (array zero-terminated=1): the words, or %NULL if the key
 *   takes any value of its type
 *
 * Since: 0.1
 */
const char *const *
siamban_config_group_get_choices (SiambanConfigGroup *self, const char *key)
{
  const SiambanConfigKey *keys = NULL;
  guint n_keys = 0;
  int index = -1;

  g_return_val_if_fail (SIAMBAN_IS_CONFIG_GROUP (self), NULL);
  g_return_val_if_fail (key, NULL);

  keys = _siamban_config_group_get_keys (self, &n_keys);
  index = _siamban_config_group_find (self, key);

  return index < 0 ? NULL : keys[index].choices;
}
