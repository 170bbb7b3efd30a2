/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-lanes-private.h"

const SiambanKernels *SIAMBAN_KERNEL (_siamban_kernels) (void);

/* The table of one kind of processor. */
const SiambanKernels *
SIAMBAN_KERNEL (_siamban_kernels) (void)
{
  static SiambanKernels table;
  static gsize filled;

  if (g_once_init_enter (&filled))
    {
      table.name = G_STRINGIFY (SIAMBAN_ISA);
      table.lanes = LANES;
      SIAMBAN_KERNEL (_siamban_kernels_add_pointwise) (&table);
      SIAMBAN_KERNEL (_siamban_kernels_add_batch_norm) (&table);
      SIAMBAN_KERNEL (_siamban_kernels_add_depthwise) (&table);
      SIAMBAN_KERNEL (_siamban_kernels_add_pool) (&table);
      SIAMBAN_PASTE (SIAMBAN_KERNEL (_siamban_kernels_add_winograd), 4) (&table.winograd_4);
      SIAMBAN_PASTE (SIAMBAN_KERNEL (_siamban_kernels_add_winograd), 2) (&table.winograd_2);
      g_once_init_leave (&filled, 1);
    }

  return &table;
}
