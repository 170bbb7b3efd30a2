/* SPDX-License-Identifier: Apache-2.0 */
#include <glib/gstdio.h>
#include <json-glib/json-glib.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "files.h"
#include "siamban.h"

#define MAX_ARGUMENTS 32

/* What one run of the command left. */
typedef struct
{
  int status;
  char *out;
  char *err;
} Run;

static void
run_free (Run *self)
{
  g_free (self->out);
  g_free (self->err);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Run, run_free)

static GSubprocess *
start (const char *const *arguments)
{
  const char *argv[MAX_ARGUMENTS + 2] = { "siamban" };
  g_autoptr (GSubprocessLauncher) launcher = g_subprocess_launcher_new (
      G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_PIPE);
  g_autoptr (GError) error = NULL;
  GSubprocess *process;

  for (guint i = 0; arguments[i] != NULL; i++)
    {
      g_assert_cmpuint (i, <, MAX_ARGUMENTS);
      argv[i + 1] = arguments[i];
    }
  g_subprocess_launcher_setenv (launcher, "LC_ALL", "C.UTF-8", TRUE);
  g_subprocess_launcher_unsetenv (launcher, "LANGUAGE");
  process = g_subprocess_launcher_spawnv (launcher, argv, &error);
  g_assert_no_error (error);

  return process;
}

static Run *
finish (GSubprocess *process)
{
  Run *self = g_new0 (Run, 1);
  g_autoptr (GError) error = NULL;

  g_subprocess_communicate_utf8 (process, NULL, NULL, &self->out, &self->err, &error);
  g_assert_no_error (error);
  self->status = g_subprocess_get_if_exited (process) ? g_subprocess_get_exit_status (process)
                                                      : -g_subprocess_get_term_sig (process);
  g_test_message ("%d\n%s%s", self->status, self->out, self->err);

  return self;
}

static Run *
run (const char *const *arguments)
{
  g_autoptr (GSubprocess) process = start (arguments);

  return finish (process);
}

#define RUN(...) run ((const char *const[]){ __VA_ARGS__, NULL })

static void
assert_contains (const char *text, const char *part)
{
  if (strstr (text, part) == NULL)
    g_error ("“%s” is not in “%s”", part, text);
}

static Run *
run_well (const char *const *arguments)
{
  Run *self = run (arguments);

  /* The text first: it says what is wrong. */
  g_assert_cmpstr (self->err, ==, "");
  g_assert_cmpint (self->status, ==, 0);

  return self;
}

#define RUN_WELL(...) run_well ((const char *const[]){ __VA_ARGS__, NULL })

static JsonNode *
parse (const char *text)
{
  g_autoptr (GError) error = NULL;
  JsonNode *node = json_from_string (text, &error);

  g_assert_no_error (error);

  return node;
}

static char *
config_path (const char *name)
{
  return g_build_filename (g_getenv ("SIAMBAN_CONFIGS"), name, NULL);
}

static void
test_usage (void)
{
  static const struct
  {
    const char *arguments[12];
    const char *message;
  } mistakes[] = {
    { { NULL }, "A command is missing" },
    { { "trian" }, "“trian”" },
    { { "--unknown" }, "“--unknown”" },
    { { "devices", "--unknown" }, "--unknown" },
    { { "devices", "extra" }, "“extra”" },
    { { "doctor", "extra" }, "“extra”" },
    { { "selftest", "cpu", "extra" }, "“extra”" },
    { { "selftest", "--batch", "0" }, "--batch" },
    { { "selftest", "--seconds", "-1" }, "--seconds" },
    { { "prepare" }, "frames" },
    { { "prepare", "video" }, "“video”" },
    { { "prepare", "frames" }, "--output" },
    { { "prepare", "frames", "--output", "x" }, "A folder of frames is missing" },
    { { "prepare", "frames", "--threads", "-1", "x" }, "--threads" },
    { { "synth" }, "--output" },
    { { "synth", "--output", "x", "--size", "large" }, "“large”" },
    { { "synth", "--output", "x", "--size", "10x10" }, "--size" },
    { { "synth", "--output", "x", "--videos", "0" }, "--videos" },
    { { "synth", "--output", "x", "--frames", "many" }, "many" },
    { { "synth", "--output", "x", "--frames-only", "--crops-only" }, "--crops-only" },
    { { "eval" }, "--result" },
    { { "eval", "--result", "x" }, "--truth" },
    { { "inspect" }, "config" },
    { { "inspect", "config" }, "A configuration is missing" },
    { { "inspect", "config", "a", "b" }, "“b”" },
    { { "inspect", "weights" }, "A file of weights is missing" },
    { { "train" }, "A configuration is missing" },
    { { "train", "a", "b" }, "“b”" },
    { { "train", "a", "--threads", "-2" }, "--threads" },
    { { "train", "a", "--accumulate", "0" }, "--accumulate" },
    { { "train", "a", "--resume", "auto" }, "--output" },
    { { "runs", "a", "b" }, "“b”" },
    { { "log" }, "The folder of a run is missing" },
    { { "log", "a", "b" }, "“b”" },
    { { "track" }, "--config" },
    { { "track", "--config", "c" }, "--snapshot" },
    { { "track", "-c", "c", "-p", "s" }, "--frames" },
    { { "track", "-c", "c", "-p", "s", "-f", "x" }, "--output" },
    { { "track", "-c", "c", "-p", "s", "x", "y", "-o", "z", "-i", "1,2,3,4" }, "--init" },
    { { "track", "-c", "c", "-p", "s", "x", "-o", "z", "-i", "1,2,3" }, "“1,2,3”" },
    { { "track", "-c", "c", "-p", "s", "x", "-o", "z", "-i", "1,2,0,4" }, "“1,2,0,4”" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (mistakes); i++)
    {
      g_autoptr (Run) self = run (mistakes[i].arguments);

      g_assert_cmpint (self->status, ==, 2);
      g_assert_cmpstr (self->out, ==, "");
      assert_contains (self->err, mistakes[i].message);
      assert_contains (self->err, "--help”");
    }
}

static void
test_help (void)
{
  static const char *const commands[][3] = {
    { "--help" },
    { "prepare", "--help" },
    { "inspect", "--help" },
    { "prepare", "frames", "--help" },
    { "synth", "--help" },
    { "train", "--help" },
    { "runs", "--help" },
    { "log", "--help" },
    { "track", "--help" },
    { "eval", "--help" },
    { "devices", "--help" },
    { "doctor", "--help" },
    { "selftest", "--help" },
    { "inspect", "config", "--help" },
    { "inspect", "model", "--help" },
    { "inspect", "program", "--help" },
    { "inspect", "sample", "--help" },
    { "inspect", "weights", "--help" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (commands); i++)
    {
      const char *arguments[4] = { commands[i][0], commands[i][1], commands[i][2], NULL };
      g_autoptr (Run) self = run_well (arguments);

      assert_contains (self->out, "Usage:");
      assert_contains (self->out, "siamban");
    }
}

static void
test_version (void)
{
  g_autoptr (Run) self = RUN_WELL ("--version");

  g_assert_true (g_str_has_prefix (self->out, "siamban "));
}

static void
test_devices (void)
{
  g_autoptr (Run) text = RUN_WELL ("devices");
  g_autoptr (Run) json = RUN_WELL ("devices", "--json");
  g_autoptr (JsonNode) node = parse (json->out);
  JsonArray *engines = json_node_get_array (node);
  gboolean reference = FALSE;

  assert_contains (text->out, "reference");
  for (guint i = 0; i < json_array_get_length (engines); i++)
    {
      JsonObject *engine = json_array_get_object_element (engines, i);
      const guint n_devices = json_array_get_length (
          json_object_get_array_member (engine, "devices"));

      g_assert_cmpint (json_object_get_boolean_member (engine, "usable"), ==, n_devices > 0);
      reference |= strcmp (json_object_get_string_member (engine, "engine"), "reference") == 0;
    }
  g_assert_true (reference);
}

static void
test_doctor (void)
{
  g_autofree char *folder = files_make_folder ();
  g_autofree char *missing = g_build_filename (folder, "missing", NULL);
  g_autoptr (Run) json = RUN_WELL ("doctor", "--json", "--output", folder);
  g_autoptr (Run) sick = RUN ("doctor", "--output", missing);
  g_autoptr (JsonNode) node = parse (json->out);
  JsonArray *checks = json_node_get_array (node);

  g_assert_cmpuint (json_array_get_length (checks), >=, 8);
  for (guint i = 0; i < json_array_get_length (checks); i++)
    {
      JsonObject *check = json_array_get_object_element (checks, i);

      g_assert_cmpstr (json_object_get_string_member (check, "status"), !=, "failed");
    }
  g_assert_cmpuint (files_count (folder), ==, 0);

  g_assert_cmpint (sick->status, ==, 1);
  assert_contains (sick->out, "failed");
  assert_contains (sick->out, missing);

  files_remove_tree (folder);
}

/* The engine of the processor against the plain loops. */
static void
test_selftest (void)
{
  g_autoptr (Run) json = RUN_WELL ("selftest", "--json", "--seconds", "0", "--batch", "1");
  g_autoptr (Run) missing = RUN ("selftest", "nothing:0");
  g_autoptr (JsonNode) node = parse (json->out);
  JsonObject *report = json_node_get_object (node);
  JsonArray *checks = json_object_get_array_member (report, "checks");

  g_assert_cmpint (json_object_get_int_member (report, "failed"), ==, 0);
  g_assert_cmpuint (json_array_get_length (checks), >=, 21);
  g_assert_cmpint (missing->status, ==, 1);
  assert_contains (missing->err, "nothing:0");
}

static void
test_failures (void)
{
  g_autofree char *folder = files_make_folder ();
  g_autofree char *config = g_build_filename (folder, "wrong.yaml", NULL);
  g_autofree char *boxes = g_build_filename (folder, "boxes.txt", NULL);
  g_autofree char *missing = g_build_filename (folder, "missing.yaml", NULL);
  g_autofree char *good = config_path ("siamban_r18_small.yaml");
  g_autoptr (Run) unknown_key = NULL;
  g_autoptr (Run) no_file = NULL;
  g_autoptr (Run) bad_setting = NULL;
  g_autoptr (Run) bad_boxes = NULL;
  g_autoptr (Run) bad_weights = NULL;
  g_autoptr (Run) bad_device = NULL;
  g_autoptr (Run) no_data = NULL;
  g_autoptr (Run) no_frames = NULL;

  files_write (folder, "wrong.yaml", "TRAIN:\n  EPOHC: 3\n");
  files_write (folder, "boxes.txt", "1,2,3,4\n1,2,x,4\n");

  unknown_key = RUN ("inspect", "config", config);
  g_assert_cmpint (unknown_key->status, ==, 1);
  assert_contains (unknown_key->err, "wrong.yaml");
  assert_contains (unknown_key->err, "EPOHC");

  no_file = RUN ("inspect", "model", missing);
  g_assert_cmpint (no_file->status, ==, 1);
  assert_contains (no_file->err, "missing.yaml");

  bad_setting = RUN ("inspect", "config", good, "--set", "TRAIN.EPOCH=many");
  g_assert_cmpint (bad_setting->status, ==, 1);
  assert_contains (bad_setting->err, "TRAIN.EPOCH");

  bad_boxes = RUN ("eval", "--result", boxes, "--truth", boxes);
  g_assert_cmpint (bad_boxes->status, ==, 1);
  assert_contains (bad_boxes->err, "boxes.txt");

  bad_weights = RUN ("inspect", "weights", boxes);
  g_assert_cmpint (bad_weights->status, ==, 1);
  assert_contains (bad_weights->err, "boxes.txt");

  bad_device = RUN ("inspect", "program", good, "--device", "nowhere:7");
  g_assert_cmpint (bad_device->status, ==, 1);
  assert_contains (bad_device->err, "nowhere:7");

  no_data = RUN ("inspect", "sample", good, "--set", "DATASET.SYNTH.ANNO=/missing/train.json");
  g_assert_cmpint (no_data->status, ==, 1);
  assert_contains (no_data->err, "/missing/train.json");

  no_frames = RUN ("prepare", "frames", missing, "--output", folder);
  g_assert_cmpint (no_frames->status, ==, 1);
  assert_contains (no_frames->err, "missing.yaml");

  files_remove_tree (folder);
}

static void
test_inspect (void)
{
  g_autofree char *config = config_path ("siamban_r18_small.yaml");
  g_autoptr (Run) yaml = RUN_WELL ("inspect", "config", config, "--set", "TRAIN.EPOCH=7");
  g_autoptr (Run) json = RUN_WELL ("inspect", "config", config, "--json", "-s", "TRAIN.EPOCH=7");
  g_autoptr (Run) model = RUN_WELL ("inspect", "model", config);
  g_autoptr (Run) names = RUN_WELL ("inspect", "model", config, "--json");
  g_autoptr (Run)
      program = RUN_WELL ("inspect", "program", config, "--batch", "1", "--device", "reference");
  g_autoptr (JsonNode) values = parse (json->out);
  g_autoptr (JsonNode) parameters = parse (names->out);
  JsonObject *first = json_array_get_object_element (json_node_get_array (parameters), 0);

  assert_contains (yaml->out, "EPOCH: 7");
  g_assert_cmpint (
      json_object_get_int_member (
          json_object_get_object_member (json_node_get_object (values), "TRAIN"), "EPOCH"),
      ==, 7);
  assert_contains (model->out, "backbone");
  g_assert_cmpstr (json_object_get_string_member (first, "name"), ==, "backbone.conv1.weight");
  assert_contains (program->out, "with batches of 1, on reference");
}

/* Whether the CPU engine, if there is one, does without Winograd's algorithm. */
static void
test_exact (void)
{
  g_autofree char *config = config_path ("siamban_r18_small.yaml");
  g_autoptr (SiambanDevice) device = siamban_device_open ("cpu", NULL);
  g_autoptr (Run) quick = NULL;
  g_autoptr (Run) exact = NULL;

  if (device == NULL)
    {
      g_test_skip ("built without the CPU engine");
      return;
    }

  quick = RUN_WELL ("inspect", "program", config, "--batch", "1", "-d", "cpu");
  exact = RUN_WELL ("inspect", "program", config, "--batch", "1", "-d", "cpu", "--exact");
  assert_contains (quick->out, "Winograd");
  g_assert_null (strstr (exact->out, "Winograd"));
}

static guint
count_lines (const char *folder, const char *name)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;
  guint n = 0;

  g_file_get_contents (path, &text, NULL, &error);
  g_assert_no_error (error);
  for (const char *p = text; *p != '\0'; p++)
    n += *p == '\n';

  return n;
}

static void
test_data (void)
{
  g_autofree char *folder = files_make_folder ();
  g_autofree char *frames = g_build_filename (folder, "frames", NULL);
  g_autofree char *prepared = g_build_filename (folder, "prepared", NULL);
  g_autoptr (Run) synth = RUN_WELL ("synth", "--output", folder, "--videos", "2", "--frames", "3",
                                    "--size", "160x120", "--seed", "5", "--json");
  g_autoptr (Run) first = RUN_WELL ("prepare", "frames", frames, "--output", prepared, "--json");
  g_autoptr (Run) again = RUN_WELL ("prepare", "frames", frames, "--output", prepared, "--json");
  g_autoptr (Run) forced = RUN_WELL ("prepare", "frames", frames, "--output", prepared, "--json",
                                     "--force", "--threads", "1");
  g_autoptr (Run) text = RUN_WELL ("prepare", "frames", frames, "--output", prepared);
  g_autoptr (JsonNode) synth_node = parse (synth->out);
  g_autoptr (JsonNode) first_node = parse (first->out);
  g_autoptr (JsonNode) again_node = parse (again->out);
  g_autoptr (JsonNode) forced_node = parse (forced->out);

  g_assert_cmpuint (count_lines (frames, "synth-5-000001/groundtruth.txt"), ==, 3);
  g_assert_true (files_exist (folder, "crops/train.json"));
  g_assert_cmpint (json_object_get_int_member (json_node_get_object (synth_node), "crops"), ==, 6);
  g_assert_cmpint (json_object_get_int_member (json_node_get_object (first_node), "crops"), ==, 6);
  g_assert_cmpint (json_object_get_int_member (json_node_get_object (first_node), "kept"), ==, 0);
  g_assert_cmpint (json_object_get_int_member (json_node_get_object (again_node), "kept"), ==, 6);
  g_assert_cmpint (json_object_get_int_member (json_node_get_object (forced_node), "kept"), ==, 0);
  g_assert_true (files_exist (prepared, "train.json"));
  assert_contains (text->out, "DATASET.MINE.ROOT");

  files_remove_tree (folder);
}

static void
test_synth_parts (void)
{
  g_autofree char *folder = files_make_folder ();
  g_autofree char *only_frames = g_build_filename (folder, "a", NULL);
  g_autofree char *only_crops = g_build_filename (folder, "b", NULL);
  g_autoptr (Run) frames = RUN_WELL ("synth", "--output", only_frames, "--videos", "1", "--frames",
                                     "2", "--size", "64x64", "--frames-only");
  g_autoptr (Run) crops = RUN_WELL ("synth", "--output", only_crops, "--videos", "1", "--frames",
                                    "2", "--size", "64x64", "--crops-only");

  g_assert_true (files_exist (only_frames, "frames"));
  g_assert_false (files_exist (only_frames, "crops"));
  g_assert_false (files_exist (only_crops, "frames"));
  g_assert_true (files_exist (only_crops, "crops/train.json"));

  files_remove_tree (folder);
}

static void
test_eval (void)
{
  g_autofree char *folder = files_make_folder ();
  g_autofree char *boxes = g_build_filename (folder, "results", "a.txt", NULL);
  g_autofree char *truth = g_build_filename (folder, "truths", "a.txt", NULL);
  g_autofree char *results = g_build_filename (folder, "results", NULL);
  g_autofree char *truths = g_build_filename (folder, "truths", NULL);
  g_autoptr (Run) one = NULL;
  g_autoptr (Run) all = NULL;
  g_autoptr (Run) table = NULL;
  g_autoptr (Run) odd = NULL;
  g_autoptr (JsonNode) one_node = NULL;
  g_autoptr (JsonNode) all_node = NULL;
  JsonObject *row, *mean;

  files_write (folder, "results/a.txt", "0,0,10,10\n0,0,10,10\n");
  files_write (folder, "truths/a.txt", "0,0,10,10\n0,0,10,20\n");
  files_write (folder, "results/b.txt", "5,5,4,4\n6,6,4,4\n");
  files_write (folder, "truths/b.txt", "5,5,4,4\n6,6,4,4\n");

  one = RUN_WELL ("eval", "--result", boxes, "--truth", truth, "--json");
  one_node = parse (one->out);
  row = json_array_get_object_element (
      json_object_get_array_member (json_node_get_object (one_node), "sequences"), 0);
  g_assert_cmpstr (json_object_get_string_member (row, "name"), ==, "a");
  g_assert_cmpfloat_with_epsilon (json_object_get_double_member (row, "mean-iou"), 0.75, 1e-12);
  g_assert_false (json_object_has_member (row, "static"));

  all = RUN_WELL ("eval", "--result", results, "--truth", truths, "--json", "--static");
  all_node = parse (all->out);
  mean = json_object_get_object_member (json_node_get_object (all_node), "mean");
  g_assert_cmpint (json_object_get_int_member (mean, "frames"), ==, 4);
  g_assert_cmpfloat_with_epsilon (json_object_get_double_member (mean, "mean-iou"), 0.875, 1e-12);
  /* 1 and 1/2 for a; 1 and 9/23 for b. */
  g_assert_cmpfloat_with_epsilon (
      json_object_get_double_member (json_object_get_object_member (mean, "static"), "mean-iou"),
      (1.5 + 1 + 9.0 / 23) / 4, 1e-12);

  table = RUN_WELL ("eval", "--result", boxes, "--truth", truth, "--result", results, "--truth",
                    truths);
  assert_contains (table->out, "0.750");
  assert_contains (table->out, "mean");

  odd = RUN ("eval", "--result", boxes, "--truth", truth, "--truth", truth);
  g_assert_cmpint (odd->status, ==, 2);

  files_remove_tree (folder);
}

/* Two clips of three frames, and their settings: `--set KEY=VALUE` twice. */
typedef struct
{
  char *folder;
  char *config;
  char *root;
  char *anno;
} Clips;

static Clips
make_clips (void)
{
  Clips self = { .folder = files_make_folder () };
  g_autoptr (Run) synth = RUN_WELL ("synth", "--output", self.folder, "--videos", "2", "--frames",
                                    "3", "--size", "160x120", "--seed", "5");

  self.config = config_path ("siamban_r18_small.yaml");
  self.root = g_strdup_printf ("DATASET.SYNTH.ROOT=%s/crops", self.folder);
  self.anno = g_strdup_printf ("DATASET.SYNTH.ANNO=%s/crops/train.json", self.folder);

  return self;
}

static void
clips_clear (Clips *self)
{
  files_remove_tree (self->folder);
  g_free (self->folder);
  g_free (self->config);
  g_free (self->root);
  g_free (self->anno);
}

#define CLIP_SETTINGS(clips) (clips).config, "--set", (clips).root, "--set", (clips).anno

static void
test_sample (void)
{
  Clips clips = make_clips ();
  g_autofree char *png = g_build_filename (clips.folder, "sample.png", NULL);
  g_autoptr (Run)
      text = RUN_WELL ("inspect", "sample", CLIP_SETTINGS (clips), "--index", "3", "--output", png);
  g_autoptr (Run)
      json = RUN_WELL ("inspect", "sample", CLIP_SETTINGS (clips), "--index", "3", "--json");
  g_autoptr (Run)
      beyond = RUN ("inspect", "sample", CLIP_SETTINGS (clips), "--index", "1000000000");
  g_autoptr (JsonNode) node = parse (json->out);
  g_autoptr (GError) error = NULL;
  g_autoptr (SiambanImage) image = siamban_image_new_from_file (png, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (siamban_image_get_width (image), >, 255);
  assert_contains (text->out,
                   json_object_get_string_member (json_node_get_object (node), "search"));
  g_assert_cmpint (beyond->status, ==, 2);
  assert_contains (beyond->err, "--index");

  clips_clear (&clips);
}

/* To the other format and back: the same bytes. */
static void
assert_converts (const char *folder, const char *path)
{
  g_autofree char *tensors = g_build_filename (folder, "weights.safetensors", NULL);
  g_autofree char *back = g_build_filename (folder, "back.pth", NULL);
  g_autoptr (Run) there = RUN_WELL ("convert", path, tensors);
  g_autoptr (Run) again = RUN_WELL ("convert", tensors, back);
  g_autoptr (Run) unknown = RUN ("convert", path, "weights.txt");
  g_autofree char *first = NULL;
  g_autofree char *second = NULL;
  gsize first_size, second_size;

  g_assert_true (g_file_get_contents (path, &first, &first_size, NULL));
  g_assert_true (g_file_get_contents (back, &second, &second_size, NULL));
  g_assert_cmpmem (first, first_size, second, second_size);
  g_assert_cmpint (unknown->status, ==, 2);
  assert_contains (unknown->err, ".safetensors");
}

static void
test_weights (void)
{
  g_autofree char *folder = files_make_folder ();
  g_autofree char *path = g_build_filename (folder, "weights.pth", NULL);
  g_autofree char *config = config_path ("siamban_r18_small.yaml");
  g_autoptr (GError) error = NULL;
  g_autoptr (SiambanConfig) values = siamban_config_new_from_file (config, &error);
  g_autoptr (SiambanModel) model = siamban_model_new (values, &error);
  g_autoptr (SiambanCheckpoint) checkpoint = siamban_checkpoint_new ();
  g_autoptr (Run) text = NULL;
  g_autoptr (Run) json = NULL;
  g_autoptr (Run) other = NULL;
  g_autoptr (JsonNode) node = NULL;
  g_autofree char *other_config = config_path ("siamban_mobilenetv2.yaml");

  siamban_checkpoint_collect (checkpoint, siamban_model_get_weights (model));
  siamban_checkpoint_set_epoch (checkpoint, 4);
  g_assert_true (siamban_checkpoint_save (checkpoint, path, &error));
  g_assert_no_error (error);

  text = RUN_WELL ("inspect", "weights", path);
  assert_contains (text->out, "backbone.conv1.weight");
  assert_contains (text->out, "epoch 4");
  json = RUN_WELL ("inspect", "weights", path, "--config", config, "--json");
  node = parse (json->out);
  g_assert_cmpuint (
      json_array_get_length (json_object_get_array_member (json_node_get_object (node), "missing")),
      ==, 0);
  other = RUN ("inspect", "weights", path, "--config", other_config);
  g_assert_cmpint (other->status, ==, 1);
  assert_contains (other->err, "weights.pth");

  assert_converts (folder, path);

  files_remove_tree (folder);
}

/* Epochs of two iterations, so that a run takes seconds; small steps, as batches of one are noisy. */
/* A step of the largest batch needs some 55 GiB. */
#define MUCH_MEMORY ((guint64) 48 << 30)

#define SHORT_RUN                                                                                  \
  "--set", "TRAIN.BATCH_SIZE=1", "--set", "DATASET.VIDEOS_PER_EPOCH=2", "--set", "TRAIN.EPOCH=2",  \
      "--set", "TRAIN.PRINT_FREQ=1", "--set", "BACKBONE.TRAIN_EPOCH=2", "--set",                   \
      "TRAIN.LR.KWARGS.start_lr=0.005"

static void
assert_exports (Clips *clips, const char *folder)
{
  g_autofree char *config = g_build_filename (folder, "config.yaml", NULL);
  g_autofree char *snapshot = g_build_filename (folder, "snapshot", "checkpoint_e2.pth", NULL);
  g_autofree char *output = g_build_filename (clips->folder, "onnx", NULL);
  g_autoptr (Run) whole = RUN_WELL ("export", config, "--snapshot", snapshot, "--output", output);
  g_autoptr (Run) absent = RUN ("export", config, "--snapshot", config, "--output", output);

  assert_contains (whole->out, "search.onnx");
  g_assert_true (files_exist (output, "template.onnx"));
  g_assert_true (files_exist (output, "search.onnx"));
  g_assert_cmpint (absent->status, ==, 1);
  assert_contains (absent->err, "config.yaml");
}

static void
assert_tracks (Clips *clips, const char *folder)
{
  g_autofree char *config = g_build_filename (folder, "config.yaml", NULL);
  g_autofree char *snapshot = g_build_filename (folder, "snapshot", "checkpoint_e2.pth", NULL);
  g_autofree char *a = g_build_filename (clips->folder, "frames", "synth-5-000000", NULL);
  g_autofree char *b = g_build_filename (clips->folder, "frames", "synth-5-000001", NULL);
  g_autofree char *truth = g_build_filename (b, "groundtruth.txt", NULL);
  g_autofree char *boxes = g_build_filename (clips->folder, "boxes", NULL);
  g_autofree char *overlay = g_build_filename (clips->folder, "overlay", NULL);
  g_autofree char *file = g_build_filename (clips->folder, "boxes.txt", NULL);
  g_autoptr (Run) several = RUN_WELL ("track", "-c", config, "-p", snapshot, "--frames", a, b, "-o",
                                      boxes, "--overlay", overlay, "--json");
  g_autoptr (JsonNode) node = parse (several->out);
  JsonObject *row = json_array_get_object_element (json_node_get_array (node), 1);
  g_autoptr (Run) bad_snapshot = RUN ("track", "-c", config, "-p", truth, "-f", b, "-o", file);
  g_autoptr (Run) without = NULL;
  g_autoptr (Run) with = NULL;

  g_assert_cmpstr (json_object_get_string_member (row, "name"), ==, "synth-5-000001");
  g_assert_cmpint (json_object_get_int_member (row, "frames"), ==, 3);
  g_assert_cmpfloat (json_object_get_double_member (row, "fps"), >, 0);
  /* At least the first box is right. */
  g_assert_cmpfloat (json_object_get_double_member (row, "mean-iou"), >, 0.33);
  g_assert_cmpuint (count_lines (boxes, "synth-5-000000.txt"), ==, 3);
  g_assert_true (files_exist (overlay, "synth-5-000001/000002.jpg"));
  g_assert_true (files_exist (overlay, "synth-5-000001/strip.jpg"));

  g_assert_cmpint (bad_snapshot->status, ==, 1);
  assert_contains (bad_snapshot->err, "groundtruth.txt");

  g_assert_cmpint (g_remove (truth), ==, 0);
  without = RUN ("track", "-c", config, "-p", snapshot, "-f", b, "-o", file);
  g_assert_cmpint (without->status, ==, 1);
  assert_contains (without->err, "--init");
  with = RUN_WELL ("track", "-c", config, "-p", snapshot, "-f", b, "-o", file, "--init",
                   "40,30,50,40");
  g_assert_cmpuint (count_lines (clips->folder, "boxes.txt"), ==, 3);
  assert_contains (with->out, "synth-5-000001");
}

/* A batch that does not fit is refused before anything is trained, with one that does. */
static void
test_no_room (void)
{
#ifdef __SANITIZE_ADDRESS__
  g_test_skip ("the sanitizer touches all memory that is planned");
#else
  Clips clips = make_clips ();
  g_autofree char *folder = g_build_filename (clips.folder, "no-room", NULL);
  g_autoptr (Run) refused = NULL;
  const char *advice;

  if ((guint64) sysconf (_SC_PHYS_PAGES) * (guint64) sysconf (_SC_PAGESIZE) > MUCH_MEMORY)
    {
      g_test_skip ("the largest batch may fit into this much memory");
      return;
    }

  refused = RUN ("train", CLIP_SETTINGS (clips), "--output", folder, "--set",
                 "TRAIN.BATCH_SIZE=4096", "--set", "DATASET.VIDEOS_PER_EPOCH=4096");
  g_assert_cmpint (refused->status, ==, 1);
  assert_contains (refused->err, "a step of 4096 pairs needs ");
  assert_contains (refused->err, "--accumulate ");
  assert_contains (refused->err, "--scale-lr");
  advice = strstr (refused->err, "TRAIN.BATCH_SIZE: ");
  g_assert_nonnull (advice);
  g_assert_cmpuint (g_ascii_strtoull (advice + strlen ("TRAIN.BATCH_SIZE: "), NULL, 10), >, 1);
  g_assert_cmpuint (g_ascii_strtoull (advice + strlen ("TRAIN.BATCH_SIZE: "), NULL, 10), <, 4096);
#endif
}

static void
test_train_and_track (void)
{
  Clips clips = make_clips ();
  g_autofree char *folder = g_build_filename (clips.folder, "run", NULL);
  g_autofree char *bad = g_build_filename (clips.folder, "crops", "train.json", NULL);
  g_autofree char *config = g_build_filename (folder, "config.yaml", NULL);
  g_autofree char *validation = g_strdup_printf ("TRAIN.EVAL_DATA=%s/frames", clips.folder);
  g_autoptr (Run) text = RUN_WELL ("train", CLIP_SETTINGS (clips), SHORT_RUN, "--output", folder,
                                   "--no-preflight", "--accumulate", "2", "--set",
                                   "DATASET.VIDEOS_PER_EPOCH=4", "--set", validation);
  g_autoptr (Run) again = RUN ("train", CLIP_SETTINGS (clips), SHORT_RUN, "--output", folder);
  g_autoptr (Run) bad_resume = NULL;
  g_autoptr (Run) runs = NULL;
  g_autoptr (Run) json = NULL;
  g_autoptr (Run) log = NULL;
  g_autoptr (Run) nobody = NULL;

  assert_contains (text->out, "Epoch: [2][1/2]");
  assert_contains (text->out, "Progress: 4 / 4 [100%]");
  assert_contains (text->out, "checkpoint_e2.pth");
  assert_contains (text->out, "Validation: 2 sequences of ");
  assert_contains (text->out, "validation after epoch 2: 0.");
  /* Two iterations and a validation an epoch. */
  g_assert_cmpuint (count_lines (folder, "events.jsonl"), ==, 4 + 2);

  runs = RUN_WELL ("runs", clips.folder);
  assert_contains (runs->out, "finished");
  assert_contains (runs->out, "2/2");
  assert_contains (runs->out, "validation");
  assert_contains (runs->out, " (2)");
  json = RUN_WELL ("runs", folder, "--json");
  assert_contains (json->out, "\"best-validation\" : {");
  assert_contains (json->out, "\"finished\"");
  log = RUN_WELL ("log", folder, "--follow");
  assert_contains (log->out, "Progress: 4 / 4 [100%]");
  nobody = RUN ("log", folder, "--pause");
  g_assert_cmpint (nobody->status, ==, 1);
  assert_contains (nobody->err, folder);

  g_assert_cmpint (again->status, ==, 1);
  assert_contains (again->err, "--resume");
  bad_resume = RUN ("train", config, "--resume", bad, "--output", folder);
  g_assert_cmpint (bad_resume->status, ==, 1);
  assert_contains (bad_resume->err, "train.json");

  assert_tracks (&clips, folder);
  assert_exports (&clips, folder);

  clips_clear (&clips);
}

/* Stops a run by a signal once it computes, and goes on with it. */
static void
test_stop (gconstpointer user_data)
{
  const int signal = GPOINTER_TO_INT (user_data);
  Clips clips = make_clips ();
  g_autofree char *folder = g_build_filename (clips.folder, "run", NULL);
  g_autofree char *snapshots = g_build_filename (folder, "snapshot", NULL);
  const char *const arguments[] = { "train",
                                    CLIP_SETTINGS (clips),
                                    SHORT_RUN,
                                    "--set",
                                    "DATASET.VIDEOS_PER_EPOCH=1000",
                                    "--output",
                                    folder,
                                    NULL };
  g_autoptr (GSubprocess) process = start (arguments);
  g_autoptr (GDataInputStream)
      lines = g_data_input_stream_new (g_subprocess_get_stdout_pipe (process));
  g_autofree char *line = NULL;
  g_autoptr (Run) stopped = NULL;
  g_autoptr (Run) changed = NULL;
  g_autoptr (Run) resumed = NULL;

  /* The rest is read without this stream. */
  g_filter_input_stream_set_close_base_stream (G_FILTER_INPUT_STREAM (lines), FALSE);
  g_buffered_input_stream_set_buffer_size (G_BUFFERED_INPUT_STREAM (lines), 1);
  do
    {
      g_free (line);
      line = g_data_input_stream_read_line (lines, NULL, NULL, NULL);
      g_assert_nonnull (line);
    }
  while (!g_str_has_prefix (line, "Progress: "));

  g_subprocess_send_signal (process, signal);
  stopped = finish (process);
  g_assert_cmpint (stopped->status, ==, 0);
  assert_contains (stopped->out, "Stopping after this iteration");
  assert_contains (stopped->out, "checkpoint_i");
  assert_contains (stopped->out, "--resume");
  g_assert_cmpuint (files_count (snapshots), ==, 1);
  g_assert_cmpuint (count_lines (folder, "events.jsonl"), <, 100);

  /* Its folder is all that it takes; here the training is then called over. */
  changed = RUN ("train", "--resume", folder, "--set", "DATASET.VIDEOS_PER_EPOCH=1");
  g_assert_cmpint (changed->status, ==, 1);
  assert_contains (changed->err, "DATASET.VIDEOS_PER_EPOCH: 1000 -> 1");
  assert_contains (changed->err, "--force");
  resumed = RUN_WELL ("train", "--resume", folder, "--force", "--set", "DATASET.VIDEOS_PER_EPOCH=1",
                      "--set", "TRAIN.EPOCH=1", "--set", "TRAIN.LR_WARMUP.WARMUP=false");
  assert_contains (resumed->out, "Done");

  clips_clear (&clips);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/cli/usage", test_usage);
  g_test_add_func ("/cli/help", test_help);
  g_test_add_func ("/cli/version", test_version);
  g_test_add_func ("/cli/devices", test_devices);
  g_test_add_func ("/cli/doctor", test_doctor);
  g_test_add_func ("/cli/selftest", test_selftest);
  g_test_add_func ("/cli/failures", test_failures);
  g_test_add_func ("/cli/inspect", test_inspect);
  g_test_add_func ("/cli/exact", test_exact);
  g_test_add_func ("/cli/data", test_data);
  g_test_add_func ("/cli/synth-parts", test_synth_parts);
  g_test_add_func ("/cli/eval", test_eval);
  g_test_add_func ("/cli/sample", test_sample);
  g_test_add_func ("/cli/weights", test_weights);

  g_test_add_func ("/cli/train-and-track", test_train_and_track);
  g_test_add_func ("/cli/no-room", test_no_room);
  g_test_add_data_func ("/cli/stop/interrupt", GINT_TO_POINTER (SIGINT), test_stop);
  g_test_add_data_func ("/cli/stop/terminate", GINT_TO_POINTER (SIGTERM), test_stop);

  return g_test_run ();
}
