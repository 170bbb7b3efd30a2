/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>

#include "network.h"
#include "siamban-process-memory-private.h"
#include "siamban-weights-private.h"

#define CONFIG "siamban_r18_small.yaml"

static SiambanConfig *
load (gint64 batch_size)
{
  g_autofree char *path = g_build_filename (g_getenv ("SIAMBAN_CONFIGS"), CONFIG, NULL);
  g_autoptr (GError) error = NULL;
  SiambanConfig *config = siamban_config_new_from_file (path, &error);

  g_assert_no_error (error);
  g_assert_true (siamban_config_set_int (config, "TRAIN.BATCH_SIZE", batch_size, NULL));
  g_assert_true (siamban_config_set_int (config, "TRAIN.EPOCH", 6, NULL));
  g_assert_true (siamban_config_set_int (config, "BACKBONE.TRAIN_EPOCH", 4, NULL));

  return config;
}

static SiambanDevice *
open_cpu (void)
{
  g_autoptr (GError) error = NULL;
  SiambanDevice *device = siamban_device_open ("cpu", &error);

  g_assert_no_error (error);

  return device;
}

static SiambanProgram *
compile (SiambanConfig *config, SiambanDevice *device, SiambanModel *model, guint epoch)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SiambanGraph) graph = NULL;
  SiambanProgram *program;

  siamban_model_set_epoch (model, epoch);
  graph = siamban_model_build_training (
      model, (guint) siamban_config_get_int (config, "TRAIN.BATCH_SIZE"), &error);
  g_assert_no_error (error);
  program = siamban_device_compile (device, graph, TRUE, &error);
  g_assert_no_error (error);

  return program;
}

/* What a program of that batch says of itself. */
static double
measure (SiambanConfig *config, SiambanDevice *device, guint epoch)
{
  g_autoptr (SiambanModel) model = siamban_model_new (config, NULL);
  g_autoptr (SiambanProgram) program = compile (config, device, model, epoch);

  return (double) siamban_program_get_memory (program);
}

static void
test_phases (void)
{
  g_autoptr (SiambanConfig) config = load (8);
  g_autoptr (SiambanDevice) device = open_cpu ();
  g_autoptr (GError) error = NULL;
  g_autoptr (GListModel) phases = siamban_training_phase_list (config, device, NULL, &error);
  g_autoptr (SiambanTrainingPhase) first = NULL;
  g_autoptr (SiambanTrainingPhase) second = NULL;

  g_assert_no_error (error);
  g_assert_cmpuint (g_list_model_get_n_items (phases), ==, 2);
  first = g_list_model_get_item (phases, 0);
  second = g_list_model_get_item (phases, 1);
  g_assert_cmpuint (siamban_training_phase_get_first_epoch (first), ==, 0);
  g_assert_cmpuint (siamban_training_phase_get_n_epochs (first), ==, 4);
  g_assert_cmpuint (siamban_training_phase_get_first_epoch (second), ==, 4);
  g_assert_cmpuint (siamban_training_phase_get_n_epochs (second), ==, 2);
  g_assert_cmpuint (siamban_training_phase_get_n_weights (second), >,
                    siamban_training_phase_get_n_weights (first));
  g_assert_cmpuint (siamban_training_phase_get_memory (second), >,
                    siamban_training_phase_get_memory (first));
}

/* The estimate counts the weights too, which the program does not. */
static void
test_estimate (void)
{
  g_autoptr (SiambanConfig) config = load (32);
  g_autoptr (SiambanDevice) device = open_cpu ();
  g_autoptr (GListModel) phases = siamban_training_phase_list (config, device, NULL, NULL);
  g_autoptr (SiambanModel) model = siamban_model_new (config, NULL);
  const double weights = 4.0 * (double) siamban_weights_get_n_values (
                                   siamban_model_get_weights (model), FALSE);

  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (SiambanTrainingPhase) phase = g_list_model_get_item (phases, i);
      const double measured = measure (config, device,
                                       siamban_training_phase_get_first_epoch (phase)) +
                              weights;
      const double estimated = (double) siamban_training_phase_get_memory (phase);

      g_test_message ("phase %u: estimated %.0f, measured %.0f", i, estimated, measured);
      /* Which blocks lie beside each other depends a little on the batch. */
      g_assert_cmpfloat (fabs (estimated / measured - 1), <, 0.03);
    }
}

/* What a program says that it needs is what comes into memory by a step. */
static void
test_in_memory (void)
{
#ifdef __SANITIZE_ADDRESS__
  g_test_skip ("the sanitizer has memory of its own");
#else
  g_autoptr (SiambanConfig) config = load (16);
  g_autoptr (SiambanDevice) device = open_cpu ();
  g_autoptr (SiambanModel) model = siamban_model_new (config, NULL);
  g_autoptr (SiambanProgram) program = NULL;
  double planned, came;
  guint64 before;

  /* The weights are there before, and what the engine keeps for all programs. */
  network_fill_other (siamban_model_get_weights (model));
  measure (config, device, 4);
  if (!_siamban_process_reset_peak_memory ())
    {
      g_test_skip ("the system does not tell the most that was in memory");
      return;
    }

  before = _siamban_process_get_resident_memory ();
  program = compile (config, device, model, 4);
  network_take_step (program, 1e-3);
  planned = (double) siamban_program_get_memory (program);
  came = (double) (_siamban_process_get_peak_memory () - before);
  g_test_message ("planned %.0f, came into memory %.0f", planned, came);
  g_assert_cmpfloat (fabs (came / planned - 1), <, 0.1);
#endif
}

static void
store_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

static GListModel *
list_async (SiambanConfig *config, GCancellable *cancellable, GError **error)
{
  g_autoptr (SiambanDevice) device = open_cpu ();
  g_autoptr (GAsyncResult) result = NULL;

  siamban_training_phase_list_async (config, device, cancellable, store_cb, &result);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);

  return siamban_training_phase_list_finish (result, error);
}

static void
test_async (void)
{
  g_autoptr (SiambanConfig) config = load (2);
  g_autoptr (GCancellable) cancelled = g_cancellable_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (GListModel) phases = list_async (config, NULL, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (g_list_model_get_n_items (phases), ==, 2);

  g_cancellable_cancel (cancelled);
  g_assert_null (list_async (config, cancelled, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

static void
test_wrong (void)
{
  g_autoptr (SiambanConfig) config = load (2);
  g_autoptr (SiambanDevice) device = open_cpu ();
  g_autoptr (GError) error = NULL;

  g_assert_true (siamban_config_set_int (config, "TRAIN.OUTPUT_SIZE", 7, NULL));
  g_assert_null (siamban_training_phase_list (config, device, NULL, &error));
  g_assert_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_CONFIG);
  g_assert_nonnull (strstr (error->message, "TRAIN.OUTPUT_SIZE"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/training-phase/phases", test_phases);
  g_test_add_func ("/training-phase/estimate", test_estimate);
  g_test_add_func ("/training-phase/in-memory", test_in_memory);
  g_test_add_func ("/training-phase/async", test_async);
  g_test_add_func ("/training-phase/wrong", test_wrong);

  return g_test_run ();
}
