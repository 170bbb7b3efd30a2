/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-cuda-convolution-private.h"

#include <stdbool.h>

#include "siamban-error.h"

/* One convolution through cuDNN's backend interface: descriptors of what to compute, a list of ways
 * from its heuristics, and the first of them that our policies allow and that can be planned. */

#define MAX_WAYS 64
#define MAX_NOTES 16

enum
{
  ID_X = 1,
  ID_W,
  ID_Y,
  ID_BIAS,
  ID_RESIDUAL,
  ID_BETWEEN, /* and the numbers behind: what is never in memory */
};

struct _SiambanCudaPlan
{
  const SiambanCudnn *cudnn;
  SiambanCudaConvolution convolution;
  SiambanCudaPass pass;

  /* cudnnBackendDescriptor_t; those of the graph must outlive the plan. */
  GPtrArray *descriptors;
  cudnnBackendDescriptor_t plan;
  gint64 workspace;
  guint notes; /* a bit each */
};

static const char *const pass_names[] = { "forward", "data gradient", "weight gradient" };

static gboolean
fail (const SiambanCudaPlan *self, const char *call, cudnnStatus_t status, GError **error)
{
  const SiambanCudaConvolution *c = &self->convolution;
  char details[512] = "";

  self->cudnn->get_last_error_string (details, sizeof details);
  g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_UNSUPPORTED,
               "%s: %s %s (%s of a %s convolution, x %" G_GINT64_FORMAT "×%" G_GINT64_FORMAT
               "×%" G_GINT64_FORMAT "×%" G_GINT64_FORMAT ", weight %" G_GINT64_FORMAT
               "×%" G_GINT64_FORMAT "×%" G_GINT64_FORMAT "×%" G_GINT64_FORMAT
               ", stride %" G_GINT64_FORMAT ", padding %" G_GINT64_FORMAT
               ", dilation %" G_GINT64_FORMAT ")",
               call, self->cudnn->get_error_string (status), details, pass_names[self->pass],
               c->type == CUDNN_DATA_FLOAT ? "float32" : "bfloat16", c->x[0], c->x[1], c->x[2],
               c->x[3], c->w[0], c->w[1], c->w[2], c->w[3], c->stride, c->padding, c->dilation);

  return FALSE;
}

static gboolean
create (SiambanCudaPlan *self,
        cudnnBackendDescriptorType_t type,
        cudnnBackendDescriptor_t *descriptor,
        GError **error)
{
  const cudnnStatus_t status = self->cudnn->create_descriptor (type, descriptor);

  if (status != CUDNN_STATUS_SUCCESS)
    return fail (self, "cudnnBackendCreateDescriptor", status, error);

  g_ptr_array_add (self->descriptors, *descriptor);

  return TRUE;
}

static gboolean
set (SiambanCudaPlan *self,
     cudnnBackendDescriptor_t descriptor,
     cudnnBackendAttributeName_t name,
     cudnnBackendAttributeType_t type,
     gint64 n_elements,
     const void *elements,
     GError **error)
{
  const cudnnStatus_t status = self->cudnn->set_attribute (descriptor, name, type, n_elements,
                                                           elements);

  return status == CUDNN_STATUS_SUCCESS || fail (self, "cudnnBackendSetAttribute", status, error);
}

static gboolean
finalize (SiambanCudaPlan *self, cudnnBackendDescriptor_t descriptor, GError **error)
{
  const cudnnStatus_t status = self->cudnn->finalize (descriptor);

  return status == CUDNN_STATUS_SUCCESS || fail (self, "cudnnBackendFinalize", status, error);
}

static gboolean
describe_tensor (SiambanCudaPlan *self,
                 gint64 id,
                 const gint64 *shape,
                 cudnnBackendDescriptor_t *tensor,
                 GError **error)
{
  const int64_t dims[4] = { shape[0], shape[1], shape[2], shape[3] };
  const int64_t strides[4] = { shape[1] * shape[2] * shape[3], 1, shape[1] * shape[3], shape[1] };
  const int64_t alignment = 16, uid = id;
  const bool is_virtual = id >= ID_BETWEEN;
  const cudnnDataType_t type = is_virtual ? CUDNN_DATA_FLOAT : self->convolution.type;

  return create (self, CUDNN_BACKEND_TENSOR_DESCRIPTOR, tensor, error) &&
         set (self, *tensor, CUDNN_ATTR_TENSOR_DATA_TYPE, CUDNN_TYPE_DATA_TYPE, 1, &type, error) &&
         set (self, *tensor, CUDNN_ATTR_TENSOR_DIMENSIONS, CUDNN_TYPE_INT64, 4, dims, error) &&
         set (self, *tensor, CUDNN_ATTR_TENSOR_STRIDES, CUDNN_TYPE_INT64, 4, strides, error) &&
         set (self, *tensor, CUDNN_ATTR_TENSOR_UNIQUE_ID, CUDNN_TYPE_INT64, 1, &uid, error) &&
         set (self, *tensor, CUDNN_ATTR_TENSOR_BYTE_ALIGNMENT, CUDNN_TYPE_INT64, 1, &alignment,
              error) &&
         set (self, *tensor, CUDNN_ATTR_TENSOR_IS_VIRTUAL, CUDNN_TYPE_BOOLEAN, 1, &is_virtual,
              error) &&
         finalize (self, *tensor, error);
}

static gboolean
describe_window (SiambanCudaPlan *self, cudnnBackendDescriptor_t *window, GError **error)
{
  const SiambanCudaConvolution *c = &self->convolution;
  const int64_t n_axes = 2;
  const int64_t paddings[2] = { c->padding, c->padding };
  const int64_t strides[2] = { c->stride, c->stride };
  const int64_t dilations[2] = { c->dilation, c->dilation };
  const cudnnDataType_t sums = CUDNN_DATA_FLOAT;
  const cudnnConvolutionMode_t mode = CUDNN_CROSS_CORRELATION;

  return create (self, CUDNN_BACKEND_CONVOLUTION_DESCRIPTOR, window, error) &&
         set (self, *window, CUDNN_ATTR_CONVOLUTION_COMP_TYPE, CUDNN_TYPE_DATA_TYPE, 1, &sums,
              error) &&
         set (self, *window, CUDNN_ATTR_CONVOLUTION_CONV_MODE, CUDNN_TYPE_CONVOLUTION_MODE, 1,
              &mode, error) &&
         set (self, *window, CUDNN_ATTR_CONVOLUTION_SPATIAL_DIMS, CUDNN_TYPE_INT64, 1, &n_axes,
              error) &&
         set (self, *window, CUDNN_ATTR_CONVOLUTION_PRE_PADDINGS, CUDNN_TYPE_INT64, 2, paddings,
              error) &&
         set (self, *window, CUDNN_ATTR_CONVOLUTION_POST_PADDINGS, CUDNN_TYPE_INT64, 2, paddings,
              error) &&
         set (self, *window, CUDNN_ATTR_CONVOLUTION_FILTER_STRIDES, CUDNN_TYPE_INT64, 2, strides,
              error) &&
         set (self, *window, CUDNN_ATTR_CONVOLUTION_DILATIONS, CUDNN_TYPE_INT64, 2, dilations,
              error) &&
         finalize (self, *window, error);
}

static gboolean
describe_operation (SiambanCudaPlan *self,
                    cudnnBackendDescriptor_t y,
                    cudnnBackendDescriptor_t *operation,
                    GError **error)
{
  static const struct
  {
    cudnnBackendDescriptorType_t type;
    cudnnBackendAttributeName_t alpha, beta, window, w, x, y;
  } passes[SIAMBAN_CUDA_N_PASSES] = {
    { CUDNN_BACKEND_OPERATION_CONVOLUTION_FORWARD_DESCRIPTOR,
      CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_ALPHA, CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_BETA,
      CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_CONV_DESC,
      CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_W, CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_X,
      CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_Y },
    { CUDNN_BACKEND_OPERATION_CONVOLUTION_BACKWARD_DATA_DESCRIPTOR,
      CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_ALPHA,
      CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_BETA,
      CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_CONV_DESC,
      CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_W, CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_DX,
      CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_DY },
    { CUDNN_BACKEND_OPERATION_CONVOLUTION_BACKWARD_FILTER_DESCRIPTOR,
      CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_ALPHA,
      CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_BETA,
      CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_CONV_DESC,
      CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_DW, CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_X,
      CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_DY },
  };
  const float one = 1, zero = 0;
  cudnnBackendDescriptor_t window, x, w;

  return describe_tensor (self, ID_X, self->convolution.x, &x, error) &&
         describe_tensor (self, ID_W, self->convolution.w, &w, error) &&
         describe_window (self, &window, error) &&
         create (self, passes[self->pass].type, operation, error) &&
         set (self, *operation, passes[self->pass].alpha, CUDNN_TYPE_FLOAT, 1, &one, error) &&
         set (self, *operation, passes[self->pass].beta, CUDNN_TYPE_FLOAT, 1, &zero, error) &&
         set (self, *operation, passes[self->pass].window, CUDNN_TYPE_BACKEND_DESCRIPTOR, 1,
              &window, error) &&
         set (self, *operation, passes[self->pass].w, CUDNN_TYPE_BACKEND_DESCRIPTOR, 1, &w,
              error) &&
         set (self, *operation, passes[self->pass].x, CUDNN_TYPE_BACKEND_DESCRIPTOR, 1, &x,
              error) &&
         set (self, *operation, passes[self->pass].y, CUDNN_TYPE_BACKEND_DESCRIPTOR, 1, &y,
              error) &&
         finalize (self, *operation, error);
}

/* What a step behind the convolution reads and makes. */
typedef struct
{
  cudnnPointwiseMode_t mode;
  cudnnBackendDescriptor_t x;
  cudnnBackendDescriptor_t operand; /* NULL: none */
  cudnnBackendDescriptor_t y;
} Pointwise;

static gboolean
describe_pointwise (SiambanCudaPlan *self,
                    const Pointwise *step,
                    cudnnBackendDescriptor_t *operation,
                    GError **error)
{
  const cudnnDataType_t type = CUDNN_DATA_FLOAT;
  cudnnBackendDescriptor_t what;

  return create (self, CUDNN_BACKEND_POINTWISE_DESCRIPTOR, &what, error) &&
         set (self, what, CUDNN_ATTR_POINTWISE_MODE, CUDNN_TYPE_POINTWISE_MODE, 1, &step->mode,
              error) &&
         set (self, what, CUDNN_ATTR_POINTWISE_MATH_PREC, CUDNN_TYPE_DATA_TYPE, 1, &type, error) &&
         finalize (self, what, error) &&
         create (self, CUDNN_BACKEND_OPERATION_POINTWISE_DESCRIPTOR, operation, error) &&
         set (self, *operation, CUDNN_ATTR_OPERATION_POINTWISE_PW_DESCRIPTOR,
              CUDNN_TYPE_BACKEND_DESCRIPTOR, 1, &what, error) &&
         set (self, *operation, CUDNN_ATTR_OPERATION_POINTWISE_XDESC, CUDNN_TYPE_BACKEND_DESCRIPTOR,
              1, &step->x, error) &&
         (step->operand == NULL || set (self, *operation, CUDNN_ATTR_OPERATION_POINTWISE_BDESC,
                                        CUDNN_TYPE_BACKEND_DESCRIPTOR, 1, &step->operand, error)) &&
         set (self, *operation, CUDNN_ATTR_OPERATION_POINTWISE_YDESC, CUDNN_TYPE_BACKEND_DESCRIPTOR,
              1, &step->y, error) &&
         finalize (self, *operation, error);
}

#define MAX_OPERATIONS 4

/* The convolution, and what the plan has behind it, each from one value to the next. */
static gboolean
describe_operations (SiambanCudaPlan *self,
                     cudnnBackendDescriptor_t *operations,
                     gint64 *n_operations,
                     GError **error)
{
  const SiambanCudaConvolution *c = &self->convolution;
  const gint64 bias_shape[4] = { 1, c->y[1], 1, 1 };
  Pointwise steps[MAX_OPERATIONS - 1];
  cudnnBackendDescriptor_t y, bias = NULL, residual = NULL;
  guint n = 0;

  if ((c->has_bias && !describe_tensor (self, ID_BIAS, bias_shape, &bias, error)) ||
      (c->has_residual && !describe_tensor (self, ID_RESIDUAL, c->y, &residual, error)))
    return FALSE;
  /* In the order for which there are compiled engines. */
  if (c->has_residual)
    steps[n++] = (Pointwise){ CUDNN_POINTWISE_ADD, NULL, residual, NULL };
  if (c->has_bias)
    steps[n++] = (Pointwise){ CUDNN_POINTWISE_ADD, NULL, bias, NULL };
  if (c->has_relu)
    steps[n++] = (Pointwise){ CUDNN_POINTWISE_RELU_FWD, NULL, NULL, NULL };

  if (!describe_tensor (self, n > 0 ? ID_BETWEEN : ID_Y, c->y, &y, error) ||
      !describe_operation (self, y, &operations[0], error))
    return FALSE;
  for (guint i = 0; i < n; i++)
    {
      steps[i].x = y;
      if (!describe_tensor (self, i + 1 < n ? ID_BETWEEN + 1 + i : ID_Y, c->y, &y, error))
        return FALSE;
      steps[i].y = y;
      if (!describe_pointwise (self, &steps[i], &operations[1 + i], error))
        return FALSE;
    }
  *n_operations = 1 + n;

  return TRUE;
}

static gboolean
describe_graph (SiambanCudaPlan *self,
                cudnnHandle_t handle,
                cudnnBackendDescriptor_t *graph,
                GError **error)
{
  cudnnBackendDescriptor_t operations[MAX_OPERATIONS];
  gint64 n_operations;

  return describe_operations (self, operations, &n_operations, error) &&
         create (self, CUDNN_BACKEND_OPERATIONGRAPH_DESCRIPTOR, graph, error) &&
         set (self, *graph, CUDNN_ATTR_OPERATIONGRAPH_OPS, CUDNN_TYPE_BACKEND_DESCRIPTOR,
              n_operations, operations, error) &&
         (handle == NULL || set (self, *graph, CUDNN_ATTR_OPERATIONGRAPH_HANDLE, CUDNN_TYPE_HANDLE,
                                 1, &handle, error)) &&
         finalize (self, *graph, error);
}

/* The numerical notes of a way, a bit each, and whether it compiles a kernel when it is planned. */
static gboolean
read_notes (SiambanCudaPlan *self,
            cudnnBackendDescriptor_t way,
            guint *notes,
            gboolean *compiles,
            GError **error)
{
  cudnnBackendNumericalNote_t found[MAX_NOTES];
  cudnnBackendBehaviorNote_t behaviors[MAX_NOTES];
  cudnnBackendDescriptor_t engine;
  int64_t n = 0, n_behaviors = 0;
  cudnnStatus_t status;

  if (!create (self, CUDNN_BACKEND_ENGINE_DESCRIPTOR, &engine, error))
    return FALSE;

  status = self->cudnn->get_attribute (way, CUDNN_ATTR_ENGINECFG_ENGINE,
                                       CUDNN_TYPE_BACKEND_DESCRIPTOR, 1, &n, &engine);
  if (status == CUDNN_STATUS_SUCCESS)
    status = self->cudnn->get_attribute (engine, CUDNN_ATTR_ENGINE_NUMERICAL_NOTE,
                                         CUDNN_TYPE_NUMERICAL_NOTE, MAX_NOTES, &n, found);
  if (status == CUDNN_STATUS_SUCCESS)
    status = self->cudnn->get_attribute (engine, CUDNN_ATTR_ENGINE_BEHAVIOR_NOTE,
                                         CUDNN_TYPE_BEHAVIOR_NOTE, MAX_NOTES, &n_behaviors,
                                         behaviors);
  if (status != CUDNN_STATUS_SUCCESS)
    return fail (self, "cudnnBackendGetAttribute", status, error);

  *notes = 0;
  for (int64_t i = 0; i < MIN (n, MAX_NOTES); i++)
    *notes |= 1u << found[i];
  *compiles = FALSE;
  for (int64_t i = 0; i < MIN (n_behaviors, MAX_NOTES); i++)
    *compiles |= behaviors[i] == CUDNN_BEHAVIOR_NOTE_RUNTIME_COMPILATION;

  return TRUE;
}

static gboolean
is_allowed (const SiambanCudaPlan *self, guint notes)
{
  guint refused = 1u << CUDNN_NUMERICAL_NOTE_NONDETERMINISTIC;

  if (self->convolution.exact)
    refused |= 1u << CUDNN_NUMERICAL_NOTE_TENSOR_CORE |
               1u << CUDNN_NUMERICAL_NOTE_DOWN_CONVERT_INPUTS;

  return (notes & refused) == 0;
}

/* TRUE and a plan if the way can be gone here; TRUE without one if not. */
static gboolean
try_way (SiambanCudaPlan *self,
         cudnnHandle_t handle,
         cudnnBackendDescriptor_t properties,
         cudnnBackendDescriptor_t way,
         GError **error)
{
  cudnnBackendDescriptor_t plan;
  gboolean compiles = FALSE;
  guint notes = 0;
  cudnnStatus_t status;

  if (!read_notes (self, way, &notes, &compiles, error))
    return FALSE;
  /* Compiling takes seconds a plan, and hundreds are made. */
  if (compiles || !is_allowed (self, notes))
    return TRUE;

  if (!create (self, CUDNN_BACKEND_EXECUTION_PLAN_DESCRIPTOR, &plan, error) ||
      (handle != NULL &&
       !set (self, plan, CUDNN_ATTR_EXECUTION_PLAN_HANDLE, CUDNN_TYPE_HANDLE, 1, &handle, error)) ||
      (handle == NULL && !set (self, plan, CUDNN_ATTR_EXECUTION_PLAN_DEVICEPROP,
                               CUDNN_TYPE_BACKEND_DESCRIPTOR, 1, &properties, error)) ||
      !set (self, plan, CUDNN_ATTR_EXECUTION_PLAN_ENGINE_CONFIG, CUDNN_TYPE_BACKEND_DESCRIPTOR, 1,
            &way, error))
    return FALSE;
  if (self->cudnn->finalize (plan) != CUDNN_STATUS_SUCCESS)
    return TRUE;

  status = self->cudnn->get_attribute (plan, CUDNN_ATTR_EXECUTION_PLAN_WORKSPACE_SIZE,
                                       CUDNN_TYPE_INT64, 1, NULL, &self->workspace);
  if (status != CUDNN_STATUS_SUCCESS)
    return fail (self, "cudnnBackendGetAttribute", status, error);
  self->plan = plan;
  self->notes = notes;

  return TRUE;
}

/* Goes through the ways that one heuristic proposes. */
static gboolean
try_heuristic (SiambanCudaPlan *self,
               cudnnHandle_t handle,
               cudnnBackendDescriptor_t properties,
               cudnnBackendDescriptor_t graph,
               cudnnBackendHeurMode_t mode,
               GError **error)
{
  cudnnBackendDescriptor_t heuristic, ways[MAX_WAYS];
  int64_t n = 0;

  if (!create (self, CUDNN_BACKEND_ENGINEHEUR_DESCRIPTOR, &heuristic, error) ||
      !set (self, heuristic, CUDNN_ATTR_ENGINEHEUR_OPERATION_GRAPH, CUDNN_TYPE_BACKEND_DESCRIPTOR,
            1, &graph, error) ||
      !set (self, heuristic, CUDNN_ATTR_ENGINEHEUR_MODE, CUDNN_TYPE_HEUR_MODE, 1, &mode, error) ||
      (handle == NULL && !set (self, heuristic, CUDNN_ATTR_ENGINEHEUR_DEVICEPROP,
                               CUDNN_TYPE_BACKEND_DESCRIPTOR, 1, &properties, error)))
    return FALSE;

  /* A heuristic that knows nothing about this device or type is no error: the next may. */
  if (self->cudnn->finalize (heuristic) != CUDNN_STATUS_SUCCESS)
    return TRUE;

  for (guint i = 0; i < MAX_WAYS; i++)
    if (!create (self, CUDNN_BACKEND_ENGINECFG_DESCRIPTOR, &ways[i], error))
      return FALSE;
  if (self->cudnn->get_attribute (heuristic, CUDNN_ATTR_ENGINEHEUR_RESULTS,
                                  CUDNN_TYPE_BACKEND_DESCRIPTOR, MAX_WAYS, &n,
                                  ways) != CUDNN_STATUS_SUCCESS)
    return TRUE;

  for (int64_t i = 0; i < MIN (n, MAX_WAYS) && self->plan == NULL; i++)
    if (!try_way (self, handle, properties, ways[i], error))
      return FALSE;

  return TRUE;
}

SiambanCudaPlan *
_siamban_cuda_plan_new (const SiambanCudnn *cudnn,
                        cudnnHandle_t handle,
                        cudnnBackendDescriptor_t properties,
                        const SiambanCudaConvolution *convolution,
                        SiambanCudaPass pass,
                        GError **error)
{
  static const cudnnBackendHeurMode_t modes[] = { CUDNN_HEUR_MODE_A, CUDNN_HEUR_MODE_FALLBACK };
  g_autoptr (SiambanCudaPlan) self = g_new0 (SiambanCudaPlan, 1);
  cudnnBackendDescriptor_t graph;

  self->cudnn = cudnn;
  self->convolution = *convolution;
  self->pass = pass;
  self->descriptors = g_ptr_array_new ();

  if (!describe_graph (self, handle, &graph, error))
    return NULL;
  for (guint i = 0; i < G_N_ELEMENTS (modes) && self->plan == NULL; i++)
    if (!try_heuristic (self, handle, properties, graph, modes[i], error))
      return NULL;
  if (self->plan == NULL)
    {
      fail (self, "cuDNN has no way to compute this", CUDNN_STATUS_NOT_SUPPORTED, error);
      return NULL;
    }

  return g_steal_pointer (&self);
}

void
_siamban_cuda_plan_free (SiambanCudaPlan *self)
{
  /* Users before what they use. */
  for (guint i = self->descriptors->len; i > 0; i--)
    self->cudnn->destroy_descriptor (g_ptr_array_index (self->descriptors, i - 1));
  g_ptr_array_unref (self->descriptors);
  g_free (self);
}

const SiambanCudaConvolution *
_siamban_cuda_plan_get_convolution (const SiambanCudaPlan *self)
{
  return &self->convolution;
}

gsize
_siamban_cuda_plan_get_workspace (const SiambanCudaPlan *self)
{
  return (gsize) self->workspace;
}

gboolean
_siamban_cuda_plan_has_note (const SiambanCudaPlan *self, cudnnBackendNumericalNote_t note)
{
  return (self->notes >> note & 1) != 0;
}

gboolean
_siamban_cuda_plan_run_fused (const SiambanCudaPlan *self,
                              cudnnHandle_t handle,
                              const void *x,
                              const void *w,
                              const void *bias,
                              const void *residual,
                              const void *y,
                              void *workspace,
                              GError **error)
{
  const SiambanCudnn *cudnn = self->cudnn;
  int64_t ids[5] = { ID_X, ID_W, ID_Y };
  const void *pointers[5] = { x, w, y };
  gint64 n = 3;
  cudnnBackendDescriptor_t pack;
  cudnnStatus_t status = cudnn->create_descriptor (CUDNN_BACKEND_VARIANT_PACK_DESCRIPTOR, &pack);

  if (status != CUDNN_STATUS_SUCCESS)
    return fail (self, "cudnnBackendCreateDescriptor", status, error);

  if (bias != NULL)
    {
      ids[n] = ID_BIAS;
      pointers[n++] = bias;
    }
  if (residual != NULL)
    {
      ids[n] = ID_RESIDUAL;
      pointers[n++] = residual;
    }
  status = cudnn->set_attribute (pack, CUDNN_ATTR_VARIANT_PACK_UNIQUE_IDS, CUDNN_TYPE_INT64, n,
                                 ids);
  if (status == CUDNN_STATUS_SUCCESS)
    status = cudnn->set_attribute (pack, CUDNN_ATTR_VARIANT_PACK_DATA_POINTERS, CUDNN_TYPE_VOID_PTR,
                                   n, pointers);
  if (status == CUDNN_STATUS_SUCCESS)
    status = cudnn->set_attribute (pack, CUDNN_ATTR_VARIANT_PACK_WORKSPACE, CUDNN_TYPE_VOID_PTR, 1,
                                   &workspace);
  if (status == CUDNN_STATUS_SUCCESS)
    status = cudnn->finalize (pack);
  if (status == CUDNN_STATUS_SUCCESS)
    status = cudnn->execute (handle, self->plan, pack);
  cudnn->destroy_descriptor (pack);

  return status == CUDNN_STATUS_SUCCESS || fail (self, "cudnnBackendExecute", status, error);
}

gboolean
_siamban_cuda_plan_run (const SiambanCudaPlan *self,
                        cudnnHandle_t handle,
                        const void *x,
                        const void *w,
                        const void *y,
                        void *workspace,
                        GError **error)
{
  return _siamban_cuda_plan_run_fused (self, handle, x, w, NULL, NULL, y, workspace, error);
}
