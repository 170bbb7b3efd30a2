/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-frames-importer.h"

#include <glib/gstdio.h>

#include "siamban-crop-plan-private.h"
#include "siamban-frame-folder-private.h"
#include "siamban-ground-truth.h"
#include "siamban-trajectory-private.h"

/* Data sets nest their sequences by class, and that by part: PART/CLASS/SEQUENCE. Deeper there
 * are no more, but perhaps links that lead back up. */
#define MAX_DEPTH 3

/**
 * SiambanFramesImporter:
 *
 * Prepares a user's own recordings: folders of frames, each with a ground truth.
 *
 * A sequence is a folder that holds images (`.jpg`, `.jpeg`, `.png`, `.bmp`; directly or in
 * `img/`, `imgs/` or `color/`) in natural order of their names, and `groundtruth.txt`,
 * `groundtruth_rect.txt` or a single other `.txt` file with one box a line
 * ([func@Siamban.ground_truth_read]). Where OTB follows more than one target, with
 * `groundtruth_rect.1.txt` and `groundtruth_rect.2.txt`, each file makes a track. Each source is such a folder, or one whose sub-folders are,
 * up to three levels down: the layouts of OTB, VOT, LaSOT and GOT-10k are read as they are.
 *
 * The video is named after the folder, the frame after its place in the order, counted from 0.
 *
 * Since: 0.1
 */
struct _SiambanFramesImporter
{
  SiambanImporter parent_instance;

  char **sources;
};

G_DEFINE_FINAL_TYPE (SiambanFramesImporter, siamban_frames_importer, SIAMBAN_TYPE_IMPORTER)

enum
{
  PROP_SOURCES = 1,
  N_PROPS
};

static GParamSpec *props[N_PROPS];

static gint64
get_change_time (const char *path)
{
  GStatBuf info;

  /* What cannot be looked at cannot be read either, and that is reported. */
  return g_stat (path, &info) == 0 ? (gint64) info.st_mtime : 0;
}

static void
add_message (SiambanCropPlan *plan, char *message)
{
  _siamban_prepare_report_add_message (plan->report, message);
}

/* The truth of one target; NULL, with a message, if it cannot be read or is not as long. */
static SiambanTrajectory *
read_truth (SiambanCropPlan *plan, const SiambanFrameFolder *folder, const char *path)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SiambanTrajectory) truth = siamban_ground_truth_read (path, &error);
  guint n_boxes;

  if (truth == NULL)
    {
      add_message (plan, g_strdup (error->message));
      return NULL;
    }

  n_boxes = siamban_trajectory_get_n_frames (truth);
  if (n_boxes != folder->frames->len)
    add_message (plan, g_strdup_printf ("%s: %u frames, but %u boxes; only the first %u are used",
                                        folder->folder, folder->frames->len, n_boxes,
                                        MIN (n_boxes, folder->frames->len)));

  return g_steal_pointer (&truth);
}

static void
unref_truth_cb (gpointer data)
{
  g_clear_pointer ((SiambanTrajectory **) &data, siamban_trajectory_unref);
}

static void
add_sequence (SiambanCropPlan *plan, const SiambanFrameFolder *folder)
{
  const guint n_tracks = folder->ground_truth_paths->len;
  g_autoptr (GPtrArray) truths = g_ptr_array_new_with_free_func (unref_truth_cb);
  gint64 truth_time = 0;
  guint n_frames = 0, video;

  for (guint i = 0; i < n_tracks; i++)
    {
      const char *path = folder->ground_truth_paths->pdata[i];
      SiambanTrajectory *truth = read_truth (plan, folder, path);

      /* One that cannot be read keeps its place, so that the others keep their numbers. */
      g_ptr_array_add (truths, truth);
      truth_time = MAX (truth_time, get_change_time (path));
      if (truth != NULL)
        n_frames = MAX (n_frames, siamban_trajectory_get_n_frames (truth));
    }
  if (n_frames == 0)
    return;

  n_frames = MIN (n_frames, folder->frames->len);
  video = _siamban_crop_plan_add_video (plan, folder->name);
  for (guint i = 0; i < n_frames; i++)
    {
      const char *path = folder->frames->pdata[i];

      _siamban_crop_plan_add_frame (plan, video, i, path, MAX (truth_time, get_change_time (path)));
      for (guint track = 0; track < n_tracks; track++)
        {
          SiambanTrajectory *truth = truths->pdata[track];

          if (truth != NULL && i < siamban_trajectory_get_n_frames (truth))
            _siamban_crop_plan_add_target (plan, track, &_siamban_trajectory_peek (truth)[i]);
        }
    }
}

static gboolean
is_folder (const char *path)
{
  return g_file_test (path, G_FILE_TEST_IS_DIR);
}

static gboolean
add_folder (SiambanCropPlan *plan,
            const char *path,
            guint depth,
            GCancellable *cancellable,
            GError **error)
{
  g_autoptr (SiambanFrameFolder) folder = NULL;
  g_autoptr (GPtrArray) inside = NULL;

  if (g_cancellable_set_error_if_cancelled (cancellable, error))
    return FALSE;

  folder = _siamban_frame_folder_scan (path, error);
  if (folder == NULL)
    return FALSE;

  if (folder->frames->len > 0)
    {
      if (folder->ground_truth_paths->len > 0)
        add_sequence (plan, folder);
      else
        add_message (plan, g_strdup_printf ("%s: %u images, but no groundtruth.txt beside them",
                                            path, folder->frames->len));
      return TRUE;
    }

  inside = depth < MAX_DEPTH ? _siamban_list_folder (path, is_folder, error)
                             : g_ptr_array_new_with_free_func (g_free);
  if (inside == NULL)
    return FALSE;

  for (guint i = 0; i < inside->len; i++)
    if (!add_folder (plan, inside->pdata[i], depth + 1, cancellable, error))
      return FALSE;

  return TRUE;
}

static gboolean
siamban_frames_importer_collect (SiambanImporter *importer,
                                 SiambanCropPlan *plan,
                                 GCancellable *cancellable,
                                 GError **error)
{
  SiambanFramesImporter *self = SIAMBAN_FRAMES_IMPORTER (importer);

  for (guint i = 0; self->sources[i] != NULL; i++)
    {
      const guint n_before = plan->videos->len;

      if (!add_folder (plan, self->sources[i], 0, cancellable, error))
        return FALSE;

      if (plan->videos->len == n_before)
        add_message (plan,
                     g_strdup_printf ("%s: no sequence; expected images and a groundtruth.txt, "
                                      "or folders that hold them",
                                      self->sources[i]));
    }

  return TRUE;
}

static void
siamban_frames_importer_finalize (GObject *object)
{
  g_strfreev (SIAMBAN_FRAMES_IMPORTER (object)->sources);

  G_OBJECT_CLASS (siamban_frames_importer_parent_class)->finalize (object);
}

static void
siamban_frames_importer_get_property (GObject *object,
                                      guint prop_id,
                                      GValue *value,
                                      GParamSpec *pspec)
{
  switch (prop_id)
    {
    case PROP_SOURCES:
      g_value_set_boxed (value, SIAMBAN_FRAMES_IMPORTER (object)->sources);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
siamban_frames_importer_set_property (GObject *object,
                                      guint prop_id,
                                      const GValue *value,
                                      GParamSpec *pspec)
{
  SiambanFramesImporter *self = SIAMBAN_FRAMES_IMPORTER (object);

  switch (prop_id)
    {
    case PROP_SOURCES:
      self->sources = g_value_dup_boxed (value);
      if (self->sources == NULL)
        self->sources = g_new0 (char *, 1);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
siamban_frames_importer_class_init (SiambanFramesImporterClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->finalize = siamban_frames_importer_finalize;
  object_class->get_property = siamban_frames_importer_get_property;
  object_class->set_property = siamban_frames_importer_set_property;
  SIAMBAN_IMPORTER_CLASS (klass)->collect = siamban_frames_importer_collect;

  /**
   * SiambanFramesImporter:sources:
   *
   * The folders to read, each a sequence or a folder of sequences.
   *
   * Since: 0.1
   */
  props[PROP_SOURCES] = g_param_spec_boxed ("sources", NULL, NULL, G_TYPE_STRV,
                                            G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY |
                                                G_PARAM_STATIC_STRINGS);

  g_object_class_install_properties (object_class, N_PROPS, props);
}

static void
siamban_frames_importer_init (SiambanFramesImporter *self)
{
}

/**
 * siamban_frames_importer_new:
 * @sources: (array zero-terminated=1) (element-type filename): folders to read
 * @folder: (type filename): where the crops and the train.json go
 *
 * Makes an importer of folders of frames.
 *
 * Returns: (transfer full): a new importer
 *
 * Since: 0.1
 */
SiambanFramesImporter *
siamban_frames_importer_new (const char *const *sources, const char *folder)
{
  g_return_val_if_fail (sources != NULL && folder != NULL, NULL);

  return g_object_new (SIAMBAN_TYPE_FRAMES_IMPORTER, "sources", sources, "folder", folder, NULL);
}

/**
 * siamban_frames_importer_get_sources:
 * @self: an importer
 *
 * Gets the folders to read.
 *
 * Returns: (transfer none) (array zero-terminated=1) (element-type filename): the folders
 *
 * Since: 0.1
 */
const char *const *
siamban_frames_importer_get_sources (SiambanFramesImporter *self)
{
  g_return_val_if_fail (SIAMBAN_IS_FRAMES_IMPORTER (self), NULL);

  return (const char *const *) self->sources;
}
