/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The number as Python's repr() writes it: the fewest digits that are read back as the same double,
 * with an exponent below 1e-4 and from 1e16 on. The original's logs are full of them. */
void _siamban_append_python_float (GString *text, double value);

/* The number with decimals behind the point. NaN has no sign, whatever the machine thinks. */
void _siamban_append_python_fixed (GString *text, double value, guint n_decimals);

G_END_DECLS
