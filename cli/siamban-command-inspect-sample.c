/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-cli-canvas.h"
#include "siamban-cli.h"

/* Labels are dots of a few pixels: the images are drawn larger. */
#define ZOOM 2
#define GAP 8

static const CliColor green = { 0, 220, 0 };
static const CliColor red = { 0, 0, 230 };
static const CliColor white = { 255, 255, 255 };

typedef struct
{
  char **settings;
  char *output;
  gint64 index;
  gboolean json;
} SampleOptions;

static CliCanvas *
draw_planes (GBytes *planes, guint size, const SiambanBox *box)
{
  g_autoptr (CliCanvas)
      small = cli_canvas_new_from_planes (g_bytes_get_data (planes, NULL), size, size);
  CliCanvas *canvas = cli_canvas_scale (small, size * ZOOM, size * ZOOM);
  const SiambanBox zoomed = { box->x1 * ZOOM, box->y1 * ZOOM, box->x2 * ZOOM, box->y2 * ZOOM };

  cli_canvas_draw_box (canvas, &zoomed, white);

  return canvas;
}

/* Green for targets, red for background, nothing where the label is ignored. */
static void
draw_labels (CliCanvas *canvas, SiambanSample *sample, guint stride)
{
  const guint size = siamban_sample_get_output_size (sample);
  const double first = (double) (siamban_sample_get_search_size (sample) / 2) -
                       (double) (size / 2) * stride;
  g_autoptr (GBytes) bytes = siamban_sample_get_label_cls (sample);
  const gint8 *classes = g_bytes_get_data (bytes, NULL);

  for (guint y = 0; y < size; y++)
    for (guint x = 0; x < size; x++)
      if (classes[y * size + x] >= 0)
        cli_canvas_draw_dot (canvas, (first + x * stride) * ZOOM, (first + y * stride) * ZOOM, 3,
                             classes[y * size + x] == 1 ? green : red);
}

static gboolean
draw_sample (SiambanSample *sample, guint stride, const char *path, GError **error)
{
  g_autoptr (GBytes) template = siamban_sample_get_template (sample);
  g_autoptr (GBytes) search = siamban_sample_get_search (sample);
  g_autoptr (CliCanvas) left = draw_planes (template, siamban_sample_get_template_size (sample),
                                            siamban_sample_get_template_box (sample));
  g_autoptr (CliCanvas) right = draw_planes (search, siamban_sample_get_search_size (sample),
                                             siamban_sample_get_box (sample));
  g_autoptr (CliCanvas)
      canvas = cli_canvas_new (left->width + GAP + right->width, MAX (left->height, right->height));

  draw_labels (right, sample, stride);
  cli_canvas_paste (canvas, left, 0, 0);
  cli_canvas_paste (canvas, right, left->width + GAP, 0);

  return cli_canvas_save (canvas, path, error);
}

static guint
count_labels (SiambanSample *sample, gint8 class)
{
  g_autoptr (GBytes) bytes = siamban_sample_get_label_cls (sample);
  gsize size;
  const gint8 *classes = g_bytes_get_data (bytes, &size);
  guint n = 0;

  for (gsize i = 0; i < size; i++)
    n += classes[i] == class;

  return n;
}

static void
print_text (SiambanSample *sample)
{
  g_autofree char *box = siamban_box_to_string (siamban_sample_get_box (sample));

  g_print (_ ("template: %s\n"), siamban_sample_get_template_path (sample));
  g_print (_ ("search: %s\n"), siamban_sample_get_search_path (sample));
  g_print (siamban_sample_is_negative (sample) ? _ ("box: %s, of another object\n")
                                               : _ ("box: %s\n"),
           box);
  g_print (_ ("labels: %u target, %u background\n"), count_labels (sample, 1),
           count_labels (sample, 0));
  for (const char *const *skipped = siamban_sample_get_skipped (sample); *skipped != NULL;
       skipped++)
    g_print (_ ("skipped: %s\n"), *skipped);
}

static void
print_json (SiambanSample *sample)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  const SiambanBox *box = siamban_sample_get_box (sample);

  json_builder_begin_object (builder);
  cli_json_int (builder, "index", (gint64) siamban_sample_get_index (sample));
  cli_json_string (builder, "template", siamban_sample_get_template_path (sample));
  cli_json_string (builder, "search", siamban_sample_get_search_path (sample));
  cli_json_boolean (builder, "negative", siamban_sample_is_negative (sample));
  json_builder_set_member_name (builder, "box");
  json_builder_begin_array (builder);
  json_builder_add_double_value (builder, box->x1);
  json_builder_add_double_value (builder, box->y1);
  json_builder_add_double_value (builder, box->x2);
  json_builder_add_double_value (builder, box->y2);
  json_builder_end_array (builder);
  cli_json_int (builder, "targets", count_labels (sample, 1));
  cli_json_int (builder, "background", count_labels (sample, 0));
  json_builder_set_member_name (builder, "skipped");
  json_builder_begin_array (builder);
  for (const char *const *skipped = siamban_sample_get_skipped (sample); *skipped != NULL;
       skipped++)
    cli_json_string (builder, NULL, *skipped);
  json_builder_end_array (builder);
  json_builder_end_object (builder);
  cli_print_json (builder);
}

static gboolean
parse (SampleOptions *options, int *argc, char ***argv, GError **error)
{
  const GOptionEntry entries[] = {
    CLI_SET_OPTION (&options->settings),
    { "index", 'i', 0, G_OPTION_ARG_INT64, &options->index,
      N_ ("Which sample of the run, from 0 (0)"), N_ ("N") },
    { "output", 'o', 0, G_OPTION_ARG_FILENAME, &options->output,
      N_ ("Draw the pair with its box and labels"), N_ ("PNG") },
    { "json", 0, 0, G_OPTION_ARG_NONE, &options->json, N_ ("Print JSON"), NULL },
    { NULL },
  };

  return cli_parse (entries, N_ ("CONFIG"),
                    N_ ("Makes one training pair, exactly as a run of that configuration does. In "
                        "the drawing, the box is white, targets are green, background is red."),
                    argc, argv, error) &&
         cli_check_config_argument (*argc, *argv, error);
}

static gboolean
run (SampleOptions *options, const char *path, GError **error)
{
  g_autoptr (SiambanConfig) config = cli_load_config (path, options->settings, error);
  g_autoptr (SiambanDataset) dataset = NULL;
  g_autoptr (SiambanSample) sample = NULL;
  guint stride;

  if (config == NULL)
    return FALSE;
  dataset = siamban_dataset_new_from_config (config, error);
  if (dataset == NULL ||
      !cli_check_range ("--index", options->index, 0,
                        (gint64) siamban_dataset_get_n_samples (dataset) - 1, error))
    return FALSE;
  sample = siamban_dataset_get_sample (dataset, (guint64) options->index, error);
  if (sample == NULL)
    return FALSE;

  stride = (guint) siamban_config_get_int (config, "POINT.STRIDE");
  if (options->output != NULL && !draw_sample (sample, stride, options->output, error))
    return FALSE;

  if (options->json)
    print_json (sample);
  else
    print_text (sample);

  return TRUE;
}

gboolean
cli_inspect_sample (int argc, char **argv, GError **error)
{
  SampleOptions options = { 0 };
  const gboolean done = parse (&options, &argc, &argv, error) && run (&options, argv[1], error);

  g_strfreev (options.settings);
  g_free (options.output);

  return done;
}
