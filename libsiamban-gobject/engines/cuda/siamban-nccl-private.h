/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>
#include <nccl.h>

G_BEGIN_DECLS

/* The calls of NCCL that are used, found when several devices train together. */
typedef struct
{
  ncclResult_t (*get_version) (int *version);
  const char *(*get_error_string) (ncclResult_t status);
  const char *(*get_last_error) (ncclComm_t communicator);
  ncclResult_t (*get_unique_id) (ncclUniqueId *id);
  ncclResult_t (*init_rank) (ncclComm_t *communicator,
                             int n_ranks,
                             ncclUniqueId id,
                             int rank,
                             ncclConfig_t *config);
  ncclResult_t (*get_async_error) (ncclComm_t communicator, ncclResult_t *status);
  ncclResult_t (*abort) (ncclComm_t communicator);
  ncclResult_t (*all_reduce) (const void *from,
                              void *to,
                              size_t n,
                              ncclDataType_t type,
                              ncclRedOp_t operation,
                              ncclComm_t communicator,
                              cudaStream_t stream);
} SiambanNccl;

/* NULL with %SIAMBAN_ERROR_UNSUPPORTED, saying what is missing. Any thread; opened once. */
const SiambanNccl *_siamban_nccl_open (GError **error);

G_END_DECLS
