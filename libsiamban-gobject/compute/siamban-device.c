/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-device.h"

#include "siambanenums.h"
#include "siamban-convolutions-private.h"
#include "siamban-engine-private.h"
#include "siamban-error.h"
#include "siamban-memory-private.h"
#include "siamban-process.h"

/**
 * SiambanDevice:
 *
 * Something that computes: the processor, a graphics card.
 *
 * [func@Device.open] finds one by the name that users type: `cpu`, `reference`, `cuda:0`.
 *
 * Any thread may use a device; the programs that it compiles belong to one thread each.
 *
 * Since: 0.1
 */
struct _SiambanDevice
{
  GObject parent_instance;

  SiambanEngine *engine; /* owns the device and lives as long as the process */
  guint index;
  char *id;
  char *name;
  guint64 memory;
  guint n_threads;
  gboolean exact;
  SiambanPrecision precision;
  char *convolutions;
};

enum
{
  PROP_ID = 1,
  PROP_NAME,
  PROP_MEMORY,
  PROP_N_THREADS,
  PROP_EXACT,
  PROP_PRECISION,
  PROP_CONVOLUTIONS,
  N_PROPS,
};

static GParamSpec *props[N_PROPS];

G_DEFINE_FINAL_TYPE (SiambanDevice, siamban_device, G_TYPE_OBJECT)

static void
siamban_device_finalize (GObject *object)
{
  SiambanDevice *self = SIAMBAN_DEVICE (object);

  g_free (self->id);
  g_free (self->name);
  g_free (self->convolutions);

  G_OBJECT_CLASS (siamban_device_parent_class)->finalize (object);
}

static void
siamban_device_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  SiambanDevice *self = SIAMBAN_DEVICE (object);

  switch (prop_id)
    {
    case PROP_ID:
      g_value_set_string (value, self->id);
      break;

    case PROP_NAME:
      g_value_set_string (value, self->name);
      break;

    case PROP_MEMORY:
      g_value_set_uint64 (value, self->memory);
      break;

    case PROP_N_THREADS:
      g_value_set_uint (value, self->n_threads);
      break;

    case PROP_EXACT:
      g_value_set_boolean (value, self->exact);
      break;

    case PROP_PRECISION:
      g_value_set_enum (value, (gint) self->precision);
      break;

    case PROP_CONVOLUTIONS:
      g_value_set_string (value, self->convolutions);
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
siamban_device_set_property (GObject *object, guint prop_id, const GValue *value, GParamSpec *pspec)
{
  SiambanDevice *self = SIAMBAN_DEVICE (object);

  switch (prop_id)
    {
    case PROP_N_THREADS:
      siamban_device_set_n_threads (self, g_value_get_uint (value));
      break;

    case PROP_EXACT:
      siamban_device_set_exact (self, g_value_get_boolean (value));
      break;

    case PROP_PRECISION:
      siamban_device_set_precision (self, (SiambanPrecision) g_value_get_enum (value));
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

/* How it computes. */
static void
make_choices (void)
{
  /**
   * SiambanDevice:n-threads: (getter get_n_threads) (setter set_n_threads)
   *
   * How many threads a processor computes with, 0 for all of the process
   * ([func@process_get_n_threads]). Programs see it when they are compiled.
   *
   * Since: 0.1
   */
  props[PROP_N_THREADS] = g_param_spec_uint ("n-threads", NULL, NULL, 0, 4096, 0,
                                             G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY |
                                                 G_PARAM_STATIC_STRINGS);

  /**
   * SiambanDevice:exact: (getter get_exact) (setter set_exact)
   *
   * Whether convolutions are computed as they are defined, in full float32: without Winograd's
   * algorithm on a processor, without TF32 on a graphics card. It takes up to three times as long.
   * Programs see it when they are compiled.
   *
   * It begins as %TRUE if the environment variable `SIAMBAN_EXACT` is 1.
   *
   * Since: 0.1
   */
  props[PROP_EXACT] = g_param_spec_boolean ("exact", NULL, NULL, FALSE,
                                            G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY |
                                                G_PARAM_STATIC_STRINGS);

  /**
   * SiambanDevice:precision: (getter get_precision) (setter set_precision)
   *
   * In what networks are computed. Not every device has all, see [method@Device.compile]. Programs see
   * it when they are compiled.
   *
   * It begins as %SIAMBAN_PRECISION_BF16 if the environment variable `SIAMBAN_PRECISION` is `bf16` and
   * the engine has that.
   *
   * Since: 0.1
   */
  props[PROP_PRECISION] = g_param_spec_enum (
      "precision", NULL, NULL, SIAMBAN_TYPE_PRECISION, SIAMBAN_PRECISION_FLOAT32,
      G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);

  /**
   * SiambanDevice:convolutions: (getter get_convolutions)
   *
   * Which convolutions are computed in which way, see [method@Device.set_convolutions]; %NULL if
   * all are as the engine chooses.
   *
   * Since: 0.1
   */
  props[PROP_CONVOLUTIONS] = g_param_spec_string ("convolutions", NULL, NULL, NULL,
                                                  G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
}

static void
siamban_device_class_init (SiambanDeviceClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->finalize = siamban_device_finalize;
  object_class->get_property = siamban_device_get_property;
  object_class->set_property = siamban_device_set_property;

  /**
   * SiambanDevice:id: (getter get_id)
   *
   * What users type, such as `cpu` or `cuda:0`.
   *
   * Since: 0.1
   */
  props[PROP_ID] = g_param_spec_string ("id", NULL, NULL, NULL,
                                        G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);

  /**
   * SiambanDevice:name: (getter get_name)
   *
   * What the maker calls it.
   *
   * Since: 0.1
   */
  props[PROP_NAME] = g_param_spec_string ("name", NULL, NULL, NULL,
                                          G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);

  /**
   * SiambanDevice:memory: (getter get_memory)
   *
   * Its memory in bytes, 0 if unknown.
   *
   * Since: 0.1
   */
  props[PROP_MEMORY] = g_param_spec_uint64 ("memory", NULL, NULL, 0, G_MAXUINT64, 0,
                                            G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);

  make_choices ();
  g_object_class_install_properties (object_class, N_PROPS, props);
}

static void
siamban_device_init (SiambanDevice *self)
{
  self->exact = g_strcmp0 (g_getenv ("SIAMBAN_EXACT"), "1") == 0;
}

SiambanDevice *
_siamban_device_new (SiambanEngine *engine, guint index)
{
  SiambanEngineClass *engine_class = (SiambanEngineClass *) G_OBJECT_GET_CLASS (engine);
  SiambanDevice *self = g_object_new (SIAMBAN_TYPE_DEVICE, NULL);
  SiambanDeviceInfo info = { NULL };

  engine_class->get_device_info (engine, index, &info);
  self->engine = engine;
  self->index = index;
  self->id = g_strdup (info.id);
  self->name = g_strdup (info.name);
  self->memory = info.memory;
  if (engine_class->has_bf16 && g_strcmp0 (g_getenv ("SIAMBAN_PRECISION"), "bf16") == 0)
    self->precision = SIAMBAN_PRECISION_BF16;

  return self;
}

guint
_siamban_device_get_index (SiambanDevice *self)
{
  return self->index;
}

SiambanEngine *
_siamban_device_get_engine (SiambanDevice *self)
{
  return self->engine;
}

gboolean
_siamban_device_is_processor (SiambanDevice *self)
{
  return ((SiambanEngineClass *) G_OBJECT_GET_CLASS (self->engine))->on_processor;
}

/* The device of that id, or the first of all for NULL; @reasons collects why engines have none. */
static SiambanDevice *
find_device (const char *id, GString *reasons)
{
  GListModel *engines = siamban_engine_list ();

  for (guint i = 0; i < g_list_model_get_n_items (engines); i++)
    {
      g_autoptr (SiambanEngine) engine = g_list_model_get_item (engines, i);
      g_autoptr (GListModel) devices = siamban_engine_get_devices (engine);
      g_autoptr (GError) reason = NULL;

      for (guint j = 0; j < g_list_model_get_n_items (devices); j++)
        {
          g_autoptr (SiambanDevice) device = g_list_model_get_item (devices, j);

          if (id == NULL || g_str_equal (id, device->id))
            return g_steal_pointer (&device);
          g_string_append_printf (reasons, "%s%s", reasons->len > 0 ? ", " : "", device->id);
        }

      if (!siamban_engine_probe (engine, &reason))
        g_string_append_printf (reasons, "%sno %s (%s)", reasons->len > 0 ? ", " : "", engine->name,
                                reason->message);
    }

  return NULL;
}

/**
 * siamban_device_open:
 * @id: (nullable): what users type, such as `cpu`; %NULL for the one that the environment variable
 *   `SIAMBAN_DEVICE` names; if that is empty as well, for the best there is
 * @error: return location for an error
 *
 * Finds a device.
 *
 * It fails with %SIAMBAN_ERROR_NO_DEVICE, naming the devices there are and why others are not.
 *
 * Returns: (transfer full): the device
 *
 * Since: 0.1
 */
SiambanDevice *
siamban_device_open (const char *id, GError **error)
{
  g_autoptr (GString) reasons = g_string_new (NULL);
  SiambanDevice *device;

  if (id == NULL)
    id = g_getenv ("SIAMBAN_DEVICE");
  if (id != NULL && *id == '\0')
    id = NULL;

  device = find_device (id, reasons);
  if (device == NULL)
    g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_NO_DEVICE,
                 "There is no device “%s”; there is: %s", id != NULL ? id : "any", reasons->str);

  return device;
}

/**
 * siamban_device_get_id: (get-property id)
 * @self: a device
 *
 * Gets what users type to name the device.
 *
 * Returns: the id
 *
 * Since: 0.1
 */
const char *
siamban_device_get_id (SiambanDevice *self)
{
  g_return_val_if_fail (SIAMBAN_IS_DEVICE (self), NULL);

  return self->id;
}

/**
 * siamban_device_get_name: (get-property name)
 * @self: a device
 *
 * Gets what the maker calls the device.
 *
 * Returns: the name
 *
 * Since: 0.1
 */
const char *
siamban_device_get_name (SiambanDevice *self)
{
  g_return_val_if_fail (SIAMBAN_IS_DEVICE (self), NULL);

  return self->name;
}

/**
 * siamban_device_get_engine_name:
 * @self: a device
 *
 * Gets the name of the engine that computes on the device.
 *
 * Returns: the name, such as `onednn`
 *
 * Since: 0.1
 */
const char *
siamban_device_get_engine_name (SiambanDevice *self)
{
  g_return_val_if_fail (SIAMBAN_IS_DEVICE (self), NULL);

  return self->engine->name;
}

/**
 * siamban_device_get_memory: (get-property memory)
 * @self: a device
 *
 * Gets the size of the device's memory.
 *
 * Returns: the size in bytes, 0 if unknown
 *
 * Since: 0.1
 */
guint64
siamban_device_get_memory (SiambanDevice *self)
{
  g_return_val_if_fail (SIAMBAN_IS_DEVICE (self), 0);

  return self->memory;
}

/**
 * siamban_device_get_n_threads: (get-property n-threads)
 * @self: a device
 *
 * Gets how many threads a processor computes with.
 *
 * Returns: the number, 0 for all of the process
 *
 * Since: 0.1
 */
guint
siamban_device_get_n_threads (SiambanDevice *self)
{
  g_return_val_if_fail (SIAMBAN_IS_DEVICE (self), 0);

  return self->n_threads;
}

/**
 * siamban_device_set_n_threads: (set-property n-threads)
 * @self: a device
 * @n_threads: how many threads, 0 for all of the process
 *
 * Sets how many threads a processor computes with, for programs compiled from now on.
 *
 * Since: 0.1
 */
void
siamban_device_set_n_threads (SiambanDevice *self, guint n_threads)
{
  g_return_if_fail (SIAMBAN_IS_DEVICE (self));

  if (self->n_threads == n_threads)
    return;

  self->n_threads = n_threads;
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_N_THREADS]);
}

/**
 * siamban_device_get_exact: (get-property exact)
 * @self: a device
 *
 * Tells whether convolutions are computed as they are defined, in full float32.
 *
 * Returns: %TRUE if they are
 *
 * Since: 0.1
 */
gboolean
siamban_device_get_exact (SiambanDevice *self)
{
  g_return_val_if_fail (SIAMBAN_IS_DEVICE (self), FALSE);

  return self->exact;
}

/**
 * siamban_device_set_exact: (set-property exact)
 * @self: a device
 * @exact: whether to do without quicker algorithms that round more
 *
 * Sets how convolutions are computed, in programs compiled from now on.
 *
 * Since: 0.1
 */
void
siamban_device_set_exact (SiambanDevice *self, gboolean exact)
{
  g_return_if_fail (SIAMBAN_IS_DEVICE (self));

  exact = !!exact;
  if (self->exact == exact)
    return;

  self->exact = exact;
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_EXACT]);
}

/**
 * siamban_device_get_precision: (get-property precision)
 * @self: a device
 *
 * Tells in what networks are computed.
 *
 * Returns: the precision
 *
 * Since: 0.1
 */
SiambanPrecision
siamban_device_get_precision (SiambanDevice *self)
{
  g_return_val_if_fail (SIAMBAN_IS_DEVICE (self), SIAMBAN_PRECISION_FLOAT32);

  return self->precision;
}

/**
 * siamban_device_set_precision: (set-property precision)
 * @self: a device
 * @precision: in what to compute
 *
 * Sets in what networks are computed, in programs compiled from now on.
 *
 * Since: 0.1
 */
void
siamban_device_set_precision (SiambanDevice *self, SiambanPrecision precision)
{
  g_return_if_fail (SIAMBAN_IS_DEVICE (self));

  if (self->precision == precision)
    return;

  self->precision = precision;
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_PRECISION]);
}

/**
 * siamban_device_get_convolutions: (get-property convolutions)
 * @self: a device
 *
 * Tells which convolutions are computed in which way.
 *
 * Returns: (nullable): as [method@Device.set_convolutions] takes it
 *
 * Since: 0.1
 */
const char *
siamban_device_get_convolutions (SiambanDevice *self)
{
  g_return_val_if_fail (SIAMBAN_IS_DEVICE (self), NULL);

  return self->convolutions;
}

/**
 * siamban_device_set_convolutions:
 * @self: a device
 * @choices: (nullable): `PATTERN=WAY`, several with commas between them, or %NULL
 * @error: return location for an error
 *
 * Overrides how the CPU engine computes 3 × 3 convolutions of stride 1, in programs compiled from
 * now on.
 *
 * A pattern is the name of weights, in which `*` stands for anything; of those that match, the last
 * counts. A way is one of `direct`, `winograd2`, `winograd4` and `auto`, see `docs/numerics.md`.
 * What cannot be done in that way, and every other convolution, is as the engine chooses; and
 * [property@Device:exact] wins. Other engines do not look at it.
 *
 * It fails with %SIAMBAN_ERROR_INVALID_CONFIG for anything else, which leaves what was.
 *
 * Returns: whether @choices was well formed
 *
 * Since: 0.1
 */
gboolean
siamban_device_set_convolutions (SiambanDevice *self, const char *choices, GError **error)
{
  g_return_val_if_fail (SIAMBAN_IS_DEVICE (self), FALSE);

  if (!_siamban_convolutions_check (choices, error))
    return FALSE;

  if (g_strcmp0 (self->convolutions, choices) != 0)
    {
      g_free (self->convolutions);
      self->convolutions = g_strdup (choices);
      g_object_notify_by_pspec (G_OBJECT (self), props[PROP_CONVOLUTIONS]);
    }

  return TRUE;
}

static gboolean
is_trainable (SiambanParameter *parameter)
{
  return parameter != NULL && siamban_parameter_get_trainable (parameter);
}

/* A value needs a gradient if the loss depends on it, and a trainable parameter takes part in it,
 * itself or through an input. */
static void
find_gradients (SiambanProgram *program)
{
  const guint n_values = siamban_graph_get_n_values (program->graph);
  g_autofree gboolean *reached = g_new0 (gboolean, n_values + 1);
  gboolean *needed = program->needs_gradient;

  for (guint value = 1; value <= n_values; value++)
    {
      const SiambanNode *node = _siamban_graph_peek_node (program->graph, value);

      needed[value] = is_trainable (node->weight) || is_trainable (node->bias);
      for (guint i = 0; i < node->n_inputs; i++)
        needed[value] |= needed[node->inputs[i]];
    }

  reached[_siamban_graph_get_loss (program->graph)] = TRUE;
  for (guint value = n_values; value > 0; value--)
    {
      const SiambanNode *node = _siamban_graph_peek_node (program->graph, value);

      needed[value] = needed[value] && reached[value];
      if (!reached[value])
        continue;

      for (guint i = 0; i < node->n_inputs; i++)
        reached[node->inputs[i]] = TRUE;
      if (is_trainable (node->weight))
        program->trains[_siamban_parameter_get_index (node->weight)] = TRUE;
      if (is_trainable (node->bias))
        program->trains[_siamban_parameter_get_index (node->bias)] = TRUE;
    }
}

static gboolean
prepare_training (SiambanProgram *program, GError **error)
{
  const gsize n_bytes = _siamban_weights_get_store (program->weights)->n_weight_values *
                        sizeof (float);

  program->gradients = _siamban_memory_new (n_bytes);
  program->momentum = _siamban_memory_new (n_bytes);
  if (program->gradients == NULL || program->momentum == NULL)
    {
      g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_OUT_OF_MEMORY,
                   "There is no memory for gradients and momentum, %" G_GSIZE_FORMAT " bytes",
                   2 * n_bytes);
      return FALSE;
    }

  find_gradients (program);

  return TRUE;
}

static gboolean
check_precision (SiambanDevice *self, GError **error)
{
  if (self->precision == SIAMBAN_PRECISION_FLOAT32)
    return TRUE;

  if (!((SiambanEngineClass *) G_OBJECT_GET_CLASS (self->engine))->has_bf16)
    {
      g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_UNSUPPORTED,
                   "“%s” cannot compute with bf16: only float32 is possible there", self->id);
      return FALSE;
    }
  if (self->exact)
    {
      g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_UNSUPPORTED,
                   "“%s” was asked for the precision bf16 and for exact float32: choose one",
                   self->id);
      return FALSE;
    }

  return TRUE;
}

/**
 * siamban_device_compile:
 * @self: a device
 * @graph: what to compute; from now on it cannot change any more
 * @training: whether gradients will be asked for; the graph must then have a loss
 * @error: return location for an error
 *
 * Plans a graph for the device.
 *
 * Which parameters train is looked up now. It fails with %SIAMBAN_ERROR_INVALID_GRAPH for a
 * mistake in the graph, %SIAMBAN_ERROR_UNSUPPORTED for an operation or a precision that the engine
 * or the device does not have and %SIAMBAN_ERROR_OUT_OF_MEMORY if the plan does not fit.
 *
 * Returns: (transfer full): the program
 *
 * Since: 0.1
 */
SiambanProgram *
siamban_device_compile (SiambanDevice *self, SiambanGraph *graph, gboolean training, GError **error)
{
  g_autoptr (SiambanProgram) program = NULL;
  SiambanEngineClass *engine_class;

  g_return_val_if_fail (SIAMBAN_IS_DEVICE (self), NULL);
  g_return_val_if_fail (SIAMBAN_IS_GRAPH (graph), NULL);

  if (!siamban_graph_check (graph, error))
    return NULL;
  if (training && _siamban_graph_get_loss (graph) == 0)
    {
      g_set_error_literal (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_GRAPH,
                           "A network without a loss cannot be trained");
      return NULL;
    }

  engine_class = (SiambanEngineClass *) G_OBJECT_GET_CLASS (self->engine);
  if (!check_precision (self, error))
    return NULL;

  program = g_object_new (engine_class->get_program_type (), NULL);
  program->device = G_OBJECT (g_object_ref (self));
  program->graph = g_object_ref (graph);
  program->weights = g_object_ref (siamban_graph_get_weights (graph));
  program->training = training;
  program->n_threads = self->n_threads > 0 ? self->n_threads : siamban_process_get_n_threads ();
  program->exact = self->exact;
  program->precision = self->precision;
  program->convolutions = g_strdup (self->convolutions);
  program->needs_gradient = g_new0 (gboolean, siamban_graph_get_n_values (graph) + 1);
  program->trains = g_new0 (gboolean, _siamban_weights_get_n (program->weights));

  _siamban_weights_get_store (program->weights);
  _siamban_graph_seal (graph);
  if (training && !prepare_training (program, error))
    return NULL;
  if (!((SiambanProgramClass *) G_OBJECT_GET_CLASS (program))->prepare (program, error))
    return NULL;

  return g_steal_pointer (&program);
}
