/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-augmentation-stage.h"

#include "siamban-error.h"

/**
 * SiambanAugmentationStage:
 *
 * A step of the augmentation that is not built in: a subclass makes another image of one, and
 * [method@Trainer.insert_stage] puts it between the steps that there are.
 *
 * A stage is a pure function of its image and seed, so that samples stay one of theirs.
 *
 * Samples are made in threads of the library. With [property@AugmentationStage:any-thread] the virtual
 * function is called there, by several at a time. Without, as in JavaScript, it is called in the thread
 * that made the stage: other threads wait until the main context that was the thread's default then
 * gets to it, so that context must run; and samples are made one after the other.
 *
 * Since: 0.1
 */
typedef struct
{
  char *name;
  gboolean any_thread;
  GThread *thread;       /* that made it */
  GMainContext *context; /* and its context */
} SiambanAugmentationStagePrivate;

enum
{
  PROP_NAME = 1,
  PROP_ANY_THREAD,
  N_PROPS,
};

static GParamSpec *props[N_PROPS];

G_DEFINE_ABSTRACT_TYPE_WITH_PRIVATE (SiambanAugmentationStage,
                                     siamban_augmentation_stage,
                                     G_TYPE_OBJECT)

static SiambanAugmentationStagePrivate *
private_of (SiambanAugmentationStage *self)
{
  return siamban_augmentation_stage_get_instance_private (self);
}

static void
siamban_augmentation_stage_finalize (GObject *object)
{
  SiambanAugmentationStagePrivate *priv = private_of (SIAMBAN_AUGMENTATION_STAGE (object));

  g_free (priv->name);
  g_main_context_unref (priv->context);

  G_OBJECT_CLASS (siamban_augmentation_stage_parent_class)->finalize (object);
}

static void
siamban_augmentation_stage_get_property (GObject *object,
                                         guint prop_id,
                                         GValue *value,
                                         GParamSpec *pspec)
{
  SiambanAugmentationStage *self = SIAMBAN_AUGMENTATION_STAGE (object);

  switch (prop_id)
    {
    case PROP_NAME:
      g_value_set_string (value, siamban_augmentation_stage_get_name (self));
      break;

    case PROP_ANY_THREAD:
      g_value_set_boolean (value, private_of (self)->any_thread);
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
siamban_augmentation_stage_set_property (GObject *object,
                                         guint prop_id,
                                         const GValue *value,
                                         GParamSpec *pspec)
{
  SiambanAugmentationStagePrivate *priv = private_of (SIAMBAN_AUGMENTATION_STAGE (object));

  switch (prop_id)
    {
    case PROP_NAME:
      priv->name = g_value_dup_string (value);
      break;

    case PROP_ANY_THREAD:
      priv->any_thread = g_value_get_boolean (value);
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

/**
 * SiambanAugmentationStageClass::augment:
 * @self: a stage
 * @image: what the stages before it made
 * @is_search: whether it is a search image, and not a template
 * @seed: what the stage's random numbers are to depend on, another one for each image
 *
 * Makes another image of the same size. Subclasses must have it.
 *
 * Returns: (transfer full) (nullable): the image and the box in it, or %NULL if it cannot be made
 *
 * Since: 0.1
 */
static void
siamban_augmentation_stage_class_init (SiambanAugmentationStageClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS;

  object_class->finalize = siamban_augmentation_stage_finalize;
  object_class->get_property = siamban_augmentation_stage_get_property;
  object_class->set_property = siamban_augmentation_stage_set_property;

  /**
   * SiambanAugmentationStage:name: (getter get_name)
   *
   * What others are inserted after it by; the name of its type if nothing else is said.
   *
   * Since: 0.1
   */
  props[PROP_NAME] = g_param_spec_string ("name", NULL, NULL, NULL, flags);

  /**
   * SiambanAugmentationStage:any-thread: (getter get_any_thread)
   *
   * Whether the stage may be called in any thread, and in several at a time. A class of Python may; one
   * of JavaScript must not.
   *
   * Since: 0.1
   */
  props[PROP_ANY_THREAD] = g_param_spec_boolean ("any-thread", NULL, NULL, FALSE, flags);

  g_object_class_install_properties (object_class, N_PROPS, props);
}

static void
siamban_augmentation_stage_init (SiambanAugmentationStage *self)
{
  SiambanAugmentationStagePrivate *priv = private_of (self);

  priv->thread = g_thread_self ();
  priv->context = g_main_context_ref_thread_default ();
}

/**
 * siamban_augmentation_stage_get_name: (get-property name)
 * @self: a stage
 *
 * Gets what other stages are inserted after it by.
 *
 * Returns: (transfer none): the name
 *
 * Since: 0.1
 */
const char *
siamban_augmentation_stage_get_name (SiambanAugmentationStage *self)
{
  g_return_val_if_fail (SIAMBAN_IS_AUGMENTATION_STAGE (self), NULL);

  return private_of (self)->name ? private_of (self)->name : G_OBJECT_TYPE_NAME (self);
}

/**
 * siamban_augmentation_stage_get_any_thread: (get-property any-thread)
 * @self: a stage
 *
 * Gets whether the stage may be called in any thread.
 *
 * Returns: %TRUE if it may
 *
 * Since: 0.1
 */
gboolean
siamban_augmentation_stage_get_any_thread (SiambanAugmentationStage *self)
{
  g_return_val_if_fail (SIAMBAN_IS_AUGMENTATION_STAGE (self), FALSE);

  return private_of (self)->any_thread;
}

/* A call that another thread waits for. */
typedef struct
{
  SiambanAugmentationStage *stage;
  SiambanAugmentedImage *image;
  gboolean is_search;
  guint64 seed;
  SiambanAugmentedImage *result;

  GMutex lock;
  GCond ended;
  gboolean done; /* under the lock */
} Call;

static void
call_run (Call *self)
{
  SiambanAugmentationStageClass *klass = SIAMBAN_AUGMENTATION_STAGE_GET_CLASS (self->stage);

  if (klass->augment)
    self->result = klass->augment (self->stage, self->image, self->is_search, self->seed);
}

static gboolean
call_run_cb (gpointer user_data)
{
  Call *self = user_data;

  call_run (self);

  g_mutex_lock (&self->lock);
  self->done = TRUE;
  g_cond_signal (&self->ended);
  g_mutex_unlock (&self->lock);

  return G_SOURCE_REMOVE;
}

static void
call_in_context (Call *self, GMainContext *context)
{
  g_autoptr (GSource) source = g_idle_source_new ();

  g_mutex_init (&self->lock);
  g_cond_init (&self->ended);
  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_static_name (source, "[siamban] augmentation stage");
  g_source_set_callback (source, call_run_cb, self, NULL);
  g_source_attach (source, context);

  g_mutex_lock (&self->lock);
  while (!self->done)
    g_cond_wait (&self->ended, &self->lock);
  g_mutex_unlock (&self->lock);

  g_cond_clear (&self->ended);
  g_mutex_clear (&self->lock);
}

/**
 * siamban_augmentation_stage_apply:
 * @self: a stage
 * @image: what the stages before it made
 * @is_search: whether it is a search image, and not a template
 * @seed: what the stage's random numbers depend on
 * @error: return location for an error
 *
 * Makes another image of the same size, in whichever thread the stage may be called in.
 *
 * It fails with %SIAMBAN_ERROR_INVALID_IMAGE if the stage makes none, or one of another size.
 *
 * Returns: (transfer full): the image and the box in it
 *
 * Since: 0.1
 */
SiambanAugmentedImage *
siamban_augmentation_stage_apply (SiambanAugmentationStage *self,
                                  SiambanAugmentedImage *image,
                                  gboolean is_search,
                                  guint64 seed,
                                  GError **error)
{
  SiambanAugmentationStagePrivate *priv;
  g_autoptr (SiambanAugmentedImage) result = NULL;
  Call call = { .stage = self, .image = image, .is_search = is_search, .seed = seed };
  guint size;

  g_return_val_if_fail (SIAMBAN_IS_AUGMENTATION_STAGE (self), NULL);
  g_return_val_if_fail (image != NULL, NULL);

  priv = private_of (self);
  if (priv->any_thread || priv->thread == g_thread_self ())
    call_run (&call);
  else
    call_in_context (&call, priv->context);

  result = call.result;
  size = siamban_augmented_image_get_size (image);
  if (result != NULL && siamban_augmented_image_get_size (result) == size)
    return g_steal_pointer (&result);

  if (result == NULL)
    g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_IMAGE,
                 "The augmentation stage “%s” made no image",
                 siamban_augmentation_stage_get_name (self));
  else
    g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_IMAGE,
                 "The augmentation stage “%s” made an image of side %u; expected %u",
                 siamban_augmentation_stage_get_name (self),
                 siamban_augmented_image_get_size (result), size);

  return NULL;
}
