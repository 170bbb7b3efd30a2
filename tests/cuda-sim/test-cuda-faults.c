/* SPDX-License-Identifier: Apache-2.0 */

/* What the engine does when calls of CUDA and cuDNN fail, memory is missing or a device disappears. */
#include <string.h>

#include <cuda_runtime_api.h>

#include "compute.h"
#include "cuda-sim.h"
#include "run.h"
#include "siamban-program-private.h"

/* cudaErrorLaunchFailure, and cuDNN's status that an execution failed. */
#define CUDA_FAILURE 719
#define CUDNN_FAILURE 5000
#define OUT_OF_MEMORY 2

static SiambanDevice *
open_device (const char *id)
{
  g_autoptr (GError) error = NULL;
  SiambanDevice *device = siamban_device_open (id, &error);

  g_assert_no_error (error);

  return device;
}

static const Subject *
find_subject (const char *name)
{
  static Subject subject;

  for (guint i = 0; i < n_operation_cases; i++)
    if (g_str_equal (operation_cases[i].name, name))
      subject.operation = &operation_cases[i];
  g_assert_nonnull (subject.operation);

  return &subject;
}

/* Everything that a step of a training asks of a device. */
static gboolean
take_step (SiambanDevice *device, SiambanGraph *graph, GError **error)
{
  SiambanWeights *weights = siamban_graph_get_weights (graph);
  const guint n = _siamban_weights_get_n (weights);
  g_autofree double *rates = g_new0 (double, n);
  g_autoptr (SiambanProgram) program = siamban_device_compile (device, graph, TRUE, error);
  g_autoptr (SiambanTensor) tensor = NULL;

  if (program == NULL)
    return FALSE;
  for (guint value = 1; value <= siamban_graph_get_n_values (graph); value++)
    {
      const SiambanNode *node = _siamban_graph_peek_node (graph, value);
      g_autofree guint8 *zeros = g_new0 (guint8, _siamban_node_get_n_elements (node));

      if (node->op == SIAMBAN_OP_INPUT &&
          !_siamban_program_write_input (program, node->name, SIAMBAN_DTYPE_UINT8, zeros,
                                         _siamban_node_get_n_elements (node), error))
        return FALSE;
    }
  if (!siamban_program_forward (program, error) || !siamban_program_backward (program, error))
    return FALSE;
  tensor = siamban_program_get_output (program, "y", error);

  return tensor != NULL && siamban_program_update (program, rates, n, 0.9, 1e-4, 10, NULL, error) &&
         _siamban_weights_sync (weights, error);
}

typedef struct
{
  const char *function;
  int status;
  const char *told;        /* what every message contains */
  gboolean has_other_ways; /* one failure need not be the end */
} Fault;

static const Fault faults[] = {
  { "cudaSetDevice", CUDA_FAILURE, "cudaSetDevice", FALSE },
  { "cudaStreamCreateWithFlags", CUDA_FAILURE, "cudaStreamCreateWithFlags", FALSE },
  { "cudaMalloc", CUDA_FAILURE, "cudaMalloc", FALSE },
  { "cudaMalloc", OUT_OF_MEMORY, "cuda:0 has ", FALSE },
  { "cudaHostAlloc", CUDA_FAILURE, "cudaHostAlloc", FALSE },
  { "cudaHostAlloc", OUT_OF_MEMORY, "cudaHostAlloc", FALSE },
  { "cudaEventCreateWithFlags", CUDA_FAILURE, "cudaEventCreateWithFlags", FALSE },
  { "cudaEventRecord", CUDA_FAILURE, "cudaEventRecord", FALSE },
  { "cudaEventSynchronize", CUDA_FAILURE, "cudaEventSynchronize", FALSE },
  { "cudaStreamWaitEvent", CUDA_FAILURE, "cudaStreamWaitEvent", FALSE },
  { "cudaMemcpyAsync", CUDA_FAILURE, "cudaMemcpyAsync", FALSE },
  { "cudaStreamSynchronize", CUDA_FAILURE, "cudaStreamSynchronize", FALSE },
  { "cudaLaunchKernel", CUDA_FAILURE, "siamban_cuda_", FALSE },
  { "cudnnCreate", CUDNN_FAILURE, "cuDNN on cuda:0", FALSE },
  { "cudnnSetStream", CUDNN_FAILURE, "cuDNN on cuda:0", FALSE },
  { "cudnnBackendCreateDescriptor", CUDNN_FAILURE, "cudnnBackendCreateDescriptor", FALSE },
  { "cudnnBackendSetAttribute", CUDNN_FAILURE, "cudnnBackendSetAttribute", FALSE },
  { "cudnnBackendGetAttribute", CUDNN_FAILURE, "cudnnBackendGetAttribute", TRUE },
  { "cudnnBackendFinalize", CUDNN_FAILURE, "cudnnBackendFinalize", TRUE },
  { "cudnnBackendExecute", CUDNN_FAILURE, "cudnnBackendExecute", FALSE },
};

/* About as many are tried of one function; plans make hundreds of some. */
#define MAX_TRIES 100

/* Each call of each function once: the step fails with an error that tells of it, and the next one goes
 * well. */
static void
test_each_call (gconstpointer data)
{
  const Fault *fault = data;
  g_autoptr (SiambanDevice) device = open_device ("cuda:0");
  g_autoptr (SiambanGraph) graph = subject_build (find_subject ("block/siamese"));
  const int before = cuda_sim_count_calls (fault->function);
  g_autoptr (GError) error = NULL;
  int n_calls, stride, n_tries = 0, n_failed = 0;

  g_assert_true (take_step (device, graph, &error));
  g_assert_no_error (error);
  n_calls = cuda_sim_count_calls (fault->function) - before;
  g_assert_cmpint (n_calls, >, 0);

  stride = MAX (1, n_calls / MAX_TRIES);
  for (int k = 1; k <= n_calls; k += stride)
    {
      gboolean done;

      cuda_sim_fail_call (fault->function, k, fault->status);
      done = take_step (device, graph, &error);
      if (done && !fault->has_other_ways)
        g_test_message ("call %d of %s failed, and nobody noticed", k, fault->function);
      if (!done)
        {
          g_assert_nonnull (error);
          g_assert_true (error->domain == SIAMBAN_ERROR);
          g_test_message ("%s", error->message);
          g_assert_nonnull (strstr (error->message, fault->told));
          n_failed++;
        }
      g_clear_error (&error);

      /* Nothing of the failure is left. */
      if (n_tries++ % 16 == 0)
        {
          g_assert_true (take_step (device, graph, &error));
          g_assert_no_error (error);
        }
    }
  g_test_message ("%d of %d tried calls of %s end the step", n_failed, n_tries, fault->function);
  if (fault->has_other_ways)
    g_assert_cmpint (n_failed, >, 0);
  else
    /* The last ones may belong to the end of the program, which waits for two streams. */
    g_assert_cmpint (n_failed, >=, n_tries - 2);
}

static SiambanProgram *
compile (RunFixture *fixture, SiambanDevice *device, guint batch_size, GError **error)
{
  g_autoptr (SiambanModel) model = siamban_model_new (fixture->config, error);
  g_autoptr (SiambanGraph) graph = NULL;

  if (model == NULL)
    return NULL;
  graph = siamban_model_build_training (model, batch_size, error);

  return graph != NULL ? siamban_device_compile (device, graph, TRUE, error) : NULL;
}

/* What the error advises fits. */
static void
test_memory (RunFixture *fixture, gconstpointer data)
{
  static const char advice[] = "try a batch of ";
  const gsize left = (gsize) 24 << 20;
  g_autoptr (SiambanDevice) device = open_device ("cuda:0");
  g_autoptr (SiambanProgram) too_large = NULL;
  g_autoptr (SiambanProgram) fitting = NULL;
  g_autoptr (GError) error = NULL;
  gsize n_free, total;
  const char *found;
  void *ballast;
  guint batch;

  g_assert_cmpint (cudaSetDevice (0), ==, cudaSuccess);
  g_assert_cmpint (cudaMemGetInfo (&n_free, &total), ==, cudaSuccess);
  g_assert_cmpint (cudaMalloc (&ballast, n_free - left), ==, cudaSuccess);

  too_large = compile (fixture, device, 64, &error);
  g_assert_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_OUT_OF_MEMORY);
  g_test_message ("%s", error->message);
  g_assert_nonnull (strstr (error->message, " left, and a batch of 64 needs "));
  found = strstr (error->message, advice);
  g_assert_nonnull (found);
  batch = (guint) g_ascii_strtoull (found + strlen (advice), NULL, 10);
  g_assert_cmpuint (batch, >=, 2);
  g_assert_cmpuint (batch, <, 64);
  g_clear_error (&error);

  fitting = compile (fixture, device, batch, &error);
  g_assert_no_error (error);
  g_clear_object (&fitting);
  g_assert_cmpint (cudaFree (ballast), ==, cudaSuccess);
}

static void
lose_cb (SiambanTrainer *trainer, SiambanIteration *iteration, gpointer data)
{
  if (iteration->number == RUN_N_PER_EPOCH + 1)
    cuda_sim_lose_device (1);
}

/* The process goes on, and so does the run from its last checkpoint, on another device. */
static void
test_lost_device (RunFixture *fixture, gconstpointer data)
{
  g_autofree char *path = g_build_filename (fixture->folder, "run", NULL);
  g_autoptr (SiambanDevice) device = open_device ("cuda:1");
  g_autoptr (SiambanDevice) other = open_device ("cuda:0");
  g_autoptr (SiambanTrainer) trainer = NULL;
  g_autoptr (SiambanTrainer) again = NULL;
  g_autoptr (GError) error = NULL;

  run_set (fixture->config, "TRAIN.EPOCH=2");
  run_set (fixture->config, "BACKBONE.TRAIN_EPOCH=1");
  trainer = siamban_trainer_new (fixture->config, device, path, &error);
  g_assert_no_error (error);
  g_signal_connect (trainer, "iteration", G_CALLBACK (lose_cb), NULL);
  g_assert_false (siamban_trainer_run (trainer, NULL, &error));
  g_assert_nonnull (error);
  g_test_message ("%s", error->message);
  g_assert_nonnull (strstr (error->message, "cudaErrorDevicesUnavailable"));
  g_clear_error (&error);

  siamban_config_set_string (fixture->config, "TRAIN.RESUME", path, &error);
  g_assert_no_error (error);
  again = siamban_trainer_new (fixture->config, other, path, &error);
  g_assert_no_error (error);
  run_train (again);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (faults); i++)
    {
      g_autofree char *path = g_strdup_printf ("/cuda-faults/%s/%d", faults[i].function,
                                               faults[i].status);

      g_test_add_data_func (path, &faults[i], test_each_call);
    }

  g_test_add ("/cuda-faults/memory", RunFixture, NULL, run_set_up, test_memory, run_tear_down);
  g_test_add ("/cuda-faults/lost-device", RunFixture, NULL, run_set_up, test_lost_device,
              run_tear_down);

  return g_test_run ();
}
