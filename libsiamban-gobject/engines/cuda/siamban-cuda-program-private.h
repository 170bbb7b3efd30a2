/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <cuda_runtime_api.h>

#include "siamban-cuda-convolution-private.h"
#include "siamban-cuda-kernels-private.h"
#include "siamban-program-private.h"

G_BEGIN_DECLS

/* What the engine keeps of one value and of the operation that makes it. Pointers are device
 * memory, maps lie there as (N, H, W, C). */
typedef struct
{
  SiambanCudaMap value;
  SiambanCudaMap gradient; /* without data where none is needed */
  gpointer saved;          /* what forward keeps for backward */

  /* A convolution: its weight with the channels last, its input in bfloat16 if it computes with
   * that and the input is not, and a plan a pass, NULL where not needed. */
  SiambanCudaMap weight;
  SiambanCudaMap narrow_input;
  SiambanCudaPlan *plans[SIAMBAN_CUDA_N_PASSES];

  guint last_user; /* the highest value that this one is an input of; 0: none */
} SiambanCudaValue;

typedef struct
{
  SiambanProgram parent_instance;

  int device;
  const SiambanCudnn *cudnn;
  cudnnHandle_t handle;
  cudaStream_t stream;

  guint n_values;
  SiambanCudaValue *values; /* by value, from 1 */

  char *arena;      /* all memory; the values' part of it comes first */
  gsize arena_size; /* of that part */
  float *weights;   /* as in SiambanWeightsStore; so are gradients and momentum */
  float *gradients;
  float *momentum;

  /* Shared by all operations, one after another. */
  gpointer workspace;
  gpointer scratch; /* as large as the largest input, output or convolution's weight or gradient */
  double *parts;
  double *squares;

  gboolean weights_are_stale;
  gboolean updates_itself;
} SiambanCudaProgram;

GType _siamban_cuda_program_get_type (void);

/* The only thing that the operations do with a status: FALSE with an error that names the call. */
gboolean _siamban_cuda_check (cudaError_t status, const char *call, GError **error);

gboolean _siamban_cuda_plan_memory (SiambanCudaProgram *self, GError **error);
gboolean _siamban_cuda_plan_convolutions (SiambanCudaProgram *self, GError **error);

static inline gsize
_siamban_cuda_map_size (SiambanCudaMap map, gsize n_elements)
{
  return n_elements * (map.narrow ? 2 : sizeof (float));
}

gboolean _siamban_cuda_forward (SiambanCudaProgram *self, guint value, GError **error);
gboolean _siamban_cuda_backward (SiambanCudaProgram *self, guint value, GError **error);

static inline SiambanCudaShape
_siamban_cuda_shape_of (const SiambanNode *node)
{
  return (SiambanCudaShape){ (int) node->shape[0], (int) node->shape[2], (int) node->shape[3],
                             (int) node->shape[1] };
}

static inline SiambanCudaMap
_siamban_cuda_map (gpointer data, gboolean narrow)
{
  return (SiambanCudaMap){ data, narrow };
}

G_END_DECLS
