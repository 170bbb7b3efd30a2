/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "siamban-cublas-private.h"
#include "siamban-cuda-convolution-private.h"
#include "siamban-graph-private.h"
#include "siamban.h"

/* The real cuDNN plans for a device that is only described to it, so no graphics card is needed.
 * Every convolution of every configuration that is shipped, as both phases of training have it,
 * must have a plan for every generation of devices. Shapes, types, strides and policies are proven
 * so; that a plan computes the right numbers is not. */

/* Written from public data sheets, not read off the devices. */
typedef struct
{
  const char *name;
  guint version;
  guint n_processors;
  guint shared_memory;
  guint n_threads;
  guint n_blocks;
  guint64 cache;
  guint64 memory;
  gboolean has_bfloat16;
} Device;

static const Device devices[] = {
  { "Tesla T4", 750, 40, 65536, 1024, 16, 4194304, 15843721216, FALSE },
  { "NVIDIA A100-SXM4-80GB", 800, 108, 166912, 2048, 32, 41943040, 85899345920, TRUE },
  { "NVIDIA GeForce RTX 3090", 860, 82, 101376, 1536, 16, 6291456, 25000000000, TRUE },
  { "NVIDIA GeForce RTX 4090", 890, 128, 101376, 1536, 24, 75497472, 25000000000, TRUE },
  { "NVIDIA H100 80GB HBM3", 900, 132, 232448, 2048, 32, 52428800, 85899345920, TRUE },
  { "NVIDIA B200", 1000, 148, 232448, 2048, 32, 132644864, 190000000000, TRUE },
  { "NVIDIA GeForce RTX 5090", 1200, 170, 101376, 1536, 24, 100663296, 33000000000, TRUE },
};

/* One pass of one convolution. */
typedef struct
{
  SiambanCudaConvolution convolution;
  SiambanCudaPass pass;
} Work;

static cudnnBackendDescriptor_t
describe_device (const SiambanCudnn *cudnn, const Device *device)
{
  g_autofree char *json = g_strdup_printf (
      "{\"maxGridSize\": [2147483647, 65535, 65535], \"maxBlockSize\": [1024, 1024, 64], "
      "\"regsPerBlock\": 65536, \"multiProcessorCount\": %u, \"warpSize\": 32, "
      "\"maxSharedMemoryPerBlock\": 49152, \"maxSharedMemoryPerBlockOptin\": %u, "
      "\"reservedSharedMemoryPerBlock\": %u, \"maxRegistersPerSM\": 65536, \"maxCtasPerSM\": %u, "
      "\"maxThreadsPerBlock\": 1024, \"maxThreadsPerSM\": %u, \"pciDeviceId\": 0, "
      "\"isTccDriver\": 0, \"supportCoopLaunch\": 1, \"smClockRateKHz\": 1500000, "
      "\"memClockRateKHz\": 2000000, \"l2CacheSize\": %" G_GUINT64_FORMAT ", "
      "\"deviceName\": \"%s\", \"deviceVer\": %u, \"driverVer\": 13000, \"cudaDeviceId\": 0, "
      "\"totalGlobalMem\": %" G_GUINT64_FORMAT "}",
      device->n_processors, device->shared_memory, device->version == 750 ? 0 : 1024,
      device->n_blocks, device->n_threads, device->cache, device->name, device->version,
      device->memory);
  cudnnBackendDescriptor_t properties;

  g_assert_cmpint (cudnn->create_descriptor (CUDNN_BACKEND_DEVICEPROP_DESCRIPTOR, &properties), ==,
                   CUDNN_STATUS_SUCCESS);
  g_assert_cmpint (cudnn->set_attribute (properties, CUDNN_ATTR_DEVICEPROP_JSON_REPRESENTATION,
                                         CUDNN_TYPE_CHAR, (gint64) strlen (json), json),
                   ==, CUDNN_STATUS_SUCCESS);
  g_assert_cmpint (cudnn->finalize (properties), ==, CUDNN_STATUS_SUCCESS);

  return properties;
}

static void
add_work (GArray *list, const SiambanCudaConvolution *convolution, SiambanCudaPass pass)
{
  Work work;

  memset (&work, 0, sizeof work);
  work.convolution = *convolution;
  work.pass = pass;
  for (guint i = 0; i < list->len; i++)
    if (memcmp (&g_array_index (list, Work, i), &work, sizeof work) == 0)
      return;

  g_array_append_val (list, work);
}

/* Every pass, also of what is frozen: which layers train is up to the user. Only the network's own
 * input is never differentiated. */
static void
add_graph (GArray *list, SiambanGraph *graph)
{
  for (guint value = 1; value <= siamban_graph_get_n_values (graph); value++)
    {
      const SiambanNode *node = _siamban_graph_peek_node (graph, value);
      const SiambanNode *input;
      SiambanCudaConvolution convolution;

      if (node->op != SIAMBAN_OP_CONVOLUTION)
        continue;

      input = _siamban_graph_peek_node (graph, node->inputs[0]);
      memset (&convolution, 0, sizeof convolution);
      memcpy (convolution.x, input->shape, sizeof convolution.x);
      memcpy (convolution.y, node->shape, sizeof convolution.y);
      convolution.w[0] = node->shape[1];
      convolution.w[1] = input->shape[1] / node->n_groups;
      convolution.w[2] = convolution.w[3] = node->size;
      convolution.stride = node->stride;
      convolution.padding = node->padding;
      convolution.dilation = node->dilation;
      convolution.type = CUDNN_DATA_FLOAT;
      for (guint pass = 0; pass < SIAMBAN_CUDA_N_PASSES; pass++)
        if (pass != SIAMBAN_CUDA_DATA_GRADIENT || input->op != SIAMBAN_OP_INPUT)
          add_work (list, &convolution, pass);
    }
}

static void
add_configuration (GArray *list, const char *path)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SiambanConfig) config = siamban_config_new_from_file (path, &error);
  g_autoptr (SiambanModel) model = NULL;
  guint batch_size, n_epochs;

  g_assert_no_error (error);
  batch_size = (guint) siamban_config_get_int (config, "TRAIN.BATCH_SIZE");
  n_epochs = (guint) siamban_config_get_int (config, "TRAIN.EPOCH");
  model = siamban_model_new (config, &error);
  g_assert_no_error (error);
  for (guint phase = 0; phase < 2; phase++)
    {
      g_autoptr (SiambanGraph) graph = NULL;

      siamban_model_set_epoch (model, phase * (n_epochs - 1));
      graph = siamban_model_build_training (model, batch_size, &error);
      g_assert_no_error (error);
      add_graph (list, graph);
    }
}

static GArray *
list_work (void)
{
  GArray *list = g_array_new (FALSE, FALSE, sizeof (Work));
  const char *folder = g_getenv ("SIAMBAN_CONFIGS");
  g_autoptr (GError) error = NULL;
  g_autoptr (GDir) files = g_dir_open (folder, 0, &error);
  guint n_configurations = 0;
  const char *name;

  g_assert_no_error (error);
  while ((name = g_dir_read_name (files)) != NULL)
    if (g_str_has_suffix (name, ".yaml"))
      {
        g_autofree char *path = g_build_filename (folder, name, NULL);

        add_configuration (list, path);
        n_configurations++;
      }
  g_assert_cmpuint (n_configurations, >=, 5);

  return list;
}

static void
check_plan (const SiambanCudnn *cudnn,
            cudnnBackendDescriptor_t properties,
            const Device *device,
            const Work *work,
            cudnnDataType_t type,
            gboolean exact)
{
  SiambanCudaConvolution convolution = work->convolution;
  g_autoptr (SiambanCudaPlan) plan = NULL;
  g_autoptr (GError) error = NULL;

  convolution.type = type;
  convolution.exact = exact;
  plan = _siamban_cuda_plan_new (cudnn, NULL, properties, &convolution, work->pass, &error);

  if (type == CUDNN_DATA_BFLOAT16 && !device->has_bfloat16)
    {
      g_assert_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_UNSUPPORTED);
      g_assert_nonnull (strstr (error->message, "bfloat16"));
      return;
    }

  g_assert_no_error (error);
  g_assert_false (_siamban_cuda_plan_has_note (plan, CUDNN_NUMERICAL_NOTE_NONDETERMINISTIC));
  if (exact)
    {
      g_assert_false (_siamban_cuda_plan_has_note (plan, CUDNN_NUMERICAL_NOTE_TENSOR_CORE));
      g_assert_false (_siamban_cuda_plan_has_note (plan, CUDNN_NUMERICAL_NOTE_DOWN_CONVERT_INPUTS));
    }
}

/* Whether a forward pass can be done at once with what follows it in a frozen part: a bias, or all. */
static gboolean
can_fuse (const SiambanCudnn *cudnn,
          cudnnBackendDescriptor_t properties,
          const Work *work,
          cudnnDataType_t type,
          gboolean all)
{
  SiambanCudaConvolution convolution = work->convolution;
  g_autoptr (SiambanCudaPlan) plan = NULL;

  convolution.type = type;
  convolution.has_bias = TRUE;
  convolution.has_residual = convolution.has_relu = all;
  plan = _siamban_cuda_plan_new (cudnn, NULL, properties, &convolution, work->pass, NULL);

  return plan != NULL;
}

/* Grouped convolutions are left out: what cannot be done at once is done one by one. */
static void
check_fusions (const SiambanCudnn *cudnn,
               cudnnBackendDescriptor_t properties,
               const Device *device,
               GArray *list)
{
  static const cudnnDataType_t types[] = { CUDNN_DATA_FLOAT, CUDNN_DATA_BFLOAT16 };

  for (guint t = 0; t < (device->has_bfloat16 ? 2 : 1); t++)
    for (guint all = 0; all < 2; all++)
      {
        guint n = 0, n_fused = 0;

        for (guint i = 0; i < list->len; i++)
          {
            const Work *work = &g_array_index (list, Work, i);

            if (work->pass != SIAMBAN_CUDA_FORWARD ||
                work->convolution.w[1] != work->convolution.x[1])
              continue;
            n++;
            n_fused += can_fuse (cudnn, properties, work, types[t], all != 0);
          }
        g_test_message ("%s: %u of %u forward passes can be fused with %s",
                        types[t] == CUDNN_DATA_FLOAT ? "float32" : "bfloat16", n_fused, n,
                        all ? "bias, residual and ReLU" : "a bias");
        g_assert_cmpuint (n_fused, ==, n);
      }
}

static const SiambanCudnn *
open_cudnn_or_skip (void)
{
  g_autoptr (GError) error = NULL;
  const SiambanCudnn *cudnn = _siamban_cudnn_open (&error);

  if (cudnn == NULL)
    g_test_skip (error->message);

  return cudnn;
}

static void
test_every_convolution (gconstpointer data)
{
  const Device *device = data;
  const SiambanCudnn *cudnn = open_cudnn_or_skip ();
  g_autoptr (GArray) list = NULL;
  cudnnBackendDescriptor_t properties;

  if (cudnn == NULL)
    return;

  list = list_work ();
  /* ResNet-50 alone has more than a hundred. */
  g_assert_cmpuint (list->len, >, 100);
  properties = describe_device (cudnn, device);
  for (guint i = 0; i < list->len; i++)
    {
      const Work *work = &g_array_index (list, Work, i);

      check_plan (cudnn, properties, device, work, CUDNN_DATA_FLOAT, FALSE);
      check_plan (cudnn, properties, device, work, CUDNN_DATA_FLOAT, TRUE);
      check_plan (cudnn, properties, device, work, CUDNN_DATA_BFLOAT16, FALSE);
    }
  g_test_message ("%u passes of convolutions, each in three precisions", list->len);
  check_fusions (cudnn, properties, device, list);
  cudnn->destroy_descriptor (properties);
}

/* What does not fit together is refused, with the shapes. */
static void
test_wrong_shape (void)
{
  const SiambanCudnn *cudnn = open_cudnn_or_skip ();
  const SiambanCudaConvolution wrong = {
    .x = { 1, 8, 9, 9 },
    .w = { 8, 8, 3, 3 },
    .y = { 1, 8, 9, 9 },
    .stride = 1,
    .padding = 0,
    .dilation = 1,
    .type = CUDNN_DATA_FLOAT,
  };
  g_autoptr (SiambanCudaPlan) plan = NULL;
  g_autoptr (GError) error = NULL;
  cudnnBackendDescriptor_t properties;

  if (cudnn == NULL)
    return;

  properties = describe_device (cudnn, &devices[4]);
  plan = _siamban_cuda_plan_new (cudnn, NULL, properties, &wrong, SIAMBAN_CUDA_FORWARD, &error);
  g_assert_null (plan);
  g_assert_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_UNSUPPORTED);
  g_assert_nonnull (strstr (error->message, "1×8×9×9"));
  cudnn->destroy_descriptor (properties);
}

/* Where the real cuBLASLt is installed, it has all that is called. */
static void
test_cublas (void)
{
  if (_siamban_cublas_open () == NULL)
    g_test_skip ("cuBLASLt is not installed");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (devices); i++)
    {
      g_autofree char *path = g_strdup_printf ("/cuda-planning/sm_%u", devices[i].version / 10);

      g_test_add_data_func (path, &devices[i], test_every_convolution);
    }
  g_test_add_func ("/cuda-planning/wrong-shape", test_wrong_shape);
  g_test_add_func ("/cuda-planning/cublas", test_cublas);

  return g_test_run ();
}
