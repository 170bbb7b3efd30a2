/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <string.h>

#include "compute.h"
#include "golden.h"
#include "network.h"
#include "siamban-tensor-private.h"

#define TEMPLATE_PIXELS (3 * 127 * 127)
#define SEARCH_PIXELS (3 * 255 * 255)

/* Of what GOLDEN.md suggests for a stage, relative to its root mean square: float32 sums in
 * another order. */
#define STAGE_TOLERANCE 2e-4

typedef struct
{
  SiambanDevice *device;
  const OtherNetwork *other;
} Case;

static void
set_noise (SiambanProgram *program, const char *input, const char *name, gsize n_values)
{
  g_autofree float *values = g_new (float, n_values);

  golden_fill_noise (name, values, n_values);
  compute_set_input (program, input, values);
}

static SiambanTensor *
get_output (SiambanProgram *program, const char *name)
{
  g_autoptr (GError) error = NULL;
  SiambanTensor *tensor = siamban_program_get_output (program, name, &error);

  g_assert_no_error (error);

  return tensor;
}

static void
assert_near (const char *name, const char *what, double found, double expected, double tolerance)
{
  /* Written so that a NaN fails too. */
  if (!(fabs (found - expected) <= tolerance))
    g_error ("%s: %s is %.9g, expected %.9g within %.3g", name, what, found, expected, tolerance);
}

static void
assert_tensor (Golden *golden,
               SiambanProgram *program,
               const char *name,
               const char *key,
               double tolerance)
{
  g_autoptr (SiambanTensor) tensor = get_output (program, name);
  const float *found = _siamban_tensor_peek (tensor);
  gsize n;
  const float *expected = golden_tensor (golden, key, "f32", &n);
  double largest = 0;

  g_assert_cmpuint (siamban_tensor_get_n_elements (tensor), ==, n);
  for (gsize i = 0; i < n; i++)
    {
      assert_near (name, key, found[i], expected[i], tolerance);
      largest = MAX (largest, fabs ((double) found[i] - expected[i]));
    }
  g_test_message ("%s is off from double precision by %.2g at most", name, largest);
}

/* One stage against the run in double precision. */
static void
assert_stage (SiambanProgram *program, const char *name, JsonObject *stage)
{
  JsonObject *truth = json_object_get_object_member (stage, "f64");
  JsonArray *first = json_object_get_array_member (truth, "first");
  g_autoptr (SiambanTensor) tensor = get_output (program, name);
  const gsize n = siamban_tensor_get_n_elements (tensor);
  const float *values = _siamban_tensor_peek (tensor);
  const double l2 = golden_member (truth, "l2");
  const double tolerance = MAX (STAGE_TOLERANCE * golden_member (stage, "rms_f64"),
                                10 * golden_member (stage, "max_abs_err_f32_vs_f64"));
  double mean = 0;

  for (gsize i = 0; i < n; i++)
    mean += values[i];
  mean /= (double) n;

  for (guint i = 0; i < json_array_get_length (first); i++)
    assert_near (name, "an element", values[i], golden_number (json_array_get_element (first, i)),
                 tolerance);
  assert_near (name, "the mean", mean, golden_member (truth, "mean"), tolerance);
  assert_near (name, "the norm", golden_norm (values, n), l2, STAGE_TOLERANCE * l2);
  assert_near (name, "the projection", golden_projection (name, values, n),
               golden_member (truth, "proj"), STAGE_TOLERANCE * l2);
}

static void
assert_scores (Golden *golden, SiambanProgram *program)
{
  JsonObject *tolerance = json_object_get_object_member (golden->root, "tolerance");

  assert_tensor (golden, program, "cls", "cls.f64run_as_f32", golden_member (tolerance, "cls_abs"));
  assert_tensor (golden, program, "loc", "loc.f64run_as_f32", golden_member (tolerance, "loc_abs"));
}

static SiambanModel *
new_golden_model (Golden *golden)
{
  SiambanModel *model = network_new ("siamban_r50_l234");

  network_fill_golden (siamban_model_get_weights (model),
                       json_object_get_string_member (golden->root, "weight_prefix"));

  return model;
}

static guint
get_batch (Golden *golden)
{
  JsonObject *inputs = json_object_get_object_member (golden->root, "inputs");

  return (guint) json_object_get_int_member (inputs, "batch");
}

static const char *
get_input (Golden *golden, const char *name)
{
  return json_object_get_string_member (json_object_get_object_member (golden->root, "inputs"),
                                        name);
}

static void
keep_stages (SiambanGraph *graph, JsonObject *stages)
{
  g_autoptr (GList) names = json_object_get_members (stages);

  for (GList *at = names; at != NULL; at = at->next)
    {
      const guint value = siamban_graph_lookup (graph, at->data);

      if (value == 0)
        g_error ("The network has no value “%s”", (const char *) at->data);
      siamban_graph_add_output (graph, value);
    }
}

/* Every stage, which keeps an engine from fusing over them. */
static void
test_stages (gconstpointer data)
{
  const Case *self = data;
  g_autoptr (Golden) golden = golden_load ("forward");
  JsonObject *stages = json_object_get_object_member (golden->root, "stages");
  g_autoptr (GList) names = json_object_get_members (stages);
  g_autoptr (SiambanModel) model = new_golden_model (golden);
  const guint n = get_batch (golden);
  g_autoptr (GError) error = NULL;
  g_autoptr (SiambanGraph) graph = siamban_model_build_inference (model, n, &error);
  g_autoptr (SiambanProgram) program = NULL;

  g_assert_no_error (error);
  g_assert_cmpuint (g_list_length (names), >=, 40);
  keep_stages (graph, stages);
  program = compute_compile (self->device, graph, FALSE);
  set_noise (program, "template", get_input (golden, "template"), n * TEMPLATE_PIXELS);
  set_noise (program, "search", get_input (golden, "search"), n * SEARCH_PIXELS);
  compute_forward (program);

  for (GList *at = names; at != NULL; at = at->next)
    assert_stage (program, at->data, json_object_get_object_member (stages, at->data));
  assert_scores (golden, program);
}

/* The network as it is used: nothing but the scores is looked at. */
static void
test_scores (gconstpointer data)
{
  const Case *self = data;
  g_autoptr (Golden) golden = golden_load ("forward");
  g_autoptr (SiambanModel) model = new_golden_model (golden);
  const guint n = get_batch (golden);
  g_autoptr (GError) error = NULL;
  g_autoptr (SiambanGraph) graph = siamban_model_build_inference (model, n, &error);
  g_autoptr (SiambanProgram) program = NULL;

  g_assert_no_error (error);
  program = compute_compile (self->device, graph, FALSE);
  set_noise (program, "template", get_input (golden, "template"), n * TEMPLATE_PIXELS);
  set_noise (program, "search", get_input (golden, "search"), n * SEARCH_PIXELS);
  compute_forward (program);
  assert_scores (golden, program);
}

/* The two halves that a tracker runs. */
static void
test_halves (gconstpointer data)
{
  const Case *self = data;
  g_autoptr (Golden) golden = golden_load ("forward");
  g_autoptr (SiambanModel) model = new_golden_model (golden);
  const char *const *kept = siamban_model_get_template_outputs (model);
  const guint n = get_batch (golden);
  g_autoptr (GError) error = NULL;
  g_autoptr (SiambanGraph) template_graph = siamban_model_build_template (model, n, &error);
  g_autoptr (SiambanGraph) search_graph = siamban_model_build_search (model, n, &error);
  g_autoptr (SiambanProgram) template = NULL;
  g_autoptr (SiambanProgram) search = NULL;

  g_assert_no_error (error);
  template = compute_compile (self->device, template_graph, FALSE);
  set_noise (template, "template", get_input (golden, "template"), n * TEMPLATE_PIXELS);
  compute_forward (template);

  search = compute_compile (self->device, search_graph, FALSE);
  set_noise (search, "search", get_input (golden, "search"), n * SEARCH_PIXELS);
  for (guint i = 0; kept[i] != NULL; i++)
    {
      g_autoptr (SiambanTensor) feature = get_output (template, kept[i]);

      siamban_program_set_input (search, kept[i], feature, &error);
      g_assert_no_error (error);
    }
  compute_forward (search);
  assert_scores (golden, search);
}

static void
assert_output (SiambanProgram *program, const char *name, double norm, double projection)
{
  g_autoptr (SiambanTensor) tensor = get_output (program, name);
  const gsize n = siamban_tensor_get_n_elements (tensor);
  const float *values = _siamban_tensor_peek (tensor);

  assert_near (name, "the norm", golden_norm (values, n), norm, STAGE_TOLERANCE * norm);
  assert_near (name, "the projection", golden_projection (name, values, n), projection,
               STAGE_TOLERANCE * norm);
}

static void
set_unit (SiambanProgram *program, const char *input, const char *name, gsize n_values)
{
  g_autofree float *values = g_new (float, n_values);

  compute_fill (name, 0, 1, values, n_values);
  compute_set_input (program, input, values);
}

/* The backbones, necks and heads that the golden network does not have. */
static void
test_other (gconstpointer data)
{
  const Case *self = data;
  g_autoptr (SiambanModel) model = network_new_other (self->other);
  g_autoptr (GError) error = NULL;
  g_autoptr (SiambanGraph) graph = siamban_model_build_inference (model, 1, &error);
  g_autoptr (SiambanProgram) program = NULL;

  g_assert_no_error (error);
  network_fill_other (siamban_model_get_weights (model));
  program = compute_compile (self->device, graph, FALSE);
  set_unit (program, "template", "other.template", TEMPLATE_PIXELS);
  set_unit (program, "search", "other.search", SEARCH_PIXELS);
  compute_forward (program);

  assert_output (program, "cls", self->other->cls_norm, self->other->cls_projection);
  assert_output (program, "loc", self->other->loc_norm, self->other->loc_projection);
}

static void
add (SiambanDevice *device, const OtherNetwork *other, const char *name, GTestDataFunc func)
{
  g_autofree char *path = g_strdup_printf ("/forward/%s/%s", siamban_device_get_id (device), name);
  Case *self = g_new (Case, 1);

  *self = (Case){ device, other };
  g_test_add_data_func_full (path, self, func, g_free);
}

int
main (int argc, char **argv)
{
  g_autoptr (GPtrArray) devices = NULL;
  guint n_others;
  const OtherNetwork *others = network_list_others (&n_others);

  g_test_init (&argc, &argv, NULL);
  devices = compute_devices ();
  for (guint i = 0; i < devices->len; i++)
    {
      SiambanDevice *device = g_ptr_array_index (devices, i);

      add (device, NULL, "stages", test_stages);
      add (device, NULL, "halves", test_halves);
      /* The reference engine fuses nothing. */
      if (!g_str_equal (siamban_device_get_id (device), "reference"))
        add (device, NULL, "scores", test_scores);
      for (guint j = 0; j < n_others; j++)
        add (device, &others[j], others[j].name, test_other);
    }

  return g_test_run ();
}
