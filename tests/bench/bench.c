/* SPDX-License-Identifier: Apache-2.0 */
#include "bench.h"

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "siamban-graph-private.h"
#include "siamban-program-private.h"

double
bench_now (void)
{
  return (double) g_get_monotonic_time () / 1e6;
}

gboolean
bench_parse (BenchOptions *options,
             const GOptionEntry *entries,
             const char *argument,
             int *argc,
             char ***argv,
             GError **error)
{
  const GOptionEntry common[] = {
    { "device", 0, 0, G_OPTION_ARG_STRING, &options->device_id, "the device", "ID" },
    { "threads", 0, 0, G_OPTION_ARG_INT, &options->n_threads, "threads of the processor", "N" },
    { "steps", 0, 0, G_OPTION_ARG_INT, &options->n_runs, "measure so often and end", "N" },
    { NULL },
  };
  g_autoptr (GOptionContext) context = g_option_context_new (argument);

  setlocale (LC_ALL, "");
  g_option_context_add_main_entries (context, common, NULL);
  if (entries != NULL)
    g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, argc, argv, error))
    return FALSE;
  if (*argc == 2)
    return TRUE;

  g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, "Name one %s", argument);

  return FALSE;
}

SiambanDevice *
bench_open_device (const BenchOptions *options, GError **error)
{
  SiambanDevice *device = siamban_device_open (options->device_id, error);

  if (device != NULL)
    siamban_device_set_n_threads (device, (guint) options->n_threads);

  return device;
}

static gboolean
report (BenchMeasure measure, gpointer data, int n_runs, GError **error)
{
  const double seconds = measure (data, n_runs, error);

  if (seconds < 0)
    return FALSE;
  printf ("%.7f\n", seconds);
  fflush (stdout);

  return TRUE;
}

/* The kernel's own account of this process, in KiB there. */
static void
report_memory (void)
{
  g_autofree char *status = NULL;
  const char *line = NULL;

  if (g_file_get_contents ("/proc/self/status", &status, NULL, NULL))
    line = strstr (status, "VmHWM:");
  printf ("%.0f\n", line != NULL ? atof (line + strlen ("VmHWM:")) * 1024 : 0);
  fflush (stdout);
}

gboolean
bench_run (const BenchOptions *options,
           BenchMeasure measure,
           gpointer data,
           double flops,
           guint64 n_weights,
           GError **error)
{
  char line[64];

  if (measure (data, 1, error) < 0)
    return FALSE;
  if (options->n_runs > 0)
    return report (measure, data, options->n_runs, error);

  printf ("{\"flops\": %.0f, \"weights\": %" G_GUINT64_FORMAT "}\n", flops, n_weights);
  fflush (stdout);
  while (fgets (line, sizeof line, stdin) != NULL)
    if (g_str_has_prefix (line, "memory"))
      report_memory ();
    else if (!report (measure, data, MAX (1, atoi (line)), error))
      return FALSE;

  return TRUE;
}

/* A product and a sum for each number of the kernel and each result. */
double
bench_count_node_flops (SiambanGraph *graph, guint value)
{
  const SiambanNode *node = _siamban_graph_peek_node (graph, value);
  const double n_results = (double) _siamban_node_get_n_elements (node);
  const SiambanNode *kernel;
  gsize n_dims;
  const gint64 *shape;

  switch (node->op)
    {
    case SIAMBAN_OP_CONVOLUTION:
      shape = siamban_parameter_get_shape (node->weight, &n_dims);
      return 2 * n_results * (double) (shape[1] * shape[2] * shape[3]);

    case SIAMBAN_OP_XCORR_DEPTHWISE:
      kernel = _siamban_graph_peek_node (graph, node->inputs[1]);
      return 2 * n_results * (double) (kernel->shape[2] * kernel->shape[3]);

    case SIAMBAN_OP_XCORR:
      kernel = _siamban_graph_peek_node (graph, node->inputs[1]);
      return 2 * n_results * (double) kernel->shape[1] / (double) node->shape[1] *
             (double) (kernel->shape[2] * kernel->shape[3]);

    default:
      return 0;
    }
}

double
bench_count_flops (SiambanGraph *graph, SiambanProgram *training)
{
  double sum = 0;

  for (guint value = 1; value <= siamban_graph_get_n_values (graph); value++)
    {
      const SiambanNode *node = _siamban_graph_peek_node (graph, value);
      guint n_passes = 1;

      for (guint i = 0; training != NULL && i < node->n_inputs; i++)
        n_passes += training->needs_gradient[node->inputs[i]] ? 1 : 0;
      if (training != NULL && node->weight != NULL &&
          siamban_parameter_get_trainable (node->weight))
        n_passes++;
      sum += n_passes * bench_count_node_flops (graph, value);
    }

  return sum;
}

guint64
bench_count_weights (SiambanModel *model)
{
  SiambanWeights *weights = siamban_model_get_weights (model);
  guint64 n = 0;

  for (guint i = 0; i < _siamban_weights_get_n (weights); i++)
    {
      SiambanParameter *parameter = _siamban_weights_peek (weights, i);

      if (siamban_parameter_get_kind (parameter) == SIAMBAN_PARAMETER_WEIGHT)
        n += siamban_parameter_get_n_elements (parameter);
    }

  return n;
}

gboolean
bench_fill (SiambanProgram *program,
            const char *input,
            GRand *random,
            double low,
            double high,
            GError **error)
{
  const SiambanNode *node = _siamban_graph_peek_node (program->graph,
                                                      siamban_graph_lookup (program->graph, input));
  const gsize n = _siamban_node_get_n_elements (node);
  g_autofree float *values = g_new (float, n);

  for (gsize i = 0; i < n; i++)
    values[i] = (float) g_rand_double_range (random, low, high);

  return _siamban_program_write_input (program, input, SIAMBAN_DTYPE_FLOAT32, values, n, error);
}
