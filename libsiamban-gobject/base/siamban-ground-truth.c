/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-ground-truth-private.h"

#include <math.h>
#include <string.h>

#include "siamban-error.h"

#define N_BOX_NUMBERS 4
#define N_POLYGON_NUMBERS 8
#define BYTE_ORDER_MARK "\xEF\xBB\xBF"
/* Enough of a bad line to recognise it. */
#define QUOTED_BYTES 60

typedef struct
{
  const char *name;
  guint line;
} Position;

static gboolean
is_blank (char c)
{
  return c == ' ' || c == '\t' || c == '\r';
}

static const char *
skip_blanks (const char *cursor)
{
  while (is_blank (*cursor))
    cursor++;

  return cursor;
}

static gboolean
fail_line (const Position *position, const char *line, const char *found, GError **error)
{
  g_autofree char *start = g_strndup (line, QUOTED_BYTES);
  g_autofree char *quoted = g_utf8_make_valid (g_strchomp (start), -1);

  g_set_error (
      error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_DATA,
      "%s:%u: %s in “%s”; expected the 4 numbers x, y, width, height or the 8 numbers of a "
      "polygon, separated by commas, tabs or spaces",
      position->name, position->line, found, quoted);

  return FALSE;
}

/* Numbers of one NUL-terminated line. One more than a polygon has is read, so that a longer line
 * is noticed. */
static gboolean
parse_numbers (const char *line,
               const Position *position,
               double numbers[N_POLYGON_NUMBERS + 1],
               guint *n_numbers,
               GError **error)
{
  const char *cursor = skip_blanks (line);

  *n_numbers = 0;
  while (*cursor != '\0' && *n_numbers <= N_POLYGON_NUMBERS)
    {
      char *end = NULL;
      const char *after;

      numbers[*n_numbers] = g_ascii_strtod (cursor, &end);
      after = skip_blanks (end);
      if (end == cursor || (*end != '\0' && *end != ',' && !is_blank (*end)))
        return fail_line (position, line, "no number where one should be", error);

      *n_numbers += 1;
      if (*after == ',')
        {
          after = skip_blanks (after + 1);
          if (*after == '\0')
            return fail_line (position, line, "no number after the last comma", error);
        }
      cursor = after;
    }

  return TRUE;
}

static SiambanBox
box_from_numbers (const double *numbers, guint n_numbers)
{
  SiambanBox box = { numbers[0], numbers[1], numbers[0], numbers[1] };

  for (guint i = 0; i < n_numbers; i++)
    if (!isfinite (numbers[i]))
      return (SiambanBox){ NAN, NAN, NAN, NAN };

  if (n_numbers == N_BOX_NUMBERS)
    return (SiambanBox){ numbers[0], numbers[1], numbers[0] + numbers[2], numbers[1] + numbers[3] };

  for (guint i = 2; i < n_numbers; i += 2)
    {
      box.x1 = MIN (box.x1, numbers[i]);
      box.x2 = MAX (box.x2, numbers[i]);
      box.y1 = MIN (box.y1, numbers[i + 1]);
      box.y2 = MAX (box.y2, numbers[i + 1]);
    }

  return box;
}

static gboolean
parse_line (const char *line, const Position *position, SiambanBox *box, GError **error)
{
  double numbers[N_POLYGON_NUMBERS + 1];
  guint n_numbers = 0;
  g_autofree char *found = NULL;

  if (!parse_numbers (line, position, numbers, &n_numbers, error))
    return FALSE;

  if (n_numbers == N_BOX_NUMBERS || n_numbers == N_POLYGON_NUMBERS)
    {
      *box = box_from_numbers (numbers, n_numbers);
      return TRUE;
    }

  found = n_numbers > N_POLYGON_NUMBERS ? g_strdup ("more than 8 numbers")
                                        : g_strdup_printf ("%u numbers", n_numbers);

  return fail_line (position, line, found, error);
}

SiambanTrajectory *
_siamban_ground_truth_parse (const char *text, gsize size, const char *name, GError **error)
{
  g_autoptr (GArray) boxes = g_array_new (FALSE, FALSE, sizeof (SiambanBox));
  g_autofree char *copy = NULL;
  Position position = { name, 0 };
  char *cursor;

  if (size > 0 && memchr (text, '\0', size) != NULL)
    {
      g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_DATA,
                   "%s: not a text file; expected one box a line", name);
      return NULL;
    }

  copy = g_strndup (text, size);
  cursor = g_str_has_prefix (copy, BYTE_ORDER_MARK) ? copy + strlen (BYTE_ORDER_MARK) : copy;
  /* Blank lines at the end are nothing; one in between would move all boxes after it. */
  g_strchomp (cursor);

  while (*cursor != '\0')
    {
      char *line = cursor;
      char *end = strchr (cursor, '\n');
      SiambanBox box;

      cursor = end != NULL ? end + 1 : cursor + strlen (cursor);
      if (end != NULL)
        *end = '\0';

      position.line++;
      if (!parse_line (line, &position, &box, error))
        return NULL;

      g_array_append_val (boxes, box);
    }

  return siamban_trajectory_new ((const SiambanBox *) (void *) boxes->data, boxes->len);
}

/**
 * siamban_ground_truth_read:
 * @path: (type filename): a text file with one box a line
 * @error: return location for an error
 *
 * Reads the ground truth of a sequence, as the OTB, UAV, LaSOT, GOT-10k and VOT data sets write it.
 *
 * A line holds `x,y,width,height` or the four corners `x1,y1,…,x4,y4` of a polygon, of which the
 * smallest enclosing box is taken. Commas, tabs and spaces separate; either line end is read;
 * blank lines at the end are ignored. A line with NaN or infinity, and a box without area, mean
 * that the target is absent from that frame. Numbers are taken as they stand: a file that counts
 * pixels from 1 gives boxes that are one pixel to the right and below.
 *
 * Errors: %SIAMBAN_ERROR_IO if the file cannot be read, %SIAMBAN_ERROR_INVALID_DATA with file
 * and line if a line holds anything else.
 *
 * Returns: (transfer full): a box for each line
 *
 * Since: 0.1
 */
SiambanTrajectory *
siamban_ground_truth_read (const char *path, GError **error)
{
  g_autoptr (GError) read_error = NULL;
  g_autofree char *text = NULL;
  gsize size = 0;

  g_return_val_if_fail (path != NULL, NULL);

  if (!g_file_get_contents (path, &text, &size, &read_error))
    {
      g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_IO, "Cannot read the boxes: %s",
                   read_error->message);
      return NULL;
    }

  return _siamban_ground_truth_parse (text, size, path, error);
}

void
_siamban_append_number (GString *text, double value)
{
  char buffer[G_ASCII_DTOSTR_BUF_SIZE];

  for (guint n_digits = 15; n_digits <= 17; n_digits++)
    {
      char format[] = "%.15g";

      format[3] = (char) ('0' + n_digits % 10);
      g_ascii_formatd (buffer, sizeof buffer, format, value);
      if (g_ascii_strtod (buffer, NULL) == value)
        break;
    }

  g_string_append (text, buffer);
}

void
_siamban_ground_truth_append_line (GString *text, const SiambanBox *box)
{
  if (!siamban_box_is_valid (box))
    {
      g_string_append (text, "nan,nan,nan,nan\n");
      return;
    }

  _siamban_append_number (text, box->x1);
  g_string_append_c (text, ',');
  _siamban_append_number (text, box->y1);
  g_string_append_c (text, ',');
  _siamban_append_number (text, box->x2 - box->x1);
  g_string_append_c (text, ',');
  _siamban_append_number (text, box->y2 - box->y1);
  g_string_append_c (text, '\n');
}
