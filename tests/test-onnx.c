/* SPDX-License-Identifier: Apache-2.0 */

/* Networks that are written for other runtimes compute there what they compute here. The other side is
 * onnx-files.py. */

#include <glib/gstdio.h>
#include <sys/wait.h>

#include "compute.h"
#include "files.h"
#include "network.h"
#include "run.h"
#include "siamban-onnx.h"

#define PYTHON "/usr/bin/python3"

static void
save_tensor (const char *folder, const char *kind, const char *name, SiambanTensor *tensor)
{
  g_autofree char *file = g_strdup_printf ("%s.%s.f32", kind, name);
  g_autofree char *path = g_build_filename (folder, file, NULL);
  GBytes *bytes = siamban_tensor_get_bytes (tensor);
  g_autoptr (GError) error = NULL;

  g_file_set_contents (path, g_bytes_get_data (bytes, NULL), (gssize) g_bytes_get_size (bytes),
                       &error);
  g_assert_no_error (error);
}

static SiambanTensor *
make_image (SiambanGraph *graph, const char *name)
{
  gsize n_dims, n = 1;
  const gint64 *shape = siamban_graph_get_shape (graph, siamban_graph_lookup (graph, name),
                                                 &n_dims);
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = NULL;
  SiambanTensor *tensor;
  float *values;

  for (gsize i = 0; i < n_dims; i++)
    n *= (gsize) shape[i];
  values = g_new (float, n);
  compute_fill (name, 0, 1, values, n);
  bytes = g_bytes_new_take (values, n * sizeof *values);
  tensor = siamban_tensor_new (SIAMBAN_DTYPE_FLOAT32, shape, n_dims, bytes, &error);
  g_assert_no_error (error);

  return tensor;
}

static void
save_graph (const char *folder, const char *name, SiambanGraph *graph)
{
  g_autofree char *file = g_strconcat (name, ".onnx", NULL);
  g_autofree char *path = g_build_filename (folder, file, NULL);
  g_autoptr (GError) error = NULL;

  g_assert_true (siamban_onnx_save (graph, name, path, &error));
  g_assert_no_error (error);
}

/* Runs one half; its outputs go to files, and to @search as inputs if there is one. */
static void
run_half (const char *folder,
          SiambanProgram *program,
          const char *const *outputs,
          SiambanProgram *search,
          const char *kind)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (siamban_program_forward (program, &error));
  for (gsize i = 0; outputs[i]; i++)
    {
      g_autoptr (SiambanTensor) tensor = siamban_program_get_output (program, outputs[i], &error);

      g_assert_no_error (error);
      save_tensor (folder, kind, outputs[i], tensor);
      if (search)
        g_assert_true (siamban_program_set_input (search, outputs[i], tensor, &error));
    }
}

static void
write_network (const char *folder, SiambanModel *model, guint batch_size)
{
  static const char *const results[] = { "cls", "loc", NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (SiambanGraph) template = siamban_model_build_template (model, batch_size, &error);
  g_autoptr (SiambanGraph) search = siamban_model_build_search (model, batch_size, &error);
  g_autoptr (SiambanDevice) device = siamban_device_open ("reference", &error);
  g_autoptr (SiambanTensor) template_image = make_image (template, "template");
  g_autoptr (SiambanTensor) search_image = make_image (search, "search");
  g_autoptr (SiambanProgram) first = compute_compile (device, template, FALSE);
  g_autoptr (SiambanProgram) second = compute_compile (device, search, FALSE);

  save_graph (folder, "template", template);
  save_graph (folder, "search", search);
  save_tensor (folder, "template-input", "template", template_image);
  save_tensor (folder, "search-input", "search", search_image);
  g_assert_true (siamban_program_set_input (first, "template", template_image, &error));
  g_assert_true (siamban_program_set_input (second, "search", search_image, &error));
  run_half (folder, first, siamban_model_get_template_outputs (model), second, "template-output");
  run_half (folder, second, results, NULL, "search-output");
}

static void
check_with_python (const char *folder)
{
  g_autofree char *script = g_test_build_filename (G_TEST_DIST, "onnx-files.py", NULL);
  const char *python = g_getenv ("SIAMBAN_ONNX_PYTHON");
  const char *arguments[] = { python ? python : PYTHON, script, folder, NULL };
  g_autofree char *output = NULL;
  g_autofree char *errors = NULL;
  g_autoptr (GError) error = NULL;
  int status;

  g_spawn_sync (NULL, (char **) arguments, NULL, G_SPAWN_DEFAULT, NULL, NULL, &output, &errors,
                &status, &error);
  if (error != NULL || WIFEXITED (status) == FALSE || WEXITSTATUS (status) == 77)
    {
      g_test_skip ("There is no Python with numpy to check with");
      return;
    }
  g_test_message ("%s", output);
  if (status != 0)
    g_error ("%s", errors);
}

static void
check_network (SiambanModel *model, guint batch_size)
{
  g_autofree char *folder = files_make_folder ();

  write_network (folder, model, batch_size);
  check_with_python (folder);
  files_remove_tree (folder);
}

static void
test_other (gconstpointer data)
{
  const OtherNetwork *other = data;
  g_autoptr (SiambanModel) model = network_new_other (other);

  network_fill_other (siamban_model_get_weights (model));
  check_network (model, 1);
}

static void
test_batch (void)
{
  guint n;
  const OtherNetwork *others = network_list_others (&n);
  g_autoptr (SiambanModel) model = network_new_other (&others[n - 1]);

  network_fill_other (siamban_model_get_weights (model));
  check_network (model, 2);
}

/* A network in training cannot track. */
static void
test_training (void)
{
  guint n;
  g_autoptr (SiambanModel) model = network_new_other (&network_list_others (&n)[0]);
  g_autoptr (GError) error = NULL;
  g_autoptr (SiambanGraph) graph = siamban_model_build_training (model, 1, &error);
  g_autofree char *folder = files_make_folder ();
  g_autofree char *path = g_build_filename (folder, "training.onnx", NULL);

  g_assert_no_error (error);
  g_assert_false (siamban_onnx_save (graph, "training", path, &error));
  g_assert_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_UNSUPPORTED);
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
  files_remove_tree (folder);
}

/* A few say enough every day; `-m slow` tries all. */
static gboolean
is_tried (const OtherNetwork *other)
{
  return g_test_slow () || g_str_equal (other->name, "alexnet-up-channel") ||
         g_str_equal (other->name, "mobilenetv2-wide");
}

int
main (int argc, char *argv[])
{
  guint n;
  const OtherNetwork *others = network_list_others (&n);

  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/onnx/training", test_training);
  g_test_add_func ("/onnx/batch", test_batch);
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *path = g_strconcat ("/onnx/", others[i].name, NULL);

      if (is_tried (&others[i]))
        g_test_add_data_func (path, &others[i], test_other);
    }

  return g_test_run ();
}
