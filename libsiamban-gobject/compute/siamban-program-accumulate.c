/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "siamban-error.h"
#include "siamban-memory-private.h"
#include "siamban-program-private.h"

/* The mean of the gradients of several backward passes. They are summed in the order of the passes and
 * then divided, as gradients of several devices are. */

static SiambanProgramClass *
class_of (SiambanProgram *self)
{
  return (SiambanProgramClass *) G_OBJECT_GET_CLASS (self);
}

static gsize
count_values (SiambanProgram *self)
{
  return _siamban_weights_get_layout (self->weights)->n_weight_values;
}

gboolean
_siamban_program_real_allocate_sums (SiambanProgram *self, GError **error)
{
  const gsize size = count_values (self) * sizeof (float);

  self->sums = _siamban_memory_new (size);
  if (self->sums == NULL)
    g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_OUT_OF_MEMORY,
                 "Sums of gradients need %" G_GSIZE_FORMAT " MiB of memory, which are not there",
                 size >> 20);

  return self->sums != NULL;
}

gboolean
_siamban_program_real_add_gradients (SiambanProgram *self, guint index, guint n, GError **error)
{
  const gsize n_values = count_values (self);
  const float scale = 1.0f / (float) n;
  float *restrict gradients = self->gradients;
  float *restrict sums = self->sums;

  if (index == 0)
    memcpy (sums, gradients, n_values * sizeof (float));
  else if (index + 1 < n)
    for (gsize i = 0; i < n_values; i++)
      sums[i] += gradients[i];
  else
    for (gsize i = 0; i < n_values; i++)
      gradients[i] = (sums[i] + gradients[i]) * scale;

  return TRUE;
}

gboolean
_siamban_program_allocate_sums (SiambanProgram *self, GError **error)
{
  self->accumulates = class_of (self)->allocate_sums (self, error);

  return self->accumulates;
}

gboolean
_siamban_program_add_gradients (SiambanProgram *self, guint index, guint n, GError **error)
{
  g_assert (self->accumulates && index < n && n > 1);

  return class_of (self)->add_gradients (self, index, n, error);
}
