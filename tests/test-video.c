/* SPDX-License-Identifier: Apache-2.0 */
#include <glib/gstdio.h>
#include <math.h>

#include "files.h"
#include "siamban.h"

#define WIDTH 67 /* no multiple of what codecs like */
#define HEIGHT 48
#define N_FRAMES 30
#define RATE 12.5

/* Grey, and the brighter the later: frames can be told apart after lossy coding. */
static SiambanImage *
make_frame (guint index)
{
  const gsize n = WIDTH * HEIGHT * 3;
  guint8 *pixels = g_malloc (n);
  g_autoptr (GBytes) bytes = NULL;

  memset (pixels, (int) (20 + 7 * index), n);
  bytes = g_bytes_new_take (pixels, n);

  return siamban_image_new_from_data (WIDTH, HEIGHT, bytes, NULL);
}

static double
brightness (SiambanImage *frame)
{
  g_autoptr (GBytes) bytes = siamban_image_get_bytes (frame);
  gsize n;
  const guint8 *pixels = g_bytes_get_data (bytes, &n);
  double sum = 0;

  for (gsize i = 0; i < n; i++)
    sum += pixels[i];

  return sum / (double) n;
}

/* NULL where there is no encoder for that kind of file. */
static char *
write_video (const char *folder, const char *name, GError **error)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_autoptr (SiambanVideoWriter)
      writer = siamban_video_writer_new (path, WIDTH, HEIGHT, RATE, error);

  if (writer == NULL)
    return NULL;

  for (guint i = 0; i < N_FRAMES; i++)
    {
      g_autoptr (SiambanImage) frame = make_frame (i);

      g_assert_true (siamban_video_writer_add (writer, frame, error));
    }
  g_assert_true (siamban_video_writer_finish (writer, error));
  g_assert_false (siamban_video_writer_finish (writer, NULL));

  return g_steal_pointer (&path);
}

static void
check_frame (SiambanSequence *sequence, guint index)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SiambanImage) frame = siamban_sequence_get_frame (sequence, index, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (siamban_image_get_width (frame), ==, WIDTH);
  g_assert_cmpuint (siamban_image_get_height (frame), ==, HEIGHT);
  /* Half of the step from one frame to the next. */
  g_assert_cmpfloat (fabs (brightness (frame) - (20 + 7.0 * index)), <, 3.5);
}

static void
test_round_trip (gconstpointer data)
{
  const char *name = data;
  g_autofree char *folder = files_make_folder ();
  g_autoptr (GError) error = NULL;
  g_autofree char *path = write_video (folder, name, &error);
  g_autoptr (SiambanSequence) sequence = NULL;

  if (path == NULL)
    {
      g_assert_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_UNSUPPORTED);
      g_test_skip (error->message);
      files_remove_tree (folder);
      return;
    }

  sequence = siamban_sequence_new_from_video (path, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (siamban_sequence_get_n_frames (sequence), ==, N_FRAMES);
  g_assert_cmpfloat (fabs (siamban_sequence_get_frame_rate (sequence) - RATE), <, 0.1);
  g_assert_cmpstr (siamban_sequence_get_name (sequence), ==, "clip");
  g_assert_cmpstr (siamban_sequence_get_frame_path (sequence, 3), ==, path);

  for (guint i = 0; i < N_FRAMES; i++)
    check_frame (sequence, i);
  /* Back, to and fro, and to the end again. */
  check_frame (sequence, 4);
  check_frame (sequence, 5);
  check_frame (sequence, 25);
  check_frame (sequence, 0);
  check_frame (sequence, N_FRAMES - 1);
  g_assert_null (siamban_sequence_get_frame (sequence, N_FRAMES, &error));
  g_assert_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_DATA);

  files_remove_tree (folder);
}

static gboolean
has_gstreamer (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SiambanSequence) sequence = siamban_sequence_new_from_video ("/", NULL, &error);

  return sequence == NULL && strstr (error->message, "has no GStreamer") == NULL;
}

static void
check_refused (const char *path, int code)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (siamban_sequence_new_from_video (path, NULL, &error));
  g_assert_nonnull (error);
  g_test_message ("%s", error->message);
  g_assert_true (error->domain == SIAMBAN_ERROR);
  if (code >= 0)
    g_assert_cmpint (error->code, ==, code);
  g_assert_nonnull (strstr (error->message, path));
}

static void
test_damaged (void)
{
  g_autofree char *folder = files_make_folder ();
  g_autofree char *noise = g_build_filename (folder, "noise.mkv", NULL);
  g_autofree char *missing = g_build_filename (folder, "missing.mkv", NULL);
  g_autofree char *empty = g_build_filename (folder, "empty.avi", NULL);
  g_autofree char *cut = g_build_filename (folder, "cut.avi", NULL);
  g_autofree char *path = NULL;
  g_autofree char *content = NULL;
  gsize length;

  if (!has_gstreamer ())
    {
      g_test_skip ("built without GStreamer");
      files_remove_tree (folder);
      return;
    }

  g_assert_true (
      g_file_set_contents (noise, "no video, but text that goes on for a while", -1, NULL));
  g_assert_true (g_file_set_contents (empty, "", 0, NULL));
  check_refused (noise, -1);
  check_refused (empty, -1);
  check_refused (missing, SIAMBAN_ERROR_IO);

  /* A file that ends early has the frames that it has, or is refused; it never hangs. */
  path = write_video (folder, "clip.avi", NULL);
  if (path != NULL)
    {
      g_autoptr (SiambanSequence) sequence = NULL;

      g_assert_true (g_file_get_contents (path, &content, &length, NULL));
      g_assert_true (g_file_set_contents (cut, content, (gssize) (length / 2), NULL));
      sequence = siamban_sequence_new_from_video (cut, NULL, NULL);
      if (sequence != NULL)
        g_assert_cmpuint (siamban_sequence_get_n_frames (sequence), <=, N_FRAMES);
    }

  files_remove_tree (folder);
}

static void
test_writer (void)
{
  g_autofree char *folder = files_make_folder ();
  g_autofree char *unknown = g_build_filename (folder, "clip.xyz", NULL);
  g_autoptr (SiambanVideoWriter) writer = NULL;
  g_autoptr (GError) error = NULL;

  writer = siamban_video_writer_new (unknown, 10, 10, 25, &error);
  g_assert_null (writer);
  g_assert_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_UNSUPPORTED);
  g_assert_nonnull (strstr (error->message, unknown));
  g_clear_error (&error);

  writer = siamban_video_writer_new ("/no/such/folder/clip.avi", 10, 10, 25, &error);
  g_assert_null (writer);
  g_assert_nonnull (strstr (error->message, "/no/such/folder/clip.avi"));

  files_remove_tree (folder);
}

static void
test_cancel (void)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autofree char *folder = files_make_folder ();
  g_autofree char *path = write_video (folder, "clip.avi", NULL);
  g_autoptr (GError) error = NULL;

  if (path != NULL)
    {
      g_cancellable_cancel (cancellable);
      g_assert_null (siamban_sequence_new_from_video (path, cancellable, &error));
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
    }
  else
    g_test_skip ("no encoder");

  files_remove_tree (folder);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_data_func ("/video/round-trip/avi", "clip.avi", test_round_trip);
  g_test_add_data_func ("/video/round-trip/webm", "clip.webm", test_round_trip);
  g_test_add_data_func ("/video/round-trip/ogv", "clip.ogv", test_round_trip);
  g_test_add_data_func ("/video/round-trip/mp4", "clip.mp4", test_round_trip);
  g_test_add_func ("/video/damaged", test_damaged);
  g_test_add_func ("/video/writer", test_writer);
  g_test_add_func ("/video/cancel", test_cancel);

  return g_test_run ();
}
