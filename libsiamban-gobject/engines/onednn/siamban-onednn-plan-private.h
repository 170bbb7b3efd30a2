/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "siamban-kernels-private.h"
#include "siamban-plan-private.h"
#include "siamban-program-private.h"

G_BEGIN_DECLS

/* How one graph runs here.
 *
 * Values are in blocks of channels, (N, C / lanes, H, W, lanes), the layout of oneDNN's fastest
 * convolutions: nChw8c or nChw16c. Channels are rounded up to whole blocks; the lanes beyond hold
 * finite numbers that nobody looks at. Images with fewer channels than lanes that only
 * convolutions read stay (N, C, H, W).
 *
 * A block is a piece of memory, named by a number; 0 is none. While steps are added, blocks only
 * have a size and a life; at the end all get their place in one arena. */

#define SIAMBAN_ONEDNN_MAX_DATA 12

typedef struct _SiambanOnednnPlan SiambanOnednnPlan;
typedef struct _SiambanOnednnStep SiambanOnednnStep;

struct _SiambanOnednnStep
{
  void (*run) (SiambanOnednnStep *self);
  void (*bind) (SiambanOnednnStep *self);  /* once, when data is known; or NULL */
  void (*clear) (SiambanOnednnStep *self); /* or NULL */
  const SiambanOnednnPlan *plan;
  const SiambanNode *node; /* or NULL */
  guint value;
  char *text; /* what was chosen */
  guint blocks[SIAMBAN_ONEDNN_MAX_DATA];
  float *data[SIAMBAN_ONEDNN_MAX_DATA];
};

/* Something made of weights: folded, padded or reordered. */
typedef struct
{
  const SiambanNode *convolution;
  const SiambanNode *fold;
  const char *form;
  gboolean trained; /* changes with every update */
  guint block;
  SiambanOnednnStep *step;
  GPtrArray *steps; /* that it is one of, NULL if it runs when weights change */
} SiambanOnednnDerived;

typedef struct
{
  guint block;
  gboolean shared; /* others read it too: must not be written */
} SiambanOnednnContribution;

typedef struct
{
  SiambanPlanBlock life;
  float *data; /* of its own, for what outlives a step */
} SiambanOnednnBlock;

struct _SiambanOnednnPlan
{
  SiambanProgram *program;
  const SiambanKernels *kernels;
  gsize lanes;

  GPtrArray *blocks;  /* SiambanOnednnBlock */
  GPtrArray *derived; /* SiambanOnednnDerived */
  GPtrArray *forward; /* SiambanOnednnStep */
  GPtrArray *backward;
  GPtrArray *current; /* of the two, the one that grows */

  guint n_values;
  guint *value_blocks;
  GArray *groups;
  guint *group_indices;   /* of each value, the group that it is made in, plus 1 */
  gboolean *done_forward; /* of each value, by its partner */
  gboolean *done_backward;
  gboolean *restored;     /* of each value, by a step of backward */
  gboolean exact;         /* no Winograd */
  gboolean *is_plain;     /* of each value */
  GArray **contributions; /* to the gradient of each value */
  gboolean *has_gradient; /* of each parameter, whether backward wrote one */

  guint8 *arena;
  gsize arena_size;
  gsize n_persistent_bytes;
  gsize n_separate_bytes; /* that a plan without reuse would need */
  guint n_reorders;
  gpointer stream;
};

SiambanOnednnPlan *_siamban_onednn_plan_new (SiambanProgram *program);
void _siamban_onednn_plan_free (SiambanOnednnPlan *self);
void _siamban_onednn_plan_begin_backward (SiambanOnednnPlan *self);
gboolean _siamban_onednn_plan_finish (SiambanOnednnPlan *self, GError **error);

/* The group that makes a value; NULL for an input. */
const SiambanPlanGroup *_siamban_onednn_plan_group (const SiambanOnednnPlan *self, guint value);

/* Blocks */
guint _siamban_onednn_plan_add_block (SiambanOnednnPlan *self, gsize n_floats);
guint _siamban_onednn_plan_add_persistent (SiambanOnednnPlan *self, gsize n_floats);
void _siamban_onednn_plan_keep (SiambanOnednnPlan *self, guint block);
float *_siamban_onednn_plan_get_data (SiambanOnednnPlan *self, guint block);

/* The block of a value, made when it is first asked for. */
guint _siamban_onednn_plan_value (SiambanOnednnPlan *self, guint value);
SiambanMap _siamban_onednn_plan_map (const SiambanOnednnPlan *self, guint value);
gsize _siamban_onednn_plan_count (const SiambanOnednnPlan *self, guint value);

/* Steps; @text is taken. */
gpointer _siamban_onednn_plan_add_step (SiambanOnednnPlan *self,
                                        gsize size,
                                        void (*run) (SiambanOnednnStep *),
                                        guint value,
                                        char *text);
void _siamban_onednn_step_use (SiambanOnednnStep *step, guint slot, guint block);

/* Finds what was derived before in the same form, or makes a step for it that runs when weights
 * change; *is_new then is TRUE and the caller fills run. With @brief, what changes with every update
 * is instead made by a step of this pass, before the one that is added next, and takes no memory
 * when it is not needed. */
SiambanOnednnDerived *_siamban_onednn_plan_derive (SiambanOnednnPlan *self,
                                                   const SiambanNode *convolution,
                                                   const SiambanNode *fold,
                                                   const char *form,
                                                   gsize n_floats,
                                                   gboolean brief,
                                                   gsize step_size,
                                                   gboolean *is_new);

/* Gradients. A value's gradient is the sum of contributions; whoever needs it may take them apart
 * or together. */
GArray *_siamban_onednn_plan_get_contributions (SiambanOnednnPlan *self, guint value);
void _siamban_onednn_plan_contribute (SiambanOnednnPlan *self,
                                      guint value,
                                      guint block,
                                      gboolean shared);
SiambanOnednnContribution _siamban_onednn_plan_gradient (SiambanOnednnPlan *self, guint value);
gboolean _siamban_onednn_plan_needs_gradient (const SiambanOnednnPlan *self, guint value);

/* Where the gradient of a parameter belongs, NULL if none is needed. */
float *_siamban_onednn_plan_parameter_gradient (SiambanOnednnPlan *self,
                                                SiambanParameter *parameter,
                                                gboolean *accumulate);

/* Whether anybody but @user reads a value. */
gboolean
_siamban_onednn_plan_has_other_users (const SiambanOnednnPlan *self, guint value, guint user);

/* What is cheap to make again is not kept for backward: adds the steps that make what the backward
 * steps of a group read. */
void _siamban_onednn_plan_restore (SiambanOnednnPlan *self, const SiambanPlanGroup *group);

/* Adds a step that makes the value of a batch norm again, if that can be done. */
gboolean _siamban_onednn_batch_norm_restore (SiambanOnednnPlan *plan,
                                             const SiambanPlanGroup *group);

/* Layouts */
void
_siamban_onednn_to_blocked (const float *from, float *to, const SiambanNode *node, gsize lanes);
void
_siamban_onednn_from_blocked (const float *from, float *to, const SiambanNode *node, gsize lanes);

/* Operations: each adds the steps of a group. Backward is only called if the group's value has a
 * gradient. */
typedef struct
{
  gboolean (*forward) (SiambanOnednnPlan *plan, const SiambanPlanGroup *group, GError **error);
  gboolean (*backward) (SiambanOnednnPlan *plan, const SiambanPlanGroup *group, GError **error);
} SiambanOnednnOp;

extern const SiambanOnednnOp _siamban_onednn_convolution;
extern const SiambanOnednnOp _siamban_onednn_batch_norm;
extern const SiambanOnednnOp _siamban_onednn_activation;
extern const SiambanOnednnOp _siamban_onednn_max_pool;
extern const SiambanOnednnOp _siamban_onednn_add;
extern const SiambanOnednnOp _siamban_onednn_crop;
extern const SiambanOnednnOp _siamban_onednn_xcorr_depthwise;
extern const SiambanOnednnOp _siamban_onednn_xcorr;
extern const SiambanOnednnOp _siamban_onednn_exp_scale;
extern const SiambanOnednnOp _siamban_onednn_level_sum;
extern const SiambanOnednnOp _siamban_onednn_cross_entropy;
extern const SiambanOnednnOp _siamban_onednn_iou_loss;
extern const SiambanOnednnOp _siamban_onednn_loss_sum;

GType _siamban_onednn_program_get_type (void);

G_END_DECLS
