/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-checkpoint-private.h"

#include "siamban-weights-private.h"

/**
 * SiambanCheckpoint:
 *
 * A file of weights as SiamBAN keeps it between epochs: the `state_dict` of the network, and
 * for a run that is to be resumed also the epoch and the state of the optimiser.
 *
 * Files of PyTorch are read without Python and without running anything that is in them: both
 * the zip archives of today and the files before version 1.6, with a bare `state_dict` or a
 * dictionary around it. What is written, PyTorch reads again, and the original resumes from.
 *
 * Tensors may be looked up by any thread while none changes the checkpoint.
 *
 * Source: the snapshots of SiamBAN's training loop, and `restore_from`.
 *
 * Since: 0.1
 */

enum
{
  PROP_EPOCH = 1,
  N_PROPS,
};

static GParamSpec *props[N_PROPS];

G_DEFINE_FINAL_TYPE (SiambanCheckpoint, siamban_checkpoint, G_TYPE_OBJECT)

static void
group_free (gpointer data)
{
  SiambanCheckpointGroup *group = data;

  g_ptr_array_unref (group->buffers);
  g_strfreev (group->names);
  g_free (group);
}

static void
clear_tensor (gpointer data)
{
  if (data != NULL)
    siamban_tensor_unref (data);
}

SiambanCheckpointGroup *
_siamban_checkpoint_group_new (void)
{
  SiambanCheckpointGroup *group = g_new0 (SiambanCheckpointGroup, 1);

  group->buffers = g_ptr_array_new_with_free_func (clear_tensor);

  return group;
}

static void
siamban_checkpoint_finalize (GObject *object)
{
  SiambanCheckpoint *self = SIAMBAN_CHECKPOINT (object);

  g_free (self->source);
  g_hash_table_unref (self->indices);
  g_ptr_array_unref (self->names);
  g_ptr_array_unref (self->tensors);
  g_ptr_array_unref (self->groups);

  G_OBJECT_CLASS (siamban_checkpoint_parent_class)->finalize (object);
}

static void
siamban_checkpoint_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  SiambanCheckpoint *self = SIAMBAN_CHECKPOINT (object);

  switch (prop_id)
    {
    case PROP_EPOCH:
      g_value_set_int (value, self->epoch);
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
siamban_checkpoint_set_property (GObject *object,
                                 guint prop_id,
                                 const GValue *value,
                                 GParamSpec *pspec)
{
  switch (prop_id)
    {
    case PROP_EPOCH:
      siamban_checkpoint_set_epoch (SIAMBAN_CHECKPOINT (object), g_value_get_int (value));
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
siamban_checkpoint_class_init (SiambanCheckpointClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->finalize = siamban_checkpoint_finalize;
  object_class->get_property = siamban_checkpoint_get_property;
  object_class->set_property = siamban_checkpoint_set_property;

  /**
   * SiambanCheckpoint:epoch: (getter get_epoch) (setter set_epoch)
   *
   * The epoch that a resumed run begins with, −1 if the file does not say.
   *
   * Since: 0.1
   */
  props[PROP_EPOCH] = g_param_spec_int ("epoch", NULL, NULL, -1, G_MAXINT, -1,
                                        G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY |
                                            G_PARAM_STATIC_STRINGS);

  g_object_class_install_properties (object_class, N_PROPS, props);
}

static void
siamban_checkpoint_init (SiambanCheckpoint *self)
{
  self->source = g_strdup ("checkpoint");
  self->epoch = -1;
  self->iteration = -1;
  self->batch_size = -1;
  self->names = g_ptr_array_new_with_free_func (g_free);
  g_ptr_array_add (self->names, NULL);
  self->tensors = g_ptr_array_new_with_free_func ((GDestroyNotify) siamban_tensor_unref);
  self->indices = g_hash_table_new (g_str_hash, g_str_equal);
  self->groups = g_ptr_array_new_with_free_func (group_free);
}

/**
 * siamban_checkpoint_new:
 *
 * Makes an empty checkpoint, to be filled and saved.
 *
 * Returns: (transfer full): a new checkpoint
 *
 * Since: 0.1
 */
SiambanCheckpoint *
siamban_checkpoint_new (void)
{
  return g_object_new (SIAMBAN_TYPE_CHECKPOINT, NULL);
}

/**
 * siamban_checkpoint_get_epoch: (get-property epoch)
 * @self: a checkpoint
 *
 * Gets the epoch that a resumed run begins with, counted from 0.
 *
 * Returns: the epoch, −1 if it is not known
 *
 * Since: 0.1
 */
int
siamban_checkpoint_get_epoch (SiambanCheckpoint *self)
{
  g_return_val_if_fail (SIAMBAN_IS_CHECKPOINT (self), -1);

  return self->epoch;
}

/**
 * siamban_checkpoint_set_epoch: (set-property epoch)
 * @self: a checkpoint
 * @epoch: the epoch that a resumed run begins with, −1 to leave it out
 *
 * Sets the epoch.
 *
 * Since: 0.1
 */
void
siamban_checkpoint_set_epoch (SiambanCheckpoint *self, int epoch)
{
  g_return_if_fail (SIAMBAN_IS_CHECKPOINT (self));
  g_return_if_fail (epoch >= -1);

  if (self->epoch == epoch)
    return;

  self->epoch = epoch;
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_EPOCH]);
}

/**
 * siamban_checkpoint_get_names:
 * @self: a checkpoint
 *
 * Gets the names of all tensors of the `state_dict`, exactly as they are in the file.
 *
 * Returns: (transfer none) (array zero-terminated=1): the names, in their order; they are good
 *   until the checkpoint changes
 *
 * Since: 0.1
 */
const char *const *
siamban_checkpoint_get_names (SiambanCheckpoint *self)
{
  g_return_val_if_fail (SIAMBAN_IS_CHECKPOINT (self), NULL);

  return (const char *const *) self->names->pdata;
}

/**
 * siamban_checkpoint_lookup:
 * @self: a checkpoint
 * @name: a name of the `state_dict`
 *
 * Finds a tensor by its name.
 *
 * Returns: (transfer none) (nullable): the tensor, %NULL if there is none of that name
 *
 * Since: 0.1
 */
SiambanTensor *
siamban_checkpoint_lookup (SiambanCheckpoint *self, const char *name)
{
  gpointer index;

  g_return_val_if_fail (SIAMBAN_IS_CHECKPOINT (self), NULL);
  g_return_val_if_fail (name != NULL, NULL);

  if (!g_hash_table_lookup_extended (self->indices, name, NULL, &index))
    return NULL;

  return g_ptr_array_index (self->tensors, GPOINTER_TO_UINT (index));
}

/**
 * siamban_checkpoint_set_tensor:
 * @self: a checkpoint
 * @name: a name of the `state_dict`
 * @tensor: its value
 *
 * Appends a tensor, or replaces the one of that name.
 *
 * Since: 0.1
 */
void
siamban_checkpoint_set_tensor (SiambanCheckpoint *self, const char *name, SiambanTensor *tensor)
{
  gpointer index;

  g_return_if_fail (SIAMBAN_IS_CHECKPOINT (self));
  g_return_if_fail (name != NULL);
  g_return_if_fail (tensor != NULL);

  if (g_hash_table_lookup_extended (self->indices, name, NULL, &index))
    {
      gpointer *place = &g_ptr_array_index (self->tensors, GPOINTER_TO_UINT (index));

      siamban_tensor_ref (tensor);
      siamban_tensor_unref (*place);
      *place = tensor;
    }
  else
    {
      char *copy = g_strdup (name);

      g_hash_table_insert (self->indices, copy, GUINT_TO_POINTER (self->tensors->len));
      g_ptr_array_insert (self->names, (gint) self->names->len - 1, copy);
      g_ptr_array_add (self->tensors, siamban_tensor_ref (tensor));
    }
}

/**
 * siamban_checkpoint_collect:
 * @self: a checkpoint
 * @weights: the weights of a network
 *
 * Copies every parameter, buffer and counter into the checkpoint, under its own name.
 *
 * Since: 0.1
 */
void
siamban_checkpoint_collect (SiambanCheckpoint *self, SiambanWeights *weights)
{
  const guint n = SIAMBAN_IS_WEIGHTS (weights) ? _siamban_weights_get_n (weights) : 0;

  g_return_if_fail (SIAMBAN_IS_CHECKPOINT (self));
  g_return_if_fail (SIAMBAN_IS_WEIGHTS (weights));

  for (guint i = 0; i < n; i++)
    {
      SiambanParameter *parameter = _siamban_weights_peek (weights, i);
      g_autoptr (SiambanTensor) tensor = siamban_parameter_get_tensor (parameter);

      siamban_checkpoint_set_tensor (self, siamban_parameter_get_name (parameter), tensor);
    }
}

/**
 * siamban_checkpoint_add_group:
 * @self: a checkpoint
 * @lr: the learning rate of the last step
 * @initial_lr: the learning rate that the schedule scales
 * @momentum: the momentum of the optimiser
 * @weight_decay: the weight decay of the optimiser
 * @parameter_names: (array zero-terminated=1): the parameters, in PyTorch's order
 *
 * Appends a group of parameters that share their learning rate.
 *
 * Since: 0.1
 */
void
siamban_checkpoint_add_group (SiambanCheckpoint *self,
                              double lr,
                              double initial_lr,
                              double momentum,
                              double weight_decay,
                              const char *const *parameter_names)
{
  SiambanCheckpointGroup *group;

  g_return_if_fail (SIAMBAN_IS_CHECKPOINT (self));
  g_return_if_fail (parameter_names != NULL);

  group = _siamban_checkpoint_group_new ();
  group->lr = lr;
  group->initial_lr = initial_lr;
  group->momentum = momentum;
  group->weight_decay = weight_decay;
  group->names = g_strdupv ((char **) parameter_names);
  g_ptr_array_set_size (group->buffers, (gint) g_strv_length (group->names));
  g_ptr_array_add (self->groups, group);
}

/**
 * siamban_checkpoint_set_momentum:
 * @self: a checkpoint
 * @parameter: a name of a group that was added
 * @tensor: the momentum of that parameter, of its shape
 *
 * Sets the momentum of one parameter. One without momentum has not been moved yet.
 *
 * Since: 0.1
 */
void
siamban_checkpoint_set_momentum (SiambanCheckpoint *self,
                                 const char *parameter,
                                 SiambanTensor *tensor)
{
  g_return_if_fail (SIAMBAN_IS_CHECKPOINT (self));
  g_return_if_fail (parameter != NULL);
  g_return_if_fail (tensor != NULL);

  for (guint g = 0; g < self->groups->len; g++)
    {
      SiambanCheckpointGroup *group = g_ptr_array_index (self->groups, g);

      for (guint i = 0; group->names != NULL && group->names[i] != NULL; i++)
        if (g_str_equal (group->names[i], parameter))
          {
            clear_tensor (g_ptr_array_index (group->buffers, i));
            g_ptr_array_index (group->buffers, i) = siamban_tensor_ref (tensor);
            return;
          }
    }

  g_critical ("No group has a parameter “%s”", parameter);
}

/**
 * siamban_checkpoint_get_n_groups:
 * @self: a checkpoint
 *
 * Gets how many groups of parameters the optimiser has.
 *
 * Returns: the count, 0 if the checkpoint has no state of an optimiser
 *
 * Since: 0.1
 */
guint
siamban_checkpoint_get_n_groups (SiambanCheckpoint *self)
{
  g_return_val_if_fail (SIAMBAN_IS_CHECKPOINT (self), 0);

  return self->groups->len;
}

/**
 * siamban_checkpoint_get_group_size:
 * @self: a checkpoint
 * @group: the position of a group
 *
 * Gets how many parameters a group has.
 *
 * Returns: the count
 *
 * Since: 0.1
 */
guint
siamban_checkpoint_get_group_size (SiambanCheckpoint *self, guint group)
{
  g_return_val_if_fail (SIAMBAN_IS_CHECKPOINT (self), 0);
  g_return_val_if_fail (group < self->groups->len, 0);

  return ((SiambanCheckpointGroup *) g_ptr_array_index (self->groups, group))->buffers->len;
}

/**
 * siamban_checkpoint_get_group_lr:
 * @self: a checkpoint
 * @group: the position of a group
 *
 * Gets the learning rate that a group had in its last step.
 *
 * Returns: the learning rate
 *
 * Since: 0.1
 */
double
siamban_checkpoint_get_group_lr (SiambanCheckpoint *self, guint group)
{
  g_return_val_if_fail (SIAMBAN_IS_CHECKPOINT (self), 0);
  g_return_val_if_fail (group < self->groups->len, 0);

  return ((SiambanCheckpointGroup *) g_ptr_array_index (self->groups, group))->lr;
}

/**
 * siamban_checkpoint_get_momentum_at:
 * @self: a checkpoint
 * @group: the position of a group
 * @index: the position of a parameter in it
 *
 * Gets the momentum of one parameter. A file does not name the parameters of a group: they are
 * in the order in which the optimiser got them.
 *
 * Returns: (transfer none) (nullable): the momentum, %NULL if the parameter has none yet
 *
 * Since: 0.1
 */
SiambanTensor *
siamban_checkpoint_get_momentum_at (SiambanCheckpoint *self, guint group, guint index)
{
  SiambanCheckpointGroup *parameters;

  g_return_val_if_fail (SIAMBAN_IS_CHECKPOINT (self), NULL);
  g_return_val_if_fail (group < self->groups->len, NULL);

  parameters = g_ptr_array_index (self->groups, group);
  g_return_val_if_fail (index < parameters->buffers->len, NULL);

  return g_ptr_array_index (parameters->buffers, index);
}
