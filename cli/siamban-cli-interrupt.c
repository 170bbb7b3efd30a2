/* SPDX-License-Identifier: Apache-2.0 */
#include <glib-unix.h>
#include <signal.h>

#include "siamban-cli.h"

struct _CliInterrupt
{
  CliInterruptFunc func;
  gpointer user_data;
  guint sources[2];
  gboolean happened;
};

/* GLib restores the default action of a signal that has no source left. */
static void
stop_listening (CliInterrupt *self)
{
  for (guint i = 0; i < G_N_ELEMENTS (self->sources); i++)
    g_clear_handle_id (&self->sources[i], g_source_remove);
}

static gboolean
signal_cb (gpointer user_data)
{
  CliInterrupt *self = user_data;

  self->happened = TRUE;
  stop_listening (self);
  self->func (self->user_data);

  return G_SOURCE_REMOVE;
}

CliInterrupt *
cli_interrupt_new (CliInterruptFunc func, gpointer user_data)
{
  CliInterrupt *self = g_new0 (CliInterrupt, 1);

  self->func = func;
  self->user_data = user_data;
  self->sources[0] = g_unix_signal_add (SIGINT, signal_cb, self);
  self->sources[1] = g_unix_signal_add (SIGTERM, signal_cb, self);

  return self;
}

void
cli_interrupt_free (CliInterrupt *self)
{
  stop_listening (self);
  g_free (self);
}

gboolean
cli_interrupt_happened (CliInterrupt *self)
{
  return self->happened;
}
