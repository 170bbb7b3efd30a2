/* SPDX-License-Identifier: Apache-2.0 */
#include <glib/gstdio.h>

#include "siamban-atomic-file-private.h"
#include "siamban.h"

static void
test_replace (void)
{
  g_autofree char *folder = g_dir_make_tmp ("siamban-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "state", NULL);
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GDir) dir = NULL;
  guint n_files = 0;

  g_assert_true (_siamban_write_atomically (path, "old", 3, &error));
  g_assert_true (_siamban_write_atomically (path, "newer", 5, &error));
  g_assert_no_error (error);

  {
    /* Given up before it was complete: the file must not change. */
    g_autoptr (SiambanAtomicFile) file = _siamban_atomic_file_open (path, &error);

    g_assert_no_error (error);
    g_assert_true (_siamban_atomic_file_write (file, "half", 4, &error));
    g_assert_true (
        g_file_test (_siamban_atomic_file_get_temporary_path (file), G_FILE_TEST_EXISTS));
  }

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  g_assert_cmpstr (text, ==, "newer");

  dir = g_dir_open (folder, 0, NULL);
  while (g_dir_read_name (dir) != NULL)
    n_files++;
  g_assert_cmpuint (n_files, ==, 1);

  g_unlink (path);
  g_rmdir (folder);
}

static void
test_no_folder (void)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (_siamban_write_atomically ("/nonexistent/folder/file", "x", 1, &error));
  g_assert_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_IO);
  g_assert_nonnull (strstr (error->message, "/nonexistent/folder/file"));
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/atomic-file/replace", test_replace);
  g_test_add_func ("/atomic-file/no-folder", test_no_folder);

  return g_test_run ();
}
