/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-nccl-private.h"

#include <dlfcn.h>

#include "siamban-error.h"

/* The simulated device of the tests brings its own. */
#ifndef SIAMBAN_NCCL_SONAME
#define SIAMBAN_NCCL_SONAME "libnccl.so.2"
#endif

/* Before this, a rank that waits for another cannot look whether it is still there. */
#define OLDEST_VERSION NCCL_VERSION (2, 14, 0)

static SiambanNccl nccl;

static gboolean
find_symbols (void *library, GError **error)
{
  const struct
  {
    const char *name;
    void **function;
  } symbols[] = {
    { "ncclGetVersion", (void **) &nccl.get_version },
    { "ncclGetErrorString", (void **) &nccl.get_error_string },
    { "ncclGetLastError", (void **) &nccl.get_last_error },
    { "ncclGetUniqueId", (void **) &nccl.get_unique_id },
    { "ncclCommInitRankConfig", (void **) &nccl.init_rank },
    { "ncclCommGetAsyncError", (void **) &nccl.get_async_error },
    { "ncclCommAbort", (void **) &nccl.abort },
    { "ncclAllReduce", (void **) &nccl.all_reduce },
  };

  for (guint i = 0; i < G_N_ELEMENTS (symbols); i++)
    {
      *symbols[i].function = dlsym (library, symbols[i].name);
      if (*symbols[i].function == NULL)
        {
          g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_UNSUPPORTED,
                       "%s has no function %s: NCCL 2.14 or later is needed", SIAMBAN_NCCL_SONAME,
                       symbols[i].name);
          return FALSE;
        }
    }

  return TRUE;
}

static void
open_library (GError **error)
{
  /* SIAMBAN_NCCL: another library, or none: an empty name. */
  const char *name = g_getenv ("SIAMBAN_NCCL");
  void *library = NULL;
  int version = 0;

  if (name == NULL || *name != '\0')
    library = dlopen (name != NULL ? name : SIAMBAN_NCCL_SONAME, RTLD_NOW | RTLD_LOCAL);
  if (library == NULL)
    {
      g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_UNSUPPORTED, "NCCL is not installed: %s",
                   name != NULL && *name == '\0' ? "SIAMBAN_NCCL says so" : dlerror ());
      return;
    }

  if (find_symbols (library, error) &&
      (nccl.get_version (&version) != ncclSuccess || version < OLDEST_VERSION))
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
