/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <cuda_runtime_api.h>

#include "siamban-cuda-convolution-private.h"
#include "siamban-cuda-kernels-private.h"
#include "siamban-cuda-product-private.h"
#include "siamban-program-private.h"

G_BEGIN_DECLS

/* Values that are made at once, by their numbers; 0 where there is no such part. */
typedef struct
{
  guint convolution;
  guint batch_norm; /* frozen, in the weights */
  guint residual;   /* what is added */
  guint relu;
} SiambanCudaFusion;

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
  SiambanCudaMap bias; /* of a fused one */
  SiambanCudaPlan *plans[SIAMBAN_CUDA_N_PASSES];
  SiambanCudaProduct *products[SIAMBAN_CUDA_N_PASSES]; /* instead of the plan, where not NULL */

  /* An input: where its numbers lie in a slot, and what of it was written for the next pass. */
  gsize staged_at;
  guint staged;

  guint group; /* the value that is made at once with this one, which has no memory; or 0 */
  SiambanCudaFusion fusion; /* how this one is made, if there is a convolution in it */

  guint last_user; /* the highest value that this one is an input of; 0: none */
} SiambanCudaValue;

/* Where the inputs of one pass come through. */
typedef struct
{
  char *host; /* page-locked */
  char *device;
  cudaEvent_t copied; /* the host's part was read */
  cudaEvent_t used;   /* the device's part was read */
} SiambanCudaSlot;

/* The parts of a step, which are captured as graphs. */
typedef enum
{
  SIAMBAN_CUDA_PART_FORWARD,
  SIAMBAN_CUDA_PART_BACKWARD,
  SIAMBAN_CUDA_PART_UPDATE,
  SIAMBAN_CUDA_N_PARTS,
} SiambanCudaPart;

typedef struct _SiambanCudaBuckets SiambanCudaBuckets;

typedef struct
{
  SiambanProgram parent_instance;

  int device;
  const SiambanCudnn *cudnn;
  cudnnHandle_t handle;
  const SiambanCublas *cublas; /* NULL if there is none */
  cublasLtHandle_t product_handle;
  gboolean has_chosen; /* something that is not in the file yet */
  cudaStream_t stream;

  cudaStream_t copy_stream;
  SiambanCudaSlot slots[2];
  guint slot; /* the one for the next pass */
  gboolean slot_is_open;

  guint n_values;
  SiambanCudaValue *values; /* by value, from 1 */

  char *arena;      /* all memory; the values' part of it comes first */
  gsize arena_size; /* of that part */
  float *weights;   /* as in SiambanWeightsStore; so are gradients and momentum */
  float *gradients;
  float *momentum;
  float *sums; /* of the gradients of several passes; memory of its own, or NULL */

  /* Shared by all operations, one after another. */
  gpointer workspace;
  gpointer scratch; /* as large as the largest input, output or convolution's weight or gradient */
  double *parts;
  double *squares;

  float *settings;  /* of updates, see siamban_cuda_descend() */
  char *host_arena; /* page-locked: the slots' parts, and the next */
  float *host_settings;

  gboolean captures; /* whether parts become graphs */
  guint n_runs[SIAMBAN_CUDA_N_PARTS];
  cudaGraphExec_t graphs[SIAMBAN_CUDA_N_PARTS]; /* NULL until captured */

  gboolean weights_are_stale;
  gboolean buffers_are_stale; /* statistics alone */
  gboolean updates_itself;

  SiambanCudaBuckets *buckets; /* NULL: one replica, or sums on the host */
} SiambanCudaProgram;

GType _siamban_cuda_program_get_type (void);

/* The only thing that the operations do with a status: FALSE with an error that names the call. */
gboolean _siamban_cuda_check (cudaError_t status, const char *call, GError **error);

gboolean _siamban_cuda_enter (SiambanCudaProgram *self, GError **error);
gboolean _siamban_cuda_copy (SiambanCudaProgram *self,
                             void *to,
                             const void *from,
                             gsize size,
                             GError **error);

void _siamban_cuda_choose_types (SiambanCudaProgram *self);
gboolean _siamban_cuda_plan_memory (SiambanCudaProgram *self, GError **error);
gboolean _siamban_cuda_plan_convolutions (SiambanCudaProgram *self, GError **error);

static inline gsize
_siamban_cuda_map_size (SiambanCudaMap map, gsize n_elements)
{
  return n_elements * (map.narrow ? 2 : sizeof (float));
}

gboolean _siamban_cuda_forward (SiambanCudaProgram *self, guint value, GError **error);
gboolean _siamban_cuda_backward (SiambanCudaProgram *self, guint value, GError **error);

/* siamban-cuda-capture.c */

/* Hands the same kernels to the stream at each call, and waits for nothing. */
typedef gboolean (*SiambanCudaIssueFunc) (SiambanCudaProgram *self, GError **error);

gboolean _siamban_cuda_run (SiambanCudaProgram *self,
                            SiambanCudaPart part,
                            SiambanCudaIssueFunc issue,
                            GError **error);
void _siamban_cuda_free_graphs (SiambanCudaProgram *self);

/* siamban-cuda-fusion.c */
void _siamban_cuda_find_fusions (SiambanCudaProgram *self);
void _siamban_cuda_undo_fusion (SiambanCudaProgram *self, guint last);

/* The node of a value that is a convolution, alone or with others; NULL for other values. */
static inline const SiambanNode *
_siamban_cuda_convolution_of (const SiambanCudaProgram *self, guint value)
{
  SiambanGraph *graph = self->parent_instance.graph;
  const SiambanNode *node = _siamban_graph_peek_node (graph, value);

  if (self->values[value].fusion.convolution != 0)
    return _siamban_graph_peek_node (graph, self->values[value].fusion.convolution);

  return node->op == SIAMBAN_OP_CONVOLUTION && self->values[value].group == 0 ? node : NULL;
}

/* siamban-cuda-input.c */
gsize _siamban_cuda_place_inputs (SiambanCudaProgram *self);
gboolean _siamban_cuda_open_slots (SiambanCudaProgram *self, GError **error);
void _siamban_cuda_close_slots (SiambanCudaProgram *self);
gboolean _siamban_cuda_write_input (SiambanProgram *program,
                                    guint value,
                                    SiambanDType dtype,
                                    gconstpointer data,
                                    GError **error);
/* What was written since the last pass becomes the values. */
gboolean _siamban_cuda_take_inputs (SiambanCudaProgram *self, GError **error);

/* siamban-cuda-weights.c */
gboolean _siamban_cuda_refresh_weights (SiambanCudaProgram *self, GError **error);
void _siamban_cuda_weights_changed (SiambanProgram *program);
gboolean _siamban_cuda_update (SiambanProgram *program,
                               const SiambanUpdate *update,
                               double *grad_norm,
                               GError **error);
gboolean _siamban_cuda_read_gradient (SiambanProgram *program,
                                      SiambanParameter *parameter,
                                      float *to,
                                      GError **error);
gboolean _siamban_cuda_read_momentum (SiambanProgram *program,
                                      SiambanParameter *parameter,
                                      float *to,
                                      GError **error);
gboolean _siamban_cuda_write_momentum (SiambanProgram *program,
                                       SiambanParameter *parameter,
                                       const float *from,
                                       GError **error);
gboolean _siamban_cuda_read_gradients (SiambanProgram *program,
                                       gsize offset,
                                       gsize n,
                                       float *to,
                                       GError **error);
gboolean _siamban_cuda_write_gradients (SiambanProgram *program,
                                        gsize offset,
                                        gsize n,
                                        const float *from,
                                        GError **error);
gboolean _siamban_cuda_allocate_sums (SiambanProgram *program, GError **error);
gboolean
_siamban_cuda_add_gradients (SiambanProgram *program, guint index, guint n, GError **error);

/* Where something may begin. */
#define SIAMBAN_CUDA_ALIGN(size) (((size) + 255) / 256 * 256)

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
