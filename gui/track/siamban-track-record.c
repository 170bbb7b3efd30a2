/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-track-record.h"

#include <json-glib/json-glib.h>
#include <math.h>

SiambanTrackRecord *
siamban_track_record_new (guint n_frames)
{
  SiambanTrackRecord *self = g_new0 (SiambanTrackRecord, 1);

  self->n_frames = n_frames;
  self->boxes = g_new (SiambanBox, n_frames);
  self->scores = g_new (double, n_frames);
  siamban_track_record_clear (self);

  return self;
}

SiambanTrackRecord *
siamban_track_record_copy (const SiambanTrackRecord *self)
{
  SiambanTrackRecord *copy = g_new0 (SiambanTrackRecord, 1);

  copy->n_frames = self->n_frames;
  copy->boxes = g_memdup2 (self->boxes, self->n_frames * sizeof (SiambanBox));
  copy->scores = g_memdup2 (self->scores, self->n_frames * sizeof (double));
  siamban_track_record_set_truth (copy, self->truth);

  return copy;
}

void
siamban_track_record_free (SiambanTrackRecord *self)
{
  g_free (self->boxes);
  g_free (self->scores);
  g_clear_pointer (&self->truth, siamban_trajectory_unref);
  g_free (self);
}

void
siamban_track_record_clear (SiambanTrackRecord *self)
{
  for (guint i = 0; i < self->n_frames; i++)
    {
      self->boxes[i] = (SiambanBox){ NAN, NAN, NAN, NAN };
      self->scores[i] = NAN;
    }
}

void
siamban_track_record_set (SiambanTrackRecord *self,
                          guint frame,
                          const SiambanBox *box,
                          double score)
{
  g_return_if_fail (frame < self->n_frames);

  self->boxes[frame] = *box;
  self->scores[frame] = score;
}

gboolean
siamban_track_record_get (const SiambanTrackRecord *self, guint frame, SiambanBox *box)
{
  if (frame >= self->n_frames)
    return FALSE;

  *box = self->boxes[frame];

  return siamban_box_is_valid (box);
}

void
siamban_track_record_set_truth (SiambanTrackRecord *self, SiambanTrajectory *truth)
{
  if (truth != NULL)
    siamban_trajectory_ref (truth);
  g_clear_pointer (&self->truth, siamban_trajectory_unref);
  self->truth = truth;
}

gboolean
siamban_track_record_get_truth (const SiambanTrackRecord *self, guint frame, SiambanBox *box)
{
  return self->truth != NULL && siamban_trajectory_get_box (self->truth, frame, box);
}

/* A dot in every language: programs read it. */
static void
append_number (GString *text, double number)
{
  char digits[G_ASCII_DTOSTR_BUF_SIZE];

  g_string_append (text, g_ascii_formatd (digits, sizeof digits, "%.4f", number));
}

static gboolean
save_csv (const SiambanTrackRecord *self, const char *path, GError **error)
{
  g_autoptr (GString) text = g_string_new ("frame,x,y,width,height,score\n");

  for (guint i = 0; i < self->n_frames; i++)
    {
      const SiambanBox *box = &self->boxes[i];
      const double numbers[] = { box->x1, box->y1, siamban_box_get_width (box),
                                 siamban_box_get_height (box), self->scores[i] };

      if (!siamban_box_is_valid (box))
        continue;

      g_string_append_printf (text, "%u", i);
      for (gsize k = 0; k < G_N_ELEMENTS (numbers); k++)
        {
          g_string_append_c (text, ',');
          if (isfinite (numbers[k]))
            append_number (text, numbers[k]);
        }
      g_string_append_c (text, '\n');
    }

  return g_file_set_contents (path, text->str, (gssize) text->len, error);
}

static void
add_number (JsonBuilder *builder, const char *name, double number)
{
  json_builder_set_member_name (builder, name);
  if (isfinite (number))
    json_builder_add_double_value (builder, number);
  else
    json_builder_add_null_value (builder);
}

static gboolean
save_json (const SiambanTrackRecord *self, const char *path, GError **error)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autoptr (JsonGenerator) generator = json_generator_new ();
  g_autoptr (JsonNode) root = NULL;

  json_builder_begin_array (builder);
  for (guint i = 0; i < self->n_frames; i++)
    {
      const SiambanBox *box = &self->boxes[i];

      if (!siamban_box_is_valid (box))
        continue;

      json_builder_begin_object (builder);
      json_builder_set_member_name (builder, "frame");
      json_builder_add_int_value (builder, i);
      add_number (builder, "x", box->x1);
      add_number (builder, "y", box->y1);
      add_number (builder, "width", siamban_box_get_width (box));
      add_number (builder, "height", siamban_box_get_height (box));
      add_number (builder, "score", self->scores[i]);
      json_builder_end_object (builder);
    }
  json_builder_end_array (builder);
  root = json_builder_get_root (builder);
  json_generator_set_root (generator, root);
  json_generator_set_pretty (generator, TRUE);

  return json_generator_to_file (generator, path, error);
}

gboolean
siamban_track_record_save (const SiambanTrackRecord *self, const char *path, GError **error)
{
  g_autoptr (SiambanTrajectory) trajectory = NULL;

  if (g_str_has_suffix (path, ".csv"))
    return save_csv (self, path, error);
  if (g_str_has_suffix (path, ".json"))
    return save_json (self, path, error);

  trajectory = siamban_trajectory_new (self->boxes, self->n_frames);

  return siamban_result_file_write (path, trajectory, error);
}
