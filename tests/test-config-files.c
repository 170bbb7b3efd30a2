/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include <glib/gstdio.h>

#include "siamban.h"

static void
assert_fails (gboolean done, GError **error, const char *message)
{
  g_assert_false (done);
  g_assert_error (*error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_CONFIG);
  g_assert_cmpstr ((*error)->message, ==, message);
  g_clear_error (error);
}

static SiambanConfig *
load_text (const char *text, GError **error)
{
  g_autoptr (SiambanConfig) config = siamban_config_new ();
  g_autoptr (GBytes) bytes = g_bytes_new_static (text, strlen (text));

  return siamban_config_load_bytes (config, bytes, "c.yaml", error) ? g_steal_pointer (&config)
                                                                    : NULL;
}

static void
assert_text_fails (const char *text, const char *message)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SiambanConfig) config = load_text (text, &error);

  assert_fails (config != NULL, &error, message);
}

static SiambanConfig *
load_good (const char *text)
{
  g_autoptr (GError) error = NULL;
  SiambanConfig *config = load_text (text, &error);

  g_assert_no_error (error);

  return config;
}

static void
assert_ints (SiambanConfig *config, const char *key, const char *name, gint64 first, gsize n)
{
  gsize n_found = 0;
  g_autofree gint64 *found = siamban_kwargs_get_ints (siamban_config_get_kwargs (config, key), name,
                                                      &n_found);

  g_assert_cmpuint (n_found, ==, n);
  g_assert_cmpint (found[0], ==, first);
}

static char *
config_path (const char *name)
{
  return g_build_filename (g_getenv ("SIAMBAN_CONFIGS"), name, NULL);
}

/* The two experiments of the original. */
static void
test_experiments (void)
{
  static const struct
  {
    const char *file;
    const char *name;
    double window_influence;
    double penalty_k;
    double lr;
    double gray;
  } experiments[] = {
    { "siamban_r50_l234.yaml", "siamban_r50_l234", 0.4632532824922313, 0.08513642556896711,
      0.44418184746462425, 0 },
    { "siamban_r50_l234_otb.yaml", "siamban_r50_l234_otb", 0.3850733326567302, 0.020530504470126613,
      0.4730770315643308, 0.2 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (experiments); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *path = config_path (experiments[i].file);
      g_autoptr (SiambanConfig) config = siamban_config_new_from_file (path, &error);
      GVariant *lr = NULL;
      GVariant *warm_up = NULL;

      g_assert_no_error (error);
      g_assert_true (siamban_config_check (config, &error));
      g_assert_no_error (error);
      g_assert_cmpstr (siamban_config_get_string (config, "META_ARC"), ==, experiments[i].name);
      g_assert_cmpstr (siamban_config_get_string (config, "BACKBONE.TYPE"), ==, "resnet50");
      g_assert_cmpstr (siamban_config_get_string (config, "BACKBONE.PRETRAINED"), ==,
                       "pretrained_models/resnet50.model");
      assert_ints (config, "BACKBONE.KWARGS", "used_layers", 2, 3);
      assert_ints (config, "ADJUST.KWARGS", "in_channels", 512, 3);
      assert_ints (config, "ADJUST.KWARGS", "out_channels", 256, 3);
      assert_ints (config, "BAN.KWARGS", "in_channels", 256, 3);
      assert_ints (config, "BAN.KWARGS", "cls_out_channels", 2, 1);
      g_assert_true (siamban_kwargs_get_boolean (siamban_config_get_kwargs (config, "BAN.KWARGS"),
                                                 "weighted", FALSE));
      g_assert_true (siamban_config_get_boolean (config, "BAN.BAN"));
      g_assert_cmpint (siamban_config_get_int (config, "TRAIN.BATCH_SIZE"), ==, 28);
      lr = siamban_config_get_kwargs (config, "TRAIN.LR.KWARGS");
      g_assert_cmpfloat (siamban_kwargs_get_double (lr, "start_lr", 0), ==, 0.005);
      g_assert_cmpfloat (siamban_kwargs_get_double (lr, "end_lr", 0), ==, 0.00005);
      warm_up = siamban_config_get_kwargs (config, "TRAIN.LR_WARMUP.KWARGS");
      g_assert_cmpfloat (siamban_kwargs_get_double (warm_up, "start_lr", 0), ==, 0.001);
      g_assert_cmpint (siamban_kwargs_get_int (warm_up, "step", 0), ==, 1);
      g_assert_cmpfloat (siamban_config_get_double (config, "DATASET.SEARCH.BLUR"), ==, 0.2);
      g_assert_cmpfloat (siamban_config_get_double (config, "DATASET.GRAY"), ==,
                         experiments[i].gray);
      g_assert_cmpfloat (siamban_config_get_double (config, "TRACK.WINDOW_INFLUENCE"), ==,
                         experiments[i].window_influence);
      g_assert_cmpfloat (siamban_config_get_double (config, "TRACK.PENALTY_K"), ==,
                         experiments[i].penalty_k);
      g_assert_cmpfloat (siamban_config_get_double (config, "TRACK.LR"), ==, experiments[i].lr);
      g_assert_cmpstr (siamban_config_get_strv (config, "DATASET.NAMES")[3], ==, "DET");
    }
}

/* Whatever is installed loads and passes the check. */
static void
test_all_experiments (void)
{
  g_autoptr (GDir) folder = g_dir_open (g_getenv ("SIAMBAN_CONFIGS"), 0, NULL);
  const char *name = NULL;
  guint n_files = 0;

  while ((name = g_dir_read_name (folder)))
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *path = config_path (name);
      g_autoptr (SiambanConfig) config = NULL;

      if (!g_str_has_suffix (name, ".yaml"))
        continue;

      config = siamban_config_new_from_file (path, &error);
      g_assert_no_error (error);
      siamban_config_check (config, &error);
      g_assert_no_error (error);
      n_files++;
    }

  g_assert_cmpuint (n_files, >=, 4);
}

/* What PyYAML and the original's second look at strings make of scalars. */
static void
test_scalars (void)
{
  static const struct
  {
    const char *text;
    const char *key;
    double value;
  } numbers[] = {
    { "TRAIN: {WEIGHT_DECAY: 1e-3}", "TRAIN.WEIGHT_DECAY", 1e-3 },
    { "TRAIN: {WEIGHT_DECAY: 1.0e-3}", "TRAIN.WEIGHT_DECAY", 1e-3 },
    { "TRAIN: {WEIGHT_DECAY: '1e-3'}", "TRAIN.WEIGHT_DECAY", 1e-3 },
    { "TRAIN: {WEIGHT_DECAY: .5}", "TRAIN.WEIGHT_DECAY", 0.5 },
    { "TRAIN: {WEIGHT_DECAY: 0.000_1}", "TRAIN.WEIGHT_DECAY", 1e-4 },
    { "TRAIN: {CLS_WEIGHT: 2}", "TRAIN.CLS_WEIGHT", 2 },
    { "TRAIN: {CLS_WEIGHT: 2.}", "TRAIN.CLS_WEIGHT", 2 },
    { "TRAIN: {CLS_WEIGHT: 1E3}", "TRAIN.CLS_WEIGHT", 1000 },
    { "TRAIN: {EPOCH: 0x10}", "TRAIN.EPOCH", 16 },
    { "TRAIN: {EPOCH: 0b11}", "TRAIN.EPOCH", 3 },
    { "TRAIN: {EPOCH: 010}", "TRAIN.EPOCH", 8 },
    { "TRAIN: {EPOCH: 1_000}", "TRAIN.EPOCH", 1000 },
    { "TRAIN: {EPOCH: +7}", "TRAIN.EPOCH", 7 },
    { "TRAIN: {EPOCH: 1:30}", "TRAIN.EPOCH", 90 },
    { "TRAIN: {EPOCH: 0o17}", "TRAIN.EPOCH", 15 },
    { "TRAIN: {EPOCH: '28'}", "TRAIN.EPOCH", 28 },
    { "TRAIN: {EPOCH: !!int '28'}", "TRAIN.EPOCH", 28 },
    { "DATASET: {VID: {NUM_USE: -1}}", "DATASET.VID.NUM_USE", -1 },
    { "{\"TRAIN\": {\"WEIGHT_DECAY\": 1E-05}}", "TRAIN.WEIGHT_DECAY", 1e-5 },
  };
  static const char *const truths[] = { "yes",  "Yes",  "YES",  "on",     "On",
                                        "true", "True", "TRUE", "'True'", "!!bool 'yes'" };
  static const char *const falsehoods[] = { "no", "No", "off", "OFF", "false", "False", "'False'" };

  for (gsize i = 0; i < G_N_ELEMENTS (numbers); i++)
    {
      g_autoptr (SiambanConfig) config = load_good (numbers[i].text);

      g_assert_cmpfloat (siamban_config_get_double (config, numbers[i].key), ==, numbers[i].value);
    }

  for (gsize i = 0; i < G_N_ELEMENTS (truths); i++)
    {
      g_autofree char *text = g_strdup_printf ("BAN:\n  BAN: %s\n", truths[i]);
      g_autoptr (SiambanConfig) config = load_good (text);

      g_assert_true (siamban_config_get_boolean (config, "BAN.BAN"));
    }

  for (gsize i = 0; i < G_N_ELEMENTS (falsehoods); i++)
    {
      g_autofree char *text = g_strdup_printf ("CUDA: %s\n", falsehoods[i]);
      g_autoptr (SiambanConfig) config = load_good (text);

      g_assert_false (siamban_config_get_boolean (config, "CUDA"));
    }
}

static void
test_yaml_features (void)
{
  g_autoptr (SiambanConfig) config = load_good ("# comment\n"
                                                "META_ARC: \"'quoted'\"\n"
                                                "TRAIN: &base # anchored\n"
                                                "  RESUME: null\n"
                                                "  PRETRAINED:\n"
                                                "  LOG_DIR: !!str 7\n"
                                                "  LR:\n"
                                                "  LR_WARMUP: {KWARGS: ~}\n"
                                                "DATASET:\n"
                                                "  NAMES:\n"
                                                "  - VID\n"
                                                "  - 'COCO' # here too\n"
                                                "  TEMPLATE: &crop {SHIFT: 1, SCALE: 0.5}\n"
                                                "  SEARCH:\n"
                                                "    <<: *crop\n"
                                                "    SHIFT: 2\n"
                                                "BACKBONE:\n"
                                                "  TRAIN_LAYERS: ('layer3', \"layer4\",)\n"
                                                "  KWARGS:\n"
                                                "    used_layers: &l [2, 3]\n"
                                                "    again: *l\n"
                                                "    mixed: [1, 2.5]\n"
                                                "    words: [a, b]\n"
                                                "    odd: [1, a, null, [2]]\n"
                                                "    empty: []\n"
                                                "    rate: 1e-3\n"
                                                "    tuple: (1, 2)\n"
                                                "    none: null\n"
                                                "    text: plain\n"
                                                "    deep: {a: 1, b: yes}\n");
  GVariant *kwargs = siamban_config_get_kwargs (config, "BACKBONE.KWARGS");
  g_autoptr (GVariant) mixed = g_variant_lookup_value (kwargs, "mixed", NULL);
  g_autoptr (GVariant) words = g_variant_lookup_value (kwargs, "words", NULL);
  g_autoptr (GVariant) odd = g_variant_lookup_value (kwargs, "odd", NULL);
  g_autoptr (GVariant) empty = g_variant_lookup_value (kwargs, "empty", NULL);
  g_autoptr (GVariant) deep = g_variant_lookup_value (kwargs, "deep", NULL);
  g_autofree char *text = siamban_kwargs_get_string (kwargs, "text", NULL);

  g_assert_cmpstr (siamban_config_get_string (config, "META_ARC"), ==, "quoted");
  g_assert_cmpstr (siamban_config_get_string (config, "TRAIN.RESUME"), ==, "");
  g_assert_cmpstr (siamban_config_get_string (config, "TRAIN.PRETRAINED"), ==, "");
  g_assert_cmpstr (siamban_config_get_string (config, "TRAIN.LOG_DIR"), ==, "7");
  g_assert_cmpstr (siamban_config_get_string (config, "TRAIN.LR.TYPE"), ==, "log");
  g_assert_cmpstr (siamban_config_get_strv (config, "DATASET.NAMES")[1], ==, "COCO");
  g_assert_null (siamban_config_get_strv (config, "DATASET.NAMES")[2]);
  g_assert_cmpint (siamban_config_get_int (config, "DATASET.SEARCH.SHIFT"), ==, 2);
  g_assert_cmpfloat (siamban_config_get_double (config, "DATASET.SEARCH.SCALE"), ==, 0.5);
  g_assert_cmpstr (siamban_config_get_strv (config, "BACKBONE.TRAIN_LAYERS")[1], ==, "layer4");
  assert_ints (config, "BACKBONE.KWARGS", "again", 2, 2);
  assert_ints (config, "BACKBONE.KWARGS", "tuple", 1, 2);
  g_assert_cmpstr (g_variant_get_type_string (mixed), ==, "ad");
  g_assert_cmpstr (g_variant_get_type_string (words), ==, "as");
  g_assert_cmpstr (g_variant_get_type_string (odd), ==, "av");
  g_assert_cmpstr (g_variant_get_type_string (empty), ==, "av");
  g_assert_cmpstr (g_variant_get_type_string (deep), ==, "a{sv}");
  g_assert_cmpfloat (siamban_kwargs_get_double (kwargs, "rate", 0), ==, 1e-3);
  g_assert_false (siamban_kwargs_has (kwargs, "none"));
  g_assert_cmpstr (text, ==, "plain");
}

static void
test_problems (void)
{
  static const struct
  {
    const char *text;
    const char *message;
  } problems[] = {
    { "\n\nTRAIN:\n  BATCH_SIZE: 0\n", "TRAIN.BATCH_SIZE: 0 is not in 1..4096 (c.yaml:4)" },
    { "TRAIN: {EPOCH: 99999999999999999999}",
      "TRAIN.EPOCH: 9223372036854775807 is not in 1..100000 (c.yaml:1)" },
    { "DATASET: {NEG: -0.5}", "DATASET.NEG: -0.5 is not in 0..1 (c.yaml:1)" },
    { "TRAIN: {BASE_LR: .nan}", "TRAIN.BASE_LR: .nan is not a finite number (c.yaml:1)" },
    { "TRAIN: {BASE_LR: -.Inf}", "TRAIN.BASE_LR: -.inf is not a finite number (c.yaml:1)" },
    { "TRAIN: {BASE_LR: 1e999}", "TRAIN.BASE_LR: .inf is not a finite number (c.yaml:1)" },
    { "TRAIN: {EPOCH: many}",
      "TRAIN.EPOCH: \"many\" is a string, expected a whole number (c.yaml:1)" },
    { "TRAIN: {EPOCH: 2.5}",
      "TRAIN.EPOCH: 2.5 is a real number, expected a whole number (c.yaml:1)" },
    { "TRAIN: {EPOCH: }", "TRAIN.EPOCH: found nothing, expected a whole number (c.yaml:1)" },
    { "TRAIN: {BASE_LR: [1]}", "TRAIN.BASE_LR: found a list, expected a number (c.yaml:1)" },
    { "CUDA: 1", "CUDA: 1 is a whole number, expected true or false (c.yaml:1)" },
    { "META_ARC: no", "META_ARC: no is a boolean, expected a string (c.yaml:1)" },
    { "META_ARC: {a: b}", "META_ARC: found a mapping, expected a string (c.yaml:1)" },
    { "DATASET: {NAMES: VID}",
      "DATASET.NAMES: \"VID\" is a string, expected a list of strings (c.yaml:1)" },
    { "DATASET: {NAMES: [VID, 3]}",
      "DATASET.NAMES: 3 is a whole number, expected a list of strings (c.yaml:1)" },
    { "BAN: {KWARGS: 3}",
      "BAN.KWARGS: 3 is a whole number, expected a mapping of parameters (c.yaml:1)" },
    { "TRAIN: 3", "TRAIN: 3 is a whole number, expected a mapping of keys (c.yaml:1)" },
    { "- TRAIN", "found a list, expected a mapping of keys (c.yaml)" },
    { "BACKBONE: {TYPE: resnet51}",
      "BACKBONE.TYPE: \"resnet51\" is not one of res50, resnet18, resnet34, resnet50, alexnet, "
      "alexnetlegacy, mobilenetv2; did you mean \"resnet50\"? (c.yaml:1)" },
    { "TRAIN:\n  EPOCHS: 3", "TRAIN.EPOCHS: unknown key, did you mean TRAIN.EPOCH? (c.yaml:2)" },
    { "TRIAN: {EPOCH: 3}", "TRIAN: unknown key, did you mean TRAIN? (c.yaml:1)" },
    { "EPOCH: 3", "EPOCH: unknown key (c.yaml:1)" },
    { "BATCH_SIZE: 3", "BATCH_SIZE: unknown key, did you mean TRAIN.BATCH_SIZE? (c.yaml:1)" },
    { "TRAIN: {GIBBERISH: 3}", "TRAIN.GIBBERISH: unknown key (c.yaml:1)" },
    { "TRAIN.EPOCH: 3", "TRAIN.EPOCH: a name with a dot; in a file, keys are nested (c.yaml:1)" },
    { "DATASET: {NEGG: 3}", "DATASET.NEGG: unknown key, did you mean DATASET.NEG? (c.yaml:1)" },
    { "DATASET: {TEMPLAT: {SHIFT: 3}}",
      "DATASET.TEMPLAT: unknown key, did you mean DATASET.TEMPLATE? (c.yaml:1)" },
    { "DATASET: {VID: {PATH: x}}", "DATASET.VID.PATH: unknown key (c.yaml:1)" },
    { "DATASET: {MINE: {ROOTS: x, ANNO: y}}",
      "DATASET.MINE.ROOTS: unknown key, did you mean DATASET.MINE.ROOT? (c.yaml:1)" },
    { "TRAIN:\n  EPOCH: 3\n  EPOCH: 4", "TRAIN.EPOCH: given twice, first on line 2 (c.yaml:3)" },
    { "BAN:\n KWARGS:\n  a: 3\n  a: 4", "BAN.KWARGS.a: given twice, first on line 3 (c.yaml:4)" },
    { "BAN:\n KWARGS:\n  a: [1, .inf]", "BAN.KWARGS.a: .inf is not a finite number (c.yaml:3)" },
    { "BAN:\n KWARGS:\n  a: 99999999999999999999",
      "BAN.KWARGS.a: 99999999999999999999 is too large (c.yaml:3)" },
    { "TRAIN:\n  EPOCH: [3",
      "syntax error: did not find expected ',' or ']', while parsing a flow sequence (c.yaml:3)" },
    { "TRAIN:\n  A: B: C",
      "syntax error: mapping values are not allowed in this context (c.yaml:2)" },
    { "TRAIN: *absent", "no anchor is named absent (c.yaml:1)" },
    { "TRAIN: !!python/object:os.system {}",
      "the tag tag:yaml.org,2002:python/object:os.system is not understood (c.yaml:1)" },
    { "[a, b]: 3", "a key must be a word (c.yaml:1)" },
    { "TRAIN: {<<: 3}", "only a mapping can be merged (c.yaml:1)" },
    { "CUDA: true\n---\nCUDA: false", "a second document in one file (c.yaml:3)" },
    { "", "there is nothing in it (c.yaml:1)" },
    { "# only\n# comments\n", "there is nothing in it (c.yaml:3)" },
    { "TRAIN: \"\\0\"", "a text with a zero byte (c.yaml:1)" },
    { "TRAIN: {\"A\\nB\": 1}", "TRAIN.A B: unknown key (c.yaml:1)" },
    { "{\"TRAIN\": {\n\"EPOCH\": 0}}", "TRAIN.EPOCH: 0 is not in 1..100000 (c.yaml:2)" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (problems); i++)
    assert_text_fails (problems[i].text, problems[i].message);
}

/* All of them at once, and none of the good keys beside them is taken over. */
static void
test_all_problems (void)
{
  const char *text = "META_ARC: changed\n"
                     "TRAIN:\n"
                     "  EPOCHS: 3\n"
                     "  BATCH_SIZE: 0\n"
                     "  LR: {TYPE: lgo}\n"
                     "DATASET:\n"
                     "  MINE: {ROOT: x}\n"
                     "  NEG: two\n"
                     "  NEG: 0.1\n";
  g_autoptr (SiambanConfig) config = siamban_config_new ();
  g_autoptr (GBytes) bytes = g_bytes_new_static (text, strlen (text));
  g_autoptr (GError) error = NULL;

  assert_fails (siamban_config_load_bytes (config, bytes, "c.yaml", &error), &error,
                "TRAIN.EPOCHS: unknown key, did you mean TRAIN.EPOCH? (c.yaml:3)\n"
                "TRAIN.BATCH_SIZE: 0 is not in 1..4096 (c.yaml:4)\n"
                "TRAIN.LR.TYPE: \"lgo\" is not one of log, step, multi-step, linear, cos; "
                "did you mean \"log\"? (c.yaml:5)\n"
                "DATASET.NEG: \"two\" is a string, expected a number (c.yaml:8)\n"
                "DATASET.NEG: given twice, first on line 8 (c.yaml:9)");
  g_assert_cmpstr (siamban_config_get_string (config, "META_ARC"), ==, "siamban_r50_l234");
  g_assert_false (siamban_config_has_key (config, "DATASET.MINE.ROOT"));
}

static void
test_user_datasets (void)
{
  g_autoptr (SiambanConfig) config = load_good ("DATASET:\n"
                                                "  NAMES: [MINE, VID]\n"
                                                "  MINE:\n"
                                                "    ROOT: /crops\n"
                                                "    ANNO: /train.json\n"
                                                "    NUM_USE: 12\n"
                                                "    DESCRIPTION: holiday clips\n");
  g_autoptr (SiambanConfig) unused = load_good ("DATASET: {OTHER: {ANYTHING: 1}}");
  g_autoptr (GError) error = NULL;

  g_assert_cmpstr (siamban_config_get_string (config, "DATASET.MINE.ROOT"), ==, "/crops");
  g_assert_cmpint (siamban_config_get_int (config, "DATASET.MINE.NUM_USE"), ==, 12);
  g_assert_cmpint (siamban_config_get_int (config, "DATASET.MINE.FRAME_RANGE"), ==, 100);
  g_assert_true (siamban_config_check (config, &error));
  g_assert_no_error (error);
  g_assert_true (siamban_config_has_key (unused, "DATASET.OTHER.ROOT"));
}

static void
assert_round_trip (SiambanConfig *config)
{
  g_autofree char *yaml = siamban_config_to_yaml (config);
  g_autofree char *json = siamban_config_to_json (config);
  g_autoptr (SiambanConfig) from_yaml = load_good (yaml);
  g_autoptr (SiambanConfig) from_json = load_good (json);
  g_autofree char *yaml_again = NULL;
  g_autofree char *json_again = NULL;

  yaml_again = siamban_config_to_yaml (from_json);
  json_again = siamban_config_to_json (from_yaml);
  g_assert_cmpstr (yaml, ==, yaml_again);
  g_assert_cmpstr (json, ==, json_again);
}

/* Values that are hard to write, in every place that takes free text. */
static void
test_round_trip (void)
{
  static const char *const texts[] = {
    "",
    " x ",
    "yes",
    "null",
    "~",
    "123",
    "1e-3",
    "'",
    "\"",
    "it's",
    "'quoted'",
    "\\",
    "a\\nb",
    "a\nb\tc\r",
    "# no",
    "a: b",
    "- a",
    "{a}",
    "[1, 2]",
    "(1)",
    "True",
    "None",
    "&a",
    "*a",
    "!!int 3",
    "%TAG",
    "@",
    "`",
    "\001",
    "\177",
    "\302\205",
    "\342\200\250",
    "\357\273\277",
    "\345\233\276",
    "\360\237\220\274",
    "+1",
    "1_000",
    "...",
    "---",
    "<<",
    "=",
    "\\ud83d",
  };
  g_autoptr (SiambanConfig) config = siamban_config_new ();
  g_autoptr (GError) error = NULL;

  assert_round_trip (config);
  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      const char *const words[] = { texts[i], "VID", NULL };
      g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);
      g_autofree char *json = NULL;
      g_autofree char *yaml = NULL;
      g_autoptr (SiambanConfig) again = NULL;
      g_autofree char *kwarg = NULL;

      g_variant_dict_insert (&dict, "text", "s", texts[i]);
      g_variant_dict_insert (&dict, *texts[i] ? texts[i] : "x", "d", 1e-7);
      g_assert_true (siamban_config_set_string (config, "META_ARC", texts[i], &error));
      g_assert_true (siamban_config_set_strv (config, "BACKBONE.TRAIN_LAYERS", words, &error));
      g_assert_true (
          siamban_config_set_kwargs (config, "BAN.KWARGS", g_variant_dict_end (&dict), &error));
      assert_round_trip (config);

      yaml = siamban_config_to_yaml (config);
      again = load_good (yaml);
      g_assert_cmpstr (siamban_config_get_string (again, "META_ARC"), ==, texts[i]);
      g_assert_cmpstr (siamban_config_get_strv (again, "BACKBONE.TRAIN_LAYERS")[0], ==, texts[i]);
      kwarg = siamban_kwargs_get_string (siamban_config_get_kwargs (again, "BAN.KWARGS"), "text",
                                         NULL);
      g_assert_cmpstr (kwarg, ==, texts[i]);
    }
}

static void
test_writing (void)
{
  g_autoptr (SiambanConfig) config = siamban_config_new ();
  g_autofree char *plain = siamban_config_to_yaml (config);
  g_autofree char *yaml = NULL;
  g_autofree char *json = NULL;

  g_assert_null (strstr (plain, "SEED"));
  g_assert_null (strstr (plain, "LOC_LOSS"));
  g_assert_true (g_str_has_prefix (plain, "META_ARC: 'siamban_r50_l234'\nCUDA: true\nTRAIN:\n"));
  g_assert_nonnull (strstr (plain, "  WEIGHT_DECAY: 0.0001\n  CLS_WEIGHT: 1.0\n"));

  siamban_config_set_from_string (config, "TRAIN.SEED=7", NULL);
  siamban_config_set_from_string (config, "TRAIN.LOC_LOSS=giou", NULL);
  siamban_config_set_from_string (config, "TRAIN.WEIGHT_DECAY=1e-5", NULL);
  siamban_config_set_from_string (
      config, "BAN.KWARGS={a: [1, 2], b: {c: null, d: x}, e: (), f: 1e-9}", NULL);
  yaml = siamban_config_to_yaml (config);
  json = siamban_config_to_json (config);
  g_assert_nonnull (strstr (yaml, "  SEED: 7\n  LOC_LOSS: 'giou'\n"));
  g_assert_nonnull (strstr (yaml, "  WEIGHT_DECAY: 1.0e-05\n"));
  g_assert_nonnull (strstr (yaml, "  KWARGS:\n    a: [1, 2]\n    b: {c: null, d: 'x'}\n"
                                  "    e: []\n    f: 1.0e-09\n"));
  g_assert_nonnull (strstr (json, "        \"KWARGS\": {\n"
                                  "            \"a\": [\n"
                                  "                1,\n"
                                  "                2\n"
                                  "            ],\n"
                                  "            \"b\": {\n"
                                  "                \"c\": null,\n"
                                  "                \"d\": \"x\"\n"
                                  "            },\n"
                                  "            \"e\": [],\n"
                                  "            \"f\": 1.0e-09\n"
                                  "        }\n"));
}

static void
test_json (void)
{
  g_autoptr (SiambanConfig)
      config = load_good ("{ \"META_ARC\" :\"\\ud83d\\udc3c \\\\ud83d\\u00e9\\/\",\n"
                          "\t\"BAN\": {\"KWARGS\": {\"a\": [1e5, 2], \"b\": true}}}");
  g_autoptr (GVariant)
      list = g_variant_lookup_value (siamban_config_get_kwargs (config, "BAN.KWARGS"), "a", NULL);

  g_assert_cmpstr (siamban_config_get_string (config, "META_ARC"), ==,
                   "\360\237\220\274 \\ud83d\303\251/");
  g_assert_cmpstr (g_variant_get_type_string (list), ==, "ad");
}

static char *
repeat (const char *text, guint n)
{
  GString *result = g_string_new (NULL);

  for (guint i = 0; i < n; i++)
    g_string_append (result, text);

  return g_string_free (result, FALSE);
}

/* Text that is made to exhaust stack, memory or time. */
static void
test_hostile (void)
{
  g_autofree char *deep = repeat ("[", 100000);
  g_autofree char *deep_blocks = repeat ("- ", 100000);
  g_autofree char *deep_mapping = repeat ("{a: ", 100000);
  g_autofree char *deep_tuples = repeat ("(", 100000);
  g_autofree char *noise = repeat ("x", 2000000);
  g_autofree char *many = repeat ("[a],", 20000);
  g_autofree char *many_list = g_strdup_printf ("a: [%s]", many);
  g_autofree char *tuple_value = g_strdup_printf ("TRAIN: {EPOCH: '%s'}", deep_tuples);
  g_autoptr (GString) bomb = g_string_new ("a0: &a0 [x, x, x, x, x, x, x, x]\n");
  g_autoptr (GString) unknown = g_string_new (NULL);
  g_autoptr (GError) error = NULL;

  for (guint i = 1; i < 12; i++)
    g_string_append_printf (bomb, "a%u: &a%u [*a%u, *a%u, *a%u, *a%u]\n", i, i, i - 1, i - 1, i - 1,
                            i - 1);
  for (guint i = 0; i < 150; i++)
    g_string_append_printf (unknown, "UNKNOWN_%u: 1\n", i);

  assert_text_fails (deep, "nested more than 16 deep (c.yaml:1)");
  assert_text_fails (deep_blocks, "nested more than 16 deep (c.yaml:1)");
  assert_text_fails (deep_mapping, "nested more than 16 deep (c.yaml:1)");
  assert_text_fails (noise, "c.yaml: larger than 1024 KiB, so it is no configuration");
  assert_text_fails (many_list, "more than 10000 values (c.yaml:1)");
  assert_text_fails (bomb->str, "more than 10000 values (c.yaml:6)");
  assert_text_fails (tuple_value,
                     "TRAIN.EPOCH: \"((((((((((((((((((((((((((((((((((((((((…\" is a string, "
                     "expected a whole number (c.yaml:1)");
  assert_text_fails ("a: &a [*a]", "no anchor is named a (c.yaml:1)");
  assert_text_fails ("\377\376\377", "syntax error: incomplete UTF-16 character (c.yaml:1)");

  g_assert_null (load_text (unknown->str, &error));
  g_assert_true (g_str_has_suffix (error->message, "\nand 50 more problems"));
}

/* Every beginning of a real file either loads or is refused. */
static void
test_truncated (void)
{
  g_autofree char *path = config_path ("siamban_r50_l234.yaml");
  g_autofree char *text = NULL;
  gsize length = 0;
  guint n_refused = 0;

  g_assert_true (g_file_get_contents (path, &text, &length, NULL));
  for (gsize i = 0; i < length; i++)
    {
      g_autoptr (SiambanConfig) config = siamban_config_new ();
      g_autoptr (GBytes) bytes = g_bytes_new (text, i);
      g_autoptr (GError) error = NULL;

      if (siamban_config_load_bytes (config, bytes, "c.yaml", &error))
        g_assert_no_error (error);
      else
        g_assert_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_CONFIG);
      n_refused += error != NULL;
    }

  g_assert_cmpuint (n_refused, >, 100);
}

static void
test_files (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *folder = g_dir_make_tmp ("siamban-config-XXXXXX", NULL);
  g_autofree char *absent = g_build_filename (folder, "absent.yaml", NULL);
  g_autofree char *path = g_build_filename (folder, "c.json", NULL);
  g_autoptr (SiambanConfig) config = siamban_config_new ();

  g_assert_false (siamban_config_load_file (config, absent, &error));
  g_assert_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_IO);
  g_assert_nonnull (strstr (error->message, absent));
  g_clear_error (&error);

  g_assert_false (siamban_config_load_file (config, folder, &error));
  g_assert_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_CONFIG);
  g_clear_error (&error);

  g_assert_true (g_file_set_contents (path, "{\"TRAIN\": {\"EPOCH\": 4}}", -1, NULL));
  g_assert_true (siamban_config_load_file (config, path, &error));
  g_assert_no_error (error);
  g_assert_cmpint (siamban_config_get_int (config, "TRAIN.EPOCH"), ==, 4);

  g_assert_cmpint (g_remove (path), ==, 0);
  g_assert_cmpint (g_rmdir (folder), ==, 0);
}

/* A second file is laid over the first; free parameters are merged. */
static void
test_merge (void)
{
  const char *text = "TRAIN: {LR: {KWARGS: {end_lr: 0.25, extra: 1}}}";
  g_autoptr (SiambanConfig)
      config = load_good ("TRAIN: {EPOCH: 9, LR: {KWARGS: {start_lr: 0.5, end_lr: 0.125}}}");
  g_autoptr (GBytes) bytes = g_bytes_new_static (text, strlen (text));
  g_autoptr (GError) error = NULL;
  GVariant *kwargs = NULL;

  g_assert_true (siamban_config_load_bytes (config, bytes, "d.yaml", &error));
  g_assert_no_error (error);
  kwargs = siamban_config_get_kwargs (config, "TRAIN.LR.KWARGS");
  g_assert_cmpuint (g_variant_n_children (kwargs), ==, 3);
  g_assert_cmpfloat (siamban_kwargs_get_double (kwargs, "start_lr", 0), ==, 0.5);
  g_assert_cmpfloat (siamban_kwargs_get_double (kwargs, "end_lr", 0), ==, 0.25);
  g_assert_cmpint (siamban_config_get_int (config, "TRAIN.EPOCH"), ==, 9);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/config-files/experiments", test_experiments);
  g_test_add_func ("/config-files/all-experiments", test_all_experiments);
  g_test_add_func ("/config-files/scalars", test_scalars);
  g_test_add_func ("/config-files/yaml-features", test_yaml_features);
  g_test_add_func ("/config-files/problems", test_problems);
  g_test_add_func ("/config-files/all-problems", test_all_problems);
  g_test_add_func ("/config-files/user-datasets", test_user_datasets);
  g_test_add_func ("/config-files/round-trip", test_round_trip);
  g_test_add_func ("/config-files/writing", test_writing);
  g_test_add_func ("/config-files/json", test_json);
  g_test_add_func ("/config-files/hostile", test_hostile);
  g_test_add_func ("/config-files/truncated", test_truncated);
  g_test_add_func ("/config-files/files", test_files);
  g_test_add_func ("/config-files/merge", test_merge);

  return g_test_run ();
}
