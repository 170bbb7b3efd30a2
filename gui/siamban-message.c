/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-message.h"

#define MAX_LINES 8

static char *
shorten (const char *text)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", MAX_LINES + 1);

  if (g_strv_length (lines) <= MAX_LINES)
    return g_strdup (text);

  g_free (lines[MAX_LINES]);
  lines[MAX_LINES] = g_strdup ("…");

  return g_strjoinv ("\n", lines);
}

void
siamban_message_show (GtkInfoBar *bar, GtkLabel *label, GtkMessageType type, const char *text)
{
  g_autofree char *beginning = shorten (text);

  gtk_info_bar_set_message_type (bar, type);
  gtk_label_set_text (label, beginning);
  gtk_widget_set_tooltip_text (GTK_WIDGET (label), text);
  gtk_info_bar_set_revealed (bar, TRUE);
}
