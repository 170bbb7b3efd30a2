/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-cublas-private.h"

#include "siamban-cuda-library-private.h"

/* The simulated device of the tests brings its own. */
#ifndef SIAMBAN_CUBLAS_SONAME
#define SIAMBAN_CUBLAS_SONAME "libcublasLt.so." G_STRINGIFY (CUBLAS_VER_MAJOR)
#endif

static SiambanCublas cublas;

static gboolean
open_library (void)
{
  const SiambanCudaSymbol symbols[] = {
    { "cublasLtGetVersion", (void **) &cublas.get_version },
    { "cublasLtCreate", (void **) &cublas.create },
    { "cublasLtDestroy", (void **) &cublas.destroy },
    { "cublasLtMatmulDescCreate", (void **) &cublas.desc_create },
    { "cublasLtMatmulDescDestroy", (void **) &cublas.desc_destroy },
    { "cublasLtMatmulDescSetAttribute", (void **) &cublas.desc_set },
    { "cublasLtMatrixLayoutCreate", (void **) &cublas.layout_create },
    { "cublasLtMatrixLayoutDestroy", (void **) &cublas.layout_destroy },
    { "cublasLtMatmulPreferenceCreate", (void **) &cublas.preference_create },
    { "cublasLtMatmulPreferenceDestroy", (void **) &cublas.preference_destroy },
    { "cublasLtMatmulPreferenceSetAttribute", (void **) &cublas.preference_set },
    { "cublasLtMatmulAlgoGetHeuristic", (void **) &cublas.get_heuristic },
    { "cublasLtMatmul", (void **) &cublas.matmul },
  };
  g_autoptr (GError) missing = NULL;

  if (_siamban_cuda_library_open (SIAMBAN_CUBLAS_SONAME, symbols, G_N_ELEMENTS (symbols), &missing))
    return TRUE;

  g_info ("no products of matrices: %s", missing->message);

  return FALSE;
}

const SiambanCublas *
_siamban_cublas_open (void)
{
  static gsize state;

  if (g_once_init_enter (&state))
    g_once_init_leave (&state, open_library () ? 2 : 1);

  return state == 2 ? &cublas : NULL;
}
