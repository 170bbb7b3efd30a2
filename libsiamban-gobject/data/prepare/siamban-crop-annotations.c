/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-crop-plan-private.h"

#include <string.h>

#include "siamban-atomic-file-private.h"
#include "siamban-ground-truth-private.h"

static int
compare_targets_cb (gconstpointer a, gconstpointer b, gpointer user_data)
{
  GPtrArray *videos = user_data;
  const SiambanCropTarget *left = *(const SiambanCropTarget *const *) a;
  const SiambanCropTarget *right = *(const SiambanCropTarget *const *) b;

  if (left->video != right->video)
    return strcmp (videos->pdata[left->video], videos->pdata[right->video]);
  if (left->track != right->track)
    return left->track < right->track ? -1 : 1;

  return left->frame == right->frame ? 0 : (left->frame < right->frame ? -1 : 1);
}

static void
append_string (GString *text, const char *string)
{
  g_string_append_c (text, '"');
  for (const char *cursor = string; *cursor != '\0'; cursor++)
    if (*cursor == '"' || *cursor == '\\')
      g_string_append_printf (text, "\\%c", *cursor);
    else if ((guchar) *cursor < 0x20)
      g_string_append_printf (text, "\\u%04x", (guint) (guchar) *cursor);
    else
      g_string_append_c (text, *cursor);
  g_string_append_c (text, '"');
}

static void
append_target (GString *text, const SiambanCropTarget *target)
{
  const double edges[4] = { target->box.x1, target->box.y1, target->box.x2, target->box.y2 };

  g_string_append_printf (text, "\"%06u\": [", target->frame);
  for (guint i = 0; i < G_N_ELEMENTS (edges); i++)
    {
      g_string_append (text, i > 0 ? ", " : "");
      _siamban_append_number (text, edges[i]);
    }
  g_string_append_c (text, ']');
}

/* {video: {track: {frame: [x1, y1, x2, y2]}}}, sorted, so that equal data make equal files. */
gboolean
_siamban_crop_plan_write_annotations (SiambanCropPlan *self, const char *path, GError **error)
{
  g_autoptr (GString) text = g_string_new ("{");
  g_autoptr (GPtrArray) targets = g_ptr_array_new ();
  const SiambanCropTarget *previous = NULL;

  for (guint i = 0; i < self->targets->len; i++)
    {
      SiambanCropTarget *target = &g_array_index (self->targets, SiambanCropTarget, i);

      if (target->done)
        g_ptr_array_add (targets, target);
    }
  g_ptr_array_sort_with_data (targets, compare_targets_cb, self->videos);

  for (guint i = 0; i < targets->len; i++)
    {
      const SiambanCropTarget *target = targets->pdata[i];
      const gboolean new_video = previous == NULL || previous->video != target->video;
      const gboolean new_track = new_video || previous->track != target->track;

      if (previous != NULL)
        g_string_append (text, new_video ? "}},\n" : new_track ? "},\n " : ",\n  ");
      if (new_video)
        {
          append_string (text, self->videos->pdata[target->video]);
          g_string_append (text, ": {");
        }
      if (new_track)
        g_string_append_printf (text, "\"%02u\": {", target->track);
      append_target (text, target);
      previous = target;
    }
  g_string_append (text, previous != NULL ? "}}}\n" : "}\n");

  return _siamban_write_atomically (path, text->str, text->len, error);
}
