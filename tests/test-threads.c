/* SPDX-License-Identifier: Apache-2.0 */
#include "compute.h"
#include "run.h"
#include "siamban-program-private.h"

#define N_MOST 3

/* The most threads that were there at an iteration, by what they are named; those of OpenMP have
 * their creator's name. */
typedef struct
{
  SiambanTrainer *trainer;
  const char *name; /* of the thread that trains */
  guint n_computing;
  guint n_loading;
} Alive;

static void
iteration_cb (SiambanTrainer *trainer, const SiambanIteration *iteration, gpointer user_data)
{
  Alive *most = user_data;
  g_autoptr (GDir) tasks = g_dir_open ("/proc/self/task", 0, NULL);
  guint n_computing = 0, n_loading = 0;
  const char *task;

  while (tasks != NULL && (task = g_dir_read_name (tasks)) != NULL)
    {
      g_autofree char *path = g_build_filename ("/proc/self/task", task, "comm", NULL);
      g_autofree char *name = NULL;

      if (!g_file_get_contents (path, &name, NULL, NULL))
        continue;
      n_loading += g_str_has_prefix (name, "siamban-loader");
      n_computing += g_strcmp0 (g_strchomp (name), most->name) == 0;
    }

  most->n_computing = MAX (most->n_computing, n_computing);
  most->n_loading = MAX (most->n_loading, n_loading);
}

static gpointer
train_cb (gpointer user_data)
{
  Alive *most = user_data;
  g_autoptr (GError) error = NULL;

  g_assert_true (siamban_trainer_run (most->trainer, NULL, &error));
  g_assert_no_error (error);

  return NULL;
}

/* The weights that a training comes to where the process may use @n_threads, in a thread of its own
 * name. The engine takes @n_computing of them; 0: all. */
static char *
train (RunFixture *fixture, guint n_threads, guint n_computing, Alive *most)
{
  g_autofree char *name = g_strdup_printf ("train-%u-%u", n_threads, n_computing);
  g_autoptr (SiambanTrainer) trainer = NULL;

  siamban_process_set_n_threads (n_threads);
  trainer = run_make_trainer (fixture->config, fixture->folder, name);
  siamban_device_set_n_threads (siamban_trainer_get_device (trainer), n_computing);
  *most = (Alive){ trainer, name, 0, 0 };
  g_signal_connect (trainer, "iteration", G_CALLBACK (iteration_cb), most);
  g_thread_join (g_thread_new (name, train_cb, most));
  siamban_process_set_n_threads (0);

  return run_digest (trainer);
}

/* No thread computes or loads beyond what the process may use. */
static void
test_alive (RunFixture *fixture, gconstpointer data)
{
  g_autoptr (SiambanDevice) device = siamban_device_open ("cpu", NULL);
  Alive most;

  run_set (fixture->config, "TRAIN.NUM_WORKERS=5");
  for (guint n_threads = 1; n_threads <= N_MOST; n_threads++)
    {
      g_autofree char *digest = train (fixture, n_threads, 0, &most);

      /* The plain loops have no threads. */
      g_assert_cmpuint (most.n_computing, ==, device != NULL ? n_threads : 1);
      g_assert_cmpuint (most.n_loading, ==, n_threads > 1 ? n_threads : 0);
    }
}

/* Who makes the samples changes nothing. */
static void
test_workers (RunFixture *fixture, gconstpointer data)
{
  Alive most;
  g_autofree char *without = NULL;
  g_autofree char *with = NULL;

  run_set (fixture->config, "TRAIN.NUM_WORKERS=2");
  without = train (fixture, 1, 1, &most);
  g_assert_cmpuint (most.n_loading, ==, 0);
  with = train (fixture, N_MOST, 1, &most);
  g_assert_cmpuint (most.n_loading, ==, 2);
  g_assert_cmpstr (with, ==, without);
}

static guint
count_of_program (SiambanDevice *device)
{
  g_autoptr (SiambanWeights) weights = siamban_weights_new ();
  g_autoptr (SiambanGraph) graph = siamban_graph_new (weights);
  g_autoptr (SiambanProgram) program = NULL;

  siamban_graph_relu (graph, siamban_graph_input (graph, "x", 1, 3, 4, 4));
  program = compute_compile (device, graph, FALSE);

  return program->n_threads;
}

static void
test_number (void)
{
  g_autoptr (SiambanDevice) device = siamban_device_open ("reference", NULL);
  g_autoptr (GListModel) devices = NULL;

  g_unsetenv ("OMP_NUM_THREADS");
  g_assert_cmpuint (siamban_process_get_n_threads (), ==, g_get_num_processors ());
  g_setenv ("OMP_NUM_THREADS", "6,2", TRUE);
  g_assert_cmpuint (siamban_process_get_n_threads (), ==, 6);
  g_assert_cmpuint (count_of_program (device), ==, 6);
  g_setenv ("OMP_NUM_THREADS", "all", TRUE);
  g_assert_cmpuint (siamban_process_get_n_threads (), ==, g_get_num_processors ());
  g_unsetenv ("OMP_NUM_THREADS");

  siamban_process_set_n_threads (5);
  g_assert_cmpuint (siamban_process_get_n_threads (), ==, 5);
  g_assert_cmpuint (count_of_program (device), ==, 5);

  /* Replicas share them. */
  devices = siamban_device_open_all ("reference,reference", NULL);
  g_assert_cmpuint (siamban_device_get_n_threads (device), ==, 2);
  g_assert_cmpuint (count_of_program (device), ==, 2);

  siamban_device_set_n_threads (device, 0);
  siamban_process_set_n_threads (0);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/threads/number", test_number);
  g_test_add ("/threads/alive", RunFixture, NULL, run_set_up, test_alive, run_tear_down);
  g_test_add ("/threads/workers", RunFixture, NULL, run_set_up, test_workers, run_tear_down);

  return g_test_run ();
}
