/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-reference-program-private.h"

/* Not-a-number stays what it is, so that it reaches the loss. */
static void
relu_forward (const SiambanReferenceCall *call)
{
  const gsize n = _siamban_node_get_n_elements (call->node);

  for (gsize i = 0; i < n; i++)
    call->y[i] = call->x[0][i] <= 0 ? 0 : call->x[0][i];
}

static void
relu_backward (const SiambanReferenceCall *call)
{
  const gsize n = _siamban_node_get_n_elements (call->node);

  for (gsize i = 0; i < n; i++)
    if (call->y[i] > 0)
      call->dx[0][i] += call->dy[i];
}

const SiambanReferenceOp _siamban_reference_relu = { relu_forward, relu_backward };

static void
relu6_forward (const SiambanReferenceCall *call)
{
  const gsize n = _siamban_node_get_n_elements (call->node);

  for (gsize i = 0; i < n; i++)
    call->y[i] = CLAMP (call->x[0][i], 0.f, 6.f);
}

static void
relu6_backward (const SiambanReferenceCall *call)
{
  const gsize n = _siamban_node_get_n_elements (call->node);

  for (gsize i = 0; i < n; i++)
    if (call->y[i] > 0 && call->y[i] < 6)
      call->dx[0][i] += call->dy[i];
}

const SiambanReferenceOp _siamban_reference_relu6 = { relu6_forward, relu6_backward };

static void
add_forward (const SiambanReferenceCall *call)
{
  const gsize n = _siamban_node_get_n_elements (call->node);

  for (gsize i = 0; i < n; i++)
    call->y[i] = call->x[0][i] + call->x[1][i];
}

static void
add_backward (const SiambanReferenceCall *call)
{
  const gsize n = _siamban_node_get_n_elements (call->node);

  for (guint input = 0; input < 2; input++)
    if (call->dx[input] != NULL)
      for (gsize i = 0; i < n; i++)
        call->dx[input][i] += call->dy[i];
}

const SiambanReferenceOp _siamban_reference_add = { add_forward, add_backward };
