/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "siamban-pickle-value-private.h"

G_BEGIN_DECLS

/* An open file that `torch.save()` wrote, of either container. */
typedef struct _SiambanTorchFile SiambanTorchFile;

/* Fails with SIAMBAN_ERROR_INVALID_DATA or _UNSUPPORTED; the message begins with @name. */
SiambanTorchFile *_siamban_torch_file_open_bytes (GBytes *bytes, const char *name, GError **error);
void _siamban_torch_file_free (SiambanTorchFile *self);

/* What was saved, normally a dictionary. Lives as long as the file is open. */
SiambanPickleValue *_siamban_torch_file_get_root (SiambanTorchFile *self);

/* The numbers of a value of kind TENSOR, as a tensor of its own or one that shares a storage
 * with others of the file. */
SiambanTensor *_siamban_torch_file_read_tensor (SiambanTorchFile *self,
                                                const SiambanPickleValue *value,
                                                GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SiambanTorchFile, _siamban_torch_file_free)

G_END_DECLS
