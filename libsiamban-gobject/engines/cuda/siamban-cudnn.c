/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-cudnn-private.h"

#include "siamban-cuda-library-private.h"
#include "siamban-error.h"

/* The simulated device of the tests brings its own. */
#ifndef SIAMBAN_CUDNN_SONAME
#define SIAMBAN_CUDNN_SONAME "libcudnn.so.9"
#endif

/* Before this, plans cannot be filtered by the notes that the policies look at. */
#define OLDEST_VERSION 90000

static SiambanCudnn cudnn;

/* Expands its argument first, so that a build may give the calls other names. */
#define SYMBOL(function) G_STRINGIFY (function)

static gboolean
open_library (GError **error)
{
  const SiambanCudaSymbol symbols[] = {
    { SYMBOL (cudnnGetVersion), (void **) &cudnn.get_version },
    { SYMBOL (cudnnGetErrorString), (void **) &cudnn.get_error_string },
    { SYMBOL (cudnnGetLastErrorString), (void **) &cudnn.get_last_error_string },
    { SYMBOL (cudnnCreate), (void **) &cudnn.create },
    { SYMBOL (cudnnDestroy), (void **) &cudnn.destroy },
    { SYMBOL (cudnnSetStream), (void **) &cudnn.set_stream },
    { SYMBOL (cudnnBackendCreateDescriptor), (void **) &cudnn.create_descriptor },
    { SYMBOL (cudnnBackendDestroyDescriptor), (void **) &cudnn.destroy_descriptor },
    { SYMBOL (cudnnBackendSetAttribute), (void **) &cudnn.set_attribute },
    { SYMBOL (cudnnBackendGetAttribute), (void **) &cudnn.get_attribute },
    { SYMBOL (cudnnBackendFinalize), (void **) &cudnn.finalize },
    { SYMBOL (cudnnBackendExecute), (void **) &cudnn.execute },
  };
  g_autoptr (GError) missing = NULL;

  if (!_siamban_cuda_library_open (SIAMBAN_CUDNN_SONAME, symbols, G_N_ELEMENTS (symbols), &missing))
    {
      g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_NO_DEVICE, "cuDNN 9 is needed: %s",
                   missing->message);
      return FALSE;
    }

  if (cudnn.get_version () < OLDEST_VERSION)
    {
      g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_NO_DEVICE,
                   "cuDNN %" G_GSIZE_FORMAT " is too old, version 9 is needed",
                   cudnn.get_version ());
      return FALSE;
    }

  return TRUE;
}

const SiambanCudnn *
_siamban_cudnn_open (GError **error)
{
  static SiambanCudaLibrary library;

  return _siamban_cuda_library_open_once (&library, open_library, error) ? &cudnn : NULL;
}
