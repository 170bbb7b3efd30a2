/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "siamban-graph-private.h"
#include "siamban-program.h"
#include "siamban-weights-private.h"

G_BEGIN_DECLS

/* One step of stochastic gradient descent, see siamban_program_update(). */
typedef struct
{
  const double *learning_rates; /* one a parameter, by its index */
  double momentum;
  double weight_decay;
  double grad_clip; /* 0: no clipping */
} SiambanUpdate;

/* What an engine keeps of one graph. Engines subclass it; an engine fills the class and calls
 * nothing of this struct from another thread. */
struct _SiambanProgram
{
  GObject parent_instance;

  GObject *device;
  SiambanGraph *graph;
  SiambanWeights *weights;
  gboolean training;
  guint n_threads; /* of a CPU engine, at least 1 */
  gboolean exact;  /* no quicker algorithm that rounds more */
  SiambanPrecision precision;
  char *convolutions; /* for _siamban_convolutions_find() */

  /* Of each value: whether the loss depends on it and its gradient is needed. All FALSE for
   * inference. */
  gboolean *needs_gradient;

  /* Of each parameter, by its index: whether it trains, and the loss depends on it. What is not
   * looked up anew: it was decided when the program was compiled. */
  gboolean *trains;

  /* Flat, with the offsets of SiambanWeightsStore. NULL for inference, and for an engine that
   * keeps them on its device. */
  float *gradients;
  float *momentum;
  float *sums; /* of gradients; NULL but for an engine on the host that accumulates */

  gboolean accumulates; /* there is room for sums of gradients, wherever the gradients are */

  /* Seconds that a joined program waited for sums, since somebody set it to 0. */
  double waited;
};

struct _SiambanProgramClass
{
  GObjectClass parent_class;

  /* Plans and allocates. Called once, after the fields above are set. */
  gboolean (*prepare) (SiambanProgram *self, GError **error);

  /* Numbers of an input, row major (N, C, H, W), of any dtype. */
  gboolean (*write_input) (SiambanProgram *self,
                           guint value,
                           SiambanDType dtype,
                           gconstpointer data,
                           GError **error);

  /* An output as row-major float32 (N, C, H, W). */
  gboolean (*read_output) (SiambanProgram *self, guint value, float *to, GError **error);

  gboolean (*forward) (SiambanProgram *self, GError **error);

  /* Overwrites the gradients of all trainable parameters; those that the loss does not depend on
   * become 0. Within one backward an operation adds to the gradient of its inputs and parameters. */
  gboolean (*backward) (SiambanProgram *self, GError **error);

  /* Values of the weights were written from outside: whatever was derived of them is stale.
   * Default: nothing is derived. */
  void (*weights_changed) (SiambanProgram *self);

  /* Default: on the host buffers above. */
  gboolean (*update) (SiambanProgram *self,
                      const SiambanUpdate *update,
                      double *grad_norm,
                      GError **error);

  /* Copy between a host buffer of a parameter's length and the program's gradients or momentum.
   * Defaults: the host buffers above. */
  gboolean (*read_gradient) (SiambanProgram *self,
                             SiambanParameter *parameter,
                             float *to,
                             GError **error);
  gboolean (*read_momentum) (SiambanProgram *self,
                             SiambanParameter *parameter,
                             float *to,
                             GError **error);
  gboolean (*write_momentum) (SiambanProgram *self,
                              SiambanParameter *parameter,
                              const float *from,
                              GError **error);

  /* Copy a part of all gradients, @offset and @n in numbers, to or from host memory; for an engine that keeps
   * them on its device. Defaults: the host buffer above. */
  gboolean (
      *read_gradients) (SiambanProgram *self, gsize offset, gsize n, float *to, GError **error);
  gboolean (*write_gradients) (SiambanProgram *self,
                               gsize offset,
                               gsize n,
                               const float *from,
                               GError **error);

  /* Room for the sums of gradients, and what add_gradients() does with it, see below. Defaults: host buffers. */
  gboolean (*allocate_sums) (SiambanProgram *self, GError **error);
  gboolean (*add_gradients) (SiambanProgram *self, guint index, guint n, GError **error);

  /* Of an engine whose devices add gradients among themselves; called once at most. NULL otherwise. */
  gboolean (*join) (SiambanProgram *self, GObject *connection, gboolean average, GError **error);

  /* Bytes that the plan needs beside weights, gradients and momentum. */
  guint64 (*get_memory) (SiambanProgram *self);

  /* What was decided, for people. Default: the graph. */
  char *(*describe) (SiambanProgram *self);
};

/* Of an engine that keeps gradients and momentum on its device. */
SIAMBAN_MODULE_API
void _siamban_program_drop_buffers (SiambanProgram *self);

gboolean _siamban_program_write_input (SiambanProgram *self,
                                       const char *name,
                                       SiambanDType dtype,
                                       gconstpointer data,
                                       gsize n_elements,
                                       GError **error);

gboolean _siamban_program_read_gradients (SiambanProgram *self,
                                          gsize offset,
                                          gsize n,
                                          float *to,
                                          GError **error);
gboolean _siamban_program_write_gradients (SiambanProgram *self,
                                           gsize offset,
                                           gsize n,
                                           const float *from,
                                           GError **error);

/* Lets the program accumulate gradients; once, before its first step. get_memory() counts it. */
gboolean _siamban_program_allocate_sums (SiambanProgram *self, GError **error);

/* After backward pass @index, from 0, of the @n > 1 passes of one step. After the last one the gradients
 * are the mean over all of them. */
gboolean
_siamban_program_add_gradients (SiambanProgram *self, guint index, guint n, GError **error);

/* The defaults of the class. */
gboolean _siamban_program_real_allocate_sums (SiambanProgram *self, GError **error);
gboolean
_siamban_program_real_add_gradients (SiambanProgram *self, guint index, guint n, GError **error);

/* Plain gradient descent on host memory, the default of update(). */
gboolean _siamban_sgd_update (SiambanProgram *self, const SiambanUpdate *update, double *grad_norm);

G_END_DECLS
