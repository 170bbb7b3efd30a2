/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-run-folder-private.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "siamban-atomic-file-private.h"
#include "siamban-error.h"
#include "siamban-snapshot-private.h"
#include "siamban-tensorboard-private.h"

/* Readers of the files are at most this late. */
#define FLUSH_INTERVAL_US G_USEC_PER_SEC

struct _SiambanRunFolder
{
  char *path;
  FILE *log;    /* NULL after a failure */
  FILE *events; /* NULL after a failure */
  SiambanTensorboard *tensorboard;
  gint64 last_flush; /* monotonic, microseconds */
  GString *failures; /* to be told */
};

static gboolean
set_io_error (GError **error, const char *path)
{
  const int saved_errno = errno;

  g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_IO, "Cannot write “%s”: %s", path,
               g_strerror (saved_errno));

  return FALSE;
}

static FILE *
open_to_append (SiambanRunFolder *self, const char *name, GError **error)
{
  g_autofree char *path = g_build_filename (self->path, name, NULL);
  FILE *file = g_fopen (path, "ae");

  if (file == NULL)
    set_io_error (error, path);

  return file;
}

static gboolean
make_folder (SiambanRunFolder *self, const char *name, GError **error)
{
  g_autofree char *path = g_build_filename (self->path, name, NULL);

  return g_mkdir_with_parents (path, 0777) == 0 || set_io_error (error, path);
}

/* The folder that a key names; NULL for its default, which is a place in the folder of the run. */
static char *
get_place (SiambanConfig *config, const char *key, const char *fallback)
{
  const char *value = siamban_config_get_string (config, key);

  return value == NULL || *value == '\0' || g_str_equal (value, fallback)
             ? NULL
             : g_canonicalize_filename (value, NULL);
}

/* @name of the run is @target in truth. What is there already stays as it is. */
static gboolean
link_to (SiambanRunFolder *self, const char *name, const char *target, GError **error)
{
  g_autofree char *path = g_build_filename (self->path, name, NULL);

  return g_file_test (path, G_FILE_TEST_EXISTS) || g_file_test (path, G_FILE_TEST_IS_SYMLINK) ||
         symlink (target, path) == 0 || set_io_error (error, path);
}

static gboolean
link_snapshots (SiambanRunFolder *self, SiambanConfig *config, GError **error)
{
  g_autofree char *place = get_place (config, "TRAIN.SNAPSHOT_DIR", "./snapshot");
  g_autofree char *own = g_build_filename (self->path, "snapshot", NULL);
  g_autoptr (GPtrArray) none = g_ptr_array_new ();
  g_autofree char *other = NULL;

  if (place == NULL || g_file_test (own, G_FILE_TEST_EXISTS))
    return TRUE;
  if (g_mkdir_with_parents (place, 0777) != 0)
    return set_io_error (error, place);

  /* A run that goes on would take them for its own. */
  other = _siamban_find_checkpoint (place, none, NULL);
  if (other)
    {
      g_set_error (
          error, SIAMBAN_ERROR, SIAMBAN_ERROR_IO,
          "TRAIN.SNAPSHOT_DIR: “%s” holds a checkpoint of another run; name another folder", place);
      return FALSE;
    }

  return link_to (self, "snapshot", place, error);
}

static gboolean
link_logs (SiambanRunFolder *self, SiambanConfig *config, GError **error)
{
  g_autofree char *place = get_place (config, "TRAIN.LOG_DIR", "./logs");
  g_autofree char *log = place ? g_build_filename (place, "logs.txt", NULL) : NULL;

  if (place == NULL)
    return TRUE;
  if (g_mkdir_with_parents (place, 0777) != 0)
    return set_io_error (error, place);

  return link_to (self, "logs.txt", log, error) && link_to (self, "tb", place, error);
}

SiambanRunFolder *
_siamban_run_folder_open (const char *path, SiambanConfig *config, GError **error)
{
  g_autoptr (SiambanRunFolder) self = g_new0 (SiambanRunFolder, 1);
  g_autofree char *tensorboard_path = g_build_filename (path, "tb", NULL);

  self->path = g_strdup (path);
  self->failures = g_string_new (NULL);
  self->last_flush = g_get_monotonic_time ();
  if (!make_folder (self, "", error) || !link_snapshots (self, config, error) ||
      !link_logs (self, config, error) || !make_folder (self, "snapshot", error) ||
      !make_folder (self, "tb", error))
    return NULL;

  self->log = open_to_append (self, "logs.txt", error);
  if (self->log == NULL)
    return NULL;
  self->events = open_to_append (self, "events.jsonl", error);
  if (self->events == NULL)
    return NULL;
  self->tensorboard = _siamban_tensorboard_open (tensorboard_path, error);
  if (self->tensorboard == NULL)
    return NULL;

  return g_steal_pointer (&self);
}

void
_siamban_run_folder_free (SiambanRunFolder *self)
{
  if (self->log)
    fclose (self->log);
  if (self->events)
    fclose (self->events);
  g_clear_pointer (&self->tensorboard, _siamban_tensorboard_free);
  g_string_free (self->failures, TRUE);
  g_free (self->path);
  g_free (self);
}

static gboolean
write_text (SiambanRunFolder *self, const char *name, const char *text, GError **error)
{
  g_autofree char *path = g_build_filename (self->path, name, NULL);

  return _siamban_write_atomically (path, text, strlen (text), error);
}

gboolean
_siamban_run_folder_write_config (SiambanRunFolder *self,
                                  SiambanConfig *config,
                                  SiambanRunRecord *record,
                                  GError **error)
{
  g_autofree char *yaml = siamban_config_to_yaml (config);
  g_autofree char *json = _siamban_run_record_to_json (record);

  return write_text (self, "config.yaml", yaml, error) &&
         write_text (self, "config.json", json, error);
}

/* How the two kinds of lines in events.jsonl begin, up to the number of the iteration. */
#define ITERATION_START "{\"iteration\":"
#define VALIDATION_START "{\"validation\":{\"iteration\":"

/* FALSE if a line of events.jsonl is neither. */
static gboolean
read_number (const char *line, guint64 *number)
{
  const char *start = g_str_has_prefix (line, VALIDATION_START) ? VALIDATION_START
                                                                : ITERATION_START;

  if (!g_str_has_prefix (line, start))
    return FALSE;
  *number = g_ascii_strtoull (line + strlen (start), NULL, 10);

  return TRUE;
}

/* Up to the first line that tells of a later iteration, or that a crash cut short. */
static gsize
measure_kept (const char *text, guint64 n_kept)
{
  const char *at = text;
  guint64 number;

  while (read_number (at, &number) && number <= n_kept)
    {
      const char *end = strchr (at, '\n');

      if (end == NULL)
        break;
      at = end + 1;
    }

  return (gsize) (at - text);
}

gboolean
_siamban_run_folder_rewind (SiambanRunFolder *self, guint64 n_kept, GError **error)
{
  g_autofree char *path = g_build_filename (self->path, "events.jsonl", NULL);
  g_autofree char *text = NULL;
  gsize length, n_kept_bytes;

  if (!g_file_get_contents (path, &text, &length, error))
    return FALSE;

  n_kept_bytes = measure_kept (text, n_kept);
  if (n_kept_bytes == length)
    return TRUE;

  g_clear_pointer (&self->events, fclose);
  if (!_siamban_write_atomically (path, text, n_kept_bytes, error))
    return FALSE;
  self->events = open_to_append (self, "events.jsonl", error);

  return self->events != NULL;
}

/* Where the last iterations begin, as many as averages go over. */
static const char *
find_last_lines (const char *text, gsize length)
{
  guint n = 0;

  for (const char *at = text + length; at > text; at--)
    if (at[-1] == '\n' && g_str_has_prefix (at, ITERATION_START) && ++n == SIAMBAN_TRAIN_LOG_WINDOW)
      return at;

  return text;
}

void
_siamban_run_folder_recall (SiambanRunFolder *self, SiambanTrainLog *log)
{
  g_autofree char *path = g_build_filename (self->path, "events.jsonl", NULL);
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;
  gsize length;

  /* Averages that begin anew are no reason not to go on. */
  if (!g_file_get_contents (path, &text, &length, NULL))
    return;

  lines = g_strsplit (find_last_lines (text, length), "\n", -1);
  for (gsize i = 0; lines[i]; i++)
    {
      g_autoptr (SiambanIteration) iteration = NULL;

      if (g_str_has_prefix (lines[i], ITERATION_START))
        iteration = siamban_iteration_new_from_json (lines[i], NULL);
      if (iteration)
        _siamban_train_log_recall (log, iteration);
    }
}

gboolean
_siamban_run_folder_find_validation (SiambanRunFolder *self,
                                     guint64 iteration,
                                     SiambanValidationResult *result)
{
  g_autofree char *path = g_build_filename (self->path, "events.jsonl", NULL);
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;

  if (!g_file_get_contents (path, &text, NULL, NULL))
    return FALSE;

  lines = g_strsplit (text, "\n", -1);
  for (gsize i = 0; lines[i]; i++)
    {
      g_autoptr (SiambanValidationResult) found = NULL;

      if (g_str_has_prefix (lines[i], VALIDATION_START))
        found = siamban_validation_result_new_from_json (lines[i], NULL);
      if (found && found->iteration == iteration)
        {
          *result = *found;
          return TRUE;
        }
    }

  return FALSE;
}

static void
give_up (SiambanRunFolder *self, FILE **file, const char *name)
{
  const int saved_errno = errno;

  g_string_append_printf (self->failures, "%sCannot write %s, the run goes on without it: %s",
                          self->failures->len > 0 ? "\n" : "", name, g_strerror (saved_errno));
  g_clear_pointer (file, fclose);
}

char *
_siamban_format_log_prefix (GDateTime *time, guint rank, const char *file, int line)
{
  g_autofree char *seconds = g_date_time_format (time, "%Y-%m-%d %H:%M:%S");
  g_autofree char *base = g_path_get_basename (file);

  return g_strdup_printf ("[%s,%03d-rk%u-%s#%3d] ", seconds,
                          g_date_time_get_microsecond (time) / 1000, rank, base, line);
}

void
_siamban_run_folder_log (SiambanRunFolder *self, const char *file, int line, const char *text)
{
  g_autoptr (GDateTime) now = g_date_time_new_now_local ();
  g_autofree char *prefix = _siamban_format_log_prefix (now, 0, file, line);

  if (self->log && fprintf (self->log, "%s%s\n", prefix, text) < 0)
    give_up (self, &self->log, "logs.txt");
}

void
_siamban_run_folder_add_iteration (SiambanRunFolder *self, const SiambanIteration *iteration)
{
  g_autofree char *json = siamban_iteration_to_json (iteration);

  if (self->events && fprintf (self->events, "%s\n", json) < 0)
    give_up (self, &self->events, "events.jsonl");
  if (g_get_monotonic_time () - self->last_flush > FLUSH_INTERVAL_US)
    _siamban_run_folder_flush (self);
}

/* They are few, and each took long: it is in the file at once. */
void
_siamban_run_folder_add_validation (SiambanRunFolder *self, const SiambanValidationResult *result)
{
  g_autofree char *json = siamban_validation_result_to_json (result);

  if (self->events && fprintf (self->events, "%s\n", json) < 0)
    give_up (self, &self->events, "events.jsonl");
  _siamban_run_folder_add_scalar (self, "val/measure", result->measure, result->iteration - 1);
  _siamban_run_folder_flush (self);
}

static void
give_up_tensorboard (SiambanRunFolder *self, const GError *error)
{
  g_string_append_printf (self->failures, "%s%s; the run goes on without it",
                          self->failures->len > 0 ? "\n" : "", error->message);
  g_clear_pointer (&self->tensorboard, _siamban_tensorboard_free);
}

void
_siamban_run_folder_add_scalar (SiambanRunFolder *self,
                                const char *name,
                                double value,
                                guint64 step)
{
  const double now = (double) g_get_real_time () / G_USEC_PER_SEC;
  g_autoptr (GError) error = NULL;

  if (self->tensorboard &&
      !_siamban_tensorboard_add_scalar (self->tensorboard, name, value, step, now, &error))
    give_up_tensorboard (self, error);
}

void
_siamban_run_folder_add_image (SiambanRunFolder *self,
                               const char *name,
                               GBytes *png,
                               guint width,
                               guint height,
                               guint64 step)
{
  const double now = (double) g_get_real_time () / G_USEC_PER_SEC;
  g_autoptr (GError) error = NULL;

  if (self->tensorboard && !_siamban_tensorboard_add_image (self->tensorboard, name, png, width,
                                                            height, step, now, &error))
    give_up_tensorboard (self, error);
}

void
_siamban_run_folder_flush (SiambanRunFolder *self)
{
  g_autoptr (GError) error = NULL;

  self->last_flush = g_get_monotonic_time ();
  if (self->log && fflush (self->log) != 0)
    give_up (self, &self->log, "logs.txt");
  if (self->events && fflush (self->events) != 0)
    give_up (self, &self->events, "events.jsonl");
  if (self->tensorboard && !_siamban_tensorboard_flush (self->tensorboard, &error))
    give_up_tensorboard (self, error);
}

/* NULL if there is nothing new to tell. */
char *
_siamban_run_folder_take_error (SiambanRunFolder *self)
{
  char *text;

  if (self->failures->len == 0)
    return NULL;

  text = g_strdup (self->failures->str);
  g_string_truncate (self->failures, 0);

  return text;
}

char *
_siamban_run_folder_get_snapshot_path (SiambanRunFolder *self, const char *name)
{
  return g_build_filename (self->path, "snapshot", name, NULL);
}
