/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "siamban-pickle-globals-private.h"

G_BEGIN_DECLS

/* The part of the list that NumPy's scalars and arrays need. */
SiambanPickleValue *_siamban_pickle_call_dtype (SiambanPickle *pickle,
                                                const SiambanPickleGlobal *global,
                                                SiambanPickleValue *args,
                                                GError **error);
SiambanPickleValue *_siamban_pickle_call_scalar (SiambanPickle *pickle,
                                                 const SiambanPickleGlobal *global,
                                                 SiambanPickleValue *args,
                                                 GError **error);
SiambanPickleValue *_siamban_pickle_call_array (SiambanPickle *pickle,
                                                const SiambanPickleGlobal *global,
                                                SiambanPickleValue *args,
                                                GError **error);

gboolean _siamban_pickle_set_dtype_state (SiambanPickleValue *value,
                                          SiambanPickleValue *state,
                                          GError **error);
gboolean _siamban_pickle_set_array_state (SiambanPickle *pickle,
                                          SiambanPickleValue *value,
                                          SiambanPickleValue *state,
                                          GError **error);

/* Copies @n_elements, in this machine's byte order. */
void _siamban_pickle_copy_elements (gpointer to,
                                    gconstpointer from,
                                    gsize n_elements,
                                    gsize element_size,
                                    gboolean swapped);

/* A tuple or list of whole numbers that are not negative; FALSE when it is anything else. */
gboolean _siamban_pickle_read_shape (const SiambanPickleValue *value, gint64 *shape, gsize *n_dims);

G_END_DECLS
