/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-builder-private.h"

#include <math.h>

#include "siamban-config-text-private.h"
#include "siamban-error.h"

void
_siamban_builder_init (SiambanBuilder *self, SiambanWeights *weights)
{
  *self = (SiambanBuilder){ .weights = weights, .path = g_string_new (NULL), .branch = "z" };
}

void
_siamban_builder_clear (SiambanBuilder *self)
{
  g_string_free (self->path, TRUE);
  g_clear_error (&self->error);
}

void
_siamban_builder_fail (SiambanBuilder *self, const char *key, const char *format, ...)
{
  g_autofree char *reason = NULL;
  va_list args;

  if (self->error != NULL)
    return;

  va_start (args, format);
  reason = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error (&self->error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_CONFIG, "%s: %s", key, reason);
}

static gboolean
has_kwarg_type (GVariant *value, SiambanKwargType type)
{
  const gboolean is_int = g_variant_is_of_type (value, G_VARIANT_TYPE_INT64);

  switch (type)
    {
    case SIAMBAN_KWARG_INT:
      return is_int;

    case SIAMBAN_KWARG_INTS:
      return is_int || g_variant_is_of_type (value, G_VARIANT_TYPE ("ax"));

    case SIAMBAN_KWARG_DOUBLE:
      return is_int || g_variant_is_of_type (value, G_VARIANT_TYPE_DOUBLE);

    case SIAMBAN_KWARG_BOOLEAN:
    default:
      return g_variant_is_of_type (value, G_VARIANT_TYPE_BOOLEAN);
    }
}

static void
fail_unknown_kwarg (SiambanBuilder *self,
                    const char *key,
                    const char *name,
                    const SiambanKwarg *known)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new ();
  g_autofree char *list = NULL;
  const char *near;

  for (guint i = 0; known[i].name != NULL; i++)
    g_ptr_array_add (names, (gpointer) known[i].name);
  g_ptr_array_add (names, NULL);

  near = _siamban_config_nearest_word (name, (const char *const *) names->pdata);
  list = g_strjoinv (", ", (char **) names->pdata);
  if (near != NULL)
    _siamban_builder_fail (self, key, "unknown parameter “%s”, did you mean “%s”?", name, near);
  else
    _siamban_builder_fail (self, key, "unknown parameter “%s”, expected one of: %s", name, list);
}

void
_siamban_builder_check_kwargs (SiambanBuilder *self,
                               const char *key,
                               GVariant *kwargs,
                               const SiambanKwarg *known)
{
  static const char *const types[] = {
    [SIAMBAN_KWARG_INT] = "a whole number",
    [SIAMBAN_KWARG_INTS] = "a list of whole numbers",
    [SIAMBAN_KWARG_DOUBLE] = "a number",
    [SIAMBAN_KWARG_BOOLEAN] = "true or false",
  };
  GVariantIter iter;
  const char *name;
  GVariant *value;

  g_variant_iter_init (&iter, kwargs);
  while (g_variant_iter_loop (&iter, "{&sv}", &name, &value))
    {
      guint i = 0;

      while (known[i].name != NULL && !g_str_equal (known[i].name, name))
        i++;

      if (known[i].name == NULL)
        fail_unknown_kwarg (self, key, name, known);
      else if (!g_variant_is_of_type (value, G_VARIANT_TYPE_MAYBE) &&
               !has_kwarg_type (value, known[i].type))
        {
          g_autofree char *full_key = g_strconcat (key, ".", name, NULL);

          _siamban_builder_fail (self, full_key, "expected %s", types[known[i].type]);
        }
    }
}

gsize
_siamban_builder_enter (SiambanBuilder *self, const char *module)
{
  const gsize outer = self->path->len;

  if (outer > 0)
    g_string_append_c (self->path, '.');
  g_string_append (self->path, module);

  return outer;
}

void
_siamban_builder_leave (SiambanBuilder *self, gsize outer)
{
  g_string_truncate (self->path, outer);
}

static char *
path_of (SiambanBuilder *self, const char *name)
{
  return self->path->len > 0 ? g_strconcat (self->path->str, ".", name, NULL) : g_strdup (name);
}

/* The network is walked once for each of its two images: the second time all is there. */
static void
declare (SiambanBuilder *self,
         const char *name,
         SiambanParameterKind kind,
         const gint64 *shape,
         gsize n_dims,
         SiambanInit init)
{
  g_autofree char *path = NULL;

  if (self->inits == NULL)
    return;

  path = path_of (self, name);
  if (siamban_weights_lookup (self->weights, path) != NULL)
    return;

  siamban_weights_add (self->weights, path, kind, shape, n_dims);
  g_array_append_val (self->inits, init);
}

static void
declare_convolution (SiambanBuilder *self, guint n_in, const SiambanConvolution *convolution)
{
  const guint n_groups = MAX (1, convolution->n_groups);
  const gint64 shape[] = { convolution->n_out, n_in / n_groups, convolution->size,
                           convolution->size };
  const double area = (double) convolution->size * convolution->size;
  const double bound = 1.0 / sqrt (area * (n_in / n_groups));
  const SiambanInit fan_out = { SIAMBAN_INIT_NORMAL, sqrt (2.0 / (area * convolution->n_out)) };
  const SiambanInit fan_in = { SIAMBAN_INIT_UNIFORM, bound };

  declare (self, "weight", SIAMBAN_PARAMETER_WEIGHT, shape, 4,
           convolution->fan_out ? fan_out : fan_in);
  if (convolution->bias)
    declare (self, "bias", SIAMBAN_PARAMETER_WEIGHT, shape, 1, fan_in);
}

SiambanFeature
_siamban_builder_convolution (SiambanBuilder *self,
                              SiambanFeature x,
                              const char *module,
                              const SiambanConvolution *convolution)
{
  const gsize outer = _siamban_builder_enter (self, module);
  SiambanFeature result = { 0, convolution->n_out };

  declare_convolution (self, x.n_channels, convolution);
  if (x.value != 0)
    {
      g_autofree char *weight = path_of (self, "weight");
      g_autofree char *bias = convolution->bias ? path_of (self, "bias") : NULL;

      result.value = siamban_graph_convolution (
          self->graph, x.value, weight, bias, MAX (1, convolution->stride), convolution->padding,
          MAX (1, convolution->dilation), MAX (1, convolution->n_groups));
    }
  _siamban_builder_leave (self, outer);

  return result;
}

static void
declare_batch_norm (SiambanBuilder *self, guint n_channels)
{
  const gint64 shape[] = { n_channels };
  const SiambanInit zero = { SIAMBAN_INIT_CONSTANT, 0 };
  const SiambanInit one = { SIAMBAN_INIT_CONSTANT, 1 };

  declare (self, "weight", SIAMBAN_PARAMETER_WEIGHT, shape, 1, one);
  declare (self, "bias", SIAMBAN_PARAMETER_WEIGHT, shape, 1, zero);
  declare (self, "running_mean", SIAMBAN_PARAMETER_BUFFER, shape, 1, zero);
  declare (self, "running_var", SIAMBAN_PARAMETER_BUFFER, shape, 1, one);
  declare (self, "num_batches_tracked", SIAMBAN_PARAMETER_COUNTER, NULL, 0, zero);
}

/* Measures its batch when the network trains, unless its part of the network is frozen. */
static gboolean
batch_norm_trains (SiambanBuilder *self)
{
  g_autofree char *weight = path_of (self, "weight");

  return self->training &&
         siamban_parameter_get_trainable (siamban_weights_lookup (self->weights, weight));
}

SiambanFeature
_siamban_builder_batch_norm (SiambanBuilder *self, SiambanFeature x, const char *module)
{
  const gsize outer = _siamban_builder_enter (self, module);

  declare_batch_norm (self, x.n_channels);
  if (x.value != 0)
    x.value = siamban_graph_batch_norm (self->graph, x.value, self->path->str,
                                        batch_norm_trains (self));
  _siamban_builder_leave (self, outer);

  return x;
}

SiambanFeature
_siamban_builder_relu (SiambanBuilder *self, SiambanFeature x)
{
  if (x.value != 0)
    x.value = siamban_graph_relu (self->graph, x.value);

  return x;
}

SiambanFeature
_siamban_builder_relu6 (SiambanBuilder *self, SiambanFeature x)
{
  if (x.value != 0)
    x.value = siamban_graph_relu6 (self->graph, x.value);

  return x;
}

SiambanFeature
_siamban_builder_max_pool (SiambanBuilder *self,
                           SiambanFeature x,
                           guint size,
                           guint stride,
                           guint padding)
{
  if (x.value != 0)
    x.value = siamban_graph_max_pool (self->graph, x.value, size, stride, padding);

  return x;
}

SiambanFeature
_siamban_builder_add (SiambanBuilder *self, SiambanFeature a, SiambanFeature b)
{
  if (a.value != 0 && b.value != 0)
    a.value = siamban_graph_add (self->graph, a.value, b.value);

  return a;
}

SiambanFeature
_siamban_builder_crop (SiambanBuilder *self,
                       SiambanFeature x,
                       guint top,
                       guint left,
                       guint height,
                       guint width)
{
  if (x.value != 0)
    x.value = siamban_graph_crop (self->graph, x.value, top, left, height, width);

  return x;
}

SiambanFeature
_siamban_builder_xcorr_depthwise (SiambanBuilder *self,
                                  SiambanFeature search,
                                  SiambanFeature kernel)
{
  if (search.value == 0 || kernel.value == 0)
    return (SiambanFeature){ 0, search.n_channels };

  search.value = siamban_graph_xcorr_depthwise (self->graph, search.value, kernel.value);

  return search;
}

SiambanFeature
_siamban_builder_xcorr (SiambanBuilder *self, SiambanFeature search, SiambanFeature kernel)
{
  SiambanFeature result = { 0, kernel.n_channels / search.n_channels };

  if (search.value != 0 && kernel.value != 0)
    result.value = siamban_graph_xcorr (self->graph, search.value, kernel.value);

  return result;
}

void
_siamban_builder_ones (SiambanBuilder *self, const char *name, guint n)
{
  const gint64 shape[] = { n };
  const SiambanInit one = { SIAMBAN_INIT_CONSTANT, 1 };

  declare (self, name, SIAMBAN_PARAMETER_WEIGHT, shape, 1, one);
}

SiambanFeature
_siamban_builder_exp_scale (SiambanBuilder *self, SiambanFeature x, const char *scale, guint index)
{
  g_autofree char *path = path_of (self, scale);

  if (x.value != 0)
    x.value = siamban_graph_exp_scale (self->graph, x.value, path, index);

  return x;
}

SiambanFeature
_siamban_builder_level_sum (SiambanBuilder *self, const SiambanFeatures *levels, const char *weight)
{
  g_autofree char *path = weight != NULL ? path_of (self, weight) : NULL;
  SiambanFeature result = { 0, levels->levels[0].n_channels };
  guint values[SIAMBAN_MAX_LEVELS];

  for (guint i = 0; i < levels->n_levels; i++)
    {
      values[i] = levels->levels[i].value;
      if (values[i] == 0)
        return result;
    }
  result.value = siamban_graph_level_sum (self->graph, values, levels->n_levels, path);

  return result;
}

void
_siamban_builder_set_name (SiambanBuilder *self, SiambanFeature x, const char *format, ...)
{
  g_autofree char *name = NULL;
  va_list args;

  if (x.value == 0)
    return;

  va_start (args, format);
  name = g_strdup_vprintf (format, args);
  va_end (args);
  siamban_graph_set_name (self->graph, x.value, name);
}

static SiambanFeature
template_input (SiambanBuilder *self, SiambanFeature kernel, const char *name)
{
  const guint twin = siamban_graph_lookup (self->template_graph, name);
  const gint64 *shape;
  gsize n_dims;

  if (twin == 0)
    return kernel;

  shape = siamban_graph_get_shape (self->template_graph, twin, &n_dims);
  kernel.value = siamban_graph_input (self->graph, name, (guint) shape[0], (guint) shape[1],
                                      (guint) shape[2], (guint) shape[3]);

  return kernel;
}

SiambanFeature
_siamban_builder_template (SiambanBuilder *self, SiambanFeature kernel, const char *name)
{
  if (self->template_names != NULL)
    g_ptr_array_add (self->template_names, g_strdup (name));
  if (kernel.value == 0 && self->template_graph != NULL)
    return template_input (self, kernel, name);

  _siamban_builder_set_name (self, kernel, "%s", name);
  if (self->keeps_template)
    siamban_graph_add_output (self->graph, kernel.value);

  return kernel;
}

static guint
size_of (SiambanBuilder *self, SiambanFeature x, guint dim)
{
  gsize n_dims;

  return x.value == 0 ? 0 : (guint) siamban_graph_get_shape (self->graph, x.value, &n_dims)[dim];
}

guint
_siamban_builder_get_height (SiambanBuilder *self, SiambanFeature x)
{
  return size_of (self, x, 2);
}

guint
_siamban_builder_get_width (SiambanBuilder *self, SiambanFeature x)
{
  return size_of (self, x, 3);
}
