/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-run-problem.h"

#include <json-glib/json-glib.h>

#include "siamban-run-private.h"
#include "siamban-snapshot-private.h"

G_DEFINE_BOXED_TYPE (SiambanRunProblem,
                     siamban_run_problem,
                     siamban_run_problem_copy,
                     siamban_run_problem_free)

/**
 * siamban_run_problem_copy:
 * @self: a problem
 *
 * Copies a problem.
 *
 * Returns: (transfer full): the copy
 *
 * Since: 0.1
 */
SiambanRunProblem *
siamban_run_problem_copy (const SiambanRunProblem *self)
{
  SiambanRunProblem *copy;

  g_return_val_if_fail (self != NULL, NULL);

  copy = g_new0 (SiambanRunProblem, 1);
  copy->kind = self->kind;
  copy->text = g_strdup (self->text);

  return copy;
}

/**
 * siamban_run_problem_free:
 * @self: a problem
 *
 * Frees a problem.
 *
 * Since: 0.1
 */
void
siamban_run_problem_free (SiambanRunProblem *self)
{
  g_free (self->text);
  g_free (self);
}

/* Takes @text. */
static void
add_problem (SiambanRun *self, SiambanRunProblemKind kind, char *text)
{
  SiambanRunProblem *problem = g_new0 (SiambanRunProblem, 1);

  problem->kind = kind;
  problem->text = text;
  g_ptr_array_add (self->problems, problem);
}

static gboolean
check_config (SiambanRun *self)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SiambanConfig) config = siamban_run_load_config (self, &error);

  if (config == NULL)
    add_problem (self, SIAMBAN_RUN_PROBLEM_CONFIG, g_strdup (error->message));

  return config != NULL;
}

/* A file that is not there is no problem: older runs have none. */
static void
check_json (SiambanRun *self, const char *name, SiambanRunProblemKind kind)
{
  g_autofree char *path = g_build_filename (self->directory, name, NULL);
  g_autoptr (JsonParser) parser = json_parser_new ();
  JsonNode *root;

  if (!g_file_test (path, G_FILE_TEST_EXISTS))
    return;
  root = json_parser_load_from_file (parser, path, NULL) ? json_parser_get_root (parser) : NULL;
  if (root == NULL || !JSON_NODE_HOLDS_OBJECT (root))
    add_problem (self, kind, g_strdup_printf ("“%s” is no JSON object", path));
}

static void
check_events (SiambanRun *self)
{
  if (self->n_bad_lines == 1)
    add_problem (self, SIAMBAN_RUN_PROBLEM_EVENTS,
                 g_strdup_printf ("“%s”, line %u tells of no iteration", self->events.path,
                                  self->first_bad_line));
  else if (self->n_bad_lines > 1)
    add_problem (self, SIAMBAN_RUN_PROBLEM_EVENTS,
                 g_strdup_printf ("“%s”, line %u and %u more lines tell of no iteration",
                                  self->events.path, self->first_bad_line, self->n_bad_lines - 1));
  if (self->events.partial->len > 0)
    add_problem (
        self, SIAMBAN_RUN_PROBLEM_EVENTS,
        g_strdup_printf ("“%s” ends within line %u", self->events.path, self->n_lines + 1));
}

static void
check_checkpoint (SiambanRun *self)
{
  g_autoptr (GPtrArray) none = g_ptr_array_new ();
  g_autofree char *path = NULL;

  if (self->iterations->len == 0)
    return;

  path = _siamban_find_checkpoint (self->directory, none, NULL);
  if (path == NULL)
    add_problem (self, SIAMBAN_RUN_PROBLEM_CHECKPOINT,
                 g_strdup_printf ("“%s/snapshot” holds no checkpoint", self->directory));
}

void
_siamban_run_find_problems (SiambanRun *self)
{
  gboolean can_go_on;

  g_ptr_array_set_size (self->problems, 0);
  /* Who is at work is not done with its files. */
  if (self->state == SIAMBAN_RUN_RUNNING || self->state == SIAMBAN_RUN_PAUSED)
    return;

  can_go_on = check_config (self);
  check_json (self, "config.json", SIAMBAN_RUN_PROBLEM_RECORD);
  check_events (self);
  check_json (self, "status.json", SIAMBAN_RUN_PROBLEM_STATUS);
  if (can_go_on)
    check_checkpoint (self);
}
