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

static void
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
    g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_UNSUPPORTED,
                 "NCCL is not used: SIAMBAN_NCCL says so");
  else if (!_siamban_cuda_library_open (name, symbols, G_N_ELEMENTS (symbols), &missing))
    g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_UNSUPPORTED,
                 "NCCL 2.14 or later is needed: %s", missing->message);
  else if (nccl.get_version (&version) != ncclSuccess || version < OLDEST_VERSION)
    g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_UNSUPPORTED,
                 "NCCL %d is too old, version 2.14 is needed", version);
}

const SiambanNccl *
_siamban_nccl_open (GError **error)
{
  static GMutex mutex;
  static gboolean tried;
  static GError *failure;
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&mutex);

  if (!tried)
    {
      tried = TRUE;
      open_library (&failure);
    }
  if (failure != NULL)
    {
      g_propagate_error (error, g_error_copy (failure));
      return NULL;
    }

  return &nccl;
}
