/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "siamban-graph.h"

G_BEGIN_DECLS

/**
 * SiambanPrecision:
 * @SIAMBAN_PRECISION_FLOAT32: everything is kept in float32
 * @SIAMBAN_PRECISION_BF16: maps between the layers are kept in bfloat16, which has 8 bits of a number
 *   where float32 has 24, and convolutions multiply such; weights, statistics and losses stay in
 *   float32, and so do all sums
 *
 * In what a network computes.
 *
 * Since: 0.1
 */
typedef enum
{
  SIAMBAN_PRECISION_FLOAT32,
  SIAMBAN_PRECISION_BF16,
} SiambanPrecision;

#define SIAMBAN_TYPE_PROGRAM (siamban_program_get_type ())
#define SIAMBAN_PROGRAM(obj)                                                                       \
  (G_TYPE_CHECK_INSTANCE_CAST ((obj), SIAMBAN_TYPE_PROGRAM, SiambanProgram))
#define SIAMBAN_IS_PROGRAM(obj) (G_TYPE_CHECK_INSTANCE_TYPE ((obj), SIAMBAN_TYPE_PROGRAM))

typedef struct _SiambanProgram SiambanProgram;
typedef struct _SiambanProgramClass SiambanProgramClass;

SIAMBAN_API
GType siamban_program_get_type (void) G_GNUC_CONST;

SIAMBAN_API
SiambanGraph *siamban_program_get_graph (SiambanProgram *self);

SIAMBAN_API
gboolean siamban_program_set_input (SiambanProgram *self,
                                    const char *name,
                                    SiambanTensor *tensor,
                                    GError **error);

SIAMBAN_API
SiambanTensor *siamban_program_get_output (SiambanProgram *self,
                                           const char *name,
                                           GError **error) G_GNUC_WARN_UNUSED_RESULT;

SIAMBAN_API
gboolean siamban_program_forward (SiambanProgram *self, GError **error);

SIAMBAN_API
gboolean siamban_program_backward (SiambanProgram *self, GError **error);

SIAMBAN_API
SiambanTensor *siamban_program_get_gradient (SiambanProgram *self,
                                             const char *parameter,
                                             GError **error) G_GNUC_WARN_UNUSED_RESULT;

SIAMBAN_API
gboolean siamban_program_update (SiambanProgram *self,
                                 const double *learning_rates,
                                 gsize n_learning_rates,
                                 double momentum,
                                 double weight_decay,
                                 double grad_clip,
                                 double *grad_norm,
                                 GError **error);

SIAMBAN_API
SiambanTensor *siamban_program_get_momentum (SiambanProgram *self,
                                             const char *parameter,
                                             GError **error) G_GNUC_WARN_UNUSED_RESULT;

SIAMBAN_API
gboolean siamban_program_set_momentum (SiambanProgram *self,
                                       const char *parameter,
                                       SiambanTensor *tensor,
                                       GError **error);

SIAMBAN_API
void siamban_program_weights_changed (SiambanProgram *self);

SIAMBAN_API
guint64 siamban_program_get_memory (SiambanProgram *self);

SIAMBAN_API
char *siamban_program_to_string (SiambanProgram *self) G_GNUC_WARN_UNUSED_RESULT;

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SiambanProgram, g_object_unref)

G_END_DECLS
