/* SPDX-License-Identifier: Apache-2.0 */
#include "files.h"
#include "siamban.h"

/* Work in the background: its callback and signals come in the context that began it, and what is
 * given up leaves nothing. */

typedef struct
{
  char *folder;
  GMainContext *context;
  GAsyncResult *result;
  guint64 n_done, n_frames; /* of the latest progress */
  guint n_told;
  GCancellable *cancel_at_progress;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->folder = files_make_folder ();
  fixture->context = g_main_context_new ();
  g_main_context_push_thread_default (fixture->context);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_main_context_pop_thread_default (fixture->context);
  g_main_context_unref (fixture->context);
  files_remove_tree (fixture->folder);
  g_free (fixture->folder);
}

static void
done_cb (GObject *source_object, GAsyncResult *result, gpointer user_data)
{
  Fixture *fixture = user_data;

  g_assert_true (g_main_context_is_owner (fixture->context));
  fixture->result = g_object_ref (result);
}

static void
progress_cb (SiambanSynth *synth, guint64 n_done, guint64 n_frames, gpointer user_data)
{
  Fixture *fixture = user_data;

  g_assert_true (g_main_context_is_owner (fixture->context));
  g_assert_null (fixture->result);
  g_assert_cmpuint (n_done, >=, fixture->n_done);
  fixture->n_done = n_done;
  fixture->n_frames = n_frames;
  fixture->n_told++;
  if (fixture->cancel_at_progress)
    g_cancellable_cancel (fixture->cancel_at_progress);
}

static GAsyncResult *
wait_for_result (Fixture *fixture)
{
  while (fixture->result == NULL)
    g_main_context_iteration (fixture->context, TRUE);

  return g_steal_pointer (&fixture->result);
}

static SiambanGraph *
make_graph (void)
{
  const gint64 shape[] = { 2, 3, 1, 1 };
  g_autoptr (SiambanWeights) weights = siamban_weights_new ();
  SiambanGraph *graph;
  guint y;

  siamban_weights_add (weights, "conv.weight", SIAMBAN_PARAMETER_WEIGHT, shape, 4);
  graph = siamban_graph_new (weights);
  y = siamban_graph_convolution (graph, siamban_graph_input (graph, "x", 1, 3, 4, 4), "conv.weight",
                                 NULL, 1, 0, 1, 1);
  siamban_graph_set_name (graph, y, "y");
  siamban_graph_add_output (graph, y);

  return graph;
}

static GCancellable *
make_cancelled (void)
{
  GCancellable *cancellable = g_cancellable_new ();

  g_cancellable_cancel (cancellable);

  return cancellable;
}

static void
test_checkpoint (Fixture *fixture, gconstpointer data)
{
  g_autoptr (SiambanGraph) graph = make_graph ();
  g_autoptr (SiambanCheckpoint) checkpoint = siamban_checkpoint_new ();
  g_autoptr (GCancellable) cancelled = make_cancelled ();
  g_autofree char *torch = g_build_filename (fixture->folder, "a.pth", NULL);
  g_autofree char *safetensors = g_build_filename (fixture->folder, "a.safetensors", NULL);

  siamban_checkpoint_collect (checkpoint, siamban_graph_get_weights (graph));

  /* Given up first, so that a file would be seen. */
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GAsyncResult) result = NULL;
      g_autoptr (GAsyncResult) other = NULL;
      GCancellable *cancellable = i == 0 ? cancelled : NULL;

      siamban_checkpoint_save_async (checkpoint, torch, cancellable, done_cb, fixture);
      result = wait_for_result (fixture);
      g_assert_true (siamban_checkpoint_save_finish (checkpoint, result, &error) == (i == 1));
      if (i == 0)
        g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
      else
        g_assert_no_error (error);
      g_clear_error (&error);

      siamban_checkpoint_save_safetensors_async (checkpoint, safetensors, cancellable, done_cb,
                                                 fixture);
      other = wait_for_result (fixture);
      g_assert_true (siamban_checkpoint_save_safetensors_finish (checkpoint, other, &error) ==
                     (i == 1));
      if (i == 0)
        g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
      else
        g_assert_no_error (error);
      g_assert_cmpuint (files_count (fixture->folder), ==, i == 0 ? 0 : 2);
    }

  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (SiambanCheckpoint)
          again = siamban_checkpoint_new_from_file (i == 0 ? torch : safetensors, &error);

      g_assert_no_error (error);
      g_assert_nonnull (siamban_checkpoint_lookup (again, "conv.weight"));
    }
}

/* The weights were used by nobody before. */
static void
test_onnx (Fixture *fixture, gconstpointer data)
{
  g_autoptr (SiambanGraph) graph = make_graph ();
  g_autoptr (GCancellable) cancelled = make_cancelled ();
  g_autoptr (GError) error = NULL;
  g_autoptr (GAsyncResult) given_up = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autofree char *path = g_build_filename (fixture->folder, "a.onnx", NULL);

  siamban_onnx_save_async (graph, "a", path, cancelled, done_cb, fixture);
  given_up = wait_for_result (fixture);
  g_assert_false (siamban_onnx_save_finish (given_up, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&error);
  g_assert_cmpuint (files_count (fixture->folder), ==, 0);

  siamban_onnx_save_async (graph, "a", path, NULL, done_cb, fixture);
  result = wait_for_result (fixture);
  g_assert_true (siamban_onnx_save_finish (result, &error));
  g_assert_no_error (error);
  g_assert_true (files_exist (fixture->folder, "a.onnx"));
}

static void
test_compile (Fixture *fixture, gconstpointer data)
{
  g_autoptr (SiambanGraph) graph = make_graph ();
  g_autoptr (GCancellable) cancelled = make_cancelled ();
  g_autoptr (GError) error = NULL;
  g_autoptr (SiambanDevice) device = siamban_device_open ("reference", &error);
  g_autoptr (SiambanProgram) program = NULL;

  g_assert_no_error (error);
  for (guint i = 0; i < 3; i++)
    {
      g_autoptr (GAsyncResult) result = NULL;

      siamban_device_compile_async (device, graph, i == 1, i == 0 ? cancelled : NULL, done_cb,
                                    fixture);
      result = wait_for_result (fixture);
      program = siamban_device_compile_finish (device, result, &error);
      if (i == 0)
        g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
      else if (i == 1)
        g_assert_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_GRAPH);
      else
        g_assert_no_error (error);
      g_clear_error (&error);
    }
  g_assert_true (siamban_program_forward (program, &error));
  g_assert_no_error (error);
}

static void
test_synth (Fixture *fixture, gconstpointer data)
{
  g_autoptr (SiambanSynth) synth = siamban_synth_new (1, 2, 3, 64, 64);
  g_autoptr (SiambanSynth) many = siamban_synth_new (1, 1, 100000, 64, 64);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (GAsyncResult) frames = NULL;
  g_autoptr (GAsyncResult) crops = NULL;
  g_autoptr (GAsyncResult) given_up = NULL;

  g_signal_connect (synth, "progress", G_CALLBACK (progress_cb), fixture);
  siamban_synth_write_frames_async (synth, fixture->folder, NULL, done_cb, fixture);
  frames = wait_for_result (fixture);
  g_assert_true (siamban_synth_write_frames_finish (synth, frames, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (fixture->n_done, ==, 6);
  g_assert_cmpuint (fixture->n_frames, ==, 6);
  g_assert_cmpuint (files_count (fixture->folder), ==, 2);

  fixture->n_done = fixture->n_told = 0;
  siamban_synth_write_crops_async (synth, fixture->folder, NULL, done_cb, fixture);
  crops = wait_for_result (fixture);
  g_assert_true (siamban_synth_write_crops_finish (synth, crops, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (fixture->n_told, >, 0);
  g_assert_true (files_exist (fixture->folder, "train.json"));

  fixture->n_done = 0;
  fixture->cancel_at_progress = cancellable;
  g_signal_connect (many, "progress", G_CALLBACK (progress_cb), fixture);
  siamban_synth_write_frames_async (many, fixture->folder, cancellable, done_cb, fixture);
  given_up = wait_for_result (fixture);
  g_assert_false (siamban_synth_write_frames_finish (many, given_up, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_cmpuint (fixture->n_done, <, 100000);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add ("/background/checkpoint", Fixture, NULL, set_up, test_checkpoint, tear_down);
  g_test_add ("/background/onnx", Fixture, NULL, set_up, test_onnx, tear_down);
  g_test_add ("/background/compile", Fixture, NULL, set_up, test_compile, tear_down);
  g_test_add ("/background/synth", Fixture, NULL, set_up, test_synth, tear_down);

  return g_test_run ();
}
