/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* Shows a text in a bar of messages; of a long one, a list of weights for instance, the first lines,
 * and the whole of it as a tooltip. */
void siamban_message_show (GtkInfoBar *bar, GtkLabel *label, GtkMessageType type, const char *text);

G_END_DECLS
