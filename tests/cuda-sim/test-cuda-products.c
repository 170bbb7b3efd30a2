/* SPDX-License-Identifier: Apache-2.0 */

/* 1 × 1 convolutions as products of matrices: the same numbers, the choice between two ways, and the file
 * where it is kept. */
#include <glib/gstdio.h>
#include <string.h>

#include "cuda-sim.h"
#include "files.h"
#include "siamban-program-private.h"
#include "step.h"

/* Two convolutions of the block and the one behind it, three passes each. */
#define CASE "block/inverted-residual"
#define N_PASSES 9

static SiambanProgram *
make_program (void)
{
  g_autoptr (SiambanGraph) graph = step_build (CASE);

  return step_compile ("cuda:0", graph, TRUE);
}

static char *
get_path (void)
{
  return g_build_filename (g_get_user_cache_dir (), "siamban", "cuda-choices.ini", NULL);
}

/* What the choices are in the file: how many for products, how many for cuDNN. */
static void
count_choices (guint *n_products, guint *n_plans)
{
  g_autofree char *path = get_path ();
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) groups = NULL;
  g_auto (GStrv) keys = NULL;

  *n_products = *n_plans = 0;
  g_key_file_load_from_file (file, path, G_KEY_FILE_NONE, &error);
  g_assert_no_error (error);
  groups = g_key_file_get_groups (file, NULL);
  g_assert_cmpuint (g_strv_length (groups), ==, 1);
  g_assert_true (g_str_has_prefix (groups[0], "Simulated device 0, cuDNN "));
  keys = g_key_file_get_keys (file, groups[0], NULL, &error);
  g_assert_no_error (error);
  for (char **key = keys; *key != NULL; key++)
    {
      g_autofree char *choice = g_key_file_get_string (file, groups[0], *key, NULL);

      *(g_str_equal (choice, "cublaslt") ? n_products : n_plans) += 1;
    }
}

/* Makes all choices of the file this one. */
static void
rewrite_choices (const char *to)
{
  g_autofree char *path = get_path ();
  g_autofree char *text = NULL;
  g_autoptr (GString) changed = NULL;
  gsize length;

  g_assert_true (g_file_get_contents (path, &text, &length, NULL));
  changed = g_string_new (text);
  g_string_replace (changed, "=cublaslt", "=?", 0);
  g_string_replace (changed, "=cudnn", "=?", 0);
  g_string_replace (changed, "=?", to, 0);
  g_assert_true (g_file_set_contents (path, changed->str, -1, NULL));
}

/* In a process of its own, which reads the file: how often a way was timed, and products were computed
 * in a step. */
static void
child_compile (void)
{
  g_autoptr (SiambanProgram) program = NULL;
  g_autoptr (GError) error = NULL;
  int n_timed, n_products;

  if (!g_test_subprocess ())
    return;
  program = make_program ();
  n_timed = cuda_sim_count_calls ("cudaEventElapsedTime");
  n_products = cuda_sim_count_calls ("cublasLtMatmul");
  g_assert_true (step_take (program, 0, &error));
  g_assert_no_error (error);
  g_printerr ("timed %d, computed %d\n", n_timed,
              cuda_sim_count_calls ("cublasLtMatmul") - n_products);
}

static void
expect (const char *told)
{
  g_test_trap_subprocess ("/cuda-products/child", 0, G_TEST_SUBPROCESS_DEFAULT);
  g_test_trap_assert_passed ();
  g_test_trap_assert_stderr (told);
}

static void
test_file (void)
{
  g_autofree char *path = get_path ();
  guint n_products, n_plans;

  g_remove (path);
  /* The first time all are timed, both ways, and kept. */
  expect ("*timed 18, *");
  count_choices (&n_products, &n_plans);
  g_assert_cmpuint (n_products + n_plans, ==, N_PASSES);

  /* The next process times none, and does what was chosen. */
  rewrite_choices ("=cublaslt");
  expect ("*timed 0, computed 9\n*");
  rewrite_choices ("=cudnn");
  expect ("*timed 0, computed 0\n*");

  /* What cannot be read is told, left alone, and found out again. */
  rewrite_choices ("=magic");
  expect ("*timed 18, *");
  count_choices (&n_products, &n_plans);
  g_assert_cmpuint (n_products + n_plans, ==, N_PASSES);

  g_assert_true (g_file_set_contents (path, "neither a group\nnor a key", -1, NULL));
  expect ("*cuda-choices.ini is ignored and will be written anew: *timed 18, *");
  count_choices (&n_products, &n_plans);
  g_assert_cmpuint (n_products + n_plans, ==, N_PASSES);
}

/* A product that gives other numbers is never used, however fast it is. */
static void
test_wrong_product (void)
{
  g_autofree char *path = get_path ();
  guint n_products, n_plans;

  g_remove (path);
  g_setenv ("CUDA_SIM_SPOIL_PRODUCTS", "1", TRUE);
  expect ("*does not give what cuDNN does*timed 18, computed 0\n*");
  g_unsetenv ("CUDA_SIM_SPOIL_PRODUCTS");
  count_choices (&n_products, &n_plans);
  g_assert_cmpuint (n_products, ==, 0);
  g_assert_cmpuint (n_plans, ==, N_PASSES);
}

/* A folder that cannot be written is no reason to fail. */
static void
test_no_file (void)
{
  g_autofree char *path = get_path ();
  g_autofree char *folder = g_path_get_dirname (path);

  g_remove (path);
  g_rmdir (folder);
  g_assert_true (g_file_set_contents (folder, "in the way", -1, NULL));
  expect ("*timed 18, *");
  g_remove (folder);
}

static SiambanWeights *
train (const char *products)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SiambanProgram) program = NULL;
  SiambanWeights *weights;

  g_setenv ("SIAMBAN_CUDA_PRODUCTS", products, TRUE);
  program = make_program ();
  g_unsetenv ("SIAMBAN_CUDA_PRODUCTS");
  weights = g_object_ref (program->weights);
  for (guint step = 0; step < 3; step++)
    g_assert_true (step_take (program, step, &error));
  g_assert_no_error (error);

  return weights;
}

/* The simulated libraries add in the same order, so to the last bit; also what is captured. */
static void
test_same (void)
{
  g_autoptr (SiambanWeights) plans = train ("0");
  const int before = cuda_sim_count_calls ("cublasLtMatmul");
  g_autoptr (SiambanWeights) products = train ("1");

  g_assert_cmpint (cuda_sim_count_calls ("cublasLtMatmul"), >, before);
  step_assert_same (products, plans);
}

/* Without the library, or with one that has nothing to offer, cuDNN does all. */
static void
test_absent (void)
{
  static const char *const calls[] = { "cublasLtCreate", "cublasLtMatmulAlgoGetHeuristic",
                                       "cublasLtMatrixLayoutCreate", "cublasLtMatmulDescCreate" };
  g_autoptr (SiambanWeights) plans = train ("0");

  for (guint i = 0; i < G_N_ELEMENTS (calls); i++)
    {
      g_autoptr (SiambanWeights) found = NULL;

      cuda_sim_fail_call (calls[i], 1, 15);
      found = train ("1");
      step_assert_same (found, plans);
    }
}

static void
test_failure (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SiambanProgram) program = NULL;

  g_setenv ("SIAMBAN_CUDA_PRODUCTS", "1", TRUE);
  program = make_program ();
  g_unsetenv ("SIAMBAN_CUDA_PRODUCTS");
  cuda_sim_fail_call ("cublasLtMatmul", 2, 13);
  g_assert_false (step_take (program, 0, &error));
  g_test_message ("%s", error->message);
  g_assert_nonnull (strstr (error->message, "convolution"));
  g_assert_nonnull (strstr (error->message, "cublasLtMatmul"));
}

int
main (int argc, char **argv)
{
  g_autofree char *folder = NULL;
  int status;

  /* Before anybody asks for the folder. */
  if (g_getenv ("SIAMBAN_TEST_CACHE") == NULL)
    {
      folder = g_dir_make_tmp ("siamban-XXXXXX", NULL);
      g_setenv ("SIAMBAN_TEST_CACHE", folder, TRUE);
      g_setenv ("XDG_CACHE_HOME", folder, TRUE);
    }
  g_unsetenv ("SIAMBAN_CUDA_PRODUCTS");

  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/cuda-products/child", child_compile);
  g_test_add_func ("/cuda-products/file", test_file);
  g_test_add_func ("/cuda-products/wrong-product", test_wrong_product);
  g_test_add_func ("/cuda-products/no-file", test_no_file);
  g_test_add_func ("/cuda-products/same", test_same);
  g_test_add_func ("/cuda-products/absent", test_absent);
  g_test_add_func ("/cuda-products/failure", test_failure);
  status = g_test_run ();
  if (folder != NULL)
    files_remove_tree (folder);

  return status;
}
