/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <string.h>

#include "siamban-ground-truth-private.h"
#include "siamban.h"

#include "fuzz-target.h"

/* Whatever is accepted is written and read again as the same number of boxes. */
int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) second_error = NULL;
  g_autoptr (SiambanTrajectory) boxes = NULL;
  g_autoptr (SiambanTrajectory) again = NULL;
  g_autoptr (GString) text = g_string_new (NULL);

  boxes = _siamban_ground_truth_parse ((const char *) data, size, "fuzz", &error);
  g_assert_true ((boxes == NULL) == (error != NULL));
  if (boxes == NULL)
    {
      g_assert_true (g_utf8_validate (error->message, -1, NULL));
      return 0;
    }

  for (guint i = 0; i < siamban_trajectory_get_n_frames (boxes); i++)
    {
      SiambanBox box;

      siamban_trajectory_get_box (boxes, i, &box);
      _siamban_ground_truth_append_line (text, &box);
    }
  again = _siamban_ground_truth_parse (text->str, text->len, "again", &second_error);
  g_assert_no_error (second_error);
  g_assert_cmpuint (siamban_trajectory_get_n_frames (again), ==,
                    siamban_trajectory_get_n_frames (boxes));

  return 0;
}
