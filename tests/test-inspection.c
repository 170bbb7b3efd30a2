/* SPDX-License-Identifier: Apache-2.0 */
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#include "crops.h"
#include "run.h"

static SiambanSubDataset *
source_of (SiambanDataset *dataset, guint i)
{
  return g_list_model_get_item (siamban_dataset_get_sub_datasets (dataset), i);
}

/* Sources, videos, tracks and frames name the crops that lie on the disk, each once. */
static void
test_lists (void)
{
  g_autoptr (Crops) crops = crops_new ("a", 3, 4, 64);
  const int num_use = -1;
  g_autoptr (SiambanDataset) dataset = crops_mix (&crops, &num_use, 1, 4, 1);
  g_autoptr (SiambanSubDataset) source = source_of (dataset, 0);
  g_autoptr (GListModel) videos = siamban_sub_dataset_list_videos (source);
  g_autoptr (GListModel) all = siamban_sub_dataset_list_frames (source);
  guint n = 0;

  g_assert_cmpuint (g_list_model_get_n_items (videos), ==, 3);
  g_assert_cmpuint (g_list_model_get_n_items (all), ==, 12);
  g_assert_null (g_list_model_get_item (all, 12));
  for (guint i = 0; i < 3; i++)
    {
      g_autoptr (SiambanVideo) video = g_list_model_get_item (videos, i);
      g_autoptr (GListModel) tracks = siamban_video_list_tracks (video);
      g_autoptr (SiambanTrack) track = g_list_model_get_item (tracks, 0);
      g_autoptr (GListModel) frames = siamban_track_list_frames (track);
      g_autoptr (GListModel) of_video = siamban_video_list_frames (video);

      g_assert_true (g_list_model_get_item_type (tracks) == SIAMBAN_TYPE_TRACK);
      g_assert_cmpuint (g_list_model_get_n_items (tracks), ==, 1);
      g_assert_cmpuint (g_list_model_get_n_items (frames), ==, 4);
      g_assert_cmpuint (g_list_model_get_n_items (of_video), ==, 4);
      g_assert_cmpstr (siamban_track_get_name (track), ==, "00");
      for (guint j = 0; j < 4; j++, n++)
        {
          g_autoptr (SiambanFrame) frame = g_list_model_get_item (frames, j);
          g_autoptr (SiambanFrame) same = g_list_model_get_item (all, n);
          g_autoptr (SiambanFrame) again = g_list_model_get_item (of_video, j);
          g_autofree char *path = siamban_frame_get_path (frame);
          g_autofree char *same_path = siamban_frame_get_path (same);
          g_autofree char *again_path = siamban_frame_get_path (again);
          g_autofree char *expected = crops_path (crops, i, j);

          g_assert_cmpstr (path, ==, expected);
          g_assert_cmpstr (same_path, ==, expected);
          g_assert_cmpstr (again_path, ==, expected);
          g_assert_cmpuint (siamban_frame_get_number (frame), ==, 2 * j);
          g_assert_cmpstr (siamban_frame_get_video_name (frame), ==,
                           siamban_video_get_name (video));
          g_assert_cmpstr (siamban_frame_get_track_name (frame), ==, "00");
          g_assert_cmpfloat (siamban_frame_get_box (frame)->x2, ==, i + 30 + j);
        }
    }
}

/* Several tracks in a video, of different lengths. */
static void
test_tracks (void)
{
  static const char text[] = "{\"a\": {\"00\": {\"000000\": [0, 0, 4, 4]},"
                             "        \"01\": {\"000003\": [0, 0, 4, 4], \"000007\": [0, 0, 4, 4]},"
                             "        \"02\": {\"000001\": [0, 0, 4, 4]}},"
                             " \"b\": {\"00\": {\"000009\": [0, 0, 4, 4]}}}";
  static const char *const expected[] = { "a/000000.00.x.jpg", "a/000003.01.x.jpg",
                                          "a/000007.01.x.jpg", "a/000001.02.x.jpg",
                                          "b/000009.00.x.jpg" };
  g_autofree char *anno = g_build_filename (g_get_tmp_dir (), "tracks.json", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (SiambanSubDataset) source = NULL;
  g_autoptr (GListModel) frames = NULL;

  g_assert_true (g_file_set_contents (anno, text, -1, NULL));
  source = siamban_sub_dataset_new ("T", "", anno, 1, -1, 0, &error);
  g_assert_no_error (error);
  g_assert_cmpint (g_remove (anno), ==, 0);
  frames = siamban_sub_dataset_list_frames (source);
  g_assert_cmpuint (g_list_model_get_n_items (frames), ==, G_N_ELEMENTS (expected));
  for (guint i = 0; i < G_N_ELEMENTS (expected); i++)
    {
      g_autoptr (SiambanFrame) frame = g_list_model_get_item (frames, i);
      g_autofree char *path = siamban_frame_get_path (frame);

      g_assert_true (g_str_has_suffix (path, expected[i]));
    }
}

/* The target is in the middle of its crop, at the scale of the template. */
static void
test_box_in_crop (void)
{
  g_autoptr (Crops) crops = crops_new ("a", 1, 1, 64);
  const int num_use = -1;
  g_autoptr (SiambanDataset) dataset = crops_mix (&crops, &num_use, 1, 1, 1);
  g_autoptr (SiambanSubDataset) source = source_of (dataset, 0);
  g_autoptr (GListModel) frames = siamban_sub_dataset_list_frames (source);
  g_autoptr (SiambanFrame) frame = g_list_model_get_item (frames, 0);
  g_autoptr (SiambanBox) box = siamban_frame_get_box_in_crop (frame, 511, 127);
  /* 30 × 40 with half of 70 around: 65 × 75 pixels become a square of 127. */
  const double scale = 127 / sqrt (65.0 * 75);

  g_assert_cmpfloat_with_epsilon (box->x2 - box->x1, 30 * scale, 1e-9);
  g_assert_cmpfloat_with_epsilon (box->y2 - box->y1, 40 * scale, 1e-9);
  g_assert_cmpfloat_with_epsilon (box->x1 + box->x2, 2 * 255, 1e-9);
}

static void
store_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GAsyncResult **stored = user_data;

  g_assert_true (g_main_context_is_owner (g_main_context_default ()));
  *stored = g_object_ref (result);
}

static void
test_statistics (void)
{
  g_autoptr (Crops) crops = crops_new ("a", 3, 4, 16);
  const int num_use = -1;
  g_autoptr (SiambanDataset) dataset = crops_mix (&crops, &num_use, 1, 1, 1);
  g_autoptr (SiambanSubDataset) source = source_of (dataset, 0);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (SiambanStatistics) statistics = NULL;
  g_autoptr (GCancellable) cancelled = g_cancellable_new ();
  SiambanHistogram *ratios, *lengths;
  guint64 n = 0;

  siamban_sub_dataset_measure_async (source, NULL, store_cb, &result);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
  statistics = siamban_sub_dataset_measure_finish (source, result, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (siamban_statistics_get_n_videos (statistics), ==, 3);
  g_assert_cmpuint (siamban_statistics_get_n_tracks (statistics), ==, 3);
  g_assert_cmpuint (siamban_statistics_get_n_frames (statistics), ==, 12);

  /* Boxes are 30 to 33 pixels wide and 40 high, whatever the video. */
  ratios = siamban_statistics_get_aspect_ratios (statistics);
  g_assert_cmpfloat (siamban_histogram_get_minimum (ratios), ==, 30.0 / 40);
  g_assert_cmpfloat (siamban_histogram_get_maximum (ratios), ==, 33.0 / 40);
  g_assert_cmpfloat_with_epsilon (siamban_histogram_get_median (ratios), 31.5 / 40, 1e-9);
  g_assert_cmpuint (siamban_histogram_get_n_values (ratios), ==, 12);
  for (guint i = 0; i < siamban_histogram_get_n_bins (ratios); i++)
    {
      g_assert_cmpfloat (siamban_histogram_get_edge (ratios, i), <,
                         siamban_histogram_get_edge (ratios, i + 1));
      n += siamban_histogram_get_count (ratios, i);
    }
  g_assert_cmpuint (n, ==, 12);
  g_assert_cmpuint (siamban_histogram_get_count (ratios, 0), ==, 3);
  g_assert_cmpfloat (siamban_histogram_get_maximum (siamban_statistics_get_box_sizes (statistics)),
                     ==, sqrt (33.0 * 40));

  lengths = siamban_statistics_get_track_lengths (statistics);
  g_assert_cmpuint (siamban_histogram_get_n_bins (lengths), ==, 1);
  g_assert_cmpuint (siamban_histogram_get_count (lengths, 0), ==, 3);
  g_assert_cmpfloat (siamban_histogram_get_median (lengths), ==, 4);

  g_cancellable_cancel (cancelled);
  g_assert_null (siamban_sub_dataset_measure (source, cancelled, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

static void
test_stage_names (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *all = siamban_augmentation_stages_to_string (SIAMBAN_AUGMENTATION_STAGES_ALL);
  g_autofree char *none = siamban_augmentation_stages_to_string (SIAMBAN_AUGMENTATION_STAGES_NONE);

  g_assert_cmpstr (all, ==, "gray,scale,shift,color,blur,flip");
  g_assert_cmpstr (none, ==, "none");
  g_assert_cmpuint (siamban_augmentation_stages_from_string (all, NULL), ==,
                    SIAMBAN_AUGMENTATION_STAGES_ALL);
  g_assert_cmpuint (siamban_augmentation_stages_from_string ("none", &error), ==, 0);
  g_assert_no_error (error);
  g_assert_cmpuint (siamban_augmentation_stages_from_string ("blur, flip", NULL), ==,
                    SIAMBAN_AUGMENTATION_STAGES_BLUR | SIAMBAN_AUGMENTATION_STAGES_FLIP);
  siamban_augmentation_stages_from_string ("blur,flop", &error);
  g_assert_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_CONFIG);
  g_assert_nonnull (strstr (error->message, "flop"));
}

/* With no stage the draws are those that change nothing, as far as they matter. */
static void
test_limit (void)
{
  g_autoptr (SiambanAugmentationDraws) draws = siamban_augmentation_draws_new_from_seed (3, TRUE);
  g_autoptr (SiambanAugmentationDraws)
      all = siamban_augmentation_draws_limit (draws, SIAMBAN_AUGMENTATION_STAGES_ALL);
  g_autoptr (SiambanAugmentationDraws)
      none = siamban_augmentation_draws_limit (draws, SIAMBAN_AUGMENTATION_STAGES_NONE);
  g_autoptr (SiambanAugmentation) augmentation = siamban_augmentation_new (4, 0.5, 1, 1, 1);

  g_assert_cmpmem (draws, sizeof *draws, all, sizeof *all);
  g_assert_cmpuint (siamban_augmentation_find_stages (augmentation, draws), ==,
                    SIAMBAN_AUGMENTATION_STAGES_ALL);
  g_assert_cmpuint (siamban_augmentation_find_stages (augmentation, none), ==,
                    SIAMBAN_AUGMENTATION_STAGES_NONE);
}

static gboolean
equal_search (SiambanSample *a, SiambanSample *b)
{
  g_autoptr (GBytes) x = siamban_sample_get_search (a);
  g_autoptr (GBytes) y = siamban_sample_get_search (b);

  return g_bytes_equal (x, y);
}

/* A stage that is left out changes the image exactly if it would have had an effect; the draws, the
 * files and the pair stay. */
static void
test_stages (void)
{
  g_autoptr (Crops) crops = crops_new ("a", 3, 6, 160);
  const int num_use = -1;
  g_autoptr (SiambanDataset) dataset = crops_mix (&crops, &num_use, 1, 60, 5);
  g_autoptr (SiambanAugmentation) augmentation = NULL;
  guint n_blurred = 0, n_gray = 0;

  g_object_get (dataset, "search-augmentation", &augmentation, NULL);
  for (guint i = 0; i < 60; i++)
    {
      g_autoptr (SiambanSample) whole = siamban_dataset_get_sample (dataset, i, NULL);
      const SiambanAugmentationDraws *draws = siamban_sample_get_search_draws (whole);
      const SiambanAugmentationStages effective = siamban_augmentation_find_stages (augmentation,
                                                                                    draws);

      g_assert_cmpuint (siamban_sample_get_stages (whole), ==, SIAMBAN_AUGMENTATION_STAGES_ALL);
      n_blurred += (effective & SIAMBAN_AUGMENTATION_STAGES_BLUR) != 0;
      n_gray += (effective & SIAMBAN_AUGMENTATION_STAGES_GRAY) != 0;
      for (guint bit = 0; bit < 6; bit++)
        {
          const SiambanAugmentationStages stage = (SiambanAugmentationStages) (1u << bit);
          g_autoptr (SiambanSample) without = siamban_dataset_get_sample_with_stages (
              dataset, i, SIAMBAN_AUGMENTATION_STAGES_ALL & ~stage, NULL);

          g_assert_true (equal_search (whole, without) == !(effective & stage));
          g_assert_cmpmem (draws, sizeof *draws, siamban_sample_get_search_draws (without),
                           sizeof *draws);
          g_assert_cmpstr (siamban_sample_get_search_path (whole), ==,
                           siamban_sample_get_search_path (without));
          g_assert_cmpint (siamban_sample_is_negative (whole), ==,
                           siamban_sample_is_negative (without));
        }
    }
  g_assert_cmpuint (n_blurred, >, 0);
  g_assert_cmpuint (n_gray, >, 0);
}

/* With no stage the box is in the middle of the search image, as wide as in the crop. */
static void
test_no_stages (void)
{
  g_autoptr (Crops) crops = crops_new ("a", 3, 6, 160);
  const int num_use = -1;
  g_autoptr (SiambanDataset) dataset = crops_mix (&crops, &num_use, 1, 10, 5);

  for (guint i = 0; i < 10; i++)
    {
      g_autoptr (SiambanSample) sample = siamban_dataset_get_sample_with_stages (
          dataset, i, SIAMBAN_AUGMENTATION_STAGES_NONE, NULL);
      const SiambanBox *box = siamban_sample_get_box (sample);

      g_assert_cmpfloat_with_epsilon ((box->x1 + box->x2) / 2, 31, 1e-9);
      g_assert_cmpfloat_with_epsilon ((box->y1 + box->y2) / 2, 31, 1e-9);
    }
}

static void
test_async (void)
{
  g_autoptr (Crops) crops = crops_new ("a", 3, 6, 160);
  const int num_use = -1;
  g_autoptr (SiambanDataset) dataset = crops_mix (&crops, &num_use, 1, 10, 5);
  g_autoptr (SiambanDataset) other = siamban_dataset_reseed (dataset, 6);
  g_autoptr (SiambanDataset) same = siamban_dataset_reseed (other, 5);
  g_autoptr (SiambanSample) sample = siamban_dataset_get_sample (dataset, 3, NULL);
  g_autoptr (SiambanSample) reseeded = siamban_dataset_get_sample (other, 3, NULL);
  g_autoptr (SiambanSample) again = siamban_dataset_get_sample (same, 3, NULL);
  g_autoptr (SiambanSample) from_thread = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GAsyncResult) failure = NULL;
  g_autoptr (GError) error = NULL;

  siamban_dataset_get_sample_async (dataset, 3, SIAMBAN_AUGMENTATION_STAGES_ALL, NULL, store_cb,
                                    &result);
  siamban_dataset_get_sample_async (dataset, 10, SIAMBAN_AUGMENTATION_STAGES_ALL, NULL, store_cb,
                                    &failure);
  while (result == NULL || failure == NULL)
    g_main_context_iteration (NULL, TRUE);
  from_thread = siamban_dataset_get_sample_finish (dataset, result, &error);
  g_assert_no_error (error);
  g_assert_true (equal_search (sample, from_thread));
  g_assert_true (equal_search (sample, again));
  g_assert_false (equal_search (sample, reseeded));
  g_assert_null (siamban_dataset_get_sample_finish (dataset, failure, &error));
  g_assert_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_DATA);
}

/* What a run says about its iterations is what its loader feeds it. */
static void
test_iteration (RunFixture *fixture, gconstpointer data)
{
  g_autoptr (SiambanTrainer) trainer = run_make_trainer (fixture->config, fixture->folder, "run");
  g_autofree char *directory = g_build_filename (fixture->folder, "run", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (SiambanRun) run = NULL;
  g_autoptr (SiambanConfig) config = NULL;
  g_autoptr (SiambanDataset) dataset = NULL;
  g_autoptr (SiambanLoader) loader = NULL;

  run_train (trainer);
  run = siamban_run_new (directory, &error);
  g_assert_no_error (error);
  config = siamban_run_load_config (run, &error);
  g_assert_no_error (error);
  dataset = siamban_dataset_new_from_config (config, &error);
  g_assert_no_error (error);
  loader = siamban_loader_new (dataset, RUN_BATCH_SIZE, 0, 0, 0, 1);
  for (guint k = 1; k <= RUN_N_ITERATIONS; k++)
    {
      g_autoptr (SiambanSampleRange) range = siamban_run_find_samples (run, k, &error);
      g_autoptr (SiambanBatch) batch = siamban_loader_next (loader, NULL, &error);

      g_assert_no_error (error);
      g_assert_cmpuint (range->n_samples, ==, siamban_batch_get_size (batch));
      for (guint i = 0; i < range->n_samples; i++)
        {
          g_autoptr (SiambanSample) trained = siamban_batch_get_sample (batch, i);
          g_autoptr (SiambanSample)
              shown = siamban_dataset_get_sample (dataset, range->first + i, &error);

          g_assert_no_error (error);
          g_assert_cmpuint (siamban_batch_get_sample_index (batch, i), ==, range->first + i);
          g_assert_true (equal_search (trained, shown));
        }
    }
  {
    g_autoptr (SiambanSampleRange) range = siamban_run_find_samples (run, 3, NULL);
    g_autoptr (SiambanSampleRange) copy = siamban_sample_range_copy (range);

    g_assert_cmpuint (copy->first, ==, 2 * RUN_BATCH_SIZE);
  }
  g_assert_null (siamban_run_find_samples (run, 0, &error));
  g_assert_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_DATA);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/inspection/lists", test_lists);
  g_test_add_func ("/inspection/tracks", test_tracks);
  g_test_add_func ("/inspection/box-in-crop", test_box_in_crop);
  g_test_add_func ("/inspection/statistics", test_statistics);
  g_test_add_func ("/inspection/stage-names", test_stage_names);
  g_test_add_func ("/inspection/limit", test_limit);
  g_test_add_func ("/inspection/stages", test_stages);
  g_test_add_func ("/inspection/no-stages", test_no_stages);
  g_test_add_func ("/inspection/async", test_async);
  g_test_add ("/inspection/iteration", RunFixture, NULL, run_set_up, test_iteration, run_tear_down);

  return g_test_run ();
}
