/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-model-private.h"

#include "siamban-error.h"
#include "siamban-losses-private.h"
#include "siamban-weights-private.h"

/* Which images a graph sees, and how large they are. */
typedef struct
{
  guint batch_size;
  gint64 template_size; /* in pixels, 0 for none */
  gint64 search_size;
} Images;

static guint
add_image (SiambanGraph *graph, const char *name, guint batch_size, gint64 size)
{
  return size > 0 ? siamban_graph_input (graph, name, batch_size, 3, (guint) size, (guint) size)
                  : 0;
}

static void
keep (SiambanGraph *graph, guint value, const char *name)
{
  siamban_graph_set_name (graph, value, name);
  siamban_graph_add_output (graph, value);
}

/* Moves the failure of a walk, or the graph's own, to @error. */
static gboolean
check_walk (SiambanModel *self, SiambanBuilder *builder, const Images *images, GError **error)
{
  if (builder->error != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&builder->error));
      return FALSE;
    }

  if (!siamban_graph_check (builder->graph, error))
    {
      g_prefix_error (error,
                      "BACKBONE.TYPE “%s” with a template of %d and a search image of %d "
                      "pixels: ",
                      self->backbone->type, (int) images->template_size, (int) images->search_size);
      return FALSE;
    }

  return TRUE;
}

/* The network on @images; what the builder is to do is set before. */
static SiambanGraph *
build (SiambanModel *self, SiambanBuilder *builder, const Images *images, GError **error)
{
  g_autoptr (SiambanGraph) graph = siamban_graph_new (self->weights);
  guint template, search;
  SiambanScores scores;

  builder->graph = graph;
  template = add_image (graph, "template", images->batch_size, images->template_size);
  search = add_image (graph, "search", images->batch_size, images->search_size);
  scores = _siamban_model_walk (self, builder, template, search);
  keep (graph, scores.cls.value, "cls");
  keep (graph, scores.loc.value, "loc");

  if (!check_walk (self, builder, images, error))
    return NULL;

  return g_steal_pointer (&graph);
}

static gboolean
has_prefix (SiambanWeights *weights, const char *prefix)
{
  for (guint i = 0; i < _siamban_weights_get_n (weights); i++)
    if (g_str_has_prefix (siamban_parameter_get_name (_siamban_weights_peek (weights, i)), prefix))
      return TRUE;

  return FALSE;
}

/* A layer that is missing would be noticed many hours later, when it shall train. */
static gboolean
check_trained (SiambanModel *self, GError **error)
{
  const char *const *layers = siamban_config_get_strv (self->config, "BACKBONE.TRAIN_LAYERS");

  if (siamban_config_get_int (self->config, "BACKBONE.TRAIN_EPOCH") >=
      siamban_config_get_int (self->config, "TRAIN.EPOCH"))
    return TRUE;

  for (guint i = 0; self->trained[i] != NULL; i++)
    if (!has_prefix (self->weights, self->trained[i]))
      {
        g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_CONFIG,
                     "BACKBONE.TRAIN_LAYERS: the backbone %s has no layer “%s”",
                     self->backbone->type, layers[i]);
        return FALSE;
      }

  return TRUE;
}

/* The losses want scores of two classes, and labels of the size that the data makes. */
static gboolean
check_scores (SiambanModel *self, SiambanGraph *graph, GError **error)
{
  const gint64 output_size = siamban_config_get_int (self->config, "TRAIN.OUTPUT_SIZE");
  gsize n_dims;
  const gint64 *shape = siamban_graph_get_shape (graph, siamban_graph_lookup (graph, "cls"),
                                                 &n_dims);

  if (shape[1] != 2)
    {
      g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_CONFIG,
                   "BAN.KWARGS.cls_out_channels: training needs 2, found %d", (int) shape[1]);
      return FALSE;
    }

  if (shape[2] != output_size || shape[3] != output_size)
    {
      g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_CONFIG,
                   "TRAIN.OUTPUT_SIZE: found %d, expected %d, the size of the map that the network "
                   "makes",
                   (int) output_size, (int) shape[2]);
      return FALSE;
    }

  return TRUE;
}

/**
 * siamban_model_build_training:
 * @self: a model
 * @batch_size: pairs of images in a batch, from 1
 * @error: return location for an error
 *
 * Writes down the network with its losses, for the phase of [property@Model:epoch].
 *
 * Inputs are `template` (N, 3, Z, Z) and `search` (N, 3, X, X), BGR from 0 to 255 without any
 * scaling, `label_cls` (N, 1, O, O) with 1 for the target, 0 for background and −1 for what does
 * not count, and `label_loc` (N, 4, O, O), the distances in pixels from a point to the left, top,
 * right and bottom edge. Z, X and O are the keys `TRAIN.EXEMPLAR_SIZE`, `SEARCH_SIZE` and
 * `OUTPUT_SIZE`.
 *
 * Outputs are `cls` (N, 2, O, O), `loc` (N, 4, O, O), `cls_loss`, `loc_loss` and
 * `total_loss`, which is differentiated.
 *
 * It fails with %SIAMBAN_ERROR_INVALID_CONFIG, naming the key, for a network that cannot be
 * trained with its configuration.
 *
 * Source: `ModelBuilder.forward()` of SiamBAN.
 *
 * Returns: (transfer full): the graph
 *
 * Since: 0.1
 */
SiambanGraph *
siamban_model_build_training (SiambanModel *self, guint batch_size, GError **error)
{
  g_autoptr (SiambanGraph) graph = NULL;
  SiambanBuilder builder;
  Images images;

  g_return_val_if_fail (SIAMBAN_IS_MODEL (self), NULL);
  g_return_val_if_fail (batch_size > 0, NULL);

  if (!check_trained (self, error))
    return NULL;

  images = (Images){ batch_size, siamban_config_get_int (self->config, "TRAIN.EXEMPLAR_SIZE"),
                     siamban_config_get_int (self->config, "TRAIN.SEARCH_SIZE") };
  _siamban_builder_init (&builder, self->weights);
  builder.training = g_str_equal (siamban_config_get_string (self->config, "TRAIN.BATCH_NORM"),
                                  "train");
  graph = build (self, &builder, &images, error);
  _siamban_builder_clear (&builder);
  if (graph == NULL || !check_scores (self, graph, error))
    return NULL;

  _siamban_losses_add (graph, self->config, siamban_graph_lookup (graph, "cls"),
                       siamban_graph_lookup (graph, "loc"));
  if (!siamban_graph_check (graph, error))
    return NULL;

  return g_steal_pointer (&graph);
}

static Images
tracked_images (SiambanModel *self, guint batch_size)
{
  return (Images){ batch_size, siamban_config_get_int (self->config, "TRACK.EXEMPLAR_SIZE"),
                   siamban_config_get_int (self->config, "TRACK.INSTANCE_SIZE") };
}

/**
 * siamban_model_build_inference:
 * @self: a model
 * @batch_size: pairs of images in a batch, from 1
 * @error: return location for an error
 *
 * Writes down the network without losses; all batch norms use their running statistics.
 *
 * Inputs are `template` and `search`, outputs `cls` and `loc`, as in
 * [method@Model.build_training]. The images have the sizes `TRACK.EXEMPLAR_SIZE` and
 * `INSTANCE_SIZE`.
 *
 * Returns: (transfer full): the graph
 *
 * Since: 0.1
 */
SiambanGraph *
siamban_model_build_inference (SiambanModel *self, guint batch_size, GError **error)
{
  g_autoptr (SiambanGraph) graph = NULL;
  SiambanBuilder builder;
  Images images;

  g_return_val_if_fail (SIAMBAN_IS_MODEL (self), NULL);
  g_return_val_if_fail (batch_size > 0, NULL);

  images = tracked_images (self, batch_size);
  _siamban_builder_init (&builder, self->weights);
  graph = build (self, &builder, &images, error);
  _siamban_builder_clear (&builder);

  return g_steal_pointer (&graph);
}

/**
 * siamban_model_build_template:
 * @self: a model
 * @batch_size: images in a batch, from 1
 * @error: return location for an error
 *
 * Writes down what the network does with a template, once a target.
 *
 * The input is `template` (N, 3, Z, Z) with the size `TRACK.EXEMPLAR_SIZE`, the outputs are those
 * of [method@Model.get_template_outputs].
 *
 * Source: `ModelBuilder.template()` of SiamBAN, which keeps the neck's output; here what is
 * kept goes on to where the template meets the search image.
 *
 * Returns: (transfer full): the graph
 *
 * Since: 0.1
 */
SiambanGraph *
siamban_model_build_template (SiambanModel *self, guint batch_size, GError **error)
{
  g_autoptr (SiambanGraph) graph = NULL;
  SiambanBuilder builder;
  Images images;

  g_return_val_if_fail (SIAMBAN_IS_MODEL (self), NULL);
  g_return_val_if_fail (batch_size > 0, NULL);

  images = tracked_images (self, batch_size);
  images.search_size = 0;
  _siamban_builder_init (&builder, self->weights);
  builder.keeps_template = TRUE;
  graph = build (self, &builder, &images, error);
  _siamban_builder_clear (&builder);

  return g_steal_pointer (&graph);
}

/**
 * siamban_model_build_search:
 * @self: a model
 * @batch_size: images in a batch, from 1
 * @error: return location for an error
 *
 * Writes down what the network does with a search image, once a frame.
 *
 * Inputs are `search` (N, 3, X, X) with the size `TRACK.INSTANCE_SIZE` and what
 * [method@Model.build_template] put out, under the same names; outputs are `cls` and
 * `loc`.
 *
 * Source: `ModelBuilder.track()` of SiamBAN.
 *
 * Returns: (transfer full): the graph
 *
 * Since: 0.1
 */
SiambanGraph *
siamban_model_build_search (SiambanModel *self, guint batch_size, GError **error)
{
  g_autoptr (SiambanGraph) template_graph = NULL;
  g_autoptr (SiambanGraph) graph = NULL;
  SiambanBuilder builder;
  Images images;

  g_return_val_if_fail (SIAMBAN_IS_MODEL (self), NULL);
  g_return_val_if_fail (batch_size > 0, NULL);

  template_graph = siamban_model_build_template (self, batch_size, error);
  if (template_graph == NULL)
    return NULL;

  images = tracked_images (self, batch_size);
  images.template_size = 0;
  _siamban_builder_init (&builder, self->weights);
  builder.template_graph = template_graph;
  graph = build (self, &builder, &images, error);
  _siamban_builder_clear (&builder);

  return g_steal_pointer (&graph);
}
