/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <math.h>

#include "siamban-kernels-private.h"

/* Of the files that are compiled several times: SIAMBAN_ISA names the kind of processor and
 * SIAMBAN_LANES is 8 or 16. Vectors are GCC's, which also compile where there are none so long. */

#define SIAMBAN_PASTE_(a, b) a##_##b
#define SIAMBAN_PASTE(a, b) SIAMBAN_PASTE_ (a, b)
#define SIAMBAN_KERNEL(name) SIAMBAN_PASTE (name, SIAMBAN_ISA)

#define LANES SIAMBAN_LANES

typedef float Lanes __attribute__ ((vector_size (LANES * 4), may_alias));
typedef gint32 Mask __attribute__ ((vector_size (LANES * 4), may_alias));

#if SIAMBAN_LANES == 8
#define SPLAT(s) ((Lanes){ (s), (s), (s), (s), (s), (s), (s), (s) })
#else
#define SPLAT(s)                                                                                   \
  ((Lanes){ (s), (s), (s), (s), (s), (s), (s), (s), (s), (s), (s), (s), (s), (s), (s), (s) })
#endif

#define ALWAYS_INLINE static inline __attribute__ ((always_inline))

/* Where the mask is not set, 0. */
ALWAYS_INLINE Lanes
lanes_where (Mask mask, Lanes x)
{
  return (Lanes) ((Mask) x & mask);
}

ALWAYS_INLINE Lanes
lanes_select (Mask mask, Lanes a, Lanes b)
{
  return (Lanes) (((Mask) a & mask) | ((Mask) b & ~mask));
}

/* What is not a number stays so, for the check of the loss to find. */
ALWAYS_INLINE Lanes
lanes_clamp (Lanes x, Lanes low, Lanes high)
{
  x = lanes_select (x < low, low, x);

  return lanes_select (x > high, high, x);
}

ALWAYS_INLINE gsize
map_area (const SiambanMap *map)
{
  return map->height * map->width;
}

/* Each file's part of the table. */
void SIAMBAN_KERNEL (_siamban_kernels_add_pointwise) (SiambanKernels *table);
void SIAMBAN_KERNEL (_siamban_kernels_add_batch_norm) (SiambanKernels *table);
void SIAMBAN_KERNEL (_siamban_kernels_add_depthwise) (SiambanKernels *table);
void SIAMBAN_KERNEL (_siamban_kernels_add_pool) (SiambanKernels *table);

/* And of tiles of 4 × 4 and 2 × 2 results. */
void SIAMBAN_PASTE (SIAMBAN_KERNEL (_siamban_kernels_add_winograd),
                    4) (SiambanWinogradKernels *table);
void SIAMBAN_PASTE (SIAMBAN_KERNEL (_siamban_kernels_add_winograd),
                    2) (SiambanWinogradKernels *table);
