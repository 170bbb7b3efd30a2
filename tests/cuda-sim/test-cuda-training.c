/* SPDX-License-Identifier: Apache-2.0 */

/* Whole trainings on simulated devices, against the processor. */
#include <math.h>
#include <string.h>

#include "network.h"
#include "run.h"
#include "siamban-weights-private.h"

/* A network that looks at its images: see test-replicas.c. */
static void
set_up (RunFixture *fixture, gconstpointer data)
{
  g_autofree char *path = NULL;
  g_autoptr (SiambanModel) model = NULL;
  g_autoptr (SiambanCheckpoint) checkpoint = siamban_checkpoint_new ();
  g_autoptr (GError) error = NULL;

  run_set_up (fixture, data);
  run_set (fixture->config, "TRAIN.EPOCH=2");
  run_set (fixture->config, "BACKBONE.TRAIN_EPOCH=1");
  run_set (fixture->config, "DATASET.VIDEOS_PER_EPOCH=4");
  model = siamban_model_new (fixture->config, &error);
  g_assert_no_error (error);
  network_fill_other (siamban_model_get_weights (model));
  siamban_checkpoint_collect (checkpoint, siamban_model_get_weights (model));
  path = g_build_filename (fixture->folder, "lively.pth", NULL);
  siamban_checkpoint_save (checkpoint, path, &error);
  g_assert_no_error (error);
  siamban_config_set_string (fixture->config, "TRAIN.PRETRAINED", path, &error);
  g_assert_no_error (error);
}

static SiambanTrainer *
train (RunFixture *fixture, const char *devices, const char *name)
{
  g_autofree char *path = g_build_filename (fixture->folder, name, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GListModel) list = siamban_device_open_all (devices, &error);
  SiambanTrainer *trainer;

  g_assert_no_error (error);
  trainer = siamban_trainer_new_on_devices (fixture->config, list, path, &error);
  g_assert_no_error (error);
  run_train (trainer);

  return trainer;
}

static const SiambanWeightsStore *
values_of (SiambanModel *model)
{
  return _siamban_weights_get_store (siamban_model_get_weights (model));
}

/* Of weights [from, to), relative to the largest of them. */
static double
compare (const SiambanWeightsStore *a, const SiambanWeightsStore *b, gsize from, gsize to)
{
  double difference = 0, largest = 0;

  for (gsize i = from; i < to; i++)
    {
      /* Not skipped by a comparison. */
      g_assert_true (isfinite (a->values[i]) && isfinite (b->values[i]));
      difference = MAX (difference, fabs ((double) a->values[i] - b->values[i]));
      largest = MAX (largest, fabs ((double) a->values[i]));
    }
  g_assert_cmpfloat (largest, >, 0);

  return difference / largest;
}

/* Both phases, with batch norms that measure: the steps of the processor, and the same bits again. */
static void
test_processor (RunFixture *fixture, gconstpointer data)
{
  g_autoptr (SiambanDevice) cpu = siamban_device_open ("cpu", NULL);
  g_autoptr (SiambanTrainer) expected = train (fixture, cpu ? "cpu" : "reference", "expected");
  g_autoptr (SiambanTrainer) found = train (fixture, "cuda:0", "found");
  g_autoptr (SiambanTrainer) again = train (fixture, "cuda:0", "again");
  const SiambanWeightsStore *a = values_of (siamban_trainer_get_model (expected));
  const SiambanWeightsStore *b = values_of (siamban_trainer_get_model (found));
  g_autoptr (GError) error = NULL;
  g_autoptr (SiambanModel) start = siamban_model_new (fixture->config, &error);
  g_autofree char *digest = run_digest (found);
  g_autofree char *second_digest = run_digest (again);
  double moved, weights, buffers;

  g_assert_no_error (error);
  g_assert_cmpstr (digest, ==, second_digest);

  network_fill_other (siamban_model_get_weights (start));
  moved = compare (a, values_of (start), 0, a->n_weight_values);
  weights = compare (a, b, 0, a->n_weight_values);
  buffers = compare (a, b, a->n_weight_values, a->n_values);
  g_test_message ("moved by up to %g, differ by up to %g, buffers %g", moved, weights, buffers);
  g_assert_cmpfloat (moved, >, 1e-3);
  /* Sums in another order, over four steps. */
  g_assert_cmpfloat (weights, <, 1e-3 * moved);
  g_assert_cmpfloat (buffers, <, 1e-5);
}

#define ADD(path, func) g_test_add (path, RunFixture, NULL, set_up, func, run_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("/cuda-training/processor", test_processor);

  return g_test_run ();
}
