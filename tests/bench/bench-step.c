/* SPDX-License-Identifier: Apache-2.0 */

/* Time of one training step on noise.
 *
 * usage: bench-step CONFIG [--batch N] [--epoch N] [--device ID] [--threads N] [--steps N]
 *
 * Without --steps it serves, as bench.h says. */

#include "bench.h"
#include "siamban-graph-private.h"
#include "siamban-program-private.h"

typedef struct
{
  SiambanModel *model;
  SiambanProgram *program;
  double *learning_rates;
  gsize n_parameters;
} Step;

/* A band of targets, a band of background, the rest ignored: the shares of a real batch. */
static gboolean
fill_labels (SiambanProgram *program, GError **error)
{
  const guint value = siamban_graph_lookup (program->graph, "label_cls");
  const gsize n = _siamban_node_get_n_elements (_siamban_graph_peek_node (program->graph, value));
  g_autofree gint8 *values = g_new (gint8, n);

  for (gsize i = 0; i < n; i++)
    values[i] = i % 40 == 0 ? 1 : i % 13 == 0 ? 0 : -1;

  return _siamban_program_write_input (program, "label_cls", SIAMBAN_DTYPE_INT8, values, n, error);
}

static gboolean
prepare (Step *self,
         const char *path,
         guint batch_size,
         guint epoch,
         SiambanDevice *device,
         GError **error)
{
  g_autoptr (SiambanConfig) config = siamban_config_new_from_file (path, error);
  g_autoptr (SiambanGraph) graph = NULL;
  g_autoptr (GRand) random = g_rand_new_with_seed (1);

  if (config == NULL || (self->model = siamban_model_new (config, error)) == NULL)
    return FALSE;

  siamban_model_set_epoch (self->model, epoch);
  graph = siamban_model_build_training (self->model, batch_size, error);
  if (graph == NULL ||
      (self->program = siamban_device_compile (device, graph, TRUE, error)) == NULL)
    return FALSE;

  self->n_parameters = _siamban_weights_get_n (siamban_model_get_weights (self->model));
  self->learning_rates = g_new (double, self->n_parameters);
  for (gsize i = 0; i < self->n_parameters; i++)
    self->learning_rates[i] = 1e-6;

  return bench_fill (self->program, "template", random, 0, 255, error) &&
         bench_fill (self->program, "search", random, 0, 255, error) &&
         bench_fill (self->program, "label_loc", random, 5, 60, error) &&
         fill_labels (self->program, error);
}

static double
measure (gpointer data, int n_runs, GError **error)
{
  Step *self = data;
  const double begin = bench_now ();
  double norm;

  for (int i = 0; i < n_runs; i++)
    if (!siamban_program_forward (self->program, error) ||
        !siamban_program_backward (self->program, error) ||
        !siamban_program_update (self->program, self->learning_rates, self->n_parameters, 0.9, 1e-4,
                                 10, &norm, error))
      return -1;

  return (bench_now () - begin) / n_runs;
}

int
main (int argc, char *argv[])
{
  int batch_size = 2, epoch = 0;
  const GOptionEntry entries[] = {
    { "batch", 0, 0, G_OPTION_ARG_INT, &batch_size, "pairs in a batch", "N" },
    { "epoch", 0, 0, G_OPTION_ARG_INT, &epoch, "the epoch that decides what trains", "N" },
    { NULL },
  };
  BenchOptions options = { NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (SiambanDevice) device = NULL;
  Step self = { NULL };

  siamban_process_wait_passively (argv);
  if (bench_parse (&options, entries, "CONFIG", &argc, &argv, &error) &&
      (device = bench_open_device (&options, &error)) != NULL &&
      prepare (&self, argv[1], (guint) batch_size, (guint) epoch, device, &error))
    bench_run (&options, measure, &self, bench_count_flops (self.program->graph, self.program),
               bench_count_weights (self.model), &error);

  g_clear_object (&self.program);
  g_clear_object (&self.model);
  g_free (self.learning_rates);
  g_free (options.device_id);
  if (error != NULL)
    g_printerr ("%s\n", error->message);

  return error == NULL ? 0 : 1;
}
