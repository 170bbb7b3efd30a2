/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-cuda-library-private.h"

#include <dlfcn.h>

#include "siamban-error.h"

gboolean
_siamban_cuda_library_open (const char *soname,
                            const SiambanCudaSymbol *symbols,
                            gsize n_symbols,
                            GError **error)
{
  void *library = dlopen (soname, RTLD_NOW | RTLD_LOCAL);

  if (library == NULL)
    {
      g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_UNSUPPORTED, "%s", dlerror ());
      return FALSE;
    }

  for (gsize i = 0; i < n_symbols; i++)
    {
      *symbols[i].function = dlsym (library, symbols[i].name);
      if (*symbols[i].function == NULL)
        {
          g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_UNSUPPORTED, "%s has no function %s",
                       soname, symbols[i].name);
          return FALSE;
        }
    }

  return TRUE;
}

gboolean
_siamban_cuda_library_open_once (SiambanCudaLibrary *self,
                                 gboolean (*open) (GError **error),
                                 GError **error)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->mutex);

  if (!self->tried)
    {
      self->tried = TRUE;
      (void) open (&self->failure);
    }
  if (self->failure == NULL)
    return TRUE;

  g_propagate_error (error, g_error_copy (self->failure));

  return FALSE;
}
