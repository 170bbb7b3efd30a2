/* SPDX-License-Identifier: Apache-2.0 */

/* Time of looking for a target in one frame of noise: all of it, or only what the network takes.
 *
 * usage: bench-track CONFIG [--network] [--device ID] [--threads N] [--steps N]
 *
 * Without --steps it serves, as bench.h says. */

#include "bench.h"

#include <string.h>

#include "siamban-weights-private.h"

#define FRAME_WIDTH 640
#define FRAME_HEIGHT 480

typedef struct
{
  SiambanConfig *config;
  SiambanModel *model;
  SiambanGraph *graph;
  SiambanProgram *search;  /* the network alone */
  SiambanTracker *tracker; /* or all of it */
  SiambanImage *frame;
} Track;

static gboolean
prepare_search (Track *self, SiambanDevice *device, GError **error)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (1);
  const char *const *names = siamban_model_get_template_outputs (self->model);

  self->search = siamban_device_compile (device, self->graph, FALSE, error);
  if (self->search == NULL || !bench_fill (self->search, "search", random, 0, 255, error))
    return FALSE;
  for (guint i = 0; names[i] != NULL; i++)
    if (!bench_fill (self->search, names[i], random, 0, 1, error))
      return FALSE;

  return TRUE;
}

static gboolean
prepare_tracker (Track *self, SiambanDevice *device, GError **error)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (1);
  const gsize n = 3 * FRAME_WIDTH * FRAME_HEIGHT;
  g_autofree guint8 *pixels = g_malloc (n);
  g_autoptr (GBytes) bytes = NULL;

  for (gsize i = 0; i < n; i++)
    pixels[i] = (guint8) g_rand_int_range (random, 0, 256);
  bytes = g_bytes_new (pixels, n);
  self->frame = siamban_image_new_from_data (FRAME_WIDTH, FRAME_HEIGHT, bytes, error);
  if (self->frame != NULL)
    self->tracker = siamban_tracker_new (self->model, NULL, device, error);

  return self->tracker != NULL;
}

/* Weights that the network starts a training with give boxes without bounds, on images of noise. */
static void
tame (SiambanModel *model)
{
  SiambanWeights *weights = siamban_model_get_weights (model);

  siamban_model_initialize (model, 1);
  for (guint i = 0; i < _siamban_weights_get_n (weights); i++)
    {
      SiambanParameter *parameter = _siamban_weights_peek (weights, i);

      if (g_str_has_suffix (siamban_parameter_get_name (parameter), ".head.3.weight"))
        memset (_siamban_parameter_peek_values (parameter), 0,
                siamban_parameter_get_n_elements (parameter) * sizeof (float));
    }
}

static gboolean
prepare (Track *self, const char *path, gboolean network, SiambanDevice *device, GError **error)
{
  self->config = siamban_config_new_from_file (path, error);
  if (self->config == NULL || (self->model = siamban_model_new (self->config, error)) == NULL)
    return FALSE;
  tame (self->model);
  self->graph = siamban_model_build_search (self->model, 1, error);
  if (self->graph == NULL)
    return FALSE;

  return network ? prepare_search (self, device, error) : prepare_tracker (self, device, error);
}

static double
measure_network (gpointer data, int n_runs, GError **error)
{
  Track *self = data;
  const double begin = bench_now ();

  for (int i = 0; i < n_runs; i++)
    if (!siamban_program_forward (self->search, error))
      return -1;

  return (bench_now () - begin) / n_runs;
}

/* Each time from the same box, as noise leads a tracker anywhere. */
static double
measure_tracker (gpointer data, int n_runs, GError **error)
{
  const SiambanBox box = { 280, 200, 360, 260 };
  Track *self = data;
  double seconds = 0;

  for (int i = 0; i < n_runs; i++)
    {
      g_autoptr (SiambanTrackResult) result = NULL;
      double begin;

      if (!siamban_tracker_init (self->tracker, self->frame, &box, error))
        return -1;
      begin = bench_now ();
      result = siamban_tracker_track (self->tracker, self->frame, error);
      seconds += bench_now () - begin;
      if (result == NULL)
        return -1;
    }

  return seconds / n_runs;
}

int
main (int argc, char *argv[])
{
  gboolean network = FALSE;
  const GOptionEntry entries[] = {
    { "network", 0, 0, G_OPTION_ARG_NONE, &network,
      "without cropping the frame and choosing among the boxes", NULL },
    { NULL },
  };
  BenchOptions options = { NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (SiambanDevice) device = NULL;
  Track self = { NULL };

  siamban_process_wait_passively (argv);
  if (bench_parse (&options, entries, "CONFIG", &argc, &argv, &error) &&
      (device = bench_open_device (&options, &error)) != NULL &&
      prepare (&self, argv[1], network, device, &error))
    bench_run (&options, network ? measure_network : measure_tracker, &self,
               bench_count_flops (self.graph, NULL), bench_count_weights (self.model), &error);

  g_clear_object (&self.search);
  g_clear_object (&self.graph);
  g_clear_object (&self.tracker);
  g_clear_pointer (&self.frame, siamban_image_unref);
  g_clear_object (&self.model);
  g_clear_object (&self.config);
  g_free (options.device_id);
  if (error != NULL)
    g_printerr ("%s\n", error->message);

  return error == NULL ? 0 : 1;
}
