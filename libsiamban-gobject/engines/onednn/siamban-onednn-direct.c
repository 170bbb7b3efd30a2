/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-onednn-convolution-private.h"

#include <dnnl.h>
#include <dnnl_debug.h>
#include <string.h>

#include "siamban-error.h"

/* Convolutions by oneDNN. Everything that calls oneDNN is here. */

#define MAX_ARGS 6

/* A primitive and what it works on: blocks of the plan, or memory of somebody else. */
typedef struct
{
  SiambanOnednnStep step;
  dnnl_primitive_t primitive;
  guint n_args;
  int args[MAX_ARGS];
  dnnl_memory_desc_t layouts[MAX_ARGS];
  float *outside[MAX_ARGS]; /* instead of a block */
  dnnl_exec_arg_t bound[MAX_ARGS];
} PrimitiveStep;

/* data: 0 the weights as oneDNN wants them */
typedef struct
{
  SiambanOnednnStep step;
  const SiambanNode *fold;
  dnnl_primitive_t reorder;
  dnnl_memory_desc_t from;
  dnnl_memory_desc_t to;
} WeightStep;

/* All that a convolution is described with. */
typedef struct
{
  SiambanOnednnPlan *plan;
  const SiambanNode *node;
  guint value;
  dnnl_memory_desc_t x, y, weights, bias;
  dnnl_memory_desc_t plain_weights;
  dnnl_dims_t strides, dilations, before, after;
} Shape;

static dnnl_engine_t
get_engine (void)
{
  static gsize engine;

  if (g_once_init_enter (&engine))
    {
      dnnl_engine_t created = NULL;

      if (dnnl_engine_create (&created, dnnl_cpu, 0) != dnnl_success)
        g_error ("oneDNN has no CPU engine");
      g_once_init_leave (&engine, (gsize) created);
    }

  return (dnnl_engine_t) engine;
}

gpointer
_siamban_onednn_stream_new (void)
{
  dnnl_stream_t stream = NULL;

  if (dnnl_stream_create (&stream, get_engine (), dnnl_stream_default_flags) != dnnl_success)
    g_error ("oneDNN cannot make a stream");

  return stream;
}

void
_siamban_onednn_stream_free (gpointer stream)
{
  dnnl_stream_destroy (stream);
}

/* The variable DNNL_MAX_CPU_ISA of oneDNN limits this, too. */
gsize
_siamban_onednn_get_lanes (void)
{
  const int isa = (int) dnnl_get_effective_cpu_isa ();

  return (isa & dnnl_cpu_isa_avx512_core) == dnnl_cpu_isa_avx512_core ? 16 : 8;
}

static gboolean
check (dnnl_status_t status, const Shape *shape, const char *what, GError **error)
{
  if (status == dnnl_success)
    return TRUE;

  g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_UNSUPPORTED,
               "oneDNN cannot do %s of the convolution with “%s”: %s", what,
               siamban_parameter_get_name (shape->node->weight), dnnl_status2str (status));

  return FALSE;
}

static dnnl_memory_desc_t
describe_plain (const gint64 *shape, int n_dims, dnnl_format_tag_t tag)
{
  dnnl_memory_desc_t layout;
  dnnl_dims_t dims;

  for (int i = 0; i < n_dims; i++)
    dims[i] = shape[i];
  dnnl_memory_desc_init_by_tag (&layout, n_dims, dims, dnnl_f32, tag);

  return layout;
}

static dnnl_memory_desc_t
describe_value (const SiambanOnednnPlan *plan, guint value)
{
  dnnl_format_tag_t tag = plan->lanes == 16 ? dnnl_nChw16c : dnnl_nChw8c;

  if (plan->is_plain[value])
    tag = dnnl_nchw;

  return describe_plain (_siamban_onednn_plan_node (plan, value)->shape, 4, tag);
}

static dnnl_memory_desc_t
any_layout (const dnnl_memory_desc_t *layout)
{
  return describe_plain ((const gint64 *) layout->dims, layout->ndims, dnnl_format_tag_any);
}

static Shape
describe (SiambanOnednnPlan *plan, const SiambanNode *node, guint value)
{
  const gint64 *in = _siamban_onednn_plan_node (plan, node->inputs[0])->shape;
  const gint64 groups = node->n_groups, size = node->size;
  const gint64 grouped[] = { groups, node->shape[1] / groups, in[1] / groups, size, size };
  const gint64 ungrouped[] = { node->shape[1], in[1], size, size };
  Shape self = { plan, node, value };

  self.x = describe_value (plan, node->inputs[0]);
  self.y = describe_value (plan, value);
  self.plain_weights = groups > 1 ? describe_plain (grouped, 5, dnnl_goihw)
                                  : describe_plain (ungrouped, 4, dnnl_oihw);
  self.weights = any_layout (&self.plain_weights);
  self.bias = describe_plain (&node->shape[1], 1, dnnl_a);
  for (guint i = 0; i < 2; i++)
    {
      self.strides[i] = node->stride;
      self.dilations[i] = node->dilation - 1;
      self.before[i] = node->padding;
      self.after[i] = (node->shape[i + 2] - 1) * node->stride + (size - 1) * node->dilation + 1 -
                      in[i + 2] - node->padding;
    }

  return self;
}

static const char *
get_implementation (dnnl_primitive_desc_t descriptor)
{
  const char *name = "";

  dnnl_primitive_desc_query (descriptor, dnnl_query_impl_info_str, 0, (void *) &name);

  return name;
}

/* oneDNN answers every request it knows no fast way for with loops that take minutes. */
static gboolean
is_slow (dnnl_primitive_desc_t descriptor)
{
  return strstr (get_implementation (descriptor), "ref") != NULL;
}

static const dnnl_memory_desc_t *
query (dnnl_primitive_desc_t descriptor, dnnl_query_t what)
{
  return dnnl_primitive_desc_query_md (descriptor, what, 0);
}

/* Scratch memory is the plan's. */
static dnnl_primitive_attr_t
create_attributes (gboolean add, SiambanOp activation)
{
  dnnl_primitive_attr_t attributes;
  dnnl_post_ops_t after;

  dnnl_primitive_attr_create (&attributes);
  dnnl_primitive_attr_set_scratchpad_mode (attributes, dnnl_scratchpad_mode_user);
  dnnl_post_ops_create (&after);
  if (add)
    dnnl_post_ops_append_sum (after, 1);
  if (activation == SIAMBAN_OP_RELU)
    dnnl_post_ops_append_eltwise (after, 1, dnnl_eltwise_relu, 0, 0);
  else if (activation == SIAMBAN_OP_RELU6)
    dnnl_post_ops_append_eltwise (after, 1, dnnl_eltwise_clip, 0, 6);
  dnnl_primitive_attr_set_post_ops (attributes, after);
  dnnl_post_ops_destroy (after);

  return attributes;
}

typedef enum
{
  FORWARD,
  BACKWARD_DATA,
  BACKWARD_WEIGHTS,
} Direction;

static dnnl_status_t
try_create (const Shape *shape,
            Direction direction,
            const dnnl_memory_desc_t *x,
            const dnnl_memory_desc_t *y,
            const dnnl_memory_desc_t *bias,
            const_dnnl_primitive_attr_t attributes,
            const_dnnl_primitive_desc_t forward,
            dnnl_primitive_desc_t *descriptor)
{
  dnnl_convolution_desc_t description;
  dnnl_status_t status;

  switch (direction)
    {
    case BACKWARD_DATA:
      status = dnnl_dilated_convolution_backward_data_desc_init (
          &description, dnnl_convolution_direct, x, &shape->weights, y, shape->strides,
          shape->dilations, shape->before, shape->after);
      break;

    case BACKWARD_WEIGHTS:
      status = dnnl_dilated_convolution_backward_weights_desc_init (
          &description, dnnl_convolution_direct, x, &shape->weights, NULL, y, shape->strides,
          shape->dilations, shape->before, shape->after);
      break;

    case FORWARD:
    default:
      status = dnnl_dilated_convolution_forward_desc_init (
          &description,
          shape->plan->program->training ? dnnl_forward_training : dnnl_forward_inference,
          dnnl_convolution_direct, x, &shape->weights, bias, y, shape->strides, shape->dilations,
          shape->before, shape->after);
    }

  return status != dnnl_success ? status
                                : dnnl_primitive_desc_create (descriptor, &description, attributes,
                                                              get_engine (), forward);
}

/* With the layouts of the plan, or where oneDNN has only a slow way for them, with its own. */
static dnnl_status_t
create (const Shape *shape,
        Direction direction,
        const dnnl_memory_desc_t *bias,
        const_dnnl_primitive_attr_t attributes,
        const_dnnl_primitive_desc_t forward,
        dnnl_primitive_desc_t *descriptor)
{
  const dnnl_memory_desc_t x = any_layout (&shape->x), y = any_layout (&shape->y);
  dnnl_primitive_desc_t own = NULL;
  dnnl_status_t status = try_create (shape, direction, &shape->x, &shape->y, bias, attributes,
                                     forward, descriptor);

  if (status == dnnl_success && !is_slow (*descriptor))
    return status;

  if (try_create (shape, direction, &x, &y, bias, attributes, forward, &own) != dnnl_success)
    return status;
  if (status == dnnl_success)
    dnnl_primitive_desc_destroy (*descriptor);
  *descriptor = own;

  return dnnl_success;
}

static void
run_primitive (SiambanOnednnStep *step)
{
  PrimitiveStep *self = (PrimitiveStep *) step;
  const dnnl_status_t status = dnnl_primitive_execute (self->primitive, step->plan->stream,
                                                       (int) self->n_args, self->bound);

  if (status != dnnl_success)
    g_error ("oneDNN: %s", dnnl_status2str (status));
}

static void
bind_primitive (SiambanOnednnStep *step)
{
  PrimitiveStep *self = (PrimitiveStep *) step;

  for (guint i = 0; i < self->n_args; i++)
    {
      self->bound[i].arg = self->args[i];
      dnnl_memory_create (&self->bound[i].memory, &self->layouts[i], get_engine (),
                          self->outside[i] != NULL ? self->outside[i] : step->data[i]);
    }
}

static void
clear_primitive (SiambanOnednnStep *step)
{
  PrimitiveStep *self = (PrimitiveStep *) step;

  for (guint i = 0; i < self->n_args; i++)
    if (self->bound[i].memory != NULL)
      dnnl_memory_destroy (self->bound[i].memory);
  if (self->primitive != NULL)
    dnnl_primitive_destroy (self->primitive);
}

static PrimitiveStep *
add_primitive (SiambanOnednnPlan *plan, guint value, char *text)
{
  PrimitiveStep *self = _siamban_onednn_plan_add_step (plan, sizeof *self, run_primitive, value,
                                                       text);

  self->step.bind = bind_primitive;
  self->step.clear = clear_primitive;

  return self;
}

static void
add_arg (PrimitiveStep *self,
         int arg,
         guint block,
         float *outside,
         const dnnl_memory_desc_t *layout)
{
  const guint i = self->n_args++;

  g_assert (i < MAX_ARGS);
  self->args[i] = arg;
  self->layouts[i] = *layout;
  self->outside[i] = outside;
  _siamban_onednn_step_use (&self->step, i, block);
}

static void
add_scratch (PrimitiveStep *self, dnnl_primitive_desc_t descriptor)
{
  const dnnl_memory_desc_t *layout = query (descriptor, dnnl_query_scratchpad_md);
  const gsize size = layout == NULL ? 0 : dnnl_memory_desc_get_size (layout);

  if (size > 0)
    add_arg (self, DNNL_ARG_SCRATCHPAD,
             _siamban_onednn_plan_add_block ((SiambanOnednnPlan *) self->step.plan, size / 4 + 1),
             NULL, layout);
}

static gsize
count_floats (const dnnl_memory_desc_t *layout)
{
  return (dnnl_memory_desc_get_size (layout) + 3) / 4;
}

/* A step that copies between layouts, adding to what is there if asked to. */
static gboolean
add_reorder (const Shape *shape,
             guint from,
             const dnnl_memory_desc_t *from_layout,
             guint to,
             float *outside,
             const dnnl_memory_desc_t *to_layout,
             gboolean accumulate,
             GError **error)
{
  dnnl_primitive_attr_t attributes = create_attributes (accumulate, SIAMBAN_OP_NONE);
  dnnl_primitive_desc_t descriptor = NULL;
  dnnl_status_t status;
  PrimitiveStep *self;

  status = dnnl_reorder_primitive_desc_create (&descriptor, from_layout, get_engine (), to_layout,
                                               get_engine (), attributes);
  dnnl_primitive_attr_destroy (attributes);
  if (!check (status, shape, "the copy", error))
    return FALSE;

  self = add_primitive (shape->plan, shape->value,
                        g_strdup_printf ("reorder, %s", get_implementation (descriptor)));
  add_arg (self, DNNL_ARG_FROM, from, NULL, from_layout);
  add_arg (self, DNNL_ARG_TO, to, outside, to_layout);
  add_scratch (self, descriptor);
  status = dnnl_primitive_create (&self->primitive, descriptor);
  dnnl_primitive_desc_destroy (descriptor);
  shape->plan->n_reorders++;

  return check (status, shape, "the copy", error);
}

/* The block itself if it has the layout, or a new one and a step that fills it. */
static guint
in_layout (const Shape *shape,
           guint block,
           const dnnl_memory_desc_t *layout,
           const dnnl_memory_desc_t *wanted,
           GError **error)
{
  guint copy;

  if (dnnl_memory_desc_equal (layout, wanted))
    return block;

  copy = _siamban_onednn_plan_add_block (shape->plan, count_floats (wanted));

  return add_reorder (shape, block, layout, copy, NULL, wanted, FALSE, error) ? copy : 0;
}

static void
derive_weights (SiambanOnednnStep *step)
{
  WeightStep *self = (WeightStep *) step;
  float *weights = _siamban_parameter_peek_values (step->node->weight);
  g_autofree float *folded = NULL;
  dnnl_exec_arg_t args[2] = { { DNNL_ARG_FROM, NULL }, { DNNL_ARG_TO, NULL } };

  if (self->fold != NULL)
    {
      const gsize n = siamban_parameter_get_n_elements (step->node->weight);
      const gsize n_each = n / (gsize) step->node->shape[1];

      folded = g_new (float, n);
      for (gsize i = 0; i < n; i++)
        folded[i] = weights[i] * _siamban_onednn_fold_factor (self->fold, (gint64) (i / n_each));
      weights = folded;
    }

  dnnl_memory_create (&args[0].memory, &self->from, get_engine (), weights);
  dnnl_memory_create (&args[1].memory, &self->to, get_engine (), step->data[0]);
  dnnl_primitive_execute (self->reorder, step->plan->stream, 2, args);
  dnnl_memory_destroy (args[0].memory);
  dnnl_memory_destroy (args[1].memory);
}

static void
clear_weights (SiambanOnednnStep *step)
{
  dnnl_primitive_destroy (((WeightStep *) step)->reorder);
}

/* The block of the weights in the layout that a primitive wants, or *as_they_are. */
static gboolean
find_weights (const Shape *shape,
              const SiambanNode *fold,
              const dnnl_memory_desc_t *layout,
              guint *block,
              float **as_they_are,
              GError **error)
{
  g_autofree char *form = g_compute_checksum_for_data (G_CHECKSUM_MD5, (const guchar *) layout,
                                                       sizeof *layout);
  dnnl_primitive_desc_t descriptor = NULL;
  SiambanOnednnDerived *derived;
  WeightStep *step;
  gboolean is_new;

  *block = 0;
  *as_they_are = NULL;
  if (fold == NULL && dnnl_memory_desc_equal (layout, &shape->plain_weights))
    {
      *as_they_are = _siamban_parameter_peek_values (shape->node->weight);
      return TRUE;
    }

  derived = _siamban_onednn_plan_derive (shape->plan, shape->node, fold, form,
                                         count_floats (layout), TRUE, sizeof (WeightStep), &is_new);
  *block = derived->block;
  if (!is_new)
    return TRUE;

  step = (WeightStep *) derived->step;
  step->step.run = derive_weights;
  step->fold = fold;
  step->from = shape->plain_weights;
  step->to = *layout;
  if (!check (dnnl_reorder_primitive_desc_create (&descriptor, &step->from, get_engine (),
                                                  &step->to, get_engine (), NULL),
              shape, "the weights", error))
    return FALSE;
  if (!check (dnnl_primitive_create (&step->reorder, descriptor), shape, "the weights", error))
    return FALSE;
  step->step.clear = clear_weights;
  dnnl_primitive_desc_destroy (descriptor);

  return TRUE;
}

static void
run_copy (SiambanOnednnStep *step)
{
  memcpy (step->data[0], step->data[1],
          _siamban_onednn_plan_count (step->plan, step->value) * sizeof (float));
}

/* oneDNN adds to what the result holds. */
static void
add_residual (const Shape *shape, const SiambanPlanGroup *group)
{
  SiambanOnednnStep *step = _siamban_onednn_plan_add_step (
      shape->plan, sizeof *step, run_copy, group->value, g_strdup ("copy of a summand"));

  _siamban_onednn_step_use (step, 0, _siamban_onednn_plan_value (shape->plan, group->value));
  _siamban_onednn_step_use (step, 1, _siamban_onednn_plan_value (shape->plan, group->residual));
}

static gboolean
add_forward (const Shape *shape,
             const SiambanPlanGroup *group,
             dnnl_primitive_desc_t descriptor,
             GError **error)
{
  SiambanOnednnPlan *plan = shape->plan;
  const SiambanNode *fold = _siamban_onednn_plan_node (plan, group->fold);
  const dnnl_memory_desc_t *result = query (descriptor, dnnl_query_dst_md);
  const guint bias = _siamban_onednn_convolution_bias (plan, group);
  const guint y = _siamban_onednn_plan_value (plan, group->value);
  const guint x = in_layout (shape, _siamban_onednn_plan_value (plan, shape->node->inputs[0]),
                             &shape->x, query (descriptor, dnnl_query_src_md), error);
  guint to = y, weights;
  float *as_they_are;
  PrimitiveStep *self;

  if (x == 0 || !find_weights (shape, fold, query (descriptor, dnnl_query_weights_md), &weights,
                               &as_they_are, error))
    return FALSE;
  if (!dnnl_memory_desc_equal (&shape->y, result))
    to = group->add != 0 ? in_layout (shape, y, &shape->y, result, error)
                         : _siamban_onednn_plan_add_block (plan, count_floats (result));
  if (to == 0)
    return FALSE;

  self = add_primitive (
      plan, group->main,
      g_strdup_printf ("%s%s%s%s", get_implementation (descriptor),
                       group->fold != 0 ? " + batch norm" : "", group->add != 0 ? " + sum" : "",
                       group->activation != SIAMBAN_OP_NONE ? " + activation" : ""));
  add_arg (self, DNNL_ARG_SRC, x, NULL, query (descriptor, dnnl_query_src_md));
  add_arg (self, DNNL_ARG_WEIGHTS, weights, as_they_are, query (descriptor, dnnl_query_weights_md));
  if (bias != 0)
    add_arg (self, DNNL_ARG_BIAS, bias, NULL, &shape->bias);
  add_arg (self, DNNL_ARG_DST, to, NULL, result);
  add_scratch (self, descriptor);
  if (!check (dnnl_primitive_create (&self->primitive, descriptor), shape, "the result", error))
    return FALSE;

  return to == y || add_reorder (shape, to, result, y, NULL, &shape->y, FALSE, error);
}

gboolean
_siamban_onednn_direct_forward (SiambanOnednnPlan *plan,
                                const SiambanPlanGroup *group,
                                gboolean in_place,
                                GError **error)
{
  const SiambanNode *node = _siamban_onednn_plan_node (plan, group->main);
  const Shape shape = describe (plan, node, group->main);
  dnnl_primitive_attr_t attributes = create_attributes (group->add != 0, group->activation);
  dnnl_primitive_desc_t descriptor = NULL;
  const gboolean has_bias = node->bias != NULL || group->fold != 0;
  gboolean done;

  done = check (
      create (&shape, FORWARD, has_bias ? &shape.bias : NULL, attributes, NULL, &descriptor),
      &shape, "the result", error);
  dnnl_primitive_attr_destroy (attributes);
  if (!done)
    return FALSE;

  if (group->add != 0 && !in_place)
    add_residual (&shape, group);
  done = add_forward (&shape, group, descriptor, error);
  dnnl_primitive_desc_destroy (descriptor);

  return done;
}

static gboolean
add_weight_gradient (const Shape *shape,
                     dnnl_primitive_desc_t descriptor,
                     guint dy,
                     float *gradient,
                     gboolean accumulate,
                     GError **error)
{
  SiambanOnednnPlan *plan = shape->plan;
  const dnnl_memory_desc_t *result = query (descriptor, dnnl_query_diff_weights_md);
  const gboolean outside = !accumulate && dnnl_memory_desc_equal (result, &shape->plain_weights);
  const guint x = in_layout (shape, _siamban_onednn_plan_value (plan, shape->node->inputs[0]),
                             &shape->x, query (descriptor, dnnl_query_src_md), error);
  const guint from = in_layout (shape, dy, &shape->y, query (descriptor, dnnl_query_diff_dst_md),
                                error);
  const guint to = outside ? 0 : _siamban_onednn_plan_add_block (plan, count_floats (result));
  PrimitiveStep *self;

  if (x == 0 || from == 0)
    return FALSE;

  self = add_primitive (plan, shape->value,
                        g_strdup_printf ("weight gradient, %s", get_implementation (descriptor)));
  add_arg (self, DNNL_ARG_SRC, x, NULL, query (descriptor, dnnl_query_src_md));
  add_arg (self, DNNL_ARG_DIFF_DST, from, NULL, query (descriptor, dnnl_query_diff_dst_md));
  add_arg (self, DNNL_ARG_DIFF_WEIGHTS, to, outside ? gradient : NULL, result);
  add_scratch (self, descriptor);
  if (!check (dnnl_primitive_create (&self->primitive, descriptor), shape, "the weight gradient",
              error))
    return FALSE;

  return outside ||
         add_reorder (shape, to, result, 0, gradient, &shape->plain_weights, accumulate, error);
}

static gboolean
add_data_gradient (const Shape *shape,
                   dnnl_primitive_desc_t descriptor,
                   guint dy,
                   guint dx,
                   GError **error)
{
  const dnnl_memory_desc_t *result = query (descriptor, dnnl_query_diff_src_md);
  const gboolean copy = !dnnl_memory_desc_equal (result, &shape->x);
  const guint from = in_layout (shape, dy, &shape->y, query (descriptor, dnnl_query_diff_dst_md),
                                error);
  const guint to = copy ? _siamban_onednn_plan_add_block (shape->plan, count_floats (result)) : dx;
  guint weights;
  float *as_they_are;
  PrimitiveStep *self;

  if (from == 0 || !find_weights (shape, NULL, query (descriptor, dnnl_query_weights_md), &weights,
                                  &as_they_are, error))
    return FALSE;

  self = add_primitive (shape->plan, shape->value,
                        g_strdup_printf ("data gradient, %s", get_implementation (descriptor)));
  add_arg (self, DNNL_ARG_DIFF_DST, from, NULL, query (descriptor, dnnl_query_diff_dst_md));
  add_arg (self, DNNL_ARG_WEIGHTS, weights, as_they_are, query (descriptor, dnnl_query_weights_md));
  add_arg (self, DNNL_ARG_DIFF_SRC, to, NULL, result);
  add_scratch (self, descriptor);
  if (!check (dnnl_primitive_create (&self->primitive, descriptor), shape, "the data gradient",
              error))
    return FALSE;

  return !copy || add_reorder (shape, to, result, dx, NULL, &shape->x, FALSE, error);
}

/* The gradient of the weights and, if asked for, of the input. */
static gboolean
add_gradients (const Shape *shape,
               const_dnnl_primitive_desc_t forward,
               const_dnnl_primitive_attr_t attributes,
               guint dy,
               guint dx,
               GError **error)
{
  dnnl_primitive_desc_t descriptor = NULL;
  gboolean accumulate = FALSE;
  float *gradient = _siamban_onednn_plan_parameter_gradient (shape->plan, shape->node->weight,
                                                             &accumulate);

  if (gradient != NULL)
    {
      gboolean done;

      if (!check (create (shape, BACKWARD_WEIGHTS, NULL, attributes, forward, &descriptor), shape,
                  "the weight gradient", error))
        return FALSE;
      done = add_weight_gradient (shape, descriptor, dy, gradient, accumulate, error);
      dnnl_primitive_desc_destroy (descriptor);
      if (!done)
        return FALSE;
    }

  if (dx != 0)
    {
      gboolean done;

      if (!check (create (shape, BACKWARD_DATA, NULL, attributes, forward, &descriptor), shape,
                  "the data gradient", error))
        return FALSE;
      done = add_data_gradient (shape, descriptor, dy, dx, error);
      dnnl_primitive_desc_destroy (descriptor);
      if (!done)
        return FALSE;
    }

  return TRUE;
}

gboolean
_siamban_onednn_direct_backward (SiambanOnednnPlan *plan,
                                 const SiambanNode *node,
                                 guint value,
                                 guint dy,
                                 guint dx,
                                 GError **error)
{
  const Shape shape = describe (plan, node, value);
  dnnl_primitive_attr_t attributes = create_attributes (FALSE, SIAMBAN_OP_NONE);
  dnnl_primitive_desc_t forward = NULL;
  gboolean done;

  done = check (create (&shape, FORWARD, NULL, attributes, NULL, &forward), &shape, "the result",
                error) &&
         add_gradients (&shape, forward, attributes, dy, dx, error);
  if (forward != NULL)
    dnnl_primitive_desc_destroy (forward);
  dnnl_primitive_attr_destroy (attributes);

  return done;
}
