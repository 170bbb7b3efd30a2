/* SPDX-License-Identifier: Apache-2.0 */

/* Simulated cuDNN: convolutions in three directions against their definition, with bias, residual and ReLU behind,
 * and what it refuses. */
#include "cuda-sim.h"

#include <cudnn.h>
#include <glib.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

#define OK(call) g_assert_cmpint ((int) (call), ==, 0)

enum
{
  X = 1,
  W,
  Y,
  SUM,
  BIAS,
  BIASED,
  RESIDUAL,
  ADDED,
  RESULT,
  N_IDS
};

/* N, C, H, W; K, C, R, S */
typedef struct
{
  gint64 x[4], w[4], y[4];
  gint64 padding, stride, dilation;
} Shape;

static const Shape shapes[] = {
  { { 2, 3, 9, 8 }, { 5, 3, 3, 3 }, { 2, 5, 9, 8 }, 1, 1, 1 },
  { { 2, 4, 11, 9 }, { 6, 4, 3, 3 }, { 2, 6, 6, 5 }, 1, 2, 1 },
  { { 1, 3, 9, 9 }, { 4, 3, 3, 3 }, { 1, 4, 9, 9 }, 2, 1, 2 },
  { { 3, 8, 5, 5 }, { 7, 8, 1, 1 }, { 3, 7, 5, 5 }, 0, 1, 1 },
  /* two groups; as many as channels */
  { { 2, 6, 7, 6 }, { 4, 3, 3, 3 }, { 2, 4, 7, 6 }, 1, 1, 1 },
  { { 1, 5, 6, 6 }, { 5, 1, 3, 3 }, { 1, 5, 6, 6 }, 1, 1, 1 },
};

typedef struct
{
  cudaStream_t stream;
  cudnnHandle_t handle;
  GPtrArray *descriptors;
  float *memory[N_IDS], *device[N_IDS];
  gsize n[N_IDS];
  void *workspace;
} Fixture;

static cudnnBackendDescriptor_t
create (Fixture *f, cudnnBackendDescriptorType_t type)
{
  cudnnBackendDescriptor_t descriptor;

  OK (cudnnBackendCreateDescriptor (type, &descriptor));
  g_ptr_array_add (f->descriptors, descriptor);
  return descriptor;
}

static void
set_numbers (cudnnBackendDescriptor_t d,
             cudnnBackendAttributeName_t name,
             int n,
             const gint64 *values)
{
  OK (cudnnBackendSetAttribute (d, name, CUDNN_TYPE_INT64, n, values));
}

static void
set_link (cudnnBackendDescriptor_t d, cudnnBackendAttributeName_t name, cudnnBackendDescriptor_t to)
{
  OK (cudnnBackendSetAttribute (d, name, CUDNN_TYPE_BACKEND_DESCRIPTOR, 1, &to));
}

static cudnnBackendDescriptor_t
new_tensor (Fixture *f, gint64 id, const gint64 *shape, bool is_virtual)
{
  cudnnBackendDescriptor_t d = create (f, CUDNN_BACKEND_TENSOR_DESCRIPTOR);
  const gint64 strides[4] = { shape[1] * shape[2] * shape[3], 1, shape[1] * shape[3], shape[1] };
  const cudnnDataType_t type = CUDNN_DATA_FLOAT;

  set_numbers (d, CUDNN_ATTR_TENSOR_DIMENSIONS, 4, shape);
  set_numbers (d, CUDNN_ATTR_TENSOR_STRIDES, 4, strides);
  set_numbers (d, CUDNN_ATTR_TENSOR_UNIQUE_ID, 1, &id);
  OK (cudnnBackendSetAttribute (d, CUDNN_ATTR_TENSOR_DATA_TYPE, CUDNN_TYPE_DATA_TYPE, 1, &type));
  OK (cudnnBackendSetAttribute (d, CUDNN_ATTR_TENSOR_IS_VIRTUAL, CUDNN_TYPE_BOOLEAN, 1,
                                &is_virtual));
  OK (cudnnBackendFinalize (d));
  if (!is_virtual)
    {
      f->n[id] = shape[0] * shape[1] * shape[2] * shape[3];
      f->memory[id] = g_new (float, f->n[id]);
      for (gsize i = 0; i < f->n[id]; i++)
        f->memory[id][i] = (float) g_test_rand_double_range (-1, 1);
      OK (cudaMalloc ((void **) &f->device[id], f->n[id] * sizeof (float)));
      OK (cudaMemcpy (f->device[id], f->memory[id], f->n[id] * sizeof (float),
                      cudaMemcpyHostToDevice));
    }
  return d;
}

static cudnnBackendDescriptor_t
new_convolution (Fixture *f,
                 const Shape *s,
                 cudnnBackendDescriptorType_t type,
                 int first,
                 gint64 y_id,
                 gboolean y_is_virtual)
{
  cudnnBackendDescriptor_t window = create (f, CUDNN_BACKEND_CONVOLUTION_DESCRIPTOR);
  cudnnBackendDescriptor_t d = create (f, type);
  const gint64 paddings[2] = { s->padding, s->padding }, strides[2] = { s->stride, s->stride };
  const gint64 dilations[2] = { s->dilation, s->dilation };
  const cudnnConvolutionMode_t mode = CUDNN_CROSS_CORRELATION;

  set_numbers (window, CUDNN_ATTR_CONVOLUTION_PRE_PADDINGS, 2, paddings);
  set_numbers (window, CUDNN_ATTR_CONVOLUTION_POST_PADDINGS, 2, paddings);
  set_numbers (window, CUDNN_ATTR_CONVOLUTION_FILTER_STRIDES, 2, strides);
  set_numbers (window, CUDNN_ATTR_CONVOLUTION_DILATIONS, 2, dilations);
  OK (cudnnBackendSetAttribute (window, CUDNN_ATTR_CONVOLUTION_CONV_MODE,
                                CUDNN_TYPE_CONVOLUTION_MODE, 1, &mode));
  OK (cudnnBackendFinalize (window));
  set_link (d, first + 2, window);
  set_link (d, first + 3, new_tensor (f, W, s->w, false));
  set_link (d, first + 4, new_tensor (f, X, s->x, false));
  set_link (d, first + 5, new_tensor (f, y_id, s->y, y_is_virtual));
  return d;
}

static cudnnBackendDescriptor_t
new_pointwise (Fixture *f,
               cudnnPointwiseMode_t mode,
               cudnnBackendDescriptor_t x,
               cudnnBackendDescriptor_t b,
               cudnnBackendDescriptor_t y)
{
  cudnnBackendDescriptor_t what = create (f, CUDNN_BACKEND_POINTWISE_DESCRIPTOR);
  cudnnBackendDescriptor_t d = create (f, CUDNN_BACKEND_OPERATION_POINTWISE_DESCRIPTOR);

  OK (cudnnBackendSetAttribute (what, CUDNN_ATTR_POINTWISE_MODE, CUDNN_TYPE_POINTWISE_MODE, 1,
                                &mode));
  OK (cudnnBackendFinalize (what));
  set_link (d, CUDNN_ATTR_OPERATION_POINTWISE_PW_DESCRIPTOR, what);
  set_link (d, CUDNN_ATTR_OPERATION_POINTWISE_XDESC, x);
  if (b != NULL)
    set_link (d, CUDNN_ATTR_OPERATION_POINTWISE_BDESC, b);
  set_link (d, CUDNN_ATTR_OPERATION_POINTWISE_YDESC, y);
  OK (cudnnBackendFinalize (d));
  return d;
}

static void
set_up (Fixture *f)
{
  memset (f, 0, sizeof *f);
  f->descriptors = g_ptr_array_new ();
  OK (cudaSetDevice (0));
  OK (cudaStreamCreateWithFlags (&f->stream, cudaStreamNonBlocking));
  OK (cudnnCreate (&f->handle));
  OK (cudnnSetStream (f->handle, f->stream));
}

static void
tear_down (Fixture *f)
{
  for (guint i = 0; i < f->descriptors->len; i++)
    OK (cudnnBackendDestroyDescriptor (g_ptr_array_index (f->descriptors, i)));
  g_ptr_array_unref (f->descriptors);
  for (int id = 0; id < N_IDS; id++)
    {
      g_free (f->memory[id]);
      OK (cudaFree (f->device[id]));
    }
  OK (cudaFree (f->workspace));
  OK (cudnnDestroy (f->handle));
  OK (cudaStreamDestroy (f->stream));
}

static cudnnStatus_t
run_graph (Fixture *f, int n_operations, cudnnBackendDescriptor_t *operations)
{
  cudnnBackendDescriptor_t graph = create (f, CUDNN_BACKEND_OPERATIONGRAPH_DESCRIPTOR);
  cudnnBackendDescriptor_t heuristic = create (f, CUDNN_BACKEND_ENGINEHEUR_DESCRIPTOR);
  cudnnBackendDescriptor_t way = create (f, CUDNN_BACKEND_ENGINECFG_DESCRIPTOR);
  cudnnBackendDescriptor_t plan = create (f, CUDNN_BACKEND_EXECUTION_PLAN_DESCRIPTOR);
  cudnnBackendDescriptor_t pack = create (f, CUDNN_BACKEND_VARIANT_PACK_DESCRIPTOR);
  gint64 ids[N_IDS], n_ids = 0, n_workspace, n_ways;
  void *pointers[N_IDS];

  OK (cudnnBackendSetAttribute (graph, CUDNN_ATTR_OPERATIONGRAPH_OPS, CUDNN_TYPE_BACKEND_DESCRIPTOR,
                                n_operations, operations));
  OK (cudnnBackendFinalize (graph));
  set_link (heuristic, CUDNN_ATTR_ENGINEHEUR_OPERATION_GRAPH, graph);
  OK (cudnnBackendFinalize (heuristic));
  OK (cudnnBackendGetAttribute (heuristic, CUDNN_ATTR_ENGINEHEUR_RESULTS,
                                CUDNN_TYPE_BACKEND_DESCRIPTOR, 1, &n_ways, &way));
  g_assert_cmpint (n_ways, ==, 1);
  set_link (plan, CUDNN_ATTR_EXECUTION_PLAN_ENGINE_CONFIG, way);
  OK (cudnnBackendFinalize (plan));
  OK (cudnnBackendGetAttribute (plan, CUDNN_ATTR_EXECUTION_PLAN_WORKSPACE_SIZE, CUDNN_TYPE_INT64, 1,
                                NULL, &n_workspace));
  OK (cudaMalloc (&f->workspace, n_workspace));
  for (int id = X; id < N_IDS; id++)
    if (f->device[id] != NULL)
      {
        ids[n_ids] = id;
        pointers[n_ids++] = f->device[id];
      }
  set_numbers (pack, CUDNN_ATTR_VARIANT_PACK_UNIQUE_IDS, n_ids, ids);
  OK (cudnnBackendSetAttribute (pack, CUDNN_ATTR_VARIANT_PACK_DATA_POINTERS, CUDNN_TYPE_VOID_PTR,
                                n_ids, pointers));
  OK (cudnnBackendSetAttribute (pack, CUDNN_ATTR_VARIANT_PACK_WORKSPACE, CUDNN_TYPE_VOID_PTR, 1,
                                &f->workspace));
  OK (cudnnBackendFinalize (pack));
  return cudnnBackendExecute (f->handle, plan, pack);
}

static gsize
at (const gint64 *shape, gint64 n, gint64 c, gint64 h, gint64 w)
{
  return ((n * shape[2] + h) * shape[3] + w) * shape[1] + c;
}

/* The definition, in one sum over everything; `id` says which of the three is the result. */
static double *
define (const Fixture *f, const Shape *s, int id, gint64 y_id)
{
  double *result = g_new0 (double, id == X ? f->n[X] : id == W ? f->n[W] : f->n[y_id]);

  for (gint64 n = 0; n < s->y[0]; n++)
    for (gint64 k = 0; k < s->y[1]; k++)
      for (gint64 p = 0; p < s->y[2] * s->y[3]; p++)
        for (gint64 j = 0; j < s->w[1]; j++)
          for (gint64 t = 0; t < s->w[2] * s->w[3]; t++)
            {
              const gint64 r = t / s->w[3], q = t % s->w[3];
              /* output channel k looks at the channels of its group */
              const gint64 c = k / (s->w[0] * s->w[1] / s->x[1]) * s->w[1] + j;
              const gint64 h = p / s->y[3] * s->stride - s->padding + r * s->dilation;
              const gint64 v = p % s->y[3] * s->stride - s->padding + q * s->dilation;
              if (h < 0 || h >= s->x[2] || v < 0 || v >= s->x[3])
                continue;
              const gsize x = at (s->x, n, c, h, v), w = at (s->w, k, j, r, q);
              const gsize y = at (s->y, n, k, p / s->y[3], p % s->y[3]);
              if (id == X)
                result[x] += (double) f->memory[W][w] * f->memory[Y][y];
              else if (id == W)
                result[w] += (double) f->memory[X][x] * f->memory[Y][y];
              else
                result[y] += (double) f->memory[X][x] * f->memory[W][w];
            }
  return result;
}

static void
assert_result (Fixture *f, int id, const double *expected)
{
  OK (cudaStreamSynchronize (f->stream));
  OK (cudaMemcpy (f->memory[id], f->device[id], f->n[id] * sizeof (float), cudaMemcpyDeviceToHost));
  for (gsize i = 0; i < f->n[id]; i++)
    g_assert_cmpfloat_with_epsilon (f->memory[id][i], expected[i], 1e-5);
}

static void
test_convolution (void)
{
  static const struct
  {
    cudnnBackendDescriptorType_t type;
    int first, result;
  } directions[] = {
    { CUDNN_BACKEND_OPERATION_CONVOLUTION_FORWARD_DESCRIPTOR,
      CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_ALPHA, Y },
    { CUDNN_BACKEND_OPERATION_CONVOLUTION_BACKWARD_DATA_DESCRIPTOR,
      CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_ALPHA, X },
    { CUDNN_BACKEND_OPERATION_CONVOLUTION_BACKWARD_FILTER_DESCRIPTOR,
      CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_ALPHA, W },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (shapes); i++)
    for (gsize k = 0; k < G_N_ELEMENTS (directions); k++)
      {
        Fixture f;
        g_autofree double *expected = NULL;
        cudnnBackendDescriptor_t operation;

        set_up (&f);
        operation = new_convolution (&f, &shapes[i], directions[k].type, directions[k].first, Y,
                                     FALSE);
        OK (cudnnBackendFinalize (operation));
        expected = define (&f, &shapes[i], directions[k].result, Y);
        OK (run_graph (&f, 1, &operation));
        assert_result (&f, directions[k].result, expected);
        tear_down (&f);
      }
}

static void
test_fused (void)
{
  const Shape *s = &shapes[1];
  const gint64 per_channel[4] = { 1, s->y[1], 1, 1 };
  Fixture f;
  cudnnBackendDescriptor_t o[4], biased, added;
  g_autofree double *expected = NULL;

  set_up (&f);
  /* Only to learn what the definition gives. */
  new_tensor (&f, RESULT, s->y, false);
  biased = new_tensor (&f, BIASED, s->y, true);
  added = new_tensor (&f, ADDED, s->y, true);
  o[0] = new_convolution (&f, s, CUDNN_BACKEND_OPERATION_CONVOLUTION_FORWARD_DESCRIPTOR,
                          CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_ALPHA, SUM, TRUE);
  OK (cudnnBackendFinalize (o[0]));
  o[1] = new_pointwise (&f, CUDNN_POINTWISE_ADD, new_tensor (&f, SUM, s->y, true),
                        new_tensor (&f, BIAS, per_channel, false), biased);
  o[2] = new_pointwise (&f, CUDNN_POINTWISE_ADD, biased, new_tensor (&f, RESIDUAL, s->y, false),
                        added);
  o[3] = new_pointwise (&f, CUDNN_POINTWISE_RELU_FWD, added, NULL,
                        g_ptr_array_index (f.descriptors, 0));
  expected = define (&f, s, Y, RESULT);
  for (gsize i = 0; i < f.n[RESULT]; i++)
    expected[i] = MAX (0, expected[i] + f.memory[BIAS][i % s->y[1]] + f.memory[RESIDUAL][i]);
  OK (run_graph (&f, 4, o));
  assert_result (&f, RESULT, expected);
  tear_down (&f);
}

static void
test_refused (void)
{
  Shape wrong = shapes[0];
  Fixture f;
  char message[256];
  cudnnBackendDescriptor_t operation;

  wrong.y[2]++;
  set_up (&f);
  operation = new_convolution (&f, &wrong, CUDNN_BACKEND_OPERATION_CONVOLUTION_FORWARD_DESCRIPTOR,
                               CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_ALPHA, Y, FALSE);
  g_assert_cmpint (cudnnBackendFinalize (operation), ==, CUDNN_STATUS_BAD_PARAM);
  cudnnGetLastErrorString (message, sizeof message);
  g_assert_cmpstr (message, ==, "y is not as large as the window gives");
  cuda_sim_fail_call ("cudnnBackendFinalize", 1, CUDNN_STATUS_EXECUTION_FAILED);
  g_assert_cmpint (cudnnBackendFinalize (operation), ==, CUDNN_STATUS_EXECUTION_FAILED);
  tear_down (&f);
}

static void
test_host_pointer (void)
{
  if (g_test_subprocess ())
    {
      Fixture f;
      cudnnBackendDescriptor_t operation;
      static _Alignas(16) float host[1024];

      set_up (&f);
      operation = new_convolution (&f, &shapes[0],
                                   CUDNN_BACKEND_OPERATION_CONVOLUTION_FORWARD_DESCRIPTOR,
                                   CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_ALPHA, Y, FALSE);
      OK (cudnnBackendFinalize (operation));
      f.device[W] = host;
      run_graph (&f, 1, &operation);
      return;
    }
  g_test_trap_subprocess (NULL, 0, 0);
  g_test_trap_assert_failed ();
  g_test_trap_assert_stderr ("*cudnnBackendExecute: host pointer*");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/cuda-sim/cudnn/convolution", test_convolution);
  g_test_add_func ("/cuda-sim/cudnn/fused", test_fused);
  g_test_add_func ("/cuda-sim/cudnn/refused", test_refused);
  g_test_add_func ("/cuda-sim/cudnn/host-pointer", test_host_pointer);
  return g_test_run ();
}
