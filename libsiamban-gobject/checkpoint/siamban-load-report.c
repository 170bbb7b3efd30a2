/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-load-report-private.h"

#include <string.h>

#define MAX_LISTED 20

/**
 * SiambanLoadReport:
 *
 * What became of each name when the entries of a [class@Checkpoint] were put into a network.
 *
 * Names that differ only a little between the two are brought together by
 * [method@LoadReport.get_suggestion].
 *
 * It never changes after it was returned: any thread may read it.
 *
 * Source: the key check of SiamBAN's model loading.
 *
 * Since: 0.1
 */
struct _SiambanLoadReport
{
  GObject parent_instance;

  char *source;
  GPtrArray *used; /* these three end with NULL */
  GPtrArray *missing;
  GPtrArray *unused;
  GHashTable *suggestions; /* missing → unused */
};

G_DEFINE_FINAL_TYPE (SiambanLoadReport, siamban_load_report, G_TYPE_OBJECT)

static void
siamban_load_report_finalize (GObject *object)
{
  SiambanLoadReport *self = SIAMBAN_LOAD_REPORT (object);

  g_free (self->source);
  g_ptr_array_unref (self->used);
  g_ptr_array_unref (self->missing);
  g_ptr_array_unref (self->unused);
  g_hash_table_unref (self->suggestions);

  G_OBJECT_CLASS (siamban_load_report_parent_class)->finalize (object);
}

static void
siamban_load_report_class_init (SiambanLoadReportClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = siamban_load_report_finalize;
}

static GPtrArray *
new_names (void)
{
  GPtrArray *names = g_ptr_array_new_with_free_func (g_free);

  g_ptr_array_add (names, NULL);

  return names;
}

static void
siamban_load_report_init (SiambanLoadReport *self)
{
  self->used = new_names ();
  self->missing = new_names ();
  self->unused = new_names ();
  self->suggestions = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
}

SiambanLoadReport *
_siamban_load_report_new (const char *source)
{
  SiambanLoadReport *self = g_object_new (SIAMBAN_TYPE_LOAD_REPORT, NULL);

  self->source = g_strdup (source);

  return self;
}

static void
add_name (GPtrArray *names, const char *name)
{
  g_ptr_array_insert (names, (gint) names->len - 1, g_strdup (name));
}

void
_siamban_load_report_add_used (SiambanLoadReport *self, const char *name)
{
  add_name (self->used, name);
}

void
_siamban_load_report_add_missing (SiambanLoadReport *self, const char *name)
{
  add_name (self->missing, name);
}

void
_siamban_load_report_add_unused (SiambanLoadReport *self, const char *name)
{
  add_name (self->unused, name);
}

void
_siamban_load_report_suggest (SiambanLoadReport *self, const char *missing, const char *unused)
{
  g_hash_table_replace (self->suggestions, g_strdup (missing), g_strdup (unused));
}

guint
_siamban_edit_distance (const char *a, const char *b, guint limit)
{
  const gsize length = strlen (b);
  g_autofree guint *row = g_new (guint, length + 1);

  for (gsize j = 0; j <= length; j++)
    row[j] = (guint) j;

  for (gsize i = 1; a[i - 1] != '\0'; i++)
    {
      guint diagonal = row[0], best = row[0] = (guint) i;

      for (gsize j = 1; j <= length; j++)
        {
          const guint above = row[j];

          row[j] = MIN (MIN (above, row[j - 1]) + 1, diagonal + (a[i - 1] != b[j - 1]));
          diagonal = above;
          best = MIN (best, row[j]);
        }
      if (best >= limit)
        return limit;
    }

  return MIN (row[length], limit);
}

/**
 * siamban_load_report_get_used:
 * @self: a report
 *
 * Gets the names of the network that got a value.
 *
 * Returns: (transfer none) (array zero-terminated=1): the names, in the network's order
 *
 * Since: 0.1
 */
const char *const *
siamban_load_report_get_used (SiambanLoadReport *self)
{
  g_return_val_if_fail (SIAMBAN_IS_LOAD_REPORT (self), NULL);

  return (const char *const *) self->used->pdata;
}

/**
 * siamban_load_report_get_missing:
 * @self: a report
 *
 * Gets the names of the network that kept the value they had. Batch counters
 * (`num_batches_tracked`) are not listed: older files have none.
 *
 * Returns: (transfer none) (array zero-terminated=1): the names, in the network's order
 *
 * Since: 0.1
 */
const char *const *
siamban_load_report_get_missing (SiambanLoadReport *self)
{
  g_return_val_if_fail (SIAMBAN_IS_LOAD_REPORT (self), NULL);

  return (const char *const *) self->missing->pdata;
}

/**
 * siamban_load_report_get_unused:
 * @self: a report
 *
 * Gets the names of the checkpoint that the network does not have.
 *
 * Returns: (transfer none) (array zero-terminated=1): the names, in the order of the checkpoint
 *
 * Since: 0.1
 */
const char *const *
siamban_load_report_get_unused (SiambanLoadReport *self)
{
  g_return_val_if_fail (SIAMBAN_IS_LOAD_REPORT (self), NULL);

  return (const char *const *) self->unused->pdata;
}

/**
 * siamban_load_report_get_suggestion:
 * @self: a report
 * @missing: one of the names of [method@LoadReport.get_missing]
 *
 * Gets the name of an unused entry of the same shape that is spelt almost like @missing.
 *
 * Returns: (nullable): the name, %NULL if none comes near
 *
 * Since: 0.1
 */
const char *
siamban_load_report_get_suggestion (SiambanLoadReport *self, const char *missing)
{
  g_return_val_if_fail (SIAMBAN_IS_LOAD_REPORT (self), NULL);
  g_return_val_if_fail (missing != NULL, NULL);

  return g_hash_table_lookup (self->suggestions, missing);
}

static void
append_list (SiambanLoadReport *self, GString *text, const char *title, GPtrArray *names)
{
  const guint n = names->len - 1;

  if (n == 0)
    return;

  g_string_append_printf (text, "\n%s: %u", title, n);
  for (guint i = 0; i < MIN (n, MAX_LISTED); i++)
    {
      const char *name = g_ptr_array_index (names, i);
      const char *suggestion = g_hash_table_lookup (self->suggestions, name);

      g_string_append_printf (text, "\n  %s", name);
      if (suggestion != NULL)
        g_string_append_printf (text, " (the file has “%s”)", suggestion);
    }
  if (n > MAX_LISTED)
    g_string_append_printf (text, "\n  … and %u more", n - MAX_LISTED);
}

/**
 * siamban_load_report_to_string:
 * @self: a report
 *
 * Describes the report for a log: counts, then the first names of each list, one a line.
 *
 * Returns: (transfer full): the text
 *
 * Since: 0.1
 */
char *
siamban_load_report_to_string (SiambanLoadReport *self)
{
  g_autoptr (GString) text = g_string_new (NULL);

  g_return_val_if_fail (SIAMBAN_IS_LOAD_REPORT (self), NULL);

  g_string_append_printf (text, "%s: used %u of %u entries", self->source, self->used->len - 1,
                          self->used->len + self->unused->len - 2);
  append_list (self, text, "missing", self->missing);
  append_list (self, text, "unused", self->unused);

  return g_string_free (g_steal_pointer (&text), FALSE);
}
