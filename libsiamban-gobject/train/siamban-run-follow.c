/* SPDX-License-Identifier: Apache-2.0 */
#include <glib/gstdio.h>
#include <string.h>

#include "siamban-run-devices-private.h"
#include "siamban-run-private.h"
#include "siamban-run-status-private.h"

/* What a thousand lines of a run's files become, in the thread that follows it. */

/* FALSE for a line of another program, or of a disk that went bad. */
static gboolean
read_event (SiambanRun *self, const char *line)
{
  g_autoptr (SiambanValidationResult) result = NULL;
  g_autoptr (SiambanIteration) iteration = NULL;

  if (g_str_has_prefix (line, "{\"validation\":"))
    result = siamban_validation_result_new_from_json (line, NULL);
  else
    iteration = siamban_iteration_new_from_json (line, NULL);

  if (result)
    {
      g_array_append_vals (self->validations, result, 1);
      _siamban_run_emit_validation (self, result);
    }
  if (iteration)
    {
      g_array_append_vals (self->iterations, iteration, 1);
      _siamban_run_emit_iteration (self, iteration);
    }

  return result != NULL || iteration != NULL;
}

static gboolean
read_events (SiambanRun *self)
{
  gboolean restarted;
  g_autofree char *lines = _siamban_file_tail_read (&self->events, &restarted);
  char *at = lines;

  if (restarted)
    {
      g_array_set_size (self->iterations, 0);
      g_array_set_size (self->validations, 0);
      self->n_lines = self->n_bad_lines = 0;
      _siamban_run_emit_rewound (self);
    }

  while (at && *at)
    {
      char *end = strchr (at, '\n');

      *end = '\0';
      self->n_lines++;
      if (!read_event (self, at) && self->n_bad_lines++ == 0)
        self->first_bad_line = self->n_lines;
      at = end + 1;
    }

  return lines != NULL;
}

static gboolean
read_log (SiambanRun *self)
{
  gboolean restarted;
  g_autofree char *lines = _siamban_file_tail_read (&self->log, &restarted);

  if (lines)
    {
      g_autofree char *text = g_utf8_make_valid (g_strchomp (lines), -1);

      _siamban_run_emit_message (self, text);
    }

  return lines != NULL;
}

typedef struct
{
  char *path;
  gint64 time; /* of the last change, in nanoseconds */
} Snapshot;

static void
clear_snapshot (gpointer data)
{
  g_free (((Snapshot *) data)->path);
}

static int
compare_snapshots (gconstpointer a, gconstpointer b)
{
  const Snapshot *first = a, *second = b;

  if (first->time != second->time)
    return first->time < second->time ? -1 : 1;

  return strcmp (first->path, second->path);
}

static GArray *
scan_snapshots (SiambanRun *self)
{
  g_autofree char *folder = g_build_filename (self->directory, "snapshot", NULL);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  GArray *found = g_array_new (FALSE, FALSE, sizeof (Snapshot));
  const char *name;

  g_array_set_clear_func (found, clear_snapshot);
  while (dir && (name = g_dir_read_name (dir)) != NULL)
    {
      Snapshot snapshot = { NULL, 0 };
      GStatBuf file;

      if (!g_str_has_suffix (name, ".pth"))
        continue;
      snapshot.path = g_build_filename (folder, name, NULL);
      if (g_stat (snapshot.path, &file) == 0)
        snapshot.time = (gint64) file.st_mtim.tv_sec * 1000000000 + file.st_mtim.tv_nsec;
      g_array_append_val (found, snapshot);
    }
  g_array_sort (found, compare_snapshots);

  return found;
}

/* Takes the files that are gone off the list, and gives the paths of the others. */
static GHashTable *
drop_missing (SiambanRun *self, GArray *found)
{
  g_autoptr (GHashTable) there = g_hash_table_new (g_str_hash, g_str_equal);
  GHashTable *listed = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (guint i = 0; i < found->len; i++)
    g_hash_table_add (there, g_array_index (found, Snapshot, i).path);
  for (guint i = g_list_model_get_n_items (G_LIST_MODEL (self->snapshots)); i-- > 0;)
    {
      g_autoptr (GFile) file = g_list_model_get_item (G_LIST_MODEL (self->snapshots), i);

      if (g_hash_table_contains (there, g_file_peek_path (file)))
        g_hash_table_add (listed, g_file_get_path (file));
      else
        g_list_store_remove (self->snapshots, i);
    }

  return listed;
}

static void
update_snapshots (SiambanRun *self)
{
  g_autoptr (GArray) found = scan_snapshots (self);
  g_autoptr (GHashTable) listed = drop_missing (self, found);

  for (guint i = 0; i < found->len; i++)
    {
      const char *path = g_array_index (found, Snapshot, i).path;
      g_autoptr (GFile) file = g_file_new_for_path (path);

      if (g_hash_table_contains (listed, path))
        continue;
      g_list_store_append (self->snapshots, file);
      _siamban_run_emit_checkpoint (self, path);
    }
}

/* As the process that was launched here says, before and after it is at work. */
static SiambanRunState
ask_process (SiambanRun *self, SiambanRunState state, char **reason)
{
  const gboolean ended = g_subprocess_get_identifier (self->process) == NULL;

  self->was_alive = self->was_alive || state == SIAMBAN_RUN_RUNNING || state == SIAMBAN_RUN_PAUSED;
  if (self->was_alive)
    return state;
  if (!ended)
    {
      g_clear_pointer (reason, g_free);
      return SIAMBAN_RUN_STARTING;
    }
  if (g_subprocess_get_successful (self->process) || state == SIAMBAN_RUN_FAILED)
    return state;

  g_free (*reason);
  *reason = _siamban_run_read_last_words (self);

  return SIAMBAN_RUN_FAILED;
}

static void
update_state (SiambanRun *self)
{
  g_autofree char *reason = NULL;
  SiambanRunState state = _siamban_run_status_read (self->directory, &reason);

  if (self->process)
    state = ask_process (self, state, &reason);
  _siamban_run_set_state (self, state, reason);
}

/* What a process that was killed said last is no news. */
static void
update_devices (SiambanRun *self)
{
  const gboolean at_work = self->state == SIAMBAN_RUN_RUNNING || self->state == SIAMBAN_RUN_PAUSED;
  g_autofree char *path = g_build_filename (self->directory, SIAMBAN_RUN_DEVICES_NAME, NULL);
  g_autofree char *json = NULL;
  GStatBuf file;
  gint64 time;

  if (!at_work || g_stat (path, &file) != 0)
    {
      self->devices_time = 0;
      g_list_store_remove_all (self->devices);
      return;
    }

  time = (gint64) file.st_mtim.tv_sec * 1000000000 + file.st_mtim.tv_nsec;
  if (time == self->devices_time || !g_file_get_contents (path, &json, NULL, NULL))
    return;
  self->devices_time = time;
  _siamban_run_devices_update (self->devices, json);
}

void
_siamban_run_read_history (SiambanRun *self)
{
  while (read_events (self))
    ;
  update_snapshots (self);
  update_state (self);
  update_devices (self);
}

/**
 * siamban_run_refresh:
 * @self: a run
 *
 * Looks what is new in the folder of the run, and tells by signals.
 *
 * A main loop in the thread that made @self does it several times a second by itself; without one,
 * call this.
 *
 * Since: 0.1
 */
void
siamban_run_refresh (SiambanRun *self)
{
  g_autoptr (SiambanRun) alive = NULL;

  g_return_if_fail (SIAMBAN_IS_RUN (self));

  /* A handler may drop the last reference. */
  alive = g_object_ref (self);
  g_object_freeze_notify (G_OBJECT (self));
  /* The state first: what the run said before it ended is then read below, in this call. */
  update_state (self);
  read_log (self);
  while (read_events (self))
    ;
  update_snapshots (self);
  update_devices (self);
  g_object_thaw_notify (G_OBJECT (self));
}
