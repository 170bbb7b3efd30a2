/* SPDX-License-Identifier: Apache-2.0 */
#include <glib/gstdio.h>
#include <string.h>

#include "files.h"
#include "siamban.h"

/* Every element type, bit patterns that no conversion keeps, and names that need escapes; what is
 * converted to safetensors and back is the same file. */
static void
test_round_trip (void)
{
  g_autofree char *folder = files_make_folder ();
  g_autofree char *fixture = g_test_build_filename (G_TEST_DIST, "data", "checkpoints", "zip.pth",
                                                    NULL);
  g_autofree char *path = g_build_filename (folder, "weights.safetensors", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (SiambanCheckpoint) checkpoint = siamban_checkpoint_new_from_file (fixture, &error);
  g_autoptr (SiambanCheckpoint) again = NULL;
  const char *const *names;

  g_assert_no_error (error);
  siamban_checkpoint_set_epoch (checkpoint, 7);
  siamban_checkpoint_set_tensor (
      checkpoint, "a \"quoted\" \\ name\n",
      siamban_checkpoint_lookup (checkpoint, siamban_checkpoint_get_names (checkpoint)[0]));
  g_assert_true (siamban_checkpoint_save_safetensors (checkpoint, path, &error));
  g_assert_no_error (error);

  again = siamban_checkpoint_new_from_file (path, &error);
  g_assert_no_error (error);
  g_assert_cmpint (siamban_checkpoint_get_epoch (again), ==, 7);
  names = siamban_checkpoint_get_names (checkpoint);
  g_assert_true (g_strv_equal ((const char *const *) names, siamban_checkpoint_get_names (again)));
  for (; *names != NULL; names++)
    {
      SiambanTensor *a = siamban_checkpoint_lookup (checkpoint, *names);
      SiambanTensor *b = siamban_checkpoint_lookup (again, *names);
      g_autofree char *a_text = siamban_tensor_to_string (a);
      g_autofree char *b_text = siamban_tensor_to_string (b);

      g_assert_cmpstr (a_text, ==, b_text);
      g_assert_cmpint (siamban_tensor_get_dtype (a), ==, siamban_tensor_get_dtype (b));
      g_assert_true (g_bytes_equal (siamban_tensor_get_bytes (a), siamban_tensor_get_bytes (b)));
    }

  files_remove_tree (folder);
}

/* The corpora are of files that must not be read, each with what its message says. */
static void
check_refused (const char *corpus, const char *name, const char *expected)
{
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "fuzz", "corpus", corpus, name, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (SiambanCheckpoint) checkpoint = siamban_checkpoint_new_from_file (path, &error);

  g_assert_null (checkpoint);
  g_assert_nonnull (error);
  g_assert_nonnull (strstr (error->message, path));
  if (strstr (error->message, expected) == NULL)
    g_error ("%s: “%s” is not in “%s”", name, expected, error->message);
}

static void
test_refused (void)
{
  static const struct
  {
    const char *name;
    const char *message;
  } headers[] = {
    { "overlap.safetensors", "expected a place that begins at 4" },
    { "hole.safetensors", "expected a place that begins at 4" },
    { "reversed.safetensors", "expected a place that begins at 0" },
    { "rest.safetensors", "the file has 10" },
    { "huge-shape.safetensors", "do not make" },
    { "huge-header.safetensors", "longer than the file" },
    { "many-dims.safetensors", "more numbers" },
    { "deep.safetensors", "expected an object" },
    { "twice.safetensors", "two tensors of the same name" },
    { "float8.safetensors", "not supported" },
    { "nan.safetensors", "a whole number" },
    { "no-shape.safetensors", "without its dtype, shape" },
    { "empty.safetensors", "no tensors" },
  }, archives[] = {
    { "dotdot.zip", "leads out of the archive" }, { "absolute.zip", "leads out of the archive" },
    { "twice.zip", "is there twice" },            { "overlap.zip", "overlaps others" },
    { "bomb-pickle.zip", "far more data" },       { "script.pt", "TorchScript" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (headers); i++)
    check_refused ("safetensors", headers[i].name, headers[i].message);
  for (gsize i = 0; i < G_N_ELEMENTS (archives); i++)
    check_refused ("zip", archives[i].name, archives[i].message);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/safetensors/round-trip", test_round_trip);
  g_test_add_func ("/safetensors/refused", test_refused);

  return g_test_run ();
}
