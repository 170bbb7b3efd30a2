/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Bytes that the process may still take without being killed or slowed down by a full memory, by the
 * machine and by the control groups that it is in; 0 if nobody tells. */
guint64 _siamban_process_get_available_memory (void);

/* Bytes that are in memory now, and the most that ever were; 0 if nobody tells. */
guint64 _siamban_process_get_resident_memory (void);
guint64 _siamban_process_get_peak_memory (void);

/* Lets the most begin anew with what is in memory now; FALSE if the system does not allow it. */
gboolean _siamban_process_reset_peak_memory (void);

G_END_DECLS
