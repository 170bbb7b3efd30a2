/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-selftest.h"

#define CHECK_NAME "rates"

#define N_CHANNELS 256
#define SIDE 32
/* So many operations follow one another, that what comes before and after does not count. */
#define N_OPERATIONS 4
/* Batches that leave the caches of a large card behind, and those of a quick look. */
#define BATCH 32
#define BANDWIDTH_BATCH 256
#define QUICK_BATCH 1
/* Of four convolutions of one image, which take a processor some hundredths. */
#define SLOW_SECONDS 2

typedef guint (*AppendFunc) (SiambanGraph *graph, guint x);

static guint
append_convolution (SiambanGraph *graph, guint x)
{
  return siamban_graph_convolution (graph, x, "weight", NULL, 1, 1, 1, 1);
}

/* The shape's tensor, filled with small numbers. */
static SiambanTensor *
make_tensor (const char *name, const gint64 *shape, double high, GError **error)
{
  const gsize n = (gsize) (shape[0] * shape[1] * shape[2] * shape[3]);
  g_autoptr (GBytes)
      bytes = g_bytes_new_take (selftest_make_values (name, -high, high, n), n * sizeof (float));

  return siamban_tensor_new (SIAMBAN_DTYPE_FLOAT32, shape, 4, bytes, error);
}

/* Whatever a program computes, only a number of it is read: that waits for the device. */
static gboolean
run_once (SiambanProgram *program, GError **error)
{
  g_autoptr (SiambanTensor) number = NULL;

  if (!siamban_program_forward (program, error))
    return FALSE;
  number = siamban_program_get_output (program, "number", error);

  return number != NULL;
}

static SiambanProgram *
compile (Selftest *self, guint batch_size, AppendFunc append, GError **error)
{
  const gint64 shape[] = { batch_size, N_CHANNELS, SIDE, SIDE };
  const gint64 weight_shape[] = { N_CHANNELS, N_CHANNELS, 3, 3 };
  g_autoptr (SiambanWeights) weights = siamban_weights_new ();
  SiambanParameter *weight = siamban_weights_add (weights, "weight", SIAMBAN_PARAMETER_WEIGHT,
                                                  weight_shape, 4);
  g_autoptr (SiambanTensor) values = make_tensor ("weight", weight_shape, 0.02, error);
  g_autoptr (SiambanTensor) input = make_tensor ("input", shape, 1, error);
  g_autoptr (SiambanGraph) graph = siamban_graph_new (weights);
  g_autoptr (SiambanProgram) program = NULL;
  guint x = siamban_graph_input (graph, "input", batch_size, N_CHANNELS, SIDE, SIDE);

  for (guint i = 0; i < N_OPERATIONS; i++)
    x = append (graph, x);
  x = siamban_graph_crop (graph, x, 0, 0, 1, 1);
  siamban_graph_set_name (graph, x, "number");
  siamban_graph_add_output (graph, x);
  if (values == NULL || input == NULL ||
      (program = siamban_device_compile (self->device, graph, FALSE, error)) == NULL ||
      !siamban_parameter_set_tensor (weight, values, error) ||
      !siamban_program_set_input (program, "input", input, error))
    return NULL;
  siamban_program_weights_changed (program);

  return g_steal_pointer (&program);
}

/* Seconds for one operation, or a negative number. */
static double
measure_batch (Selftest *self, guint batch_size, AppendFunc append, GError **error)
{
  g_autoptr (SiambanProgram) program = compile (self, batch_size, append, error);
  gint64 began, spent = 0;
  guint n = 0;

  /* A device may choose its ways, or capture them, in the first two runs. */
  if (program == NULL || !run_once (program, error) || !run_once (program, error))
    return -1;

  began = g_get_monotonic_time ();
  while (n == 0 || (double) spent < self->seconds * G_USEC_PER_SEC)
    {
      if (!run_once (program, error))
        return -1;
      n++;
      spent = g_get_monotonic_time () - began;
    }

  return MAX ((double) spent, 1) / G_USEC_PER_SEC / n / N_OPERATIONS;
}

/* The same, with the largest batch up to *@batch_size that the device has memory for. */
static double
measure (Selftest *self, guint *batch_size, AppendFunc append, GError **error)
{
  for (;; *batch_size /= 2)
    {
      g_autoptr (GError) failure = NULL;
      const double seconds = measure_batch (self, *batch_size, append, &failure);

      if (seconds >= 0)
        return seconds;
      if (*batch_size > 1 && g_error_matches (failure, SIAMBAN_ERROR, SIAMBAN_ERROR_OUT_OF_MEMORY))
        continue;

      g_propagate_error (error, g_steal_pointer (&failure));
      return -1;
    }
}

/* One image tells whether many would take a part of an hour, as on a processor without a library. */
static gboolean
is_slow (Selftest *self, GError **error)
{
  g_autoptr (SiambanProgram) program = compile (self, 1, append_convolution, error);
  gint64 began;

  if (program == NULL || !run_once (program, error))
    return TRUE;

  began = g_get_monotonic_time ();

  return !run_once (program, error) ||
         (double) (g_get_monotonic_time () - began) > SLOW_SECONDS * G_USEC_PER_SEC;
}

void
selftest_rates (Selftest *self)
{
  g_autoptr (GError) error = NULL;
  const gboolean quick = self->seconds <= 0 || is_slow (self, &error);
  guint batch_size = quick ? QUICK_BATCH : BATCH;
  guint bandwidth_batch = quick ? QUICK_BATCH : BANDWIDTH_BATCH;
  const double convolution = error == NULL ? measure (self, &batch_size, append_convolution, &error)
                                           : -1;
  const double activation = convolution > 0
                                ? measure (self, &bandwidth_batch, siamban_graph_relu, &error)
                                : -1;
  const double n_elements = (double) N_CHANNELS * SIDE * SIDE;
  const double flops = 2 * n_elements * batch_size * N_CHANNELS * 3 * 3;
  const double n_bytes = 2 * n_elements * bandwidth_batch * sizeof (float);

  if (error != NULL)
    selftest_report_error (self, CHECK_NAME, g_steal_pointer (&error));
  else
    selftest_report (self, TRUE, CHECK_NAME,
                     _ ("3 × 3 convolutions at %.3g TFLOP/s, activations at %.3g GB/s of memory"),
                     flops / convolution * 1e-12, n_bytes / activation * 1e-9);
}
