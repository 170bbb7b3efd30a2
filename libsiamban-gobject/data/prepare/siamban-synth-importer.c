/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-synth-importer.h"

#include "siamban-crop-plan-private.h"

/**
 * SiambanSynthImporter:
 *
 * Prepares generated videos for training: each frame is drawn and cropped without being written.
 *
 * A crop on disk does not tell which generator it is of, so all crops are made anew in each run.
 *
 * Since: 0.1
 */
struct _SiambanSynthImporter
{
  SiambanImporter parent_instance;

  SiambanSynth *synth;
};

G_DEFINE_FINAL_TYPE (SiambanSynthImporter, siamban_synth_importer, SIAMBAN_TYPE_IMPORTER)

enum
{
  PROP_SYNTH = 1,
  N_PROPS
};

static GParamSpec *props[N_PROPS];

/* Called by several workers at once. */
static SiambanImage *
load_frame_cb (gpointer data, const SiambanCropFrame *frame, GError **error)
{
  return siamban_synth_get_frame (data, frame->video, frame->frame, error);
}

static gboolean
siamban_synth_importer_collect (SiambanImporter *importer,
                                SiambanCropPlan *plan,
                                GCancellable *cancellable,
                                GError **error)
{
  SiambanSynth *synth = SIAMBAN_SYNTH_IMPORTER (importer)->synth;

  plan->load = load_frame_cb;
  plan->load_data = synth;
  for (guint video = 0; video < siamban_synth_get_n_videos (synth); video++)
    {
      g_autofree char *name = siamban_synth_get_video_name (synth, video);

      if (g_cancellable_set_error_if_cancelled (cancellable, error))
        return FALSE;

      _siamban_crop_plan_add_video (plan, name);
      for (guint frame = 0; frame < siamban_synth_get_n_frames (synth); frame++)
        {
          SiambanBox box;

          siamban_synth_get_box (synth, video, frame, &box);
          /* Newer than any file, so that no crop on disk is taken for its own. */
          _siamban_crop_plan_add_frame (plan, video, frame, NULL, G_MAXINT64);
          _siamban_crop_plan_add_target (plan, 0, &box);
        }
    }

  return TRUE;
}

static void
siamban_synth_importer_finalize (GObject *object)
{
  g_clear_object (&SIAMBAN_SYNTH_IMPORTER (object)->synth);

  G_OBJECT_CLASS (siamban_synth_importer_parent_class)->finalize (object);
}

static void
siamban_synth_importer_get_property (GObject *object,
                                     guint prop_id,
                                     GValue *value,
                                     GParamSpec *pspec)
{
  switch (prop_id)
    {
    case PROP_SYNTH:
      g_value_set_object (value, SIAMBAN_SYNTH_IMPORTER (object)->synth);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
siamban_synth_importer_set_property (GObject *object,
                                     guint prop_id,
                                     const GValue *value,
                                     GParamSpec *pspec)
{
  switch (prop_id)
    {
    case PROP_SYNTH:
      SIAMBAN_SYNTH_IMPORTER (object)->synth = g_value_dup_object (value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
siamban_synth_importer_class_init (SiambanSynthImporterClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->finalize = siamban_synth_importer_finalize;
  object_class->get_property = siamban_synth_importer_get_property;
  object_class->set_property = siamban_synth_importer_set_property;
  SIAMBAN_IMPORTER_CLASS (klass)->collect = siamban_synth_importer_collect;

  /**
   * SiambanSynthImporter:synth:
   *
   * What draws the videos.
   *
   * Since: 0.1
   */
  props[PROP_SYNTH] = g_param_spec_object ("synth", NULL, NULL, SIAMBAN_TYPE_SYNTH,
                                           G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY |
                                               G_PARAM_STATIC_STRINGS);

  g_object_class_install_properties (object_class, N_PROPS, props);
}

static void
siamban_synth_importer_init (SiambanSynthImporter *self)
{
}

/**
 * siamban_synth_importer_new:
 * @synth: what draws the videos
 * @folder: (type filename): where the crops and the train.json go
 *
 * Makes an importer of generated videos.
 *
 * Returns: (transfer full): a new importer
 *
 * Since: 0.1
 */
SiambanSynthImporter *
siamban_synth_importer_new (SiambanSynth *synth, const char *folder)
{
  g_return_val_if_fail (SIAMBAN_IS_SYNTH (synth) && folder != NULL, NULL);

  return g_object_new (SIAMBAN_TYPE_SYNTH_IMPORTER, "synth", synth, "folder", folder, NULL);
}

/**
 * siamban_synth_importer_get_synth:
 * @self: an importer
 *
 * Gets what draws the videos.
 *
 * Returns: (transfer none): the generator
 *
 * Since: 0.1
 */
SiambanSynth *
siamban_synth_importer_get_synth (SiambanSynthImporter *self)
{
  g_return_val_if_fail (SIAMBAN_IS_SYNTH_IMPORTER (self), NULL);

  return self->synth;
}
