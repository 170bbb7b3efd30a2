/* SPDX-License-Identifier: Apache-2.0 */
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#include "files.h"
#include "run.h"

#define N_FRAMES 4

static const SiambanBox truth_boxes[N_FRAMES] = { { 0, 0, 10, 20 },
                                                  { 10, 0, 20, 20 },
                                                  { 0, 0, 0, 0 },
                                                  { 100, 100, 140, 120 } };

static SiambanTrajectory *
make_truth (void)
{
  return siamban_trajectory_new (truth_boxes, N_FRAMES);
}

static void
test_perfect (void)
{
  g_autoptr (SiambanTrajectory) truth = make_truth ();
  g_autoptr (GError) error = NULL;
  g_autoptr (SiambanEvaluation) self = siamban_evaluation_new (truth, truth, &error);
  const double *curve;
  gsize n_thresholds;

  g_assert_no_error (error);
  g_assert_cmpuint (siamban_evaluation_get_n_frames (self), ==, 3);
  g_assert_cmpfloat_with_epsilon (siamban_evaluation_get_auc (self), 20.0 / 21.0, 1e-12);
  g_assert_cmpfloat (siamban_evaluation_get_mean_iou (self), ==, 1);
  g_assert_cmpfloat (siamban_evaluation_get_precision (self), ==, 1);
  g_assert_cmpfloat (siamban_evaluation_get_normalized_precision (self), ==, 1);

  curve = siamban_evaluation_get_success_curve (self, &n_thresholds);
  g_assert_cmpuint (n_thresholds, ==, 21);
  g_assert_cmpfloat (curve[0], ==, 1);
  g_assert_cmpfloat (curve[20], ==, 0);
  curve = siamban_evaluation_get_precision_curve (self, &n_thresholds);
  g_assert_cmpuint (n_thresholds, ==, 51);
  g_assert_cmpfloat (curve[0], ==, 1);
}

/* Three answers worked out by hand: half beside, far off, and none at all. */
static void
test_by_hand (void)
{
  const SiambanBox answers[N_FRAMES] = {
    { 5, 0, 15, 20 }, { 34, 0, 44, 20 }, { 3, 3, 4, 4 }, { NAN, 0, 0, 0 }
  };
  g_autoptr (SiambanTrajectory) truth = make_truth ();
  g_autoptr (SiambanTrajectory) predicted = siamban_trajectory_new (answers, N_FRAMES);
  g_autoptr (GError) error = NULL;
  g_autoptr (SiambanEvaluation) self = siamban_evaluation_new (predicted, truth, &error);
  g_autofree char *text = NULL;
  const double *curve;
  gsize n;

  g_assert_no_error (error);
  g_assert_cmpuint (siamban_evaluation_get_n_frames (self), ==, 3);
  /* The first overlaps by 1/3: above the 7 thresholds 0 … 0.3. */
  g_assert_cmpfloat_with_epsilon (siamban_evaluation_get_mean_iou (self), 1.0 / 9.0, 1e-12);
  g_assert_cmpfloat_with_epsilon (siamban_evaluation_get_auc (self), 7.0 / 63.0, 1e-12);
  curve = siamban_evaluation_get_success_curve (self, &n);
  g_assert_cmpfloat_with_epsilon (curve[6], 1.0 / 3.0, 1e-12);
  g_assert_cmpfloat (curve[7], ==, 0);

  /* Centres are 5 and 24 pixels off; 0.5 and 2.4 widths. */
  curve = siamban_evaluation_get_precision_curve (self, &n);
  g_assert_cmpfloat (curve[4], ==, 0);
  g_assert_cmpfloat_with_epsilon (curve[5], 1.0 / 3.0, 1e-12);
  g_assert_cmpfloat_with_epsilon (curve[23], 1.0 / 3.0, 1e-12);
  g_assert_cmpfloat_with_epsilon (curve[24], 2.0 / 3.0, 1e-12);
  g_assert_cmpfloat_with_epsilon (siamban_evaluation_get_precision (self), 1.0 / 3.0, 1e-12);
  curve = siamban_evaluation_get_normalized_precision_curve (self, &n);
  g_assert_cmpuint (n, ==, 51);
  g_assert_cmpfloat (curve[49], ==, 0);
  g_assert_cmpfloat_with_epsilon (curve[50], 1.0 / 3.0, 1e-12);
  g_assert_cmpfloat (siamban_evaluation_get_normalized_precision (self), ==, 0);

  text = siamban_evaluation_to_string (self);
  g_assert_nonnull (strstr (text, "AUC 0.111"));
}

static void
test_mean (void)
{
  g_autoptr (SiambanTrajectory) truth = make_truth ();
  g_autoptr (SiambanTrajectory) lost = NULL;
  g_autoptr (SiambanEvaluation) good = siamban_evaluation_new (truth, truth, NULL);
  g_autoptr (SiambanEvaluation) bad = NULL;
  g_autoptr (SiambanEvaluation) both = NULL;
  g_autoptr (SiambanEvaluation) again = siamban_evaluation_ref (good);
  const SiambanBox nowhere[N_FRAMES] = { { 0 } };
  SiambanEvaluation *parts[2];

  lost = siamban_trajectory_new (nowhere, N_FRAMES);
  bad = siamban_evaluation_new (lost, truth, NULL);
  g_assert_cmpfloat (siamban_evaluation_get_auc (bad), ==, 0);
  g_assert_cmpfloat (siamban_evaluation_get_precision (bad), ==, 0);

  parts[0] = again;
  parts[1] = bad;
  both = siamban_evaluation_new_mean (parts, 2);
  g_assert_cmpfloat_with_epsilon (siamban_evaluation_get_auc (both), 10.0 / 21.0, 1e-12);
  g_assert_cmpfloat_with_epsilon (siamban_evaluation_get_mean_iou (both), 0.5, 1e-12);
  g_assert_cmpuint (siamban_evaluation_get_n_frames (both), ==, 6);
}

static void
test_faults (void)
{
  const SiambanBox nowhere[N_FRAMES] = { { 0 } };
  g_autoptr (SiambanTrajectory) truth = make_truth ();
  g_autoptr (SiambanTrajectory) shorter = siamban_trajectory_new (truth_boxes, N_FRAMES - 1);
  g_autoptr (SiambanTrajectory) absent = siamban_trajectory_new (nowhere, N_FRAMES);
  g_autoptr (GError) error = NULL;

  g_assert_null (siamban_evaluation_new (shorter, truth, &error));
  g_assert_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_DATA);
  g_assert_nonnull (strstr (error->message, "3 boxes"));
  g_clear_error (&error);

  g_assert_null (siamban_evaluation_new (truth, absent, &error));
  g_assert_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_DATA);
}

static void
test_result_file (void)
{
  const SiambanBox boxes[] = { { 0.1, 0.2, 10.25, 20.5 },
                               { NAN, NAN, NAN, NAN },
                               { -3, -4, 5, 6 } };
  g_autofree char *folder = g_dir_make_tmp ("siamban-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "result.txt", NULL);
  g_autofree char *text = NULL;
  g_autoptr (SiambanTrajectory) written = siamban_trajectory_new (boxes, G_N_ELEMENTS (boxes));
  g_autoptr (SiambanTrajectory) read = NULL;
  g_autoptr (GError) error = NULL;
  SiambanBox box;

  g_assert_true (siamban_result_file_write (path, written, &error));
  g_assert_no_error (error);
  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  g_assert_true (g_str_has_suffix (text, "nan,nan,nan,nan\n-3,-4,8,10\n"));

  read = siamban_result_file_read (path, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (siamban_trajectory_get_n_frames (read), ==, 3);
  g_assert_cmpuint (siamban_trajectory_get_n_boxes (read), ==, 2);
  g_assert_true (siamban_trajectory_get_box (read, 0, &box));
  g_assert_cmpfloat_with_epsilon (box.x2, 10.25, 1e-14);
  g_assert_cmpfloat (box.y1, ==, 0.2);

  g_assert_false (siamban_result_file_write ("/nonexistent/folder/result.txt", written, &error));
  g_assert_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_IO);

  g_unlink (path);
  g_rmdir (folder);
}

static SiambanEvaluation *
validate (RunFixture *fixture, const char *folder, GCancellable *cancellable, GError **error)
{
  g_autofree char *path = g_build_filename (fixture->folder, "crop511", folder, NULL);
  g_autoptr (SiambanValidation) self = siamban_validation_new (path, error);
  g_autoptr (SiambanModel) model = siamban_model_new (fixture->config, error);
  g_autoptr (SiambanDevice) device = siamban_device_open ("reference", error);
  g_autoptr (SiambanTracker) tracker = siamban_tracker_new (model, NULL, device, error);

  if (self == NULL)
    return NULL;
  g_assert_cmpuint (siamban_validation_get_n_sequences (self), ==, *folder ? 1 : 2);

  return siamban_validation_run (self, tracker, cancellable, error);
}

/* The mean over the sequences of a folder is that of each of them. */
static void
test_validation (RunFixture *fixture, gconstpointer data)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (SiambanEvaluation) first = NULL;
  g_autoptr (SiambanEvaluation) second = NULL;
  g_autoptr (SiambanEvaluation) mean = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_null (validate (fixture, "", NULL, &error));
  g_assert_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_DATA);
  g_assert_nonnull (strstr (error->message, "groundtruth.txt"));
  g_clear_error (&error);

  files_write (fixture->folder, "crop511/v0/groundtruth.txt",
               "200,200,100,100\n210,200,100,100\n220,200,100,100\n");
  files_write (fixture->folder, "crop511/v2/groundtruth.txt",
               "150,180,120,90\n150,180,120,90\n150,170,120,90\n");
  first = validate (fixture, "v0", NULL, &error);
  g_assert_no_error (error);
  second = validate (fixture, "v2", NULL, &error);
  g_assert_no_error (error);
  mean = validate (fixture, "", NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpfloat (siamban_evaluation_get_mean_iou (first), >, 0);
  g_assert_cmpfloat_with_epsilon (
      siamban_evaluation_get_mean_iou (mean),
      (siamban_evaluation_get_mean_iou (first) + siamban_evaluation_get_mean_iou (second)) / 2,
      1e-12);

  g_cancellable_cancel (cancellable);
  g_assert_null (validate (fixture, "", cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/evaluation/perfect", test_perfect);
  g_test_add_func ("/evaluation/by-hand", test_by_hand);
  g_test_add_func ("/evaluation/mean", test_mean);
  g_test_add_func ("/evaluation/faults", test_faults);
  g_test_add_func ("/evaluation/result-file", test_result_file);

  g_test_add ("/evaluation/validation", RunFixture, NULL, run_set_up, test_validation,
              run_tear_down);

  return g_test_run ();
}
