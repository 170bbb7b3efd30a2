/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-validation.h"

#include "siamban-error.h"
#include "siamban-sequence.h"

/**
 * SiambanValidation:
 *
 * Sequences with ground truth that a tracker is judged by again and again, such as after each epoch of
 * a training.
 *
 * It may be used by any thread, by one at a time.
 *
 * Since: 0.1
 */
struct _SiambanValidation
{
  GObject parent_instance;

  GPtrArray *sequences; /* SiambanSequence, in the order of their names */
};

G_DEFINE_FINAL_TYPE (SiambanValidation, siamban_validation, G_TYPE_OBJECT)

static void
siamban_validation_finalize (GObject *object)
{
  g_ptr_array_unref (SIAMBAN_VALIDATION (object)->sequences);

  G_OBJECT_CLASS (siamban_validation_parent_class)->finalize (object);
}

static void
siamban_validation_class_init (SiambanValidationClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = siamban_validation_finalize;
}

static void
siamban_validation_init (SiambanValidation *self)
{
  self->sequences = g_ptr_array_new_with_free_func (g_object_unref);
}

/* Of a folder without ground truth nothing can be said. */
static gboolean
add_sequence (SiambanValidation *self, const char *folder, GError **error)
{
  g_autoptr (SiambanSequence) sequence = siamban_sequence_new_from_folder (folder, error);
  SiambanBox box;

  if (sequence == NULL)
    return FALSE;
  if (siamban_sequence_get_ground_truth (sequence) == NULL ||
      !siamban_sequence_get_box (sequence, 0, &box))
    {
      g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_DATA,
                   "“%s”: no ground truth with a box for the first frame", folder);
      return FALSE;
    }
  g_ptr_array_add (self->sequences, g_steal_pointer (&sequence));

  return TRUE;
}

static int
compare_paths_cb (gconstpointer a, gconstpointer b)
{
  return g_strcmp0 (*(const char *const *) a, *(const char *const *) b);
}

/* The folders in a folder, sorted; NULL on failure. */
static GPtrArray *
list_folders (const char *folder, GError **error)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, error);
  GPtrArray *paths;
  const char *name;

  if (dir == NULL)
    return NULL;

  paths = g_ptr_array_new_with_free_func (g_free);
  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);

      if (g_file_test (path, G_FILE_TEST_IS_DIR))
        g_ptr_array_add (paths, g_steal_pointer (&path));
    }
  g_ptr_array_sort (paths, compare_paths_cb);

  return paths;
}

static gboolean
has_ground_truth (const char *folder)
{
  g_autofree char *path = g_build_filename (folder, "groundtruth.txt", NULL);

  return g_file_test (path, G_FILE_TEST_EXISTS);
}

/**
 * siamban_validation_new:
 * @folder: (type filename): a sequence with its `groundtruth.txt`, or a folder of such sequences
 * @error: return location for an error
 *
 * Lists the sequences to judge by; see [ctor@Sequence.new_from_folder].
 *
 * It fails with %SIAMBAN_ERROR_INVALID_DATA if there is none, or one without a box for its first
 * frame, and as [ctor@Sequence.new_from_folder] does.
 *
 * Returns: (transfer full): the sequences
 *
 * Since: 0.1
 */
SiambanValidation *
siamban_validation_new (const char *folder, GError **error)
{
  g_autoptr (SiambanValidation) self = NULL;
  g_autoptr (GPtrArray) paths = NULL;

  g_return_val_if_fail (folder != NULL, NULL);

  self = g_object_new (SIAMBAN_TYPE_VALIDATION, NULL);
  if (has_ground_truth (folder))
    return add_sequence (self, folder, error) ? g_steal_pointer (&self) : NULL;

  paths = list_folders (folder, error);
  if (paths == NULL)
    return NULL;
  for (guint i = 0; i < paths->len; i++)
    if (has_ground_truth (g_ptr_array_index (paths, i)) &&
        !add_sequence (self, g_ptr_array_index (paths, i), error))
      return NULL;
  if (self->sequences->len > 0)
    return g_steal_pointer (&self);

  g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_DATA,
               "“%s”: no sequence; expected folders of frames with a groundtruth.txt", folder);

  return NULL;
}

/**
 * siamban_validation_get_n_sequences:
 * @self: sequences
 *
 * Gets how many sequences there are.
 *
 * Returns: the number, at least 1
 *
 * Since: 0.1
 */
guint
siamban_validation_get_n_sequences (SiambanValidation *self)
{
  g_return_val_if_fail (SIAMBAN_IS_VALIDATION (self), 0);

  return self->sequences->len;
}

/* The box in one frame, from the one in the frame before. */
static gboolean
step (SiambanTracker *tracker,
      SiambanSequence *sequence,
      guint index,
      SiambanBox *box,
      GError **error)
{
  g_autoptr (SiambanImage) frame = siamban_sequence_get_frame (sequence, index, error);
  g_autoptr (SiambanTrackResult) result = NULL;

  if (frame == NULL)
    return FALSE;
  if (index == 0)
    return siamban_tracker_init (tracker, frame, box, error);

  result = siamban_tracker_track (tracker, frame, error);
  if (result == NULL)
    return FALSE;
  *box = *siamban_track_result_get_box (result);

  return TRUE;
}

static SiambanEvaluation *
run_sequence (SiambanTracker *tracker,
              SiambanSequence *sequence,
              GCancellable *cancellable,
              GError **error)
{
  const guint n_frames = siamban_sequence_get_n_frames (sequence);
  g_autofree SiambanBox *boxes = g_new0 (SiambanBox, n_frames);
  g_autoptr (SiambanTrajectory) trajectory = NULL;
  SiambanBox box = { 0 };

  (void) siamban_sequence_get_box (sequence, 0, &box);
  for (guint i = 0; i < n_frames; i++)
    {
      if (g_cancellable_set_error_if_cancelled (cancellable, error) ||
          !step (tracker, sequence, i, &box, error))
        return NULL;
      boxes[i] = box;
    }
  trajectory = siamban_trajectory_new (boxes, n_frames);

  return siamban_evaluation_new (trajectory, siamban_sequence_get_ground_truth (sequence), error);
}

/**
 * siamban_validation_run:
 * @self: sequences
 * @tracker: a tracker
 * @cancellable: (nullable): ends it after the current frame
 * @error: return location for an error
 *
 * Tracks the target of each first frame through its sequence, in one pass.
 *
 * It fails if a frame cannot be read, the device fails, or @cancellable was cancelled.
 *
 * Returns: (transfer full): the mean over the sequences
 *
 * Since: 0.1
 */
SiambanEvaluation *
siamban_validation_run (SiambanValidation *self,
                        SiambanTracker *tracker,
                        GCancellable *cancellable,
                        GError **error)
{
  g_autoptr (GPtrArray) evaluations = NULL;

  g_return_val_if_fail (SIAMBAN_IS_VALIDATION (self), NULL);
  g_return_val_if_fail (SIAMBAN_IS_TRACKER (tracker), NULL);
  g_return_val_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable), NULL);

  evaluations = g_ptr_array_new_with_free_func ((GDestroyNotify) siamban_evaluation_unref);
  for (guint i = 0; i < self->sequences->len; i++)
    {
      SiambanSequence *sequence = g_ptr_array_index (self->sequences, i);
      SiambanEvaluation *evaluation = run_sequence (tracker, sequence, cancellable, error);

      if (evaluation == NULL)
        {
          g_prefix_error (error, "“%s”: ", siamban_sequence_get_name (sequence));
          return NULL;
        }
      g_ptr_array_add (evaluations, evaluation);
    }

  return siamban_evaluation_new_mean ((SiambanEvaluation *const *) evaluations->pdata,
                                      evaluations->len);
}
