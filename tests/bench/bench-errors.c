/* SPDX-License-Identifier: Apache-2.0 */

/* How far each convolution of a network is from double precision, with the choice that the CPU
 * engine makes and with plain sums.
 *
 * usage: bench-errors CONFIG
 *
 * Prints an object of JSON for each kind of layer and direction: all layers as they train, then
 * all as they are when frozen. `compare-errors.py` makes a table of them. Depth-wise convolutions
 * are left out, they are always plain sums. */

#include <stdio.h>
#include <string.h>

#include "accuracy.h"
#include "siamban-graph-private.h"
#include "siamban-program-private.h"

typedef struct
{
  AccuracyLayer layer;
  const SiambanParameter *weight;
  guint count;
} Kind;

static void
describe (AccuracyLayer *layer, SiambanProgram *program, const SiambanNode *node)
{
  const SiambanNode *input = _siamban_graph_peek_node (program->graph, node->inputs[0]);
  const guint branch = layer->n_inputs == 0 ? 1 : 0;

  layer->n_inputs = (guint) input->shape[1];
  layer->n_outputs = (guint) node->shape[1];
  layer->size = node->size;
  layer->stride = node->stride;
  layer->padding = node->padding;
  layer->dilation = node->dilation;
  layer->batch_size = (guint) node->shape[0];
  layer->maps[branch] = (guint) input->shape[2];
  layer->frozen = !siamban_parameter_get_trainable (node->weight);
  layer->has_data_gradient = program->needs_gradient[node->inputs[0]];
}

/* One layer, with what it is in both branches. */
static AccuracyLayer
describe_all (SiambanProgram *program, SiambanParameter *weight)
{
  AccuracyLayer layer = { 0 };

  for (guint value = siamban_graph_get_n_values (program->graph); value > 0; value--)
    {
      const SiambanNode *node = _siamban_graph_peek_node (program->graph, value);

      if (node->op == SIAMBAN_OP_CONVOLUTION && node->weight == weight && node->n_groups == 1)
        describe (&layer, program, node);
    }

  return layer;
}

static void
add_layer (GArray *kinds, const AccuracyLayer *layer, const SiambanParameter *weight)
{
  const Kind kind = { *layer, weight, 1 };

  for (guint i = 0; i < kinds->len; i++)
    {
      Kind *other = &g_array_index (kinds, Kind, i);

      if (memcmp (&other->layer, layer, sizeof *layer) == 0)
        {
          other->count++;
          return;
        }
    }
  g_array_append_val (kinds, kind);
}

static gboolean
find_kinds (GArray *kinds, SiambanModel *model, guint epoch, gboolean frozen, GError **error)
{
  SiambanWeights *weights = siamban_model_get_weights (model);
  g_autoptr (SiambanDevice) device = siamban_device_open ("cpu", error);
  g_autoptr (SiambanGraph) graph = NULL;
  g_autoptr (SiambanProgram) program = NULL;

  if (device == NULL)
    return FALSE;
  siamban_model_set_epoch (model, epoch);
  graph = siamban_model_build_training (model, 2, error);
  program = graph == NULL ? NULL : siamban_device_compile (device, graph, TRUE, error);
  if (program == NULL)
    return FALSE;

  for (guint i = 0; i < _siamban_weights_get_n (weights); i++)
    {
      SiambanParameter *weight = _siamban_weights_peek (weights, i);
      const AccuracyLayer layer = describe_all (program, weight);

      if (layer.n_inputs > 0 && layer.frozen == frozen)
        add_layer (kinds, &layer, weight);
    }

  return TRUE;
}

static void
print_kind (const Kind *kind)
{
  static const char *const directions[] = { "forward", "data gradient", "weight gradient" };
  const AccuracyLayer *layer = &kind->layer;
  g_autoptr (Accuracy) found = accuracy_measure (layer, FALSE);
  g_autoptr (Accuracy) plain = accuracy_measure (layer, TRUE);

  for (guint i = 0; i < ACCURACY_N_DIRECTIONS; i++)
    if (found->choices[i] != NULL)
      printf ("{\"name\": \"%s\", \"count\": %u, \"direction\": \"%s\", \"frozen\": %s, "
              "\"inputs\": %u, \"outputs\": %u, \"size\": %u, \"stride\": %u, \"padding\": %u, "
              "\"dilation\": %u, \"batch\": %u, \"maps\": [%u, %u], \"choice\": \"%s\", "
              "\"error\": %.3e, \"plain\": %.3e}\n",
              siamban_parameter_get_name ((SiambanParameter *) kind->weight), kind->count,
              directions[i], layer->frozen ? "true" : "false", layer->n_inputs, layer->n_outputs,
              layer->size, layer->stride, layer->padding, layer->dilation, layer->batch_size,
              layer->maps[0], layer->maps[1], found->choices[i], found->errors[i],
              plain->errors[i]);
  fflush (stdout);
}

static gboolean
print_all (const char *path, GError **error)
{
  g_autoptr (SiambanConfig) config = siamban_config_new_from_file (path, error);
  g_autoptr (SiambanModel) model = config == NULL ? NULL : siamban_model_new (config, error);
  g_autoptr (GArray) kinds = g_array_new (FALSE, FALSE, sizeof (Kind));

  if (model == NULL)
    return FALSE;

  if (!find_kinds (kinds, model, (guint) siamban_config_get_int (config, "BACKBONE.TRAIN_EPOCH"),
                   FALSE, error) ||
      !find_kinds (kinds, model, 0, TRUE, error))
    return FALSE;
  for (guint i = 0; i < kinds->len; i++)
    print_kind (&g_array_index (kinds, Kind, i));

  return TRUE;
}

int
main (int argc, char *argv[])
{
  g_autoptr (GError) error = NULL;

  siamban_process_wait_passively (argv);
  if (argc != 2)
    {
      g_printerr ("Name one configuration\n");
      return 2;
    }
  if (!print_all (argv[1], &error))
    {
      g_printerr ("%s\n", error->message);
      return 1;
    }

  return 0;
}
