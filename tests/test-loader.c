/* SPDX-License-Identifier: Apache-2.0 */
#include <glib/gstdio.h>
#include <string.h>

#include "crops.h"
#include "siamban-batch-pool-private.h"

typedef GBytes *(*GetBytes) (SiambanBatch *batch);

static void
assert_same_part (SiambanBatch *a, SiambanBatch *b, GetBytes get)
{
  g_autoptr (GBytes) part_a = get (a);
  g_autoptr (GBytes) part_b = get (b);

  g_assert_true (g_bytes_equal (part_a, part_b));
}

static void
assert_same_batch (SiambanBatch *a, SiambanBatch *b)
{
  assert_same_part (a, b, siamban_batch_get_template);
  assert_same_part (a, b, siamban_batch_get_search);
  assert_same_part (a, b, siamban_batch_get_label_cls);
  assert_same_part (a, b, siamban_batch_get_label_loc);
  for (guint i = 0; i < siamban_batch_get_size (a); i++)
    g_assert_cmpuint (siamban_batch_get_sample_index (a, i), ==,
                      siamban_batch_get_sample_index (b, i));
}

static SiambanDataset *
dataset_of (Crops *crops, gint64 n_samples)
{
  const int num_use = -1;

  return crops_mix (&crops, &num_use, 1, n_samples, 4);
}

/* Every batch is the same, made by nobody's help, one, two or four workers. */
static void
test_workers (void)
{
  static const guint n_workers[] = { 0, 1, 2, 4 };
  g_autoptr (Crops) crops = crops_new ("a", 4, 4, 96);
  g_autoptr (SiambanDataset) dataset = dataset_of (crops, 65);
  SiambanLoader *loaders[G_N_ELEMENTS (n_workers)];

  for (guint i = 0; i < G_N_ELEMENTS (n_workers); i++)
    {
      loaders[i] = siamban_loader_new (dataset, 4, n_workers[i], 0, 0, 1);
      g_assert_cmpuint (siamban_loader_get_n_batches (loaders[i]), ==, 16);
    }
  for (guint k = 0; k < 16; k++)
    {
      g_autoptr (SiambanBatch) first = siamban_loader_next (loaders[0], NULL, NULL);

      g_assert_cmpuint (siamban_batch_get_size (first), ==, 4);
      for (guint j = 0; j < 4; j++)
        g_assert_cmpuint (siamban_batch_get_sample_index (first, j), ==, 4 * k + j);
      for (guint i = 1; i < G_N_ELEMENTS (n_workers); i++)
        {
          g_autoptr (GError) error = NULL;
          g_autoptr (SiambanBatch) batch = siamban_loader_next (loaders[i], NULL, &error);

          g_assert_no_error (error);
          assert_same_batch (first, batch);
        }
    }
  for (guint i = 0; i < G_N_ELEMENTS (n_workers); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (siamban_loader_next (loaders[i], NULL, &error));
      g_assert_no_error (error);
      g_assert_null (siamban_loader_next (loaders[i], NULL, &error));
      g_assert_no_error (error);
      g_assert_finalize_object (loaders[i]);
    }
}

/* A batch holds what the dataset gives for each of its indices. */
static void
test_samples (void)
{
  g_autoptr (Crops) crops = crops_new ("a", 3, 3, 96);
  g_autoptr (SiambanDataset) dataset = dataset_of (crops, 12);
  g_autoptr (SiambanLoader) loader = siamban_loader_new (dataset, 5, 2, 2, 0, 1);
  g_autoptr (SiambanBatch) batch = siamban_loader_next (loader, NULL, NULL);
  g_autoptr (GBytes) search = siamban_batch_get_search (batch);
  const guint8 *search_pixels = g_bytes_get_data (search, NULL);
  const gsize size = 3 * 63 * 63 * sizeof (float);

  g_assert_cmpuint (siamban_batch_get_template_size (batch), ==, 31);
  g_assert_cmpuint (siamban_batch_get_search_size (batch), ==, 63);
  g_assert_cmpuint (siamban_batch_get_output_size (batch), ==, 9);
  g_assert_cmpuint (g_bytes_get_size (search), ==, 5 * size);
  g_assert_true (search_pixels == (const guint8 *) _siamban_batch_peek_search (batch));
  for (guint i = 0; i < 5; i++)
    {
      g_autoptr (SiambanSample) expected = siamban_dataset_get_sample (dataset, 2 + i, NULL);
      g_autoptr (SiambanSample) found = siamban_batch_get_sample (batch, i);
      g_autoptr (GBytes) expected_search = siamban_sample_get_search (expected);
      g_autoptr (GBytes) found_search = siamban_sample_get_search (found);
      g_autoptr (GBytes) expected_loc = siamban_sample_get_label_loc (expected);
      g_autoptr (GBytes) found_loc = siamban_sample_get_label_loc (found);

      g_assert_true (g_bytes_equal (expected_search, found_search));
      g_assert_true (g_bytes_equal (expected_loc, found_loc));
      g_assert_cmpmem (search_pixels + i * size, size, g_bytes_get_data (found_search, NULL),
                       g_bytes_get_size (found_search));
      g_assert_cmpstr (siamban_sample_get_search_path (expected), ==,
                       siamban_sample_get_search_path (found));
      g_assert_cmpuint (siamban_sample_get_index (found), ==, 2 + i);
    }
}

/* Ranks share the samples, and a run goes on where it stopped. */
static void
test_ranks (void)
{
  g_autoptr (Crops) crops = crops_new ("a", 2, 2, 64);
  g_autoptr (SiambanDataset) dataset = dataset_of (crops, 50);
  gboolean seen[50] = { FALSE };

  for (guint rank = 0; rank < 3; rank++)
    {
      g_autoptr (SiambanLoader) loader = siamban_loader_new (dataset, 4, 1, 12, rank, 3);
      SiambanBatch *batch;
      guint n_batches = 0;

      g_assert_cmpuint (siamban_loader_get_n_batches (loader), ==, 3);
      while ((batch = siamban_loader_next (loader, NULL, NULL)) != NULL)
        {
          for (guint j = 0; j < 4; j++)
            {
              const guint64 index = siamban_batch_get_sample_index (batch, j);

              g_assert_cmpuint (index, ==, 12 + (n_batches * 4 + j) * 3 + rank);
              g_assert_false (seen[index]);
              seen[index] = TRUE;
            }
          n_batches++;
          siamban_batch_unref (batch);
        }
      g_assert_cmpuint (n_batches, ==, 3);
    }
  for (guint i = 0; i < 50; i++)
    g_assert_cmpint (seen[i], ==, i >= 12 && i < 48);
}

static void
test_skipped (void)
{
  g_autoptr (Crops) crops = crops_new ("a", 3, 2, 64);
  g_autoptr (SiambanDataset) dataset = dataset_of (crops, 60);
  g_autofree char *missing = crops_path (crops, 0, 0);
  g_autofree char *empty = crops_path (crops, 1, 0);
  g_autofree char *corrupt = crops_path (crops, 2, 0);
  g_autoptr (SiambanLoader) loader = NULL;
  SiambanBatch *batch;
  guint n_missing = 0, n_empty = 0, n_corrupt = 0, n_skipped = 0;

  g_assert_cmpint (g_remove (missing), ==, 0);
  g_assert_true (g_file_set_contents (empty, "", 0, NULL));
  g_assert_true (g_file_set_contents (corrupt, "\xff\xd8\xff\xe0 no more", -1, NULL));
  loader = siamban_loader_new (dataset, 10, 2, 0, 0, 1);
  while ((batch = siamban_loader_next (loader, NULL, NULL)) != NULL)
    {
      const char *const *skipped = siamban_batch_get_skipped (batch);

      g_assert_cmpuint (g_strv_length ((char **) skipped), ==, siamban_batch_get_n_skipped (batch));
      n_skipped += siamban_batch_get_n_skipped (batch);
      for (guint i = 0; skipped[i] != NULL; i++)
        {
          n_missing += g_str_has_prefix (skipped[i], missing);
          n_empty += g_str_has_prefix (skipped[i], empty);
          n_corrupt += g_str_has_prefix (skipped[i], corrupt);
        }
      siamban_batch_unref (batch);
    }
  g_assert_cmpuint (n_missing, >, 0);
  g_assert_cmpuint (n_empty, >, 0);
  g_assert_cmpuint (n_corrupt, >, 0);
  g_assert_cmpuint (n_missing + n_empty + n_corrupt, ==, n_skipped);
}

/* An error belongs to its batch; the end comes after as many batches as before. */
static void
test_all_bad (void)
{
  g_autoptr (Crops) crops = crops_new ("a", 1, 1, 16);
  g_autoptr (SiambanDataset) dataset = dataset_of (crops, 9);
  g_autofree char *path = crops_path (crops, 0, 0);

  g_assert_cmpint (g_remove (path), ==, 0);
  for (guint n_workers = 0; n_workers < 3; n_workers++)
    {
      g_autoptr (SiambanLoader) loader = siamban_loader_new (dataset, 3, n_workers, 0, 0, 1);
      g_autoptr (GError) error = NULL;

      for (guint i = 0; i < 3; i++)
        {
          g_assert_null (siamban_loader_next (loader, NULL, &error));
          g_assert_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_DATA);
          g_assert_nonnull (strstr (error->message, path));
          g_clear_error (&error);
        }
      g_assert_null (siamban_loader_next (loader, NULL, &error));
      g_assert_no_error (error);
    }
}

/* Freed at any moment, with batches in the making or still held. */
static void
test_destroy (void)
{
  g_autoptr (Crops) crops = crops_new ("a", 2, 2, 128);
  g_autoptr (SiambanDataset) dataset = dataset_of (crops, 1000);

  for (guint i = 0; i < 30; i++)
    {
      SiambanLoader *loader = siamban_loader_new (dataset, 3, 1 + i % 4, 0, 0, 1);
      g_autoptr (SiambanBatch) held = NULL;
      g_autoptr (GBytes) bytes = NULL;

      if (i % 3 == 1)
        g_usleep (i * 300);
      if (i % 3 == 2)
        {
          g_autoptr (SiambanBatch) batch = siamban_loader_next (loader, NULL, NULL);

          bytes = siamban_batch_get_template (batch);
          held = siamban_loader_next (loader, NULL, NULL);
        }
      g_assert_finalize_object (loader);
      if (held != NULL)
        g_assert_cmpuint (siamban_batch_get_sample_index (held, 2), ==, 5);
      if (bytes != NULL)
        g_assert_cmpuint (g_bytes_get_size (bytes), ==, 3 * 3 * 31 * 31 * sizeof (float));
    }
}

static void
test_cancel (void)
{
  g_autoptr (Crops) crops = crops_new ("a", 2, 2, 64);
  g_autoptr (SiambanDataset) dataset = dataset_of (crops, 12);

  for (guint n_workers = 0; n_workers < 2; n_workers++)
    {
      g_autoptr (SiambanLoader) loader = siamban_loader_new (dataset, 12, n_workers, 0, 0, 1);
      g_autoptr (GCancellable) cancellable = g_cancellable_new ();
      g_autoptr (GError) error = NULL;
      g_autoptr (SiambanBatch) batch = NULL;

      g_cancellable_cancel (cancellable);
      batch = siamban_loader_next (loader, cancellable, &error);
      if (batch == NULL)
        {
          g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
          g_clear_error (&error);
          g_cancellable_reset (cancellable);
          batch = siamban_loader_next (loader, cancellable, &error);
        }
      g_assert_no_error (error);
      g_assert_cmpuint (siamban_batch_get_sample_index (batch, 11), ==, 11);
    }
}

static gpointer
cancel_thread (gpointer data)
{
  g_usleep (2000);
  g_cancellable_cancel (data);

  return NULL;
}

/* A wait for a batch that takes long ends when another thread cancels it. */
static void
test_cancel_while_waiting (void)
{
  g_autoptr (Crops) crops = crops_new ("a", 2, 2, 256);
  g_autoptr (SiambanDataset) dataset = dataset_of (crops, 4000);
  g_autoptr (SiambanLoader) loader = siamban_loader_new (dataset, 4000, 1, 0, 0, 1);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;
  GThread *thread = g_thread_new ("cancel", cancel_thread, cancellable);

  g_assert_null (siamban_loader_next (loader, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_thread_join (thread);
}

/* However long a run, the memory of a few batches goes around. */
static void
test_memory_goes_around (void)
{
  const SiambanSampleShape shape = { 7, 15, 3, 4 };
  g_autoptr (SiambanBatchPool) pool = _siamban_batch_pool_new (2, &shape, 2);
  const float *first;
  SiambanBatch *held[4];

  for (guint i = 0; i < 4; i++)
    held[i] = _siamban_batch_pool_take (pool);
  g_assert_cmpuint (_siamban_batch_pool_get_n_allocated (pool), ==, 4);
  first = _siamban_batch_peek_template (held[0]);
  g_assert_cmpuint ((gsize) first % 64, ==, 0);
  for (guint i = 0; i < 4; i++)
    siamban_batch_unref (held[i]);
  for (guint i = 0; i < 100; i++)
    {
      g_autoptr (SiambanBatch) a = _siamban_batch_pool_take (pool);
      g_autoptr (SiambanBatch) b = _siamban_batch_pool_take (pool);

      _siamban_batch_peek_record (a, 1)->template_path = g_strdup ("a");
      g_assert_null (_siamban_batch_peek_record (b, 1)->template_path);
    }
  g_assert_cmpuint (_siamban_batch_pool_get_n_allocated (pool), ==, 4);
}

static void
test_alone (void)
{
  const SiambanSampleShape shape = { 7, 15, 3, 4 };
  g_autoptr (SiambanBatch) batch = _siamban_batch_new (2, &shape);
  g_autoptr (GBytes) cls = NULL;
  SiambanSampleBuffers buffers = _siamban_batch_peek_sample (batch, 1);

  memset (buffers.label_cls, 1, 9);
  _siamban_batch_finish (batch);
  cls = siamban_batch_get_label_cls (batch);
  g_assert_cmpmem (g_bytes_get_data (cls, NULL), 18, "\0\0\0\0\0\0\0\0\0\1\1\1\1\1\1\1\1\1", 18);
  g_assert_cmpuint (siamban_batch_get_n_skipped (batch), ==, 0);
  g_assert_null (siamban_batch_get_skipped (batch)[0]);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/loader/workers", test_workers);
  g_test_add_func ("/loader/samples", test_samples);
  g_test_add_func ("/loader/ranks", test_ranks);
  g_test_add_func ("/loader/skipped", test_skipped);
  g_test_add_func ("/loader/all-bad", test_all_bad);
  g_test_add_func ("/loader/destroy", test_destroy);
  g_test_add_func ("/loader/cancel", test_cancel);
  g_test_add_func ("/loader/cancel-while-waiting", test_cancel_while_waiting);
  g_test_add_func ("/loader/memory-goes-around", test_memory_goes_around);
  g_test_add_func ("/loader/alone", test_alone);

  return g_test_run ();
}
