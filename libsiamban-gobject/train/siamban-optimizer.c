/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-optimizer-private.h"

#include <string.h>

#include "siamban-weights-private.h"

#define MAX_GROUPS 3

typedef struct
{
  const char *name; /* also the first part of its parameters' names */
  double base_rate;
  double rate;
  GPtrArray *parameters; /* (element-type utf8) names, NULL at the end */
} Group;

/**
 * SiambanOptimizer:
 *
 * Stochastic gradient descent with momentum, at a learning rate of its own for each part of the
 * network.
 *
 * | group      | parameters                           | base rate                                |
 * | ---------- | ------------------------------------ | ---------------------------------------- |
 * | `backbone` | the trainable ones of the backbone   | `BACKBONE.LAYERS_LR` × `TRAIN.BASE_LR`   |
 * | `neck`     | those of the neck, if there is one   | `TRAIN.BASE_LR`                          |
 * | `head`     | those of the head                    | `TRAIN.BASE_LR`                          |
 *
 * Which parameters are trainable is looked at once, when the optimizer is made. A step clips the
 * gradients of all of them together to the norm `TRAIN.GRAD_CLIP`, adds `TRAIN.WEIGHT_DECAY` times
 * the parameter, and moves by the momentum `TRAIN.MOMENTUM`, which is kept in the
 * [class@Program].
 *
 * An optimizer is used by one thread at a time.
 *
 * Source: `tools/train.py`, functions `build_opt_lr` and `train`.
 *
 * Since: 0.1
 */
struct _SiambanOptimizer
{
  GObject parent_instance;

  SiambanLrSchedule *schedule;
  SiambanWeights *weights;
  Group groups[MAX_GROUPS];
  guint n_groups;
  double *rates; /* one a parameter, by its index; 0 for what is in no group */
  guint n_rates;
  double momentum;
  double weight_decay;
  double grad_clip;
};

G_DEFINE_FINAL_TYPE (SiambanOptimizer, siamban_optimizer, G_TYPE_OBJECT)

static void
siamban_optimizer_finalize (GObject *object)
{
  SiambanOptimizer *self = SIAMBAN_OPTIMIZER (object);

  for (guint i = 0; i < self->n_groups; i++)
    g_ptr_array_unref (self->groups[i].parameters);
  g_free (self->rates);
  g_clear_object (&self->weights);
  g_clear_object (&self->schedule);

  G_OBJECT_CLASS (siamban_optimizer_parent_class)->finalize (object);
}

static void
siamban_optimizer_class_init (SiambanOptimizerClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = siamban_optimizer_finalize;
}

static void
siamban_optimizer_init (SiambanOptimizer *self)
{
}

static gboolean
belongs_to (const char *parameter, const char *group)
{
  const gsize length = strlen (group);

  return strncmp (parameter, group, length) == 0 && parameter[length] == '.';
}

static void
add_group (SiambanOptimizer *self, const char *name, double base_rate)
{
  Group *group = &self->groups[self->n_groups++];

  group->name = name;
  group->base_rate = base_rate;
  group->parameters = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < self->n_rates; i++)
    {
      SiambanParameter *parameter = _siamban_weights_peek (self->weights, i);

      if (siamban_parameter_get_kind (parameter) == SIAMBAN_PARAMETER_WEIGHT &&
          siamban_parameter_get_trainable (parameter) &&
          belongs_to (siamban_parameter_get_name (parameter), name))
        g_ptr_array_add (group->parameters, g_strdup (siamban_parameter_get_name (parameter)));
    }
  g_ptr_array_add (group->parameters, NULL);
}

/**
 * siamban_optimizer_new:
 * @config: a configuration
 * @weights: the parameters of the network
 * @error: return location for an error
 *
 * Makes an optimizer for the parameters that are trainable now, in the first epoch,
 * `TRAIN.START_EPOCH`.
 *
 * It fails with %SIAMBAN_ERROR_INVALID_CONFIG if the learning rate schedule of @config is not
 * possible; see [ctor@LrSchedule.new_from_config].
 *
 * Returns: (transfer full): a new optimizer
 *
 * Since: 0.1
 */
SiambanOptimizer *
siamban_optimizer_new (SiambanConfig *config, SiambanWeights *weights, GError **error)
{
  g_autoptr (SiambanLrSchedule) schedule = NULL;

  g_return_val_if_fail (SIAMBAN_IS_CONFIG (config), NULL);
  g_return_val_if_fail (SIAMBAN_IS_WEIGHTS (weights), NULL);

  schedule = siamban_lr_schedule_new_from_config (config, error);
  if (schedule == NULL)
    return NULL;

  return siamban_optimizer_new_with_schedule (config, weights, schedule);
}

/**
 * siamban_optimizer_new_with_schedule:
 * @config: a configuration, whose schedule is not looked at
 * @weights: the parameters of the network
 * @schedule: the learning rate as a function of the epoch, for `TRAIN.EPOCH` epochs
 *
 * Makes an optimizer with another schedule than that of its configuration.
 *
 * Returns: (transfer full): a new optimizer
 *
 * Since: 0.1
 */
SiambanOptimizer *
siamban_optimizer_new_with_schedule (SiambanConfig *config,
                                     SiambanWeights *weights,
                                     SiambanLrSchedule *schedule)
{
  SiambanOptimizer *self;
  double base_rate;

  g_return_val_if_fail (SIAMBAN_IS_CONFIG (config), NULL);
  g_return_val_if_fail (SIAMBAN_IS_WEIGHTS (weights), NULL);
  g_return_val_if_fail (SIAMBAN_IS_LR_SCHEDULE (schedule), NULL);

  self = g_object_new (SIAMBAN_TYPE_OPTIMIZER, NULL);
  self->schedule = g_object_ref (schedule);
  self->weights = g_object_ref (weights);
  self->n_rates = _siamban_weights_get_n (weights);
  self->rates = g_new0 (double, self->n_rates);
  self->momentum = siamban_config_get_double (config, "TRAIN.MOMENTUM");
  self->weight_decay = siamban_config_get_double (config, "TRAIN.WEIGHT_DECAY");
  self->grad_clip = siamban_config_get_double (config, "TRAIN.GRAD_CLIP");

  base_rate = siamban_config_get_double (config, "TRAIN.BASE_LR");
  add_group (self, "backbone",
             siamban_config_get_double (config, "BACKBONE.LAYERS_LR") * base_rate);
  if (siamban_config_get_boolean (config, "ADJUST.ADJUST"))
    add_group (self, "neck", base_rate);
  add_group (self, "head", base_rate);

  siamban_optimizer_set_epoch (self, (guint) siamban_config_get_int (config, "TRAIN.START_EPOCH"));

  return self;
}

void
_siamban_optimizer_scale (SiambanOptimizer *self, double factor)
{
  for (guint i = 0; i < self->n_groups; i++)
    self->groups[i].base_rate *= factor;
}

/**
 * siamban_optimizer_get_schedule:
 * @self: an optimizer
 *
 * Gets the learning rate as a function of the epoch.
 *
 * Returns: (transfer none): the schedule
 *
 * Since: 0.1
 */
SiambanLrSchedule *
siamban_optimizer_get_schedule (SiambanOptimizer *self)
{
  g_return_val_if_fail (SIAMBAN_IS_OPTIMIZER (self), NULL);

  return self->schedule;
}

/**
 * siamban_optimizer_get_n_groups:
 * @self: an optimizer
 *
 * Gets how many groups of parameters there are: three, or two without a neck. A group may be empty.
 *
 * Returns: the number of groups
 *
 * Since: 0.1
 */
guint
siamban_optimizer_get_n_groups (SiambanOptimizer *self)
{
  g_return_val_if_fail (SIAMBAN_IS_OPTIMIZER (self), 0);

  return self->n_groups;
}

/**
 * siamban_optimizer_get_group_name:
 * @self: an optimizer
 * @group: index of a group
 *
 * Gets the name of a group: `backbone`, `neck` or `head`.
 *
 * Returns: (transfer none): the name
 *
 * Since: 0.1
 */
const char *
siamban_optimizer_get_group_name (SiambanOptimizer *self, guint group)
{
  g_return_val_if_fail (SIAMBAN_IS_OPTIMIZER (self), NULL);
  g_return_val_if_fail (group < self->n_groups, NULL);

  return self->groups[group].name;
}

/**
 * siamban_optimizer_get_group_base_rate:
 * @self: an optimizer
 * @group: index of a group
 *
 * Gets the learning rate of a group before the schedule is applied, PyTorch's `initial_lr`.
 *
 * Returns: the learning rate
 *
 * Since: 0.1
 */
double
siamban_optimizer_get_group_base_rate (SiambanOptimizer *self, guint group)
{
  g_return_val_if_fail (SIAMBAN_IS_OPTIMIZER (self), 0);
  g_return_val_if_fail (group < self->n_groups, 0);

  return self->groups[group].base_rate;
}

/**
 * siamban_optimizer_get_group_rate:
 * @self: an optimizer
 * @group: index of a group
 *
 * Gets the learning rate of a group in the current epoch.
 *
 * Returns: the learning rate
 *
 * Since: 0.1
 */
double
siamban_optimizer_get_group_rate (SiambanOptimizer *self, guint group)
{
  g_return_val_if_fail (SIAMBAN_IS_OPTIMIZER (self), 0);
  g_return_val_if_fail (group < self->n_groups, 0);

  return self->groups[group].rate;
}

/**
 * siamban_optimizer_get_group_parameters:
 * @self: an optimizer
 * @group: index of a group
 *
 * Gets the names of a group's parameters, in the order of the weights, which is PyTorch's.
 *
 * Returns: (transfer none) (array zero-terminated=1): the names
 *
 * Since: 0.1
 */
const char *const *
siamban_optimizer_get_group_parameters (SiambanOptimizer *self, guint group)
{
  g_return_val_if_fail (SIAMBAN_IS_OPTIMIZER (self), NULL);
  g_return_val_if_fail (group < self->n_groups, NULL);

  return (const char *const *) self->groups[group].parameters->pdata;
}

/**
 * siamban_optimizer_set_epoch:
 * @self: an optimizer
 * @epoch: an epoch of the schedule, from 0
 *
 * Sets the learning rates to those of an epoch.
 *
 * Since: 0.1
 */
void
siamban_optimizer_set_epoch (SiambanOptimizer *self, guint epoch)
{
  g_return_if_fail (SIAMBAN_IS_OPTIMIZER (self));
  g_return_if_fail (epoch < siamban_lr_schedule_get_n_epochs (self->schedule));

  for (guint i = 0; i < self->n_groups; i++)
    {
      Group *group = &self->groups[i];

      group->rate = siamban_lr_schedule_get_group_rate (self->schedule, epoch, group->base_rate);
      for (guint j = 0; j + 1 < group->parameters->len; j++)
        {
          const char *name = g_ptr_array_index (group->parameters, j);
          SiambanParameter *parameter = siamban_weights_lookup (self->weights, name);

          self->rates[_siamban_parameter_get_index (parameter)] = group->rate;
        }
    }
}

/**
 * siamban_optimizer_step:
 * @self: an optimizer
 * @program: a program for training with the weights of @self, after its backward pass
 * @grad_norm: (out) (optional): return location for the norm of all gradients, before clipping
 * @error: return location for an error
 *
 * Moves the parameters one step against their gradients.
 *
 * Fails if the device of @program does.
 *
 * Returns: %TRUE if the parameters were moved
 *
 * Since: 0.1
 */
gboolean
siamban_optimizer_step (SiambanOptimizer *self,
                        SiambanProgram *program,
                        double *grad_norm,
                        GError **error)
{
  double norm = 0;

  g_return_val_if_fail (SIAMBAN_IS_OPTIMIZER (self), FALSE);
  g_return_val_if_fail (SIAMBAN_IS_PROGRAM (program), FALSE);

  if (!siamban_program_update (program, self->rates, self->n_rates, self->momentum,
                               self->weight_decay, self->grad_clip, &norm, error))
    return FALSE;
  if (grad_norm)
    *grad_norm = norm;

  return TRUE;
}
