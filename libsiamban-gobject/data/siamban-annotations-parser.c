/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-annotations-private.h"

#include <math.h>

#include "siamban-error.h"
#include "siamban-json-reader-private.h"

/* Enough to see what is wrong with a file; the number of the others is told. */
#define MAX_WARNINGS 100
#define MAX_FRAME_NUMBER 999999999u
#define CONTEXT_AMOUNT 0.5

/* Of keys for one number ("7" and "000007") the one that names the crop file counts. */
#define FILE_KEY_ORDER (1u << 31)

/* A frame of the track that is being read. @order decides between equal numbers. */
typedef struct
{
  guint32 number;
  guint32 order;
  SiambanBox box;
} Frame;

typedef struct
{
  SiambanJsonReader reader;
  SiambanAnnotationTables *tables;
  GHashTable *videos;       /* name → index + 1 */
  GHashTable *video_tracks; /* name → index + 1, of the video that is being read */
  GArray *frames;           /* Frame */
  guint64 n_unnamed_warnings;
} Parser;

SiambanAnnotationTables *
_siamban_annotation_tables_new (void)
{
  SiambanAnnotationTables *self = g_new0 (SiambanAnnotationTables, 1);

  self->names = g_string_chunk_new (64 * 1024);
  self->videos = g_array_new (FALSE, FALSE, sizeof (SiambanVideoEntry));
  self->tracks = g_array_new (FALSE, FALSE, sizeof (SiambanTrackEntry));
  self->numbers = g_array_new (FALSE, FALSE, sizeof (guint32));
  self->boxes = g_array_new (FALSE, FALSE, sizeof (SiambanBox));
  self->warnings = g_ptr_array_new_with_free_func (g_free);

  return self;
}

void
_siamban_annotation_tables_free (SiambanAnnotationTables *self)
{
  g_string_chunk_free (self->names);
  g_array_unref (self->videos);
  g_array_unref (self->tracks);
  g_array_unref (self->numbers);
  g_array_unref (self->boxes);
  g_ptr_array_unref (self->warnings);
  g_free (self);
}

static void
add_warning (Parser *self, char *message)
{
  if (self->tables->warnings->len < MAX_WARNINGS)
    {
      g_ptr_array_add (self->tables->warnings, message);
      return;
    }
  self->n_unnamed_warnings++;
  g_free (message);
}

/* Decimal digits of any script, as Python's int() takes them; anything else names no frame. */
static gboolean
parse_frame_number (const char *text, guint32 *number)
{
  guint64 value = 0;

  if (*text == '\0')
    return FALSE;
  for (; *text != '\0'; text = g_utf8_next_char (text))
    {
      const int digit = g_unichar_digit_value (g_utf8_get_char (text));

      if (digit < 0)
        return FALSE;
      value = value * 10 + (guint64) digit;
      if (value > MAX_FRAME_NUMBER)
        return FALSE;
    }
  *number = (guint32) value;

  return TRUE;
}

static gboolean
is_file_key (const GString *key, guint32 number)
{
  return key->len >= 6 && g_ascii_isdigit (key->str[0]) &&
         (key->len == 6 || (key->str[0] != '0' && number > 999999));
}

/* Whether crops of this box have a scale. A NaN, as some sources mark an absent target with, has
 * none, like a box without an area. */
static gboolean
is_usable (const SiambanBox *box)
{
  const double w = box->x2 - box->x1, h = box->y2 - box->y1;
  const double context = CONTEXT_AMOUNT * (w + h);

  return w > 0 && h > 0 && isnormal ((w + context) * (h + context));
}

static gboolean
read_box (Parser *self, SiambanBox *box)
{
  SiambanJsonReader *reader = &self->reader;
  gboolean first = TRUE;
  double values[4];
  guint n_values = 0;
  const char *where;

  if (_siamban_json_reader_peek (reader) != '[')
    return _siamban_json_reader_fail (reader, NULL,
                                      "expected a box: [x1, y1, x2, y2] or [width, height]");
  where = reader->at;
  _siamban_json_reader_enter_array (reader);
  while (_siamban_json_reader_next_element (reader, &first))
    {
      double value;

      if (!_siamban_json_reader_read_number (reader, &value))
        return FALSE;
      if (n_values < 4)
        values[n_values] = value;
      n_values++;
    }
  if (reader->error != NULL)
    return FALSE;

  if (n_values == 4)
    *box = (SiambanBox){ values[0], values[1], values[2], values[3] };
  else if (n_values == 2)
    *box = (SiambanBox){ 0, 0, values[0], values[1] };
  else
    {
      g_autofree char *message = g_strdup_printf (
          "a box of %u numbers; expected [x1, y1, x2, y2] or [width, height]", n_values);

      return _siamban_json_reader_fail (reader, where, message);
    }

  return TRUE;
}

static int
compare_frames_cb (gconstpointer a, gconstpointer b)
{
  const Frame *x = a, *y = b;

  if (x->number != y->number)
    return x->number < y->number ? -1 : 1;

  return x->order < y->order ? -1 : x->order > y->order;
}

/* Moves the usable frames, sorted, into the tables; of equal numbers the last one counts. */
static void
store_frames (Parser *self, SiambanTrackEntry *track)
{
  SiambanAnnotationTables *tables = self->tables;
  const Frame *frames;
  gboolean sorted = TRUE;

  for (guint i = 1; i < self->frames->len && sorted; i++)
    sorted = g_array_index (self->frames, Frame, i - 1).number <
             g_array_index (self->frames, Frame, i).number;
  if (!sorted)
    g_array_sort (self->frames, compare_frames_cb);

  frames = (const Frame *) self->frames->data;
  track->first_frame = tables->numbers->len;
  for (guint i = 0; i < self->frames->len; i++)
    {
      if (i + 1 < self->frames->len && frames[i + 1].number == frames[i].number)
        continue;
      if (!is_usable (&frames[i].box))
        {
          tables->n_dropped_boxes++;
          continue;
        }
      g_array_append_val (tables->numbers, frames[i].number);
      g_array_append_val (tables->boxes, frames[i].box);
    }
  track->n_frames = tables->numbers->len - track->first_frame;
}

static gboolean
read_track (Parser *self, const char *video, const char *name, SiambanTrackEntry *track)
{
  SiambanJsonReader *reader = &self->reader;
  gboolean first = TRUE;
  guint n_ignored = 0;

  if (_siamban_json_reader_peek (reader) != '{')
    return _siamban_json_reader_fail (reader, NULL, "expected the frames of a track: “{”");
  _siamban_json_reader_enter_object (reader);
  g_array_set_size (self->frames, 0);
  while (_siamban_json_reader_next_key (reader, &first))
    {
      Frame frame = { .order = self->frames->len };

      if (!parse_frame_number (reader->text->str, &frame.number))
        {
          n_ignored++;
          if (!_siamban_json_reader_skip_value (reader))
            return FALSE;
          continue;
        }
      if (is_file_key (reader->text, frame.number))
        frame.order |= FILE_KEY_ORDER;
      if (!read_box (self, &frame.box))
        return FALSE;
      g_array_append_val (self->frames, frame);
    }
  if (reader->error != NULL)
    return FALSE;
  if (self->tables->numbers->len > G_MAXINT32 - self->frames->len)
    return _siamban_json_reader_fail (reader, NULL, "more frames than 2147483647");

  store_frames (self, track);
  if (track->n_frames == 0 && n_ignored > 0)
    add_warning (self, g_strdup_printf ("%s/%s has no frames", video, name));

  return TRUE;
}

static gboolean
read_video (Parser *self, SiambanVideoEntry *video)
{
  SiambanJsonReader *reader = &self->reader;
  SiambanAnnotationTables *tables = self->tables;
  gboolean first = TRUE;
  const guint n_warnings = tables->warnings->len + (guint) self->n_unnamed_warnings;
  guint n_kept = 0;

  if (_siamban_json_reader_peek (reader) != '{')
    return _siamban_json_reader_fail (reader, NULL, "expected the tracks of a video: “{”");
  _siamban_json_reader_enter_object (reader);
  g_hash_table_remove_all (self->video_tracks);
  video->first_track = tables->tracks->len;
  while (_siamban_json_reader_next_key (reader, &first))
    {
      const char *name = g_string_chunk_insert_const (tables->names, reader->text->str);
      const guint known = GPOINTER_TO_UINT (g_hash_table_lookup (self->video_tracks, name));
      SiambanTrackEntry track = { .name = name };

      if (!read_track (self, video->name, name, &track))
        return FALSE;
      if (known > 0)
        {
          g_array_index (tables->tracks, SiambanTrackEntry, known - 1) = track;
          continue;
        }
      g_array_append_val (tables->tracks, track);
      g_hash_table_insert (self->video_tracks, (gpointer) name,
                           GUINT_TO_POINTER (tables->tracks->len));
    }
  if (reader->error != NULL)
    return FALSE;

  /* Tracks without a frame go, the others close up. */
  for (guint i = video->first_track; i < tables->tracks->len; i++)
    {
      const SiambanTrackEntry track = g_array_index (tables->tracks, SiambanTrackEntry, i);

      if (track.n_frames > 0)
        g_array_index (tables->tracks, SiambanTrackEntry, video->first_track + n_kept++) = track;
    }
  g_array_set_size (tables->tracks, video->first_track + n_kept);
  video->n_tracks = n_kept;
  if (n_kept == 0 && tables->warnings->len + self->n_unnamed_warnings > n_warnings)
    add_warning (self, g_strdup_printf ("%s has no tracks", video->name));

  return TRUE;
}

static gboolean
read_videos (Parser *self)
{
  SiambanJsonReader *reader = &self->reader;
  SiambanAnnotationTables *tables = self->tables;
  gboolean first = TRUE;
  guint n_kept = 0;

  if (_siamban_json_reader_peek (reader) != '{')
    return _siamban_json_reader_fail (reader, NULL,
                                      "expected {video: {track: {frame: [x1, y1, x2, y2]}}}");
  _siamban_json_reader_enter_object (reader);
  while (_siamban_json_reader_next_key (reader, &first))
    {
      const guint known = GPOINTER_TO_UINT (g_hash_table_lookup (self->videos, reader->text->str));
      SiambanVideoEntry video = { 0 };

      video.name = known > 0 ? g_array_index (tables->videos, SiambanVideoEntry, known - 1).name
                             : g_string_chunk_insert (tables->names, reader->text->str);
      if (!read_video (self, &video))
        return FALSE;
      if (known > 0)
        {
          g_array_index (tables->videos, SiambanVideoEntry, known - 1) = video;
          continue;
        }
      g_array_append_val (tables->videos, video);
      g_hash_table_insert (self->videos, (gpointer) video.name,
                           GUINT_TO_POINTER (tables->videos->len));
    }
  if (reader->error != NULL || !_siamban_json_reader_finish (reader))
    return FALSE;

  for (guint i = 0; i < tables->videos->len; i++)
    if (g_array_index (tables->videos, SiambanVideoEntry, i).n_tracks > 0)
      g_array_index (tables->videos, SiambanVideoEntry,
                     n_kept++) = g_array_index (tables->videos, SiambanVideoEntry, i);
  g_array_set_size (tables->videos, n_kept);
  if (self->n_unnamed_warnings > 0)
    g_ptr_array_add (
        tables->warnings,
        g_strdup_printf ("and %" G_GUINT64_FORMAT " more of this kind", self->n_unnamed_warnings));

  return TRUE;
}

/* Reads {video: {track: {frame: box}}}. What Python's json module and the original do with
 * repeated keys holds here: the last value counts, at the place of the first. */
SiambanAnnotationTables *
_siamban_annotations_parse (const char *name, const char *data, gsize size, GError **error)
{
  g_autoptr (SiambanAnnotationTables) tables = _siamban_annotation_tables_new ();
  g_autoptr (GHashTable) videos = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GHashTable) video_tracks = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GArray) frames = g_array_new (FALSE, FALSE, sizeof (Frame));
  Parser self = {
    .tables = tables, .videos = videos, .video_tracks = video_tracks, .frames = frames
  };
  gboolean ok;

  _siamban_json_reader_init (&self.reader, name, data, size);
  ok = read_videos (&self);
  if (!ok)
    g_propagate_error (error, g_steal_pointer (&self.reader.error));
  _siamban_json_reader_clear (&self.reader);

  return ok ? g_steal_pointer (&tables) : NULL;
}
