/* SPDX-License-Identifier: Apache-2.0 */
#include <glib/gstdio.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "crops.h"
#include "golden.h"
#include "siamban-dataset-private.h"

static void
assert_same_sample (SiambanSample *a, SiambanSample *b)
{
  g_autoptr (GBytes) template_a = siamban_sample_get_template (a);
  g_autoptr (GBytes) template_b = siamban_sample_get_template (b);
  g_autoptr (GBytes) search_a = siamban_sample_get_search (a);
  g_autoptr (GBytes) search_b = siamban_sample_get_search (b);
  g_autoptr (GBytes) cls_a = siamban_sample_get_label_cls (a);
  g_autoptr (GBytes) cls_b = siamban_sample_get_label_cls (b);
  g_autoptr (GBytes) loc_a = siamban_sample_get_label_loc (a);
  g_autoptr (GBytes) loc_b = siamban_sample_get_label_loc (b);

  g_assert_true (g_bytes_equal (template_a, template_b));
  g_assert_true (g_bytes_equal (search_a, search_b));
  g_assert_true (g_bytes_equal (cls_a, cls_b));
  g_assert_true (g_bytes_equal (loc_a, loc_b));
  g_assert_cmpstr (siamban_sample_get_template_path (a), ==, siamban_sample_get_template_path (b));
  g_assert_cmpstr (siamban_sample_get_search_path (a), ==, siamban_sample_get_search_path (b));
  g_assert_cmpint (siamban_sample_is_negative (a), ==, siamban_sample_is_negative (b));
  g_assert_true (siamban_box_equal (siamban_sample_get_box (a), siamban_sample_get_box (b)));
}

/* Sample i is the same whatever was asked before, and of another dataset with the same seed. */
static void
test_purity (void)
{
  g_autoptr (Crops) crops = crops_new ("a", 4, 6, 160);
  const int num_use = -1;
  g_autoptr (SiambanDataset) forward = crops_mix (&crops, &num_use, 1, 40, 7);
  g_autoptr (SiambanDataset) backward = crops_mix (&crops, &num_use, 1, 40, 7);
  g_autoptr (SiambanDataset) other = crops_mix (&crops, &num_use, 1, 40, 8);
  SiambanSample *samples[40];
  guint n_equal = 0;

  for (guint i = 0; i < 40; i++)
    {
      g_autoptr (GError) error = NULL;

      samples[i] = siamban_dataset_get_sample (forward, i, &error);
      g_assert_no_error (error);
      g_assert_cmpuint (siamban_sample_get_index (samples[i]), ==, i);
    }
  for (guint i = 40; i-- > 0;)
    {
      g_autoptr (SiambanSample) again = siamban_dataset_get_sample (backward, i, NULL);
      g_autoptr (SiambanSample) differing = siamban_dataset_get_sample (other, i, NULL);

      assert_same_sample (samples[i], again);
      n_equal += siamban_box_equal (siamban_sample_get_box (again),
                                    siamban_sample_get_box (differing));
    }
  g_assert_cmpuint (n_equal, ==, 0);
  for (guint i = 0; i < 40; i++)
    siamban_sample_unref (samples[i]);
}

/* A sample can be made again of its files and draws alone. */
static void
test_provenance (void)
{
  g_autoptr (Crops) crops = crops_new ("a", 3, 4, 160);
  const int num_use = -1;
  g_autoptr (SiambanDataset) dataset = crops_mix (&crops, &num_use, 1, 12, 1);
  g_autoptr (SiambanAugmentation) augmentation = NULL;

  g_object_get (dataset, "search-augmentation", &augmentation, NULL);
  for (guint i = 0; i < 12; i++)
    {
      g_autoptr (SiambanSample) sample = siamban_dataset_get_sample (dataset, i, NULL);
      g_autoptr (SiambanImage)
          image = siamban_image_new_from_file (siamban_sample_get_search_path (sample), NULL);
      const SiambanBox any = { 60, 60, 100, 100 };
      g_autoptr (SiambanAugmentedImage) again = siamban_augmentation_apply (
          augmentation, image, &any, siamban_sample_get_search_size (sample),
          siamban_sample_get_search_draws (sample));
      g_autoptr (GBytes) expected = siamban_augmented_image_get_pixels (again);
      g_autoptr (GBytes) pixels = siamban_sample_get_search (sample);

      g_assert_true (g_bytes_equal (pixels, expected));
      g_assert_cmpint (siamban_sample_get_template_draws (sample)->gray, ==,
                       siamban_sample_get_search_draws (sample)->gray);
      g_assert_null (siamban_sample_get_skipped (sample)[0]);
    }
}

static void
test_shapes (void)
{
  g_autoptr (Crops) crops = crops_new ("a", 2, 2, 160);
  const int num_use = -1;
  g_autoptr (SiambanDataset) dataset = crops_mix (&crops, &num_use, 1, 4, 1);
  g_autoptr (SiambanSample) sample = siamban_dataset_get_sample (dataset, 0, NULL);
  g_autoptr (GBytes) template = siamban_sample_get_template (sample);
  g_autoptr (GBytes) search = siamban_sample_get_search (sample);
  g_autoptr (GBytes) cls = siamban_sample_get_label_cls (sample);
  g_autoptr (GBytes) loc = siamban_sample_get_label_loc (sample);

  g_assert_cmpuint (siamban_sample_get_template_size (sample), ==, 31);
  g_assert_cmpuint (siamban_sample_get_search_size (sample), ==, 63);
  g_assert_cmpuint (siamban_sample_get_output_size (sample), ==, 9);
  g_assert_cmpuint (g_bytes_get_size (template), ==, 3 * 31 * 31 * 4);
  g_assert_cmpuint (g_bytes_get_size (search), ==, 3 * 63 * 63 * 4);
  g_assert_cmpuint (g_bytes_get_size (cls), ==, 9 * 9);
  g_assert_cmpuint (g_bytes_get_size (loc), ==, 4 * 9 * 9 * 4);
  g_assert_true (siamban_box_is_valid (siamban_sample_get_template_box (sample)));
}

/* The frame of a path, counted in positions of the track. */
static int
position_of (const char *path)
{
  g_autofree char *name = g_path_get_basename (path);

  return atoi (name) / 2;
}

/* The share of negative pairs, and for the others the same video and the range of frames. */
static void
test_pairs (void)
{
  g_autoptr (Crops) a = crops_new ("a", 3, 12, 64);
  g_autoptr (Crops) b = crops_new ("b", 2, 12, 64);
  Crops *const sets[] = { a, b };
  const int num_use[] = { 10, 10 };
  const guint n = 600;
  g_autoptr (SiambanDataset) dataset = crops_mix (sets, num_use, 2, n, 5);
  guint n_negative = 0, n_gray = 0, n_across = 0, n_far = 0;

  for (guint i = 0; i < n; i++)
    {
      g_autoptr (SiambanSample) sample = siamban_dataset_get_sample (dataset, i, NULL);
      const char *template = siamban_sample_get_template_path (sample);
      const char *search = siamban_sample_get_search_path (sample);
      g_autofree char *template_folder = g_path_get_dirname (template);
      g_autofree char *search_folder = g_path_get_dirname (search);
      const int distance = abs (position_of (template) - position_of (search));

      n_gray += siamban_sample_get_template_draws (sample)->gray;
      if (siamban_sample_is_negative (sample))
        {
          g_autoptr (GBytes) loc = siamban_sample_get_label_loc (sample);
          const float *offsets = g_bytes_get_data (loc, NULL);

          for (guint j = 0; j < 4 * 81; j++)
            g_assert_cmpfloat (offsets[j], ==, 0);
          n_negative++;
          n_across += g_str_has_prefix (template, a->folder) !=
                      g_str_has_prefix (search, a->folder);
          continue;
        }
      g_assert_cmpstr (template_folder, ==, search_folder);
      g_assert_cmpint (distance, <=, 3);
      n_far += distance == 3;
    }

  /* Five standard deviations of a binomial count. */
  g_assert_cmpfloat (fabs (n_negative - 0.2 * n), <, 5 * sqrt (0.2 * 0.8 * n));
  g_assert_cmpfloat (fabs (n_gray - 0.1 * n), <, 5 * sqrt (0.1 * 0.9 * n));
  g_assert_cmpuint (n_across, >, 0);
  g_assert_cmpuint (n_far, >, 0);
}

static gint64
int_at (JsonObject *object, const char *key, guint i)
{
  return json_array_get_int_element (json_object_get_array_member (object, key), i);
}

/* Sets with as many videos as the original's, and how often a pass takes each. */
static void
test_mixture (void)
{
  g_autoptr (Golden) golden = golden_load ("subdata");
  JsonObject *from = json_object_get_object_member (golden->root, "combined");
  JsonArray *allowed = json_object_get_array_member (from, "pick_counts_full_passes_each_index");
  const guint n_sets = json_array_get_length (allowed);
  const guint pass_length = (guint) json_object_get_int_member (from, "pass_len");
  const guint n_epochs = (guint) json_object_get_int_member (from, "epochs");
  g_autoptr (GPtrArray) sets = g_ptr_array_new_with_free_func ((GDestroyNotify) crops_free);
  g_autofree int *num_use = g_new (int, n_sets);
  g_autofree guint *counts = NULL;
  g_autoptr (SiambanDataset) dataset = NULL;
  g_autoptr (SiambanDataset) one_epoch = NULL;
  guint n_videos = 0;

  for (guint i = 0; i < n_sets; i++)
    {
      g_autofree char *name = g_strdup_printf ("mix.%u", i);

      g_ptr_array_add (sets, crops_new (name, (guint) int_at (from, "nums", i), 1, 16));
      num_use[i] = (int) int_at (from, "num_use", i);
      g_assert_cmpint (n_videos, ==, int_at (from, "start_idx", i));
      n_videos += (guint) int_at (from, "nums", i);
    }
  dataset = crops_mix ((Crops *const *) sets->pdata, num_use, n_sets,
                       json_object_get_int_member (from, "videos_per_epoch") * n_epochs, 3);
  one_epoch = crops_mix ((Crops *const *) sets->pdata, num_use, n_sets, -1, 3);
  g_assert_cmpuint (siamban_dataset_get_pass_length (dataset), ==, pass_length);
  g_assert_cmpint (siamban_dataset_get_n_samples (dataset), ==,
                   json_object_get_int_member (from, "num"));
  g_assert_cmpint (siamban_dataset_get_n_samples (one_epoch) * n_epochs, ==,
                   json_object_get_int_member (from, "num_with_videos_per_epoch_-1"));

  counts = g_new0 (guint, n_videos);
  for (guint pass = 0; pass < 4; pass++)
    {
      memset (counts, 0, n_videos * sizeof *counts);
      for (guint i = 0; i < pass_length; i++)
        counts[_siamban_dataset_get_pick (dataset, pass * pass_length + i)]++;
      for (guint i = 0, video = 0; i < n_sets; i++)
        {
          JsonArray *values = json_array_get_array_element (allowed, i);

          for (gint64 j = 0; j < int_at (from, "nums", i); j++, video++)
            {
              gboolean found = FALSE;

              for (guint k = 0; k < json_array_get_length (values); k++)
                found = found || json_array_get_int_element (values, k) == counts[video];
              g_assert_true (found);
            }
        }
    }
}

/* Of a set that is used in part, other videos come up in the next pass. */
static void
test_passes_differ (void)
{
  g_autoptr (Crops) crops = crops_new ("a", 40, 1, 16);
  const int num_use = 10;
  g_autoptr (SiambanDataset) dataset = crops_mix (&crops, &num_use, 1, 400, 11);
  gboolean seen[40] = { FALSE };
  guint n_seen = 0;

  for (guint i = 0; i < 400; i++)
    seen[_siamban_dataset_get_pick (dataset, i)] = TRUE;
  for (guint i = 0; i < 40; i++)
    n_seen += seen[i];
  g_assert_cmpuint (n_seen, ==, 40);
}

static void
test_skipped (void)
{
  g_autoptr (Crops) crops = crops_new ("a", 3, 2, 64);
  const int num_use = -1;
  g_autoptr (SiambanDataset) dataset = crops_mix (&crops, &num_use, 1, 60, 2);
  g_autofree char *missing = crops_path (crops, 0, 0);
  g_autofree char *empty = crops_path (crops, 1, 0);
  g_autofree char *corrupt = crops_path (crops, 2, 0);
  guint n_missing = 0, n_empty = 0, n_corrupt = 0;

  g_assert_cmpint (g_remove (missing), ==, 0);
  g_assert_true (g_file_set_contents (empty, "", 0, NULL));
  g_assert_true (g_file_set_contents (corrupt, "\xff\xd8\xff\xe0 no more", -1, NULL));
  for (guint i = 0; i < 60; i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (SiambanSample) sample = siamban_dataset_get_sample (dataset, i, &error);
      const char *const *skipped;

      g_assert_no_error (error);
      skipped = siamban_sample_get_skipped (sample);
      for (guint j = 0; skipped[j] != NULL; j++)
        {
          n_missing += g_str_has_prefix (skipped[j], missing);
          n_empty += g_str_has_prefix (skipped[j], empty);
          n_corrupt += g_str_has_prefix (skipped[j], corrupt);
        }
      g_assert_true (g_str_has_suffix (siamban_sample_get_search_path (sample), "000002.00.x.jpg"));
    }
  g_assert_cmpuint (n_missing, >, 0);
  g_assert_cmpuint (n_empty, >, 0);
  g_assert_cmpuint (n_corrupt, >, 0);
}

/* When nothing can be read it is an error that names a file. */
static void
test_all_bad (void)
{
  g_autoptr (Crops) crops = crops_new ("a", 1, 1, 16);
  const int num_use = -1;
  g_autoptr (SiambanDataset) dataset = crops_mix (&crops, &num_use, 1, 4, 2);
  g_autofree char *path = crops_path (crops, 0, 0);
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (g_remove (path), ==, 0);
  g_assert_null (siamban_dataset_get_sample (dataset, 0, &error));
  g_assert_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_DATA);
  g_assert_nonnull (strstr (error->message, path));
  g_clear_error (&error);
  g_assert_null (siamban_dataset_get_sample (dataset, 4, &error));
  g_assert_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_DATA);
}

static void
test_empty (void)
{
  g_autoptr (SiambanDataset) dataset = g_object_new (SIAMBAN_TYPE_DATASET, NULL);
  g_autoptr (GError) error = NULL;

  g_assert_cmpuint (siamban_dataset_get_n_samples (dataset), ==, 0);
  g_assert_cmpuint (g_list_model_get_n_items (siamban_dataset_get_sub_datasets (dataset)), ==, 0);
  g_assert_null (siamban_dataset_get_sample (dataset, 0, &error));
  g_assert_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_DATA);
}

static SiambanConfig *
config_for (Crops *crops)
{
  static const char *const names[] = { "MINE", NULL };
  g_autofree char *root = g_strdup_printf ("DATASET.MINE.ROOT=\"%s\"", crops->folder);
  g_autofree char *anno = g_strdup_printf ("DATASET.MINE.ANNO=\"%s\"", crops->anno);
  const char *const assignments[] = { root,
                                      anno,
                                      "DATASET.MINE.FRAME_RANGE=2",
                                      "DATASET.MINE.NUM_USE=9",
                                      "DATASET.VIDEOS_PER_EPOCH=20",
                                      "TRAIN.EPOCH=3",
                                      "TRAIN.SEED=5",
                                      "DATASET.NEG=0.25",
                                      "DATASET.SEARCH.BLUR=0.3" };
  SiambanConfig *config = siamban_config_new ();
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (assignments); i++)
    {
      siamban_config_set_from_string (config, assignments[i], &error);
      g_assert_no_error (error);
    }
  siamban_config_set_strv (config, "DATASET.NAMES", names, &error);
  g_assert_no_error (error);

  return config;
}

static void
test_from_config (void)
{
  g_autoptr (Crops) crops = crops_new ("a", 3, 3, 511);
  g_autoptr (SiambanConfig) config = config_for (crops);
  g_autoptr (GError) error = NULL;
  g_autoptr (SiambanDataset) dataset = siamban_dataset_new_from_config (config, &error);
  g_autoptr (SiambanSubDataset) set = NULL;
  g_autoptr (SiambanSample) sample = NULL;
  g_autoptr (SiambanAugmentation) augmentation = NULL;
  double neg, blur, shift;
  guint64 seed;

  g_assert_no_error (error);
  g_assert_cmpuint (siamban_dataset_get_n_samples (dataset), ==, 60);
  g_assert_cmpuint (siamban_dataset_get_pass_length (dataset), ==, 9);
  set = g_list_model_get_item (siamban_dataset_get_sub_datasets (dataset), 0);
  g_assert_cmpstr (siamban_sub_dataset_get_name (set), ==, "MINE");
  g_object_get (dataset, "neg", &neg, "seed", &seed, "search-augmentation", &augmentation, NULL);
  g_object_get (augmentation, "blur", &blur, "shift", &shift, NULL);
  g_assert_cmpfloat (neg, ==, 0.25);
  g_assert_cmpuint (seed, ==, 5);
  g_assert_cmpfloat (blur, ==, 0.3);
  g_assert_cmpfloat (shift, ==, 64);
  sample = siamban_dataset_get_sample (dataset, 59, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (siamban_sample_get_template_size (sample), ==, 127);
  g_assert_cmpuint (siamban_sample_get_search_size (sample), ==, 255);
  g_assert_cmpuint (siamban_sample_get_output_size (sample), ==, 25);
}

static void
test_config_errors (void)
{
  static const char *const unknown[] = { "MINE", "NOWHERE", NULL };
  g_autoptr (Crops) crops = crops_new ("a", 1, 1, 16);
  g_autoptr (SiambanConfig) config = config_for (crops);
  g_autoptr (SiambanConfig) sizes = config_for (crops);
  g_autoptr (SiambanConfig) missing = config_for (crops);
  g_autoptr (GError) error = NULL;

  siamban_config_set_strv (config, "DATASET.NAMES", unknown, NULL);
  g_assert_null (siamban_dataset_new_from_config (config, &error));
  g_assert_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_CONFIG);
  g_assert_nonnull (strstr (error->message, "NOWHERE"));
  g_clear_error (&error);

  siamban_config_set_int (sizes, "TRAIN.OUTPUT_SIZE", 17, NULL);
  g_assert_null (siamban_dataset_new_from_config (sizes, &error));
  g_assert_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_CONFIG);
  g_assert_nonnull (strstr (error->message, "25"));
  g_clear_error (&error);

  siamban_config_set_string (missing, "DATASET.MINE.ANNO", "/nowhere/train.json", NULL);
  g_assert_null (siamban_dataset_new_from_config (missing, &error));
  g_assert_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_IO);
  g_assert_nonnull (strstr (error->message, "/nowhere/train.json"));
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/dataset/purity", test_purity);
  g_test_add_func ("/dataset/provenance", test_provenance);
  g_test_add_func ("/dataset/shapes", test_shapes);
  g_test_add_func ("/dataset/pairs", test_pairs);
  g_test_add_func ("/dataset/mixture", test_mixture);
  g_test_add_func ("/dataset/passes-differ", test_passes_differ);
  g_test_add_func ("/dataset/skipped", test_skipped);
  g_test_add_func ("/dataset/all-bad", test_all_bad);
  g_test_add_func ("/dataset/empty", test_empty);
  g_test_add_func ("/dataset/from-config", test_from_config);
  g_test_add_func ("/dataset/config-errors", test_config_errors);

  return g_test_run ();
}
