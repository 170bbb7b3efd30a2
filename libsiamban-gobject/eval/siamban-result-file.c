/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-result-file.h"

#include "siamban-atomic-file-private.h"
#include "siamban-ground-truth-private.h"
#include "siamban-trajectory-private.h"

/**
 * siamban_result_file_read:
 * @path: (type filename): a text file with one box a line
 * @error: return location for an error
 *
 * Reads what a tracker answered on one sequence, written by [func@Siamban.result_file_write] or
 * by another tool of the OTB, UAV or LaSOT manner: `x,y,width,height` for each frame, the first
 * frame included.
 *
 * Everything that [func@Siamban.ground_truth_read] takes is taken here, with the same errors.
 *
 * Returns: (transfer full): a box for each line
 *
 * Since: 0.1
 */
SiambanTrajectory *
siamban_result_file_read (const char *path, GError **error)
{
  return siamban_ground_truth_read (path, error);
}

/**
 * siamban_result_file_write:
 * @path: (type filename): the file to write
 * @trajectory: the tracker's boxes
 * @error: return location for an error
 *
 * Writes one line `x,y,width,height` for each frame, and `nan,nan,nan,nan` where there is no box.
 *
 * The edges are read back as the same numbers, to the last bit of the sums. The file appears
 * whole or not at all.
 *
 * Errors: %SIAMBAN_ERROR_IO if the file cannot be written.
 *
 * Returns: %TRUE on success
 *
 * Since: 0.1
 */
gboolean
siamban_result_file_write (const char *path, SiambanTrajectory *trajectory, GError **error)
{
  g_autoptr (GString) text = g_string_new (NULL);
  const SiambanBox *boxes;

  g_return_val_if_fail (path != NULL && trajectory != NULL, FALSE);

  boxes = _siamban_trajectory_peek (trajectory);
  for (guint i = 0; i < siamban_trajectory_get_n_frames (trajectory); i++)
    _siamban_ground_truth_append_line (text, &boxes[i]);

  return _siamban_write_atomically (path, text->str, text->len, error);
}
