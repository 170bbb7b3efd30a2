/* SPDX-License-Identifier: Apache-2.0 */

/* The work of a training step on one pair, a line of JSON for each operation in the order of the forward
 * pass: what predict-gpu.py computes with. Numbers count elements.
 *
 * usage: bench-layers CONFIG [--epoch N] */

#include <stdio.h>

#include "bench.h"
#include "siamban-graph-private.h"
#include "siamban-program-private.h"

static const char *
op_name (SiambanOp op)
{
  switch (op)
    {
    case SIAMBAN_OP_CONVOLUTION:
      return "convolution";
    case SIAMBAN_OP_BATCH_NORM:
      return "batch norm";
    case SIAMBAN_OP_RELU:
    case SIAMBAN_OP_RELU6:
      return "activation";
    case SIAMBAN_OP_ADD:
      return "add";
    case SIAMBAN_OP_XCORR:
    case SIAMBAN_OP_XCORR_DEPTHWISE:
      return "xcorr";
    default:
      return "other";
    }
}

static void
print_inputs (SiambanProgram *program, const SiambanNode *node)
{
  printf ("\"inputs\": [");
  for (guint i = 0; i < node->n_inputs; i++)
    printf (
        "%s{\"value\": %u, \"elements\": %" G_GSIZE_FORMAT ", \"gradient\": %s}", i > 0 ? ", " : "",
        node->inputs[i],
        _siamban_node_get_n_elements (_siamban_graph_peek_node (program->graph, node->inputs[i])),
        program->needs_gradient[node->inputs[i]] ? "true" : "false");
  printf ("]");
}

static void
print_node (SiambanProgram *program, guint value)
{
  const SiambanNode *node = _siamban_graph_peek_node (program->graph, value);

  if (node->op == SIAMBAN_OP_INPUT)
    return;

  printf ("{\"value\": %u, \"op\": \"%s\", \"weight\": \"%s\", \"weights\": %" G_GSIZE_FORMAT
          ", \"trained\": %s, \"flops\": %.0f, \"elements\": %" G_GSIZE_FORMAT ", ",
          value, op_name (node->op),
          node->weight != NULL ? siamban_parameter_get_name (node->weight) : "",
          node->weight != NULL ? siamban_parameter_get_n_elements (node->weight) : 0,
          node->weight != NULL && siamban_parameter_get_trainable (node->weight) ? "true" : "false",
          bench_count_node_flops (program->graph, value), _siamban_node_get_n_elements (node));
  print_inputs (program, node);
  printf ("}\n");
}

static SiambanProgram *
compile (const char *path, guint epoch, SiambanDevice *device, GError **error)
{
  g_autoptr (SiambanConfig) config = siamban_config_new_from_file (path, error);
  g_autoptr (SiambanModel) model = NULL;
  g_autoptr (SiambanGraph) graph = NULL;

  if (config == NULL || (model = siamban_model_new (config, error)) == NULL)
    return NULL;

  siamban_model_set_epoch (model, epoch);
  graph = siamban_model_build_training (model, 1, error);

  return graph != NULL ? siamban_device_compile (device, graph, TRUE, error) : NULL;
}

int
main (int argc, char *argv[])
{
  int epoch = 0;
  const GOptionEntry entries[] = {
    { "epoch", 0, 0, G_OPTION_ARG_INT, &epoch, "the epoch that decides what trains", "N" },
    { NULL },
  };
  BenchOptions options = { NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (SiambanDevice) device = NULL;
  g_autoptr (SiambanProgram) program = NULL;

  if (bench_parse (&options, entries, "CONFIG", &argc, &argv, &error) &&
      (device = bench_open_device (&options, &error)) != NULL &&
      (program = compile (argv[1], (guint) epoch, device, &error)) != NULL)
    for (guint value = 1; value <= siamban_graph_get_n_values (program->graph); value++)
      print_node (program, value);

  g_free (options.device_id);
  if (error != NULL)
    g_printerr ("%s\n", error->message);

  return error == NULL ? 0 : 1;
}
