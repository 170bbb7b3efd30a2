/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "siamban-pickle-value-private.h"

G_BEGIN_DECLS

/* How a file arranges its pickle and the numbers beside it. One of the two kinds below. */
typedef struct _SiambanTorchContainer SiambanTorchContainer;

struct _SiambanTorchContainer
{
  SiambanPickleValue *root; /* of the pickle that it was opened with */
  gboolean swapped;         /* storages are not in this machine's byte order */

  /* The bytes of a storage. */
  GBytes *(*read) (SiambanTorchContainer *self,
                   const SiambanPickleStorage *storage,
                   GError **error);
  void (*free) (SiambanTorchContainer *self);
};

/* A zip archive: PREFIX/data.pkl, PREFIX/data/KEY (PyTorch 1.6 and later). */
SiambanTorchContainer *
_siamban_torch_zip_open (SiambanPickle *pickle, GBytes *bytes, GError **error);

/* Pickles one after another, then the storages (before PyTorch 1.6). */
SiambanTorchContainer *
_siamban_torch_legacy_open (SiambanPickle *pickle, GBytes *bytes, GError **error);

/* How many bytes a storage takes; FALSE when more than memory can address. */
gboolean _siamban_torch_storage_get_size (const SiambanPickleStorage *storage, gsize *size);

G_END_DECLS
