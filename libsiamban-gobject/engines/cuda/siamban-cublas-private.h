/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <cublasLt.h>
#include <glib.h>

G_BEGIN_DECLS

/* The calls of cuBLASLt that are used, found at run time. The engine computes without it, too. */
typedef struct
{
  size_t (*get_version) (void);
  cublasStatus_t (*create) (cublasLtHandle_t *handle);
  cublasStatus_t (*destroy) (cublasLtHandle_t handle);
  cublasStatus_t (*desc_create) (cublasLtMatmulDesc_t *desc,
                                 cublasComputeType_t compute,
                                 cudaDataType_t scale);
  cublasStatus_t (*desc_destroy) (cublasLtMatmulDesc_t desc);
  cublasStatus_t (*desc_set) (cublasLtMatmulDesc_t desc,
                              cublasLtMatmulDescAttributes_t name,
                              const void *value,
                              size_t size);
  cublasStatus_t (*layout_create) (cublasLtMatrixLayout_t *layout,
                                   cudaDataType_t type,
                                   uint64_t rows,
                                   uint64_t cols,
                                   int64_t ld);
  cublasStatus_t (*layout_destroy) (cublasLtMatrixLayout_t layout);
  cublasStatus_t (*preference_create) (cublasLtMatmulPreference_t *preference);
  cublasStatus_t (*preference_destroy) (cublasLtMatmulPreference_t preference);
  cublasStatus_t (*preference_set) (cublasLtMatmulPreference_t preference,
                                    cublasLtMatmulPreferenceAttributes_t name,
                                    const void *value,
                                    size_t size);
  cublasStatus_t (*get_heuristic) (cublasLtHandle_t handle,
                                   cublasLtMatmulDesc_t desc,
                                   cublasLtMatrixLayout_t a,
                                   cublasLtMatrixLayout_t b,
                                   cublasLtMatrixLayout_t c,
                                   cublasLtMatrixLayout_t d,
                                   cublasLtMatmulPreference_t preference,
                                   int n_requested,
                                   cublasLtMatmulHeuristicResult_t *results,
                                   int *n_results);
  cublasStatus_t (*matmul) (cublasLtHandle_t handle,
                            cublasLtMatmulDesc_t desc,
                            const void *alpha,
                            const void *a,
                            cublasLtMatrixLayout_t a_layout,
                            const void *b,
                            cublasLtMatrixLayout_t b_layout,
                            const void *beta,
                            const void *c,
                            cublasLtMatrixLayout_t c_layout,
                            void *d,
                            cublasLtMatrixLayout_t d_layout,
                            const cublasLtMatmulAlgo_t *algorithm,
                            void *workspace,
                            size_t workspace_size,
                            cudaStream_t stream);
} SiambanCublas;

/* NULL if it is not there, or lacks a call. Any thread; opened once. */
const SiambanCublas *_siamban_cublas_open (void);

G_END_DECLS
