/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>

#include "compute.h"
#include "golden.h"

/* The golden numbers were computed in float32; what they allow stands in the set itself. */
static double value_tolerance, gradient_tolerance;

static void
assert_value (double found, double expected)
{
  g_assert_cmpfloat_with_epsilon (found, expected, value_tolerance * MAX (1, fabs (expected)));
}

/* @expected: NULL for zeros */
static void
assert_gradient (const float *found, const float *expected, gsize n)
{
  for (gsize i = 0; i < n; i++)
    if (expected == NULL)
      g_assert_cmpfloat (found[i], ==, 0);
    else
      g_assert_cmpfloat_with_epsilon (found[i], expected[i],
                                      gradient_tolerance * MAX (1, fabs (expected[i])));
}

static guint
dimension (Golden *golden, const char *tensor, guint index)
{
  JsonObject *tensors = json_object_get_object_member (golden->root, "tensors");
  JsonObject *member = json_object_get_object_member (tensors, tensor);

  return (guint) json_array_get_int_element (json_object_get_array_member (member, "shape"), index);
}

/* The expected gradient of a case, by our definition where it differs from the original; NULL if
 * it is zero. */
static const float *
expected_gradient (Golden *golden, const char *name, const char *what, gsize n)
{
  JsonObject *tensors = json_object_get_object_member (golden->root, "tensors");
  g_autofree char *ours = g_strdup_printf ("%s.robust.grad_%s", name, what);
  g_autofree char *theirs = g_strdup_printf ("%s.grad_%s", name, what);
  const char *key = json_object_has_member (tensors, ours) ? ours : theirs;
  const float *gradient;
  gsize n_found;

  if (!json_object_has_member (tensors, key))
    return NULL;

  gradient = golden_tensor (golden, key, "f32", &n_found);
  g_assert_cmpuint (n_found, ==, n);

  return gradient;
}

/* The expected loss by our definition: the original's where there are at least two points of a
 * label, 0 for a part without any. */
static double
expected_loss (JsonObject *the_case, const char *what)
{
  JsonObject *original;

  if (json_object_has_member (the_case, "robust_definition"))
    {
      g_autofree char *key = g_strconcat (what, "_loss", NULL);

      return golden_member (json_object_get_object_member (the_case, "robust_definition"), key);
    }

  original = json_object_get_object_member (the_case, what);
  if (g_str_equal (json_object_get_string_member (original, "kind"), "exception"))
    return 0;

  return golden_member (original, "value");
}

static SiambanGraph *
build_both_losses (Golden *golden)
{
  g_autoptr (SiambanWeights) weights = siamban_weights_new ();
  SiambanGraph *graph = siamban_graph_new (weights);
  const guint n = dimension (golden, "cls_logits", 0);
  const guint height = dimension (golden, "cls_logits", 2);
  const guint width = dimension (golden, "cls_logits", 3);
  const guint scores = compute_variable (graph, "scores", n, 2, height, width);
  const guint distances = compute_variable (graph, "distances", n, 4, height, width);
  const guint classes = siamban_graph_input (graph, "label_cls", n, 1, height, width);
  const guint targets = siamban_graph_input (graph, "label_loc", n, 4, height, width);
  const guint cls = siamban_graph_cross_entropy (graph, scores, classes);
  const guint loc = siamban_graph_iou_loss (graph, distances, targets, classes,
                                            SIAMBAN_IOU_LOSS_LINEAR);
  const guint total = siamban_graph_loss_sum (graph, cls, 1, loc, 1);

  siamban_graph_set_name (graph, cls, "cls_loss");
  siamban_graph_add_output (graph, cls);
  siamban_graph_set_name (graph, loc, "loc_loss");
  siamban_graph_add_output (graph, loc);
  siamban_graph_set_name (graph, total, "total_loss");
  siamban_graph_set_loss (graph, total);

  return graph;
}

static void
set_labels (SiambanProgram *program, Golden *golden, const char *name)
{
  g_autofree char *key = g_strconcat (name, ".label_cls", NULL);
  g_autoptr (SiambanTensor) tensor = NULL;
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GError) error = NULL;
  gconstpointer labels;
  gint64 shape;
  gsize n;

  labels = golden_tensor (golden, key, "i8", &n);
  shape = (gint64) n;
  bytes = g_bytes_new (labels, n);
  tensor = siamban_tensor_new (SIAMBAN_DTYPE_INT8, &shape, 1, bytes, &error);
  g_assert_no_error (error);
  siamban_program_set_input (program, "label_cls", tensor, &error);
  g_assert_no_error (error);
}

static void
check_case (SiambanProgram *program, Golden *golden, const char *name, JsonObject *the_case)
{
  g_autofree float *scores_gradient = NULL, *distances_gradient = NULL;
  const float *scores, *distances;
  gsize n_scores, n_distances;

  scores = golden_tensor (golden, "cls_logits", "f32", &n_scores);
  distances = golden_tensor (golden, "pred_loc", "f32", &n_distances);
  compute_variable_write (program, "scores", scores);
  compute_variable_write (program, "distances", distances);
  compute_set_input (program, "label_loc", golden_tensor (golden, "label_loc", "f32", NULL));
  set_labels (program, golden, name);
  compute_forward (program);
  compute_backward (program);

  assert_value (compute_get_number (program, "cls_loss"), expected_loss (the_case, "cls"));
  assert_value (compute_get_number (program, "loc_loss"), expected_loss (the_case, "loc"));
  assert_value (compute_get_number (program, "total_loss"),
                expected_loss (the_case, "cls") + expected_loss (the_case, "loc"));

  scores_gradient = compute_variable_gradient (program, "scores");
  distances_gradient = compute_variable_gradient (program, "distances");
  assert_gradient (scores_gradient, expected_gradient (golden, name, "cls_logits", n_scores),
                   n_scores);
  assert_gradient (distances_gradient, expected_gradient (golden, name, "pred_loc", n_distances),
                   n_distances);
}

static void
test_cases (gconstpointer data)
{
  g_autoptr (Golden) golden = golden_load ("losses");
  g_autoptr (SiambanGraph) graph = build_both_losses (golden);
  g_autoptr (SiambanProgram) program = compute_compile ((SiambanDevice *) data, graph, TRUE);
  JsonObject *cases = json_object_get_object_member (golden->root, "cases");
  g_autoptr (GList) names = json_object_get_members (cases);

  g_assert_nonnull (names);
  for (GList *l = names; l != NULL; l = l->next)
    {
      g_test_message ("%s", (const char *) l->data);
      check_case (program, golden, l->data, json_object_get_object_member (cases, l->data));
    }
}

/* One point a row of the golden tensors. */
static SiambanGraph *
build_iou_loss (guint n_points, SiambanIouLoss kind)
{
  g_autoptr (SiambanWeights) weights = siamban_weights_new ();
  SiambanGraph *graph = siamban_graph_new (weights);
  const guint distances = compute_variable (graph, "distances", 1, 4, 1, n_points);
  const guint targets = siamban_graph_input (graph, "label_loc", 1, 4, 1, n_points);
  const guint classes = siamban_graph_input (graph, "label_cls", 1, 1, 1, n_points);
  const guint loss = siamban_graph_iou_loss (graph, distances, targets, classes, kind);

  siamban_graph_set_name (graph, loss, "loss");
  siamban_graph_set_loss (graph, loss);

  return graph;
}

/* From one point a row to one channel a row, or back. */
static float *
swap_axes (const float *from, guint n_rows, guint n_columns)
{
  float *to = g_new (float, n_rows *n_columns);

  for (guint i = 0; i < n_rows; i++)
    for (guint j = 0; j < n_columns; j++)
      to[j * n_rows + i] = from[i * n_columns + j];

  return to;
}

/* Loss and gradient (one point a row) with only the points of @mask counting. */
static double
run_iou_loss (SiambanProgram *program, const float *mask, guint n_points, float **gradient)
{
  g_autofree float *planar = NULL;

  compute_set_input (program, "label_cls", mask);
  compute_forward (program);
  compute_backward (program);
  planar = compute_variable_gradient (program, "distances");
  *gradient = swap_axes (planar, 4, n_points);

  return compute_get_number (program, "loss");
}

static void
check_plain (SiambanProgram *program, Golden *golden, const char *kind, guint n_points)
{
  g_autofree char *case_name = g_strconcat (kind, ".none", NULL);
  g_autofree char *key = g_strdup_printf ("iou.%s.none.grad", kind);
  JsonObject *cases = json_object_get_object_member (golden->root, "iou");
  JsonObject *expected = json_object_get_object_member (cases, case_name);
  g_autofree float *mask = g_new (float, n_points);
  g_autofree float *gradient = NULL;

  for (guint i = 0; i < n_points; i++)
    mask[i] = 1;
  assert_value (run_iou_loss (program, mask, n_points, &gradient),
                golden_member (expected, "value"));
  assert_gradient (gradient, golden_tensor (golden, key, "f32", NULL), 4 * n_points);
}

/* The network has no weights for single points. The weighted mean of one point's losses at a time
 * must still be the original's, which tells that no point looks at another one. */
static void
check_weighted (SiambanProgram *program, Golden *golden, const char *kind, guint n_points)
{
  g_autofree char *case_name = g_strconcat (kind, ".weight", NULL);
  g_autofree char *key = g_strdup_printf ("iou.%s.weight.grad", kind);
  JsonObject *cases = json_object_get_object_member (golden->root, "iou");
  JsonObject *expected = json_object_get_object_member (cases, case_name);
  const float *weights = golden_tensor (golden, "iou.weight", "f32", NULL);
  g_autofree float *sums = g_new0 (float, 4 * n_points);
  double total = 0, loss = 0;

  for (guint i = 0; i < n_points; i++)
    total += weights[i];
  for (guint i = 0; i < n_points; i++)
    {
      g_autofree float *mask = g_new0 (float, n_points);
      g_autofree float *gradient = NULL;

      mask[i] = 1;
      loss += weights[i] / total * run_iou_loss (program, mask, n_points, &gradient);
      for (guint j = 0; j < 4 * n_points; j++)
        {
          if (j / 4 != i)
            g_assert_cmpfloat (gradient[j], ==, 0);
          sums[j] += (float) (weights[i] / total * gradient[j]);
        }
    }

  assert_value (loss, golden_member (expected, "value"));
  assert_gradient (sums, golden_tensor (golden, key, "f32", NULL), 4 * n_points);
}

static void
test_iou (gconstpointer data)
{
  static const struct
  {
    const char *name;
    SiambanIouLoss kind;
  } kinds[] = {
    { "linear_iou", SIAMBAN_IOU_LOSS_LINEAR },
    { "iou", SIAMBAN_IOU_LOSS_LOG },
    { "giou", SIAMBAN_IOU_LOSS_GENERALIZED },
  };
  g_autoptr (Golden) golden = golden_load ("losses");
  const guint n_points = dimension (golden, "iou.pred", 0);
  g_autofree float *predicted = swap_axes (golden_tensor (golden, "iou.pred", "f32", NULL),
                                           n_points, 4);
  g_autofree float *targets = swap_axes (golden_tensor (golden, "iou.target", "f32", NULL),
                                         n_points, 4);

  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      g_autoptr (SiambanGraph) graph = build_iou_loss (n_points, kinds[i].kind);
      g_autoptr (SiambanProgram) program = compute_compile ((SiambanDevice *) data, graph, TRUE);

      compute_variable_write (program, "distances", predicted);
      compute_set_input (program, "label_loc", targets);
      check_plain (program, golden, kinds[i].name, n_points);
      check_weighted (program, golden, kinds[i].name, n_points);
    }
}

int
main (int argc, char *argv[])
{
  g_autoptr (GPtrArray) devices = NULL;

  g_test_init (&argc, &argv, NULL);

  {
    g_autoptr (Golden) golden = golden_load ("losses");
    JsonObject *tolerance = json_object_get_object_member (golden->root, "tolerance");

    value_tolerance = golden_member (tolerance, "value_rel");
    gradient_tolerance = golden_member (tolerance, "grad_abs");
  }

  devices = compute_devices ();
  g_assert_cmpuint (devices->len, >, 0);
  for (guint i = 0; i < devices->len; i++)
    {
      SiambanDevice *device = g_ptr_array_index (devices, i);
      g_autofree char *cases = g_strdup_printf ("/losses/%s/cases", siamban_device_get_id (device));
      g_autofree char *iou = g_strdup_printf ("/losses/%s/iou", siamban_device_get_id (device));

      g_test_add_data_func (cases, device, test_cases);
      g_test_add_data_func (iou, device, test_iou);
    }

  return g_test_run ();
}
