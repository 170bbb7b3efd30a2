/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-plan-private.h"

typedef struct
{
  SiambanGraph *graph;
  const gboolean *needs_gradient;
  guint *n_users;
  guint *user; /* the last one found; the only one if there is one */
  gboolean *taken;
} Fusion;

static const SiambanNode *
node_at (Fusion *self, guint value)
{
  return _siamban_graph_peek_node (self->graph, value);
}

static void
count_users (Fusion *self)
{
  for (guint value = 1; value <= siamban_graph_get_n_values (self->graph); value++)
    {
      const SiambanNode *node = node_at (self, value);

      for (guint i = 0; i < node->n_inputs; i++)
        {
          self->n_users[node->inputs[i]]++;
          self->user[node->inputs[i]] = value;
        }
    }
}

/* The operation behind a value, if nobody else looks at the value. */
static guint
next_of (Fusion *self, guint value)
{
  if (node_at (self, value)->is_output || self->n_users[value] != 1 ||
      self->taken[self->user[value]])
    return 0;

  return self->user[value];
}

/* A batch norm that only scales and shifts. */
static gboolean
can_fold (Fusion *self, guint value)
{
  const SiambanNode *node = node_at (self, value);

  return node->op == SIAMBAN_OP_BATCH_NORM && !node->training && !self->needs_gradient[value];
}

static void
extend (Fusion *self, SiambanPlanGroup *group)
{
  guint next = next_of (self, group->value);

  if (next != 0 && node_at (self, group->main)->op == SIAMBAN_OP_CONVOLUTION &&
      can_fold (self, next))
    {
      group->fold = group->value = next;
      next = next_of (self, next);
    }

  if (next != 0 && node_at (self, next)->op == SIAMBAN_OP_ADD)
    {
      const guint *inputs = node_at (self, next)->inputs;

      group->residual = inputs[0] == group->value ? inputs[1] : inputs[0];
      group->add = group->value = next;
      next = next_of (self, next);
    }

  if (next != 0 &&
      (node_at (self, next)->op == SIAMBAN_OP_RELU || node_at (self, next)->op == SIAMBAN_OP_RELU6))
    {
      group->activation = node_at (self, next)->op;
      group->value = next;
    }
}

/* Convolutions whose result needs no gradient, and batch norms, take along what follows: a batch
 * norm differentiates its sum and activation itself, a convolution does not. */
static gboolean
takes_along (Fusion *self, guint value)
{
  const SiambanNode *node = node_at (self, value);

  return node->op == SIAMBAN_OP_BATCH_NORM ||
         (node->op == SIAMBAN_OP_CONVOLUTION && !self->needs_gradient[value]);
}

static void
mark_taken (Fusion *self, const SiambanPlanGroup *group)
{
  self->taken[group->main] = TRUE;
  self->taken[group->fold] = TRUE;
  self->taken[group->add] = TRUE;
  self->taken[group->value] = TRUE;
  self->taken[0] = FALSE;
}

static gint
by_depth (gconstpointer a, gconstpointer b)
{
  const SiambanPlanGroup *x = a, *y = b;

  if (x->depth != y->depth)
    return x->depth < y->depth ? -1 : 1;

  return x->value < y->value ? -1 : x->value > y->value;
}

static gint
by_value (gconstpointer a, gconstpointer b)
{
  const SiambanPlanGroup *x = a, *y = b;

  return x->value < y->value ? -1 : x->value > y->value;
}

/* Both branches of a siamese network get the same depths, so that what has the same weights runs
 * side by side. Batch norms that measure into the same running statistics keep their order. */
static void
find_depths (Fusion *self, GArray *groups)
{
  const guint n_values = siamban_graph_get_n_values (self->graph);
  g_autofree guint *depths = g_new0 (guint, n_values + 1);
  g_autoptr (GHashTable) measured = g_hash_table_new (NULL, NULL);

  for (guint i = 0; i < groups->len; i++)
    {
      SiambanPlanGroup *group = &g_array_index (groups, SiambanPlanGroup, i);
      const SiambanNode *node = node_at (self, group->main);

      group->depth = depths[group->residual] + 1;
      for (guint k = 0; k < node->n_inputs; k++)
        group->depth = MAX (group->depth, depths[node->inputs[k]] + 1);
      if (node->op == SIAMBAN_OP_BATCH_NORM && node->training)
        {
          const guint last = GPOINTER_TO_UINT (g_hash_table_lookup (measured, node->mean));

          group->depth = MAX (group->depth, last);
          g_hash_table_insert (measured, node->mean, GUINT_TO_POINTER (group->depth));
        }
      depths[group->value] = group->depth;
    }
}

static gboolean
are_twins (Fusion *self, const SiambanPlanGroup *a, const SiambanPlanGroup *b)
{
  const SiambanNode *x = node_at (self, a->main), *y = node_at (self, b->main);
  const SiambanNode *fold_x = node_at (self, a->fold), *fold_y = node_at (self, b->fold);

  return x->op == SIAMBAN_OP_CONVOLUTION && y->op == SIAMBAN_OP_CONVOLUTION &&
         x->weight == y->weight && x->bias == y->bias && x->stride == y->stride &&
         x->padding == y->padding && x->dilation == y->dilation && x->n_groups == y->n_groups &&
         a->activation == b->activation && (a->add == 0) == (b->add == 0) &&
         (a->fold == 0) == (b->fold == 0) && fold_x->weight == fold_y->weight &&
         fold_x->mean == fold_y->mean;
}

static gboolean
are_siblings (Fusion *self, const SiambanPlanGroup *a, const SiambanPlanGroup *b)
{
  const SiambanNode *x = node_at (self, a->main), *y = node_at (self, b->main);

  return x->op == SIAMBAN_OP_CONVOLUTION && y->op == SIAMBAN_OP_CONVOLUTION &&
         x->inputs[0] == y->inputs[0] && x->weight != y->weight && x->shape[1] == y->shape[1] &&
         x->size == y->size && x->stride == y->stride && x->padding == y->padding &&
         x->dilation == y->dilation && x->n_groups == y->n_groups &&
         (x->bias == NULL) == (y->bias == NULL) && a->activation == b->activation && a->add == 0 &&
         b->add == 0 && (a->fold == 0) == (b->fold == 0);
}

static void
find_pairs (Fusion *self,
            GArray *groups,
            SiambanPlanPairing pairing,
            gboolean (*fit) (Fusion *, const SiambanPlanGroup *, const SiambanPlanGroup *))
{
  for (guint i = 0; i < groups->len; i++)
    {
      SiambanPlanGroup *group = &g_array_index (groups, SiambanPlanGroup, i);

      for (guint k = i + 1; group->partner == 0 && k < groups->len; k++)
        {
          SiambanPlanGroup *other = &g_array_index (groups, SiambanPlanGroup, k);

          if (other->depth != group->depth)
            break;
          if (other->partner == 0 && fit (self, group, other))
            {
              group->partner = other->value;
              other->partner = group->value;
              group->pairing = other->pairing = pairing;
            }
        }
    }
}

/* A convolution without gradient cannot take a sum whose other side has one along: the sum then
 * needs a gradient of its own. */
static void
drop_what_needs_gradient (Fusion *self, SiambanPlanGroup *group)
{
  if (node_at (self, group->main)->op != SIAMBAN_OP_CONVOLUTION ||
      !self->needs_gradient[group->value])
    return;

  group->add = group->residual = 0;
  group->activation = SIAMBAN_OP_NONE;
  group->value = group->fold != 0 ? group->fold : group->main;
}

GArray *
_siamban_plan_groups (SiambanGraph *graph, const gboolean *needs_gradient)
{
  const guint n_values = siamban_graph_get_n_values (graph);
  GArray *groups = g_array_new (FALSE, FALSE, sizeof (SiambanPlanGroup));
  g_autofree guint *n_users = g_new0 (guint, n_values + 1);
  g_autofree guint *user = g_new0 (guint, n_values + 1);
  g_autofree gboolean *taken = g_new0 (gboolean, n_values + 1);
  Fusion self = { graph, needs_gradient, n_users, user, taken };

  count_users (&self);
  for (guint value = 1; value <= n_values; value++)
    {
      SiambanPlanGroup group = { .main = value, .value = value, .activation = SIAMBAN_OP_NONE };

      if (taken[value] || node_at (&self, value)->op == SIAMBAN_OP_INPUT)
        continue;
      if (takes_along (&self, value))
        extend (&self, &group);
      drop_what_needs_gradient (&self, &group);
      mark_taken (&self, &group);
      g_array_append_val (groups, group);
    }
  g_array_sort (groups, by_value);
  find_depths (&self, groups);
  g_array_sort (groups, by_depth);
  find_pairs (&self, groups, SIAMBAN_PLAN_TWINS, are_twins);
  find_pairs (&self, groups, SIAMBAN_PLAN_SIBLINGS, are_siblings);

  return groups;
}

/* For the order of backward: @makers of each value its group, @n_waiting of each value how many
 * groups that read it are still to come. */
typedef struct
{
  Fusion fusion;
  SiambanPlanGroup **makers;
  guint *n_waiting;
  GPtrArray *ready; /* of partners, one */
} Backward;

/* The group that made a value may follow when all readers of it and of its partner are done. */
static void
count_down (Backward *self, guint value)
{
  SiambanPlanGroup *group = self->makers[value];

  if (--self->n_waiting[value] == 0 && group != NULL && self->n_waiting[group->partner] == 0)
    g_ptr_array_add (self->ready, group);
}

static void
visit_inputs (Backward *self, const SiambanPlanGroup *group, void (*visit) (Backward *, guint))
{
  const SiambanNode *node = node_at (&self->fusion, group->main);

  for (guint i = 0; i < node->n_inputs; i++)
    visit (self, node->inputs[i]);
  if (group->residual != 0)
    visit (self, group->residual);
}

static void
count_up (Backward *self, guint value)
{
  self->n_waiting[value]++;
}

/* What the gradient of its input takes. Those of most operations take the place of that of the
 * result, and a correlation lets go of more than it makes. A gradient to which others will add, as
 * to a map that the neck and the next layer read, should wait: it counts as larger than any. */
static double
count_new_gradients (Backward *self, const SiambanPlanGroup *group)
{
  const SiambanNode *node = node_at (&self->fusion, group->main);
  const SiambanPlanGroup *partner = self->makers[group->partner];
  const guint n_readers = group->pairing == SIAMBAN_PLAN_SIBLINGS && partner != NULL ? 2 : 1;

  if (node->op != SIAMBAN_OP_CONVOLUTION && node->op != SIAMBAN_OP_MAX_POOL)
    return 0;
  if (self->n_waiting[node->inputs[0]] > n_readers)
    return G_MAXDOUBLE;

  return (double) _siamban_node_get_n_elements (node_at (&self->fusion, node->inputs[0]));
}

/* Of equals, the one that was ready last: it goes on where the last group stopped. */
static SiambanPlanGroup *
take_ready (Backward *self)
{
  guint best = self->ready->len - 1;

  for (guint i = self->ready->len - 1; i > 0; i--)
    if (count_new_gradients (self, g_ptr_array_index (self->ready, i - 1)) <
        count_new_gradients (self, g_ptr_array_index (self->ready, best)))
      best = i - 1;

  return g_ptr_array_remove_index (self->ready, best);
}

GArray *
_siamban_plan_backward_order (SiambanGraph *graph, GArray *groups)
{
  const guint n_values = siamban_graph_get_n_values (graph);
  g_autofree SiambanPlanGroup **makers = g_new0 (SiambanPlanGroup *, n_values + 1);
  g_autofree guint *n_waiting = g_new0 (guint, n_values + 1);
  g_autoptr (GPtrArray) ready = g_ptr_array_new ();
  Backward self = { { .graph = graph }, makers, n_waiting, ready };
  GArray *order = g_array_new (FALSE, FALSE, sizeof (guint));

  for (guint i = 0; i < groups->len; i++)
    {
      SiambanPlanGroup *group = &g_array_index (groups, SiambanPlanGroup, i);

      makers[group->value] = group;
      visit_inputs (&self, group, count_up);
    }
  for (guint i = 0; i < groups->len; i++)
    {
      SiambanPlanGroup *group = &g_array_index (groups, SiambanPlanGroup, i);

      if (n_waiting[group->value] == 0 && n_waiting[group->partner] == 0 &&
          (group->partner == 0 || makers[group->partner] > group))
        g_ptr_array_add (ready, group);
    }

  while (ready->len > 0)
    {
      SiambanPlanGroup *group = take_ready (&self);
      SiambanPlanGroup *both[] = { group, group->partner != 0 ? makers[group->partner] : NULL };

      for (guint i = 0; i < 2 && both[i] != NULL; i++)
        {
          const guint index = (guint) (both[i] - (SiambanPlanGroup *) groups->data);

          g_array_append_val (order, index);
        }
      for (guint i = 0; i < 2 && both[i] != NULL; i++)
        visit_inputs (&self, both[i], count_down);
    }
  g_assert (order->len == groups->len);

  return order;
}

static gint
by_size (gconstpointer a, gconstpointer b)
{
  const SiambanPlanBlock *x = *(SiambanPlanBlock *const *) a, *y = *(SiambanPlanBlock *const *) b;

  if (x->size != y->size)
    return x->size < y->size ? 1 : -1;

  return x->first < y->first ? -1 : x->first > y->first;
}

static gint
by_offset (gconstpointer a, gconstpointer b)
{
  const SiambanPlanBlock *x = *(SiambanPlanBlock *const *) a, *y = *(SiambanPlanBlock *const *) b;

  return x->offset < y->offset ? -1 : x->offset > y->offset;
}

/* The lowest gap between the blocks, sorted by offset, that live at the same time. */
static gsize
find_place (GPtrArray *placed, const SiambanPlanBlock *block, gsize alignment)
{
  gsize offset = 0;

  for (guint i = 0; i < placed->len; i++)
    {
      const SiambanPlanBlock *other = g_ptr_array_index (placed, i);
      const gsize end = (other->offset + other->size + alignment - 1) / alignment * alignment;

      if (other->last < block->first || other->first > block->last)
        continue;
      if (other->offset >= offset + block->size)
        break;
      offset = MAX (offset, end);
    }

  return offset;
}

/* The largest first, each at the lowest place that is free while it lives. */
gsize
_siamban_plan_memory (SiambanPlanBlock **blocks, guint n_blocks, gsize alignment)
{
  g_autoptr (GPtrArray) sorted = g_ptr_array_new ();
  g_autoptr (GPtrArray) placed = g_ptr_array_new ();
  gsize size = 0;

  for (guint i = 0; i < n_blocks; i++)
    g_ptr_array_add (sorted, blocks[i]);
  g_ptr_array_sort (sorted, by_size);

  for (guint i = 0; i < n_blocks; i++)
    {
      SiambanPlanBlock *block = g_ptr_array_index (sorted, i);

      block->offset = find_place (placed, block, alignment);
      size = MAX (size, block->offset + block->size);
      g_ptr_array_add (placed, block);
      g_ptr_array_sort (placed, by_offset);
    }

  return size;
}
