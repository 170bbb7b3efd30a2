/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <stdio.h>

#include "siamban-cli.h"

struct _CliTable
{
  GPtrArray *rows; /* of GStrv, the titles first */
  guint n_columns;
};

CliTable *
cli_table_new (const char *const *titles)
{
  CliTable *self = g_new0 (CliTable, 1);

  self->rows = g_ptr_array_new_with_free_func ((GDestroyNotify) g_strfreev);
  self->n_columns = g_strv_length ((char **) titles);
  g_ptr_array_add (self->rows, g_strdupv ((char **) titles));

  return self;
}

void
cli_table_free (CliTable *self)
{
  g_ptr_array_unref (self->rows);
  g_free (self);
}

void
cli_table_add (CliTable *self, char **cells)
{
  g_assert (g_strv_length (cells) == self->n_columns);
  g_ptr_array_add (self->rows, cells);
}

/* Columns of a terminal, where a Chinese character takes two. */
static guint
text_width (const char *text)
{
  guint width = 0;

  for (const char *p = text; *p != '\0'; p = g_utf8_next_char (p))
    width += g_unichar_iszerowidth (g_utf8_get_char (p)) ? 0
             : g_unichar_iswide (g_utf8_get_char (p))    ? 2
                                                         : 1;

  return width;
}

static gboolean
is_number (const char *text)
{
  return g_ascii_isdigit (*text) || *text == '-';
}

static guint
column_width (CliTable *self, guint column)
{
  guint width = 0;

  for (guint row = 0; row < self->rows->len; row++)
    {
      char **cells = g_ptr_array_index (self->rows, row);

      width = MAX (width, text_width (cells[column]));
    }

  return width;
}

/* Whether every row under the titles has a number there. */
static gboolean
is_right_aligned (CliTable *self, guint column)
{
  for (guint row = 1; row < self->rows->len; row++)
    {
      char **cells = g_ptr_array_index (self->rows, row);

      if (!is_number (cells[column]))
        return FALSE;
    }

  return column > 0;
}

void
cli_table_print (CliTable *self)
{
  for (guint row = 0; row < self->rows->len; row++)
    {
      char **cells = g_ptr_array_index (self->rows, row);
      g_autoptr (GString) line = g_string_new (NULL);

      for (guint column = 0; column < self->n_columns; column++)
        {
          const int gap = (int) (column_width (self, column) - text_width (cells[column]));
          const gboolean right = is_right_aligned (self, column);

          g_string_append_printf (line, "%s%*s%s%*s", column > 0 ? "  " : "", right ? gap : 0, "",
                                  cells[column], right ? 0 : gap, "");
        }
      g_print ("%s\n", g_strchomp (line->str));
    }
}

void
cli_print_json (JsonBuilder *builder)
{
  g_autoptr (JsonGenerator) generator = json_generator_new ();
  g_autoptr (JsonNode) root = json_builder_get_root (builder);
  g_autofree char *text = NULL;

  json_generator_set_pretty (generator, TRUE);
  json_generator_set_root (generator, root);
  text = json_generator_to_data (generator, NULL);

  /* JSON is UTF-8 whatever the terminal is. */
  fputs (text, stdout);
  fputc ('\n', stdout);
}

/* File names may have any bytes; JSON may not. */
void
cli_json_string (JsonBuilder *builder, const char *name, const char *value)
{
  if (name != NULL)
    json_builder_set_member_name (builder, name);

  if (value != NULL)
    {
      g_autofree char *valid = g_utf8_make_valid (value, -1);

      json_builder_add_string_value (builder, valid);
    }
  else
    {
      json_builder_add_null_value (builder);
    }
}

void
cli_json_int (JsonBuilder *builder, const char *name, gint64 value)
{
  json_builder_set_member_name (builder, name);
  json_builder_add_int_value (builder, value);
}

void
cli_json_checks (JsonBuilder *builder, GPtrArray *rows)
{
  json_builder_begin_array (builder);
  for (guint i = 0; i < rows->len; i++)
    {
      char **cells = g_ptr_array_index (rows, i);

      json_builder_begin_object (builder);
      cli_json_string (builder, "status", cells[0]);
      cli_json_string (builder, "check", cells[1]);
      cli_json_string (builder, "detail", cells[2]);
      json_builder_end_object (builder);
    }
  json_builder_end_array (builder);
}

void
cli_json_double (JsonBuilder *builder, const char *name, double value)
{
  json_builder_set_member_name (builder, name);
  if (isfinite (value))
    json_builder_add_double_value (builder, value);
  else
    json_builder_add_null_value (builder);
}

void
cli_json_boolean (JsonBuilder *builder, const char *name, gboolean value)
{
  json_builder_set_member_name (builder, name);
  json_builder_add_boolean_value (builder, value);
}

void
cli_json_shape (JsonBuilder *builder, const gint64 *shape, gsize n_dims)
{
  json_builder_set_member_name (builder, "shape");
  json_builder_begin_array (builder);
  for (gsize i = 0; i < n_dims; i++)
    json_builder_add_int_value (builder, shape[i]);
  json_builder_end_array (builder);
}

char *
cli_format_duration (double seconds)
{
  guint64 n;

  if (!(seconds >= 0 && seconds < 1e15))
    return g_strdup ("–");

  n = (guint64) (seconds + 0.5);
  if (n >= 3600)
    return g_strdup_printf ("%" G_GUINT64_FORMAT ":%02u:%02u", n / 3600, (guint) (n / 60 % 60),
                            (guint) (n % 60));

  return g_strdup_printf ("%u:%02u", (guint) (n / 60), (guint) (n % 60));
}
