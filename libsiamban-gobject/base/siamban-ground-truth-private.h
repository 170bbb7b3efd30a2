/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "siamban-ground-truth.h"

G_BEGIN_DECLS

/* Any bytes; name stands for the file in messages. */
SiambanTrajectory *
_siamban_ground_truth_parse (const char *text, gsize size, const char *name, GError **error);

/* One line of `x,y,w,h` with its line feed, `nan` four times for a box that is not valid. */
void _siamban_ground_truth_append_line (GString *text, const SiambanBox *box);

/* The shortest decimal number that is read back as the very same double. */
void _siamban_append_number (GString *text, double value);

G_END_DECLS
