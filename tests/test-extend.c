/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "run.h"

/* What a program adds to a training: bytes of its own, learning rates, stages of augmentation. */

#define TEST_TYPE_STAGE (test_stage_get_type ())
G_DECLARE_FINAL_TYPE (TestStage, test_stage, TEST, STAGE, SiambanAugmentationStage)

struct _TestStage
{
  SiambanAugmentationStage parent_instance;

  int n_calls;       /* atomic */
  int n_other_calls; /* atomic: in another thread than @thread */
  GThread *thread;
  gboolean fails;
  gboolean shrinks;
};

G_DEFINE_FINAL_TYPE (TestStage, test_stage, SIAMBAN_TYPE_AUGMENTATION_STAGE)

static SiambanAugmentedImage *
test_stage_augment (SiambanAugmentationStage *stage,
                    SiambanAugmentedImage *image,
                    gboolean is_search,
                    guint64 seed)
{
  TestStage *self = TEST_STAGE (stage);
  const SiambanBox *crop = siamban_augmented_image_get_crop (image);
  SiambanBox box = *siamban_augmented_image_get_box (image);
  guint size = siamban_augmented_image_get_size (image);
  g_autoptr (GBytes) before = siamban_augmented_image_get_pixels (image);
  g_autoptr (GBytes) pixels = NULL;
  g_autoptr (GError) error = NULL;
  SiambanAugmentedImage *result;

  g_atomic_int_inc (&self->n_calls);
  if (g_thread_self () != self->thread)
    g_atomic_int_inc (&self->n_other_calls);
  g_assert_cmpuint (size, ==, is_search ? 255 : 127);
  if (self->fails)
    return NULL;

  size = self->shrinks ? size - 1 : size;
  pixels = g_bytes_new_from_bytes (before, 0, 3 * (gsize) size * size * sizeof (float));
  box.x1 += 1;
  result = siamban_augmented_image_new (size, pixels, &box, crop, &error);
  g_assert_no_error (error);

  return result;
}

static void
test_stage_class_init (TestStageClass *klass)
{
  SIAMBAN_AUGMENTATION_STAGE_CLASS (klass)->augment = test_stage_augment;
}

static void
test_stage_init (TestStage *self)
{
  self->thread = g_thread_self ();
}

static TestStage *
make_stage (const char *name, gboolean any_thread)
{
  return g_object_new (TEST_TYPE_STAGE, "name", name, "any-thread", any_thread, NULL);
}

static SiambanDataset *
make_dataset (RunFixture *fixture)
{
  g_autoptr (GError) error = NULL;
  SiambanDataset *dataset = siamban_dataset_new_from_config (fixture->config, &error);

  g_assert_no_error (error);

  return dataset;
}

static void
insert (SiambanDataset *dataset, TestStage *stage, const char *after)
{
  g_autoptr (GError) error = NULL;
  const gboolean done = siamban_dataset_insert_stage (dataset, SIAMBAN_AUGMENTATION_STAGE (stage),
                                                      after, &error);

  g_assert_no_error (error);
  g_assert_true (done);
}

static void
test_dataset (RunFixture *fixture, gconstpointer data)
{
  g_autoptr (SiambanDataset) plain = make_dataset (fixture);
  g_autoptr (SiambanDataset) dataset = make_dataset (fixture);
  g_autoptr (TestStage) stage = make_stage (NULL, FALSE);
  g_autoptr (TestStage) second = make_stage ("second", TRUE);
  g_autoptr (SiambanSample) before = NULL;
  g_autoptr (SiambanSample) after = NULL;
  g_autoptr (GBytes) before_pixels = NULL;
  g_autoptr (GBytes) after_pixels = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_cmpstr (siamban_augmentation_stage_get_name (SIAMBAN_AUGMENTATION_STAGE (stage)), ==,
                   "TestStage");
  g_assert_false (siamban_augmentation_stage_get_any_thread (SIAMBAN_AUGMENTATION_STAGE (stage)));
  g_assert_true (siamban_augmentation_stage_get_any_thread (SIAMBAN_AUGMENTATION_STAGE (second)));
  insert (dataset, second, "shift");
  insert (dataset, stage, "second");
  g_assert_false (
      siamban_dataset_insert_stage (dataset, SIAMBAN_AUGMENTATION_STAGE (stage), "third", &error));
  g_assert_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_CONFIG);
  g_clear_error (&error);

  before = siamban_dataset_get_sample (plain, 1, &error);
  g_assert_no_error (error);
  after = siamban_dataset_get_sample (dataset, 1, &error);
  g_assert_no_error (error);
  g_assert_cmpint (stage->n_calls, ==, 2);
  g_assert_cmpint (second->n_calls, ==, 2);
  g_assert_cmpfloat (siamban_sample_get_box (after)->x1, ==,
                     siamban_sample_get_box (before)->x1 + 2);
  before_pixels = siamban_sample_get_search (before);
  after_pixels = siamban_sample_get_search (after);
  g_assert_true (g_bytes_equal (before_pixels, after_pixels));
}

static void
test_apply (void)
{
  const SiambanBox box = { 10, 20, 30, 40 };
  g_autofree float *zeros = g_new0 (float, 3 * 127 * 127);
  g_autoptr (GBytes) pixels = g_bytes_new (zeros, 3 * 127 * 127 * sizeof (float));
  g_autoptr (TestStage) stage = make_stage (NULL, TRUE);
  g_autoptr (SiambanAugmentedImage) image = NULL;
  g_autoptr (SiambanAugmentedImage) result = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_null (siamban_augmented_image_new (128, pixels, &box, &box, &error));
  g_assert_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_IMAGE);
  g_clear_error (&error);
  image = siamban_augmented_image_new (127, pixels, &box, &box, &error);
  g_assert_no_error (error);
  result = siamban_augmentation_stage_apply (SIAMBAN_AUGMENTATION_STAGE (stage), image, FALSE, 1,
                                             &error);
  g_assert_no_error (error);
  g_assert_cmpfloat (siamban_augmented_image_get_box (result)->x1, ==, 11);
}

static void
test_bad_stages (RunFixture *fixture, gconstpointer data)
{
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (SiambanDataset) dataset = make_dataset (fixture);
      g_autoptr (TestStage) stage = make_stage ("bad", TRUE);
      g_autoptr (SiambanSample) sample = NULL;
      g_autoptr (GError) error = NULL;

      stage->fails = i == 0;
      stage->shrinks = i == 1;
      insert (dataset, stage, "flip");
      sample = siamban_dataset_get_sample (dataset, 0, &error);
      g_assert_null (sample);
      g_assert_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_DATA);
      g_assert_nonnull (strstr (error->message, i == 0 ? "“bad” made no image" : "side 126"));
    }
}

static void
done_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;

  siamban_trainer_run_finish (SIAMBAN_TRAINER (source), result, &error);
  g_assert_no_error (error);
  g_main_loop_quit (user_data);
}

/* Each image of each sample passes, in the thread that is promised. */
static void
test_threads (RunFixture *fixture, gconstpointer data)
{
  const guint n_images = 2 * RUN_N_ITERATIONS * RUN_BATCH_SIZE;

  for (guint any_thread = 0; any_thread < 2; any_thread++)
    {
      g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
      g_autofree char *name = g_strdup_printf ("run%u", any_thread);
      g_autoptr (TestStage) stage = make_stage (NULL, any_thread);
      g_autoptr (SiambanTrainer)
          trainer = run_make_trainer (fixture->config, fixture->folder, name);
      g_autoptr (GError) error = NULL;

      siamban_trainer_insert_stage (trainer, SIAMBAN_AUGMENTATION_STAGE (stage), "blur", &error);
      g_assert_no_error (error);
      siamban_trainer_run_async (trainer, NULL, done_cb, loop);
      g_main_loop_run (loop);
      g_assert_cmpint (stage->n_calls, ==, n_images);
      g_assert_cmpint (stage->n_other_calls, ==, any_thread ? (int) n_images : 0);
    }
}

/* Without a main loop: nothing waits for this thread but this thread. */
static void
test_blocking (RunFixture *fixture, gconstpointer data)
{
  g_autoptr (TestStage) stage = make_stage (NULL, FALSE);
  g_autoptr (SiambanTrainer) trainer = run_make_trainer (fixture->config, fixture->folder, "run");
  g_autoptr (SiambanTrainer) two = NULL;
  g_autoptr (GListModel) devices = NULL;
  g_autofree char *directory = g_build_filename (fixture->folder, "two", NULL);
  g_autoptr (GError) error = NULL;

  siamban_trainer_insert_stage (trainer, SIAMBAN_AUGMENTATION_STAGE (stage), "flip", &error);
  g_assert_no_error (error);
  run_train (trainer);
  g_assert_cmpint (stage->n_calls, >, 0);
  g_assert_cmpint (stage->n_other_calls, ==, 0);

  devices = siamban_device_open_all ("reference,reference", &error);
  g_assert_no_error (error);
  two = siamban_trainer_new_on_devices (fixture->config, devices, directory, &error);
  g_assert_no_error (error);
  siamban_trainer_insert_stage (two, SIAMBAN_AUGMENTATION_STAGE (stage), "flip", &error);
  g_assert_no_error (error);
  g_assert_false (siamban_trainer_run (two, NULL, &error));
  g_assert_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_UNSUPPORTED);
}

static void
rate_cb (SiambanTrainer *trainer, SiambanIteration *iteration, gpointer user_data)
{
  static const double rates[] = { 0.03, 0.01, 0.02 };

  g_assert_cmpfloat_with_epsilon (iteration->head_rate, rates[iteration->epoch - 1] / 2, 1e-12);
  (*(guint *) user_data)++;
}

/* BASE_LR is 0.01, and so half of the start rate. */
static void
test_schedule (RunFixture *fixture, gconstpointer data)
{
  const double rates[] = { 0.03, 0.01, 0.02 };
  g_autoptr (GError) error = NULL;
  g_autoptr (SiambanLrSchedule) schedule = siamban_table_schedule_new (rates, 3, 0.02, &error);
  g_autoptr (SiambanLrSchedule) shorter = siamban_table_schedule_new (rates, 2, 0.02, NULL);
  g_autoptr (SiambanTrainer) trainer = run_make_trainer (fixture->config, fixture->folder, "run");
  g_autoptr (SiambanOptimizer) optimizer = NULL;
  guint n = 0;

  g_assert_no_error (error);
  g_assert_false (siamban_trainer_set_schedule (trainer, shorter, &error));
  g_assert_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_CONFIG);
  g_clear_error (&error);
  g_assert_true (siamban_trainer_set_schedule (trainer, schedule, &error));
  g_assert_no_error (error);
  g_signal_connect (trainer, "iteration", G_CALLBACK (rate_cb), &n);
  run_train (trainer);
  g_assert_cmpuint (n, ==, RUN_N_ITERATIONS);

  optimizer = siamban_optimizer_new_with_schedule (
      fixture->config, siamban_model_get_weights (siamban_trainer_get_model (trainer)), schedule);
  g_assert_true (siamban_optimizer_get_schedule (optimizer) == schedule);
}

static void
test_bad_tables (void)
{
  const double rates[] = { 0.1, -0.1 };
  g_autoptr (GError) error = NULL;

  g_assert_null (siamban_table_schedule_new (rates, 2, 0.1, &error));
  g_assert_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_CONFIG);
  g_clear_error (&error);
  g_assert_null (siamban_table_schedule_new (rates, 1, 0, &error));
  g_assert_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_CONFIG);
}

static void
test_picks (RunFixture *fixture, gconstpointer data)
{
  g_autoptr (SiambanDataset) dataset = make_dataset (fixture);
  g_autoptr (GBytes) picks = siamban_dataset_get_picks (dataset, 0);
  const guint32 *videos = g_bytes_get_data (picks, NULL);
  const guint n = siamban_dataset_get_pass_length (dataset);
  guint seen = 0;

  g_assert_cmpuint (g_bytes_get_size (picks), ==, n * sizeof *videos);
  for (guint i = 0; i < n; i++)
    seen |= 1u << videos[i];
  g_assert_cmpuint (seen, ==, (1u << RUN_N_VIDEOS) - 1);
}

static void
keep_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

static GAsyncResult *
wait_for (GAsyncResult **result)
{
  while (*result == NULL)
    g_main_context_iteration (NULL, TRUE);

  return *result;
}

static void
test_read_in_background (RunFixture *fixture, gconstpointer data)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GAsyncResult) read = NULL;
  g_autoptr (GAsyncResult) missing = NULL;
  g_autoptr (GAsyncResult) cancelled = NULL;
  g_autoptr (SiambanDataset) dataset = NULL;
  g_autoptr (GError) error = NULL;

  siamban_dataset_new_from_config_async (fixture->config, NULL, keep_cb, &read);
  dataset = siamban_dataset_new_from_config_finish (wait_for (&read), &error);
  g_assert_no_error (error);
  g_assert_cmpuint (siamban_dataset_get_n_samples (dataset), ==, RUN_N_ITERATIONS * RUN_BATCH_SIZE);

  siamban_checkpoint_new_from_file_async ("nothing.pth", NULL, keep_cb, &missing);
  g_assert_null (siamban_checkpoint_new_from_file_finish (wait_for (&missing), &error));
  g_assert_nonnull (strstr (error->message, "nothing.pth"));
  g_clear_error (&error);

  g_cancellable_cancel (cancellable);
  siamban_dataset_new_from_config_async (fixture->config, cancellable, keep_cb, &cancelled);
  g_assert_null (siamban_dataset_new_from_config_finish (wait_for (&cancelled), &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

static void
test_validate_in_background (RunFixture *fixture, gconstpointer data)
{
  g_autoptr (SiambanSynth) synth = siamban_synth_new (3, 2, 3, 128, 96);
  g_autofree char *frames = g_build_filename (fixture->folder, "frames", NULL);
  g_autoptr (SiambanTrainer) trainer = run_make_trainer (fixture->config, fixture->folder, "run");
  g_autoptr (SiambanTracker) tracker = NULL;
  g_autoptr (SiambanValidation) validation = NULL;
  g_autoptr (SiambanEvaluation) evaluation = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  siamban_synth_write_frames (synth, frames, &error);
  g_assert_no_error (error);
  validation = siamban_validation_new (frames, &error);
  g_assert_no_error (error);
  tracker = siamban_tracker_new (siamban_trainer_get_model (trainer), fixture->config,
                                 siamban_trainer_get_device (trainer), &error);
  g_assert_no_error (error);

  siamban_validation_run_async (validation, tracker, NULL, keep_cb, &result);
  evaluation = siamban_validation_run_finish (validation, wait_for (&result), &error);
  g_assert_no_error (error);
  g_assert_nonnull (evaluation);
}

static void
destroy_cb (gpointer data)
{
  (*(guint *) data)++;
}

static void
test_bytes (void)
{
  static const char text[] = "somebody else's";
  guint n_destroyed = 0;
  GBytes *bytes = siamban_bytes_new_at_address ((guint64) (gsize) text, sizeof text, NULL,
                                                &n_destroyed, destroy_cb);

  g_assert_true (g_bytes_get_data (bytes, NULL) == text);
  g_assert_cmpuint (siamban_bytes_get_address (bytes), ==, (guint64) (gsize) text);
  g_assert_cmpuint (n_destroyed, ==, 0);
  g_bytes_unref (bytes);
  g_assert_cmpuint (n_destroyed, ==, 1);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/extend/bytes", test_bytes);
  g_test_add_func ("/extend/apply", test_apply);
  g_test_add_func ("/extend/bad-tables", test_bad_tables);
  g_test_add ("/extend/schedule", RunFixture, NULL, run_set_up, test_schedule, run_tear_down);
  g_test_add ("/extend/picks", RunFixture, NULL, run_set_up, test_picks, run_tear_down);
  g_test_add ("/extend/read-in-background", RunFixture, NULL, run_set_up, test_read_in_background,
              run_tear_down);
  g_test_add ("/extend/validate-in-background", RunFixture, NULL, run_set_up,
              test_validate_in_background, run_tear_down);
  g_test_add ("/extend/dataset", RunFixture, NULL, run_set_up, test_dataset, run_tear_down);
  g_test_add ("/extend/bad-stages", RunFixture, NULL, run_set_up, test_bad_stages, run_tear_down);
  g_test_add ("/extend/threads", RunFixture, NULL, run_set_up, test_threads, run_tear_down);
  g_test_add ("/extend/blocking", RunFixture, NULL, run_set_up, test_blocking, run_tear_down);

  return g_test_run ();
}
