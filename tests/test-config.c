/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <string.h>

#include "siamban.h"

static void
assert_fails (gboolean done, GError **error, const char *message)
{
  g_assert_false (done);
  g_assert_error (*error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_CONFIG);
  g_assert_cmpstr ((*error)->message, ==, message);
  g_clear_error (error);
}

/* Every default of the original's config.py. */
static const struct
{
  const char *key;
  double value;
} default_numbers[] = {
  { "TRAIN.NEG_NUM", 16 },
  { "TRAIN.POS_NUM", 16 },
  { "TRAIN.TOTAL_NUM", 64 },
  { "TRAIN.EXEMPLAR_SIZE", 127 },
  { "TRAIN.SEARCH_SIZE", 255 },
  { "TRAIN.BASE_SIZE", 8 },
  { "TRAIN.OUTPUT_SIZE", 25 },
  { "TRAIN.EPOCH", 20 },
  { "TRAIN.START_EPOCH", 0 },
  { "TRAIN.BATCH_SIZE", 32 },
  { "TRAIN.NUM_WORKERS", 1 },
  { "TRAIN.MOMENTUM", 0.9 },
  { "TRAIN.WEIGHT_DECAY", 1e-4 },
  { "TRAIN.CLS_WEIGHT", 1 },
  { "TRAIN.LOC_WEIGHT", 1 },
  { "TRAIN.PRINT_FREQ", 20 },
  { "TRAIN.GRAD_CLIP", 10 },
  { "TRAIN.BASE_LR", 0.005 },
  { "TRAIN.SEED", 0 },
  { "TRAIN.LR_WARMUP.EPOCH", 5 },
  { "DATASET.TEMPLATE.SHIFT", 4 },
  { "DATASET.TEMPLATE.SCALE", 0.05 },
  { "DATASET.TEMPLATE.BLUR", 0 },
  { "DATASET.TEMPLATE.FLIP", 0 },
  { "DATASET.TEMPLATE.COLOR", 1 },
  { "DATASET.SEARCH.SHIFT", 64 },
  { "DATASET.SEARCH.SCALE", 0.18 },
  { "DATASET.SEARCH.BLUR", 0 },
  { "DATASET.SEARCH.FLIP", 0 },
  { "DATASET.SEARCH.COLOR", 1 },
  { "DATASET.NEG", 0.2 },
  { "DATASET.GRAY", 0 },
  { "DATASET.VIDEOS_PER_EPOCH", 1000000 },
  { "DATASET.VID.FRAME_RANGE", 100 },
  { "DATASET.VID.NUM_USE", 100000 },
  { "DATASET.YOUTUBEBB.FRAME_RANGE", 3 },
  { "DATASET.YOUTUBEBB.NUM_USE", 200000 },
  { "DATASET.COCO.FRAME_RANGE", 1 },
  { "DATASET.COCO.NUM_USE", 100000 },
  { "DATASET.DET.FRAME_RANGE", 1 },
  { "DATASET.DET.NUM_USE", 200000 },
  { "DATASET.GOT10K.FRAME_RANGE", 100 },
  { "DATASET.GOT10K.NUM_USE", 200000 },
  { "DATASET.LASOT.FRAME_RANGE", 100 },
  { "DATASET.LASOT.NUM_USE", 200000 },
  { "BACKBONE.LAYERS_LR", 0.1 },
  { "BACKBONE.TRAIN_EPOCH", 10 },
  { "POINT.STRIDE", 8 },
  { "TRACK.PENALTY_K", 0.14 },
  { "TRACK.WINDOW_INFLUENCE", 0.45 },
  { "TRACK.LR", 0.30 },
  { "TRACK.EXEMPLAR_SIZE", 127 },
  { "TRACK.INSTANCE_SIZE", 255 },
  { "TRACK.BASE_SIZE", 8 },
  { "TRACK.CONTEXT_AMOUNT", 0.5 },
};

static const struct
{
  const char *key;
  const char *value;
} default_strings[] = {
  { "META_ARC", "siamban_r50_l234" },
  { "TRAIN.RESUME", "" },
  { "TRAIN.PRETRAINED", "" },
  { "TRAIN.LOG_DIR", "./logs" },
  { "TRAIN.SNAPSHOT_DIR", "./snapshot" },
  { "TRAIN.LOC_LOSS", "linear_iou" },
  { "TRAIN.LR.TYPE", "log" },
  { "TRAIN.LR_WARMUP.TYPE", "step" },
  { "DATASET.VID.ROOT", "training_dataset/vid/crop511" },
  { "DATASET.VID.ANNO", "training_dataset/vid/train.json" },
  { "DATASET.YOUTUBEBB.ROOT", "training_dataset/yt_bb/crop511" },
  { "DATASET.YOUTUBEBB.ANNO", "training_dataset/yt_bb/train.json" },
  { "DATASET.COCO.ROOT", "training_dataset/coco/crop511" },
  { "DATASET.COCO.ANNO", "training_dataset/coco/train2017.json" },
  { "DATASET.DET.ROOT", "training_dataset/det/crop511" },
  { "DATASET.DET.ANNO", "training_dataset/det/train.json" },
  { "DATASET.GOT10K.ROOT", "training_dataset/got_10k/crop511" },
  { "DATASET.GOT10K.ANNO", "training_dataset/got_10k/train.json" },
  { "DATASET.LASOT.ROOT", "training_dataset/lasot/crop511" },
  { "DATASET.LASOT.ANNO", "training_dataset/lasot/train.json" },
  { "BACKBONE.TYPE", "res50" },
  { "BACKBONE.PRETRAINED", "" },
  { "ADJUST.TYPE", "AdjustAllLayer" },
  { "BAN.TYPE", "MultiBAN" },
  { "TRACK.TYPE", "SiamBANTracker" },
};

static void
test_defaults (void)
{
  static const char *const truths[] = { "CUDA", "TRAIN.LR_WARMUP.WARMUP", "ADJUST.ADJUST" };
  static const char *const kwargs[] = { "TRAIN.LR.KWARGS", "TRAIN.LR_WARMUP.KWARGS",
                                        "BACKBONE.KWARGS", "ADJUST.KWARGS", "BAN.KWARGS" };
  static const char *const names[] = { "VID", "YOUTUBEBB", "DET", "COCO", "GOT10K", "LASOT", NULL };
  static const char *const layers[] = { "layer2", "layer3", "layer4", NULL };
  g_autoptr (SiambanConfig) config = siamban_config_new ();

  for (gsize i = 0; i < G_N_ELEMENTS (default_numbers); i++)
    g_assert_cmpfloat (siamban_config_get_double (config, default_numbers[i].key), ==,
                       default_numbers[i].value);
  for (gsize i = 0; i < G_N_ELEMENTS (default_strings); i++)
    g_assert_cmpstr (siamban_config_get_string (config, default_strings[i].key), ==,
                     default_strings[i].value);
  for (gsize i = 0; i < G_N_ELEMENTS (truths); i++)
    g_assert_true (siamban_config_get_boolean (config, truths[i]));
  g_assert_false (siamban_config_get_boolean (config, "TRAIN.LOG_GRADS"));
  g_assert_false (siamban_config_get_boolean (config, "BAN.BAN"));
  for (gsize i = 0; i < G_N_ELEMENTS (kwargs); i++)
    g_assert_cmpuint (g_variant_n_children (siamban_config_get_kwargs (config, kwargs[i])), ==, 0);
  g_assert_true (g_strv_equal (siamban_config_get_strv (config, "DATASET.NAMES"), names));
  g_assert_true (g_strv_equal (siamban_config_get_strv (config, "BACKBONE.TRAIN_LAYERS"), layers));
}

static void
test_groups (void)
{
  g_autoptr (SiambanConfig) config = siamban_config_new ();
  GListModel *groups = siamban_config_get_groups (config);
  g_autoptr (SiambanConfigGroup) general = g_list_model_get_item (groups, 0);
  g_autoptr (SiambanConfigGroup) train = g_list_model_get_item (groups, 1);
  g_auto (GStrv) keys = siamban_config_group_list_keys (general);
  GParamSpec *pspec = siamban_config_group_find_key (train, "BATCH_SIZE");
  gint64 batch_size = 0;
  g_autofree char *name = NULL;

  g_assert_cmpuint (g_list_model_get_n_items (groups), ==, 18);
  g_assert_cmpstr (siamban_config_group_get_name (general), ==, "");
  g_assert_cmpstr (siamban_config_group_get_name (train), ==, "TRAIN");
  g_assert_cmpuint (g_strv_length (keys), ==, 2);
  g_assert_cmpstr (keys[0], ==, "META_ARC");
  g_assert_null (siamban_config_group_find_key (train, "BATCH"));
  g_assert_cmpstr (pspec->name, ==, "batch-size");
  g_assert_cmpint (G_PARAM_SPEC_INT64 (pspec)->minimum, ==, 1);
  g_assert_cmpint (G_PARAM_SPEC_INT64 (pspec)->maximum, ==, 4096);
  g_assert_cmpint (G_PARAM_SPEC_INT64 (pspec)->default_value, ==, 32);
  g_assert_null (siamban_config_group_get_choices (train, "BATCH_SIZE"));
  g_assert_cmpstr (siamban_config_group_get_choices (train, "LOC_LOSS")[1], ==, "iou");

  g_object_set (train, "batch-size", (gint64) 8, NULL);
  g_object_get (train, "batch-size", &batch_size, "name", &name, NULL);
  g_assert_cmpint (batch_size, ==, 8);
  g_assert_cmpint (siamban_config_get_int (config, "TRAIN.BATCH_SIZE"), ==, 8);
  g_assert_cmpstr (name, ==, "TRAIN");

  for (guint i = 0; i < g_list_model_get_n_items (groups); i++)
    {
      g_autoptr (SiambanConfigGroup) group = g_list_model_get_item (groups, i);
      g_auto (GStrv) all = siamban_config_group_list_keys (group);

      for (guint j = 0; all[j]; j++)
        {
          GParamSpec *found = siamban_config_group_find_key (group, all[j]);

          g_assert_cmpstr (g_param_spec_get_nick (found), !=, found->name);
          g_assert_nonnull (g_param_spec_get_blurb (found));
        }
    }
}

static void
test_setters (void)
{
  static const char *const names[] = { "MINE", NULL };
  g_autoptr (SiambanConfig) config = siamban_config_new ();
  g_autoptr (SiambanConfig) copy = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_true (siamban_config_set_int (config, "TRAIN.EPOCH", 3, &error));
  g_assert_true (siamban_config_set_int (config, "TRAIN.GRAD_CLIP", 3, &error));
  g_assert_true (siamban_config_set_double (config, "TRAIN.BASE_LR", 0.01, &error));
  g_assert_true (siamban_config_set_boolean (config, "BAN.BAN", TRUE, &error));
  g_assert_true (siamban_config_set_string (config, "DATASET.MINE.ROOT", "/crops", &error));
  g_assert_true (siamban_config_set_strv (config, "DATASET.NAMES", names, &error));
  g_assert_true (siamban_config_set_kwargs (
      config, "BACKBONE.KWARGS", g_variant_new_parsed ("{'used_layers': <[int64 2, 3]>}"), &error));
  g_assert_no_error (error);

  copy = siamban_config_copy (config);
  g_assert_cmpint (siamban_config_get_int (copy, "TRAIN.EPOCH"), ==, 3);
  g_assert_cmpfloat (siamban_config_get_double (copy, "TRAIN.GRAD_CLIP"), ==, 3);
  g_assert_cmpfloat (siamban_config_get_double (copy, "TRAIN.BASE_LR"), ==, 0.01);
  g_assert_true (siamban_config_get_boolean (copy, "BAN.BAN"));
  g_assert_true (siamban_config_has_key (copy, "DATASET.MINE.ANNO"));
  g_assert_cmpstr (siamban_config_get_string (copy, "DATASET.MINE.ROOT"), ==, "/crops");
  g_assert_cmpint (siamban_config_get_int (copy, "DATASET.MINE.FRAME_RANGE"), ==, 100);
  g_assert_cmpint (siamban_config_get_int (copy, "DATASET.MINE.NUM_USE"), ==, -1);
  g_assert_cmpstr (siamban_config_get_strv (copy, "DATASET.NAMES")[0], ==, "MINE");

  assert_fails (siamban_config_set_int (config, "TRAIN.EPOCHS", 3, &error), &error,
                "TRAIN.EPOCHS: unknown key, did you mean TRAIN.EPOCH?");
  assert_fails (siamban_config_set_int (config, "TRAIN.BATCH_SIZE", 0, &error), &error,
                "TRAIN.BATCH_SIZE: 0 is not in 1..4096");
  assert_fails (siamban_config_set_double (config, "DATASET.NEG", 1.5, &error), &error,
                "DATASET.NEG: 1.5 is not in 0..1");
  assert_fails (siamban_config_set_double (config, "DATASET.NEG", (double) NAN, &error), &error,
                "DATASET.NEG: .nan is not a finite number");
  assert_fails (siamban_config_set_double (config, "TRAIN.EPOCH", 1, &error), &error,
                "TRAIN.EPOCH: is a whole number, not a number");
  assert_fails (siamban_config_set_string (config, "TRAIN.LR.TYPE", "lgo", &error), &error,
                "TRAIN.LR.TYPE: \"lgo\" is not one of log, step, multi-step, linear, cos; "
                "did you mean \"log\"?");
  assert_fails (
      siamban_config_set_kwargs (config, "BAN.KWARGS", g_variant_new_string ("weighted"), &error),
      &error, "BAN.KWARGS: found the type s, expected a mapping of parameters, a{sv}");
}

/* Programs, not least in Python, come with other types than files. */
static void
test_kwargs_types (void)
{
  g_autoptr (SiambanConfig) config = siamban_config_new ();
  g_autoptr (SiambanConfigGroup)
      adjust = g_list_model_get_item (siamban_config_get_groups (config), 14);
  g_autoptr (GVariant) expected = g_variant_ref_sink (g_variant_new_parsed (
      "{'a': <int64 1>, 'b': <[int64 2, 3]>, 'c': <[int64 4, 5]>, 'd': <['x']>, 'e': <@mv "
      "nothing>, "
      "'f': <{'g': <true>}>, 'h': <'1e-3'>, 'i': <[1.5, 2.0]>, 'j': <int64 255>}"));
  g_autoptr (GVariant) given = g_variant_ref_sink (g_variant_new_parsed (
      "{'a': <1>, 'b': <[uint16 2, 3]>, 'c': <(4, byte 5)>, 'd': <('x',)>, 'e': <@ms nothing>, "
      "'f': <{'g': true}>, 'h': <'1e-3'>, 'i': <[<1.5>, <uint32 2>]>, 'j': <uint64 255>}"));
  g_autoptr (GError) error = NULL;

  siamban_config_set_kwargs (config, "BAN.KWARGS", given, &error);
  g_assert_no_error (error);
  g_assert_cmpvariant (siamban_config_get_kwargs (config, "BAN.KWARGS"), expected);

  g_object_set (adjust, "kwargs", given, NULL);
  g_assert_cmpvariant (siamban_config_get_kwargs (config, "ADJUST.KWARGS"), expected);

  assert_fails (siamban_config_set_kwargs (
                    config, "BAN.KWARGS", g_variant_new_parsed ("{'a': <objectpath '/'>}"), &error),
                &error, "BAN.KWARGS: parameters that no file can hold");
  assert_fails (siamban_config_set_kwargs (config, "BAN.KWARGS",
                                           g_variant_new_parsed ("{'a': <[1.0, inf]>}"), &error),
                &error, "BAN.KWARGS.a: inf is not a finite number");
}

static void
test_kwargs (void)
{
  g_autoptr (GVariant) kwargs = g_variant_ref_sink (g_variant_new_parsed (
      "{'ints': <[int64 3, 5]>, 'int': <int64 7>, 'number': <0.5>, 'flag': <true>, "
      "'text': <'x'>, 'none': <@mv nothing>, 'empty': <@av []>}"));
  g_autofree gint64 *ints = NULL;
  g_autofree gint64 *one = NULL;
  g_autofree char *text = siamban_kwargs_get_string (kwargs, "text", NULL);
  g_autofree char *fallback = siamban_kwargs_get_string (kwargs, "flag", "fallback");
  gsize n = 0;

  g_assert_true (siamban_kwargs_has (kwargs, "flag"));
  g_assert_false (siamban_kwargs_has (kwargs, "none"));
  g_assert_false (siamban_kwargs_has (kwargs, "absent"));
  g_assert_cmpint (siamban_kwargs_get_int (kwargs, "int", 1), ==, 7);
  g_assert_cmpint (siamban_kwargs_get_int (kwargs, "none", 1), ==, 1);
  g_assert_cmpint (siamban_kwargs_get_int (kwargs, "number", 1), ==, 1);
  g_assert_cmpfloat (siamban_kwargs_get_double (kwargs, "number", 1), ==, 0.5);
  g_assert_cmpfloat (siamban_kwargs_get_double (kwargs, "int", 1), ==, 7);
  g_assert_cmpfloat (siamban_kwargs_get_double (kwargs, "text", 1), ==, 1);
  g_assert_true (siamban_kwargs_get_boolean (kwargs, "flag", FALSE));
  g_assert_true (siamban_kwargs_get_boolean (kwargs, "int", TRUE));
  g_assert_cmpstr (text, ==, "x");
  g_assert_cmpstr (fallback, ==, "fallback");

  ints = siamban_kwargs_get_ints (kwargs, "ints", &n);
  g_assert_cmpuint (n, ==, 2);
  g_assert_cmpint (ints[1], ==, 5);
  one = siamban_kwargs_get_ints (kwargs, "int", &n);
  g_assert_cmpuint (n, ==, 1);
  g_assert_cmpint (one[0], ==, 7);
  g_assert_null (siamban_kwargs_get_ints (kwargs, "empty", &n));
  g_assert_cmpuint (n, ==, 0);
  g_assert_null (siamban_kwargs_get_ints (kwargs, "text", &n));
}

static SiambanConfig *
load_text (const char *text, GError **error)
{
  g_autoptr (SiambanConfig) config = siamban_config_new ();
  g_autoptr (GBytes) bytes = g_bytes_new_static (text, strlen (text));

  return siamban_config_load_bytes (config, bytes, "c.yaml", error) ? g_steal_pointer (&config)
                                                                    : NULL;
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

static void
test_set_from_string (void)
{
  static const struct
  {
    const char *assignment;
    const char *message;
  } problems[] = {
    { "TRAIN.EPOCH", "TRAIN.EPOCH: expected KEY=VALUE" },
    { "TRAIN.EPOCHS=3", "TRAIN.EPOCHS: unknown key, did you mean TRAIN.EPOCH?" },
    { "TRAIN.EPOCH=0", "TRAIN.EPOCH: 0 is not in 1..100000" },
    { "TRAIN.EPOCH=", "TRAIN.EPOCH: found nothing, expected a whole number" },
    { "TRAIN.EPOCH=[", "TRAIN.EPOCH: syntax error: did not find expected node content, "
                       "while parsing a flow node" },
    { "TRAIN=3", "TRAIN: a group of keys, not a key" },
    { "TRAIN.LR.KWARGS.start_lr=.nan", "TRAIN.LR.KWARGS.start_lr: .nan is not a finite number" },
    { "=3", "=3: expected KEY=VALUE" },
  };
  static const char *const assignments[] = {
    "TRAIN.EPOCH=3",
    " BACKBONE.LAYERS_LR = 1e-2",
    "BAN.BAN=yes",
    "META_ARC=123",
    "TRAIN.LOG_DIR=a: b",
    "TRAIN.RESUME='x=y'",
    "DATASET.NAMES=[MINE]",
    "DATASET.MINE.ROOT=/crops",
    "BACKBONE.KWARGS={used_layers: [2, 3]}",
    "TRAIN.LR.KWARGS.start_lr=0.5",
    "TRAIN.LR.KWARGS.end_lr=1e-3",
  };
  g_autoptr (SiambanConfig) config = siamban_config_new ();
  g_autoptr (GError) error = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (assignments); i++)
    {
      siamban_config_set_from_string (config, assignments[i], &error);
      g_assert_no_error (error);
    }
  g_assert_cmpint (siamban_config_get_int (config, "TRAIN.EPOCH"), ==, 3);
  g_assert_cmpfloat (siamban_config_get_double (config, "BACKBONE.LAYERS_LR"), ==, 0.01);
  g_assert_true (siamban_config_get_boolean (config, "BAN.BAN"));
  g_assert_cmpstr (siamban_config_get_string (config, "META_ARC"), ==, "123");
  g_assert_cmpstr (siamban_config_get_string (config, "TRAIN.LOG_DIR"), ==, "a: b");
  g_assert_cmpstr (siamban_config_get_string (config, "TRAIN.RESUME"), ==, "x=y");
  g_assert_cmpstr (siamban_config_get_string (config, "DATASET.MINE.ROOT"), ==, "/crops");
  assert_ints (config, "BACKBONE.KWARGS", "used_layers", 2, 2);
  g_assert_cmpfloat (siamban_kwargs_get_double (
                         siamban_config_get_kwargs (config, "TRAIN.LR.KWARGS"), "start_lr", 0),
                     ==, 0.5);
  g_assert_cmpfloat (siamban_kwargs_get_double (
                         siamban_config_get_kwargs (config, "TRAIN.LR.KWARGS"), "end_lr", 0),
                     ==, 1e-3);

  for (gsize i = 0; i < G_N_ELEMENTS (problems); i++)
    assert_fails (siamban_config_set_from_string (config, problems[i].assignment, &error), &error,
                  problems[i].message);
}

static void
assert_check_fails (const char *text, const char *message)
{
  g_autoptr (SiambanConfig) config = load_good (text);
  g_autoptr (GError) error = NULL;

  assert_fails (siamban_config_check (config, &error), &error, message);
}

static void
test_check (void)
{
  g_autoptr (SiambanConfig) config = siamban_config_new ();
  g_autoptr (GError) error = NULL;

  g_assert_true (siamban_config_check (config, &error));
  g_assert_no_error (error);

  assert_check_fails ("TRAIN: {SEARCH_SIZE: 287}",
                      "TRAIN.OUTPUT_SIZE: 25 is not (SEARCH_SIZE - EXEMPLAR_SIZE) / POINT.STRIDE "
                      "+ 1 + BASE_SIZE = 29");
  assert_check_fails ("TRAIN: {SEARCH_SIZE: 256}",
                      "TRAIN.OUTPUT_SIZE: 25 is not (SEARCH_SIZE - EXEMPLAR_SIZE) / POINT.STRIDE "
                      "+ 1 + BASE_SIZE = 25.125");
  assert_check_fails ("TRAIN: {EPOCH: 5, START_EPOCH: 6, POS_NUM: 65}",
                      "TRAIN.START_EPOCH: 6 is after TRAIN.EPOCH, 5\n"
                      "TRAIN.LR_WARMUP.EPOCH: 5 is not less than TRAIN.EPOCH, 5\n"
                      "TRAIN.POS_NUM: 65 is more than TRAIN.TOTAL_NUM, 64");
  assert_check_fails (
      "BACKBONE: {KWARGS: {used_layers: [2, 3, 4]}}\n"
      "ADJUST: {KWARGS: {in_channels: [512, 1024], out_channels: x}}\n"
      "BAN: {BAN: yes, KWARGS: {in_channels: [0, 256, 256, 256]}}\n",
      "ADJUST.KWARGS.in_channels: 2 numbers for the 3 layers of BACKBONE.KWARGS.used_layers\n"
      "ADJUST.KWARGS.out_channels: not a list of whole numbers\n"
      "BAN.KWARGS.in_channels: 0 is no number of channels\n"
      "BAN.KWARGS.in_channels: 4 numbers for the 3 layers of BACKBONE.KWARGS.used_layers");
  assert_check_fails ("ADJUST: {KWARGS: {out_channels: [64, 64]}}\n"
                      "BAN: {BAN: yes, KWARGS: {in_channels: [64, 128]}}\n",
                      "BAN.KWARGS.in_channels: not the channels of ADJUST.KWARGS.out_channels");
  assert_check_fails ("DATASET: {NAMES: [VIDS, MINE, NEW], MINE: {ROOT: x}}",
                      "DATASET.NAMES: there is no data set DATASET.VIDS, did you mean VID?\n"
                      "DATASET.MINE.ANNO: not given, but DATASET.NAMES has MINE\n"
                      "DATASET.NAMES: there is no data set DATASET.NEW");
  assert_check_fails ("DATASET: {NAMES: []}", "DATASET.NAMES: names no data set");
}

static void
count_cb (GObject *object, GParamSpec *pspec, gpointer user_data)
{
  guint *n_calls = user_data;

  (*n_calls)++;
}

static void
test_notify (void)
{
  g_autoptr (SiambanConfig) config = siamban_config_new ();
  g_autoptr (SiambanConfigGroup)
      train = g_list_model_get_item (siamban_config_get_groups (config), 1);
  guint n_calls = 0;

  g_signal_connect (train, "notify::epoch", G_CALLBACK (count_cb), &n_calls);
  g_assert_true (siamban_config_set_int (config, "TRAIN.EPOCH", 3, NULL));
  g_assert_true (siamban_config_set_int (config, "TRAIN.EPOCH", 3, NULL));
  g_assert_true (siamban_config_set_from_string (config, "TRAIN.BATCH_SIZE=3", NULL));
  g_assert_cmpuint (n_calls, ==, 1);
  g_assert_true (siamban_config_set_from_string (config, "TRAIN.EPOCH=4", NULL));
  g_assert_cmpuint (n_calls, ==, 2);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/config/defaults", test_defaults);
  g_test_add_func ("/config/groups", test_groups);
  g_test_add_func ("/config/setters", test_setters);
  g_test_add_func ("/config/kwargs", test_kwargs);
  g_test_add_func ("/config/kwargs-types", test_kwargs_types);
  g_test_add_func ("/config/set-from-string", test_set_from_string);
  g_test_add_func ("/config/check", test_check);
  g_test_add_func ("/config/notify", test_notify);

  return g_test_run ();
}
