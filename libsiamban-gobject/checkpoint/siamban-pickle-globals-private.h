/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "siamban-pickle-value-private.h"

G_BEGIN_DECLS

/* Makes the value that Python's callable would return for @args, a tuple. NULL with @error set
 * when they are not what it takes. */
typedef SiambanPickleValue *(*SiambanPickleCall) (SiambanPickle *pickle,
                                                  const SiambanPickleGlobal *global,
                                                  SiambanPickleValue *args,
                                                  GError **error);

/* A name that a pickle may use. */
struct _SiambanPickleGlobal
{
  const char *module;
  const char *name;
  SiambanPickleCall call; /* NULL for what is only a name, such as a class of storages */
  SiambanDType dtype;     /* of a storage class */
  gboolean is_storage;
};

/* NULL with @error set when the name is not on the list. */
const SiambanPickleGlobal *
_siamban_pickle_find_global (const char *module, const char *name, GError **error);

/* The class of storages that holds elements of @dtype, such as `FloatStorage` of `torch`. */
const SiambanPickleGlobal *_siamban_pickle_find_storage (SiambanDType dtype);

/* What Python's `__setstate__` would do. */
gboolean _siamban_pickle_set_state (SiambanPickle *pickle,
                                    SiambanPickleValue *value,
                                    SiambanPickleValue *state,
                                    GError **error);

/* The storage that a persistent id of PyTorch names. */
SiambanPickleValue *
_siamban_pickle_make_storage (SiambanPickle *pickle, SiambanPickleValue *id, GError **error);

G_END_DECLS
