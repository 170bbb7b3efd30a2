/* SPDX-License-Identifier: Apache-2.0 */

/* cuBLASLt's products of matrices, by columns, in plain loops on a simulated device's memory. Sums run in the order of
 * the simulated cuDNN's, so that a 1 × 1 convolution has the same bits both ways. */
#include "cuda-sim-internal.hh"

#include <cstdlib>
#include <cstring>

#include <cublasLt.h>

static const size_t WORKSPACE_BYTES = 1024;

struct cublasLtContext
{
  int device;
};

struct cublas_sim_desc
{
  cublasOperation_t a = CUBLAS_OP_N, b = CUBLAS_OP_N;
};

struct cublas_sim_layout
{
  cudaDataType_t type;
  uint64_t rows, columns;
  int64_t leading;

  size_t
  bytes () const
  {
    return ((columns - 1) * (size_t) leading + rows) * (type == CUDA_R_32F ? 4 : 2);
  }
};

struct cublas_sim_preference
{
  size_t workspace = 0;
};

#define ENTER()                                                                                    \
  do                                                                                               \
    if (int planted_status = sim_planted (__func__))                                               \
      return (cublasStatus_t) planted_status;                                                      \
  while (0)

CUDA_SIM_API size_t
cublasLtGetVersion (void)
{
  return 130000;
}

CUDA_SIM_API cublasStatus_t
cublasLtCreate (cublasLtHandle_t *handle)
{
  ENTER ();
  if (sim_device_status (sim_current_device ()) != cudaSuccess)
    return CUBLAS_STATUS_NOT_INITIALIZED;
  *handle = new cublasLtContext{ sim_current_device () };
  return CUBLAS_STATUS_SUCCESS;
}

CUDA_SIM_API cublasStatus_t
cublasLtDestroy (cublasLtHandle_t handle)
{
  delete handle;
  return CUBLAS_STATUS_SUCCESS;
}

CUDA_SIM_API cublasStatus_t
cublasLtMatmulDescCreate (cublasLtMatmulDesc_t *desc, cublasComputeType_t, cudaDataType_t scale)
{
  ENTER ();
  if (scale != CUDA_R_32F)
    return CUBLAS_STATUS_NOT_SUPPORTED;
  *desc = new cublas_sim_desc ();
  return CUBLAS_STATUS_SUCCESS;
}

CUDA_SIM_API cublasStatus_t
cublasLtMatmulDescDestroy (cublasLtMatmulDesc_t desc)
{
  delete desc;
  return CUBLAS_STATUS_SUCCESS;
}

CUDA_SIM_API cublasStatus_t
cublasLtMatmulDescSetAttribute (cublasLtMatmulDesc_t desc,
                                cublasLtMatmulDescAttributes_t name,
                                const void *value,
                                size_t size)
{
  ENTER ();
  if (size != sizeof (cublasOperation_t))
    return CUBLAS_STATUS_INVALID_VALUE;
  memcpy (name == CUBLASLT_MATMUL_DESC_TRANSA ? &desc->a : &desc->b, value, size);
  return CUBLAS_STATUS_SUCCESS;
}

CUDA_SIM_API cublasStatus_t
cublasLtMatrixLayoutCreate (cublasLtMatrixLayout_t *layout,
                            cudaDataType_t type,
                            uint64_t rows,
                            uint64_t columns,
                            int64_t leading)
{
  ENTER ();
  if (!rows || !columns || leading < (int64_t) rows)
    return CUBLAS_STATUS_INVALID_VALUE;
  *layout = new cublas_sim_layout{ type, rows, columns, leading };
  return CUBLAS_STATUS_SUCCESS;
}

CUDA_SIM_API cublasStatus_t
cublasLtMatrixLayoutDestroy (cublasLtMatrixLayout_t layout)
{
  delete layout;
  return CUBLAS_STATUS_SUCCESS;
}

CUDA_SIM_API cublasStatus_t
cublasLtMatmulPreferenceCreate (cublasLtMatmulPreference_t *preference)
{
  ENTER ();
  *preference = new cublas_sim_preference ();
  return CUBLAS_STATUS_SUCCESS;
}

CUDA_SIM_API cublasStatus_t
cublasLtMatmulPreferenceDestroy (cublasLtMatmulPreference_t preference)
{
  delete preference;
  return CUBLAS_STATUS_SUCCESS;
}

CUDA_SIM_API cublasStatus_t
cublasLtMatmulPreferenceSetAttribute (cublasLtMatmulPreference_t preference,
                                      cublasLtMatmulPreferenceAttributes_t,
                                      const void *value,
                                      size_t size)
{
  ENTER ();
  if (size != sizeof (size_t))
    return CUBLAS_STATUS_INVALID_VALUE;
  memcpy (&preference->workspace, value, size);
  return CUBLAS_STATUS_SUCCESS;
}

/* Rows or columns of op (m). */
static uint64_t
rows_of (const cublas_sim_layout *m, cublasOperation_t op)
{
  return op == CUBLAS_OP_N ? m->rows : m->columns;
}

static uint64_t
columns_of (const cublas_sim_layout *m, cublasOperation_t op)
{
  return op == CUBLAS_OP_N ? m->columns : m->rows;
}

static bool
fits (cublasLtMatmulDesc_t desc,
      const cublas_sim_layout *a,
      const cublas_sim_layout *b,
      const cublas_sim_layout *d)
{
  return columns_of (a, desc->a) == rows_of (b, desc->b) && rows_of (a, desc->a) == d->rows &&
         columns_of (b, desc->b) == d->columns && a->type == b->type && a->type == d->type;
}

CUDA_SIM_API cublasStatus_t
cublasLtMatmulAlgoGetHeuristic (cublasLtHandle_t,
                                cublasLtMatmulDesc_t desc,
                                cublasLtMatrixLayout_t a,
                                cublasLtMatrixLayout_t b,
                                cublasLtMatrixLayout_t,
                                cublasLtMatrixLayout_t d,
                                cublasLtMatmulPreference_t preference,
                                int,
                                cublasLtMatmulHeuristicResult_t *results,
                                int *n_results)
{
  ENTER ();
  if (!fits (desc, a, b, d))
    return CUBLAS_STATUS_INVALID_VALUE;
  if (preference->workspace < WORKSPACE_BYTES)
    return CUBLAS_STATUS_NOT_SUPPORTED;
  memset (results, 0, sizeof *results);
  results->workspaceSize = WORKSPACE_BYTES;
  *n_results = 1;
  return CUBLAS_STATUS_SUCCESS;
}

static float
element (const void *memory, const cublas_sim_layout &m, cublasOperation_t op, uint64_t i, uint64_t j)
{
  size_t at = op == CUBLAS_OP_N ? j * (size_t) m.leading + i : i * (size_t) m.leading + j;

  return m.type == CUDA_R_32F ? ((const float *) memory)[at]
                              : sim_from_bfloat16 (((const uint16_t *) memory)[at]);
}

struct product
{
  cublas_sim_desc desc;
  cublas_sim_layout a, b, d;
};

static void
multiply (const product &p, const void *a, const void *b, void *d)
{
  static const bool spoilt = getenv ("CUDA_SIM_SPOIL_PRODUCTS") != nullptr;
  uint64_t n = columns_of (&p.a, p.desc.a);

  for (uint64_t j = 0; j < p.d.columns; j++)
    for (uint64_t i = 0; i < p.d.rows; i++)
      {
        size_t at = j * (size_t) p.d.leading + i;
        float sum = 0;

        for (uint64_t k = 0; k < n; k++)
          sum += element (a, p.a, p.desc.a, i, k) * element (b, p.b, p.desc.b, k, j);
        if (spoilt && at % 2)
          sum = -sum;
        if (p.d.type == CUDA_R_32F)
          ((float *) d)[at] = sum;
        else
          ((uint16_t *) d)[at] = sim_to_bfloat16 (sum);
      }
}

CUDA_SIM_API cublasStatus_t
cublasLtMatmul (cublasLtHandle_t handle,
                cublasLtMatmulDesc_t desc,
                const void *alpha,
                const void *a,
                cublasLtMatrixLayout_t a_layout,
                const void *b,
                cublasLtMatrixLayout_t b_layout,
                const void *beta,
                const void *,
                cublasLtMatrixLayout_t,
                void *d,
                cublasLtMatrixLayout_t d_layout,
                const cublasLtMatmulAlgo_t *,
                void *workspace,
                size_t workspace_size,
                cudaStream_t stream)
{
  product p{ *desc, *a_layout, *b_layout, *d_layout };
  int device = handle->device;

  ENTER ();
  if (*(const float *) alpha != 1 || *(const float *) beta != 0)
    return CUBLAS_STATUS_NOT_SUPPORTED;
  if (workspace_size < WORKSPACE_BYTES || !fits (desc, a_layout, b_layout, d_layout))
    return CUBLAS_STATUS_INVALID_VALUE;
  if (!sim_range (a, p.a.bytes (), device, "cublasLtMatmul") ||
      !sim_range (b, p.b.bytes (), device, "cublasLtMatmul") ||
      !sim_range (d, p.d.bytes (), device, "cublasLtMatmul") ||
      !sim_range (workspace, WORKSPACE_BYTES, device, "workspace of cuBLAS"))
    return CUBLAS_STATUS_INVALID_VALUE;
  cudaError_t status = sim_stream_push (stream, "cublasLtMatmul",
                                        { { a, p.a.bytes (), false },
                                          { b, p.b.bytes (), false },
                                          { d, p.d.bytes (), true },
                                          { workspace, WORKSPACE_BYTES, true } },
                                        [=] {
                                          void *x = sim_range (a, p.a.bytes (), device, "a product");
                                          void *y = sim_range (b, p.b.bytes (), device, "a product");
                                          void *z = sim_range (d, p.d.bytes (), device, "a product");
                                          if (x && y && z)
                                            multiply (p, x, y, z);
                                        });
  return status == cudaSuccess ? CUBLAS_STATUS_SUCCESS : CUBLAS_STATUS_EXECUTION_FAILED;
}
