/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-dataset.h"

#include "siamban-augmentation-private.h"
#include "siamban-error.h"
#include "siamban-point-target.h"
#include "siamban-sub-dataset.h"

static SiambanSubDataset *
source_from_config (SiambanConfig *config, const char *name, guint start_index, GError **error)
{
  g_autofree char *root_key = g_strdup_printf ("DATASET.%s.ROOT", name);
  g_autofree char *anno_key = g_strdup_printf ("DATASET.%s.ANNO", name);
  g_autofree char *range_key = g_strdup_printf ("DATASET.%s.FRAME_RANGE", name);
  g_autofree char *use_key = g_strdup_printf ("DATASET.%s.NUM_USE", name);

  if (!siamban_config_has_key (config, root_key) || !siamban_config_has_key (config, anno_key))
    {
      g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_CONFIG,
                   "DATASET.NAMES: %s: there is no DATASET.%s with ROOT and ANNO", name, name);
      return NULL;
    }

  return siamban_sub_dataset_new (name, siamban_config_get_string (config, root_key),
                                  siamban_config_get_string (config, anno_key),
                                  (guint) siamban_config_get_int (config, range_key),
                                  (int) siamban_config_get_int (config, use_key), start_index,
                                  error);
}

static void
report (SiambanSubDataset *source)
{
  SiambanAnnotations *annotations = siamban_sub_dataset_get_annotations (source);
  const char *const *warnings = siamban_annotations_get_warnings (annotations);
  g_autofree char *line = siamban_sub_dataset_to_string (source);

  for (guint i = 0; warnings[i] != NULL; i++)
    g_message ("%s: %s", siamban_sub_dataset_get_name (source), warnings[i]);
  g_info ("%s", line);
}

static GListStore *
sources_from_config (SiambanConfig *config, GError **error)
{
  const char *const *names = siamban_config_get_strv (config, "DATASET.NAMES");
  g_autoptr (GListStore) sources = g_list_store_new (SIAMBAN_TYPE_SUB_DATASET);
  guint64 start_index = 0, n_picks = 0;

  for (guint i = 0; names != NULL && names[i] != NULL; i++)
    {
      g_autoptr (SiambanSubDataset)
          source = source_from_config (config, names[i], (guint) start_index, error);

      if (source == NULL)
        return NULL;
      report (source);
      start_index += siamban_sub_dataset_get_n_videos (source);
      n_picks += siamban_sub_dataset_get_num_use (source);
      g_list_store_append (sources, source);
    }
  if (n_picks > G_MAXINT32 || start_index > G_MAXINT32)
    {
      g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_CONFIG,
                   "DATASET.NAMES: all data sets together have %" G_GUINT64_FORMAT
                   " pairs (NUM_USE) of %" G_GUINT64_FORMAT
                   " videos; expected at most %d of either",
                   n_picks, start_index, G_MAXINT32);
      return NULL;
    }
  if (n_picks == 0)
    {
      g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_DATA,
                   "DATASET.NAMES: none of the data sets has a pair to train on");
      return NULL;
    }

  return g_steal_pointer (&sources);
}

/* TEMPLATE and SEARCH have the same keys. */
static SiambanAugmentation *
augmentation_from_config (SiambanConfig *config, const char *part)
{
  static const char *const names[] = { "SHIFT", "SCALE", "BLUR", "FLIP", "COLOR" };
  double values[G_N_ELEMENTS (names)];

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *key = g_strdup_printf ("DATASET.%s.%s", part, names[i]);

      values[i] = siamban_config_get_double (config, key);
    }

  return siamban_augmentation_new (values[0], values[1], values[2], values[3], values[4]);
}

static guint
get_uint (SiambanConfig *config, const char *key)
{
  return (guint) siamban_config_get_int (config, key);
}

/* The score map must be as large as the network makes it. */
static gboolean
check_sizes (SiambanConfig *config, GError **error)
{
  const gint64 search = siamban_config_get_int (config, "TRAIN.SEARCH_SIZE");
  const gint64 exemplar = siamban_config_get_int (config, "TRAIN.EXEMPLAR_SIZE");
  const gint64 stride = siamban_config_get_int (config, "POINT.STRIDE");
  const gint64 base = siamban_config_get_int (config, "TRAIN.BASE_SIZE");
  const gint64 output = siamban_config_get_int (config, "TRAIN.OUTPUT_SIZE");

  if (search - exemplar == (output - 1 - base) * stride)
    return TRUE;

  g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_CONFIG,
               "TRAIN.OUTPUT_SIZE: %" G_GINT64_FORMAT
               " is not (SEARCH_SIZE - EXEMPLAR_SIZE) / STRIDE + 1 + BASE_SIZE, which is %g",
               output, (double) (search - exemplar) / (double) stride + 1 + (double) base);

  return FALSE;
}

/**
 * siamban_dataset_new_from_config: (constructor)
 * @config: a configuration
 * @error: return location for an error
 *
 * Reads the annotations of all sources in `DATASET.NAMES` and mixes them.
 *
 * Paths that are not absolute start in the working folder. It fails with
 * %SIAMBAN_ERROR_INVALID_CONFIG if sizes do not fit together or a source is not described, and as
 * [ctor@SubDataset.new] does.
 *
 * Returns: (transfer full): a new dataset
 *
 * Since: 0.1
 */
SiambanDataset *
siamban_dataset_new_from_config (SiambanConfig *config, GError **error)
{
  g_autoptr (GListStore) sources = NULL;
  g_autoptr (SiambanAugmentation) template_augmentation = NULL;
  g_autoptr (SiambanAugmentation) search_augmentation = NULL;
  g_autoptr (SiambanPointTarget) point_target = NULL;

  g_return_val_if_fail (SIAMBAN_IS_CONFIG (config), NULL);

  if (!check_sizes (config, error))
    return NULL;
  sources = sources_from_config (config, error);
  if (sources == NULL)
    return NULL;

  template_augmentation = augmentation_from_config (config, "TEMPLATE");
  search_augmentation = augmentation_from_config (config, "SEARCH");
  point_target = siamban_point_target_new (
      get_uint (config, "POINT.STRIDE"), get_uint (config, "TRAIN.OUTPUT_SIZE"),
      get_uint (config, "TRAIN.SEARCH_SIZE"), get_uint (config, "TRAIN.POS_NUM"),
      get_uint (config, "TRAIN.NEG_NUM"), get_uint (config, "TRAIN.TOTAL_NUM"));

  return g_object_new (SIAMBAN_TYPE_DATASET, "sub-datasets", sources, "template-augmentation",
                       template_augmentation, "search-augmentation", search_augmentation,
                       "point-target", point_target, "template-size",
                       get_uint (config, "TRAIN.EXEMPLAR_SIZE"), "neg",
                       siamban_config_get_double (config, "DATASET.NEG"), "gray",
                       siamban_config_get_double (config, "DATASET.GRAY"), "videos-per-epoch",
                       siamban_config_get_int (config, "DATASET.VIDEOS_PER_EPOCH"), "epochs",
                       get_uint (config, "TRAIN.EPOCH"), "seed",
                       (guint64) siamban_config_get_int (config, "TRAIN.SEED"), NULL);
}
