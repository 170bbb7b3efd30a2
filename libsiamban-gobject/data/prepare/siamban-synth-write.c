/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <glib/gstdio.h>

#include "siamban-atomic-file-private.h"
#include "siamban-error.h"
#include "siamban-ground-truth-private.h"
#include "siamban-synth-importer.h"
#include "siamban-synth-private.h"

#define JPEG_QUALITY 95

typedef struct _Writing Writing;

/* Frames on their way into a folder. */
struct _Writing
{
  SiambanSynth *synth;
  char *folder;
  guint64 n_frames; /* of all videos */
  void (*tell) (Writing *self, guint64 n_done);

  /* Of a writing in the background. */
  GMainContext *context;
  GMutex mutex;
  guint64 n_done;   /* mutex */
  gboolean waiting; /* mutex; a source is attached and has not run yet */
};

static Writing *
writing_new (SiambanSynth *synth, const char *folder, void (*tell) (Writing *self, guint64 n_done))
{
  Writing *self = g_atomic_rc_box_new0 (Writing);

  self->synth = g_object_ref (synth);
  self->folder = g_strdup (folder);
  self->n_frames = (guint64) siamban_synth_get_n_videos (synth) *
                   siamban_synth_get_n_frames (synth);
  self->tell = tell;
  self->context = g_main_context_ref_thread_default ();
  g_mutex_init (&self->mutex);

  return self;
}

static void
writing_clear (gpointer data)
{
  Writing *self = data;

  g_object_unref (self->synth);
  g_free (self->folder);
  g_main_context_unref (self->context);
  g_mutex_clear (&self->mutex);
}

static void
writing_unref (gpointer data)
{
  g_atomic_rc_box_release_full (data, writing_clear);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Writing, writing_unref)

static void
tell_now (Writing *self, guint64 n_done)
{
  _siamban_synth_emit_progress (self->synth, n_done, self->n_frames);
}

static gboolean
emit_progress_cb (gpointer user_data)
{
  Writing *self = user_data;
  guint64 n_done;

  g_mutex_lock (&self->mutex);
  n_done = self->n_done;
  self->waiting = FALSE;
  g_mutex_unlock (&self->mutex);

  tell_now (self, n_done);

  return G_SOURCE_REMOVE;
}

static void
tell_caller (Writing *self, guint64 n_done)
{
  g_autoptr (GSource) source = NULL;
  gboolean was_waiting;

  g_mutex_lock (&self->mutex);
  self->n_done = n_done;
  was_waiting = self->waiting;
  self->waiting = TRUE;
  g_mutex_unlock (&self->mutex);
  if (was_waiting)
    return;

  source = g_idle_source_new ();
  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_static_name (source, "[siamban] synth progress");
  g_source_set_callback (source, emit_progress_cb, g_atomic_rc_box_acquire (self), writing_unref);
  g_source_attach (source, self->context);
}

static gboolean
write_video (Writing *writing, guint video, GCancellable *cancellable, GError **error)
{
  SiambanSynth *self = writing->synth;
  const guint n_frames = siamban_synth_get_n_frames (self);
  g_autofree char *name = siamban_synth_get_video_name (self, video);
  g_autofree char *video_folder = g_build_filename (writing->folder, name, NULL);
  g_autofree char *truth_path = g_build_filename (video_folder, "groundtruth.txt", NULL);
  g_autoptr (GString) truth = g_string_new (NULL);

  if (g_mkdir_with_parents (video_folder, 0777) != 0)
    {
      const int saved_errno = errno;

      g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_IO, "Cannot make the folder “%s”: %s",
                   video_folder, g_strerror (saved_errno));
      return FALSE;
    }

  for (guint frame = 0; frame < n_frames; frame++)
    {
      g_autofree char *file = g_strdup_printf ("%06u.jpg", frame);
      g_autofree char *path = g_build_filename (video_folder, file, NULL);
      g_autoptr (SiambanImage) image = siamban_synth_get_frame (self, video, frame, error);
      SiambanBox box;

      if (image == NULL || g_cancellable_set_error_if_cancelled (cancellable, error) ||
          !siamban_image_save (image, path, JPEG_QUALITY, error))
        return FALSE;

      siamban_synth_get_box (self, video, frame, &box);
      _siamban_ground_truth_append_line (truth, &box);
      writing->tell (writing, (guint64) video * n_frames + frame + 1);
    }

  return _siamban_write_atomically (truth_path, truth->str, truth->len, error);
}

static gboolean
write_videos (Writing *self, GCancellable *cancellable, GError **error)
{
  for (guint video = 0; video < siamban_synth_get_n_videos (self->synth); video++)
    if (!write_video (self, video, cancellable, error))
      return FALSE;

  return TRUE;
}

/**
 * siamban_synth_write_frames:
 * @self: a generator
 * @folder: (type filename): where to write; made if it is missing
 * @error: return location for an error
 *
 * Writes each video as a folder of frames `000000.jpg` … with a `groundtruth.txt`, as tracking
 * data sets come.
 *
 * Errors: %SIAMBAN_ERROR_IO if a file cannot be written.
 *
 * Returns: %TRUE on success
 *
 * Since: 0.1
 */
gboolean
siamban_synth_write_frames (SiambanSynth *self, const char *folder, GError **error)
{
  g_autoptr (Writing) writing = NULL;

  g_return_val_if_fail (SIAMBAN_IS_SYNTH (self) && folder != NULL, FALSE);

  writing = writing_new (self, folder, tell_now);

  return write_videos (writing, NULL, error);
}

static void
write_in_thread (GTask *task, gpointer source_object, gpointer task_data, GCancellable *cancellable)
{
  GError *error = NULL;

  if (write_videos (task_data, cancellable, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

/**
 * siamban_synth_write_frames_async:
 * @self: a generator
 * @folder: (type filename): where to write; made if it is missing
 * @cancellable: (nullable): gives it up after the frame that is being made; frames that were written stay
 * @callback: (scope async): called when it is done
 * @user_data: data for @callback
 *
 * Writes each video as a folder of frames, see [method@Synth.write_frames].
 *
 * It works in threads of its own; [signal@Synth::progress] and then @callback come in the
 * thread-default main context of this call.
 *
 * Since: 0.1
 */
void
siamban_synth_write_frames_async (SiambanSynth *self,
                                  const char *folder,
                                  GCancellable *cancellable,
                                  GAsyncReadyCallback callback,
                                  gpointer user_data)
{
  g_autoptr (GTask) task = NULL;

  g_return_if_fail (SIAMBAN_IS_SYNTH (self) && folder != NULL);
  g_return_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable));

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, siamban_synth_write_frames_async);
  g_task_set_task_data (task, writing_new (self, folder, tell_caller), writing_unref);
  g_task_run_in_thread (task, write_in_thread);
}

/**
 * siamban_synth_write_frames_finish:
 * @self: a generator
 * @result: the result that the callback received
 * @error: return location for an error
 *
 * Ends what [method@Synth.write_frames_async] began.
 *
 * It fails as [method@Synth.write_frames] does, and with %G_IO_ERROR_CANCELLED if it was given up.
 *
 * Returns: %TRUE on success
 *
 * Since: 0.1
 */
gboolean
siamban_synth_write_frames_finish (SiambanSynth *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
forward_progress_cb (SiambanImporter *importer, guint n_done, guint n_frames, gpointer user_data)
{
  _siamban_synth_emit_progress (SIAMBAN_SYNTH (user_data), n_done, n_frames);
}

static SiambanImporter *
make_importer (SiambanSynth *self, const char *folder)
{
  SiambanSynthImporter *importer = siamban_synth_importer_new (self, folder);

  g_signal_connect_object (importer, "progress", G_CALLBACK (forward_progress_cb), self, 0);

  return SIAMBAN_IMPORTER (importer);
}

/**
 * siamban_synth_write_crops:
 * @self: a generator
 * @folder: (type filename): where to write; made if it is missing
 * @error: return location for an error
 *
 * Writes the crops and the train.json that training reads, without the frames themselves.
 *
 * For more options use a [class@Siamban.SynthImporter], of which this is the short form; the
 * errors are those of [method@Importer.run].
 *
 * Returns: %TRUE on success
 *
 * Since: 0.1
 */
gboolean
siamban_synth_write_crops (SiambanSynth *self, const char *folder, GError **error)
{
  g_autoptr (SiambanImporter) importer = NULL;

  g_return_val_if_fail (SIAMBAN_IS_SYNTH (self) && folder != NULL, FALSE);

  importer = make_importer (self, folder);

  return siamban_importer_run (importer, NULL, error);
}

static void
crops_written_cb (GObject *source_object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;

  if (siamban_importer_run_finish (SIAMBAN_IMPORTER (source_object), result, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

/**
 * siamban_synth_write_crops_async:
 * @self: a generator
 * @folder: (type filename): where to write; made if it is missing
 * @cancellable: (nullable): gives it up after the frame that is being made; crops that were written are used by the next one
 * @callback: (scope async): called when it is done
 * @user_data: data for @callback
 *
 * Writes the crops and the train.json that training reads, see [method@Synth.write_crops].
 *
 * It works in threads of its own; [signal@Synth::progress] and then @callback come in the
 * thread-default main context of this call.
 *
 * Since: 0.1
 */
void
siamban_synth_write_crops_async (SiambanSynth *self,
                                 const char *folder,
                                 GCancellable *cancellable,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data)
{
  g_autoptr (SiambanImporter) importer = NULL;
  GTask *task;

  g_return_if_fail (SIAMBAN_IS_SYNTH (self) && folder != NULL);
  g_return_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable));

  importer = make_importer (self, folder);
  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, siamban_synth_write_crops_async);
  siamban_importer_run_async (importer, cancellable, crops_written_cb, task);
}

/**
 * siamban_synth_write_crops_finish:
 * @self: a generator
 * @result: the result that the callback received
 * @error: return location for an error
 *
 * Ends what [method@Synth.write_crops_async] began.
 *
 * It fails as [method@Synth.write_crops] does, and with %G_IO_ERROR_CANCELLED if it was given up.
 *
 * Returns: %TRUE on success
 *
 * Since: 0.1
 */
gboolean
siamban_synth_write_crops_finish (SiambanSynth *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}
