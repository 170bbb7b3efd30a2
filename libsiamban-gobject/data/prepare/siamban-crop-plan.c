/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-crop-plan-private.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>

#include "siamban-crop-private.h"
#include "siamban-error.h"

#define JPEG_QUALITY 95

typedef struct
{
  SiambanCropPlan *plan;
  const char *folder;
  gboolean force;
  GCancellable *cancellable;
  GAsyncQueue *done; /* frames, as their index + 1 */
  int stopped;       /* atomic; the first fault that concerns the whole run */
} Run;

static void
clear_frame_cb (gpointer data)
{
  SiambanCropFrame *frame = data;

  g_free (frame->path);
  g_clear_error (&frame->error);
}

SiambanCropPlan *
_siamban_crop_plan_new (void)
{
  SiambanCropPlan *self = g_new0 (SiambanCropPlan, 1);

  self->videos = g_ptr_array_new_with_free_func (g_free);
  self->frames = g_array_new (FALSE, TRUE, sizeof (SiambanCropFrame));
  g_array_set_clear_func (self->frames, clear_frame_cb);
  self->targets = g_array_new (FALSE, TRUE, sizeof (SiambanCropTarget));
  self->report = _siamban_prepare_report_new ();

  return self;
}

void
_siamban_crop_plan_free (SiambanCropPlan *self)
{
  g_ptr_array_unref (self->videos);
  g_array_unref (self->frames);
  g_array_unref (self->targets);
  siamban_prepare_report_unref (self->report);
  g_free (self);
}

static gboolean
has_video (SiambanCropPlan *self, const char *name)
{
  return g_ptr_array_find_with_equal_func (self->videos, name, g_str_equal, NULL);
}

guint
_siamban_crop_plan_add_video (SiambanCropPlan *self, const char *name)
{
  g_autofree char *valid = g_utf8_make_valid (name, -1);
  g_autofree char *unique = NULL;

  g_strdelimit (valid, "/\\", '-');
  if (valid[0] == '.' || valid[0] == '\0')
    {
      g_autofree char *hidden = g_steal_pointer (&valid);

      valid = g_strconcat ("_", hidden, NULL);
    }

  unique = g_strdup (valid);
  for (guint number = 2; has_video (self, unique); number++)
    {
      g_free (unique);
      unique = g_strdup_printf ("%s-%u", valid, number);
    }
  g_ptr_array_add (self->videos, g_steal_pointer (&unique));

  return self->videos->len - 1;
}

void
_siamban_crop_plan_add_frame (SiambanCropPlan *self,
                              guint video,
                              guint frame,
                              const char *path,
                              gint64 newest)
{
  const SiambanCropFrame added = {
    .video = video,
    .frame = frame,
    .path = g_strdup (path),
    .newest = newest,
    .first_target = self->targets->len,
  };

  g_array_append_val (self->frames, added);
}

void
_siamban_crop_plan_add_target (SiambanCropPlan *self, guint track, const SiambanBox *box)
{
  SiambanCropFrame *frame = &g_array_index (self->frames, SiambanCropFrame, self->frames->len - 1);
  const SiambanCropTarget target = {
    .video = frame->video, .frame = frame->frame, .track = track, .box = *box
  };

  g_array_append_val (self->targets, target);
  frame->n_targets++;
}

static char *
get_crop_path (Run *run, const SiambanCropTarget *target)
{
  g_autofree char *name = g_strdup_printf ("%06u.%02u.x.jpg", target->frame, target->track);

  return g_build_filename (run->folder, run->plan->videos->pdata[target->video], name, NULL);
}

/* A crop of an earlier run serves if it is whole and nothing that it was made from has changed. */
static gboolean
is_good_crop (const char *path, gint64 newest)
{
  g_autoptr (SiambanImage) image = NULL;
  GStatBuf info;

  if (g_stat (path, &info) != 0 || (gint64) info.st_mtime < newest)
    return FALSE;

  /* Whatever is wrong with it, it is made again. */
  image = siamban_image_new_from_file (path, NULL);

  return image != NULL && siamban_image_get_width (image) == SIAMBAN_CROP_SIZE &&
         siamban_image_get_height (image) == SIAMBAN_CROP_SIZE;
}

static SiambanImage *
load_frame (Run *run, const SiambanCropFrame *frame, GError **error)
{
  if (run->plan->load != NULL)
    return run->plan->load (run->plan->load_data, frame, error);

  return siamban_image_new_from_file (frame->path, error);
}

/* Answers FALSE when the crop cannot be written: then no other can be either. */
static gboolean
make_crop (Run *run,
           SiambanCropFrame *frame,
           SiambanCropTarget *target,
           SiambanImage *image,
           const guint8 *mean)
{
  g_autofree char *path = get_crop_path (run, target);
  g_autoptr (SiambanImage) crop = NULL;

  if (!_siamban_crop_is_possible (image, &target->box))
    {
      frame->n_bad_boxes++;
      return TRUE;
    }

  crop = _siamban_crop_target (image, &target->box, mean);
  target->done = siamban_image_save (crop, path, JPEG_QUALITY, &frame->error);
  frame->unwritable = !target->done;

  return target->done;
}

static void
make_crops (Run *run, SiambanCropFrame *frame)
{
  SiambanCropTarget *targets = &g_array_index (run->plan->targets, SiambanCropTarget,
                                               frame->first_target);
  g_autoptr (SiambanImage) image = NULL;
  guint8 mean[3];

  for (guint i = 0; i < frame->n_targets && !run->force; i++)
    {
      g_autofree char *path = get_crop_path (run, &targets[i]);

      targets[i].done = siamban_box_is_valid (&targets[i].box) &&
                        is_good_crop (path, frame->newest);
      frame->n_kept += targets[i].done ? 1 : 0;
    }

  for (guint i = 0; i < frame->n_targets; i++)
    {
      if (targets[i].done)
        continue;

      /* A frame whose targets are all absent need not be read. */
      if (!siamban_box_is_valid (&targets[i].box))
        {
          frame->n_bad_boxes++;
          continue;
        }

      if (image == NULL)
        {
          image = load_frame (run, frame, &frame->error);
          if (image == NULL)
            return;

          _siamban_image_get_mean (image, mean);
        }
      if (!make_crop (run, frame, &targets[i], image, mean))
        {
          g_atomic_int_set (&run->stopped, TRUE);
          return;
        }
    }
}

static void
make_crops_cb (gpointer data, gpointer user_data)
{
  Run *run = user_data;
  SiambanCropFrame *frame = &g_array_index (run->plan->frames, SiambanCropFrame,
                                            GPOINTER_TO_UINT (data) - 1);

  if (!g_atomic_int_get (&run->stopped) && !g_cancellable_is_cancelled (run->cancellable))
    make_crops (run, frame);

  g_async_queue_push (run->done, data);
}

static gboolean
make_folders (SiambanCropPlan *self, const char *folder, GError **error)
{
  for (guint i = 0; i < self->videos->len; i++)
    {
      g_autofree char *path = g_build_filename (folder, self->videos->pdata[i], NULL);

      if (g_mkdir_with_parents (path, 0777) != 0)
        {
          const int saved_errno = errno;

          g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_IO, "Cannot make the folder “%s”: %s",
                       path, g_strerror (saved_errno));
          return FALSE;
        }
    }

  return TRUE;
}

static void
collect_report (SiambanCropPlan *self)
{
  g_autofree gboolean *used = g_new0 (gboolean, self->videos->len + 1);

  for (guint i = 0; i < self->frames->len; i++)
    {
      SiambanCropFrame *frame = &g_array_index (self->frames, SiambanCropFrame, i);

      self->report->n_kept += frame->n_kept;
      self->report->n_bad_boxes += frame->n_bad_boxes;
      if (frame->error != NULL)
        {
          self->report->n_bad_images++;
          _siamban_prepare_report_add_message (self->report, g_strdup (frame->error->message));
        }
    }
  for (guint i = 0; i < self->targets->len; i++)
    {
      const SiambanCropTarget *target = &g_array_index (self->targets, SiambanCropTarget, i);

      if (!target->done)
        continue;

      self->report->n_crops++;
      self->report->n_videos += used[target->video] ? 0 : 1;
      used[target->video] = TRUE;
    }
  self->report->n_frames += self->frames->len;
}

/* Waits for all workers, so that nobody touches the plan afterwards. */
static gboolean
run_workers (Run *run,
             guint n_threads,
             SiambanCropProgressFunc progress,
             gpointer progress_data,
             GError **error)
{
  const guint n_frames = run->plan->frames->len;
  const int n_workers = (int) (n_threads > 0 ? n_threads : g_get_num_processors ());
  GThreadPool *pool = g_thread_pool_new (make_crops_cb, run, n_workers, TRUE, error);
  gboolean failed = FALSE;

  if (pool == NULL)
    return FALSE;

  for (guint i = 0; i < n_frames; i++)
    g_thread_pool_push (pool, GUINT_TO_POINTER (i + 1), NULL);
  for (guint i = 0; i < n_frames; i++)
    {
      const guint index = GPOINTER_TO_UINT (g_async_queue_pop (run->done)) - 1;
      const SiambanCropFrame *frame = &g_array_index (run->plan->frames, SiambanCropFrame, index);

      if (frame->unwritable && !failed)
        {
          g_propagate_error (error, g_error_copy (frame->error));
          failed = TRUE;
        }
      if (progress != NULL)
        progress (i + 1, n_frames, progress_data);
    }
  g_thread_pool_free (pool, FALSE, TRUE);

  return !failed;
}

gboolean
_siamban_crop_plan_run (SiambanCropPlan *self,
                        const char *folder,
                        guint n_threads,
                        gboolean force,
                        SiambanCropProgressFunc progress,
                        gpointer progress_data,
                        GCancellable *cancellable,
                        GError **error)
{
  g_autoptr (GAsyncQueue) done = g_async_queue_new ();
  g_autofree char *path = g_build_filename (folder, "train.json", NULL);
  Run run = { self, folder, force, cancellable, done, FALSE };

  if (!make_folders (self, folder, error) ||
      !run_workers (&run, n_threads, progress, progress_data, error))
    return FALSE;
  if (g_cancellable_set_error_if_cancelled (cancellable, error))
    return FALSE;

  collect_report (self);
  if (self->report->n_crops == 0)
    {
      g_autofree char *counts = siamban_prepare_report_to_string (self->report);
      const char *first = siamban_prepare_report_get_messages (self->report)[0];

      g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_DATA, "Nothing to train on: %s%s%s",
                   counts, first != NULL ? "; first: " : "", first != NULL ? first : "");
      return FALSE;
    }

  return _siamban_crop_plan_write_annotations (self, path, error);
}
