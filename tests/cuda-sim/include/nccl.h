/* SPDX-License-Identifier: Apache-2.0 */

/* As much of NCCL's interface as is simulated, for machines without it. */
#pragma once

#include <limits.h>

#include <cuda_runtime_api.h>

#ifdef __cplusplus
extern "C"
{
#endif

#define NCCL_VERSION(major, minor, patch) ((major) *10000 + (minor) *100 + (patch))
#define NCCL_VERSION_CODE NCCL_VERSION (2, 28, 9)
#define NCCL_UNIQUE_ID_BYTES 128

  typedef struct ncclComm *ncclComm_t;

  typedef struct
  {
    char internal[NCCL_UNIQUE_ID_BYTES];
  } ncclUniqueId;

  typedef enum
  {
    ncclSuccess = 0,
    ncclUnhandledCudaError = 1,
    ncclSystemError = 2,
    ncclInternalError = 3,
    ncclInvalidArgument = 4,
    ncclInvalidUsage = 5,
    ncclRemoteError = 6,
    ncclInProgress = 7,
  } ncclResult_t;

  typedef enum
  {
    ncclSum = 0,
    ncclAvg = 4,
  } ncclRedOp_t;

  typedef enum
  {
    ncclFloat32 = 7,
    ncclFloat64 = 8,
  } ncclDataType_t;

  /* Only what is told here can be chosen. */
  typedef struct
  {
    size_t size;
    int blocking;
  } ncclConfig_t;

#define NCCL_CONFIG_INITIALIZER                                                                    \
  {                                                                                                \
    sizeof (ncclConfig_t), INT_MIN                                                                 \
  }

  ncclResult_t ncclGetVersion (int *version);
  const char *ncclGetErrorString (ncclResult_t status);
  const char *ncclGetLastError (ncclComm_t communicator);
  ncclResult_t ncclGetUniqueId (ncclUniqueId *id);
  ncclResult_t ncclCommInitRankConfig (ncclComm_t *communicator,
                                       int n_ranks,
                                       ncclUniqueId id,
                                       int rank,
                                       ncclConfig_t *config);
  ncclResult_t ncclCommInitRank (ncclComm_t *communicator, int n_ranks, ncclUniqueId id, int rank);
  ncclResult_t ncclCommGetAsyncError (ncclComm_t communicator, ncclResult_t *status);
  ncclResult_t ncclCommAbort (ncclComm_t communicator);
  ncclResult_t ncclCommDestroy (ncclComm_t communicator);
  ncclResult_t ncclAllReduce (const void *from,
                              void *to,
                              size_t n,
                              ncclDataType_t type,
                              ncclRedOp_t operation,
                              ncclComm_t communicator,
                              cudaStream_t stream);

#ifdef __cplusplus
}
#endif
