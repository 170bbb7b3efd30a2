/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-cli.h"

static const char *
state_text (SiambanRunState state)
{
  switch (state)
    {
    case SIAMBAN_RUN_STARTING:
      return _ ("starting");

    case SIAMBAN_RUN_RUNNING:
      return _ ("running");

    case SIAMBAN_RUN_PAUSED:
      return _ ("paused");

    case SIAMBAN_RUN_STOPPED:
      return _ ("stopped");

    case SIAMBAN_RUN_FINISHED:
      return _ ("finished");

    case SIAMBAN_RUN_FAILED:
      return _ ("failed");

    case SIAMBAN_RUN_INTERRUPTED:
      return _ ("interrupted");

    case SIAMBAN_RUN_UNKNOWN:
    default:
      return _ ("unknown");
    }
}

static const SiambanIteration *
last_iteration (SiambanRun *run)
{
  const guint n = siamban_run_get_n_iterations (run);

  return n > 0 ? siamban_run_get_iteration (run, n - 1) : NULL;
}

static const SiambanValidationResult *
last_validation (SiambanRun *run)
{
  const guint n = siamban_run_get_n_validations (run);

  return n > 0 ? siamban_run_get_validation (run, n - 1) : NULL;
}

/* With the epoch, for which there is a checkpoint. */
static char *
format_validation (const SiambanValidationResult *result)
{
  return result ? g_strdup_printf ("%.4f (%u)", result->measure, result->epoch) : g_strdup ("-");
}

static void
add_row (CliTable *table, SiambanRun *run)
{
  const SiambanIteration *last = last_iteration (run);
  const SiambanRunState state = siamban_run_get_state (run);
  const gboolean works = state == SIAMBAN_RUN_RUNNING || state == SIAMBAN_RUN_PAUSED;
  char **cells = g_new0 (char *, 11);

  cells[0] = g_path_get_basename (siamban_run_get_directory (run));
  cells[1] = g_strdup (state_text (state));
  cells[2] = last ? g_strdup_printf ("%u/%u", last->epoch,
                                     (guint) (last->n_iterations / MAX (last->n_per_epoch, 1)))
                  : g_strdup ("-");
  cells[3] = g_strdup_printf ("%.0f%%", 100 * siamban_run_get_progress (run));
  cells[4] = last ? g_strdup_printf ("%.4f", last->total_loss) : g_strdup ("-");
  cells[5] = last ? g_strdup_printf ("%.4f", last->cls_loss) : g_strdup ("-");
  cells[6] = last ? g_strdup_printf ("%.4f", last->loc_loss) : g_strdup ("-");
  cells[7] = format_validation (last_validation (run));
  cells[8] = format_validation (siamban_run_get_best_validation (run));
  cells[9] = last && works ? cli_format_duration (siamban_run_get_eta (run)) : g_strdup ("-");
  cli_table_add (table, cells);
}

static void
print_text (GPtrArray *runs)
{
  const char *const titles[] = { _ ("run"),  _ ("state"), _ ("epoch"), _ ("done"),
                                 _ ("loss"), _ ("cls"),   _ ("loc"),   _ ("validation"),
                                 _ ("best"), _ ("left"),  NULL };
  g_autoptr (CliTable) table = cli_table_new (titles);

  for (guint i = 0; i < runs->len; i++)
    add_row (table, g_ptr_array_index (runs, i));
  cli_table_print (table);

  for (guint i = 0; i < runs->len; i++)
    {
      SiambanRun *run = g_ptr_array_index (runs, i);
      g_autofree char *name = g_path_get_basename (siamban_run_get_directory (run));

      if (siamban_run_get_reason (run))
        g_print ("%s: %s\n", name, siamban_run_get_reason (run));
    }
}

static void
add_validation (JsonBuilder *builder, const char *name, const SiambanValidationResult *result)
{
  if (result == NULL)
    return;

  json_builder_set_member_name (builder, name);
  json_builder_begin_object (builder);
  cli_json_int (builder, "epoch", result->epoch);
  cli_json_double (builder, "measure", result->measure);
  json_builder_end_object (builder);
}

static void
print_json (GPtrArray *runs)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autoptr (GEnumClass) states = g_type_class_ref (SIAMBAN_TYPE_RUN_STATE);

  json_builder_begin_array (builder);
  for (guint i = 0; i < runs->len; i++)
    {
      SiambanRun *run = g_ptr_array_index (runs, i);
      const SiambanIteration *last = last_iteration (run);

      json_builder_begin_object (builder);
      cli_json_string (builder, "directory", siamban_run_get_directory (run));
      cli_json_string (builder, "state",
                       g_enum_get_value (states, (int) siamban_run_get_state (run))->value_nick);
      cli_json_double (builder, "progress", siamban_run_get_progress (run));
      if (siamban_run_get_reason (run))
        cli_json_string (builder, "reason", siamban_run_get_reason (run));
      if (last)
        {
          cli_json_int (builder, "epoch", last->epoch);
          cli_json_int (builder, "iteration", (gint64) last->number);
          cli_json_double (builder, "cls-loss", last->cls_loss);
          cli_json_double (builder, "loc-loss", last->loc_loss);
          cli_json_double (builder, "total-loss", last->total_loss);
        }
      add_validation (builder, "validation", last_validation (run));
      add_validation (builder, "best-validation", siamban_run_get_best_validation (run));
      json_builder_end_object (builder);
    }
  json_builder_end_array (builder);
  cli_print_json (builder);
}

static int
compare_runs (gconstpointer a, gconstpointer b)
{
  SiambanRun *const *first = a, *const *second = b;

  return g_strcmp0 (siamban_run_get_directory (*first), siamban_run_get_directory (*second));
}

/* @folder itself if it is a run, or else those in it. */
static GPtrArray *
find_runs (const char *folder, GError **error)
{
  g_autoptr (GPtrArray) runs = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, error);
  const char *name;

  if (dir == NULL)
    return NULL;

  if (siamban_run_is_run (folder))
    {
      SiambanRun *run = siamban_run_new (folder, error);

      if (run == NULL)
        return NULL;
      g_ptr_array_add (runs, run);
      return g_steal_pointer (&runs);
    }

  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);
      SiambanRun *run = siamban_run_is_run (path) ? siamban_run_new (path, NULL) : NULL;

      if (run)
        g_ptr_array_add (runs, run);
    }
  g_ptr_array_sort (runs, compare_runs);

  return g_steal_pointer (&runs);
}

gboolean
cli_runs (int argc, char **argv, GError **error)
{
  gboolean json = FALSE;
  const GOptionEntry entries[] = {
    { "json", 'j', 0, G_OPTION_ARG_NONE, &json, N_ ("Write JSON"), NULL },
    { NULL },
  };
  g_autoptr (GPtrArray) runs = NULL;

  if (!cli_parse (entries, N_ ("[FOLDER]"),
                  N_ ("Lists the runs in a folder (runs), whether they are at work or not."), &argc,
                  &argv, error))
    return FALSE;
  if (argc > 2)
    {
      cli_set_usage_error (error, _ ("Unexpected argument “%s”"), argv[2]);
      return FALSE;
    }

  runs = find_runs (argc > 1 ? argv[1] : "runs", error);
  if (runs == NULL)
    return FALSE;
  if (json)
    print_json (runs);
  else
    print_text (runs);

  return TRUE;
}
