/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-config-problems-private.h"

#include "siamban-error.h"

/* Nobody mends more at once, and a file of noise has thousands. */
#define MAX_LINES 100

struct _SiambanConfigProblems
{
  char *file;
  GString *text;
  guint n_problems;
};

SiambanConfigProblems *
_siamban_config_problems_new (const char *file)
{
  SiambanConfigProblems *self = g_new0 (SiambanConfigProblems, 1);

  self->file = g_strdup (file);
  self->text = g_string_new (NULL);

  return self;
}

void
_siamban_config_problems_free (SiambanConfigProblems *self)
{
  g_free (self->file);
  g_string_free (self->text, TRUE);
  g_free (self);
}

gboolean
_siamban_config_problems_is_full (SiambanConfigProblems *self)
{
  return self->n_problems >= MAX_LINES;
}

void
_siamban_config_problems_add (SiambanConfigProblems *self,
                              const char *key,
                              guint line,
                              const char *format,
                              ...)
{
  gsize start = 0;
  va_list args;

  if (self->n_problems++ >= MAX_LINES)
    return;
  if (self->text->len > 0)
    g_string_append_c (self->text, '\n');

  start = self->text->len;
  if (key)
    g_string_append_printf (self->text, "%s: ", key);
  va_start (args, format);
  g_string_append_vprintf (self->text, format, args);
  va_end (args);

  /* One problem is one line, whatever a key or value has in it. */
  for (gsize i = start; i < self->text->len; i++)
    if (g_ascii_iscntrl (self->text->str[i]))
      self->text->str[i] = ' ';

  if (self->file && line > 0)
    g_string_append_printf (self->text, " (%s:%u)", self->file, line);
  else if (self->file)
    g_string_append_printf (self->text, " (%s)", self->file);
}

gboolean
_siamban_config_problems_check (SiambanConfigProblems *self, GError **error)
{
  if (self->n_problems == 0)
    return TRUE;

  if (self->n_problems > MAX_LINES)
    g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_CONFIG, "%s\nand %u more problems",
                 self->text->str, self->n_problems - MAX_LINES);
  else
    g_set_error_literal (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_CONFIG, self->text->str);

  return FALSE;
}
