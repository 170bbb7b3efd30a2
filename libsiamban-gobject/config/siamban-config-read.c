/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-config.h"

#include <string.h>

#include <glib/gstdio.h>

#include "siamban-config-coerce-private.h"
#include "siamban-config-private.h"
#include "siamban-config-problems-private.h"
#include "siamban-config-text-private.h"
#include "siamban-config-value-private.h"
#include "siamban-error.h"
#include "siamban-source-config.h"

/* A configuration has a few kilobytes. */
#define MAX_BYTES (1024 * 1024)

static const char *const source_keys[] = { "ROOT", "ANNO", "FRAME_RANGE", "NUM_USE", NULL };
static const char *const original_sources[] = { "VID",    "YOUTUBEBB", "COCO", "DET",
                                                "GOT10K", "LASOT",     NULL };

static void apply_mapping (SiambanConfig *self,
                           SiambanConfigProblems *problems,
                           const char *prefix,
                           SiambanConfigValue *mapping);

static void
add_unknown (SiambanConfigProblems *problems, const char *name, guint line, const char *near)
{
  _siamban_config_problems_add (problems, name, line, "unknown key%s%s%s",
                                near ? ", did you mean " : "", near ? near : "", near ? "?" : "");
}

/* Like the original, which looks at no more than the keys it needs, takes anything in the mapping
 * of a data set of the user's own; but a misspelt key would be missed there. */
static gboolean
is_ignorable (const char *prefix, const char *name)
{
  const char *source = g_str_has_prefix (prefix, "DATASET.") ? prefix + strlen ("DATASET.") : NULL;

  return source && !g_strv_contains (original_sources, source) &&
         strcmp (source, "TEMPLATE") != 0 && strcmp (source, "SEARCH") != 0 &&
         !_siamban_config_nearest_word (name, source_keys);
}

static void
apply_unknown (SiambanConfig *self,
               SiambanConfigProblems *problems,
               const char *prefix,
               const char *full,
               const SiambanConfigEntry *entry)
{
  g_autofree char *near = NULL;

  if (is_ignorable (prefix, entry->name))
    {
      g_info ("Ignoring %s, which no data set needs", full);
      return;
    }

  if (strchr (entry->name, '.'))
    {
      _siamban_config_problems_add (problems, full, entry->line,
                                    "a name with a dot; in a file, keys are nested");
      return;
    }

  /* To look for the nearest key costs more than the rest; a file of noise is not worth it. */
  if (!_siamban_config_problems_is_full (problems))
    near = _siamban_config_suggest (self, full);
  add_unknown (problems, full, entry->line, near);
}

/* Whether an unknown mapping in DATASET is a data set, not a misspelt TEMPLATE. */
static gboolean
is_source (SiambanConfig *self, const char *full, const SiambanConfigEntry *entry)
{
  g_autofree char *near = NULL;

  if (entry->value->kind != SIAMBAN_CONFIG_VALUE_MAPPING ||
      !_siamban_config_is_source_name (entry->name))
    return FALSE;

  for (guint i = 0; source_keys[i]; i++)
    if (_siamban_config_value_has (entry->value, source_keys[i]))
      return TRUE;

  near = _siamban_config_suggest (self, full);

  return near == NULL;
}

static void
apply_group (SiambanConfig *self,
             SiambanConfigProblems *problems,
             const char *full,
             const SiambanConfigEntry *entry)
{
  g_autofree char *found = NULL;

  if (entry->value->kind == SIAMBAN_CONFIG_VALUE_MAPPING)
    {
      apply_mapping (self, problems, full, entry->value);
      return;
    }

  /* Every key below it is commented out. */
  if (entry->value->kind == SIAMBAN_CONFIG_VALUE_NULL)
    return;

  found = _siamban_config_value_describe (entry->value);
  _siamban_config_problems_add (problems, full, entry->line, "%s, expected a mapping of keys",
                                found);
}

static void
apply_key (SiambanConfigGroup *group,
           guint index,
           SiambanConfigProblems *problems,
           const char *full,
           guint line,
           SiambanConfigValue *from)
{
  guint n_keys = 0;
  const SiambanConfigKey *key = _siamban_config_group_get_keys (group, &n_keys) + index;
  const GValue *old = _siamban_config_group_peek (group, index);
  g_auto (GValue) value = G_VALUE_INIT;

  g_value_init (&value, G_VALUE_TYPE (old));
  g_value_copy (old, &value);
  if (_siamban_config_coerce (problems, key, full, line, from, &value))
    _siamban_config_group_store (group, index, &value);
}

static void
apply_entry (SiambanConfig *self,
             SiambanConfigProblems *problems,
             const char *prefix,
             const SiambanConfigEntry *entry)
{
  g_autofree char *full = _siamban_config_join_names (prefix, entry->name);
  /* A dot in a name would reach into another group. */
  const gboolean dotted = strchr (entry->name, '.') || !*entry->name;
  guint index = 0;
  SiambanConfigGroup *group = dotted ? NULL : _siamban_config_find_key (self, full, &index);

  if (group)
    {
      apply_key (group, index, problems, full, entry->line, entry->value);
    }
  else if (!dotted && _siamban_config_find_group (self, full))
    {
      apply_group (self, problems, full, entry);
    }
  else if (strcmp (prefix, "DATASET") == 0 && is_source (self, full, entry))
    {
      _siamban_config_ensure_source (self, entry->name);
      apply_group (self, problems, full, entry);
    }
  else
    {
      apply_unknown (self, problems, prefix, full, entry);
    }
}

static void
apply_mapping (SiambanConfig *self,
               SiambanConfigProblems *problems,
               const char *prefix,
               SiambanConfigValue *mapping)
{
  g_autoptr (GHashTable) lines = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; i < mapping->entries->len; i++)
    {
      const SiambanConfigEntry *entry = mapping->entries->pdata[i];
      const guint first = GPOINTER_TO_UINT (g_hash_table_lookup (lines, entry->name));

      if (first)
        {
          g_autofree char *full = _siamban_config_join_names (prefix, entry->name);

          _siamban_config_problems_add (problems, full, entry->line,
                                        "given twice, first on line %u", first);
          continue;
        }

      g_hash_table_insert (lines, entry->name, GUINT_TO_POINTER (entry->line));
      apply_entry (self, problems, prefix, entry);
    }
}

/* Applies to a copy first, so that a file with a problem changes nothing. */
static gboolean
apply_document (SiambanConfig *self, const char *file, SiambanConfigValue *document, GError **error)
{
  g_autoptr (SiambanConfigProblems) problems = _siamban_config_problems_new (file);
  g_autoptr (SiambanConfig) copy = siamban_config_copy (self);

  if (document->kind == SIAMBAN_CONFIG_VALUE_MAPPING)
    {
      apply_mapping (copy, problems, "", document);
    }
  else
    {
      g_autofree char *found = _siamban_config_value_describe (document);

      _siamban_config_problems_add (problems, NULL, 0, "%s, expected a mapping of keys", found);
    }

  if (!_siamban_config_problems_check (problems, error))
    return FALSE;

  _siamban_config_assign (self, copy);

  return TRUE;
}

static gboolean
looks_like_json (const char *text, gsize length, const char *file)
{
  gsize i = 0;

  while (i < length && g_ascii_isspace (text[i]))
    i++;

  return g_str_has_suffix (file, ".json") || (i < length && text[i] == '{');
}

/**
 * siamban_config_load_bytes:
 * @self: a configuration
 * @bytes: YAML or JSON text
 * @file_name: what messages call it
 * @error: return location for an error
 *
 * Takes over the keys of a text, as [method@Config.load_file] does those of a file.
 *
 * Returns: %TRUE on success
 *
 * Since: 0.1
 */
gboolean
siamban_config_load_bytes (SiambanConfig *self,
                           GBytes *bytes,
                           const char *file_name,
                           GError **error)
{
  g_autoptr (SiambanConfigValue) document = NULL;
  const char *text = NULL;
  gsize length = 0;

  g_return_val_if_fail (SIAMBAN_IS_CONFIG (self), FALSE);
  g_return_val_if_fail (bytes, FALSE);
  g_return_val_if_fail (file_name, FALSE);

  text = g_bytes_get_data (bytes, &length);
  if (length > MAX_BYTES)
    {
      g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_CONFIG,
                   "%s: larger than %d KiB, so it is no configuration", file_name,
                   MAX_BYTES / 1024);
      return FALSE;
    }

  document = _siamban_config_value_parse (
      text ? text : "", length, looks_like_json (text, length, file_name), file_name, error);

  return document && apply_document (self, file_name, document, error);
}

static GBytes *
read_file (const char *path, GError **error)
{
  g_autoptr (GError) local = NULL;
  GStatBuf status;
  char *text = NULL;
  gsize length = 0;

  /* So that a name typed wrong does not fill the memory with a data set or wait for a pipe. */
  if (g_stat (path, &status) == 0 && (!S_ISREG (status.st_mode) || status.st_size > MAX_BYTES))
    {
      g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_CONFIG,
                   "%s: not a file of at most %d KiB, so it is no configuration", path,
                   MAX_BYTES / 1024);
      return NULL;
    }

  if (!g_file_get_contents (path, &text, &length, &local))
    {
      g_set_error_literal (error, SIAMBAN_ERROR, SIAMBAN_ERROR_IO, local->message);
      return NULL;
    }

  return g_bytes_new_take (text, length);
}

/**
 * siamban_config_load_file:
 * @self: a configuration
 * @path: (type filename): a file, YAML as the original reads it, or JSON
 * @error: return location for an error
 *
 * Takes over the keys that a file has; others keep their values. Free parameters under a `KWARGS`
 * key are merged with those that are there.
 *
 * Unknown keys are refused wherever the original refuses them: everywhere except under `KWARGS`
 * and in data sets of the user's own.
 *
 * It fails with %SIAMBAN_ERROR_IO if @path cannot be read, and with
 * %SIAMBAN_ERROR_INVALID_CONFIG if anything in it is wrong. The message then has a line for each
 * problem, such as `TRAIN.BATCH_SIZE: 0 is not in 1..4096 (config.yaml:31)`, and nothing has
 * changed.
 *
 * Returns: %TRUE on success
 *
 * Since: 0.1
 */
gboolean
siamban_config_load_file (SiambanConfig *self, const char *path, GError **error)
{
  g_autoptr (GBytes) bytes = NULL;

  g_return_val_if_fail (SIAMBAN_IS_CONFIG (self), FALSE);
  g_return_val_if_fail (path, FALSE);

  bytes = read_file (path, error);

  return bytes && siamban_config_load_bytes (self, bytes, path, error);
}

/**
 * siamban_config_new_from_file:
 * @path: (type filename): a file, YAML as the original reads it, or JSON
 * @error: return location for an error
 *
 * Makes a configuration with the keys that a file has and the defaults of all others. It fails
 * like [method@Config.load_file].
 *
 * Returns: (transfer full): a new configuration
 *
 * Since: 0.1
 */
SiambanConfig *
siamban_config_new_from_file (const char *path, GError **error)
{
  g_autoptr (SiambanConfig) self = NULL;

  g_return_val_if_fail (path, NULL);

  self = siamban_config_new ();

  return siamban_config_load_file (self, path, error) ? g_steal_pointer (&self) : NULL;
}

/* Wraps the value of `TRAIN.LR.KWARGS.start_lr` into the mapping of `TRAIN.LR.KWARGS`, and cuts
 * the name. */
static SiambanConfigValue *
wrap_parameter (char *name, SiambanConfigValue *value)
{
  SiambanConfigValue *mapping = NULL;
  char *end = strstr (name, ".KWARGS.");

  if (!end)
    return _siamban_config_value_ref (value);

  end += strlen (".KWARGS");
  mapping = _siamban_config_value_new (SIAMBAN_CONFIG_VALUE_MAPPING);
  _siamban_config_value_insert (mapping, end + 1, 0, value);
  *end = '\0';

  return mapping;
}

/* The value of an assignment. A key that wants a string takes the text as it is, unless that is a
 * string with quotes. */
static SiambanConfigValue *
read_assigned (SiambanConfig *self, const char *name, const char *text, GError **error)
{
  g_autoptr (SiambanConfigValue) value = NULL;
  g_autoptr (GError) local = NULL;
  guint index = 0;
  SiambanConfigGroup *group = _siamban_config_find_key (self, name, &index);
  const gboolean wants_string = group &&
                                G_VALUE_HOLDS_STRING (_siamban_config_group_peek (group, index));

  if (!*text)
    return _siamban_config_value_new (SIAMBAN_CONFIG_VALUE_NULL);

  value = _siamban_config_value_parse (text, strlen (text), FALSE, NULL, &local);
  if (wants_string && (!value || (value->kind != SIAMBAN_CONFIG_VALUE_NULL &&
                                  value->kind != SIAMBAN_CONFIG_VALUE_STRING)))
    {
      g_clear_pointer (&value, _siamban_config_value_unref);
      value = _siamban_config_value_new_string (text);
    }
  if (!value)
    g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_CONFIG, "%s: %s", name,
                 local->message);

  return g_steal_pointer (&value);
}

/* Adds the data set that a key such as `DATASET.MINE.ROOT` speaks of. */
static void
ensure_source_of (SiambanConfig *self, const char *name)
{
  g_auto (GStrv) parts = g_strsplit (name, ".", -1);

  if (g_strv_length (parts) == 3 && strcmp (parts[0], "DATASET") == 0 &&
      g_strv_contains (source_keys, parts[2]))
    _siamban_config_ensure_source (self, parts[1]);
}

static void
assign (SiambanConfig *self,
        SiambanConfigProblems *problems,
        const char *name,
        SiambanConfigValue *value)
{
  guint index = 0;
  SiambanConfigGroup *group = _siamban_config_find_key (self, name, &index);
  g_autofree char *near = NULL;

  if (group)
    {
      apply_key (group, index, problems, name, 0, value);
      return;
    }

  if (_siamban_config_find_group (self, name))
    {
      _siamban_config_problems_add (problems, name, 0, "a group of keys, not a key");
      return;
    }

  near = _siamban_config_suggest (self, name);
  add_unknown (problems, name, 0, near);
}

/**
 * siamban_config_set_from_string:
 * @self: a configuration
 * @assignment: a dotted key, an equals sign and a value in YAML, such as `TRAIN.EPOCH=3`
 * @error: return location for an error
 *
 * Sets one key from text, as a command line gives it. A single free parameter can be set too:
 * `TRAIN.LR.KWARGS.start_lr=0.01`.
 *
 * It fails with %SIAMBAN_ERROR_INVALID_CONFIG if the key is unknown or the value does not fit, and
 * changes nothing then.
 *
 * Returns: %TRUE on success
 *
 * Since: 0.1
 */
gboolean
siamban_config_set_from_string (SiambanConfig *self, const char *assignment, GError **error)
{
  g_autoptr (SiambanConfigProblems) problems = NULL;
  g_autoptr (SiambanConfigValue) value = NULL;
  g_autoptr (SiambanConfigValue) wrapped = NULL;
  g_autoptr (SiambanConfig) copy = NULL;
  g_autofree char *name = NULL;
  const char *equals = NULL;

  g_return_val_if_fail (SIAMBAN_IS_CONFIG (self), FALSE);
  g_return_val_if_fail (assignment, FALSE);

  equals = strchr (assignment, '=');
  if (!equals || equals == assignment || !g_utf8_validate (assignment, -1, NULL))
    {
      g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_CONFIG, "%s: expected KEY=VALUE",
                   assignment);
      return FALSE;
    }

  name = g_strstrip (g_strndup (assignment, (gsize) (equals - assignment)));
  copy = siamban_config_copy (self);
  ensure_source_of (copy, name);
  value = read_assigned (copy, name, equals + 1, error);
  if (!value)
    return FALSE;

  problems = _siamban_config_problems_new (NULL);
  wrapped = wrap_parameter (name, value);
  assign (copy, problems, name, wrapped);
  if (!_siamban_config_problems_check (problems, error))
    return FALSE;

  _siamban_config_assign (self, copy);

  return TRUE;
}
