/* SPDX-License-Identifier: Apache-2.0 */

/* Time of one training step, or of tracking one search image, on noise.
 *
 * usage: bench-step CONFIG [--batch N] [--epoch N] [--track] [--device ID] [--threads N] [--steps N]
 *
 * Without --steps it serves: each line on standard input holds a number of steps, the answer is the
 * seconds that one of them took. So `compare.py` alternates it with an opponent. */

#include <stdio.h>
#include <stdlib.h>

#include "siamban.h"

typedef struct
{
  SiambanModel *model;
  SiambanProgram *program;
  double *learning_rates;
  gsize n_parameters;
  gboolean training;
} Bench;

static SiambanTensor *
noise (SiambanGraph *graph, const char *name, GRand *random, double low, double high)
{
  const gint64 *shape;
  gsize n_dims, n = 1;
  float *values;
  g_autoptr (GBytes) bytes = NULL;

  shape = siamban_graph_get_shape (graph, siamban_graph_lookup (graph, name), &n_dims);
  for (gsize i = 0; i < n_dims; i++)
    n *= (gsize) shape[i];
  values = g_new (float, n);
  for (gsize i = 0; i < n; i++)
    values[i] = (float) g_rand_double_range (random, low, high);
  bytes = g_bytes_new_take (values, n * sizeof (float));

  return siamban_tensor_new (SIAMBAN_DTYPE_FLOAT32, shape, n_dims, bytes, NULL);
}

/* A band of targets, a band of background, the rest ignored: the shares of a real batch. */
static SiambanTensor *
labels (SiambanGraph *graph)
{
  const gint64 *shape;
  gsize n_dims, n;
  gint8 *values;
  g_autoptr (GBytes) bytes = NULL;

  shape = siamban_graph_get_shape (graph, siamban_graph_lookup (graph, "label_cls"), &n_dims);
  n = (gsize) (shape[0] * shape[1] * shape[2] * shape[3]);
  values = g_new (gint8, n);
  for (gsize i = 0; i < n; i++)
    values[i] = i % 40 == 0 ? 1 : i % 13 == 0 ? 0 : -1;
  bytes = g_bytes_new_take (values, n);

  return siamban_tensor_new (SIAMBAN_DTYPE_INT8, shape, n_dims, bytes, NULL);
}

static gboolean
fill (Bench *bench, const char *name, SiambanTensor *tensor, GError **error)
{
  g_autoptr (SiambanTensor) owned = tensor;

  return siamban_program_set_input (bench->program, name, owned, error);
}

static gboolean
prepare (Bench *bench,
         const char *path,
         guint batch_size,
         guint epoch,
         gboolean track,
         SiambanDevice *device,
         GError **error)
{
  g_autoptr (SiambanConfig) config = siamban_config_new_from_file (path, error);
  g_autoptr (SiambanGraph) graph = NULL;
  g_autoptr (GRand) random = g_rand_new_with_seed (1);

  if (config == NULL || (bench->model = siamban_model_new (config, error)) == NULL)
    return FALSE;

  siamban_model_set_epoch (bench->model, epoch);
  graph = track ? siamban_model_build_search (bench->model, 1, error)
                : siamban_model_build_training (bench->model, batch_size, error);
  if (graph == NULL)
    return FALSE;

  bench->training = !track;
  bench->program = siamban_device_compile (device, graph, bench->training, error);
  if (bench->program == NULL)
    return FALSE;

  bench->n_parameters = g_list_model_get_n_items (
      G_LIST_MODEL (siamban_model_get_weights (bench->model)));
  bench->learning_rates = g_new (double, bench->n_parameters);
  for (gsize i = 0; i < bench->n_parameters; i++)
    bench->learning_rates[i] = 1e-6;

  if (!fill (bench, "search", noise (graph, "search", random, 0, 255), error))
    return FALSE;
  if (track)
    {
      const char *const *names = siamban_model_get_template_outputs (bench->model);

      for (guint i = 0; names[i] != NULL; i++)
        if (!fill (bench, names[i], noise (graph, names[i], random, 0, 1), error))
          return FALSE;
      return TRUE;
    }

  return fill (bench, "template", noise (graph, "template", random, 0, 255), error) &&
         fill (bench, "label_loc", noise (graph, "label_loc", random, 5, 60), error) &&
         fill (bench, "label_cls", labels (graph), error);
}

static gboolean
run_steps (Bench *bench, int n_steps, GError **error)
{
  double norm;

  for (int i = 0; i < n_steps; i++)
    {
      if (!siamban_program_forward (bench->program, error))
        return FALSE;
      if (bench->training &&
          (!siamban_program_backward (bench->program, error) ||
           !siamban_program_update (bench->program, bench->learning_rates, bench->n_parameters, 0.9,
                                    1e-4, 10, &norm, error)))
        return FALSE;
    }

  return TRUE;
}

static gboolean
report (Bench *bench, int n_steps, GError **error)
{
  const gint64 begin = g_get_monotonic_time ();

  if (!run_steps (bench, n_steps, error))
    return FALSE;
  printf ("%.6f\n", (double) (g_get_monotonic_time () - begin) / 1e6 / n_steps);
  fflush (stdout);

  return TRUE;
}

int
main (int argc, char *argv[])
{
  int batch_size = 2, epoch = 0, n_threads = 0, n_steps = 0;
  gboolean track = FALSE;
  g_autofree char *device_id = NULL;
  const GOptionEntry entries[] = {
    { "batch", 0, 0, G_OPTION_ARG_INT, &batch_size, "pairs in a batch", "N" },
    { "epoch", 0, 0, G_OPTION_ARG_INT, &epoch, "the epoch that decides what trains", "N" },
    { "track", 0, 0, G_OPTION_ARG_NONE, &track, "track one search image instead", NULL },
    { "device", 0, 0, G_OPTION_ARG_STRING, &device_id, "the device", "ID" },
    { "threads", 0, 0, G_OPTION_ARG_INT, &n_threads, "threads of the processor", "N" },
    { "steps", 0, 0, G_OPTION_ARG_INT, &n_steps, "measure so many steps and end", "N" },
    { NULL },
  };
  g_autoptr (GOptionContext) context = g_option_context_new ("CONFIG");
  g_autoptr (GError) error = NULL;
  g_autoptr (SiambanDevice) device = NULL;
  Bench bench = { NULL };
  char line[64];

  siamban_process_wait_passively (argv);
  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error) || argc != 2)
    {
      g_printerr ("%s\n", error != NULL ? error->message : "Name one configuration");
      return 2;
    }

  device = siamban_device_open (device_id, &error);
  if (device != NULL)
    {
      siamban_device_set_n_threads (device, (guint) n_threads);
      if (prepare (&bench, argv[1], (guint) batch_size, (guint) epoch, track, device, &error) &&
          run_steps (&bench, 1, &error))
        {
          if (n_steps > 0)
            report (&bench, n_steps, &error);
          else
            while (error == NULL && fgets (line, sizeof line, stdin) != NULL)
              report (&bench, MAX (1, atoi (line)), &error);
        }
    }

  g_clear_object (&bench.program);
  g_clear_object (&bench.model);
  g_free (bench.learning_rates);
  if (error != NULL)
    g_printerr ("%s\n", error->message);

  return error == NULL ? 0 : 1;
}
