/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-augmented-image-private.h"

#include "siamban-error.h"

/**
 * SiambanAugmentedImage:
 *
 * A training image as the network gets it, with the box of its target.
 *
 * Immutable and reference counted: any thread may read it.
 *
 * Since: 0.1
 */
struct _SiambanAugmentedImage
{
  guint size;
  GBytes *pixels; /* (3, S, S)  float32, planes of blue, green, red */
  SiambanImage *cropped;
  SiambanBox box;
  SiambanBox crop;
};

G_DEFINE_BOXED_TYPE (SiambanAugmentedImage,
                     siamban_augmented_image,
                     siamban_augmented_image_ref,
                     siamban_augmented_image_unref)

SiambanAugmentedImage *
_siamban_augmented_image_new_take (guint size,
                                   float *pixels,
                                   SiambanImage *cropped,
                                   const SiambanBox *box,
                                   const SiambanBox *crop)
{
  SiambanAugmentedImage *self = g_atomic_rc_box_new0 (SiambanAugmentedImage);

  self->size = size;
  self->pixels = g_bytes_new_take (pixels, 3 * (gsize) size * size * sizeof *pixels);
  self->cropped = cropped;
  self->box = *box;
  self->crop = *crop;

  return self;
}

/**
 * siamban_augmented_image_new: (constructor)
 * @size: side of the image in pixels
 * @pixels: float32 of shape `(3, S, S)`: planes of blue, green and red
 * @box: the box of the target, in pixels
 * @crop: the part of the crop file that it shows; see [method@AugmentedImage.get_crop]
 * @error: return location for an error
 *
 * Makes an image of its pixels; nothing is copied.
 *
 * It fails with %SIAMBAN_ERROR_INVALID_IMAGE if there are more or fewer pixels than @size asks for.
 *
 * Returns: (transfer full): a new image
 *
 * Since: 0.1
 */
SiambanAugmentedImage *
siamban_augmented_image_new (guint size,
                             GBytes *pixels,
                             const SiambanBox *box,
                             const SiambanBox *crop,
                             GError **error)
{
  SiambanAugmentedImage *self;

  g_return_val_if_fail (pixels != NULL && box != NULL && crop != NULL, NULL);

  if (size == 0 || size > G_MAXUINT16 ||
      g_bytes_get_size (pixels) != 3 * (gsize) size * size * sizeof (float))
    {
      g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_IMAGE,
                   "%" G_GSIZE_FORMAT " bytes do not make float32 pixels of shape (3, %u, %u)",
                   g_bytes_get_size (pixels), size, size);
      return NULL;
    }

  self = g_atomic_rc_box_new0 (SiambanAugmentedImage);
  self->size = size;
  self->pixels = g_bytes_ref (pixels);
  self->box = *box;
  self->crop = *crop;

  return self;
}

/**
 * siamban_augmented_image_ref:
 * @self: an augmented image
 *
 * Adds a reference.
 *
 * Returns: (transfer full): @self
 *
 * Since: 0.1
 */
SiambanAugmentedImage *
siamban_augmented_image_ref (SiambanAugmentedImage *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return g_atomic_rc_box_acquire (self);
}

static void
augmented_image_clear (gpointer data)
{
  SiambanAugmentedImage *self = data;

  g_bytes_unref (self->pixels);
  g_clear_pointer (&self->cropped, siamban_image_unref);
}

/**
 * siamban_augmented_image_unref:
 * @self: (transfer full): an augmented image
 *
 * Drops a reference; the last one frees the pixels.
 *
 * Since: 0.1
 */
void
siamban_augmented_image_unref (SiambanAugmentedImage *self)
{
  g_return_if_fail (self != NULL);

  g_atomic_rc_box_release_full (self, augmented_image_clear);
}

/**
 * siamban_augmented_image_get_size:
 * @self: an augmented image
 *
 * Gets the side of the square image.
 *
 * Returns: the side, S, in pixels
 *
 * Since: 0.1
 */
guint
siamban_augmented_image_get_size (SiambanAugmentedImage *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->size;
}

/**
 * siamban_augmented_image_get_pixels:
 * @self: an augmented image
 *
 * Gets the pixels after all steps.
 *
 * Returns: (transfer full): float32 of shape `(3, S, S)`: blue, green and red; mostly 0 to 255,
 *   beyond it where the colours were changed
 *
 * Since: 0.1
 */
GBytes *
siamban_augmented_image_get_pixels (SiambanAugmentedImage *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return g_bytes_ref (self->pixels);
}

/**
 * siamban_augmented_image_get_box:
 * @self: an augmented image
 *
 * Gets the box of the target.
 *
 * Returns: (transfer none): the box, in pixels of this image
 *
 * Since: 0.1
 */
const SiambanBox *
siamban_augmented_image_get_box (SiambanAugmentedImage *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return &self->box;
}

/**
 * siamban_augmented_image_get_crop:
 * @self: an augmented image
 *
 * Gets which part of the source image this is.
 *
 * Returns: (transfer none): the part, in pixels of the source image
 *
 * Since: 0.1
 */
const SiambanBox *
siamban_augmented_image_get_crop (SiambanAugmentedImage *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return &self->crop;
}

/**
 * siamban_augmented_image_get_cropped:
 * @self: an augmented image
 *
 * Gets the image right after the crop, before colour, blur and flip.
 *
 * Returns: (transfer full): an image of S × S pixels
 *
 * Since: 0.1
 */
SiambanImage *
siamban_augmented_image_get_cropped (SiambanAugmentedImage *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return siamban_image_ref (self->cropped);
}
