/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "siamban-tensor.h"

G_BEGIN_DECLS

/* Collects a pickle and the numbers beside it, and writes what `torch.load()` reads. */
typedef struct _SiambanTorchFileWriter SiambanTorchFileWriter;

SiambanTorchFileWriter *_siamban_torch_file_writer_new (void);
void _siamban_torch_file_writer_free (SiambanTorchFileWriter *self);

/* The pickle, to append to with the functions of siamban-pickle-writer-private.h; it has been
 * started, and is stopped when it is saved. */
GByteArray *_siamban_torch_file_writer_get_pickle (SiambanTorchFileWriter *self);

/* Appends a tensor to the pickle. Its numbers are read when the file is saved. */
void _siamban_torch_file_writer_add_tensor (SiambanTorchFileWriter *self, SiambanTensor *tensor);

/* Once. Whatever fails, or is cancelled, a file that had that name stays as it was. */
gboolean _siamban_torch_file_writer_save (SiambanTorchFileWriter *self,
                                          const char *path,
                                          GCancellable *cancellable,
                                          GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SiambanTorchFileWriter, _siamban_torch_file_writer_free)

G_END_DECLS
