/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct
{
  const char *name;
  void **function;
} SiambanCudaSymbol;

/* Opens a library for as long as the process lives, and finds its functions. The engine must load where
 * none of NVIDIA's libraries is. If something is missing, the error is %SIAMBAN_ERROR_UNSUPPORTED. */
gboolean _siamban_cuda_library_open (const char *soname,
                                     const SiambanCudaSymbol *symbols,
                                     gsize n_symbols,
                                     GError **error);

/* A library that whoever needs it first opens. Static: all zero at first. */
typedef struct
{
  GMutex mutex;
  gboolean tried;
  GError *failure; /* what everyone is told, once it could not be opened */
} SiambanCudaLibrary;

gboolean _siamban_cuda_library_open_once (SiambanCudaLibrary *self,
                                          gboolean (*open) (GError **error),
                                          GError **error);

G_END_DECLS
