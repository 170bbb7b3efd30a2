/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-evaluation.h"

#include <math.h>

#include "siamban-error.h"
#include "siamban-trajectory-private.h"

#define N_SUCCESS 21
#define SUCCESS_STEP 0.05
#define N_PRECISION 51
#define NORMALIZED_STEP 0.01
/* The one threshold that tables quote: 20 pixels, and 20 % of the target's size. */
#define QUOTED_THRESHOLD 20

/**
 * SiambanEvaluation:
 *
 * How well a tracker followed a target, by the one-pass measures of OTB, UAV123, NFS and LaSOT.
 *
 * - Success: the share of frames whose overlap (intersection over union) with the ground truth is
 *   *above* a threshold, for 21 thresholds 0, 0.05 … 1. Its mean is the AUC. No overlap is above
 *   1, so a perfect tracker has 20/21.
 * - Precision: the share of frames whose centre is *at most* 0, 1 … 50 pixels off; quoted at 20.
 * - Normalised precision: the same with each direction divided by the target's size, for 0, 0.01 …
 *   0.5; quoted at 0.2.
 *
 * Frames without ground truth are left out; a frame without an answer counts as a miss.
 * Immutable and reference counted: threads may share it. Sources: Wu et al., «Object Tracking
 * Benchmark» (2015); Müller et al., «TrackingNet» (2018) for the normalised precision.
 *
 * Since: 0.1
 */
struct _SiambanEvaluation
{
  guint n_frames;
  double mean_iou;
  double auc;
  double success[N_SUCCESS];
  double precision[N_PRECISION];
  double normalized_precision[N_PRECISION];
};

G_DEFINE_BOXED_TYPE (SiambanEvaluation,
                     siamban_evaluation,
                     siamban_evaluation_ref,
                     siamban_evaluation_unref)

/* Infinite without an answer, which is above every threshold. */
static double
get_center_error (const SiambanBox *predicted,
                  const SiambanBox *truth,
                  double unit_x,
                  double unit_y)
{
  if (!siamban_box_is_valid (predicted))
    return INFINITY;

  return hypot ((siamban_box_get_center_x (predicted) - siamban_box_get_center_x (truth)) / unit_x,
                (siamban_box_get_center_y (predicted) - siamban_box_get_center_y (truth)) / unit_y);
}

/* Adds one frame to the counts, which become shares when all frames are in. */
static void
count_frame (SiambanEvaluation *self, const SiambanBox *predicted, const SiambanBox *truth)
{
  const double iou = siamban_box_is_valid (predicted) ? siamban_box_get_iou (predicted, truth) : 0;
  const double pixels = get_center_error (predicted, truth, 1, 1);
  const double normalized = get_center_error (predicted, truth, siamban_box_get_width (truth),
                                              siamban_box_get_height (truth));

  self->n_frames++;
  self->mean_iou += iou;
  for (guint i = 0; i < N_SUCCESS; i++)
    self->success[i] += iou > i * SUCCESS_STEP ? 1 : 0;
  for (guint i = 0; i < N_PRECISION; i++)
    {
      self->precision[i] += pixels <= i ? 1 : 0;
      self->normalized_precision[i] += normalized <= i * NORMALIZED_STEP ? 1 : 0;
    }
}

static void
divide (SiambanEvaluation *self, double n)
{
  self->mean_iou /= n;
  self->auc = 0;
  for (guint i = 0; i < N_SUCCESS; i++)
    {
      self->success[i] /= n;
      self->auc += self->success[i] / N_SUCCESS;
    }
  for (guint i = 0; i < N_PRECISION; i++)
    {
      self->precision[i] /= n;
      self->normalized_precision[i] /= n;
    }
}

/**
 * siamban_evaluation_new: (constructor)
 * @predicted: the tracker's boxes, one for each frame, the first frame included
 * @truth: the ground truth of the same frames
 * @error: return location for an error
 *
 * Evaluates one sequence.
 *
 * Errors: %SIAMBAN_ERROR_INVALID_DATA if the two are not equally long or no frame has ground
 * truth.
 *
 * Returns: (transfer full): a new evaluation
 *
 * Since: 0.1
 */
SiambanEvaluation *
siamban_evaluation_new (SiambanTrajectory *predicted, SiambanTrajectory *truth, GError **error)
{
  g_autoptr (SiambanEvaluation) self = NULL;
  const SiambanBox *answers, *boxes;
  guint n_frames;

  g_return_val_if_fail (predicted != NULL && truth != NULL, NULL);

  n_frames = siamban_trajectory_get_n_frames (truth);
  if (siamban_trajectory_get_n_frames (predicted) != n_frames)
    {
      g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_DATA,
                   "The result has %u boxes, but the ground truth has %u frames",
                   siamban_trajectory_get_n_frames (predicted), n_frames);
      return NULL;
    }
  if (siamban_trajectory_get_n_boxes (truth) == 0)
    {
      g_set_error_literal (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_DATA,
                           "No frame has ground truth to compare with");
      return NULL;
    }

  self = g_atomic_rc_box_new0 (SiambanEvaluation);
  answers = _siamban_trajectory_peek (predicted);
  boxes = _siamban_trajectory_peek (truth);
  for (guint i = 0; i < n_frames; i++)
    if (siamban_box_is_valid (&boxes[i]))
      count_frame (self, &answers[i], &boxes[i]);
  divide (self, self->n_frames);

  return g_steal_pointer (&self);
}

/**
 * siamban_evaluation_new_mean: (constructor)
 * @evaluations: (array length=n_evaluations): evaluations of single sequences
 * @n_evaluations: how many, at least 1
 *
 * Makes the evaluation of a whole data set: the mean over its sequences, each of which counts the
 * same, however long it is.
 *
 * Returns: (transfer full): a new evaluation, whose number of frames is the sum
 *
 * Since: 0.1
 */
SiambanEvaluation *
siamban_evaluation_new_mean (SiambanEvaluation *const *evaluations, gsize n_evaluations)
{
  SiambanEvaluation *self;

  g_return_val_if_fail (evaluations != NULL && n_evaluations > 0, NULL);

  self = g_atomic_rc_box_new0 (SiambanEvaluation);
  for (gsize k = 0; k < n_evaluations; k++)
    {
      const SiambanEvaluation *other = evaluations[k];

      self->n_frames += other->n_frames;
      self->mean_iou += other->mean_iou;
      for (guint i = 0; i < N_SUCCESS; i++)
        self->success[i] += other->success[i];
      for (guint i = 0; i < N_PRECISION; i++)
        {
          self->precision[i] += other->precision[i];
          self->normalized_precision[i] += other->normalized_precision[i];
        }
    }
  divide (self, (double) n_evaluations);

  return self;
}

/**
 * siamban_evaluation_ref:
 * @self: an evaluation
 *
 * Takes a reference.
 *
 * Returns: (transfer full): @self
 *
 * Since: 0.1
 */
SiambanEvaluation *
siamban_evaluation_ref (SiambanEvaluation *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return g_atomic_rc_box_acquire (self);
}

/**
 * siamban_evaluation_unref:
 * @self: (transfer full): an evaluation
 *
 * Gives a reference back; the last one frees the evaluation.
 *
 * Since: 0.1
 */
void
siamban_evaluation_unref (SiambanEvaluation *self)
{
  g_return_if_fail (self != NULL);

  g_atomic_rc_box_release (self);
}

/**
 * siamban_evaluation_get_n_frames:
 * @self: an evaluation
 *
 * Gets how many frames were compared.
 *
 * Returns: the number of frames with ground truth
 *
 * Since: 0.1
 */
guint
siamban_evaluation_get_n_frames (SiambanEvaluation *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->n_frames;
}

/**
 * siamban_evaluation_get_auc:
 * @self: an evaluation
 *
 * Gets the area under the success curve.
 *
 * Returns: the mean of the 21 points, 0 to 20/21
 *
 * Since: 0.1
 */
double
siamban_evaluation_get_auc (SiambanEvaluation *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->auc;
}

/**
 * siamban_evaluation_get_mean_iou:
 * @self: an evaluation
 *
 * Gets the mean overlap with the ground truth.
 *
 * Returns: the mean intersection over union, 0 to 1
 *
 * Since: 0.1
 */
double
siamban_evaluation_get_mean_iou (SiambanEvaluation *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->mean_iou;
}

/**
 * siamban_evaluation_get_precision:
 * @self: an evaluation
 *
 * Gets the precision that tables quote.
 *
 * Returns: the share of frames whose centre is at most 20 pixels off, 0 to 1
 *
 * Since: 0.1
 */
double
siamban_evaluation_get_precision (SiambanEvaluation *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->precision[QUOTED_THRESHOLD];
}

/**
 * siamban_evaluation_get_normalized_precision:
 * @self: an evaluation
 *
 * Gets the normalised precision that tables quote.
 *
 * Returns: the share of frames whose centre is at most 0.2 target sizes off, 0 to 1
 *
 * Since: 0.1
 */
double
siamban_evaluation_get_normalized_precision (SiambanEvaluation *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->normalized_precision[QUOTED_THRESHOLD];
}

/**
 * siamban_evaluation_get_success_curve:
 * @self: an evaluation
 * @n_thresholds: (out): number of points, 21
 *
 * Gets the success curve, for drawing.
 *
 * Returns: (array length=n_thresholds) (transfer none): share of frames whose overlap is above
 *   0, 0.05 … 1
 *
 * Since: 0.1
 */
const double *
siamban_evaluation_get_success_curve (SiambanEvaluation *self, gsize *n_thresholds)
{
  g_return_val_if_fail (self != NULL && n_thresholds != NULL, NULL);

  *n_thresholds = N_SUCCESS;

  return self->success;
}

/**
 * siamban_evaluation_get_precision_curve:
 * @self: an evaluation
 * @n_thresholds: (out): number of points, 51
 *
 * Gets the precision curve, for drawing.
 *
 * Returns: (array length=n_thresholds) (transfer none): share of frames whose centre is at most
 *   0, 1 … 50 pixels off
 *
 * Since: 0.1
 */
const double *
siamban_evaluation_get_precision_curve (SiambanEvaluation *self, gsize *n_thresholds)
{
  g_return_val_if_fail (self != NULL && n_thresholds != NULL, NULL);

  *n_thresholds = N_PRECISION;

  return self->precision;
}

/**
 * siamban_evaluation_get_normalized_precision_curve:
 * @self: an evaluation
 * @n_thresholds: (out): number of points, 51
 *
 * Gets the normalised precision curve, for drawing.
 *
 * Returns: (array length=n_thresholds) (transfer none): share of frames whose centre is at most
 *   0, 0.01 … 0.5 target sizes off
 *
 * Since: 0.1
 */
const double *
siamban_evaluation_get_normalized_precision_curve (SiambanEvaluation *self, gsize *n_thresholds)
{
  g_return_val_if_fail (self != NULL && n_thresholds != NULL, NULL);

  *n_thresholds = N_PRECISION;

  return self->normalized_precision;
}

/**
 * siamban_evaluation_to_string:
 * @self: an evaluation
 *
 * Writes the quoted numbers for people.
 *
 * Returns: (transfer full): one line
 *
 * Since: 0.1
 */
char *
siamban_evaluation_to_string (SiambanEvaluation *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return g_strdup_printf (
      "AUC %.3f, precision %.3f, normalised precision %.3f, mean IoU %.3f, %u frames", self->auc,
      self->precision[QUOTED_THRESHOLD], self->normalized_precision[QUOTED_THRESHOLD],
      self->mean_iou, self->n_frames);
}
