/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-cuda-product-private.h"

#include "siamban-error.h"

/* With N pixels x is an N × I matrix, y N × O and the weight O × I, by rows. The library thinks in
 * columns, and so sees each transposed: x as I × N, y as O × N, the weight as I × O. There
 *
 *   forward          y = wᵀ · x
 *   data gradient    x = w · y
 *   weight gradient  w = x · yᵀ
 */

#define MAX_WORKSPACE ((size_t) 32 << 20)

typedef enum
{
  X,
  W,
  Y,
  N_OPERANDS,
} Operand;

/* The result of a pass, and its factors. */
static const struct
{
  Operand d, a, b;
  cublasOperation_t operation_a, operation_b;
} passes[SIAMBAN_CUDA_N_PASSES] = {
  [SIAMBAN_CUDA_FORWARD] = { Y, W, X, CUBLAS_OP_T, CUBLAS_OP_N },
  [SIAMBAN_CUDA_DATA_GRADIENT] = { X, W, Y, CUBLAS_OP_N, CUBLAS_OP_N },
  [SIAMBAN_CUDA_WEIGHT_GRADIENT] = { W, X, Y, CUBLAS_OP_N, CUBLAS_OP_T },
};

struct _SiambanCudaProduct
{
  const SiambanCublas *cublas;
  cublasLtHandle_t handle;
  SiambanCudaPass pass;
  cublasLtMatmulDesc_t desc;
  cublasLtMatrixLayout_t layouts[N_OPERANDS];
  cublasLtMatmulHeuristicResult_t way;
};

static gboolean
is_product (const SiambanCudaConvolution *c)
{
  return c->w[2] == 1 && c->w[3] == 1 && c->stride == 1 && c->padding == 0 && c->w[1] == c->x[1];
}

static gboolean
describe (SiambanCudaProduct *self, const SiambanCudaConvolution *c)
{
  const gint64 n_pixels = c->x[0] * c->x[2] * c->x[3];
  const cudaDataType_t type = c->type == CUDNN_DATA_BFLOAT16 ? CUDA_R_16BF : CUDA_R_32F;
  const cublasComputeType_t compute = c->exact              ? CUBLAS_COMPUTE_32F_PEDANTIC
                                      : type == CUDA_R_16BF ? CUBLAS_COMPUTE_32F
                                                            : CUBLAS_COMPUTE_32F_FAST_TF32;
  const gint64 shapes[N_OPERANDS][2] = {
    [X] = { c->x[1], n_pixels },
    [W] = { c->x[1], c->y[1] },
    [Y] = { c->y[1], n_pixels },
  };
  const cublasOperation_t a = passes[self->pass].operation_a, b = passes[self->pass].operation_b;

  for (guint i = 0; i < N_OPERANDS; i++)
    if (self->cublas->layout_create (&self->layouts[i], type, (uint64_t) shapes[i][0],
                                     (uint64_t) shapes[i][1],
                                     shapes[i][0]) != CUBLAS_STATUS_SUCCESS)
      return FALSE;

  return self->cublas->desc_create (&self->desc, compute, CUDA_R_32F) == CUBLAS_STATUS_SUCCESS &&
         self->cublas->desc_set (self->desc, CUBLASLT_MATMUL_DESC_TRANSA, &a, sizeof a) ==
             CUBLAS_STATUS_SUCCESS &&
         self->cublas->desc_set (self->desc, CUBLASLT_MATMUL_DESC_TRANSB, &b, sizeof b) ==
             CUBLAS_STATUS_SUCCESS;
}

static gboolean
find_way (SiambanCudaProduct *self)
{
  const size_t workspace = MAX_WORKSPACE;
  cublasLtMatmulPreference_t preference;
  cublasStatus_t status;
  int n = 0;

  if (self->cublas->preference_create (&preference) != CUBLAS_STATUS_SUCCESS)
    return FALSE;
  status = self->cublas->preference_set (preference, CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES,
                                         &workspace, sizeof workspace);
  if (status == CUBLAS_STATUS_SUCCESS)
    status = self->cublas->get_heuristic (
        self->handle, self->desc, self->layouts[passes[self->pass].a],
        self->layouts[passes[self->pass].b], self->layouts[passes[self->pass].d],
        self->layouts[passes[self->pass].d], preference, 1, &self->way, &n);
  self->cublas->preference_destroy (preference);

  return status == CUBLAS_STATUS_SUCCESS && n > 0 && self->way.state == CUBLAS_STATUS_SUCCESS;
}

SiambanCudaProduct *
_siamban_cuda_product_new (const SiambanCublas *cublas,
                           cublasLtHandle_t handle,
                           const SiambanCudaConvolution *convolution,
                           SiambanCudaPass pass)
{
  g_autoptr (SiambanCudaProduct) self = NULL;

  if (!is_product (convolution))
    return NULL;

  self = g_new0 (SiambanCudaProduct, 1);
  self->cublas = cublas;
  self->handle = handle;
  self->pass = pass;

  return describe (self, convolution) && find_way (self) ? g_steal_pointer (&self) : NULL;
}

void
_siamban_cuda_product_free (SiambanCudaProduct *self)
{
  for (guint i = 0; i < N_OPERANDS; i++)
    if (self->layouts[i] != NULL)
      self->cublas->layout_destroy (self->layouts[i]);
  if (self->desc != NULL)
    self->cublas->desc_destroy (self->desc);
  g_free (self);
}

gsize
_siamban_cuda_product_get_workspace (const SiambanCudaProduct *self)
{
  return self->way.workspaceSize;
}

gboolean
_siamban_cuda_product_run (const SiambanCudaProduct *self,
                           cudaStream_t stream,
                           const void *x,
                           const void *w,
                           const void *y,
                           void *workspace,
                           GError **error)
{
  const void *const operands[N_OPERANDS] = { [X] = x, [W] = w, [Y] = y };
  const Operand a = passes[self->pass].a, b = passes[self->pass].b, d = passes[self->pass].d;
  const float one = 1, zero = 0;
  const cublasStatus_t status = self->cublas->matmul (
      self->handle, self->desc, &one, operands[a], self->layouts[a], operands[b], self->layouts[b],
      &zero, operands[d], self->layouts[d], (void *) operands[d], self->layouts[d], &self->way.algo,
      workspace, self->way.workspaceSize, stream);

  if (status == CUBLAS_STATUS_SUCCESS)
    return TRUE;

  g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_FAILED, "cublasLtMatmul: status %d", status);

  return FALSE;
}
