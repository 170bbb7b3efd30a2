/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-cli.h"

SiambanEvaluation *
cli_evaluate_static (SiambanTrajectory *truth)
{
  const guint n_frames = siamban_trajectory_get_n_frames (truth);
  g_autofree SiambanBox *boxes = g_new0 (SiambanBox, n_frames);
  g_autoptr (SiambanTrajectory) fixed = NULL;
  SiambanBox first;
  guint start = 0;

  while (start < n_frames && !siamban_trajectory_get_box (truth, start, &first))
    start++;
  for (guint i = 0; i < n_frames; i++)
    boxes[i] = first;
  fixed = siamban_trajectory_new (boxes, n_frames);

  return siamban_evaluation_new (fixed, truth, NULL);
}
