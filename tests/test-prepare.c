/* SPDX-License-Identifier: Apache-2.0 */
#include <glib/gstdio.h>
#include <json-glib/json-glib.h>
#include <math.h>
#include <string.h>
#include <utime.h>

#include "files.h"
#include "siamban-crop-private.h"
#include "siamban-image-private.h"
#include "siamban.h"

#define WIDTH 200
#define HEIGHT 150

typedef struct
{
  char *root;
  char *source;
  char *folder;
} Fixture;

/* A frame of one grey with a brighter rectangle at the box. */
static SiambanImage *
make_image (const SiambanBox *box)
{
  guint8 *pixels = g_malloc (WIDTH * HEIGHT * 3);

  for (guint y = 0; y < HEIGHT; y++)
    for (guint x = 0; x < WIDTH; x++)
      {
        const gboolean inside = x >= box->x1 && x < box->x2 && y >= box->y1 && y < box->y2;

        memset (pixels + (y * WIDTH + x) * 3, inside ? 220 : 60, 3);
      }

  return _siamban_image_new_take (WIDTH, HEIGHT, pixels);
}

static void
write_sequence (Fixture *fixture, const char *name, guint n_frames)
{
  g_autoptr (GString) truth = g_string_new (NULL);
  g_autofree char *truth_name = g_build_filename (name, "groundtruth.txt", NULL);

  for (guint i = 0; i < n_frames; i++)
    {
      const SiambanBox box = { 40 + 5 * i, 50, 80 + 5 * i, 70 };
      g_autoptr (SiambanImage) image = make_image (&box);
      g_autofree char *file = g_strdup_printf ("%s/img/%u.png", name, i + 1);
      g_autofree char *path = g_build_filename (fixture->source, file, NULL);
      g_autoptr (GError) error = NULL;

      files_write (fixture->source, file, "");
      siamban_image_save (image, path, 95, &error);
      g_assert_no_error (error);
      g_string_append_printf (truth, "%u,50,40,20\n", 40 + 5 * i);
    }
  files_write (fixture->source, truth_name, truth->str);
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->root = files_make_folder ();
  fixture->source = g_build_filename (fixture->root, "raw", NULL);
  fixture->folder = g_build_filename (fixture->root, "crops", NULL);
  g_assert_cmpint (g_mkdir (fixture->source, 0777), ==, 0);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  files_remove_tree (fixture->root);
  g_free (fixture->root);
  g_free (fixture->source);
  g_free (fixture->folder);
}

static SiambanImporter *
make_importer (Fixture *fixture)
{
  const char *const sources[] = { fixture->source, NULL };

  return SIAMBAN_IMPORTER (siamban_frames_importer_new (sources, fixture->folder));
}

static JsonParser *
load_annotations (Fixture *fixture)
{
  g_autofree char *path = g_build_filename (fixture->folder, "train.json", NULL);
  g_autoptr (GError) error = NULL;
  JsonParser *parser = json_parser_new ();

  json_parser_load_from_file (parser, path, &error);
  g_assert_no_error (error);

  return parser;
}

static JsonObject *
get_track (JsonParser *parser, const char *video)
{
  JsonObject *root = json_node_get_object (json_parser_get_root (parser));

  g_assert_true (json_object_has_member (root, video));

  return json_object_get_object_member (json_object_get_object_member (root, video), "00");
}

static SiambanPrepareReport *
run (SiambanImporter *importer)
{
  g_autoptr (GError) error = NULL;

  siamban_importer_run (importer, NULL, &error);
  g_assert_no_error (error);

  return siamban_importer_get_report (importer);
}

static void
count_progress_cb (SiambanImporter *importer, guint n_done, guint n_frames, guint *n_calls)
{
  g_assert_cmpuint (n_done, <=, n_frames);
  *n_calls += 1;
}

static void
test_run (Fixture *fixture, gconstpointer data)
{
  g_autoptr (SiambanImporter) importer = NULL;
  g_autoptr (JsonParser) parser = NULL;
  g_autoptr (SiambanImage) crop = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *crop_path = g_build_filename (fixture->folder, "b", "000002.00.x.jpg", NULL);
  SiambanPrepareReport *report;
  JsonArray *box;
  const guint8 *pixels;
  guint n_calls = 0;

  write_sequence (fixture, "a", 3);
  write_sequence (fixture, "class/b", 4);
  importer = make_importer (fixture);
  g_assert_cmpstr (siamban_importer_get_folder (importer), ==, fixture->folder);
  g_assert_cmpstr (siamban_frames_importer_get_sources (SIAMBAN_FRAMES_IMPORTER (importer))[0], ==,
                   fixture->source);
  g_signal_connect (importer, "progress", G_CALLBACK (count_progress_cb), &n_calls);

  report = run (importer);
  g_assert_cmpuint (siamban_prepare_report_get_n_videos (report), ==, 2);
  g_assert_cmpuint (siamban_prepare_report_get_n_frames (report), ==, 7);
  g_assert_cmpuint (siamban_prepare_report_get_n_crops (report), ==, 7);
  g_assert_cmpuint (siamban_prepare_report_get_n_kept (report), ==, 0);
  g_assert_cmpuint (siamban_prepare_report_get_n_bad_boxes (report), ==, 0);
  g_assert_cmpuint (siamban_prepare_report_get_n_bad_images (report), ==, 0);
  g_assert_null (siamban_prepare_report_get_messages (report)[0]);
  g_assert_cmpuint (n_calls, ==, 7);

  parser = load_annotations (fixture);
  g_assert_cmpuint (json_object_get_size (get_track (parser, "a")), ==, 3);
  box = json_object_get_array_member (get_track (parser, "b"), "000002");
  g_assert_cmpfloat (json_array_get_double_element (box, 0), ==, 50);
  g_assert_cmpfloat (json_array_get_double_element (box, 3), ==, 70);

  crop = siamban_image_new_from_file (crop_path, &error);
  g_assert_no_error (error);
  pixels = _siamban_image_peek (crop);
  g_assert_cmpuint (siamban_image_get_width (crop), ==, 511);
  /* The target is bright and in the middle; the frame's mean is outside the frame. */
  g_assert_cmpint (ABS (pixels[(255 * 511 + 255) * 3] - 220), <=, 3);
  g_assert_cmpint (ABS (pixels[0] - 64), <=, 3);
}

/* The square of 127 template pixels holds the target with its context: a target of 40 × 20 spans
 * 40·127/s pixels, s = √(70 · 50). */
static void
test_geometry (Fixture *fixture, gconstpointer data)
{
  const SiambanBox box = { 60, 50, 100, 70 };
  const double scale = 127 / sqrt (70.0 * 50.0);
  g_autoptr (SiambanImage) image = make_image (&box);
  g_autoptr (SiambanImage) crop = NULL;
  const guint8 *pixels;
  guint8 mean[3];
  guint across = 0, down = 0;

  _siamban_image_get_mean (image, mean);
  g_assert_cmpuint (mean[1], ==, 64); /* 60 + 160 · 800 / 30000 = 64.27 */
  crop = _siamban_crop_target (image, &box, mean);
  pixels = _siamban_image_peek (crop);
  for (guint i = 0; i < 511; i++)
    {
      across += pixels[(255 * 511 + i) * 3] > 140 ? 1 : 0;
      down += pixels[(i * 511 + 255) * 3] > 140 ? 1 : 0;
    }
  g_assert_cmpfloat (fabs (across - 40 * scale), <, 2);
  g_assert_cmpfloat (fabs (down - 20 * scale), <, 2);
}

static gint64
get_change_time (const char *path)
{
  GStatBuf info;

  g_assert_cmpint (g_stat (path, &info), ==, 0);

  return (gint64) info.st_mtime;
}

static void
set_change_time (const char *path, gint64 seconds)
{
  struct utimbuf times = { (time_t) seconds, (time_t) seconds };

  g_assert_cmpint (g_utime (path, &times), ==, 0);
}

static void
test_resume (Fixture *fixture, gconstpointer data)
{
  g_autofree char *kept = g_build_filename (fixture->folder, "a", "000000.00.x.jpg", NULL);
  g_autofree char *cut = g_build_filename (fixture->folder, "a", "000001.00.x.jpg", NULL);
  g_autofree char *gone = g_build_filename (fixture->folder, "a", "000002.00.x.jpg", NULL);
  g_autofree char *truth = g_build_filename (fixture->source, "a", "groundtruth.txt", NULL);
  g_autoptr (SiambanImporter) importer = NULL;
  SiambanPrepareReport *report;
  gint64 now;

  write_sequence (fixture, "a", 4);
  importer = make_importer (fixture);
  run (importer);
  now = get_change_time (kept);

  g_assert_true (g_file_set_contents (cut, "\xFF\xD8\xFF", 3, NULL));
  g_assert_cmpint (g_unlink (gone), ==, 0);
  report = run (importer);
  g_assert_cmpuint (siamban_prepare_report_get_n_crops (report), ==, 4);
  g_assert_cmpuint (siamban_prepare_report_get_n_kept (report), ==, 2);
  g_assert_true (files_exist (fixture->folder, "a/000002.00.x.jpg"));

  /* Boxes that were corrected afterwards make other crops. */
  set_change_time (truth, now + 100);
  report = run (importer);
  g_assert_cmpuint (siamban_prepare_report_get_n_kept (report), ==, 0);

  set_change_time (truth, now - 100);
  report = run (importer);
  g_assert_cmpuint (siamban_prepare_report_get_n_kept (report), ==, 4);

  siamban_importer_set_force (importer, TRUE);
  g_assert_true (siamban_importer_get_force (importer));
  report = run (importer);
  g_assert_cmpuint (siamban_prepare_report_get_n_kept (report), ==, 0);
  g_assert_cmpuint (siamban_prepare_report_get_n_crops (report), ==, 4);
}

/* Everything that can be wrong with single frames and sequences at once: the rest is prepared. */
static void
test_skips (Fixture *fixture, gconstpointer data)
{
  g_autoptr (SiambanImporter) importer = NULL;
  g_autoptr (JsonParser) parser = NULL;
  g_autoptr (SiambanPrepareReport) report = NULL;
  g_autofree char *all = NULL;
  g_autofree char *text = NULL;

  write_sequence (fixture, "good", 8);
  files_write (fixture->source, "good/img/3.png", "not an image");
  files_write (fixture->source, "good/img/4.png", "");
  files_write (fixture->source, "good/groundtruth.txt",
               "40,50,40,20\n0,0,0,0\n40,50,40,20\n40,50,40,20\nnan,nan,nan,nan\n"
               "900,900,40,20\n40,50,-4,20\n40,50,40,20\n40,50,40,20\n");
  write_sequence (fixture, "lines", 2);
  files_write (fixture->source, "lines/groundtruth.txt", "1,2,3,4\n1,2,x,4\n");
  write_sequence (fixture, "alone", 1);
  {
    g_autofree char *path = g_build_filename (fixture->source, "alone", "groundtruth.txt", NULL);

    g_unlink (path);
  }

  importer = make_importer (fixture);
  report = siamban_prepare_report_ref (run (importer));
  g_assert_cmpuint (siamban_prepare_report_get_n_videos (report), ==, 1);
  g_assert_cmpuint (siamban_prepare_report_get_n_frames (report), ==, 8);
  g_assert_cmpuint (siamban_prepare_report_get_n_crops (report), ==, 2);
  g_assert_cmpuint (siamban_prepare_report_get_n_bad_boxes (report), ==, 4);
  g_assert_cmpuint (siamban_prepare_report_get_n_bad_images (report), ==, 2);

  all = g_strjoinv ("\n", (char **) siamban_prepare_report_get_messages (report));
  g_assert_nonnull (strstr (all, "good/img/3.png"));
  g_assert_nonnull (strstr (all, "good/img/4.png"));
  g_assert_nonnull (strstr (all, "8 frames, but 9 boxes"));
  g_assert_nonnull (strstr (all, "lines/groundtruth.txt:2:"));
  g_assert_nonnull (strstr (all, "alone: 1 images, but no groundtruth.txt"));
  text = siamban_prepare_report_to_string (report);
  g_assert_nonnull (strstr (text, "2 crops"));

  parser = load_annotations (fixture);
  g_assert_cmpuint (json_object_get_size (get_track (parser, "good")), ==, 2);
  g_assert_true (json_object_has_member (get_track (parser, "good"), "000007"));
  g_assert_false (files_exist (fixture->folder, "good/000002.00.x.jpg"));
}

/* Two sequences of one name, and names that JSON or a file system could trip over. */
static void
test_names (Fixture *fixture, gconstpointer data)
{
  g_autoptr (SiambanImporter) importer = NULL;
  g_autoptr (JsonParser) parser = NULL;

  write_sequence (fixture, "x/same", 1);
  write_sequence (fixture, "y/same", 1);
  write_sequence (fixture, "a \"quote\" and \\ ü", 1);
  importer = make_importer (fixture);
  run (importer);

  parser = load_annotations (fixture);
  g_assert_nonnull (get_track (parser, "same"));
  g_assert_nonnull (get_track (parser, "same-2"));
  g_assert_nonnull (get_track (parser, "a \"quote\" and - ü"));
  g_assert_true (files_exist (fixture->folder, "same-2/000000.00.x.jpg"));
}

static void
assert_fails (SiambanImporter *importer, GCancellable *cancellable, GQuark domain, int code)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (siamban_importer_run (importer, cancellable, &error));
  g_assert_error (error, domain, code);
  g_assert_null (siamban_importer_get_report (importer));
}

static void
test_failures (Fixture *fixture, gconstpointer data)
{
  g_autofree char *file = g_build_filename (fixture->root, "file", NULL);
  g_autofree char *below = g_build_filename (file, "inside", NULL);
  const char *const here[] = { fixture->source, NULL };
  const char *const nowhere[] = { "/nonexistent/folder", NULL };
  const char *const nothing[] = { NULL };
  g_autoptr (SiambanImporter) importer = make_importer (fixture);
  g_autoptr (SiambanFramesImporter) absent = siamban_frames_importer_new (nowhere, fixture->folder);
  g_autoptr (SiambanFramesImporter) empty = siamban_frames_importer_new (nothing, fixture->folder);
  g_autoptr (SiambanFramesImporter) unwritable = siamban_frames_importer_new (here, below);

  files_write (fixture->root, "file", "");
  assert_fails (importer, NULL, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_DATA);
  assert_fails (SIAMBAN_IMPORTER (empty), NULL, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_DATA);
  assert_fails (SIAMBAN_IMPORTER (absent), NULL, SIAMBAN_ERROR, SIAMBAN_ERROR_IO);
  write_sequence (fixture, "a", 2);
  assert_fails (SIAMBAN_IMPORTER (unwritable), NULL, SIAMBAN_ERROR, SIAMBAN_ERROR_IO);
  g_assert_false (files_exist (fixture->folder, "train.json"));
}

/* A folder stands where a crop should be written: the whole run ends, and says at which file. */
static void
test_unwritable_crop (Fixture *fixture, gconstpointer data)
{
  g_autoptr (SiambanImporter) importer = NULL;
  g_autoptr (GError) error = NULL;

  write_sequence (fixture, "a", 3);
  files_write (fixture->folder, "a/000001.00.x.jpg/in-the-way", "");
  importer = make_importer (fixture);
  g_assert_false (siamban_importer_run (importer, NULL, &error));
  g_assert_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_IO);
  g_assert_nonnull (strstr (error->message, "000001.00.x.jpg"));
  g_assert_false (files_exist (fixture->folder, "train.json"));
}

static void
cancel_cb (SiambanImporter *importer, guint n_done, guint n_frames, GCancellable *cancellable)
{
  if (n_done == 1)
    g_cancellable_cancel (cancellable);
}

static void
test_cancel (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GCancellable) cancelled = g_cancellable_new ();
  g_autoptr (SiambanImporter) importer = NULL;
  SiambanPrepareReport *report;
  g_autofree char *video = g_build_filename (fixture->folder, "a", NULL);

  write_sequence (fixture, "a", 30);
  importer = make_importer (fixture);
  siamban_importer_set_n_threads (importer, 1);
  g_assert_cmpuint (siamban_importer_get_n_threads (importer), ==, 1);
  g_cancellable_cancel (cancelled);
  assert_fails (importer, cancelled, G_IO_ERROR, G_IO_ERROR_CANCELLED);

  g_signal_connect (importer, "progress", G_CALLBACK (cancel_cb), cancellable);
  assert_fails (importer, cancellable, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_false (files_exist (fixture->folder, "train.json"));
  g_assert_cmpuint (files_count (video), >=, 1);

  report = run (importer);
  g_assert_cmpuint (siamban_prepare_report_get_n_kept (report), >=, 1);
  g_assert_cmpuint (siamban_prepare_report_get_n_crops (report), ==, 30);
}

typedef struct
{
  GMainLoop *loop;
  GThread *thread;
  guint n_done;
  gboolean ok;
  GError *error;
} Wait;

static void
note_progress_cb (SiambanImporter *importer, guint n_done, guint n_frames, Wait *wait)
{
  g_assert_true (g_thread_self () == wait->thread);
  g_assert_cmpuint (n_done, >, wait->n_done);
  wait->n_done = n_done;
}

static void
finish_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Wait *wait = user_data;

  wait->ok = siamban_importer_run_finish (SIAMBAN_IMPORTER (source), result, &wait->error);
  g_main_loop_quit (wait->loop);
}

static void
refuse_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GError **error = user_data;

  g_assert_false (siamban_importer_run_finish (SIAMBAN_IMPORTER (source), result, error));
}

static void
test_async (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (SiambanImporter) importer = NULL;
  g_autoptr (GError) refusal = NULL;
  Wait wait = { loop, g_thread_self (), 0, FALSE, NULL };
  gboolean force;
  guint n_threads;
  g_autofree char *folder = NULL;
  g_autoptr (SiambanPrepareReport) report = NULL;

  write_sequence (fixture, "a", 10);
  importer = make_importer (fixture);
  g_signal_connect (importer, "progress", G_CALLBACK (note_progress_cb), &wait);
  siamban_importer_run_async (importer, NULL, finish_cb, &wait);
  siamban_importer_run_async (importer, NULL, refuse_cb, &refusal);
  g_main_loop_run (loop);

  g_assert_no_error (wait.error);
  g_assert_true (wait.ok);
  g_assert_cmpuint (wait.n_done, ==, 10);
  g_assert_error (refusal, SIAMBAN_ERROR, SIAMBAN_ERROR_FAILED);
  g_object_get (importer, "folder", &folder, "force", &force, "n-threads", &n_threads, "report",
                &report, NULL);
  g_assert_cmpuint (siamban_prepare_report_get_n_crops (report), ==, 10);
  g_assert_cmpstr (folder, ==, fixture->folder);
  g_assert_false (force);
  g_assert_cmpuint (n_threads, ==, 0);
}

/* The result must not depend on how many threads made it. */
static void
test_threads (Fixture *fixture, gconstpointer data)
{
  char *text[2] = { NULL, NULL };
  char *crops[2] = { NULL, NULL };

  write_sequence (fixture, "a", 5);
  write_sequence (fixture, "b", 5);
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (SiambanImporter) importer = make_importer (fixture);
      g_autofree char *path = g_build_filename (fixture->folder, "train.json", NULL);
      g_autofree char *crop = g_build_filename (fixture->folder, "b", "000003.00.x.jpg", NULL);
      gsize size;
      g_autofree char *bytes = NULL;

      siamban_importer_set_n_threads (importer, 1 + 3 * i);
      siamban_importer_set_force (importer, TRUE);
      run (importer);
      g_assert_true (g_file_get_contents (path, &text[i], NULL, NULL));
      g_assert_true (g_file_get_contents (crop, &bytes, &size, NULL));
      crops[i] = g_compute_checksum_for_data (G_CHECKSUM_SHA256, (const guchar *) bytes, size);
    }
  g_assert_cmpstr (text[0], ==, text[1]);
  g_assert_cmpstr (crops[0], ==, crops[1]);
  for (guint i = 0; i < 2; i++)
    {
      g_free (text[i]);
      g_free (crops[i]);
    }
}

/* The real sequences that the developer points to; none are part of the project. */
static void
test_real_data (Fixture *fixture, gconstpointer data)
{
  const char *root = g_getenv ("SIAMBAN_REAL_DATA");
  g_autofree char *sequences = NULL;
  g_autoptr (SiambanFramesImporter) importer = NULL;
  SiambanPrepareReport *report;

  if (root == NULL)
    {
      g_test_skip ("SIAMBAN_REAL_DATA is not set");
      return;
    }

  sequences = g_build_filename (root, "sequences", NULL);
  importer = siamban_frames_importer_new ((const char *const[]){ sequences, NULL },
                                          fixture->folder);
  report = run (SIAMBAN_IMPORTER (importer));
  g_assert_cmpuint (siamban_prepare_report_get_n_videos (report), ==, 4);
  g_assert_cmpuint (siamban_prepare_report_get_n_frames (report), ==, 120 + 196 + 164 + 67);
  g_assert_cmpuint (siamban_prepare_report_get_n_crops (report), ==, 120 + 196 + 164 + 67);
}

/* As OTB has it where there is more than one target: each file is a track, and one that cannot be
 * read or is shorter takes nothing from the others. */
static void
test_several_targets (Fixture *fixture, gconstpointer data)
{
  g_autoptr (SiambanImporter) importer = NULL;
  g_autoptr (JsonParser) parser = NULL;
  g_autofree char *truth = g_build_filename (fixture->source, "jog", "groundtruth.txt", NULL);
  g_autofree char *crop = g_build_filename (fixture->folder, "jog", "000001.01.x.jpg", NULL);
  SiambanPrepareReport *report;
  JsonObject *tracks;
  JsonArray *box;

  write_sequence (fixture, "jog", 3);
  g_assert_cmpint (g_remove (truth), ==, 0);
  files_write (fixture->source, "jog/groundtruth_rect.1.txt",
               "40,50,40,20\n45,50,40,20\n50,50,40,20\n");
  files_write (fixture->source, "jog/groundtruth_rect.2.txt", "10\t20\t30\t40\n11\t20\t30\t40\n");
  files_write (fixture->source, "jog/groundtruth_rect.3.txt", "not a box\n");
  files_write (fixture->source, "jog/groundtruth_rect.10.txt",
               "90 90 20 20\n90 90 20 20\n90 90 20 20\n");
  files_write (fixture->source, "jog/notes.txt", "what the camera was");

  importer = make_importer (fixture);
  report = run (importer);
  g_assert_cmpuint (siamban_prepare_report_get_n_videos (report), ==, 1);
  g_assert_cmpuint (siamban_prepare_report_get_n_frames (report), ==, 3);
  g_assert_cmpuint (siamban_prepare_report_get_n_crops (report), ==, 3 + 2 + 3);
  g_assert_true (g_file_test (crop, G_FILE_TEST_IS_REGULAR));

  parser = load_annotations (fixture);
  tracks = json_object_get_object_member (json_node_get_object (json_parser_get_root (parser)),
                                          "jog");
  g_assert_cmpuint (json_object_get_size (tracks), ==, 3);
  g_assert_cmpuint (json_object_get_size (json_object_get_object_member (tracks, "00")), ==, 3);
  g_assert_cmpuint (json_object_get_size (json_object_get_object_member (tracks, "01")), ==, 2);
  g_assert_cmpuint (json_object_get_size (json_object_get_object_member (tracks, "03")), ==, 3);
  box = json_object_get_array_member (json_object_get_object_member (tracks, "01"), "000001");
  g_assert_cmpfloat (
      json_array_get_double_element (box, 2) - json_array_get_double_element (box, 0), ==, 30);
}

#define ADD(name, function)                                                                        \
  g_test_add ("/prepare/" name, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  ADD ("run", test_run);
  ADD ("geometry", test_geometry);
  ADD ("resume", test_resume);
  ADD ("skips", test_skips);
  ADD ("names", test_names);
  ADD ("several-targets", test_several_targets);
  ADD ("failures", test_failures);
  ADD ("unwritable-crop", test_unwritable_crop);
  ADD ("cancel", test_cancel);
  ADD ("async", test_async);
  ADD ("threads", test_threads);
  ADD ("real-data", test_real_data);

  return g_test_run ();
}
