/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <cudnn.h>
#include <glib.h>

G_BEGIN_DECLS

/* The calls of cuDNN that are used, found when the engine is asked whether it can work: the module
 * must load where cuDNN is not installed. */
typedef struct
{
  size_t (*get_version) (void);
  const char *(*get_error_string) (cudnnStatus_t status);
  void (*get_last_error_string) (char *message, size_t max_size);
  cudnnStatus_t (*create) (cudnnHandle_t *handle);
  cudnnStatus_t (*destroy) (cudnnHandle_t handle);
  cudnnStatus_t (*set_stream) (cudnnHandle_t handle, cudaStream_t stream);
  cudnnStatus_t (*create_descriptor) (cudnnBackendDescriptorType_t type,
                                      cudnnBackendDescriptor_t *descriptor);
  cudnnStatus_t (*destroy_descriptor) (cudnnBackendDescriptor_t descriptor);
  cudnnStatus_t (*set_attribute) (cudnnBackendDescriptor_t descriptor,
                                  cudnnBackendAttributeName_t name,
                                  cudnnBackendAttributeType_t type,
                                  int64_t n_elements,
                                  const void *elements);
  cudnnStatus_t (*get_attribute) (cudnnBackendDescriptor_t const descriptor,
                                  cudnnBackendAttributeName_t name,
                                  cudnnBackendAttributeType_t type,
                                  int64_t n_requested,
                                  int64_t *n_elements,
                                  void *elements);
  cudnnStatus_t (*finalize) (cudnnBackendDescriptor_t descriptor);
  cudnnStatus_t (*execute) (cudnnHandle_t handle,
                            cudnnBackendDescriptor_t plan,
                            cudnnBackendDescriptor_t variant_pack);
} SiambanCudnn;

/* NULL with %SIAMBAN_ERROR_NO_DEVICE, saying what is missing. Any thread; opened once. */
const SiambanCudnn *_siamban_cudnn_open (GError **error);

G_END_DECLS
