/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-nccl-private.h"

#include "siamban-cuda-library-private.h"
#include "siamban-error.h"

/* The simulated device of the tests brings its own. */
#ifndef SIAMBAN_NCCL_SONAME
#define SIAMBAN_NCCL_SONAME "libnccl.so.2"
#endif

/* Before this, a rank that waits for another cannot look whether it is still there. */
#define OLDEST_VERSION NCCL_VERSION (2, 14, 0)

static SiambanNccl nccl;

static gboolean
open_library (GError **error)
{
  const SiambanCudaSymbol symbols[] = {
    { "ncclGetVersion", (void **) &nccl.get_version },
    { "ncclGetErrorString", (void **) &nccl.get_error_string },
    { "ncclGetLastError", (void **) &nccl.get_last_error },
    { "ncclGetUniqueId", (void **) &nccl.get_unique_id },
    { "ncclCommInitRankConfig", (void **) &nccl.init_rank },
    { "ncclCommGetAsyncError", (void **) &nccl.get_async_error },
    { "ncclCommAbort", (void **) &nccl.abort },
    { "ncclAllReduce", (void **) &nccl.all_reduce },
  };
  /* SIAMBAN_NCCL: another library, or none: an empty name. */
  const char *asked = g_getenv ("SIAMBAN_NCCL");
  const char *name = asked != NULL ? asked : SIAMBAN_NCCL_SONAME;
  g_autoptr (GError) missing = NULL;
  int version = 0;

  if (*name == '\0')
    {
      g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_UNSUPPORTED,
                   "NCCL is not used: SIAMBAN_NCCL says so");
      return FALSE;
    }
  if (!_siamban_cuda_library_open (name, symbols, G_N_ELEMENTS (symbols), &missing))
    {
      g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_UNSUPPORTED,
                   "NCCL 2.14 or later is needed: %s", missing->message);
      return FALSE;
    }
  if (nccl.get_version (&version) != ncclSuccess || version < OLDEST_VERSION)
    {
      g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_UNSUPPORTED,
                   "NCCL %d is too old, version 2.14 is needed", version);
      return FALSE;
    }

  return TRUE;
}

const SiambanNccl *
_siamban_nccl_open (GError **error)
{
  static SiambanCudaLibrary library;

  return _siamban_cuda_library_open_once (&library, open_library, error) ? &nccl : NULL;
}
