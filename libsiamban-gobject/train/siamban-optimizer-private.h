/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "siamban-optimizer.h"

G_BEGIN_DECLS

/* Multiplies the base rates, and with the next epoch that is set all rates. */
void _siamban_optimizer_scale (SiambanOptimizer *self, double factor);

G_END_DECLS
