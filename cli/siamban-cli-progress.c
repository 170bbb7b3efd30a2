/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "siamban-cli.h"

/* Often enough to look alive, seldom enough to cost nothing. */
#define INTERVAL (G_USEC_PER_SEC / 10)

void
cli_progress_init (CliProgress *self, FILE *file)
{
  *self = (CliProgress){
    .file = file,
    .live = isatty (fileno (file)) == 1,
    .started = g_get_monotonic_time (),
  };
}

/* A line that wraps could not be written over. */
static char *
cut_to_terminal (CliProgress *self, const char *line)
{
  struct winsize size = { 0 };
  glong n_columns = 80;

  if (ioctl (fileno (self->file), TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
    n_columns = size.ws_col;

  return g_utf8_strlen (line, -1) < n_columns ? g_strdup (line)
                                              : g_utf8_substring (line, 0, n_columns - 1);
}

void
cli_progress_show (CliProgress *self, const char *line, gboolean force)
{
  const gint64 now = g_get_monotonic_time ();
  g_autofree char *cut = NULL;

  if (!self->live || (!force && self->shown != 0 && now - self->shown < INTERVAL))
    return;

  cut = cut_to_terminal (self, line);
  fprintf (self->file, "\r\033[K%s", cut);
  fflush (self->file);
  self->shown = now;
}

void
cli_progress_update (CliProgress *self, guint n_done, guint n_all)
{
  const double elapsed = (double) (g_get_monotonic_time () - self->started) / G_USEC_PER_SEC;
  g_autofree char *left = NULL;
  g_autofree char *line = NULL;

  if (!self->live)
    return;

  left = cli_format_duration (
      n_done > 0 ? elapsed * (double) (n_all - MIN (n_done, n_all)) / (double) n_done : -1);
  line = g_strdup_printf (_ ("%u of %u, %s left"), n_done, n_all, left);
  cli_progress_show (self, line, n_done == n_all);
}

void
cli_progress_clear (CliProgress *self)
{
  if (self->shown == 0)
    return;

  fputs ("\r\033[K", self->file);
  fflush (self->file);
  self->shown = 0;
}
