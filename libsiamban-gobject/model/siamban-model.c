/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-model-private.h"

#include <string.h>

#include "siamban-error.h"
#include "siamban-weights-private.h"

/**
 * SiambanModel:
 *
 * The network: a backbone, a neck and a head, as the configuration describes them.
 *
 * The backbone makes feature maps of a template image and, with the same weights, of a search
 * image; the neck brings them to the same number of channels; the head correlates them and says
 * at each point of a map how much it looks like the target, and how far away the target's edges
 * are.
 *
 * A model owns the [class@Weights] and writes graphs of them, for training and for
 * tracking. Names, order and shapes of the weights are those of the original's `state_dict`.
 *
 * Values of the graphs are named: `z.` is the template's branch and `x.` that of the search image
 * (`z.stem`, `x.p4`, `x.neck2`), then come the correlations of a level (`box2.cls.kernel`,
 * `box2.cls.search`, `box2.cls.xcorr`, `box2.cls.out`, `box2.loc.exp`).
 *
 * One thread at a time uses a model.
 *
 * Source: `siamban/models` of SiamBAN, after [Chen et al., 2020](https://arxiv.org/abs/2003.06761).
 *
 * Since: 0.1
 */

enum
{
  PROP_EPOCH = 1,
  N_PROPS,
};

static GParamSpec *props[N_PROPS];

G_DEFINE_FINAL_TYPE (SiambanModel, siamban_model, G_TYPE_OBJECT)

static void
siamban_model_finalize (GObject *object)
{
  SiambanModel *self = SIAMBAN_MODEL (object);

  g_clear_object (&self->config);
  g_clear_object (&self->weights);
  g_clear_pointer (&self->inits, g_array_unref);
  g_strfreev (self->trained);
  g_strfreev (self->template_names);

  G_OBJECT_CLASS (siamban_model_parent_class)->finalize (object);
}

static void
siamban_model_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  SiambanModel *self = SIAMBAN_MODEL (object);

  switch (prop_id)
    {
    case PROP_EPOCH:
      g_value_set_uint (value, self->epoch);
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
siamban_model_set_property (GObject *object, guint prop_id, const GValue *value, GParamSpec *pspec)
{
  SiambanModel *self = SIAMBAN_MODEL (object);

  switch (prop_id)
    {
    case PROP_EPOCH:
      siamban_model_set_epoch (self, g_value_get_uint (value));
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
siamban_model_class_init (SiambanModelClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->finalize = siamban_model_finalize;
  object_class->get_property = siamban_model_get_property;
  object_class->set_property = siamban_model_set_property;

  /**
   * SiambanModel:epoch: (getter get_epoch) (setter set_epoch)
   *
   * The epoch that graphs for training are built for, from 0. It decides which weights train.
   *
   * Since: 0.1
   */
  props[PROP_EPOCH] = g_param_spec_uint ("epoch", NULL, NULL, 0, G_MAXUINT, 0,
                                         G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY |
                                             G_PARAM_STATIC_STRINGS);

  g_object_class_install_properties (object_class, N_PROPS, props);
}

static void
siamban_model_init (SiambanModel *self)
{
  self->weights = siamban_weights_new ();
  self->inits = g_array_new (FALSE, TRUE, sizeof (SiambanInit));
}

static void
walk_backbone (SiambanModel *self,
               SiambanBuilder *builder,
               const char *branch,
               guint image,
               SiambanFeatures *features)
{
  const gsize outer = _siamban_builder_enter (builder, "backbone");

  builder->branch = branch;
  self->backbone->build (builder, self->backbone,
                         siamban_config_get_kwargs (self->config, "BACKBONE.KWARGS"),
                         (SiambanFeature){ image, 3 }, features);
  _siamban_builder_leave (builder, outer);
}

static void
walk_neck (SiambanModel *self,
           SiambanBuilder *builder,
           const char *branch,
           SiambanFeatures *features)
{
  const SiambanFeatures in = *features;
  gsize outer;

  if (self->neck == NULL || builder->error != NULL)
    return;

  outer = _siamban_builder_enter (builder, "neck");
  builder->branch = branch;
  self->neck->build (builder, siamban_config_get_kwargs (self->config, "ADJUST.KWARGS"), &in,
                     features);
  _siamban_builder_leave (builder, outer);
}

/* The order is the original's: batch norms measure the template first, then the search image. */
SiambanScores
_siamban_model_walk (SiambanModel *self, SiambanBuilder *builder, guint template, guint search)
{
  SiambanFeatures z = { .n_levels = 0 };
  SiambanFeatures x = { .n_levels = 0 };
  SiambanScores scores = { { 0 } };
  gsize outer;

  walk_backbone (self, builder, "z", template, &z);
  walk_backbone (self, builder, "x", search, &x);
  walk_neck (self, builder, "z", &z);
  walk_neck (self, builder, "x", &x);
  if (builder->error != NULL)
    return scores;

  outer = _siamban_builder_enter (builder, "head");
  scores = self->head->build (builder, siamban_config_get_kwargs (self->config, "BAN.KWARGS"), &z,
                              &x);
  _siamban_builder_leave (builder, outer);

  return scores;
}

static gboolean
find_parts (SiambanModel *self, GError **error)
{
  SiambanConfig *config = self->config;

  self->backbone = _siamban_backbone_lookup (siamban_config_get_string (config, "BACKBONE.TYPE"),
                                             error);
  if (self->backbone == NULL)
    return FALSE;

  if (siamban_config_get_boolean (config, "ADJUST.ADJUST"))
    {
      self->neck = _siamban_neck_lookup (siamban_config_get_string (config, "ADJUST.TYPE"), error);
      if (self->neck == NULL)
        return FALSE;
    }

  if (!siamban_config_get_boolean (config, "BAN.BAN"))
    {
      g_set_error_literal (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_CONFIG,
                           "BAN.BAN: expected true, a network without a head finds nothing");
      return FALSE;
    }
  self->head = _siamban_head_lookup (siamban_config_get_string (config, "BAN.TYPE"), error);

  return self->head != NULL;
}

static void
check_kwargs (SiambanModel *self, SiambanBuilder *builder)
{
  _siamban_builder_check_kwargs (builder, "BACKBONE.KWARGS",
                                 siamban_config_get_kwargs (self->config, "BACKBONE.KWARGS"),
                                 self->backbone->kwargs);
  if (self->neck != NULL)
    _siamban_builder_check_kwargs (builder, "ADJUST.KWARGS",
                                   siamban_config_get_kwargs (self->config, "ADJUST.KWARGS"),
                                   self->neck->kwargs);
  _siamban_builder_check_kwargs (builder, "BAN.KWARGS",
                                 siamban_config_get_kwargs (self->config, "BAN.KWARGS"),
                                 self->head->kwargs);
}

static gboolean
declare_parameters (SiambanModel *self, GError **error)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GError) failure = NULL;
  SiambanBuilder builder;

  _siamban_builder_init (&builder, self->weights);
  builder.inits = self->inits;
  builder.template_names = names;
  check_kwargs (self, &builder);
  if (builder.error == NULL)
    _siamban_model_walk (self, &builder, 0, 0);
  failure = g_steal_pointer (&builder.error);
  _siamban_builder_clear (&builder);

  if (failure != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&failure));
      return FALSE;
    }

  g_ptr_array_add (names, NULL);
  self->template_names = g_strdupv ((char **) names->pdata);

  return TRUE;
}

static char **
find_trained (SiambanConfig *config)
{
  const char *const *layers = siamban_config_get_strv (config, "BACKBONE.TRAIN_LAYERS");
  g_autoptr (GPtrArray) prefixes = g_ptr_array_new ();

  for (guint i = 0; layers != NULL && layers[i] != NULL; i++)
    g_ptr_array_add (prefixes, g_strconcat ("backbone.", layers[i], ".", NULL));
  g_ptr_array_add (prefixes, NULL);

  return (char **) g_ptr_array_free (g_steal_pointer (&prefixes), FALSE);
}

/**
 * siamban_model_new:
 * @config: what to build; it is copied, later changes do not matter
 * @error: return location for an error
 *
 * Builds a network and initialises it with the key `TRAIN.SEED`.
 *
 * It fails with %SIAMBAN_ERROR_INVALID_CONFIG, naming the key, if a part is of an unknown type or
 * the parts do not fit together.
 *
 * Returns: (transfer full): a new model
 *
 * Since: 0.1
 */
SiambanModel *
siamban_model_new (SiambanConfig *config, GError **error)
{
  g_autoptr (SiambanModel) self = NULL;
  g_autoptr (SiambanGraph) graph = NULL;

  g_return_val_if_fail (SIAMBAN_IS_CONFIG (config), NULL);

  self = g_object_new (SIAMBAN_TYPE_MODEL, NULL);
  self->config = siamban_config_copy (config);
  self->trained = find_trained (self->config);
  if (!find_parts (self, error) || !declare_parameters (self, error))
    return NULL;

  siamban_model_initialize (self, (guint64) siamban_config_get_int (self->config, "TRAIN.SEED"));
  siamban_model_set_epoch (self, 0);

  /* Whether the maps are large enough shows only when the images pass through. */
  graph = siamban_model_build_inference (self, 1, error);
  if (graph == NULL)
    return NULL;

  return g_steal_pointer (&self);
}

/**
 * siamban_model_get_config:
 * @self: a model
 *
 * Gets what the model was built of.
 *
 * Returns: (transfer none): the configuration, which must not be changed
 *
 * Since: 0.1
 */
SiambanConfig *
siamban_model_get_config (SiambanModel *self)
{
  g_return_val_if_fail (SIAMBAN_IS_MODEL (self), NULL);

  return self->config;
}

/**
 * siamban_model_get_weights:
 * @self: a model
 *
 * Gets everything that the network has learnt, in the order of the original's `state_dict`.
 *
 * Returns: (transfer none): the weights
 *
 * Since: 0.1
 */
SiambanWeights *
siamban_model_get_weights (SiambanModel *self)
{
  g_return_val_if_fail (SIAMBAN_IS_MODEL (self), NULL);

  return self->weights;
}

/**
 * siamban_model_initialize:
 * @self: a model
 * @seed: picks the random numbers; the same seed gives the same weights
 *
 * Sets all weights to what training from nothing begins with.
 *
 * The convolutions of a ResNet are normal with the variance 2 / (kernel area · output channels).
 * All other convolutions and their biases are uniform within ±1 / √(input channels · kernel area).
 * Batch norms begin with scale 1 and shift 0, running mean 0 and variance 1. The factors of levels
 * are 1.
 *
 * Programs that exist must be told with [method@Program.weights_changed].
 *
 * Source: `ResNet` in `siamban/models/backbone/resnet_atrous.py`, and PyTorch's defaults.
 *
 * Since: 0.1
 */
void
siamban_model_initialize (SiambanModel *self, guint64 seed)
{
  g_return_if_fail (SIAMBAN_IS_MODEL (self));

  _siamban_init_fill (self->weights, self->inits, seed);
}

gboolean
_siamban_model_trains (SiambanModel *self, const char *parameter, guint epoch)
{
  if (!g_str_has_prefix (parameter, "backbone."))
    return TRUE;

  if (epoch < siamban_config_get_int (self->config, "BACKBONE.TRAIN_EPOCH"))
    return FALSE;

  for (guint i = 0; self->trained[i] != NULL; i++)
    if (g_str_has_prefix (parameter, self->trained[i]))
      return TRUE;

  return FALSE;
}

/**
 * siamban_model_get_epoch: (get-property epoch)
 * @self: a model
 *
 * Gets the epoch that graphs for training are built for.
 *
 * Returns: the epoch, from 0
 *
 * Since: 0.1
 */
guint
siamban_model_get_epoch (SiambanModel *self)
{
  g_return_val_if_fail (SIAMBAN_IS_MODEL (self), 0);

  return self->epoch;
}

/**
 * siamban_model_set_epoch: (set-property epoch)
 * @self: a model
 * @epoch: an epoch, from 0
 *
 * Decides what trains, through [property@Parameter:trainable]; graphs and programs that exist do
 * not see it.
 *
 * Before `BACKBONE.TRAIN_EPOCH` the whole backbone is frozen, from then on its `TRAIN_LAYERS`
 * train. Batch norms of frozen parts use their running statistics in training, too. Neck
 * and head always train.
 *
 * Source: `build_opt_lr()` in `tools/train.py` of SiamBAN.
 *
 * Since: 0.1
 */
void
siamban_model_set_epoch (SiambanModel *self, guint epoch)
{
  g_return_if_fail (SIAMBAN_IS_MODEL (self));

  for (guint i = 0; i < _siamban_weights_get_n (self->weights); i++)
    {
      SiambanParameter *parameter = _siamban_weights_peek (self->weights, i);
      const char *name = siamban_parameter_get_name (parameter);

      siamban_parameter_set_trainable (parameter, _siamban_model_trains (self, name, epoch));
    }

  if (self->epoch == epoch)
    return;

  self->epoch = epoch;
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_EPOCH]);
}

/**
 * siamban_model_epoch_changes_phase:
 * @self: a model
 * @epoch: an epoch, from 0
 *
 * Tells whether the backbone begins to train with an epoch, so that training goes on with a new
 * optimizer and a new program.
 *
 * Returns: %TRUE if it does
 *
 * Since: 0.1
 */
gboolean
siamban_model_epoch_changes_phase (SiambanModel *self, guint epoch)
{
  g_return_val_if_fail (SIAMBAN_IS_MODEL (self), FALSE);

  return epoch > 0 && epoch == siamban_config_get_int (self->config, "BACKBONE.TRAIN_EPOCH");
}

/**
 * siamban_model_get_template_outputs:
 * @self: a model
 *
 * Gets the names of what a template leaves for the search: the outputs of
 * [method@Model.build_template] and inputs of [method@Model.build_search].
 *
 * Returns: (transfer none) (array zero-terminated=1): the names
 *
 * Since: 0.1
 */
const char *const *
siamban_model_get_template_outputs (SiambanModel *self)
{
  g_return_val_if_fail (SIAMBAN_IS_MODEL (self), NULL);

  return (const char *const *) self->template_names;
}
