/* SPDX-License-Identifier: Apache-2.0 */

/* As much of CUDA's run-time interface as the engine uses and the simulator has, for machines without
 * the toolkit. Where the toolkit is installed, a test compares the numbers with NVIDIA's. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C"
{
#endif

#define CUDART_VERSION 13000
#define CUDART_CB

#define __host__
#define __device__
#define __global__

  typedef enum cudaError
  {
    cudaSuccess = 0,
    cudaErrorInvalidValue = 1,
    cudaErrorMemoryAllocation = 2,
    cudaErrorInvalidConfiguration = 9,
    cudaErrorInvalidMemcpyDirection = 21,
    cudaErrorInsufficientDriver = 35,
    cudaErrorDevicesUnavailable = 46,
    cudaErrorNoDevice = 100,
    cudaErrorInvalidDevice = 101,
    cudaErrorInvalidResourceHandle = 400,
    cudaErrorIllegalState = 401,
    cudaErrorNotReady = 600,
    cudaErrorIllegalAddress = 700,
    cudaErrorMisalignedAddress = 716,
    cudaErrorLaunchFailure = 719,
    cudaErrorNotSupported = 801,
    cudaErrorStreamCaptureUnsupported = 900,
    cudaErrorStreamCaptureMerge = 902,
    cudaErrorStreamCaptureUnjoined = 904,
    cudaErrorStreamCaptureIsolation = 905,
    cudaErrorCapturedEvent = 907,
    cudaErrorUnknown = 999,
  } cudaError_t;

  enum cudaMemcpyKind
  {
    cudaMemcpyHostToHost = 0,
    cudaMemcpyHostToDevice = 1,
    cudaMemcpyDeviceToHost = 2,
    cudaMemcpyDeviceToDevice = 3,
    cudaMemcpyDefault = 4,
  };

  enum cudaDeviceAttr
  {
    cudaDevAttrMultiProcessorCount = 16,
    cudaDevAttrComputeCapabilityMajor = 75,
    cudaDevAttrComputeCapabilityMinor = 76,
    cudaDevAttrMaxSharedMemoryPerBlockOptin = 97,
  };

  enum cudaFuncAttribute
  {
    cudaFuncAttributeMaxDynamicSharedMemorySize = 8,
  };

  enum cudaStreamCaptureStatus
  {
    cudaStreamCaptureStatusNone = 0,
    cudaStreamCaptureStatusActive = 1,
  };

  enum cudaStreamCaptureMode
  {
    cudaStreamCaptureModeGlobal = 0,
    cudaStreamCaptureModeThreadLocal = 1,
    cudaStreamCaptureModeRelaxed = 2,
  };

#define cudaStreamDefault 0x00
#define cudaStreamNonBlocking 0x01
#define cudaEventDefault 0x00
#define cudaEventDisableTiming 0x02
#define cudaHostAllocDefault 0x00

  typedef struct CUstream_st *cudaStream_t;
  typedef struct CUevent_st *cudaEvent_t;
  typedef struct CUgraph_st *cudaGraph_t;
  typedef struct CUgraphExec_st *cudaGraphExec_t;
  typedef void (*cudaHostFn_t) (void *data);

  struct cudaDeviceProp
  {
    char name[256];
    size_t totalGlobalMem;
    size_t sharedMemPerBlock;
    size_t sharedMemPerBlockOptin;
    int warpSize;
    int maxThreadsPerBlock;
    int maxGridSize[3];
    int major;
    int minor;
    int multiProcessorCount;
  };

  typedef struct
  {
    unsigned int x, y, z;
  } uint3;

#ifdef __cplusplus
}

struct dim3
{
  unsigned int x, y, z;

  dim3 (unsigned int width = 1, unsigned int height = 1, unsigned int depth = 1)
      : x (width), y (height), z (depth)
  {
  }
};

extern "C"
{
#endif

  const char *cudaGetErrorName (cudaError_t status);
  const char *cudaGetErrorString (cudaError_t status);
  cudaError_t cudaGetLastError (void);
  cudaError_t cudaPeekAtLastError (void);

  cudaError_t cudaDriverGetVersion (int *version);
  cudaError_t cudaRuntimeGetVersion (int *version);
  cudaError_t cudaGetDeviceCount (int *n);
  cudaError_t cudaGetDevice (int *device);
  cudaError_t cudaSetDevice (int device);
  cudaError_t cudaGetDeviceProperties (struct cudaDeviceProp *properties, int device);
  cudaError_t cudaDeviceGetPCIBusId (char *bus_id, int size, int device);
  cudaError_t cudaDeviceGetAttribute (int *value, enum cudaDeviceAttr attribute, int device);
  cudaError_t cudaDeviceSynchronize (void);

  cudaError_t cudaMemGetInfo (size_t *available, size_t *total);
  cudaError_t cudaMalloc (void **pointer, size_t bytes);
  cudaError_t cudaFree (void *pointer);
  cudaError_t cudaHostAlloc (void **pointer, size_t bytes, unsigned int flags);
  cudaError_t cudaMallocHost (void **pointer, size_t bytes);
  cudaError_t cudaFreeHost (void *pointer);

  cudaError_t cudaMemcpy (void *to, const void *from, size_t bytes, enum cudaMemcpyKind kind);
  cudaError_t cudaMemcpyAsync (void *to,
                               const void *from,
                               size_t bytes,
                               enum cudaMemcpyKind kind,
                               cudaStream_t stream);
  cudaError_t cudaMemset (void *to, int value, size_t bytes);
  cudaError_t cudaMemsetAsync (void *to, int value, size_t bytes, cudaStream_t stream);

  cudaError_t cudaStreamCreate (cudaStream_t *stream);
  cudaError_t cudaStreamCreateWithFlags (cudaStream_t *stream, unsigned int flags);
  cudaError_t cudaStreamCreateWithPriority (cudaStream_t *stream, unsigned int flags, int priority);
  cudaError_t cudaStreamSynchronize (cudaStream_t stream);
  cudaError_t cudaStreamQuery (cudaStream_t stream);
  cudaError_t cudaStreamWaitEvent (cudaStream_t stream, cudaEvent_t event, unsigned int flags);
  cudaError_t cudaStreamDestroy (cudaStream_t stream);
  cudaError_t cudaLaunchHostFunc (cudaStream_t stream, cudaHostFn_t function, void *data);

  cudaError_t cudaEventCreate (cudaEvent_t *event);
  cudaError_t cudaEventCreateWithFlags (cudaEvent_t *event, unsigned int flags);
  cudaError_t cudaEventRecord (cudaEvent_t event, cudaStream_t stream);
  cudaError_t cudaEventSynchronize (cudaEvent_t event);
  cudaError_t cudaEventQuery (cudaEvent_t event);
  cudaError_t cudaEventElapsedTime (float *milliseconds, cudaEvent_t from, cudaEvent_t to);
  cudaError_t cudaEventDestroy (cudaEvent_t event);

  cudaError_t
  cudaFuncSetAttribute (const void *function, enum cudaFuncAttribute attribute, int value);

  cudaError_t cudaStreamBeginCapture (cudaStream_t stream, enum cudaStreamCaptureMode mode);
  cudaError_t cudaStreamIsCapturing (cudaStream_t stream, enum cudaStreamCaptureStatus *status);
  cudaError_t cudaStreamEndCapture (cudaStream_t stream, cudaGraph_t *graph);
  cudaError_t
  cudaGraphInstantiate (cudaGraphExec_t *executable, cudaGraph_t graph, unsigned long long flags);
  cudaError_t cudaGraphLaunch (cudaGraphExec_t executable, cudaStream_t stream);
  cudaError_t cudaGraphDestroy (cudaGraph_t graph);
  cudaError_t cudaGraphExecDestroy (cudaGraphExec_t executable);

#ifdef __cplusplus
}
#endif
