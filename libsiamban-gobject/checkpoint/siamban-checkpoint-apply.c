/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-checkpoint-private.h"

#include <string.h>

#include "siamban-error.h"
#include "siamban-load-report-private.h"
#include "siamban-tensor-private.h"
#include "siamban-weights-private.h"

/* Beyond this many missing names, the file is of another network and guessing does not help. */
#define MAX_GUESSED 64
#define MAX_LISTED 40

/* One part of a network, and the entries of a checkpoint for it. */
typedef struct
{
  SiambanCheckpoint *checkpoint;
  SiambanWeights *weights;
  const char *prefix;  /* of the part's names in the network, which the file leaves out */
  GHashTable *by_name; /* name in the network, without the prefix → position in the checkpoint */
  GHashTable *used;    /* positions in the checkpoint */
} Match;

/* Data-parallel training puts this in front of every name. */
static const char *
strip_module (const char *name)
{
  return g_str_has_prefix (name, "module.") ? name + strlen ("module.") : name;
}

static void
index_names (Match *self, const char *front)
{
  g_hash_table_remove_all (self->by_name);
  for (guint i = 0; i < self->checkpoint->tensors->len; i++)
    {
      const char *name = strip_module (g_ptr_array_index (self->checkpoint->names, i));

      g_hash_table_insert (self->by_name, g_strconcat (front, name, NULL), GUINT_TO_POINTER (i));
    }
}

/* The parameter's name in the part; NULL when it belongs to another one. */
static const char *
get_part_name (Match *self, SiambanParameter *parameter)
{
  const char *name = siamban_parameter_get_name (parameter);

  return g_str_has_prefix (name, self->prefix) ? name + strlen (self->prefix) : NULL;
}

/* Borrowed; NULL when the checkpoint has no such entry. */
static SiambanTensor *
find_tensor (Match *self, SiambanParameter *parameter, guint *position)
{
  const char *name = get_part_name (self, parameter);
  gpointer index;

  if (name == NULL || !g_hash_table_lookup_extended (self->by_name, name, NULL, &index))
    return NULL;

  *position = GPOINTER_TO_UINT (index);

  return g_ptr_array_index (self->checkpoint->tensors, *position);
}

static guint
count_common (Match *self)
{
  const guint n = _siamban_weights_get_n (self->weights);
  guint n_common = 0, position;

  for (guint i = 0; i < n; i++)
    if (find_tensor (self, _siamban_weights_peek (self->weights, i), &position) != NULL)
      n_common++;

  return n_common;
}

static gboolean
fail_without_common (Match *self, GError **error)
{
  const guint n = _siamban_weights_get_n (self->weights);
  const char *expected = NULL;

  for (guint i = 0; i < n && expected == NULL; i++)
    expected = get_part_name (self, _siamban_weights_peek (self->weights, i));

  g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_WEIGHTS,
               "“%s”: no entry is one of this network: it has names such as “%s”, expected names "
               "such as “%s”",
               self->checkpoint->source,
               self->checkpoint->tensors->len > 0
                   ? (const char *) g_ptr_array_index (self->checkpoint->names, 0)
                   : "(none)",
               expected != NULL ? expected : "(none)");

  return FALSE;
}

static gboolean
has_shape (SiambanParameter *parameter, SiambanTensor *tensor)
{
  gsize n_dims, n_tensor_dims;
  const gint64 *shape = siamban_parameter_get_shape (parameter, &n_dims);
  const gint64 *tensor_shape = siamban_tensor_get_shape (tensor, &n_tensor_dims);

  if (siamban_parameter_get_kind (parameter) == SIAMBAN_PARAMETER_COUNTER)
    return siamban_tensor_get_n_elements (tensor) == 1;

  return n_dims == n_tensor_dims && memcmp (shape, tensor_shape, n_dims * sizeof *shape) == 0;
}

static void
append_mismatch (GString *text, SiambanParameter *parameter, SiambanTensor *tensor)
{
  gsize n_dims;
  const gint64 *shape = siamban_tensor_get_shape (tensor, &n_dims);
  g_autofree char *found = _siamban_shape_to_string (shape, n_dims);
  g_autofree char *expected = NULL;

  shape = siamban_parameter_get_shape (parameter, &n_dims);
  expected = _siamban_shape_to_string (shape, n_dims);
  g_string_append_printf (text, "\n  %s: %s, expected %s", siamban_parameter_get_name (parameter),
                          found, expected);
}

/* All of them at once, before anything is changed. */
static gboolean
check_shapes (Match *self, GError **error)
{
  const guint n = _siamban_weights_get_n (self->weights);
  g_autoptr (GString) text = g_string_new (NULL);
  guint n_wrong = 0, position;

  for (guint i = 0; i < n; i++)
    {
      SiambanParameter *parameter = _siamban_weights_peek (self->weights, i);
      SiambanTensor *tensor = find_tensor (self, parameter, &position);

      if (tensor == NULL || has_shape (parameter, tensor))
        continue;
      if (n_wrong++ < MAX_LISTED)
        append_mismatch (text, parameter, tensor);
    }

  if (n_wrong == 0)
    return TRUE;

  if (n_wrong > MAX_LISTED)
    g_string_append_printf (text, "\n  … and %u more", n_wrong - MAX_LISTED);
  g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_WEIGHTS,
               "“%s”: shapes that do not fit the network: %u%s", self->checkpoint->source, n_wrong,
               text->str);

  return FALSE;
}

static gboolean
copy_values (Match *self, SiambanLoadReport *report, GPtrArray *missing, GError **error)
{
  const guint n = _siamban_weights_get_n (self->weights);

  for (guint i = 0; i < n; i++)
    {
      SiambanParameter *parameter = _siamban_weights_peek (self->weights, i);
      guint position;
      SiambanTensor *tensor = find_tensor (self, parameter, &position);

      if (tensor != NULL)
        {
          if (!siamban_parameter_set_tensor (parameter, tensor, error))
            return FALSE;
          g_hash_table_add (self->used, GUINT_TO_POINTER (position));
          _siamban_load_report_add_used (report, siamban_parameter_get_name (parameter));
        }
      else if (get_part_name (self, parameter) != NULL &&
               siamban_parameter_get_kind (parameter) != SIAMBAN_PARAMETER_COUNTER)
        {
          g_ptr_array_add (missing, parameter);
          _siamban_load_report_add_missing (report, siamban_parameter_get_name (parameter));
        }
    }

  return TRUE;
}

/* Looks among the unused entries for the one spelt most like @parameter. */
static void
suggest (Match *self, SiambanLoadReport *report, SiambanParameter *parameter, GPtrArray *unused)
{
  const char *name = get_part_name (self, parameter);
  const char *closest = NULL;
  guint best = MAX (3, (guint) strlen (name) / 3);

  for (guint i = 0; i < unused->len; i++)
    {
      const char *candidate = g_ptr_array_index (unused, i);
      const guint distance = _siamban_edit_distance (name, strip_module (candidate), best);

      if (distance < best &&
          has_shape (parameter, siamban_checkpoint_lookup (self->checkpoint, candidate)))
        {
          closest = candidate;
          best = distance;
        }
    }

  if (closest != NULL)
    _siamban_load_report_suggest (report, siamban_parameter_get_name (parameter), closest);
}

static void
list_unused (Match *self, SiambanLoadReport *report, GPtrArray *missing)
{
  g_autoptr (GPtrArray) unused = g_ptr_array_new ();

  for (guint i = 0; i < self->checkpoint->tensors->len; i++)
    if (!g_hash_table_contains (self->used, GUINT_TO_POINTER (i)))
      {
        g_ptr_array_add (unused, g_ptr_array_index (self->checkpoint->names, i));
        _siamban_load_report_add_unused (report, g_ptr_array_index (self->checkpoint->names, i));
      }

  for (guint i = 0; i < MIN (missing->len, MAX_GUESSED); i++)
    suggest (self, report, g_ptr_array_index (missing, i), unused);
}

/**
 * siamban_checkpoint_apply:
 * @self: a checkpoint
 * @weights: the weights of a network
 * @prefix: the part of the network that the checkpoint is of, such as `backbone.`; empty for all
 *   of it
 * @error: return location for an error
 *
 * Puts the entries of a checkpoint into the network, by name.
 *
 * A leading `module.` of the checkpoint's names is ignored. If no name fits at all, they are tried
 * again with `features.` in front. Names on one side only are no error: see the report.
 * Programs that exist must be told with [method@Program.weights_changed].
 *
 * It fails with %SIAMBAN_ERROR_INVALID_WEIGHTS, and changes nothing, if still no name fits, or if
 * a shape differs; the message lists those.
 *
 * Returns: (transfer full): what became of each name
 *
 * Since: 0.1
 */
SiambanLoadReport *
siamban_checkpoint_apply (SiambanCheckpoint *self,
                          SiambanWeights *weights,
                          const char *prefix,
                          GError **error)
{
  g_autoptr (GHashTable) by_name = NULL;
  g_autoptr (GHashTable) used = NULL;
  g_autoptr (GPtrArray) missing = NULL;
  g_autoptr (SiambanLoadReport) report = NULL;
  Match match = { .checkpoint = self, .weights = weights, .prefix = prefix };

  g_return_val_if_fail (SIAMBAN_IS_CHECKPOINT (self), NULL);
  g_return_val_if_fail (SIAMBAN_IS_WEIGHTS (weights), NULL);
  g_return_val_if_fail (prefix != NULL, NULL);

  match.by_name = by_name = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  match.used = used = g_hash_table_new (NULL, NULL);
  missing = g_ptr_array_new ();
  /* Values can be set only once there is room for them. */
  _siamban_weights_get_store (weights);

  index_names (&match, "");
  if (count_common (&match) == 0)
    index_names (&match, "features.");
  if (count_common (&match) == 0)
    {
      fail_without_common (&match, error);
      return NULL;
    }

  report = _siamban_load_report_new (self->source);
  if (!check_shapes (&match, error) || !copy_values (&match, report, missing, error))
    return NULL;

  list_unused (&match, report, missing);

  return g_steal_pointer (&report);
}
