/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-trajectory-private.h"

#include <math.h>

/**
 * SiambanTrajectory:
 *
 * Where a target is in each frame of a sequence: one box a frame, or none where the target is
 * absent.
 *
 * Both ground truth ([func@Siamban.ground_truth_read]) and the answers of a tracker
 * ([func@Siamban.result_file_read]) are trajectories. Immutable and reference counted: threads
 * may share it.
 *
 * Since: 0.1
 */
struct _SiambanTrajectory
{
  guint n_frames;
  guint n_boxes;
  SiambanBox *boxes; /* (n_frames) */
};

G_DEFINE_BOXED_TYPE (SiambanTrajectory,
                     siamban_trajectory,
                     siamban_trajectory_ref,
                     siamban_trajectory_unref)

static void
clear_trajectory (gpointer data)
{
  SiambanTrajectory *self = data;

  g_free (self->boxes);
}

/**
 * siamban_trajectory_new: (constructor)
 * @boxes: (array length=n_boxes) (nullable): a box for each frame; one that is not valid
 *   ([method@Box.is_valid]) means that the target is absent
 * @n_boxes: the number of frames
 *
 * Makes a trajectory; the boxes are copied.
 *
 * Returns: (transfer full): a new trajectory
 *
 * Since: 0.1
 */
SiambanTrajectory *
siamban_trajectory_new (const SiambanBox *boxes, gsize n_boxes)
{
  SiambanTrajectory *self;

  g_return_val_if_fail (boxes != NULL || n_boxes == 0, NULL);
  g_return_val_if_fail (n_boxes <= G_MAXUINT, NULL);

  self = g_atomic_rc_box_new0 (SiambanTrajectory);
  self->n_frames = (guint) n_boxes;
  self->boxes = g_new (SiambanBox, n_boxes);
  for (gsize i = 0; i < n_boxes; i++)
    {
      const gboolean valid = siamban_box_is_valid (&boxes[i]);

      self->boxes[i] = valid ? boxes[i] : (SiambanBox){ NAN, NAN, NAN, NAN };
      self->n_boxes += valid ? 1 : 0;
    }

  return self;
}

/**
 * siamban_trajectory_ref:
 * @self: a trajectory
 *
 * Takes a reference.
 *
 * Returns: (transfer full): @self
 *
 * Since: 0.1
 */
SiambanTrajectory *
siamban_trajectory_ref (SiambanTrajectory *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return g_atomic_rc_box_acquire (self);
}

/**
 * siamban_trajectory_unref:
 * @self: (transfer full): a trajectory
 *
 * Gives a reference back; the last one frees the trajectory.
 *
 * Since: 0.1
 */
void
siamban_trajectory_unref (SiambanTrajectory *self)
{
  g_return_if_fail (self != NULL);

  g_atomic_rc_box_release_full (self, clear_trajectory);
}

/**
 * siamban_trajectory_get_n_frames:
 * @self: a trajectory
 *
 * Gets the length.
 *
 * Returns: the number of frames, with or without a box
 *
 * Since: 0.1
 */
guint
siamban_trajectory_get_n_frames (SiambanTrajectory *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->n_frames;
}

/**
 * siamban_trajectory_get_n_boxes:
 * @self: a trajectory
 *
 * Counts the frames in which the target is present.
 *
 * Returns: the number of frames that have a box
 *
 * Since: 0.1
 */
guint
siamban_trajectory_get_n_boxes (SiambanTrajectory *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->n_boxes;
}

/**
 * siamban_trajectory_get_box:
 * @self: a trajectory
 * @frame: index of the frame; one past the end has no box
 * @box: (out caller-allocates): the box, in pixels of the frame; NaN edges if there is none
 *
 * Gets the box of one frame.
 *
 * Returns: %TRUE if the target is present in that frame
 *
 * Since: 0.1
 */
gboolean
siamban_trajectory_get_box (SiambanTrajectory *self, guint frame, SiambanBox *box)
{
  g_return_val_if_fail (self != NULL && box != NULL, FALSE);

  *box = frame < self->n_frames ? self->boxes[frame] : (SiambanBox){ NAN, NAN, NAN, NAN };

  return siamban_box_is_valid (box);
}

const SiambanBox *
_siamban_trajectory_peek (SiambanTrajectory *self)
{
  return self->boxes;
}
