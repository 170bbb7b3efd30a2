/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-training-phase.h"

#include "siamban-model.h"
#include "siamban-training-private.h"

/* Batches that are planned for real: how memory grows between them is how it grows beyond. */
#define SMALL_BATCH 4
#define LARGE_BATCH 8

/**
 * SiambanTrainingPhase:
 *
 * Epochs of a training that train the same parts of the network, and what one of their steps needs.
 *
 * A run of the original has two: until `BACKBONE.TRAIN_EPOCH` neck and head train, and from then on
 * the layers `BACKBONE.TRAIN_LAYERS` too, which takes more memory.
 * [func@TrainingPhase.list] tells before anything is trained.
 *
 * Nothing changes after it was made: threads may share it.
 *
 * Since: 0.1
 */
struct _SiambanTrainingPhase
{
  GObject parent_instance;

  guint first_epoch;
  guint n_epochs;
  guint64 n_weights;
  guint64 memory;
};

enum
{
  PROP_FIRST_EPOCH = 1,
  PROP_N_EPOCHS,
  PROP_N_WEIGHTS,
  PROP_MEMORY,
  N_PROPS,
};

static GParamSpec *props[N_PROPS];

G_DEFINE_FINAL_TYPE (SiambanTrainingPhase, siamban_training_phase, G_TYPE_OBJECT)

static void
siamban_training_phase_get_property (GObject *object,
                                     guint prop_id,
                                     GValue *value,
                                     GParamSpec *pspec)
{
  SiambanTrainingPhase *self = SIAMBAN_TRAINING_PHASE (object);

  switch (prop_id)
    {
    case PROP_FIRST_EPOCH:
      g_value_set_uint (value, self->first_epoch);
      break;

    case PROP_N_EPOCHS:
      g_value_set_uint (value, self->n_epochs);
      break;

    case PROP_N_WEIGHTS:
      g_value_set_uint64 (value, self->n_weights);
      break;

    case PROP_MEMORY:
      g_value_set_uint64 (value, self->memory);
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
siamban_training_phase_class_init (SiambanTrainingPhaseClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

  object_class->get_property = siamban_training_phase_get_property;

  /**
   * SiambanTrainingPhase:first-epoch: (getter get_first_epoch)
   *
   * The epoch that it begins with, from 0.
   *
   * Since: 0.1
   */
  props[PROP_FIRST_EPOCH] = g_param_spec_uint ("first-epoch", NULL, NULL, 0, G_MAXUINT, 0, flags);

  /**
   * SiambanTrainingPhase:n-epochs: (getter get_n_epochs)
   *
   * How many epochs it has.
   *
   * Since: 0.1
   */
  props[PROP_N_EPOCHS] = g_param_spec_uint ("n-epochs", NULL, NULL, 0, G_MAXUINT, 0, flags);

  /**
   * SiambanTrainingPhase:n-weights: (getter get_n_weights)
   *
   * How many numbers train.
   *
   * Since: 0.1
   */
  props[PROP_N_WEIGHTS] = g_param_spec_uint64 ("n-weights", NULL, NULL, 0, G_MAXUINT64, 0, flags);

  /**
   * SiambanTrainingPhase:memory: (getter get_memory)
   *
   * What a step needs on one device, in bytes: weights, gradients, momentum, and what the engine
   * keeps between forward and backward.
   *
   * Since: 0.1
   */
  props[PROP_MEMORY] = g_param_spec_uint64 ("memory", NULL, NULL, 0, G_MAXUINT64, 0, flags);

  g_object_class_install_properties (object_class, N_PROPS, props);
}

static void
siamban_training_phase_init (SiambanTrainingPhase *self)
{
}

/* A plan of many pairs could itself need more memory than there is. */
static guint64
estimate (SiambanModel *model, SiambanDevice *device, guint batch_size, GError **error)
{
  const guint n_batches = (guint) siamban_config_get_int (siamban_model_get_config (model),
                                                          "TRAIN.ACCUMULATE");
  guint64 small, large;

  if (batch_size <= LARGE_BATCH)
    return _siamban_training_plan_step (model, device, batch_size, n_batches, error);

  small = _siamban_training_plan_step (model, device, SMALL_BATCH, n_batches, error);
  if (small == 0)
    return 0;
  large = _siamban_training_plan_step (model, device, LARGE_BATCH, n_batches, error);
  if (large == 0)
    return 0;

  return large +
         (batch_size - LARGE_BATCH) * (MAX (large, small) - small) / (LARGE_BATCH - SMALL_BATCH);
}

/* Where the phase of @epoch ends. */
static guint
find_end (SiambanModel *model, guint epoch, guint n_epochs)
{
  for (epoch++; epoch < n_epochs; epoch++)
    if (siamban_model_epoch_changes_phase (model, epoch))
      break;

  return epoch;
}

static SiambanTrainingPhase *
make_phase (SiambanModel *model, SiambanDevice *device, guint epoch, guint n_epochs, GError **error)
{
  SiambanConfig *config = siamban_model_get_config (model);
  const guint batch_size = (guint) siamban_config_get_int (config, "TRAIN.BATCH_SIZE");
  SiambanTrainingPhase *self;
  guint64 memory;

  siamban_model_set_epoch (model, epoch);
  memory = estimate (model, device, batch_size, error);
  if (memory == 0)
    return NULL;

  self = g_object_new (SIAMBAN_TYPE_TRAINING_PHASE, NULL);
  self->first_epoch = epoch;
  self->n_epochs = find_end (model, epoch, n_epochs) - epoch;
  self->n_weights = siamban_weights_get_n_values (siamban_model_get_weights (model), TRUE);
  self->memory = memory;

  return self;
}

/**
 * siamban_training_phase_list:
 * @config: a configuration
 * @device: the device to train on
 * @cancellable: (nullable): to give up between two phases
 * @error: return location for an error
 *
 * Finds the phases of a training, from `TRAIN.START_EPOCH` on, and what a step of each needs on a
 * device, without data and without a step.
 *
 * Up to eight pairs a step is planned as it will be. For more, `TRAIN.BATCH_SIZE`, the memory is
 * extrapolated from steps of four and of eight pairs.
 *
 * It fails as [ctor@Model.new] and [method@Device.compile] do, and with %G_IO_ERROR_CANCELLED.
 *
 * Returns: (transfer full): a list of [class@TrainingPhase], in the order of the epochs
 *
 * Since: 0.1
 */
GListModel *
siamban_training_phase_list (SiambanConfig *config,
                             SiambanDevice *device,
                             GCancellable *cancellable,
                             GError **error)
{
  g_autoptr (SiambanModel) model = NULL;
  g_autoptr (GListStore) phases = NULL;
  guint n_epochs, epoch;

  g_return_val_if_fail (SIAMBAN_IS_CONFIG (config), NULL);
  g_return_val_if_fail (SIAMBAN_IS_DEVICE (device), NULL);

  model = siamban_model_new (config, error);
  if (model == NULL)
    return NULL;

  phases = g_list_store_new (SIAMBAN_TYPE_TRAINING_PHASE);
  n_epochs = (guint) siamban_config_get_int (config, "TRAIN.EPOCH");
  epoch = (guint) siamban_config_get_int (config, "TRAIN.START_EPOCH");
  while (epoch < n_epochs)
    {
      g_autoptr (SiambanTrainingPhase) phase = NULL;

      if (g_cancellable_set_error_if_cancelled (cancellable, error))
        return NULL;
      phase = make_phase (model, device, epoch, n_epochs, error);
      if (phase == NULL)
        return NULL;
      g_list_store_append (phases, phase);
      epoch += phase->n_epochs;
    }

  return G_LIST_MODEL (g_steal_pointer (&phases));
}

typedef struct
{
  SiambanConfig *config;
  SiambanDevice *device;
} Request;

static void
request_free (gpointer data)
{
  Request *self = data;

  g_object_unref (self->config);
  g_object_unref (self->device);
  g_free (self);
}

static void
list_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Request *request = data;
  g_autoptr (GError) error = NULL;
  GListModel *phases = siamban_training_phase_list (request->config, request->device, cancellable,
                                                    &error);

  if (phases != NULL)
    g_task_return_pointer (task, phases, g_object_unref);
  else
    g_task_return_error (task, g_steal_pointer (&error));
}

/**
 * siamban_training_phase_list_async:
 * @config: a configuration, which is copied
 * @device: the device to train on
 * @cancellable: (nullable): to give up between two phases
 * @callback: (scope async): called in the caller's main context when it is done
 * @user_data: for @callback
 *
 * Does what [func@TrainingPhase.list] does in a thread.
 *
 * Since: 0.1
 */
void
siamban_training_phase_list_async (SiambanConfig *config,
                                   SiambanDevice *device,
                                   GCancellable *cancellable,
                                   GAsyncReadyCallback callback,
                                   gpointer user_data)
{
  g_autoptr (GTask) task = NULL;
  Request *request;

  g_return_if_fail (SIAMBAN_IS_CONFIG (config));
  g_return_if_fail (SIAMBAN_IS_DEVICE (device));

  request = g_new0 (Request, 1);
  request->config = siamban_config_copy (config);
  request->device = g_object_ref (device);
  task = g_task_new (NULL, cancellable, callback, user_data);
  g_task_set_source_tag (task, siamban_training_phase_list_async);
  g_task_set_task_data (task, request, request_free);
  g_task_run_in_thread (task, list_in_thread);
}

/**
 * siamban_training_phase_list_finish:
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Gets what [func@TrainingPhase.list_async] found.
 *
 * Returns: (transfer full): a list of [class@TrainingPhase]
 *
 * Since: 0.1
 */
GListModel *
siamban_training_phase_list_finish (GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, NULL), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

/**
 * siamban_training_phase_get_first_epoch: (get-property first-epoch)
 * @self: a phase
 *
 * Gets the epoch that it begins with.
 *
 * Returns: the epoch, from 0
 *
 * Since: 0.1
 */
guint
siamban_training_phase_get_first_epoch (SiambanTrainingPhase *self)
{
  g_return_val_if_fail (SIAMBAN_IS_TRAINING_PHASE (self), 0);

  return self->first_epoch;
}

/**
 * siamban_training_phase_get_n_epochs: (get-property n-epochs)
 * @self: a phase
 *
 * Gets how many epochs it has.
 *
 * Returns: the number of epochs
 *
 * Since: 0.1
 */
guint
siamban_training_phase_get_n_epochs (SiambanTrainingPhase *self)
{
  g_return_val_if_fail (SIAMBAN_IS_TRAINING_PHASE (self), 0);

  return self->n_epochs;
}

/**
 * siamban_training_phase_get_n_weights: (get-property n-weights)
 * @self: a phase
 *
 * Gets how many numbers train.
 *
 * Returns: the number of elements of all weights that train
 *
 * Since: 0.1
 */
guint64
siamban_training_phase_get_n_weights (SiambanTrainingPhase *self)
{
  g_return_val_if_fail (SIAMBAN_IS_TRAINING_PHASE (self), 0);

  return self->n_weights;
}

/**
 * siamban_training_phase_get_memory: (get-property memory)
 * @self: a phase
 *
 * Gets what a step needs on one device.
 *
 * Returns: the size, in bytes
 *
 * Since: 0.1
 */
guint64
siamban_training_phase_get_memory (SiambanTrainingPhase *self)
{
  g_return_val_if_fail (SIAMBAN_IS_TRAINING_PHASE (self), 0);

  return self->memory;
}
