/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-cublas-private.h"

#include <dlfcn.h>

/* The simulated device of the tests brings its own. */
#ifndef SIAMBAN_CUBLAS_SONAME
#define SIAMBAN_CUBLAS_SONAME "libcublasLt.so." G_STRINGIFY (CUBLAS_VER_MAJOR)
#endif

static SiambanCublas cublas;

static gboolean
open_library (void)
{
  const struct
  {
    const char *name;
    void **function;
  } symbols[] = {
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
  void *library = dlopen (SIAMBAN_CUBLAS_SONAME, RTLD_NOW | RTLD_LOCAL);

  if (library == NULL)
    {
      g_info ("no products of matrices: %s", dlerror ());
      return FALSE;
    }

  for (guint i = 0; i < G_N_ELEMENTS (symbols); i++)
    {
      *symbols[i].function = dlsym (library, symbols[i].name);
      if (*symbols[i].function == NULL)
        {
          g_info ("%s has no function %s", SIAMBAN_CUBLAS_SONAME, symbols[i].name);
          return FALSE;
        }
    }

  return TRUE;
}

const SiambanCublas *
_siamban_cublas_open (void)
{
  static gsize state;

  if (g_once_init_enter (&state))
    g_once_init_leave (&state, open_library () ? 2 : 1);

  return state == 2 ? &cublas : NULL;
}
