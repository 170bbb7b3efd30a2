/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib-object.h>

#include "siamban-macros.h"

G_BEGIN_DECLS

#define SIAMBAN_TYPE_ITERATION (siamban_iteration_get_type ())

typedef struct _SiambanIteration SiambanIteration;

/**
 * SiambanIteration:
 * @number: how many iterations of the whole training are done, this one included
 * @n_iterations: how many there will be
 * @epoch: the epoch, from 1
 * @index: how many iterations of the epoch are done, this one included
 * @n_per_epoch: how many an epoch has
 * @backbone_rate: learning rate of the backbone; it learns nothing while it is frozen
 * @neck_rate: learning rate of the neck, 0 if there is none
 * @head_rate: learning rate of the head
 * @cls_loss: the classification loss, before its weight `TRAIN.CLS_WEIGHT`
 * @loc_loss: the loss of the boxes, before its weight `TRAIN.LOC_WEIGHT`
 * @total_loss: both, weighted; what is minimised
 * @grad_norm: norm of all gradients together, before clipping; 0 if the loss alone forbade an update
 * @updated: whether the weights were updated: not if the loss was not a number or too large, or
 *   @grad_norm was not finite
 * @data_time: seconds that the iteration waited for its batch
 * @communication_time: seconds that it waited for other replicas: for sums of losses, gradients and
 *   statistics, and what came over the wire; 0 with one device. Sums that were ready when the
 *   backward pass was cost nothing
 * @batch_time: seconds that it took in all
 * @eta: seconds that the rest of the training will take, at the average speed
 *
 * What one iteration of a training did.
 *
 * A plain value: copy it with `=`.
 *
 * Since: 0.1
 */
struct _SiambanIteration
{
  guint64 number;
  guint64 n_iterations;
  guint epoch;
  guint index;
  guint n_per_epoch;
  double backbone_rate;
  double neck_rate;
  double head_rate;
  double cls_loss;
  double loc_loss;
  double total_loss;
  double grad_norm;
  gboolean updated;
  double data_time;
  double communication_time;
  double batch_time;
  double eta;
};

SIAMBAN_API
GType siamban_iteration_get_type (void) G_GNUC_CONST;

SIAMBAN_API
SiambanIteration *siamban_iteration_copy (const SiambanIteration *self) G_GNUC_WARN_UNUSED_RESULT;

SIAMBAN_API
void siamban_iteration_free (SiambanIteration *self);

SIAMBAN_API
char *siamban_iteration_to_json (const SiambanIteration *self) G_GNUC_WARN_UNUSED_RESULT;

SIAMBAN_API
SiambanIteration *siamban_iteration_new_from_json (const char *text,
                                                   GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SiambanIteration, siamban_iteration_free)

G_END_DECLS
