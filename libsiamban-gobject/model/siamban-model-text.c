/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-model-private.h"

#include <string.h>

#include "siamban-tensor-private.h"
#include "siamban-weights-private.h"

static guint64
count_under (SiambanWeights *weights, const char *path, gsize length)
{
  guint64 n = 0;

  for (guint i = 0; i < _siamban_weights_get_n (weights); i++)
    {
      SiambanParameter *parameter = _siamban_weights_peek (weights, i);
      const char *name = siamban_parameter_get_name (parameter);

      if (siamban_parameter_get_kind (parameter) == SIAMBAN_PARAMETER_WEIGHT &&
          strncmp (name, path, length) == 0 && name[length] == '.')
        n += siamban_parameter_get_n_elements (parameter);
    }

  return n;
}

static guint64
count_trained (SiambanModel *self, guint epoch)
{
  guint64 n = 0;

  for (guint i = 0; i < _siamban_weights_get_n (self->weights); i++)
    {
      SiambanParameter *parameter = _siamban_weights_peek (self->weights, i);

      if (siamban_parameter_get_kind (parameter) == SIAMBAN_PARAMETER_WEIGHT &&
          _siamban_model_trains (self, siamban_parameter_get_name (parameter), epoch))
        n += siamban_parameter_get_n_elements (parameter);
    }

  return n;
}

/* Epochs are counted from 1, as in the log. @last is the first epoch after. */
static void
append_phase (SiambanModel *self, GString *text, gint64 first, gint64 last, gboolean released)
{
  if (first >= last)
    return;

  g_string_append_printf (text, "epochs %d to %d train ", (int) first + 1, (int) last);
  for (guint i = 0; released && self->trained[i] != NULL; i++)
    g_string_append_printf (text, "%.*s, ", (int) strlen (self->trained[i]) - 1, self->trained[i]);
  g_string_append_printf (text, "%shead: %" G_GUINT64_FORMAT " weights\n",
                          self->neck != NULL ? "neck, " : "", count_trained (self, (guint) first));
}

static void
append_phases (SiambanModel *self, GString *text)
{
  const gint64 n_epochs = siamban_config_get_int (self->config, "TRAIN.EPOCH");
  const gint64 train_epoch = CLAMP (siamban_config_get_int (self->config, "BACKBONE.TRAIN_EPOCH"),
                                    0, n_epochs);

  append_phase (self, text, 0, train_epoch, FALSE);
  append_phase (self, text, train_epoch, n_epochs, TRUE);
}

static const char *
type_of (SiambanModel *self, const char *module)
{
  if (g_str_equal (module, "backbone"))
    return self->backbone->type;
  if (g_str_equal (module, "neck"))
    return self->neck->type;

  return self->head->type;
}

/* A line for each module that the name enters and its predecessor was not in. */
static void
append_modules (SiambanModel *self, GString *text, const char *name, const char *before)
{
  guint depth = 0;

  for (const char *dot = strchr (name, '.'), *begin = name; dot != NULL;
       begin = dot + 1, dot = strchr (begin, '.'), depth++)
    {
      const gsize length = (gsize) (dot - name);

      if (strncmp (before, name, length + 1) == 0)
        continue;

      g_string_append_printf (text, "%*s%.*s", (int) depth * 2, "", (int) (dot - begin), begin);
      if (depth == 0)
        {
          g_autofree char *module = g_strndup (name, length);

          g_string_append_printf (text, " (%s)", type_of (self, module));
        }
      g_string_append_printf (text, ": %" G_GUINT64_FORMAT "\n",
                              count_under (self->weights, name, length));
    }
}

static void
append_parameter (GString *text, SiambanParameter *parameter)
{
  const char *name = siamban_parameter_get_name (parameter);
  const SiambanParameterKind kind = siamban_parameter_get_kind (parameter);
  guint depth = 0;

  for (const char *at = name; *at != '\0'; at++)
    depth += *at == '.';
  g_string_append_printf (text, "%*s%s", (int) depth * 2, "", strrchr (name, '.') + 1);

  if (kind != SIAMBAN_PARAMETER_COUNTER)
    {
      gsize n_dims;
      const gint64 *shape = siamban_parameter_get_shape (parameter, &n_dims);
      g_autofree char *dims = _siamban_shape_to_string (shape, n_dims);

      g_string_append_printf (text, " %s", dims);
    }
  if (kind == SIAMBAN_PARAMETER_WEIGHT)
    g_string_append (text, siamban_parameter_get_trainable (parameter) ? ", trains" : ", frozen");
  g_string_append_c (text, '\n');
}

/**
 * siamban_model_to_string:
 * @self: a model
 *
 * Lists what trains in which epochs, then all modules with their number of weights, and in them
 * the parameters with their shapes and whether they train in [property@Model:epoch].
 *
 * Source: `describe()` in `siamban/utils/misc.py` of SiamBAN.
 *
 * Returns: (transfer full): the text
 *
 * Since: 0.1
 */
char *
siamban_model_to_string (SiambanModel *self)
{
  g_autoptr (GString) text = g_string_new (NULL);
  const char *before = "";

  g_return_val_if_fail (SIAMBAN_IS_MODEL (self), NULL);

  g_string_append_printf (text, "network: %" G_GUINT64_FORMAT " weights\n",
                          siamban_weights_get_n_values (self->weights, FALSE));
  append_phases (self, text);

  for (guint i = 0; i < _siamban_weights_get_n (self->weights); i++)
    {
      SiambanParameter *parameter = _siamban_weights_peek (self->weights, i);
      const char *name = siamban_parameter_get_name (parameter);

      append_modules (self, text, name, before);
      append_parameter (text, parameter);
      before = name;
    }

  return g_string_free (g_steal_pointer (&text), FALSE);
}
