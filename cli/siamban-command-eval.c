/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "siamban-cli.h"

typedef struct
{
  char **results;
  char **truths;
  gboolean with_static;
  gboolean json;
} EvalOptions;

/* One sequence. */
typedef struct
{
  char *name;
  SiambanEvaluation *tracked;
  SiambanEvaluation *fixed; /* of a box that never moves; NULL if not asked for */
} Row;

static void
row_free (gpointer data)
{
  Row *self = data;

  g_free (self->name);
  g_clear_pointer (&self->tracked, siamban_evaluation_unref);
  g_clear_pointer (&self->fixed, siamban_evaluation_unref);
  g_free (self);
}

/* A file of boxes, or a folder of frames that has one. */
static SiambanTrajectory *
read_truth (const char *path, GError **error)
{
  g_autoptr (SiambanSequence) sequence = NULL;
  SiambanTrajectory *truth;

  if (!g_file_test (path, G_FILE_TEST_IS_DIR))
    return siamban_ground_truth_read (path, error);

  sequence = siamban_sequence_new_from_folder (path, error);
  if (sequence == NULL)
    return NULL;

  truth = siamban_sequence_get_ground_truth (sequence);
  if (truth == NULL)
    g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_DATA,
                 _ ("%s: there is no groundtruth.txt among the frames"), path);

  return truth != NULL ? siamban_trajectory_ref (truth) : NULL;
}

static char *
sequence_name (const char *path)
{
  char *name = g_path_get_basename (path);

  if (g_str_has_suffix (name, ".txt"))
    name[strlen (name) - strlen (".txt")] = '\0';

  return name;
}

static gboolean
add_pair (GPtrArray *rows, const char *result, const char *truth, gboolean fixed, GError **error)
{
  g_autoptr (SiambanTrajectory) tracked = siamban_result_file_read (result, error);
  g_autoptr (SiambanTrajectory) wanted = tracked != NULL ? read_truth (truth, error) : NULL;
  g_autoptr (SiambanEvaluation) evaluation = NULL;
  Row *row;

  if (wanted == NULL)
    return FALSE;
  evaluation = siamban_evaluation_new (tracked, wanted, error);
  if (evaluation == NULL)
    {
      g_prefix_error (error, "%s: ", result);
      return FALSE;
    }

  row = g_new0 (Row, 1);
  row->name = sequence_name (result);
  row->tracked = g_steal_pointer (&evaluation);
  row->fixed = fixed ? cli_evaluate_static (wanted) : NULL;
  g_ptr_array_add (rows, row);

  return TRUE;
}

static int
compare_names_cb (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

static GPtrArray *
list_results (const char *folder, GError **error)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, error);
  const char *name;

  if (dir == NULL)
    return NULL;

  while ((name = g_dir_read_name (dir)) != NULL)
    if (g_str_has_suffix (name, ".txt"))
      g_ptr_array_add (names, g_strdup (name));
  g_ptr_array_sort (names, compare_names_cb);

  if (names->len > 0)
    return g_steal_pointer (&names);

  g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_DATA,
               _ ("%s: no results; expected NAME.txt for each sequence"), folder);

  return NULL;
}

/* NAME.txt beside the sequence's folder NAME, or beside NAME.txt. */
static gboolean
add_folder (GPtrArray *rows,
            const char *results,
            const char *truths,
            gboolean fixed,
            GError **error)
{
  g_autoptr (GPtrArray) names = list_results (results, error);

  for (guint i = 0; names != NULL && i < names->len; i++)
    {
      const char *file = g_ptr_array_index (names, i);
      g_autofree char *name = sequence_name (file);
      g_autofree char *result = g_build_filename (results, file, NULL);
      g_autofree char *folder = g_build_filename (truths, name, NULL);
      g_autofree char *truth = g_file_test (folder, G_FILE_TEST_IS_DIR)
                                   ? g_strdup (folder)
                                   : g_build_filename (truths, file, NULL);

      if (!add_pair (rows, result, truth, fixed, error))
        return FALSE;
    }

  return names != NULL;
}

/* The mean over all sequences, of one or the other evaluation. */
static SiambanEvaluation *
mean_of (GPtrArray *rows, gboolean fixed)
{
  g_autofree SiambanEvaluation **evaluations = g_new0 (SiambanEvaluation *, rows->len);

  for (guint i = 0; i < rows->len; i++)
    {
      Row *row = g_ptr_array_index (rows, i);

      evaluations[i] = fixed ? row->fixed : row->tracked;
    }

  return siamban_evaluation_new_mean (evaluations, rows->len);
}

static Row *
mean_row (GPtrArray *rows, gboolean fixed)
{
  Row *row = g_new0 (Row, 1);

  row->name = g_strdup (_ ("mean"));
  row->tracked = mean_of (rows, FALSE);
  row->fixed = fixed ? mean_of (rows, TRUE) : NULL;

  return row;
}

static void
add_cells (CliTable *table, Row *row)
{
  g_autoptr (GStrvBuilder) cells = g_strv_builder_new ();
  const double numbers[] = {
    siamban_evaluation_get_auc (row->tracked),
    siamban_evaluation_get_precision (row->tracked),
    siamban_evaluation_get_normalized_precision (row->tracked),
    siamban_evaluation_get_mean_iou (row->tracked),
    row->fixed != NULL ? siamban_evaluation_get_auc (row->fixed) : 0,
    row->fixed != NULL ? siamban_evaluation_get_mean_iou (row->fixed) : 0,
  };
  g_autofree char *n_frames = g_strdup_printf ("%u",
                                               siamban_evaluation_get_n_frames (row->tracked));

  g_strv_builder_add (cells, row->name);
  g_strv_builder_add (cells, n_frames);
  for (guint i = 0; i < (row->fixed != NULL ? 6 : 4); i++)
    {
      g_autofree char *cell = g_strdup_printf ("%.3f", numbers[i]);

      g_strv_builder_add (cells, cell);
    }
  cli_table_add (table, g_strv_builder_end (cells));
}

static void
print_text (GPtrArray *rows, gboolean fixed)
{
  const char *const titles[] = { _ ("sequence"),
                                 _ ("frames"),
                                 _ ("AUC"),
                                 _ ("precision"),
                                 _ ("norm. precision"),
                                 _ ("mean IoU"),
                                 fixed ? _ ("static AUC") : NULL,
                                 _ ("static IoU"),
                                 NULL };
  g_autoptr (CliTable) table = cli_table_new (titles);

  for (guint i = 0; i < rows->len; i++)
    add_cells (table, g_ptr_array_index (rows, i));
  if (rows->len > 1)
    {
      Row *mean = mean_row (rows, fixed);

      add_cells (table, mean);
      row_free (mean);
    }
  cli_table_print (table);
}

static void
add_numbers (JsonBuilder *builder, SiambanEvaluation *evaluation)
{
  cli_json_int (builder, "frames", siamban_evaluation_get_n_frames (evaluation));
  cli_json_double (builder, "auc", siamban_evaluation_get_auc (evaluation));
  cli_json_double (builder, "precision", siamban_evaluation_get_precision (evaluation));
  cli_json_double (builder, "normalized-precision",
                   siamban_evaluation_get_normalized_precision (evaluation));
  cli_json_double (builder, "mean-iou", siamban_evaluation_get_mean_iou (evaluation));
}

static void
add_object (JsonBuilder *builder, Row *row)
{
  json_builder_begin_object (builder);
  cli_json_string (builder, "name", row->name);
  add_numbers (builder, row->tracked);
  if (row->fixed != NULL)
    {
      json_builder_set_member_name (builder, "static");
      json_builder_begin_object (builder);
      add_numbers (builder, row->fixed);
      json_builder_end_object (builder);
    }
  json_builder_end_object (builder);
}

static void
print_json (GPtrArray *rows, gboolean fixed)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  Row *mean = mean_row (rows, fixed);

  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "sequences");
  json_builder_begin_array (builder);
  for (guint i = 0; i < rows->len; i++)
    add_object (builder, g_ptr_array_index (rows, i));
  json_builder_end_array (builder);
  json_builder_set_member_name (builder, "mean");
  add_object (builder, mean);
  json_builder_end_object (builder);
  cli_print_json (builder);
  row_free (mean);
}

static gboolean
parse (EvalOptions *options, int argc, char **argv, GError **error)
{
  const GOptionEntry entries[] = {
    { "result", 'r', 0, G_OPTION_ARG_FILENAME_ARRAY, &options->results,
      N_ ("Tracked boxes, or a folder of NAME.txt; may be given again"), N_ ("FILE") },
    { "truth", 't', 0, G_OPTION_ARG_FILENAME_ARRAY, &options->truths,
      N_ ("Ground truth of the same, or a folder of sequences"), N_ ("FILE") },
    { "static", 0, 0, G_OPTION_ARG_NONE, &options->with_static,
      N_ ("Compare with a box that never moves"), NULL },
    { "json", 0, 0, G_OPTION_ARG_NONE, &options->json, N_ ("Print JSON"), NULL },
    { NULL },
  };

  if (!cli_parse (entries, NULL,
                  N_ ("Compares tracked boxes with ground truth, by the measures of OTB and LaSOT: "
                      "AUC of the success curve, precision at 20 pixels, normalised precision at "
                      "0.2, mean overlap."),
                  &argc, &argv, error) ||
      !cli_check_no_arguments (argc, argv, error) ||
      !cli_check_given ("--result", options->results != NULL, error) ||
      !cli_check_given ("--truth", options->truths != NULL, error))
    return FALSE;

  if (g_strv_length (options->results) == g_strv_length (options->truths))
    return TRUE;

  cli_set_usage_error (error, _ ("--result is given %u times, --truth %u times"),
                       g_strv_length (options->results), g_strv_length (options->truths));

  return FALSE;
}

static gboolean
run (EvalOptions *options, GError **error)
{
  g_autoptr (GPtrArray) rows = g_ptr_array_new_with_free_func (row_free);

  for (guint i = 0; options->results[i] != NULL; i++)
    {
      const char *result = options->results[i];
      const char *truth = options->truths[i];
      const gboolean done = g_file_test (result, G_FILE_TEST_IS_DIR)
                                ? add_folder (rows, result, truth, options->with_static, error)
                                : add_pair (rows, result, truth, options->with_static, error);

      if (!done)
        return FALSE;
    }

  if (options->json)
    print_json (rows, options->with_static);
  else
    print_text (rows, options->with_static);

  return TRUE;
}

gboolean
cli_eval (int argc, char **argv, GError **error)
{
  EvalOptions options = { 0 };
  const gboolean done = parse (&options, argc, argv, error) && run (&options, error);

  g_strfreev (options.results);
  g_strfreev (options.truths);

  return done;
}
