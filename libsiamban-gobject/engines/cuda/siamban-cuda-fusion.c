/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-cuda-program-private.h"

/* A convolution in a frozen part with what follows it, in one pass over memory: the frozen batch norm
 * becomes part of weights and bias, and cuDNN adds a residual and clamps below 0. The last value of such a
 * group is what it makes; the others have no memory. */

typedef struct
{
  SiambanCudaProgram *program;
  guint *n_users;
  guint *user; /* the only one, if there is one */
} Search;

static const SiambanNode *
node_at (const Search *self, guint value)
{
  return _siamban_graph_peek_node (self->program->parent_instance.graph, value);
}

static void
count_users (Search *self)
{
  for (guint value = 1; value <= self->program->n_values; value++)
    for (guint i = 0; i < node_at (self, value)->n_inputs; i++)
      {
        const guint input = node_at (self, value)->inputs[i];

        self->n_users[input]++;
        self->user[input] = value;
      }
}

/* What alone uses a value and can be done with it, or 0. */
static guint
follow (const Search *self, guint value, SiambanOp op)
{
  const guint user = self->user[value];

  if (self->n_users[value] != 1 || node_at (self, value)->is_output ||
      node_at (self, user)->op != op || self->program->parent_instance.needs_gradient[user] ||
      self->program->values[user].group != 0 || self->program->values[user].fusion.convolution != 0)
    return 0;

  return user;
}

static guint
find_residual (const Search *self, guint value, guint sum)
{
  const guint *inputs = node_at (self, sum)->inputs;
  const guint other = inputs[0] == value ? inputs[1] : inputs[0];

  return other != value && self->program->values[other].value.narrow ==
                               self->program->values[sum].value.narrow
             ? other
             : 0;
}

static void
fuse (Search *self, guint convolution)
{
  SiambanCudaFusion fusion = { .convolution = convolution };
  guint last = convolution, next;

  next = follow (self, last, SIAMBAN_OP_BATCH_NORM);
  if (next != 0 && !node_at (self, next)->training)
    last = fusion.batch_norm = next;
  next = follow (self, last, SIAMBAN_OP_ADD);
  if (next != 0)
    fusion.residual = find_residual (self, last, next);
  if (fusion.residual != 0)
    last = next;
  next = follow (self, last, SIAMBAN_OP_RELU);
  if (next != 0)
    last = fusion.relu = next;
  if (last == convolution && node_at (self, convolution)->bias == NULL)
    return;

  self->program->values[last].fusion = fusion;
  for (guint value = convolution; value != last; value = self->user[value])
    self->program->values[value].group = last;
}

void
_siamban_cuda_find_fusions (SiambanCudaProgram *self)
{
  g_autofree guint *n_users = g_new0 (guint, self->n_values + 1);
  g_autofree guint *user = g_new0 (guint, self->n_values + 1);
  Search search = { self, n_users, user };

  count_users (&search);
  for (guint value = 1; value <= self->n_values; value++)
    if (node_at (&search, value)->op == SIAMBAN_OP_CONVOLUTION &&
        !self->parent_instance.needs_gradient[value])
      fuse (&search, value);
}

void
_siamban_cuda_undo_fusion (SiambanCudaProgram *self, guint last)
{
  self->values[last].fusion = (SiambanCudaFusion){ 0 };
  for (guint value = 1; value < last; value++)
    if (self->values[value].group == last)
      self->values[value].group = 0;
}
