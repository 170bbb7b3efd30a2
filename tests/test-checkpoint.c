/* SPDX-License-Identifier: Apache-2.0 */
#include <glib/gstdio.h>
#include <json-glib/json-glib.h>
#include <math.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>

#include "siamban-torch-file-reader-private.h"
#include "siamban.h"

static char *
get_fixture (const char *name)
{
  return g_test_build_filename (G_TEST_DIST, "data", "checkpoints", name, NULL);
}

static SiambanTensor *
make_tensor (const gint64 *shape, gsize n_dims, double first)
{
  gsize n = 1;
  float *values;
  g_autoptr (GBytes) bytes = NULL;

  for (gsize i = 0; i < n_dims; i++)
    n *= (gsize) shape[i];
  values = g_new (float, n);
  for (gsize i = 0; i < n; i++)
    values[i] = (float) (first + 0.5 * (double) i);
  bytes = g_bytes_new_take (values, n * sizeof *values);

  return siamban_tensor_new (SIAMBAN_DTYPE_FLOAT32, shape, n_dims, bytes, NULL);
}

static void
check_values (SiambanTensor *tensor, JsonArray *values)
{
  g_assert_nonnull (tensor);
  g_assert_cmpuint (siamban_tensor_get_n_elements (tensor), ==, json_array_get_length (values));
  for (guint i = 0; i < json_array_get_length (values); i++)
    g_assert_cmpfloat (siamban_tensor_get_item (tensor, i), ==,
                       json_array_get_double_element (values, i));
}

static void
check_shape (SiambanTensor *tensor, JsonArray *expected)
{
  gsize n_dims;
  const gint64 *shape = siamban_tensor_get_shape (tensor, &n_dims);

  g_assert_cmpuint (n_dims, ==, json_array_get_length (expected));
  for (guint i = 0; i < n_dims; i++)
    g_assert_cmpint (shape[i], ==, json_array_get_int_element (expected, i));
}

static void
check_tensors (SiambanCheckpoint *checkpoint, JsonObject *tensors)
{
  g_autoptr (GList) names = json_object_get_members (tensors);

  g_assert_cmpuint (g_strv_length ((char **) siamban_checkpoint_get_names (checkpoint)), ==,
                    g_list_length (names));
  for (GList *l = names; l != NULL; l = l->next)
    {
      JsonObject *expected = json_object_get_object_member (tensors, l->data);
      SiambanTensor *tensor = siamban_checkpoint_lookup (checkpoint, l->data);

      g_test_message ("%s", (const char *) l->data);
      g_assert_nonnull (tensor);
      g_assert_cmpstr (siamban_dtype_get_name (siamban_tensor_get_dtype (tensor)), ==,
                       json_object_get_string_member (expected, "dtype"));
      check_shape (tensor, json_object_get_array_member (expected, "shape"));
      check_values (tensor, json_object_get_array_member (expected, "values"));
    }
}

static void
check_optimizer (SiambanCheckpoint *checkpoint, JsonObject *expected)
{
  JsonArray *groups = json_object_get_array_member (expected, "groups");
  JsonArray *momentum = json_object_get_array_member (expected, "momentum");
  guint n = 0;

  g_assert_cmpuint (siamban_checkpoint_get_n_groups (checkpoint), ==,
                    json_array_get_length (groups));
  for (guint g = 0; g < json_array_get_length (groups); g++)
    {
      JsonObject *group = json_array_get_object_element (groups, g);

      g_assert_cmpfloat (siamban_checkpoint_get_group_lr (checkpoint, g), ==,
                         json_object_get_double_member (group, "lr"));
      g_assert_cmpuint (siamban_checkpoint_get_group_size (checkpoint, g), ==,
                        json_object_get_int_member (group, "size"));
      for (guint i = 0; i < siamban_checkpoint_get_group_size (checkpoint, g); i++)
        check_values (siamban_checkpoint_get_momentum_at (checkpoint, g, i),
                      json_array_get_array_element (momentum, n++));
    }
  g_assert_cmpuint (n, ==, json_array_get_length (momentum));
}

static void
check_file (const char *name, JsonObject *expected)
{
  g_autofree char *path = get_fixture (name);
  g_autoptr (GError) error = NULL;
  g_autoptr (SiambanCheckpoint) checkpoint = siamban_checkpoint_new_from_file (path, &error);

  g_test_message ("%s", name);
  if (json_object_has_member (expected, "refused"))
    {
      const char *text = json_object_get_string_member (expected, "refused");

      g_assert_null (checkpoint);
      g_assert_nonnull (error);
      if (strstr (error->message, text) == NULL || strstr (error->message, name) == NULL)
        g_error ("“%s” does not tell “%s” and “%s”", error->message, name, text);
      return;
    }

  g_assert_no_error (error);
  check_tensors (checkpoint, json_object_get_object_member (expected, "tensors"));
  g_assert_cmpint (siamban_checkpoint_get_epoch (checkpoint), ==,
                   json_object_get_int_member_with_default (expected, "epoch", -1));
  if (json_object_has_member (expected, "groups"))
    check_optimizer (checkpoint, expected);
}

/* Every file that tests/data/checkpoints/make.py wrote. */
static void
test_fixtures (void)
{
  g_autofree char *path = get_fixture ("expected.json");
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_autoptr (GList) names = NULL;
  g_autoptr (GError) error = NULL;
  JsonObject *root;

  json_parser_load_from_file (parser, path, &error);
  g_assert_no_error (error);
  root = json_node_get_object (json_parser_get_root (parser));
  names = json_object_get_members (root);
  g_assert_cmpuint (g_list_length (names), >, 10);
  for (GList *l = names; l != NULL; l = l->next)
    check_file (l->data, json_object_get_object_member (root, l->data));
}

/* A file of before 1.6 tells what order of bytes its machine has; what it holds is little-endian all the
 * same, as PyTorch writes and reads it. */
static void
test_legacy_mark (void)
{
  static const char mark[] = "little_endian";
  const char new_true = (char) 0x88, new_false = (char) 0x89;
  g_autofree char *path = get_fixture ("legacy.pth");
  g_autofree char *folder = g_dir_make_tmp ("siamban-XXXXXX", NULL);
  g_autofree char *marked = g_build_filename (folder, "marked.pth", NULL);
  g_autofree char *bytes = NULL;
  g_autoptr (SiambanCheckpoint) before = NULL;
  g_autoptr (SiambanCheckpoint) after = NULL;
  g_autoptr (GError) error = NULL;
  const char *const *names;
  gsize length, at = 0;

  g_file_get_contents (path, &bytes, &length, &error);
  g_assert_no_error (error);
  while (at + sizeof mark < length && memcmp (bytes + at, mark, strlen (mark)) != 0)
    at++;
  while (at < length && bytes[at] != new_true)
    at++;
  g_assert_cmpuint (at, <, length);
  bytes[at] = new_false;
  g_file_set_contents (marked, bytes, (gssize) length, &error);
  g_assert_no_error (error);

  before = siamban_checkpoint_new_from_file (path, &error);
  g_assert_no_error (error);
  after = siamban_checkpoint_new_from_file (marked, &error);
  g_assert_no_error (error);
  names = siamban_checkpoint_get_names (before);
  g_assert_cmpuint (g_strv_length ((char **) names), >, 0);
  for (gsize i = 0; names[i]; i++)
    g_assert_true (
        g_bytes_equal (siamban_tensor_get_bytes (siamban_checkpoint_lookup (before, names[i])),
                       siamban_tensor_get_bytes (siamban_checkpoint_lookup (after, names[i]))));

  g_assert_cmpint (g_unlink (marked), ==, 0);
  g_assert_cmpint (g_rmdir (folder), ==, 0);
}

static void
check_sums (SiambanTensor *tensor, JsonObject *expected)
{
  JsonArray *first = json_object_get_array_member (expected, "first");
  double sum = 0, abs_sum = 0;

  check_shape (tensor, json_object_get_array_member (expected, "shape"));
  g_assert_cmpstr (siamban_dtype_get_name (siamban_tensor_get_dtype (tensor)), ==,
                   json_object_get_string_member (expected, "dtype"));
  for (gsize i = 0; i < siamban_tensor_get_n_elements (tensor); i++)
    {
      const double value = siamban_tensor_get_item (tensor, i);

      sum += value;
      abs_sum += fabs (value);
    }
  for (guint i = 0; i < json_array_get_length (first); i++)
    g_assert_cmpfloat (siamban_tensor_get_item (tensor, i), ==,
                       json_array_get_double_element (first, i));
  /* Summed in another order than the oracle's double precision. */
  g_assert_cmpfloat_with_epsilon (sum, json_object_get_double_member (expected, "sum"),
                                  1e-9 * (1 + abs_sum));
  g_assert_cmpfloat_with_epsilon (abs_sum, json_object_get_double_member (expected, "abs_sum"),
                                  1e-9 * (1 + abs_sum));
}

/* Momentum under “optimizer/state/3/momentum_buffer”: numbered over the groups. */
static SiambanTensor *
find_momentum (SiambanCheckpoint *checkpoint, const char *entry)
{
  guint64 number = g_ascii_strtoull (entry + strlen ("optimizer/state/"), NULL, 10);

  for (guint g = 0; g < siamban_checkpoint_get_n_groups (checkpoint); g++)
    {
      const guint size = siamban_checkpoint_get_group_size (checkpoint, g);

      if (number < size)
        return siamban_checkpoint_get_momentum_at (checkpoint, g, (guint) number);
      number -= size;
    }

  return NULL;
}

static guint
check_real_file (const char *folder, const char *name, JsonObject *expected)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  JsonObject *entries = json_object_get_object_member (expected, "entries");
  g_autoptr (GList) names = json_object_get_members (entries);
  g_autoptr (GError) error = NULL;
  g_autoptr (SiambanCheckpoint) checkpoint = siamban_checkpoint_new_from_file (path, &error);
  guint n_checked = 0;

  g_assert_no_error (error);
  for (GList *l = names; l != NULL; l = l->next)
    {
      const char *entry = l->data;
      JsonNode *node = json_object_get_member (entries, entry);
      SiambanTensor *tensor = NULL;

      if (!JSON_NODE_HOLDS_OBJECT (node) ||
          !json_object_has_member (json_node_get_object (node), "dtype"))
        continue;
      g_test_message ("%s: %s", name, entry);
      if (g_str_has_prefix (entry, "optimizer/state/"))
        tensor = find_momentum (checkpoint, entry);
      else
        tensor = siamban_checkpoint_lookup (
            checkpoint, g_str_has_prefix (entry, "state_dict/") ? strchr (entry, '/') + 1 : entry);
      g_assert_nonnull (tensor);
      check_sums (tensor, json_node_get_object (node));
      n_checked++;
    }

  return n_checked;
}

static void
test_real_files (void)
{
  const char *data = g_getenv ("SIAMBAN_REAL_DATA");
  g_autofree char *folder = data != NULL ? g_build_filename (data, "weights", NULL) : NULL;
  g_autofree char *path = data != NULL ? g_build_filename (folder, "expected.json", NULL) : NULL;
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_autoptr (GList) names = NULL;
  JsonObject *root;

  if (data == NULL || !json_parser_load_from_file (parser, path, NULL))
    {
      g_test_skip ("SIAMBAN_REAL_DATA is not set or has no weights");
      return;
    }

  root = json_node_get_object (json_parser_get_root (parser));
  names = json_object_get_members (root);
  for (GList *l = names; l != NULL; l = l->next)
    g_assert_cmpuint (
        check_real_file (folder, l->data, json_object_get_object_member (root, l->data)), >, 0);
}

static SiambanWeights *
make_weights (void)
{
  SiambanWeights *weights = siamban_weights_new ();

  siamban_weights_add (weights, "backbone.conv1.weight", SIAMBAN_PARAMETER_WEIGHT,
                       (const gint64[]){ 2, 3, 1, 1 }, 4);
  siamban_weights_add (weights, "backbone.bn1.running_mean", SIAMBAN_PARAMETER_BUFFER,
                       (const gint64[]){ 2 }, 1);
  siamban_weights_add (weights, "backbone.bn1.num_batches_tracked", SIAMBAN_PARAMETER_COUNTER, NULL,
                       0);
  siamban_weights_add (weights, "head.3.bias", SIAMBAN_PARAMETER_WEIGHT, (const gint64[]){ 2 }, 1);

  return weights;
}

static double
get_first (SiambanWeights *weights, const char *name)
{
  g_autoptr (SiambanTensor)
      tensor = siamban_parameter_get_tensor (siamban_weights_lookup (weights, name));

  return siamban_tensor_get_item (tensor, 0);
}

static SiambanCheckpoint *
make_checkpoint (const char *front, gboolean with_head)
{
  SiambanCheckpoint *checkpoint = siamban_checkpoint_new ();
  g_autofree char *conv = g_strconcat (front, "conv1.weight", NULL);
  g_autofree char *mean = g_strconcat (front, "bn1.running_mean", NULL);
  g_autoptr (SiambanTensor) conv_tensor = make_tensor ((const gint64[]){ 2, 3, 1, 1 }, 4, 1);
  g_autoptr (SiambanTensor) mean_tensor = make_tensor ((const gint64[]){ 2 }, 1, 10);

  siamban_checkpoint_set_tensor (checkpoint, conv, conv_tensor);
  siamban_checkpoint_set_tensor (checkpoint, mean, mean_tensor);
  if (with_head)
    siamban_checkpoint_set_tensor (checkpoint, "head.3.bais", mean_tensor);

  return checkpoint;
}

static void
test_apply (void)
{
  static const struct
  {
    const char *front;
    const char *prefix;
  } cases[] = {
    { "backbone.", "" },
    { "module.backbone.", "" },
    { "", "backbone." },
    { "module.", "backbone." },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (SiambanWeights) weights = make_weights ();
      g_autoptr (SiambanCheckpoint) checkpoint = make_checkpoint (cases[i].front, FALSE);
      g_autoptr (GError) error = NULL;
      g_autoptr (SiambanLoadReport)
          report = siamban_checkpoint_apply (checkpoint, weights, cases[i].prefix, &error);
      const char *const *missing;

      g_assert_no_error (error);
      g_assert_cmpfloat (get_first (weights, "backbone.conv1.weight"), ==, 1);
      g_assert_cmpfloat (get_first (weights, "backbone.bn1.running_mean"), ==, 10);
      g_assert_cmpuint (g_strv_length ((char **) siamban_load_report_get_used (report)), ==, 2);
      g_assert_cmpuint (g_strv_length ((char **) siamban_load_report_get_unused (report)), ==, 0);
      missing = siamban_load_report_get_missing (report);
      /* The counter is not missed, and the head is no part of the backbone. */
      if (*cases[i].prefix == '\0')
        {
          g_assert_cmpstr (missing[0], ==, "head.3.bias");
          missing++;
        }
      g_assert_null (missing[0]);
    }
}

/* A classifier's features, which the network has under that name. */
static void
test_apply_features (void)
{
  g_autoptr (SiambanWeights) weights = siamban_weights_new ();
  g_autoptr (SiambanCheckpoint) checkpoint = make_checkpoint ("", FALSE);
  g_autoptr (GError) error = NULL;
  g_autoptr (SiambanLoadReport) report = NULL;

  siamban_weights_add (weights, "features.conv1.weight", SIAMBAN_PARAMETER_WEIGHT,
                       (const gint64[]){ 2, 3, 1, 1 }, 4);
  report = siamban_checkpoint_apply (checkpoint, weights, "", &error);
  g_assert_no_error (error);
  g_assert_cmpfloat (get_first (weights, "features.conv1.weight"), ==, 1);
  g_assert_cmpstr (siamban_load_report_get_unused (report)[0], ==, "bn1.running_mean");
}

static void
test_report (void)
{
  g_autoptr (SiambanWeights) weights = make_weights ();
  g_autoptr (SiambanCheckpoint) checkpoint = make_checkpoint ("backbone.", TRUE);
  g_autoptr (GError) error = NULL;
  g_autoptr (SiambanLoadReport) report = siamban_checkpoint_apply (checkpoint, weights, "", &error);
  g_autofree char *text = NULL;

  g_assert_no_error (error);
  g_assert_cmpstr (siamban_load_report_get_suggestion (report, "head.3.bias"), ==, "head.3.bais");
  g_assert_null (siamban_load_report_get_suggestion (report, "backbone.conv1.weight"));
  text = siamban_load_report_to_string (report);
  g_assert_nonnull (strstr (text, "used 2 of 3 entries"));
  g_assert_nonnull (strstr (text, "head.3.bias (the file has “head.3.bais”)"));
}

static void
test_apply_errors (void)
{
  g_autoptr (SiambanWeights) weights = make_weights ();
  g_autoptr (SiambanCheckpoint) other = make_checkpoint ("rpn.", FALSE);
  g_autoptr (SiambanCheckpoint) wrong = make_checkpoint ("backbone.", FALSE);
  g_autoptr (SiambanTensor) tensor = make_tensor ((const gint64[]){ 3 }, 1, 5);
  g_autoptr (GError) error = NULL;

  g_assert_null (siamban_checkpoint_apply (other, weights, "", &error));
  g_assert_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_WEIGHTS);
  g_assert_nonnull (strstr (error->message, "rpn.conv1.weight"));
  g_assert_nonnull (strstr (error->message, "backbone.conv1.weight"));
  g_clear_error (&error);

  siamban_checkpoint_set_tensor (wrong, "backbone.bn1.running_mean", tensor);
  siamban_checkpoint_set_tensor (wrong, "head.3.bias", tensor);
  g_assert_null (siamban_checkpoint_apply (wrong, weights, "", &error));
  g_assert_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_WEIGHTS);
  g_assert_nonnull (strstr (error->message, "backbone.bn1.running_mean: (3), expected (2)"));
  g_assert_nonnull (strstr (error->message, "head.3.bias: (3), expected (2)"));
  /* Nothing was changed. */
  g_assert_cmpfloat (get_first (weights, "backbone.conv1.weight"), ==, 0);
}

/* What a run would save: all weights, two groups, momentum for all but the last parameter. */
static SiambanCheckpoint *
make_run (SiambanWeights *weights)
{
  static const char *const backbone[] = { "backbone.conv1.weight", NULL };
  static const char *const head[] = { "head.3.bias", NULL };
  g_autoptr (SiambanCheckpoint) initial = make_checkpoint ("backbone.", FALSE);
  g_autoptr (SiambanTensor) tensor = make_tensor ((const gint64[]){ 2, 3, 1, 1 }, 4, -4);
  g_autoptr (SiambanTensor) count = NULL;
  g_autoptr (SiambanLoadReport) report = NULL;
  const gint64 steps = G_GINT64_CONSTANT (5000000001);
  g_autoptr (GBytes) bytes = g_bytes_new (&steps, sizeof steps);
  SiambanCheckpoint *checkpoint = siamban_checkpoint_new ();

  count = siamban_tensor_new (SIAMBAN_DTYPE_INT64, NULL, 0, bytes, NULL);
  siamban_checkpoint_set_tensor (initial, "backbone.bn1.num_batches_tracked", count);
  report = siamban_checkpoint_apply (initial, weights, "", NULL);
  g_assert_nonnull (report);

  siamban_checkpoint_collect (checkpoint, weights);
  siamban_checkpoint_set_epoch (checkpoint, 12);
  siamban_checkpoint_add_group (checkpoint, 0.0005, 0.001, 0.9, 1e-4, backbone);
  siamban_checkpoint_add_group (checkpoint, 0.005, 0.01, 0.9, 1e-4, head);
  siamban_checkpoint_set_momentum (checkpoint, "backbone.conv1.weight", tensor);

  return checkpoint;
}

static void
check_run (SiambanCheckpoint *checkpoint)
{
  static const char *const names[] = { "backbone.conv1.weight", "backbone.bn1.running_mean",
                                       "backbone.bn1.num_batches_tracked", "head.3.bias", NULL };
  g_autoptr (SiambanWeights) weights = make_weights ();
  g_autoptr (SiambanLoadReport) report = NULL;
  SiambanTensor *momentum;
  int epoch;

  g_object_get (checkpoint, "epoch", &epoch, NULL);
  g_assert_cmpint (epoch, ==, 12);
  g_assert_true (g_strv_equal (siamban_checkpoint_get_names (checkpoint), names));
  g_assert_cmpuint (siamban_checkpoint_get_n_groups (checkpoint), ==, 2);
  g_assert_cmpuint (siamban_checkpoint_get_group_size (checkpoint, 1), ==, 1);
  g_assert_cmpfloat (siamban_checkpoint_get_group_lr (checkpoint, 0), ==, 0.0005);
  momentum = siamban_checkpoint_get_momentum_at (checkpoint, 0, 0);
  g_assert_nonnull (momentum);
  g_assert_cmpfloat (siamban_tensor_get_item (momentum, 5), ==, -1.5);
  g_assert_null (siamban_checkpoint_get_momentum_at (checkpoint, 1, 0));

  report = siamban_checkpoint_apply (checkpoint, weights, "", NULL);
  g_assert_nonnull (report);
  g_assert_cmpfloat (get_first (weights, "backbone.conv1.weight"), ==, 1);
  g_assert_cmpfloat (get_first (weights, "backbone.bn1.num_batches_tracked"), ==, 5000000001.0);
}

static void
test_round_trip (void)
{
  g_autofree char *folder = g_dir_make_tmp ("siamban-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "checkpoint_e12.pth", NULL);
  g_autoptr (SiambanWeights) weights = make_weights ();
  g_autoptr (SiambanCheckpoint) checkpoint = make_run (weights);
  g_autoptr (SiambanCheckpoint) again = NULL;
  g_autofree char *first = NULL, *second = NULL;
  gsize first_size, second_size;
  g_autoptr (GError) error = NULL;

  g_assert_true (siamban_checkpoint_save (checkpoint, path, &error));
  g_assert_no_error (error);
  again = siamban_checkpoint_new_from_file (path, &error);
  g_assert_no_error (error);
  check_run (again);

  /* Saving what was read gives the same bytes. */
  g_assert_true (g_file_get_contents (path, &first, &first_size, NULL));
  g_assert_true (siamban_checkpoint_save (again, path, &error));
  g_assert_true (g_file_get_contents (path, &second, &second_size, NULL));
  g_assert_cmpmem (first, first_size, second, second_size);

  g_unlink (path);
  g_rmdir (folder);
}

/* PyTorch itself, and the original's way of resuming, read what was written. */
static void
test_torch (void)
{
  static const char
      script[] = "import sys, inspect, torch\n"
                 "def load (path, **options):\n"
                 "    s = torch.load (path, map_location='cpu', **options)\n"
                 "    w = s['state_dict']['backbone.conv1.weight']\n"
                 "    assert w.shape == (2, 3, 1, 1)\n"
                 "    assert w.flatten ().tolist () == [1, 1.5, 2, 2.5, 3, 3.5]\n"
                 "    n = s['state_dict']['backbone.bn1.num_batches_tracked']\n"
                 "    assert n.item () == 5000000001\n"
                 "    return s\n"
                 "has = 'weights_only' in inspect.signature (torch.load).parameters\n"
                 "if has:\n"
                 "    load (sys.argv[2], weights_only=True)\n"
                 "# The restricted loader of 1.13 knows no floating-point numbers.\n"
                 "if has and int (torch.__version__.split ('.')[0]) >= 2:\n"
                 "    load (sys.argv[1], weights_only=True)\n"
                 "d = load (sys.argv[1], **({'weights_only': False} if has else {}))\n"
                 "assert list (d) == ['epoch', 'state_dict', 'optimizer'], list (d)\n"
                 "assert d['epoch'] == 12\n"
                 "a = torch.nn.Parameter (torch.zeros (2, 3, 1, 1))\n"
                 "b = torch.nn.Parameter (torch.zeros (2))\n"
                 "o = torch.optim.SGD ([{'params': [a]}, {'params': [b]}], lr=2, momentum=0.5)\n"
                 "o.load_state_dict (d['optimizer'])\n"
                 "assert [g['lr'] for g in o.param_groups] == [0.0005, 0.005]\n"
                 "assert o.param_groups[0]['momentum'] == 0.9\n"
                 "m = o.state[a]['momentum_buffer']\n"
                 "assert m.flatten ().tolist () == [-4, -3.5, -3, -2.5, -2, -1.5]\n"
                 "a.sum ().backward (); b.sum ().backward (); o.step ()\n";
  g_autofree char *folder = NULL, *path = NULL, *bare_path = NULL;
  g_autoptr (SiambanWeights) weights = make_weights ();
  g_autoptr (SiambanCheckpoint) checkpoint = make_run (weights);
  g_autoptr (SiambanCheckpoint) bare = siamban_checkpoint_new ();
  g_autoptr (GSubprocess) probe = NULL;
  g_autoptr (GSubprocess) python = NULL;
  g_autoptr (GError) error = NULL;

  probe = g_subprocess_new (G_SUBPROCESS_FLAGS_STDOUT_SILENCE | G_SUBPROCESS_FLAGS_STDERR_SILENCE,
                            NULL, "/usr/bin/python3", "-c", "import torch", NULL);
  if (probe == NULL || !g_subprocess_wait_check (probe, NULL, NULL))
    {
      g_test_skip ("PyTorch is not installed");
      return;
    }

  folder = g_dir_make_tmp ("siamban-XXXXXX", NULL);
  path = g_build_filename (folder, "checkpoint.pth", NULL);
  g_assert_true (siamban_checkpoint_save (checkpoint, path, &error));
  bare_path = g_build_filename (folder, "weights.pth", NULL);
  siamban_checkpoint_collect (bare, weights);
  g_assert_true (siamban_checkpoint_save (bare, bare_path, &error));
  python = g_subprocess_new (G_SUBPROCESS_FLAGS_NONE, &error, "/usr/bin/python3", "-c", script,
                             path, bare_path, NULL);
  g_assert_no_error (error);
  g_assert_true (g_subprocess_wait_check (python, NULL, &error));
  g_assert_no_error (error);

  g_unlink (bare_path);
  g_unlink (path);
  g_rmdir (folder);
}

/* A file system that takes no more: the limit on the size of files stands for a full disk. */
static void
test_disk_full (void)
{
  g_autofree char *folder = g_dir_make_tmp ("siamban-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "checkpoint.pth", NULL);
  g_autoptr (SiambanWeights) weights = make_weights ();
  g_autoptr (SiambanCheckpoint) checkpoint = make_run (weights);
  g_autoptr (SiambanCheckpoint) again = NULL;
  g_autoptr (GError) error = NULL;
  struct rlimit before, limit;
  g_autoptr (GDir) dir = NULL;
  guint n_files = 0;

  g_assert_true (siamban_checkpoint_save (checkpoint, path, &error));
  siamban_checkpoint_set_epoch (checkpoint, 13);

  signal (SIGXFSZ, SIG_IGN);
  getrlimit (RLIMIT_FSIZE, &before);
  limit = before;
  limit.rlim_cur = 500;
  setrlimit (RLIMIT_FSIZE, &limit);
  g_assert_false (siamban_checkpoint_save (checkpoint, path, &error));
  setrlimit (RLIMIT_FSIZE, &before);
  g_assert_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_IO);
  g_assert_nonnull (strstr (error->message, path));
  g_clear_error (&error);

  again = siamban_checkpoint_new_from_file (path, &error);
  g_assert_no_error (error);
  check_run (again);
  dir = g_dir_open (folder, 0, NULL);
  while (g_dir_read_name (dir) != NULL)
    n_files++;
  g_assert_cmpuint (n_files, ==, 1);

  g_unlink (path);
  g_rmdir (folder);
}

static void
check_bytes (gconstpointer data, gsize size, const char *expected)
{
  g_autoptr (GBytes) bytes = g_bytes_new (data, size);
  g_autoptr (GError) error = NULL;

  g_assert_null (_siamban_torch_file_open_bytes (bytes, "weights.pth", &error));
  g_assert_true (g_str_has_prefix (error->message, "“weights.pth”: "));
  if (strstr (error->message, expected) == NULL)
    g_error ("“%s” is not in “%s”", expected, error->message);
}

static void
test_other_formats (void)
{
  g_autoptr (GError) error = NULL;

  check_bytes ("", 0, "empty");
  check_bytes ("<html>", 6, "web page");
  check_bytes ("version https://git-lfs.github.com/spec/v1\noid", 47, "Git LFS");
  check_bytes ("\x40\0\0\0\0\0\0\0{\"a\"", 12, "safetensors");
  check_bytes ("\x08\x07\x12", 3, "ONNX");
  check_bytes ("hello", 5, "neither");
  check_bytes ("\x80\x02}.", 4, "not one of PyTorch");
  check_bytes ("PK\003\004", 4, "archive is damaged");

  g_assert_null (siamban_checkpoint_new_from_file ("/nonexistent/weights.pth", &error));
  g_assert_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_IO);
  g_assert_nonnull (strstr (error->message, "/nonexistent/weights.pth"));
}

/* Reads everything of a file that may be damaged; an error is as good as none. */
static void
read_all (const char *data, gsize size)
{
  g_autoptr (GBytes) bytes = g_bytes_new (data, size);
  g_autoptr (GError) error = NULL;
  g_autoptr (SiambanTorchFile) file = _siamban_torch_file_open_bytes (bytes, "x", &error);
  SiambanPickleValue *root;

  g_assert_true ((file == NULL) == (error != NULL));
  root = file != NULL ? _siamban_torch_file_get_root (file) : NULL;
  if (root == NULL || root->kind != SIAMBAN_PICKLE_DICT)
    return;

  for (guint i = 0; i < root->items->len; i++)
    {
      SiambanPickleValue *value = g_ptr_array_index (root->items, i);
      g_autoptr (SiambanTensor) tensor = NULL;

      if (value->kind == SIAMBAN_PICKLE_TENSOR)
        tensor = _siamban_torch_file_read_tensor (file, value, NULL);
    }
}

static void
test_damaged (void)
{
  static const char *const names[] = { "zip.pth", "deflated.pth", "legacy.pth" };
  g_autoptr (GRand) random = g_rand_new_with_seed (2);

  for (gsize n = 0; n < G_N_ELEMENTS (names); n++)
    {
      g_autofree char *path = get_fixture (names[n]);
      g_autofree char *data = NULL;
      gsize size;

      g_assert_true (g_file_get_contents (path, &data, &size, NULL));
      for (gsize length = 0; length < size; length += 7)
        {
          g_autoptr (GBytes) bytes = g_bytes_new (data, length);

          g_assert_null (_siamban_torch_file_open_bytes (bytes, "x", NULL));
        }
      for (guint i = 0; i < 1000; i++)
        {
          g_autofree char *changed = g_memdup2 (data, size);

          for (guint k = 0; k < 4; k++)
            changed[g_rand_int_range (random, 0, (gint) size)] = (char) g_rand_int (random);
          read_all (changed, size);
        }
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/checkpoint/fixtures", test_fixtures);
  g_test_add_func ("/checkpoint/legacy-mark", test_legacy_mark);
  g_test_add_func ("/checkpoint/real-files", test_real_files);
  g_test_add_func ("/checkpoint/apply", test_apply);
  g_test_add_func ("/checkpoint/apply-features", test_apply_features);
  g_test_add_func ("/checkpoint/apply-errors", test_apply_errors);
  g_test_add_func ("/checkpoint/report", test_report);
  g_test_add_func ("/checkpoint/round-trip", test_round_trip);
  g_test_add_func ("/checkpoint/torch", test_torch);
  g_test_add_func ("/checkpoint/disk-full", test_disk_full);
  g_test_add_func ("/checkpoint/other-formats", test_other_formats);
  g_test_add_func ("/checkpoint/damaged", test_damaged);

  return g_test_run ();
}
