/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-selftest.h"

#include <math.h>
#include <string.h>

/* What is compared with the reference, which may be slow. */
#define COMPARED_BATCH 2
#define RATE 1e-3
#define MOMENTUM 0.9
#define WEIGHT_DECAY 1e-4
#define GRAD_CLIP 10

/* What a device may differ by: of losses before the first update, relative; of all gradients as one vector,
 * relative to its norm, since an activation within rounding of 0 falls on one side or the other. The other
 * rows are guesses of what products with 10 and with 8 bits make of it. */
static const struct
{
  double loss, gradients;
} tolerances[] = {
  [SELFTEST_EXACT] = { 1e-4, 3e-2 },
  [SELFTEST_AS_TRAINED] = { 1e-2, 0.3 },
  [SELFTEST_BF16] = { 5e-2, 0.8 },
};

/* One network on one device, in one phase of its training. */
typedef struct
{
  SiambanModel *model;
  SiambanProgram *program;
  double *rates;
  gsize n_rates;
} Network;

static void
network_clear (Network *self)
{
  g_clear_object (&self->program);
  g_clear_object (&self->model);
  g_clear_pointer (&self->rates, g_free);
}

static SiambanTensor *
make_float_tensor (const char *name, double low, double high, const gint64 *shape, gsize n_dims)
{
  g_autoptr (GBytes) bytes = NULL;
  gsize n = 1;

  for (gsize i = 0; i < n_dims; i++)
    n *= (gsize) shape[i];
  bytes = g_bytes_new_take (selftest_make_values (name, low, high, n), n * sizeof (float));

  return siamban_tensor_new (SIAMBAN_DTYPE_FLOAT32, shape, n_dims, bytes, NULL);
}

/* Kernels that keep what passes through them at its size, so that every layer has a say in the loss. */
static gboolean
fill_weights (SiambanModel *model, GError **error)
{
  GListModel *weights = G_LIST_MODEL (siamban_model_get_weights (model));

  for (guint i = 0; i < g_list_model_get_n_items (weights); i++)
    {
      g_autoptr (SiambanParameter) parameter = g_list_model_get_item (weights, i);
      g_autoptr (SiambanTensor) tensor = NULL;
      const gint64 *shape;
      double amplitude;
      gsize n_dims;

      shape = siamban_parameter_get_shape (parameter, &n_dims);
      if (siamban_parameter_get_kind (parameter) != SIAMBAN_PARAMETER_WEIGHT || n_dims != 4)
        continue;
      amplitude = sqrt (3.0 / (double) (shape[1] * shape[2] * shape[3]));
      tensor = make_float_tensor (siamban_parameter_get_name (parameter), -amplitude, amplitude,
                                  shape, n_dims);
      if (!siamban_parameter_set_tensor (parameter, tensor, error))
        return FALSE;
    }

  return TRUE;
}

/* A few targets, some background, the rest ignored: the shares of a real batch. */
static SiambanTensor *
make_labels (const gint64 *shape)
{
  const gsize n = (gsize) (shape[0] * shape[1] * shape[2] * shape[3]);
  gint8 *values = g_new (gint8, n);
  g_autoptr (GBytes) bytes = g_bytes_new_take (values, n);

  for (gsize i = 0; i < n; i++)
    values[i] = i % 40 == 0 ? 1 : i % 13 == 0 ? 0 : -1;

  return siamban_tensor_new (SIAMBAN_DTYPE_INT8, shape, 4, bytes, NULL);
}

static gboolean
fill_inputs (Network *self, GError **error)
{
  static const struct
  {
    const char *name;
    double low, high;
  } inputs[] = {
    { "template", 0, 255 }, { "search", 0, 255 }, { "label_loc", 5, 60 }, { "label_cls", 0, 0 }
  };
  SiambanGraph *graph = siamban_program_get_graph (self->program);

  for (guint i = 0; i < G_N_ELEMENTS (inputs); i++)
    {
      const guint value = siamban_graph_lookup (graph, inputs[i].name);
      gsize n_dims;
      const gint64 *shape = siamban_graph_get_shape (graph, value, &n_dims);
      g_autoptr (SiambanTensor)
          tensor = inputs[i].low < inputs[i].high
                       ? make_float_tensor (inputs[i].name, inputs[i].low, inputs[i].high, shape, 4)
                       : make_labels (shape);

      if (!siamban_program_set_input (self->program, inputs[i].name, tensor, error))
        return FALSE;
    }

  return TRUE;
}

static gboolean
network_init (Network *self,
              Selftest *test,
              SiambanDevice *device,
              guint epoch,
              guint batch_size,
              GError **error)
{
  g_autoptr (SiambanGraph) graph = NULL;

  self->model = siamban_model_new (test->config, error);
  if (self->model == NULL || !fill_weights (self->model, error))
    return FALSE;
  siamban_model_set_epoch (self->model, epoch);
  graph = siamban_model_build_training (self->model, batch_size, error);
  if (graph == NULL)
    return FALSE;
  self->program = siamban_device_compile (device, graph, TRUE, error);
  if (self->program == NULL)
    return FALSE;

  self->n_rates = g_list_model_get_n_items (G_LIST_MODEL (siamban_model_get_weights (self->model)));
  self->rates = g_new (double, self->n_rates);
  for (gsize i = 0; i < self->n_rates; i++)
    self->rates[i] = RATE;

  return fill_inputs (self, error);
}

static gboolean
differentiate (Network *self, GError **error)
{
  return siamban_program_forward (self->program, error) &&
         siamban_program_backward (self->program, error);
}

static gboolean
update (Network *self, GError **error)
{
  return siamban_program_update (self->program, self->rates, self->n_rates, MOMENTUM, WEIGHT_DECAY,
                                 GRAD_CLIP, NULL, error);
}

static gboolean
read_loss (Network *self, double *loss, GError **error)
{
  g_autoptr (SiambanTensor)
      tensor = siamban_program_get_output (self->program, "total_loss", error);

  if (tensor == NULL)
    return FALSE;
  *loss = siamban_tensor_get_item (tensor, 0);

  return TRUE;
}

/* Of all that trains, as one vector: how far a is from b, relative to the length of b. */
typedef struct
{
  double difference, length;
} Distance;

static double
distance_get (const Distance *self)
{
  return sqrt (self->difference / MAX (self->length, G_MINDOUBLE));
}

static void
distance_add (Distance *self, SiambanTensor *a, SiambanTensor *b)
{
  for (gsize i = 0; i < siamban_tensor_get_n_elements (b); i++)
    {
      const double expected = siamban_tensor_get_item (b, i);
      const double difference = siamban_tensor_get_item (a, i) - expected;

      self->difference += difference * difference;
      self->length += expected * expected;
    }
}

static gboolean
measure_gradients (Network *a, Network *b, double *distance, GError **error)
{
  GListModel *weights = G_LIST_MODEL (siamban_model_get_weights (b->model));
  Distance sum = { 0 };

  for (guint i = 0; i < g_list_model_get_n_items (weights); i++)
    {
      g_autoptr (SiambanParameter) parameter = g_list_model_get_item (weights, i);
      const char *name = siamban_parameter_get_name (parameter);
      g_autoptr (SiambanTensor) x = NULL;
      g_autoptr (SiambanTensor) y = NULL;

      if (siamban_parameter_get_kind (parameter) != SIAMBAN_PARAMETER_WEIGHT ||
          !siamban_parameter_get_trainable (parameter))
        continue;
      x = siamban_program_get_gradient (a->program, name, error);
      y = x == NULL ? NULL : siamban_program_get_gradient (b->program, name, error);
      if (y == NULL)
        return FALSE;
      distance_add (&sum, x, y);
    }
  *distance = distance_get (&sum);

  return TRUE;
}

/* Whether every weight, statistic and counter is the same to the last bit. */
static gboolean
is_same (Network *a, Network *b)
{
  GListModel *weights = G_LIST_MODEL (siamban_model_get_weights (a->model));
  GListModel *others = G_LIST_MODEL (siamban_model_get_weights (b->model));

  for (guint i = 0; i < g_list_model_get_n_items (weights); i++)
    {
      g_autoptr (SiambanParameter) parameter = g_list_model_get_item (weights, i);
      g_autoptr (SiambanParameter) other = g_list_model_get_item (others, i);
      g_autoptr (SiambanTensor) x = siamban_parameter_get_tensor (parameter);
      g_autoptr (SiambanTensor) y = siamban_parameter_get_tensor (other);

      if (!g_bytes_equal (siamban_tensor_get_bytes (x), siamban_tensor_get_bytes (y)))
        return FALSE;
    }

  return TRUE;
}

/* The loss, all gradients, and the loss after an update, which sees the new weights. */
static gboolean
compare (Selftest *test,
         SelftestPrecision precision,
         Network *found,
         Network *expected,
         const char *check,
         GError **error)
{
  const double tolerance = tolerances[precision].loss;
  double loss, reference, later, later_reference, distance;

  if (!differentiate (expected, error) || !differentiate (found, error) ||
      !read_loss (expected, &reference, error) || !read_loss (found, &loss, error) ||
      !measure_gradients (found, expected, &distance, error) || !update (expected, error) ||
      !update (found, error) || !siamban_program_forward (expected->program, error) ||
      !siamban_program_forward (found->program, error) ||
      !read_loss (expected, &later_reference, error) || !read_loss (found, &later, error))
    return FALSE;

  selftest_report (test,
                   fabs (loss - reference) <= tolerance * fabs (reference) &&
                       fabs (later - later_reference) <= 10 * tolerance * fabs (later_reference) &&
                       distance <= tolerances[precision].gradients,
                   check,
                   _ ("loss %.6g, on %s %.6g; gradients differ by %.2g; loss after an update %.6g "
                      "and %.6g"),
                   loss, siamban_device_get_id (test->reference), reference, distance, later,
                   later_reference);

  return TRUE;
}

/* Two steps twice. */
static gboolean
repeat (Selftest *test, guint epoch, const char *check, GError **error)
{
  Network networks[2] = { { NULL }, { NULL } };
  gboolean done = TRUE;

  for (guint i = 0; i < 2 && done; i++)
    {
      done = network_init (&networks[i], test, test->device, epoch, COMPARED_BATCH, error);
      for (guint step = 0; step < 2 && done; step++)
        done = differentiate (&networks[i], error) && update (&networks[i], error);
    }
  if (done)
    {
      const gboolean same = is_same (&networks[0], &networks[1]);

      selftest_report (test, same, check, "%s",
                       same ? _ ("two runs give the same bits")
                            : _ ("two runs give different numbers"));
    }
  for (guint i = 0; i < 2; i++)
    network_clear (&networks[i]);

  return done;
}

static double
now (void)
{
  return (double) g_get_monotonic_time () / G_USEC_PER_SEC;
}

/* A step as a training makes it: images in, the loss out. */
static gboolean
take_step (Network *self, GError **error)
{
  double loss;

  return fill_inputs (self, error) && differentiate (self, error) &&
         read_loss (self, &loss, error) && update (self, error);
}

static gboolean
measure_speed (Selftest *test, guint epoch, const char *check, GError **error)
{
  Network network = { NULL };
  guint n_steps = 0;
  double began, spent = 0;
  gboolean done = network_init (&network, test, test->device, epoch, test->batch_size, error) &&
                  differentiate (&network, error) && update (&network, error);

  began = now ();
  while (done && (n_steps == 0 || spent < test->seconds))
    {
      done = take_step (&network, error);
      n_steps++;
      spent = now () - began;
    }
  if (done)
    {
      g_autofree char *memory = g_format_size_full (siamban_program_get_memory (network.program),
                                                    G_FORMAT_SIZE_IEC_UNITS);

      selftest_report (
          test, TRUE, check, _ ("a step of %u pairs takes %.1f ms: %.1f pairs/s, with %s"),
          test->batch_size, 1000 * spent / n_steps, test->batch_size * n_steps / spent, memory);
    }
  network_clear (&network);

  return done;
}

static gboolean
check_step (Selftest *test,
            SelftestPrecision precision,
            guint epoch,
            const char *check,
            GError **error)
{
  Network found = { NULL }, expected = { NULL };
  const gboolean done = network_init (&expected, test, test->reference, epoch, COMPARED_BATCH,
                                      error) &&
                        network_init (&found, test, test->device, epoch, COMPARED_BATCH, error) &&
                        compare (test, precision, &found, &expected, check, error);

  network_clear (&found);
  network_clear (&expected);

  return done;
}

typedef gboolean (*CheckFunc) (Selftest *test, guint epoch, const char *check, GError **error);

static gboolean
check_exact_step (Selftest *test, guint epoch, const char *check, GError **error)
{
  return check_step (test, SELFTEST_EXACT, epoch, check, error);
}

static gboolean
check_trained_step (Selftest *test, guint epoch, const char *check, GError **error)
{
  return check_step (test, SELFTEST_AS_TRAINED, epoch, check, error);
}

static gboolean
check_bf16_step (Selftest *test, guint epoch, const char *check, GError **error)
{
  g_autoptr (GError) local_error = NULL;
  gboolean done;

  siamban_device_set_precision (test->device, SIAMBAN_PRECISION_BF16);
  done = check_step (test, SELFTEST_BF16, epoch, check, &local_error);
  siamban_device_set_precision (test->device, SIAMBAN_PRECISION_FLOAT32);
  if (done)
    return TRUE;

  /* Old cards do not have it. */
  if (g_error_matches (local_error, SIAMBAN_ERROR, SIAMBAN_ERROR_UNSUPPORTED))
    {
      selftest_report (test, TRUE, check, _ ("left out: %s"), local_error->message);
      return TRUE;
    }
  g_propagate_error (error, g_steal_pointer (&local_error));

  return FALSE;
}

/* In both phases. */
static void
run_check (Selftest *self, const char *what, CheckFunc func)
{
  const gint64 thaws = siamban_config_get_int (self->config, "BACKBONE.TRAIN_EPOCH");
  const struct
  {
    const char *name;
    guint epoch;
  } phases[] = { { "frozen backbone", 0 }, { "training backbone", (guint) MAX (thaws, 0) } };

  for (guint i = 0; i < G_N_ELEMENTS (phases); i++)
    {
      g_autofree char *check = g_strdup_printf ("%s, %s", what, phases[i].name);
      g_autoptr (GError) error = NULL;

      if (!func (self, phases[i].epoch, check, &error))
        selftest_report_error (self, check, g_steal_pointer (&error));
    }
}

void
selftest_training (Selftest *self, SelftestPrecision precision)
{
  static const struct
  {
    const char *name;
    CheckFunc check;
  } checks[] = {
    [SELFTEST_EXACT] = { "step", check_exact_step },
    [SELFTEST_AS_TRAINED] = { "step as trained", check_trained_step },
    [SELFTEST_BF16] = { "step in bf16", check_bf16_step },
  };

  run_check (self, checks[precision].name, checks[precision].check);
}

void
selftest_repetition (Selftest *self)
{
  run_check (self, "repetition", repeat);
}

void
selftest_speed (Selftest *self)
{
  run_check (self, "speed", measure_speed);
}
