/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "siamban-json-reader-private.h"

G_BEGIN_DECLS

/* How numbers stand in events.jsonl, of iterations and of validations. JSON knows no NaN and no
 * infinity: those are null, and null is read as NaN. */

/* Up to here a double counts exactly. */
#define SIAMBAN_EVENT_MAX_COUNT 9007199254740992.0

void _siamban_event_append_number (GString *text, double value);

/* With a comma before it. */
void _siamban_event_append_member (GString *text, const char *name, double value);

gboolean _siamban_event_read_number (SiambanJsonReader *reader, double *value);

/* A number from 0 to @highest. */
gboolean _siamban_event_read_count (SiambanJsonReader *reader, double highest, double *value);

G_END_DECLS
