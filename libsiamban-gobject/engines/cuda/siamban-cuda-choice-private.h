/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "siamban-cuda-program-private.h"

G_BEGIN_DECLS

/* Keeps of each product and the plan beside it the faster one. After there is memory, and before anything
 * of worth is in it. */
gboolean _siamban_cuda_choose (SiambanCudaProgram *self, GError **error);

G_END_DECLS
