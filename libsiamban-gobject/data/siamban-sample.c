/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-sample-private.h"

/**
 * SiambanSample:
 *
 * One training pair as the network gets it, with its labels and with where it comes from.
 *
 * Immutable and reference counted: any thread may read it.
 *
 * | part        | shape       | type    | meaning                                        |
 * | ----------- | ----------- | ------- | ---------------------------------------------- |
 * | `template`  | `(3, S, S)` | float32 | blue, green, red of the template; S is 127     |
 * | `search`    | `(3, S, S)` | float32 | the same of the search image; S is 255         |
 * | `label_cls` | `(O, O)`    | int8    | −1 ignored, 0 background, 1 target; O is 25    |
 * | `label_loc` | `(4, O, O)` | float32 | pixels to the left, top, right and bottom edge |
 *
 * Since: 0.1
 */
struct _SiambanSample
{
  SiambanSampleShape shape;
  SiambanSampleRecord record;
  GBytes *template;
  GBytes *search;
  GBytes *label_cls;
  GBytes *label_loc;
};

G_DEFINE_BOXED_TYPE (SiambanSample, siamban_sample, siamban_sample_ref, siamban_sample_unref)

static const char *const no_messages[] = { NULL };

gsize
_siamban_sample_shape_n_template (const SiambanSampleShape *self)
{
  return 3 * (gsize) self->template_size * self->template_size;
}

gsize
_siamban_sample_shape_n_search (const SiambanSampleShape *self)
{
  return 3 * (gsize) self->search_size * self->search_size;
}

gsize
_siamban_sample_shape_n_cls (const SiambanSampleShape *self)
{
  return (gsize) self->output_size * self->output_size;
}

gsize
_siamban_sample_shape_n_loc (const SiambanSampleShape *self)
{
  return 4 * (gsize) self->output_size * self->output_size;
}

void
_siamban_sample_record_clear (SiambanSampleRecord *self)
{
  g_clear_pointer (&self->template_path, g_free);
  g_clear_pointer (&self->search_path, g_free);
  g_clear_pointer (&self->skipped, g_ptr_array_unref);
}

void
_siamban_sample_record_copy (const SiambanSampleRecord *self, SiambanSampleRecord *to)
{
  *to = *self;
  to->template_path = g_strdup (self->template_path);
  to->search_path = g_strdup (self->search_path);
  if (self->skipped != NULL)
    g_ptr_array_ref (self->skipped);
}

SiambanSample *
_siamban_sample_new (const SiambanSampleShape *shape, SiambanSampleBuffers *buffers)
{
  SiambanSample *self = g_atomic_rc_box_new0 (SiambanSample);
  const gsize n_template = _siamban_sample_shape_n_template (shape);
  const gsize n_search = _siamban_sample_shape_n_search (shape);
  const gsize n_cls = _siamban_sample_shape_n_cls (shape);
  const gsize n_loc = _siamban_sample_shape_n_loc (shape);

  buffers->template = g_new (float, n_template);
  buffers->search = g_new (float, n_search);
  buffers->label_cls = g_new (gint8, n_cls);
  buffers->label_loc = g_new (float, n_loc);
  self->shape = *shape;
  self->template = g_bytes_new_take (buffers->template, n_template * sizeof (float));
  self->search = g_bytes_new_take (buffers->search, n_search * sizeof (float));
  self->label_cls = g_bytes_new_take (buffers->label_cls, n_cls);
  self->label_loc = g_bytes_new_take (buffers->label_loc, n_loc * sizeof (float));

  return self;
}

SiambanSampleRecord *
_siamban_sample_peek_record (SiambanSample *self)
{
  return &self->record;
}

const SiambanSampleShape *
_siamban_sample_peek_shape (SiambanSample *self)
{
  return &self->shape;
}

/**
 * siamban_sample_ref:
 * @self: a sample
 *
 * Adds a reference.
 *
 * Returns: (transfer full): @self
 *
 * Since: 0.1
 */
SiambanSample *
siamban_sample_ref (SiambanSample *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return g_atomic_rc_box_acquire (self);
}

static void
sample_clear (gpointer data)
{
  SiambanSample *self = data;

  _siamban_sample_record_clear (&self->record);
  g_bytes_unref (self->template);
  g_bytes_unref (self->search);
  g_bytes_unref (self->label_cls);
  g_bytes_unref (self->label_loc);
}

/**
 * siamban_sample_unref:
 * @self: (transfer full): a sample
 *
 * Drops a reference; the last one frees the sample.
 *
 * Since: 0.1
 */
void
siamban_sample_unref (SiambanSample *self)
{
  g_return_if_fail (self != NULL);

  g_atomic_rc_box_release_full (self, sample_clear);
}

/**
 * siamban_sample_get_index:
 * @self: a sample
 *
 * Gets which sample of the run this is.
 *
 * Returns: the index, from 0
 *
 * Since: 0.1
 */
guint64
siamban_sample_get_index (SiambanSample *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->record.index;
}

/**
 * siamban_sample_get_template_size:
 * @self: a sample
 *
 * Gets the side of the template image.
 *
 * Returns: the side, in pixels
 *
 * Since: 0.1
 */
guint
siamban_sample_get_template_size (SiambanSample *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->shape.template_size;
}

/**
 * siamban_sample_get_search_size:
 * @self: a sample
 *
 * Gets the side of the search image.
 *
 * Returns: the side, in pixels
 *
 * Since: 0.1
 */
guint
siamban_sample_get_search_size (SiambanSample *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->shape.search_size;
}

/**
 * siamban_sample_get_output_size:
 * @self: a sample
 *
 * Gets the side of the score map that the labels are for.
 *
 * Returns: the number of points on a side
 *
 * Since: 0.1
 */
guint
siamban_sample_get_output_size (SiambanSample *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->shape.output_size;
}

/**
 * siamban_sample_get_stride:
 * @self: a sample
 *
 * Gets how far the points of the score map are apart. The point in the middle of the map is the middle
 * of the search image.
 *
 * Returns: the distance, in pixels of the search image
 *
 * Since: 0.1
 */
guint
siamban_sample_get_stride (SiambanSample *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->shape.stride;
}

/**
 * siamban_sample_get_template:
 * @self: a sample
 *
 * Gets the template image.
 *
 * Returns: (transfer full): float32 of shape `(3, S, S)`: planes of blue, green and red
 *
 * Since: 0.1
 */
GBytes *
siamban_sample_get_template (SiambanSample *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return g_bytes_ref (self->template);
}

/**
 * siamban_sample_get_search:
 * @self: a sample
 *
 * Gets the search image.
 *
 * Returns: (transfer full): float32 of shape `(3, S, S)`: planes of blue, green and red
 *
 * Since: 0.1
 */
GBytes *
siamban_sample_get_search (SiambanSample *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return g_bytes_ref (self->search);
}

/**
 * siamban_sample_get_label_cls:
 * @self: a sample
 *
 * Gets what each point of the score map is.
 *
 * Returns: (transfer full): int8 of shape `(O, O)`: −1 ignored, 0 background, 1 target
 *
 * Since: 0.1
 */
GBytes *
siamban_sample_get_label_cls (SiambanSample *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return g_bytes_ref (self->label_cls);
}

/**
 * siamban_sample_get_label_loc:
 * @self: a sample
 *
 * Gets the distance from each point of the score map to the edges of the box.
 *
 * Returns: (transfer full): float32 of shape `(4, O, O)`: left, top, right and bottom, in pixels of
 *   the search image; zero for a negative pair
 *
 * Since: 0.1
 */
GBytes *
siamban_sample_get_label_loc (SiambanSample *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return g_bytes_ref (self->label_loc);
}

/**
 * siamban_sample_is_negative:
 * @self: a sample
 *
 * Tells whether the search image shows something else than the template, drawn at random.
 *
 * Returns: %TRUE for a negative pair
 *
 * Since: 0.1
 */
gboolean
siamban_sample_is_negative (SiambanSample *self)
{
  g_return_val_if_fail (self != NULL, FALSE);

  return self->record.negative;
}

/**
 * siamban_sample_get_box:
 * @self: a sample
 *
 * Gets the box of what the search image shows.
 *
 * Returns: (transfer none): the box, in pixels of the search image
 *
 * Since: 0.1
 */
const SiambanBox *
siamban_sample_get_box (SiambanSample *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return &self->record.box;
}

/**
 * siamban_sample_get_template_box:
 * @self: a sample
 *
 * Gets the box of what the template shows; training does not use it.
 *
 * Returns: (transfer none): the box, in pixels of the template image
 *
 * Since: 0.1
 */
const SiambanBox *
siamban_sample_get_template_box (SiambanSample *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return &self->record.template_box;
}

/**
 * siamban_sample_get_template_path:
 * @self: a sample
 *
 * Gets the crop file that the template was made of.
 *
 * Returns: (transfer none) (type filename): the path
 *
 * Since: 0.1
 */
const char *
siamban_sample_get_template_path (SiambanSample *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->record.template_path;
}

/**
 * siamban_sample_get_search_path:
 * @self: a sample
 *
 * Gets the crop file that the search image was made of.
 *
 * Returns: (transfer none) (type filename): the path
 *
 * Since: 0.1
 */
const char *
siamban_sample_get_search_path (SiambanSample *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->record.search_path;
}

/**
 * siamban_sample_get_template_frame:
 * @self: a sample
 *
 * Gets the number of the frame that the template was made of.
 *
 * Returns: the number, as in the annotations
 *
 * Since: 0.1
 */
guint
siamban_sample_get_template_frame (SiambanSample *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->record.template_frame;
}

/**
 * siamban_sample_get_template_draws:
 * @self: a sample
 *
 * Gets the random numbers that the template was augmented with.
 *
 * Returns: (transfer none): the draws
 *
 * Since: 0.1
 */
const SiambanAugmentationDraws *
siamban_sample_get_template_draws (SiambanSample *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return &self->record.template_draws;
}

/**
 * siamban_sample_get_search_frame:
 * @self: a sample
 *
 * Gets the number of the frame that the search image was made of.
 *
 * Returns: the number, as in the annotations
 *
 * Since: 0.1
 */
guint
siamban_sample_get_search_frame (SiambanSample *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->record.search_frame;
}

/**
 * siamban_sample_get_search_draws:
 * @self: a sample
 *
 * Gets the random numbers that the search image was augmented with.
 *
 * Returns: (transfer none): the draws
 *
 * Since: 0.1
 */
const SiambanAugmentationDraws *
siamban_sample_get_search_draws (SiambanSample *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return &self->record.search_draws;
}

/**
 * siamban_sample_get_stages:
 * @self: a sample
 *
 * Gets which stages of the augmentation were let at the images; in training it is all of them. The draws
 * of the others are what they would have worked with.
 *
 * Returns: the stages
 *
 * Since: 0.1
 */
SiambanAugmentationStages
siamban_sample_get_stages (SiambanSample *self)
{
  g_return_val_if_fail (self != NULL, SIAMBAN_AUGMENTATION_STAGES_NONE);

  return self->record.stages;
}

/**
 * siamban_sample_get_skipped:
 * @self: a sample
 *
 * Gets which images were drawn first and could not be used.
 *
 * Returns: (transfer none) (array zero-terminated=1): path and reason of each
 *
 * Since: 0.1
 */
const char *const *
siamban_sample_get_skipped (SiambanSample *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->record.skipped != NULL ? (const char *const *) self->record.skipped->pdata
                                      : no_messages;
}
