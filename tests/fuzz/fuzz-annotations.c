/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "siamban.h"

#include "fuzz-target.h"

/* Whatever is accepted can be read to its end: names are text, frames are sorted, boxes valid. */
int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = g_bytes_new_static (data, size);
  g_autoptr (SiambanAnnotations) read = siamban_annotations_new_from_bytes (bytes, "fuzz", &error);
  guint n_frames = 0;

  g_assert_true ((read == NULL) == (error != NULL));
  if (read == NULL)
    {
      g_assert_true (g_str_has_prefix (error->message, "fuzz:"));
      return 0;
    }

  for (guint i = 0; i < siamban_annotations_get_n_videos (read); i++)
    {
      g_assert_true (g_utf8_validate (siamban_annotations_get_video_name (read, i), -1, NULL));
      g_assert_cmpuint (siamban_annotations_get_n_tracks (read, i), >, 0);
      for (guint j = 0; j < siamban_annotations_get_n_tracks (read, i); j++)
        {
          const guint n = siamban_annotations_get_n_frames (read, i, j);

          g_assert_true (
              g_utf8_validate (siamban_annotations_get_track_name (read, i, j), -1, NULL));
          g_assert_cmpuint (n, >, 0);
          n_frames += n;
          for (guint k = 0; k < n; k++)
            {
              g_assert_true (siamban_box_is_valid (siamban_annotations_get_box (read, i, j, k)));
              g_assert_true (k == 0 || siamban_annotations_get_frame_number (read, i, j, k - 1) <
                                           siamban_annotations_get_frame_number (read, i, j, k));
            }
        }
    }
  g_assert_cmpuint (n_frames, <=, siamban_annotations_get_n_frames_total (read));

  return 0;
}
