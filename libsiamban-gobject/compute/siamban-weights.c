/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-weights-private.h"

#include <string.h>

#include "siambanenums.h"
#include "siamban-error.h"
#include "siamban-memory-private.h"
#include "siamban-tensor-private.h"

#define MAX_DIMS 4
#define ALIGNMENT 64
#define ALIGNED_FLOATS(n)                                                                          \
  (((n) + ALIGNMENT / sizeof (float) - 1) & ~(ALIGNMENT / sizeof (float) - 1))

/* Shared by the list and its parameters, so that a parameter outlives the list it came from. */
typedef struct
{
  SiambanWeightsStore store;
  gboolean sealed;

  /* Who has newer weights than the store, or NULL. */
  SiambanWeightsPullFunc pull;
  gpointer owner;
} Storage;

/**
 * SiambanParameter:
 *
 * One named entry of a network's state: a weight, a buffer or a counter.
 *
 * The name is the one of the original's `state_dict`, such as
 * `backbone.layer1.0.conv1.weight`.
 *
 * Values may be read by any thread while no program that uses them runs; they are written by
 * one thread at a time.
 *
 * Since: 0.1
 */
struct _SiambanParameter
{
  GObject parent_instance;

  Storage *storage;
  char *name;
  SiambanParameterKind kind;
  gsize n_dims;
  gint64 shape[MAX_DIMS];
  gsize n_elements;
  guint index;
  gsize offset; /* in floats, once the storage is sealed */
  gint64 counter;
  gboolean trainable;
};

/**
 * SiambanWeights:
 *
 * Everything that a network has learnt: the ordered list of its [class@Parameter]s.
 *
 * It is a [iface@Gio.ListModel], in the order of the original's `state_dict`.
 *
 * Since: 0.1
 */
struct _SiambanWeights
{
  GObject parent_instance;

  Storage *storage;
  GPtrArray *parameters;
  GHashTable *by_name; /* borrowed name → borrowed parameter */
};

enum
{
  PROP_NAME = 1,
  PROP_KIND,
  PROP_TRAINABLE,
  N_PROPS,
};

static GParamSpec *props[N_PROPS];

static void siamban_weights_list_model_init (GListModelInterface *iface);

G_DEFINE_FINAL_TYPE (SiambanParameter, siamban_parameter, G_TYPE_OBJECT)
G_DEFINE_FINAL_TYPE_WITH_CODE (SiambanWeights,
                               siamban_weights,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL,
                                                      siamban_weights_list_model_init))

static void
storage_clear (gpointer data)
{
  Storage *storage = data;

  _siamban_memory_free (storage->store.values, storage->store.n_values * sizeof (float));
}

static void
storage_release (Storage *storage)
{
  g_atomic_rc_box_release_full (storage, storage_clear);
}

static void
siamban_parameter_finalize (GObject *object)
{
  SiambanParameter *self = SIAMBAN_PARAMETER (object);

  g_free (self->name);
  storage_release (self->storage);

  G_OBJECT_CLASS (siamban_parameter_parent_class)->finalize (object);
}

static void
siamban_parameter_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  SiambanParameter *self = SIAMBAN_PARAMETER (object);

  switch (prop_id)
    {
    case PROP_NAME:
      g_value_set_string (value, self->name);
      break;

    case PROP_KIND:
      g_value_set_enum (value, (gint) self->kind);
      break;

    case PROP_TRAINABLE:
      g_value_set_boolean (value, self->trainable);
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
siamban_parameter_set_property (GObject *object,
                                guint prop_id,
                                const GValue *value,
                                GParamSpec *pspec)
{
  SiambanParameter *self = SIAMBAN_PARAMETER (object);

  switch (prop_id)
    {
    case PROP_TRAINABLE:
      siamban_parameter_set_trainable (self, g_value_get_boolean (value));
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
siamban_parameter_class_init (SiambanParameterClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->finalize = siamban_parameter_finalize;
  object_class->get_property = siamban_parameter_get_property;
  object_class->set_property = siamban_parameter_set_property;

  /**
   * SiambanParameter:name: (getter get_name)
   *
   * The name in the original's `state_dict`.
   *
   * Since: 0.1
   */
  props[PROP_NAME] = g_param_spec_string ("name", NULL, NULL, NULL,
                                          G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);

  /**
   * SiambanParameter:kind: (getter get_kind)
   *
   * How the value comes about, a [enum@ParameterKind].
   *
   * Since: 0.1
   */
  props[PROP_KIND] = g_param_spec_enum ("kind", NULL, NULL, SIAMBAN_TYPE_PARAMETER_KIND,
                                        SIAMBAN_PARAMETER_WEIGHT,
                                        G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);

  /**
   * SiambanParameter:trainable: (getter get_trainable) (setter set_trainable)
   *
   * Whether gradient descent moves the weight; always %FALSE for other kinds.
   *
   * Since: 0.1
   */
  props[PROP_TRAINABLE] = g_param_spec_boolean ("trainable", NULL, NULL, FALSE,
                                                G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY |
                                                    G_PARAM_STATIC_STRINGS);

  g_object_class_install_properties (object_class, N_PROPS, props);
}

static void
siamban_parameter_init (SiambanParameter *self)
{
}

/**
 * siamban_parameter_get_name: (get-property name)
 * @self: a parameter
 *
 * Gets the name in the original's `state_dict`.
 *
 * Returns: the name
 *
 * Since: 0.1
 */
const char *
siamban_parameter_get_name (SiambanParameter *self)
{
  g_return_val_if_fail (SIAMBAN_IS_PARAMETER (self), NULL);

  return self->name;
}

/**
 * siamban_parameter_get_kind: (get-property kind)
 * @self: a parameter
 *
 * Gets how the value comes about.
 *
 * Returns: the kind
 *
 * Since: 0.1
 */
SiambanParameterKind
siamban_parameter_get_kind (SiambanParameter *self)
{
  g_return_val_if_fail (SIAMBAN_IS_PARAMETER (self), SIAMBAN_PARAMETER_WEIGHT);

  return self->kind;
}

/**
 * siamban_parameter_get_shape:
 * @self: a parameter
 * @n_dims: (out): how many dimensions there are
 *
 * Gets the shape; a convolution's is (out channels, in channels per group, height, width).
 *
 * Returns: (transfer none) (array length=n_dims): the shape, empty for a counter
 *
 * Since: 0.1
 */
const gint64 *
siamban_parameter_get_shape (SiambanParameter *self, gsize *n_dims)
{
  g_return_val_if_fail (SIAMBAN_IS_PARAMETER (self), NULL);

  *n_dims = self->n_dims;

  return self->shape;
}

/**
 * siamban_parameter_get_n_elements:
 * @self: a parameter
 *
 * Gets how many numbers it holds.
 *
 * Returns: the product of the shape
 *
 * Since: 0.1
 */
gsize
siamban_parameter_get_n_elements (SiambanParameter *self)
{
  g_return_val_if_fail (SIAMBAN_IS_PARAMETER (self), 0);

  return self->n_elements;
}

/**
 * siamban_parameter_get_trainable: (get-property trainable)
 * @self: a parameter
 *
 * Tells whether gradient descent moves the weight.
 *
 * Returns: %TRUE if it trains
 *
 * Since: 0.1
 */
gboolean
siamban_parameter_get_trainable (SiambanParameter *self)
{
  g_return_val_if_fail (SIAMBAN_IS_PARAMETER (self), FALSE);

  return self->trainable;
}

/**
 * siamban_parameter_set_trainable: (set-property trainable)
 * @self: a parameter
 * @trainable: whether gradient descent moves the weight
 *
 * Freezes or releases a weight. Programs see it when they are compiled.
 *
 * Since: 0.1
 */
void
siamban_parameter_set_trainable (SiambanParameter *self, gboolean trainable)
{
  g_return_if_fail (SIAMBAN_IS_PARAMETER (self));

  trainable = trainable && self->kind == SIAMBAN_PARAMETER_WEIGHT;
  if (self->trainable == trainable)
    return;

  self->trainable = trainable;
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_TRAINABLE]);
}

/* Gives each parameter its place. See SiambanWeightsStore for the order. */
static void
seal (SiambanWeights *self)
{
  SiambanWeightsStore *store = &self->storage->store;
  gsize offset = 0;

  for (guint i = self->parameters->len; i > 0; i--)
    {
      SiambanParameter *parameter = g_ptr_array_index (self->parameters, i - 1);

      if (parameter->kind != SIAMBAN_PARAMETER_WEIGHT)
        continue;
      parameter->offset = offset;
      offset += ALIGNED_FLOATS (parameter->n_elements);
    }
  store->n_weight_values = offset;

  for (guint i = 0; i < self->parameters->len; i++)
    {
      SiambanParameter *parameter = g_ptr_array_index (self->parameters, i);

      if (parameter->kind != SIAMBAN_PARAMETER_BUFFER)
        continue;
      parameter->offset = offset;
      offset += ALIGNED_FLOATS (parameter->n_elements);
    }

  store->n_values = offset;
  store->values = _siamban_memory_new (offset * sizeof (float));
  if (store->values == NULL)
    g_error ("Cannot allocate %" G_GSIZE_FORMAT " bytes for weights", offset * sizeof (float));
  self->storage->sealed = TRUE;
}

static gboolean
sync_storage (Storage *storage, GError **error)
{
  if (storage->pull == NULL)
    return TRUE;
  if (!storage->pull (storage->owner, error))
    return FALSE;

  storage->pull = NULL;

  return TRUE;
}

/* For those who cannot fail; a training asks before it writes a checkpoint. */
static void
sync_or_tell (Storage *storage)
{
  g_autoptr (GError) error = NULL;

  if (!sync_storage (storage, &error))
    {
      g_message ("The last weights are lost: %s", error->message);
      storage->pull = NULL;
    }
}

const SiambanWeightsStore *
_siamban_weights_get_layout (SiambanWeights *self)
{
  if (!self->storage->sealed)
    seal (self);

  return &self->storage->store;
}

const SiambanWeightsStore *
_siamban_weights_get_store (SiambanWeights *self)
{
  sync_or_tell (self->storage);

  return _siamban_weights_get_layout (self);
}

void
_siamban_weights_set_ahead (SiambanWeights *self, SiambanWeightsPullFunc pull, gpointer owner)
{
  self->storage->pull = pull;
  self->storage->owner = owner;
}

gboolean
_siamban_weights_is_ahead (SiambanWeights *self, gconstpointer owner)
{
  return self->storage->pull != NULL && self->storage->owner == owner;
}

gboolean
_siamban_weights_sync (SiambanWeights *self, GError **error)
{
  return sync_storage (self->storage, error);
}

guint
_siamban_parameter_get_index (SiambanParameter *self)
{
  return self->index;
}

gsize
_siamban_parameter_get_offset (SiambanParameter *self)
{
  g_assert (self->storage->sealed);

  return self->offset;
}

/* NULL before the list was sealed, and for a counter. */
float *
_siamban_parameter_peek_values (SiambanParameter *self)
{
  if (self->kind == SIAMBAN_PARAMETER_COUNTER || self->storage->store.values == NULL)
    return NULL;

  if (self->kind == SIAMBAN_PARAMETER_WEIGHT)
    sync_or_tell (self->storage);

  return self->storage->store.values + self->offset;
}

gint64 *
_siamban_parameter_peek_counter (SiambanParameter *self)
{
  return self->kind == SIAMBAN_PARAMETER_COUNTER ? &self->counter : NULL;
}

/**
 * siamban_parameter_get_tensor:
 * @self: a parameter
 *
 * Copies the value out.
 *
 * Returns: (transfer full): a float32 tensor, for a counter an int64 one without dimensions
 *
 * Since: 0.1
 */
SiambanTensor *
siamban_parameter_get_tensor (SiambanParameter *self)
{
  SiambanTensor *tensor;
  float *values;

  g_return_val_if_fail (SIAMBAN_IS_PARAMETER (self), NULL);

  if (self->kind == SIAMBAN_PARAMETER_COUNTER)
    {
      g_autoptr (GBytes) bytes = g_bytes_new (&self->counter, sizeof self->counter);

      return siamban_tensor_new (SIAMBAN_DTYPE_INT64, NULL, 0, bytes, NULL);
    }

  tensor = _siamban_tensor_new_float32 (self->shape, self->n_dims, &values);
  if (self->storage->sealed)
    memcpy (values, _siamban_parameter_peek_values (self), self->n_elements * sizeof (float));
  else
    memset (values, 0, self->n_elements * sizeof (float));

  return tensor;
}

/* 64-bit integers do not pass through a double, which rounds them. */
static gboolean
read_counter (SiambanParameter *self, SiambanTensor *tensor, GError **error)
{
  const double item = siamban_tensor_get_item (tensor, 0);

  if (!(item >= 0 && item < (double) G_MAXINT64))
    {
      g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_WEIGHTS,
                   "“%s” is %g, expected a count", self->name, item);
      return FALSE;
    }

  if (siamban_tensor_get_dtype (tensor) == SIAMBAN_DTYPE_INT64)
    memcpy (&self->counter, _siamban_tensor_peek (tensor), sizeof self->counter);
  else
    self->counter = (gint64) item;

  return TRUE;
}

/**
 * siamban_parameter_set_tensor:
 * @self: a parameter of weights that are in use by a model
 * @tensor: the new value, of any dtype and of the parameter's shape
 * @error: return location for an error
 *
 * Replaces the value. Programs that exist must be told with
 * [method@Program.weights_changed].
 *
 * It fails with %SIAMBAN_ERROR_INVALID_WEIGHTS if the shapes differ, or a counter is no count.
 *
 * Returns: %TRUE if the value was taken
 *
 * Since: 0.1
 */
gboolean
siamban_parameter_set_tensor (SiambanParameter *self, SiambanTensor *tensor, GError **error)
{
  const gint64 *shape;
  gsize n_dims;

  g_return_val_if_fail (SIAMBAN_IS_PARAMETER (self), FALSE);
  g_return_val_if_fail (tensor != NULL, FALSE);
  g_return_val_if_fail (self->kind == SIAMBAN_PARAMETER_COUNTER || self->storage->sealed, FALSE);

  shape = siamban_tensor_get_shape (tensor, &n_dims);
  if (self->kind == SIAMBAN_PARAMETER_COUNTER && siamban_tensor_get_n_elements (tensor) == 1)
    return read_counter (self, tensor, error);

  if (n_dims != self->n_dims || memcmp (shape, self->shape, n_dims * sizeof *shape) != 0)
    {
      g_autofree char *expected = _siamban_shape_to_string (self->shape, self->n_dims);
      g_autofree char *found = _siamban_shape_to_string (shape, n_dims);

      g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_WEIGHTS,
                   "“%s” has shape %s, expected %s", self->name, found, expected);
      return FALSE;
    }

  _siamban_convert_to_float32 (siamban_tensor_get_dtype (tensor), _siamban_tensor_peek (tensor),
                               self->n_elements, _siamban_parameter_peek_values (self));

  return TRUE;
}

static GType
siamban_weights_get_item_type (GListModel *list)
{
  return SIAMBAN_TYPE_PARAMETER;
}

static guint
siamban_weights_get_n_items (GListModel *list)
{
  return SIAMBAN_WEIGHTS (list)->parameters->len;
}

static gpointer
siamban_weights_get_item (GListModel *list, guint position)
{
  SiambanWeights *self = SIAMBAN_WEIGHTS (list);

  if (position >= self->parameters->len)
    return NULL;

  return g_object_ref (g_ptr_array_index (self->parameters, position));
}

static void
siamban_weights_list_model_init (GListModelInterface *iface)
{
  iface->get_item_type = siamban_weights_get_item_type;
  iface->get_n_items = siamban_weights_get_n_items;
  iface->get_item = siamban_weights_get_item;
}

static void
siamban_weights_finalize (GObject *object)
{
  SiambanWeights *self = SIAMBAN_WEIGHTS (object);

  g_hash_table_unref (self->by_name);
  g_ptr_array_unref (self->parameters);
  storage_release (self->storage);

  G_OBJECT_CLASS (siamban_weights_parent_class)->finalize (object);
}

static void
siamban_weights_class_init (SiambanWeightsClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = siamban_weights_finalize;
}

static void
siamban_weights_init (SiambanWeights *self)
{
  self->storage = g_atomic_rc_box_new0 (Storage);
  self->parameters = g_ptr_array_new_with_free_func (g_object_unref);
  self->by_name = g_hash_table_new (g_str_hash, g_str_equal);
}

/**
 * siamban_weights_new:
 *
 * Makes an empty list.
 *
 * Returns: (transfer full): new weights
 *
 * Since: 0.1
 */
SiambanWeights *
siamban_weights_new (void)
{
  return g_object_new (SIAMBAN_TYPE_WEIGHTS, NULL);
}

/**
 * siamban_weights_add:
 * @self: weights that no graph uses yet
 * @name: a name that the list does not have yet
 * @kind: how its value comes about
 * @shape: (array length=n_dims): the size of each dimension
 * @n_dims: how many dimensions, at most 4; 0 for a counter
 *
 * Appends a parameter of zeros. A weight begins trainable.
 *
 * Returns: (transfer none): the new parameter
 *
 * Since: 0.1
 */
SiambanParameter *
siamban_weights_add (SiambanWeights *self,
                     const char *name,
                     SiambanParameterKind kind,
                     const gint64 *shape,
                     gsize n_dims)
{
  SiambanParameter *parameter;

  g_return_val_if_fail (SIAMBAN_IS_WEIGHTS (self), NULL);
  g_return_val_if_fail (name != NULL && !g_hash_table_contains (self->by_name, name), NULL);
  g_return_val_if_fail (n_dims <= MAX_DIMS, NULL);
  g_return_val_if_fail (kind != SIAMBAN_PARAMETER_COUNTER || n_dims == 0, NULL);
  g_return_val_if_fail (!self->storage->sealed, NULL);

  parameter = g_object_new (SIAMBAN_TYPE_PARAMETER, NULL);
  parameter->storage = g_atomic_rc_box_acquire (self->storage);
  parameter->name = g_strdup (name);
  parameter->kind = kind;
  parameter->n_dims = n_dims;
  parameter->n_elements = 1;
  for (gsize i = 0; i < n_dims; i++)
    {
      parameter->shape[i] = shape[i];
      parameter->n_elements *= (gsize) shape[i];
    }
  parameter->index = self->parameters->len;
  parameter->trainable = kind == SIAMBAN_PARAMETER_WEIGHT;

  g_ptr_array_add (self->parameters, parameter);
  g_hash_table_insert (self->by_name, parameter->name, parameter);

  return parameter;
}

/**
 * siamban_weights_lookup:
 * @self: weights
 * @name: the name of a parameter
 *
 * Finds a parameter by its name.
 *
 * Returns: (transfer none) (nullable): the parameter, %NULL if there is none of that name
 *
 * Since: 0.1
 */
SiambanParameter *
siamban_weights_lookup (SiambanWeights *self, const char *name)
{
  g_return_val_if_fail (SIAMBAN_IS_WEIGHTS (self), NULL);
  g_return_val_if_fail (name != NULL, NULL);

  return g_hash_table_lookup (self->by_name, name);
}

guint
_siamban_weights_get_n (SiambanWeights *self)
{
  return self->parameters->len;
}

SiambanParameter *
_siamban_weights_peek (SiambanWeights *self, guint index)
{
  return g_ptr_array_index (self->parameters, index);
}

/**
 * siamban_weights_copy:
 * @self: weights
 *
 * Copies names, values and what trains, for a second device or for later comparison.
 *
 * Returns: (transfer full): independent weights
 *
 * Since: 0.1
 */
SiambanWeights *
siamban_weights_copy (SiambanWeights *self)
{
  g_autoptr (SiambanWeights) copy = NULL;
  const SiambanWeightsStore *from, *to;

  g_return_val_if_fail (SIAMBAN_IS_WEIGHTS (self), NULL);

  copy = siamban_weights_new ();
  for (guint i = 0; i < self->parameters->len; i++)
    {
      SiambanParameter *parameter = g_ptr_array_index (self->parameters, i);
      SiambanParameter *twin = siamban_weights_add (copy, parameter->name, parameter->kind,
                                                    parameter->shape, parameter->n_dims);

      twin->counter = parameter->counter;
      twin->trainable = parameter->trainable;
    }

  from = _siamban_weights_get_store (self);
  to = _siamban_weights_get_store (copy);
  memcpy (to->values, from->values, from->n_values * sizeof (float));

  return g_steal_pointer (&copy);
}

/**
 * siamban_weights_get_n_values:
 * @self: weights
 * @trainable_only: whether only weights that train are counted
 *
 * Counts the numbers in all weights; buffers and counters are left out.
 *
 * Returns: the count
 *
 * Since: 0.1
 */
guint64
siamban_weights_get_n_values (SiambanWeights *self, gboolean trainable_only)
{
  guint64 n = 0;

  g_return_val_if_fail (SIAMBAN_IS_WEIGHTS (self), 0);

  for (guint i = 0; i < self->parameters->len; i++)
    {
      SiambanParameter *parameter = g_ptr_array_index (self->parameters, i);

      if (parameter->kind == SIAMBAN_PARAMETER_WEIGHT && (parameter->trainable || !trainable_only))
        n += parameter->n_elements;
    }

  return n;
}
