/* SPDX-License-Identifier: Apache-2.0 */

/* What travels between the host and a simulated device, when, and that nobody reads what is not there. */
#include <math.h>
#include <string.h>

#include <cuda_runtime_api.h>

#include "compute.h"
#include "cuda-sim.h"
#include "network.h"
#include "run.h"
#include "siamban-program-private.h"

typedef struct
{
  SiambanModel *model;
  SiambanWeights *weights;
  SiambanProgram *program;
  double *rates;
  guint n_rates;
} Network;

static void
network_init (Network *self, RunFixture *fixture, const char *device_id)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SiambanDevice) device = siamban_device_open (device_id, &error);
  g_autoptr (SiambanGraph) graph = NULL;

  g_assert_no_error (error);
  self->model = siamban_model_new (fixture->config, &error);
  g_assert_no_error (error);
  self->weights = siamban_model_get_weights (self->model);
  network_fill_other (self->weights);
  graph = siamban_model_build_training (self->model, 1, &error);
  g_assert_no_error (error);
  self->program = compute_compile (device, graph, TRUE);
  self->n_rates = _siamban_weights_get_n (self->weights);
  self->rates = g_new (double, self->n_rates);
  for (guint i = 0; i < self->n_rates; i++)
    self->rates[i] = 1e-3;
}

static void
network_clear (Network *self)
{
  g_clear_object (&self->program);
  g_clear_object (&self->model);
  g_clear_pointer (&self->rates, g_free);
}

/* Another batch a round. */
static gboolean
write_inputs (Network *self, guint round, GError **error)
{
  SiambanGraph *graph = siamban_program_get_graph (self->program);

  for (guint value = 1; value <= siamban_graph_get_n_values (graph); value++)
    {
      const SiambanNode *node = _siamban_graph_peek_node (graph, value);
      const gsize n = _siamban_node_get_n_elements (node);
      g_autofree char *seed = g_strdup_printf ("%s.%u", node->name, round);
      g_autofree float *values = NULL;

      if (node->op != SIAMBAN_OP_INPUT)
        continue;
      values = g_new (float, n);
      compute_fill (seed, 0, g_str_equal (node->name, "label_cls") ? 2 : 20, values, n);
      for (gsize i = 0; i < n; i++)
        values[i] = floorf (values[i]);
      if (!_siamban_program_write_input (self->program, node->name, SIAMBAN_DTYPE_FLOAT32, values,
                                         n, error))
        return FALSE;
    }

  return TRUE;
}

static gboolean
update (Network *self, GError **error)
{
  return siamban_program_update (self->program, self->rates, self->n_rates, 0.9, 1e-4, 10, NULL,
                                 error);
}

static gboolean
take_step (Network *self, guint round, double *loss, GError **error)
{
  if (!write_inputs (self, round, error) || !siamban_program_forward (self->program, error))
    return FALSE;
  if (loss != NULL)
    *loss = compute_get_number (self->program, "total_loss");

  return siamban_program_backward (self->program, error) && update (self, error);
}

/* After steps whose weights nobody looked at, only few numbers have come back; a look brings the weights
 * once, and they are those of a network that was looked at after each step. */
static void
test_weights (RunFixture *fixture, gconstpointer data)
{
  Network seen = { NULL }, unseen = { NULL };
  const SiambanWeightsStore *layout;
  gsize n_bytes, n_weights, n_statistics, before;
  g_autoptr (GError) error = NULL;
  double loss;

  network_init (&seen, fixture, "cuda:0");
  network_init (&unseen, fixture, "cuda:1");
  layout = _siamban_weights_get_layout (unseen.weights);
  n_weights = layout->n_weight_values * sizeof (float);
  n_statistics = layout->n_values * sizeof (float) - n_weights;

  for (guint step = 0; step < 4; step++)
    {
      g_assert_true (take_step (&seen, step, NULL, &error));
      g_assert_true (_siamban_weights_sync (seen.weights, &error));
      before = cuda_sim_count_bytes_to_host ();
      g_assert_true (take_step (&unseen, step, &loss, &error));
      g_assert_no_error (error);
      n_bytes = cuda_sim_count_bytes_to_host () - before;
      g_test_message ("a step brings %" G_GSIZE_FORMAT " bytes to the host; the weights have "
                      "%" G_GSIZE_FORMAT ", statistics %" G_GSIZE_FORMAT,
                      n_bytes, n_weights, n_statistics);
      /* One loss and the norm. */
      g_assert_cmpuint (n_bytes, <=, n_statistics + 64);
    }

  for (guint look = 0; look < 2; look++)
    {
      SiambanParameter *parameter = _siamban_weights_peek (unseen.weights, 0);
      g_autoptr (SiambanTensor) tensor = NULL;

      before = cuda_sim_count_bytes_to_host ();
      tensor = siamban_parameter_get_tensor (parameter);
      g_assert_cmpuint (cuda_sim_count_bytes_to_host () - before, ==, look == 0 ? n_weights : 0);
    }
  g_assert_cmpmem (
      _siamban_weights_get_store (unseen.weights)->values, layout->n_values * sizeof (float),
      _siamban_weights_get_store (seen.weights)->values, layout->n_values * sizeof (float));
  network_clear (&seen);
  network_clear (&unseen);
}

/* Whoever writes a weight on the host changes that one; the device does not lose the others. */
static void
test_written_weight (RunFixture *fixture, gconstpointer data)
{
  Network self = { NULL };
  g_autoptr (GError) error = NULL;
  SiambanParameter *written;
  g_autofree float *before = NULL;
  const SiambanWeightsStore *store;
  gsize offset, n;

  network_init (&self, fixture, "cuda:0");
  g_assert_true (take_step (&self, 0, NULL, &error));
  written = _siamban_weights_peek (self.weights, 0);
  n = siamban_parameter_get_n_elements (written);
  memset (_siamban_parameter_peek_values (written), 0, n * sizeof (float));
  siamban_program_weights_changed (self.program);
  store = _siamban_weights_get_store (self.weights);
  before = g_memdup2 (store->values, store->n_weight_values * sizeof (float));

  /* Nothing moves, but all is taken to the device and back. */
  memset (self.rates, 0, self.n_rates * sizeof (double));
  g_assert_true (take_step (&self, 1, NULL, &error));
  g_assert_no_error (error);
  store = _siamban_weights_get_store (self.weights);
  g_assert_cmpmem (store->values, store->n_weight_values * sizeof (float), before,
                   store->n_weight_values * sizeof (float));
  offset = _siamban_parameter_get_offset (written);
  for (gsize i = 0; i < n; i++)
    g_assert_cmpfloat (store->values[offset + i], ==, 0);
  network_clear (&self);
}

/* Weights that nobody looked at are not lost with the program. */
static void
test_last_weights (RunFixture *fixture, gconstpointer data)
{
  Network self = { NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (SiambanWeights) before = NULL;
  const SiambanWeightsStore *store;

  network_init (&self, fixture, "cuda:0");
  before = siamban_weights_copy (self.weights);
  g_assert_true (take_step (&self, 0, NULL, &error));
  g_clear_object (&self.program);
  store = _siamban_weights_get_store (self.weights);
  g_assert_true (memcmp (store->values, _siamban_weights_get_store (before)->values,
                         store->n_weight_values * sizeof (float)) != 0);
  network_clear (&self);
}

/* The next batch may be written while the device still works on the last one: it disturbs nothing, and
 * is there for the next pass. */
static void
test_early_inputs (RunFixture *fixture, gconstpointer data)
{
  Network late = { NULL }, early = { NULL };
  g_autoptr (GError) error = NULL;

  network_init (&late, fixture, "cuda:0");
  network_init (&early, fixture, "cuda:1");
  g_assert_true (write_inputs (&early, 0, &error));
  for (guint step = 0; step < 4; step++)
    {
      g_assert_true (take_step (&late, step, NULL, &error));
      g_assert_true (siamban_program_forward (early.program, &error));
      g_assert_true (siamban_program_backward (early.program, &error));
      g_assert_true (write_inputs (&early, step + 1, &error));
      g_assert_true (update (&early, &error));
      g_assert_no_error (error);
      g_assert_cmpmem (_siamban_weights_get_store (early.weights)->values,
                       _siamban_weights_get_store (early.weights)->n_values * sizeof (float),
                       _siamban_weights_get_store (late.weights)->values,
                       _siamban_weights_get_store (late.weights)->n_values * sizeof (float));
    }
  network_clear (&late);
  network_clear (&early);
}

/* Three batches one after another, without anybody who waits for a result between. */
static gboolean
pass_thrice (Network *self, GError **error)
{
  for (guint round = 0; round < 3; round++)
    if (!write_inputs (self, round, error) || !siamban_program_forward (self->program, error))
      return FALSE;

  return TRUE;
}

/* Each wait of one stream for another is left out once: the simulator stops the process for a read of
 * what is not there yet, or a write of what is still read. Two waits a pass, and the first for a free
 * slot is of no consequence. */
static void
test_missing_wait (RunFixture *fixture, gconstpointer data)
{
  const int k = GPOINTER_TO_INT (data);

  if (g_test_subprocess ())
    {
      Network self = { NULL };

      run_set (fixture->config, "TRAIN.BATCH_NORM=frozen");
      network_init (&self, fixture, "cuda:0");
      if (k > 0)
        cuda_sim_ignore_call ("cudaStreamWaitEvent", k);
      g_assert_true (pass_thrice (&self, NULL));
      network_clear (&self);
      return;
    }

  g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
  if (k == 0)
    {
      g_test_trap_assert_passed ();
      return;
    }
  g_test_trap_assert_failed ();
  g_test_trap_assert_stderr ("*cuda-sim: race: *");
}

#define ADD(path, data, func) g_test_add (path, RunFixture, data, run_set_up, func, run_tear_down)

int
main (int argc, char **argv)
{
  /* Which call of which pass: 1 is the slot's that was never used, 2 the pass's for its copies. */
  static const int waits[] = { 0, 2, 4, 5 };

  g_test_init (&argc, &argv, NULL);
  ADD ("/cuda-copies/weights", NULL, test_weights);
  ADD ("/cuda-copies/written-weight", NULL, test_written_weight);
  ADD ("/cuda-copies/last-weights", NULL, test_last_weights);
  ADD ("/cuda-copies/early-inputs", NULL, test_early_inputs);
  for (guint i = 0; i < G_N_ELEMENTS (waits); i++)
    {
      g_autofree char *path = g_strdup_printf ("/cuda-copies/missing-wait/%d", waits[i]);

      ADD (path, GINT_TO_POINTER (waits[i]), test_missing_wait);
    }

  return g_test_run ();
}
