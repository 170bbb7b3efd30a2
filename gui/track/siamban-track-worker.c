/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-track-worker.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

#include "siamban-track-video.h"

struct _SiambanTrackWorker
{
  GObject parent_instance;

  GThreadPool *thread; /* one: what is asked first is done first */

  /* Touched by the thread only. */
  SiambanSequence *sequence;
  SiambanTracker *tracker;
  gboolean shown; /* the tracker knows the target */
  guint target_frame;
  SiambanBox target;
  gboolean has_target;
};

G_DEFINE_FINAL_TYPE (SiambanTrackWorker, siamban_track_worker, G_TYPE_OBJECT)

typedef struct
{
  GTaskThreadFunc run;
  char *path;
  SiambanConfig *config;
  char *device;
  guint frame;
  gboolean track;
  gboolean has_box;
  SiambanBox box;
  SiambanTrackRecord *record;
  GFileProgressCallback progress;
} Job;

static void
job_free (gpointer data)
{
  Job *self = data;

  g_free (self->path);
  g_clear_object (&self->config);
  g_free (self->device);
  g_clear_pointer (&self->record, siamban_track_record_free);
  g_free (self);
}

void
siamban_track_step_free (SiambanTrackStep *self)
{
  g_clear_object (&self->texture);
  g_clear_pointer (&self->result, siamban_track_result_unref);
  g_free (self);
}

static void
run_cb (gpointer data, gpointer user_data)
{
  g_autoptr (GTask) task = data;
  Job *job = g_task_get_task_data (task);

  if (!g_task_return_error_if_cancelled (task))
    job->run (task, g_task_get_source_object (task), job, g_task_get_cancellable (task));
}

/* Takes @job. */
static void
queue (SiambanTrackWorker *self, Job *job, GTask *task)
{
  g_task_set_task_data (task, job, job_free);
  g_task_set_return_on_cancel (task, FALSE);
  g_thread_pool_push (self->thread, task, NULL);
}

static void
siamban_track_worker_dispose (GObject *object)
{
  SiambanTrackWorker *self = SIAMBAN_TRACK_WORKER (object);

  /* Tasks hold a reference: nothing waits any more, but the last may be going back up the thread. */
  if (self->thread != NULL)
    g_thread_pool_free (g_steal_pointer (&self->thread), FALSE, FALSE);

  G_OBJECT_CLASS (siamban_track_worker_parent_class)->dispose (object);
}

static void
siamban_track_worker_finalize (GObject *object)
{
  SiambanTrackWorker *self = SIAMBAN_TRACK_WORKER (object);

  g_clear_object (&self->sequence);
  g_clear_object (&self->tracker);

  G_OBJECT_CLASS (siamban_track_worker_parent_class)->finalize (object);
}

static void
siamban_track_worker_class_init (SiambanTrackWorkerClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = siamban_track_worker_dispose;
  G_OBJECT_CLASS (klass)->finalize = siamban_track_worker_finalize;
}

static void
siamban_track_worker_init (SiambanTrackWorker *self)
{
  self->thread = g_thread_pool_new (run_cb, NULL, 1, TRUE, NULL);
}

SiambanTrackWorker *
siamban_track_worker_new (void)
{
  return g_object_new (SIAMBAN_TYPE_TRACK_WORKER, NULL);
}

typedef struct
{
  SiambanSequence *sequence;
  SiambanTrajectory *truth;
} Opened;

static void
opened_free (gpointer data)
{
  Opened *self = data;

  g_clear_object (&self->sequence);
  g_clear_pointer (&self->truth, siamban_trajectory_unref);
  g_free (self);
}

/* The file beside a video that belongs to it, or NULL. */
static char *
find_truth (const char *video)
{
  g_autofree char *folder = g_path_get_dirname (video);
  g_autofree char *base = g_path_get_basename (video);
  const char *dot = strrchr (base, '.');
  g_autofree char *text = g_strdup_printf ("%.*s.txt", dot != NULL ? (int) (dot - base) : G_MAXINT,
                                           base);
  g_autofree char *own = g_build_filename (folder, text, NULL);
  g_autofree char *common = g_build_filename (folder, "groundtruth.txt", NULL);

  if (g_file_test (own, G_FILE_TEST_IS_REGULAR))
    return g_steal_pointer (&own);

  return g_file_test (common, G_FILE_TEST_IS_REGULAR) ? g_steal_pointer (&common) : NULL;
}

/* A text beside a video may be about anything: if it is no ground truth, there is none. */
static SiambanTrajectory *
read_truth (SiambanSequence *sequence, const char *path)
{
  SiambanTrajectory *truth = siamban_sequence_get_ground_truth (sequence);
  g_autofree char *file = NULL;

  if (truth != NULL)
    return siamban_trajectory_ref (truth);
  if (!g_file_test (path, G_FILE_TEST_IS_REGULAR))
    return NULL;
  file = find_truth (path);

  return file != NULL ? siamban_ground_truth_read (file, NULL) : NULL;
}

static void
open_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  SiambanTrackWorker *self = SIAMBAN_TRACK_WORKER (source);
  Job *job = data;
  g_autoptr (GError) error = NULL;
  SiambanSequence *sequence = g_file_test (job->path, G_FILE_TEST_IS_REGULAR)
                                  ? siamban_sequence_new_from_video (job->path, cancellable, &error)
                                  : siamban_sequence_new_from_folder (job->path, &error);
  Opened *opened;

  if (sequence == NULL)
    {
      g_task_return_error (task, g_steal_pointer (&error));
      return;
    }

  g_set_object (&self->sequence, sequence);
  self->has_target = FALSE;
  self->shown = FALSE;
  opened = g_new0 (Opened, 1);
  opened->sequence = sequence;
  opened->truth = read_truth (sequence, job->path);
  g_task_return_pointer (task, opened, opened_free);
}

void
siamban_track_worker_open_async (SiambanTrackWorker *self,
                                 GFile *file,
                                 GCancellable *cancellable,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data)
{
  GTask *task = g_task_new (self, cancellable, callback, user_data);
  Job *job = g_new0 (Job, 1);

  g_task_set_source_tag (task, siamban_track_worker_open_async);
  job->run = open_in_thread;
  job->path = g_strdup (g_file_peek_path (file));
  queue (self, job, task);
}

SiambanSequence *
siamban_track_worker_open_finish (GAsyncResult *result, SiambanTrajectory **truth, GError **error)
{
  Opened *opened = g_task_propagate_pointer (G_TASK (result), error);
  SiambanSequence *sequence;

  if (opened == NULL)
    return NULL;
  sequence = g_steal_pointer (&opened->sequence);
  *truth = g_steal_pointer (&opened->truth);
  opened_free (opened);

  return sequence;
}

static void
read_truth_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Job *job = data;
  g_autoptr (GError) error = NULL;
  SiambanTrajectory *truth = siamban_ground_truth_read (job->path, &error);

  if (truth != NULL)
    g_task_return_pointer (task, truth, (GDestroyNotify) siamban_trajectory_unref);
  else
    g_task_return_error (task, g_steal_pointer (&error));
}

void
siamban_track_worker_read_truth_async (SiambanTrackWorker *self,
                                       GFile *file,
                                       GAsyncReadyCallback callback,
                                       gpointer user_data)
{
  GTask *task = g_task_new (self, NULL, callback, user_data);
  Job *job = g_new0 (Job, 1);

  g_task_set_source_tag (task, siamban_track_worker_read_truth_async);
  job->run = read_truth_in_thread;
  job->path = g_strdup (g_file_peek_path (file));
  queue (self, job, task);
}

SiambanTrajectory *
siamban_track_worker_read_truth_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* What of the network the file does not have, for people; NULL if it is complete. */
static char *
describe_missing (SiambanLoadReport *report)
{
  const char *const *missing = siamban_load_report_get_missing (report);
  const guint n = g_strv_length ((char **) missing);

  return n > 0
             ? g_strdup_printf (
                   g_dngettext (NULL, "%u parameter of the network is not in the file: %s",
                                "%u parameters of the network are not in the file, such as %s", n),
                   n, missing[0])
             : NULL;
}

static SiambanTracker *
load (Job *job, char **warning, GError **error)
{
  g_autoptr (SiambanModel) model = siamban_model_new (job->config, error);
  g_autoptr (SiambanDevice) device = NULL;
  g_autoptr (SiambanCheckpoint) checkpoint = NULL;
  g_autoptr (SiambanLoadReport) report = NULL;

  if (model == NULL)
    return NULL;
  device = siamban_device_open (job->device, error);
  if (device == NULL)
    return NULL;
  checkpoint = siamban_checkpoint_new_from_file (job->path, error);
  if (checkpoint == NULL)
    return NULL;
  report = siamban_checkpoint_apply (checkpoint, siamban_model_get_weights (model), "", error);
  if (report == NULL)
    return NULL;
  *warning = describe_missing (report);

  return siamban_tracker_new (model, job->config, device, error);
}

static void
load_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  SiambanTrackWorker *self = SIAMBAN_TRACK_WORKER (source);
  g_autoptr (GError) error = NULL;
  g_autofree char *warning = NULL;
  g_autoptr (SiambanTracker) tracker = load (data, &warning, &error);

  if (tracker == NULL)
    {
      g_task_return_error (task, g_steal_pointer (&error));
      return;
    }

  g_set_object (&self->tracker, tracker);
  self->shown = FALSE;
  g_task_return_pointer (task, warning != NULL ? g_steal_pointer (&warning) : g_strdup (""),
                         g_free);
}

void
siamban_track_worker_load_async (SiambanTrackWorker *self,
                                 SiambanConfig *config,
                                 const char *weights,
                                 const char *device,
                                 GCancellable *cancellable,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data)
{
  GTask *task = g_task_new (self, cancellable, callback, user_data);
  Job *job = g_new0 (Job, 1);

  g_task_set_source_tag (task, siamban_track_worker_load_async);
  job->run = load_in_thread;
  job->path = g_strdup (weights);
  job->config = siamban_config_copy (config);
  job->device = g_strdup (device);
  queue (self, job, task);
}

gboolean
siamban_track_worker_load_finish (GAsyncResult *result, char **warning, GError **error)
{
  g_autofree char *text = g_task_propagate_pointer (G_TASK (result), error);

  if (text == NULL)
    return FALSE;
  *warning = *text != '\0' ? g_steal_pointer (&text) : NULL;

  return TRUE;
}

static void
set_target_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  SiambanTrackWorker *self = SIAMBAN_TRACK_WORKER (source);
  Job *job = data;

  self->target_frame = job->frame;
  self->target = job->box;
  self->has_target = TRUE;
  self->shown = FALSE;
  g_task_return_boolean (task, TRUE);
}

void
siamban_track_worker_set_target (SiambanTrackWorker *self, guint frame, const SiambanBox *box)
{
  GTask *task = g_task_new (self, NULL, NULL, NULL);
  Job *job = g_new0 (Job, 1);

  g_task_set_source_tag (task, siamban_track_worker_set_target);
  job->run = set_target_in_thread;
  job->frame = frame;
  job->box = *box;
  queue (self, job, task);
}

static gboolean
show_target (SiambanTrackWorker *self, GError **error)
{
  g_autoptr (SiambanImage) frame = NULL;

  if (self->shown)
    return TRUE;
  if (self->tracker == NULL || !self->has_target)
    {
      g_set_error_literal (error, SIAMBAN_ERROR, SIAMBAN_ERROR_FAILED,
                           _ ("There is no target, or no network to follow it"));
      return FALSE;
    }

  frame = siamban_sequence_get_frame (self->sequence, self->target_frame, error);
  self->shown = frame != NULL && siamban_tracker_init (self->tracker, frame, &self->target, error);

  return self->shown;
}

static gboolean
track (SiambanTrackWorker *self, SiambanImage *frame, SiambanTrackStep *step, GError **error)
{
  gint64 start;

  if (!show_target (self, error))
    return FALSE;

  start = g_get_monotonic_time ();
  step->result = siamban_tracker_track (self->tracker, frame, error);
  step->seconds = (double) (g_get_monotonic_time () - start) / G_USEC_PER_SEC;

  return step->result != NULL;
}

static void
step_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  SiambanTrackWorker *self = SIAMBAN_TRACK_WORKER (source);
  Job *job = data;
  g_autoptr (SiambanTrackStep) step = g_new0 (SiambanTrackStep, 1);
  g_autoptr (GError) error = NULL;
  g_autoptr (SiambanImage) frame = siamban_sequence_get_frame (self->sequence, job->frame, &error);

  if (frame == NULL || (job->track && !track (self, frame, step, &error)))
    {
      g_task_return_error (task, g_steal_pointer (&error));
      return;
    }

  step->index = job->frame;
  step->width = siamban_image_get_width (frame);
  step->height = siamban_image_get_height (frame);
  step->texture = siamban_track_video_make_texture (frame);
  g_task_return_pointer (task, g_steal_pointer (&step), (GDestroyNotify) siamban_track_step_free);
}

void
siamban_track_worker_step_async (SiambanTrackWorker *self,
                                 guint frame,
                                 gboolean track,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data)
{
  GTask *task = g_task_new (self, NULL, callback, user_data);
  Job *job = g_new0 (Job, 1);

  g_task_set_source_tag (task, siamban_track_worker_step_async);
  job->run = step_in_thread;
  job->frame = frame;
  job->track = track;
  queue (self, job, task);
}

SiambanTrackStep *
siamban_track_worker_step_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

gboolean
siamban_track_worker_is_video (const char *path)
{
  static const char *const suffixes[] = { ".webm", ".mkv", ".mp4", ".ogv", ".avi" };

  for (gsize i = 0; i < G_N_ELEMENTS (suffixes); i++)
    if (g_str_has_suffix (path, suffixes[i]))
      return TRUE;

  return FALSE;
}

typedef struct
{
  GTask *task;
  guint done;
} Report;

static gboolean
report_cb (gpointer user_data)
{
  Report *report = user_data;
  Job *job = g_task_get_task_data (report->task);

  if (!g_task_get_completed (report->task))
    job->progress ((goffset) report->done, (goffset) job->record->n_frames,
                   g_object_get_data (G_OBJECT (report->task), "user-data"));
  g_object_unref (report->task);
  g_free (report);

  return G_SOURCE_REMOVE;
}

/* Called in the thread, for each frame. */
static void
frame_written (guint done, gpointer user_data)
{
  GTask *task = G_TASK (user_data);
  Job *job = g_task_get_task_data (task);
  g_autoptr (GSource) source = NULL;
  Report *report;

  if (job->progress == NULL)
    return;

  report = g_new0 (Report, 1);
  report->task = g_object_ref (task);
  report->done = done;
  source = g_idle_source_new ();
  g_source_set_callback (source, report_cb, report, NULL);
  g_source_attach (source, g_task_get_context (task));
}

static void
export_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  SiambanTrackWorker *self = SIAMBAN_TRACK_WORKER (source);
  Job *job = data;
  g_autoptr (GError) error = NULL;
  const gboolean done = siamban_track_worker_is_video (job->path)
                            ? siamban_track_video_write (self->sequence, job->record, job->path,
                                                         frame_written, task, cancellable, &error)
                            : siamban_track_record_save (job->record, job->path, &error);

  if (done)
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, g_steal_pointer (&error));
}

void
siamban_track_worker_export_async (SiambanTrackWorker *self,
                                   const SiambanTrackRecord *record,
                                   const char *path,
                                   GFileProgressCallback progress,
                                   GCancellable *cancellable,
                                   GAsyncReadyCallback callback,
                                   gpointer user_data)
{
  GTask *task = g_task_new (self, cancellable, callback, user_data);
  Job *job = g_new0 (Job, 1);

  g_task_set_source_tag (task, siamban_track_worker_export_async);
  g_object_set_data (G_OBJECT (task), "user-data", user_data);
  job->run = export_in_thread;
  job->path = g_strdup (path);
  job->record = siamban_track_record_copy (record);
  job->progress = progress;
  queue (self, job, task);
}

gboolean
siamban_track_worker_export_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}
