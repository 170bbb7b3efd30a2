/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-dataset-private.h"

#include "siamban-augmentation-draws-private.h"
#include "siamban-augmentation-private.h"
#include "siamban-error.h"
#include "siamban-image-private.h"
#include "siamban-point-target-private.h"
#include "siamban-sub-dataset-private.h"

/* Two, so that workers on both sides of a border between passes do not take turns. */
#define N_ORDERS 2

/* As many as a number of JavaScript holds. */
#define SEED_BITS 53

/* Room for that many sub-datasets in the key of an order. */
#define ORDER_KEYS_PER_PASS 65536u

/**
 * SiambanDataset:
 *
 * The mixture of all sources: sample i of the run.
 *
 * A sample is a pure function of the seed and its index. One pass takes its number of pairs from
 * each source, in whole shuffles cut to length, and shuffles all of them together; the next pass
 * draws anew. With its own chance a pair is negative: a target of the video, and any target of
 * any source to search it in. With another both images lose their colours.
 *
 * An image that cannot be used is replaced by the next draw of the same stream of random numbers,
 * and told in [method@Sample.get_skipped].
 *
 * An instance never changes after construction but by [method@Dataset.insert_stage], and any thread may
 * call [method@Dataset.get_sample] on it.
 *
 * Source: `siamban/datasets/dataset.py`, class `BANDataset`. There, the draw from each source is
 * made once and each worker repeats the same random numbers in every epoch.
 *
 * Since: 0.1
 */
struct _SiambanDataset
{
  GObject parent_instance;

  GListModel *sub_datasets;
  SiambanAugmentation *template_augmentation;
  SiambanAugmentation *search_augmentation;
  SiambanPointTarget *point_target;
  guint template_size;
  double neg;
  double gray;
  gint64 videos_per_epoch;
  guint epochs;
  guint64 seed;

  SiambanStageList *stages; /* that were inserted */

  GPtrArray *sources; /* SiambanSubDataset, those of the list */
  guint32 *starts;    /* index of the first video of each source, and of all after the last */
  GPtrArray *usable;  /* SiambanSubDataset with at least one video */
  guint pass_length;

  GMutex lock;
  struct
  {
    guint64 pass;
    GBytes *videos;   /* (pass_length)  guint32 */
  } orders[N_ORDERS]; /* under the lock */
  guint next_order;   /* under the lock */
};

G_DEFINE_FINAL_TYPE (SiambanDataset, siamban_dataset, G_TYPE_OBJECT)

enum
{
  PROP_SUB_DATASETS = 1,
  PROP_TEMPLATE_AUGMENTATION,
  PROP_SEARCH_AUGMENTATION,
  PROP_POINT_TARGET,
  PROP_TEMPLATE_SIZE,
  PROP_NEG,
  PROP_GRAY,
  PROP_VIDEOS_PER_EPOCH,
  PROP_EPOCHS,
  PROP_SEED,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

/* One box of one video of one source. */
typedef struct
{
  SiambanSubDataset *source;
  guint video;
  SiambanTarget target;
} Choice;

static GBytes *
shuffle_pass (SiambanDataset *self, guint64 pass)
{
  guint32 *videos = g_new (guint32, self->pass_length);
  guint32 *next = videos;
  SiambanRandom random;

  for (guint i = 0; i < self->sources->len; i++)
    {
      SiambanSubDataset *source = g_ptr_array_index (self->sources, i);
      const guint n = siamban_sub_dataset_get_num_use (source);
      const guint32 own_start = siamban_sub_dataset_get_start_index (source);

      _siamban_random_init (&random, self->seed, pass * ORDER_KEYS_PER_PASS + i + 1,
                            SIAMBAN_STREAM_ORDER);
      _siamban_sub_dataset_pick (source, &random, next);
      for (guint j = 0; j < n; j++)
        next[j] += self->starts[i] - own_start;
      next += n;
    }
  _siamban_random_init (&random, self->seed, pass * ORDER_KEYS_PER_PASS, SIAMBAN_STREAM_ORDER);
  _siamban_random_shuffle (&random, videos, self->pass_length);

  return g_bytes_new_take (videos, (gsize) self->pass_length * sizeof *videos);
}

static GBytes *
get_order (SiambanDataset *self, guint64 pass)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  guint slot;

  for (slot = 0; slot < N_ORDERS; slot++)
    if (self->orders[slot].videos != NULL && self->orders[slot].pass == pass)
      return g_bytes_ref (self->orders[slot].videos);

  slot = self->next_order;
  self->next_order = (slot + 1) % N_ORDERS;
  g_clear_pointer (&self->orders[slot].videos, g_bytes_unref);
  self->orders[slot].pass = pass;
  self->orders[slot].videos = shuffle_pass (self, pass);

  return g_bytes_ref (self->orders[slot].videos);
}

static guint32
video_in_order (GBytes *order, guint position)
{
  const guint32 *videos = g_bytes_get_data (order, NULL);

  return videos[position];
}

guint32
_siamban_dataset_get_pick (SiambanDataset *self, guint64 index)
{
  g_autoptr (GBytes) order = get_order (self, index / self->pass_length);

  return video_in_order (order, (guint) (index % self->pass_length));
}

static SiambanSubDataset *
find_source (SiambanDataset *self, guint32 pick, guint *video)
{
  guint i = 0;

  while (self->starts[i + 1] <= pick)
    i++;
  *video = pick - self->starts[i];

  return g_ptr_array_index (self->sources, i);
}

static Choice
choose_anything (SiambanDataset *self, SiambanRandom *random)
{
  Choice choice;

  choice.source = g_ptr_array_index (self->usable,
                                     _siamban_random_below (random, self->usable->len));
  choice.video = _siamban_random_below (random, siamban_sub_dataset_get_n_videos (choice.source));
  choice.target = _siamban_sub_dataset_draw_target (choice.source, random, choice.video);

  return choice;
}

static void
choose_pair (SiambanDataset *self,
             guint32 pick,
             SiambanRandom *random,
             SiambanSampleRecord *record,
             Choice *template,
             Choice *search)
{
  const gboolean gray = self->gray > _siamban_random_uniform (random);

  record->template_draws.gray = record->search_draws.gray = gray;
  record->negative = self->neg > _siamban_random_uniform (random);
  template->source = find_source (self, pick, &template->video);
  if (record->negative)
    {
      template->target = _siamban_sub_dataset_draw_target (template->source, random,
                                                           template->video);
      *search = choose_anything (self, random);
      return;
    }
  *search = *template;
  _siamban_sub_dataset_draw_pair (template->source, random, template->video, &template->target,
                                  &search->target);
}

/* What decides which part of an image is needed. */
typedef struct
{
  SiambanAugmentation *augmentation;
  guint size;
  const SiambanAugmentationDraws *draws;
  const SiambanStageRun *inserted; /* NULL for none */
} Part;

static void
find_window_cb (gconstpointer data, int width, int height, SiambanImageWindow *window)
{
  const Part *part = data;

  _siamban_augmentation_find_window (part->augmentation, width, height, part->size, part->draws,
                                     window);
}

static SiambanImage *
read_image (const Choice *choice, const Part *part, char **path, GError **error)
{
  g_free (*path);
  *path = siamban_sub_dataset_get_image_path (choice->source, choice->video, choice->target.track,
                                              choice->target.position);

  return _siamban_image_new_from_file_part (*path, find_window_cb, part, error);
}

static gboolean
augment (const Part *part,
         SiambanImage *image,
         const Choice *choice,
         guint template_size,
         float *pixels,
         SiambanBox *box,
         GError **error)
{
  const SiambanBox *annotated = siamban_annotations_get_box (
      siamban_sub_dataset_get_annotations (choice->source), choice->video, choice->target.track,
      choice->target.position);
  const SiambanBox in_crop = _siamban_box_in_crop (annotated, siamban_image_get_width (image),
                                                   siamban_image_get_height (image), template_size);
  SiambanBox crop;

  return _siamban_augmentation_apply_to (part->augmentation, image, &in_crop, part->size,
                                         part->draws, NULL, pixels, part->inserted, box, &crop,
                                         error);
}

static guint
frame_number (const Choice *choice)
{
  return siamban_annotations_get_frame_number (siamban_sub_dataset_get_annotations (choice->source),
                                               choice->video, choice->target.track,
                                               choice->target.position);
}

/* One try: fails if an image of the pair or the box in it cannot be used. */
static gboolean
try_pair (SiambanDataset *self,
          const Choice *template,
          const Choice *search,
          SiambanRandom *labels,
          const guint64 seeds[2],
          const SiambanSampleBuffers *buffers,
          SiambanSampleRecord *record,
          GError **error)
{
  /* Stages of others only change what is trained on, not what is looked at stage by stage. */
  const gboolean with_inserted = _siamban_stage_list_get_n (self->stages) > 0 &&
                                 record->stages == SIAMBAN_AUGMENTATION_STAGES_ALL;
  const SiambanStageRun template_run = { self->stages, FALSE, seeds[0] };
  const SiambanStageRun search_run = { self->stages, TRUE, seeds[1] };
  g_autoptr (SiambanAugmentationDraws)
      template_draws = siamban_augmentation_draws_limit (&record->template_draws, record->stages);
  g_autoptr (SiambanAugmentationDraws)
      search_draws = siamban_augmentation_draws_limit (&record->search_draws, record->stages);
  const Part template_part = { self->template_augmentation, self->template_size, template_draws,
                               with_inserted ? &template_run : NULL };
  const Part search_part = { self->search_augmentation,
                             _siamban_point_target_get_search_size (self->point_target),
                             search_draws, with_inserted ? &search_run : NULL };
  g_autoptr (SiambanImage) template_image = NULL;
  g_autoptr (SiambanImage) search_image = NULL;

  record->template_frame = frame_number (template);
  record->search_frame = frame_number (search);
  template_image = read_image (template, &template_part, &record->template_path, error);
  if (template_image == NULL)
    return FALSE;
  search_image = read_image (search, &search_part, &record->search_path, error);
  if (search_image == NULL)
    return FALSE;

  if (!augment (&template_part, template_image, template, self->template_size, buffers->template,
                &record->template_box, error) ||
      !augment (&search_part, search_image, search, self->template_size, buffers->search,
                &record->box, error))
    return FALSE;
  if (_siamban_point_target_fill (self->point_target, &record->box, record->negative, labels,
                                  buffers->label_cls, buffers->label_loc, error))
    return TRUE;
  g_prefix_error (error, "%s: ", record->search_path);

  return FALSE;
}

static void
add_skipped (SiambanSampleRecord *record, const char *message)
{
  if (record->skipped == NULL)
    record->skipped = g_ptr_array_new_null_terminated (1, g_free, TRUE);
  g_ptr_array_add (record->skipped, g_strdup (message));
}

gboolean
_siamban_dataset_fill (SiambanDataset *self,
                       guint64 index,
                       const SiambanSampleBuffers *buffers,
                       SiambanSampleRecord *record,
                       GError **error)
{
  return _siamban_dataset_fill_stages (self, index, SIAMBAN_AUGMENTATION_STAGES_ALL, buffers,
                                       record, error);
}

/* For the stages of others: of a template and of a search image. */
static void
draw_seeds (SiambanRandom *random, guint64 seeds[2])
{
  for (guint i = 0; i < 2; i++)
    {
      seeds[i] = (guint64) _siamban_random_uint32 (random) << 32;
      seeds[i] |= _siamban_random_uint32 (random);
      seeds[i] >>= 64 - SEED_BITS;
    }
}

gboolean
_siamban_dataset_fill_stages (SiambanDataset *self,
                              guint64 index,
                              SiambanAugmentationStages stages,
                              const SiambanSampleBuffers *buffers,
                              SiambanSampleRecord *record,
                              GError **error)
{
  g_autoptr (GBytes) order = get_order (self, index / self->pass_length);
  guint32 pick = video_in_order (order, (guint) (index % self->pass_length));
  SiambanRandom pairs, template_random, search_random, labels, inserted;

  record->index = index;
  record->stages = stages;
  _siamban_random_init (&pairs, self->seed, index, SIAMBAN_STREAM_PAIR);
  _siamban_random_init (&template_random, self->seed, index, SIAMBAN_STREAM_TEMPLATE);
  _siamban_random_init (&search_random, self->seed, index, SIAMBAN_STREAM_SEARCH);
  _siamban_random_init (&labels, self->seed, index, SIAMBAN_STREAM_LABELS);
  _siamban_random_init (&inserted, self->seed, index, SIAMBAN_STREAM_STAGES);

  for (guint n_bad = 0; n_bad < SIAMBAN_MAX_BAD_IMAGES; n_bad++)
    {
      g_autoptr (GError) local_error = NULL;
      Choice template, search;
      guint64 seeds[2];

      if (n_bad > 0)
        pick = video_in_order (order, _siamban_random_below (&pairs, self->pass_length));
      choose_pair (self, pick, &pairs, record, &template, &search);
      _siamban_augmentation_draws_draw (&record->template_draws, &template_random,
                                        record->template_draws.gray);
      _siamban_augmentation_draws_draw (&record->search_draws, &search_random,
                                        record->search_draws.gray);
      draw_seeds (&inserted, seeds);
      if (try_pair (self, &template, &search, &labels, seeds, buffers, record, &local_error))
        return TRUE;
      add_skipped (record, local_error->message);
    }

  g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_DATA,
               "%u images in a row could not be used, the last one: %s", SIAMBAN_MAX_BAD_IMAGES,
               (const char *) g_ptr_array_index (record->skipped, record->skipped->len - 1));

  return FALSE;
}

SiambanStageList *
_siamban_dataset_get_stages (SiambanDataset *self)
{
  return self->stages;
}

void
_siamban_dataset_set_stages (SiambanDataset *self, SiambanStageList *stages)
{
  _siamban_stage_list_ref (stages);
  _siamban_stage_list_unref (self->stages);
  self->stages = stages;
}

SiambanSampleShape
_siamban_dataset_get_shape (SiambanDataset *self)
{
  return (SiambanSampleShape){
    .template_size = self->template_size,
    .search_size = _siamban_point_target_get_search_size (self->point_target),
    .output_size = _siamban_point_target_get_output_size (self->point_target),
    .stride = _siamban_point_target_get_stride (self->point_target),
  };
}

static void
siamban_dataset_constructed (GObject *object)
{
  SiambanDataset *self = SIAMBAN_DATASET (object);
  const guint n = self->sub_datasets != NULL ? g_list_model_get_n_items (self->sub_datasets) : 0;

  G_OBJECT_CLASS (siamban_dataset_parent_class)->constructed (object);

  if (self->sub_datasets == NULL)
    self->sub_datasets = G_LIST_MODEL (g_list_store_new (SIAMBAN_TYPE_SUB_DATASET));
  if (self->template_augmentation == NULL)
    self->template_augmentation = siamban_augmentation_new (0, 0, 0, 0, 0);
  if (self->search_augmentation == NULL)
    self->search_augmentation = siamban_augmentation_new (0, 0, 0, 0, 0);
  if (self->point_target == NULL)
    self->point_target = g_object_new (SIAMBAN_TYPE_POINT_TARGET, NULL);

  self->starts = g_new0 (guint32, (gsize) n + 1);
  for (guint i = 0; i < n; i++)
    {
      SiambanSubDataset *source = g_list_model_get_item (self->sub_datasets, i);
      const guint n_videos = siamban_sub_dataset_get_n_videos (source);

      g_ptr_array_add (self->sources, source);
      if (n_videos > 0)
        g_ptr_array_add (self->usable, source);
      self->starts[i + 1] = self->starts[i] + n_videos;
      self->pass_length += siamban_sub_dataset_get_num_use (source);
    }
}

static void
siamban_dataset_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  SiambanDataset *self = SIAMBAN_DATASET (object);

  switch (prop_id)
    {
    case PROP_SUB_DATASETS:
      g_value_set_object (value, self->sub_datasets);
      break;
    case PROP_TEMPLATE_AUGMENTATION:
      g_value_set_object (value, self->template_augmentation);
      break;
    case PROP_SEARCH_AUGMENTATION:
      g_value_set_object (value, self->search_augmentation);
      break;
    case PROP_POINT_TARGET:
      g_value_set_object (value, self->point_target);
      break;
    case PROP_TEMPLATE_SIZE:
      g_value_set_uint (value, self->template_size);
      break;
    case PROP_NEG:
      g_value_set_double (value, self->neg);
      break;
    case PROP_GRAY:
      g_value_set_double (value, self->gray);
      break;
    case PROP_VIDEOS_PER_EPOCH:
      g_value_set_int64 (value, self->videos_per_epoch);
      break;
    case PROP_EPOCHS:
      g_value_set_uint (value, self->epochs);
      break;
    case PROP_SEED:
      g_value_set_uint64 (value, self->seed);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
siamban_dataset_set_property (GObject *object,
                              guint prop_id,
                              const GValue *value,
                              GParamSpec *pspec)
{
  SiambanDataset *self = SIAMBAN_DATASET (object);

  switch (prop_id)
    {
    case PROP_SUB_DATASETS:
      self->sub_datasets = g_value_dup_object (value);
      break;
    case PROP_TEMPLATE_AUGMENTATION:
      self->template_augmentation = g_value_dup_object (value);
      break;
    case PROP_SEARCH_AUGMENTATION:
      self->search_augmentation = g_value_dup_object (value);
      break;
    case PROP_POINT_TARGET:
      self->point_target = g_value_dup_object (value);
      break;
    case PROP_TEMPLATE_SIZE:
      self->template_size = g_value_get_uint (value);
      break;
    case PROP_NEG:
      self->neg = g_value_get_double (value);
      break;
    case PROP_GRAY:
      self->gray = g_value_get_double (value);
      break;
    case PROP_VIDEOS_PER_EPOCH:
      self->videos_per_epoch = g_value_get_int64 (value);
      break;
    case PROP_EPOCHS:
      self->epochs = g_value_get_uint (value);
      break;
    case PROP_SEED:
      self->seed = g_value_get_uint64 (value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
siamban_dataset_finalize (GObject *object)
{
  SiambanDataset *self = SIAMBAN_DATASET (object);

  for (guint i = 0; i < N_ORDERS; i++)
    g_clear_pointer (&self->orders[i].videos, g_bytes_unref);
  g_mutex_clear (&self->lock);
  g_ptr_array_unref (self->usable);
  g_ptr_array_unref (self->sources);
  g_free (self->starts);
  g_clear_pointer (&self->stages, _siamban_stage_list_unref);
  g_clear_object (&self->sub_datasets);
  g_clear_object (&self->template_augmentation);
  g_clear_object (&self->search_augmentation);
  g_clear_object (&self->point_target);

  G_OBJECT_CLASS (siamban_dataset_parent_class)->finalize (object);
}

static void
define_parts (GParamFlags flags)
{
  /**
   * SiambanDataset:sub-datasets:
   *
   * The sources, a list of [class@SubDataset].
   *
   * Since: 0.1
   */
  properties[PROP_SUB_DATASETS] = g_param_spec_object ("sub-datasets", NULL, NULL,
                                                       G_TYPE_LIST_MODEL, flags);

  /**
   * SiambanDataset:template-augmentation:
   *
   * What makes templates of crops; by default nothing is varied.
   *
   * Since: 0.1
   */
  properties[PROP_TEMPLATE_AUGMENTATION] = g_param_spec_object ("template-augmentation", NULL, NULL,
                                                                SIAMBAN_TYPE_AUGMENTATION, flags);

  /**
   * SiambanDataset:search-augmentation:
   *
   * What makes search images of crops; by default nothing is varied.
   *
   * Since: 0.1
   */
  properties[PROP_SEARCH_AUGMENTATION] = g_param_spec_object ("search-augmentation", NULL, NULL,
                                                              SIAMBAN_TYPE_AUGMENTATION, flags);

  /**
   * SiambanDataset:point-target:
   *
   * What makes the labels; it knows the sizes of search image and score map.
   *
   * Since: 0.1
   */
  properties[PROP_POINT_TARGET] = g_param_spec_object ("point-target", NULL, NULL,
                                                       SIAMBAN_TYPE_POINT_TARGET, flags);
}

static void
siamban_dataset_class_init (SiambanDatasetClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS;

  object_class->constructed = siamban_dataset_constructed;
  object_class->get_property = siamban_dataset_get_property;
  object_class->set_property = siamban_dataset_set_property;
  object_class->finalize = siamban_dataset_finalize;

  define_parts (flags);

  /**
   * SiambanDataset:template-size:
   *
   * Side of the template image, in pixels.
   *
   * Since: 0.1
   */
  properties[PROP_TEMPLATE_SIZE] = g_param_spec_uint ("template-size", NULL, NULL, 2, 4096, 127,
                                                      flags);

  /**
   * SiambanDataset:neg:
   *
   * Chance that a pair is negative.
   *
   * Since: 0.1
   */
  properties[PROP_NEG] = g_param_spec_double ("neg", NULL, NULL, 0, 1, 0, flags);

  /**
   * SiambanDataset:gray:
   *
   * Chance that a pair loses its colours.
   *
   * Since: 0.1
   */
  properties[PROP_GRAY] = g_param_spec_double ("gray", NULL, NULL, 0, 1, 0, flags);

  /**
   * SiambanDataset:videos-per-epoch:
   *
   * Samples of one epoch; with 0 or less, as many as one pass over the mixture has.
   *
   * Since: 0.1
   */
  properties[PROP_VIDEOS_PER_EPOCH] = g_param_spec_int64 ("videos-per-epoch", NULL, NULL, -1,
                                                          G_GINT64_CONSTANT (1) << 40, -1, flags);

  /**
   * SiambanDataset:epochs:
   *
   * Epochs of the run.
   *
   * Since: 0.1
   */
  properties[PROP_EPOCHS] = g_param_spec_uint ("epochs", NULL, NULL, 0, 1u << 20, 1, flags);

  /**
   * SiambanDataset:seed:
   *
   * Picks all random numbers.
   *
   * Since: 0.1
   */
  properties[PROP_SEED] = g_param_spec_uint64 ("seed", NULL, NULL, 0, G_MAXUINT64, 0, flags);

  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
siamban_dataset_init (SiambanDataset *self)
{
  g_mutex_init (&self->lock);
  self->stages = _siamban_stage_list_new ();
  self->sources = g_ptr_array_new_with_free_func (g_object_unref);
  self->usable = g_ptr_array_new ();
}

/**
 * siamban_dataset_insert_stage:
 * @self: a dataset that nobody has asked for a sample yet
 * @stage: a stage
 * @after: the stage that it comes after: `scale` or `shift`, which are one, `color`, `blur`, `flip`, or the
 *   name of one that was inserted
 * @error: return location for an error
 *
 * Inserts a stage into the augmentation of templates and of search images.
 *
 * Behind those that are after the same built-in stage already. Only samples with all stages pass it.
 *
 * It fails with %SIAMBAN_ERROR_INVALID_CONFIG if there is no stage @after.
 *
 * Returns: %TRUE if the stage was inserted
 *
 * Since: 0.1
 */
gboolean
siamban_dataset_insert_stage (SiambanDataset *self,
                              SiambanAugmentationStage *stage,
                              const char *after,
                              GError **error)
{
  g_return_val_if_fail (SIAMBAN_IS_DATASET (self), FALSE);
  g_return_val_if_fail (SIAMBAN_IS_AUGMENTATION_STAGE (stage), FALSE);
  g_return_val_if_fail (after != NULL, FALSE);

  return _siamban_stage_list_insert (self->stages, stage, after, error);
}

/**
 * siamban_dataset_get_n_samples:
 * @self: a dataset
 *
 * Gets how many samples the run has.
 *
 * Returns: samples of an epoch times epochs; 0 if no source has a pair
 *
 * Since: 0.1
 */
guint64
siamban_dataset_get_n_samples (SiambanDataset *self)
{
  g_return_val_if_fail (SIAMBAN_IS_DATASET (self), 0);

  if (self->pass_length == 0)
    return 0;

  return (self->videos_per_epoch > 0 ? (guint64) self->videos_per_epoch : self->pass_length) *
         self->epochs;
}

/**
 * siamban_dataset_get_pass_length:
 * @self: a dataset
 *
 * Gets after how many samples the mixture is shuffled anew.
 *
 * Returns: the sum of what each source gives
 *
 * Since: 0.1
 */
guint
siamban_dataset_get_pass_length (SiambanDataset *self)
{
  g_return_val_if_fail (SIAMBAN_IS_DATASET (self), 0);

  return self->pass_length;
}

/**
 * siamban_dataset_get_picks:
 * @self: a dataset
 * @pass: which pass over all sources, from 0
 *
 * Gets which video each sample of a pass is drawn from; the original calls it `pick`.
 *
 * Videos are counted over all sources, in their order. Returns no picks if no source has a pair.
 *
 * Returns: (transfer full): uint32, as many as [method@Dataset.get_pass_length] tells
 *
 * Since: 0.1
 */
GBytes *
siamban_dataset_get_picks (SiambanDataset *self, guint64 pass)
{
  g_return_val_if_fail (SIAMBAN_IS_DATASET (self), NULL);

  return self->pass_length > 0 ? get_order (self, pass) : g_bytes_new (NULL, 0);
}

/**
 * siamban_dataset_get_sub_datasets:
 * @self: a dataset
 *
 * Gets the sources.
 *
 * Returns: (transfer none): a list of [class@SubDataset]
 *
 * Since: 0.1
 */
GListModel *
siamban_dataset_get_sub_datasets (SiambanDataset *self)
{
  g_return_val_if_fail (SIAMBAN_IS_DATASET (self), NULL);

  return self->sub_datasets;
}
