/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-augmentation-private.h"

#include <math.h>

#include "siamban-augmentation-stages.h"
#include "siamban-augmented-image-private.h"
#include "siamban-image-private.h"

#define CONTEXT_AMOUNT 0.5
#define MAX_SIZE 4096u
/* Not in the original, where a scale of 1 may leave nothing of the crop. */
#define MIN_FACTOR 0.01

/**
 * SiambanAugmentation:
 *
 * Makes a training image out of a crop file: always another part, size and colour of it.
 *
 * The steps, in this order: grey; a crop around the middle, shifted and scaled, that stays inside
 * the image where it can; an offset of the colours along the principal colours of natural images;
 * a blur by a cross; a mirror. What is random comes in as [struct@AugmentationDraws], so that any
 * image can be made again.
 *
 * An instance never changes after construction: any thread may call
 * [method@Augmentation.apply] on it.
 *
 * Source: `siamban/datasets/augmentation.py`, class `Augmentation`. As there, the middle of an image
 * that is not square is taken with its sides swapped; crop files are square.
 *
 * Since: 0.1
 */
struct _SiambanAugmentation
{
  GObject parent_instance;

  double shift;
  double scale;
  double blur;
  double flip;
  double color;
};

G_DEFINE_FINAL_TYPE (SiambanAugmentation, siamban_augmentation, G_TYPE_OBJECT)

enum
{
  PROP_SHIFT = 1,
  PROP_SCALE,
  PROP_BLUR,
  PROP_FLIP,
  PROP_COLOR,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

/* Principal colours of natural images, each times its spread; rows are red, green, blue. */
static const float principal_colors[3][3] = {
  { -0.55919361f, 0.98062831f, -0.41940627f },
  { 1.72091413f, 0.19879334f, -1.82968581f },
  { 4.64467907f, 4.73710203f, 4.88324118f },
};

typedef struct
{
  SiambanBox crop;
  double scale_x;
  double scale_y;
} Crop;

static double
symmetric (double draw)
{
  return draw * 2 - 1;
}

SiambanBox
_siamban_box_in_crop (const SiambanBox *annotated,
                      guint image_width,
                      guint image_height,
                      guint template_size)
{
  const double w = annotated->x2 - annotated->x1, h = annotated->y2 - annotated->y1;
  const double context_w = w + CONTEXT_AMOUNT * (w + h);
  const double context_h = h + CONTEXT_AMOUNT * (w + h);
  const double scale = template_size / sqrt (context_w * context_h);
  const double half_w = w * scale * 0.5, half_h = h * scale * 0.5;
  const guint cx = image_width / 2, cy = image_height / 2;

  return (SiambanBox){ cx - half_w, cy - half_h, cx + half_w, cy + half_h };
}

static Crop
find_crop (SiambanAugmentation *self,
           int width,
           int height,
           guint size,
           const SiambanAugmentationDraws *draws)
{
  const double cx = height / 2, cy = width / 2;
  const double side = size - 1.0;
  Crop crop = { .scale_x = 1, .scale_y = 1 };
  double w = side, h = side;

  if (self->scale > 0)
    {
      crop.scale_x = MIN (MAX (1 + symmetric (draws->scale_x) * self->scale, MIN_FACTOR),
                          width / side);
      crop.scale_y = MIN (MAX (1 + symmetric (draws->scale_y) * self->scale, MIN_FACTOR),
                          height / side);
      w *= crop.scale_x;
      h *= crop.scale_y;
    }
  crop.crop = (SiambanBox){ cx - w * 0.5, cy - h * 0.5, cx + w * 0.5, cy + h * 0.5 };

  if (self->shift > 0)
    {
      const SiambanBox old = crop.crop;
      double dx = symmetric (draws->shift_x) * self->shift;
      double dy = symmetric (draws->shift_y) * self->shift;

      dx = MAX (-old.x1, MIN (width - 1 - old.x2, dx));
      dy = MAX (-old.y1, MIN (height - 1 - old.y2, dy));
      crop.crop = (SiambanBox){ old.x1 + dx, old.y1 + dy, old.x2 + dx, old.y2 + dy };
    }

  return crop;
}

/* The map from the image onto the crop. */
static void
find_map (const SiambanBox *crop, guint size, double map[6])
{
  const double a = (size - 1.0) / (crop->x2 - crop->x1);
  const double b = (size - 1.0) / (crop->y2 - crop->y1);

  map[0] = a;
  map[1] = 0;
  map[2] = -a * crop->x1;
  map[3] = 0;
  map[4] = b;
  map[5] = -b * crop->y1;
}

/* The grey of the pixels in the window, at their places. */
static guint8 *
gray_window (const guint8 *pixels, int width, int height, const SiambanImageWindow *window)
{
  guint8 *gray = g_malloc ((gsize) width * (gsize) height * 3);

  for (int y = window->top; y < window->top + window->height; y++)
    {
      const gsize at = ((gsize) y * (gsize) width + (gsize) window->left) * 3;

      _siamban_image_gray (pixels + at, gray + at, (gsize) window->width);
    }

  return gray;
}

void
_siamban_augmentation_find_window (SiambanAugmentation *self,
                                   int width,
                                   int height,
                                   guint size,
                                   const SiambanAugmentationDraws *draws,
                                   SiambanImageWindow *window)
{
  const Crop crop = find_crop (self, width, height, size, draws);
  double map[6];

  find_map (&crop.crop, size, map);
  _siamban_image_find_warp_window (width, height, map, (int) size, (int) size, window);
}

static void
find_color_offset (const SiambanAugmentationDraws *draws, double bgr[3])
{
  for (guint c = 0; c < 3; c++)
    bgr[2 - c] = principal_colors[c][0] * draws->color_1 + principal_colors[c][1] * draws->color_2 +
                 principal_colors[c][2] * draws->color_3;
}

static void
blur_planes (float *planes, guint size, const SiambanAugmentationDraws *draws, gboolean to_bytes)
{
  const gsize n_pixels = (gsize) size * size;
  g_autofree float *scratch = g_new (float, n_pixels);

  for (guint c = 0; c < 3; c++)
    _siamban_image_blur_cross (planes + c * n_pixels, (int) size, (int) size,
                               (int) draws->blur_size, draws->blur_weight, scratch);
  if (to_bytes)
    for (gsize i = 0; i < 3 * n_pixels; i++)
      planes[i] = rintf (planes[i]);
}

static void
mirror_planes (float *planes, guint size)
{
  for (gsize row = 0; row < 3 * (gsize) size; row++)
    for (float *left = planes + row * size, *right = left + size - 1; left < right; left++, right--)
      {
        const float value = *left;

        *left = *right;
        *right = value;
      }
}

static void
shift_colors (float *planes, guint size, const double offset[3])
{
  const gsize n_pixels = (gsize) size * size;

  for (guint c = 0; c < 3; c++)
    for (gsize i = 0; i < n_pixels; i++)
      planes[c * n_pixels + i] = (float) (planes[c * n_pixels + i] - offset[c]);
}

gboolean
_siamban_augmentation_apply_to (SiambanAugmentation *self,
                                SiambanImage *image,
                                const SiambanBox *box,
                                guint size,
                                const SiambanAugmentationDraws *draws,
                                guint8 *cropped,
                                float *pixels,
                                const SiambanStageRun *inserted,
                                SiambanBox *box_out,
                                SiambanBox *crop_out,
                                GError **error)
{
  const int width = (int) siamban_image_get_width (image);
  const int height = (int) siamban_image_get_height (image);
  const Crop crop = find_crop (self, width, height, size, draws);
  const gboolean colored = self->color > draws->color_gate;
  /* The colours shift while the image is cropped, unless something is to happen between. */
  const gboolean apart = inserted && _siamban_stage_list_has (inserted->list, SIAMBAN_PLACE_CROP);
  const double none[3] = { 0 };
  double map[6], offset[3] = { 0 };
  g_autofree guint8 *gray = NULL;
  const guint8 *source = _siamban_image_peek (image);

  /* The grey comes before the crop: interpolating first would round otherwise. */
  find_map (&crop.crop, size, map);
  if (draws->gray)
    {
      SiambanImageWindow window;

      _siamban_image_find_warp_window (width, height, map, (int) size, (int) size, &window);
      source = gray = gray_window (source, width, height, &window);
    }
  if (colored)
    find_color_offset (draws, offset);
  _siamban_image_warp_to_planes (source, width, height, map, apart ? none : offset, cropped, pixels,
                                 (int) size, (int) size);
  *crop_out = crop.crop;
  *box_out = (SiambanBox){ (box->x1 - crop.crop.x1) / crop.scale_x,
                           (box->y1 - crop.crop.y1) / crop.scale_y,
                           (box->x2 - crop.crop.x1) / crop.scale_x,
                           (box->y2 - crop.crop.y1) / crop.scale_y };

  if (!_siamban_stage_run_apply (inserted, SIAMBAN_PLACE_CROP, size, pixels, box_out, crop_out,
                                 error))
    return FALSE;
  if (apart && colored)
    shift_colors (pixels, size, offset);
  if (!_siamban_stage_run_apply (inserted, SIAMBAN_PLACE_COLOR, size, pixels, box_out, crop_out,
                                 error))
    return FALSE;

  if (self->blur > draws->blur_gate)
    blur_planes (pixels, size, draws, !colored);
  if (!_siamban_stage_run_apply (inserted, SIAMBAN_PLACE_BLUR, size, pixels, box_out, crop_out,
                                 error))
    return FALSE;

  if (self->flip > draws->flip_gate)
    {
      mirror_planes (pixels, size);
      *box_out = (SiambanBox){ size - 1 - box_out->x2, box_out->y1, size - 1 - box_out->x1,
                               box_out->y2 };
    }

  return _siamban_stage_run_apply (inserted, SIAMBAN_PLACE_FLIP, size, pixels, box_out, crop_out,
                                   error);
}

static double *
field_of (SiambanAugmentation *self, guint prop_id)
{
  switch (prop_id)
    {
    case PROP_SHIFT:
      return &self->shift;
    case PROP_SCALE:
      return &self->scale;
    case PROP_BLUR:
      return &self->blur;
    case PROP_FLIP:
      return &self->flip;
    case PROP_COLOR:
      return &self->color;
    default:
      return NULL;
    }
}

static void
siamban_augmentation_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  const double *field = field_of (SIAMBAN_AUGMENTATION (object), prop_id);

  if (field != NULL)
    g_value_set_double (value, *field);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
}

static void
siamban_augmentation_set_property (GObject *object,
                                   guint prop_id,
                                   const GValue *value,
                                   GParamSpec *pspec)
{
  double *field = field_of (SIAMBAN_AUGMENTATION (object), prop_id);

  if (field != NULL)
    *field = g_value_get_double (value);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
}

static void
siamban_augmentation_class_init (SiambanAugmentationClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS;

  object_class->get_property = siamban_augmentation_get_property;
  object_class->set_property = siamban_augmentation_set_property;

  /**
   * SiambanAugmentation:shift:
   *
   * The crop moves by up to so many pixels, each way.
   *
   * Since: 0.1
   */
  properties[PROP_SHIFT] = g_param_spec_double ("shift", NULL, NULL, 0,
                                                SIAMBAN_AUGMENTATION_MAX_SHIFT, 0, flags);

  /**
   * SiambanAugmentation:scale:
   *
   * The sides of the crop vary by up to this share, each on its own.
   *
   * Since: 0.1
   */
  properties[PROP_SCALE] = g_param_spec_double ("scale", NULL, NULL, 0,
                                                SIAMBAN_AUGMENTATION_MAX_SCALE, 0, flags);

  /**
   * SiambanAugmentation:blur:
   *
   * Chance of a blur.
   *
   * Since: 0.1
   */
  properties[PROP_BLUR] = g_param_spec_double ("blur", NULL, NULL, 0, 1, 0, flags);

  /**
   * SiambanAugmentation:flip:
   *
   * Chance of a mirror image.
   *
   * Since: 0.1
   */
  properties[PROP_FLIP] = g_param_spec_double ("flip", NULL, NULL, 0, 1, 0, flags);

  /**
   * SiambanAugmentation:color:
   *
   * Chance of an offset of the colours.
   *
   * Since: 0.1
   */
  properties[PROP_COLOR] = g_param_spec_double ("color", NULL, NULL, 0, 1, 0, flags);

  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
siamban_augmentation_init (SiambanAugmentation *self)
{
}

/**
 * siamban_augmentation_new:
 * @shift: the crop moves by up to so many pixels, each way, 0 to 10000
 * @scale: the sides of the crop vary by up to this share, 0 to 1
 * @blur: chance of a blur, 0 to 1
 * @flip: chance of a mirror image, 0 to 1
 * @color: chance of an offset of the colours, 0 to 1
 *
 * Makes an augmentation.
 *
 * Returns: (transfer full): a new augmentation
 *
 * Since: 0.1
 */
SiambanAugmentation *
siamban_augmentation_new (double shift, double scale, double blur, double flip, double color)
{
  return g_object_new (SIAMBAN_TYPE_AUGMENTATION, "shift", shift, "scale", scale, "blur", blur,
                       "flip", flip, "color", color, NULL);
}

/**
 * siamban_augmentation_apply:
 * @self: an augmentation
 * @image: a crop file's image, its target in the middle
 * @box: the box of the target, in pixels of @image
 * @size: side of the result in pixels, 2 to 4096
 * @draws: the random numbers
 *
 * Makes one training image.
 *
 * Returns: (transfer full): the image and the box in it
 *
 * Since: 0.1
 */
SiambanAugmentedImage *
siamban_augmentation_apply (SiambanAugmentation *self,
                            SiambanImage *image,
                            const SiambanBox *box,
                            guint size,
                            const SiambanAugmentationDraws *draws)
{
  guint8 *cropped;
  float *pixels;
  SiambanBox box_out, crop_out;

  g_return_val_if_fail (SIAMBAN_IS_AUGMENTATION (self), NULL);
  g_return_val_if_fail (image != NULL && box != NULL && draws != NULL, NULL);
  g_return_val_if_fail (size >= 2 && size <= MAX_SIZE, NULL);
  g_return_val_if_fail (draws->blur_size % 2 == 1 && draws->blur_size <= MAX_SIZE, NULL);

  cropped = g_malloc ((gsize) size * size * 3);
  pixels = g_new (float, (gsize) size *size * 3);
  _siamban_augmentation_apply_to (self, image, box, size, draws, cropped, pixels, NULL, &box_out,
                                  &crop_out, NULL);

  return _siamban_augmented_image_new_take (
      size, pixels, _siamban_image_new_take (size, size, cropped), &box_out, &crop_out);
}

/**
 * siamban_augmentation_find_stages:
 * @self: an augmentation
 * @draws: the random numbers
 *
 * Tells which stages change an image that is augmented with these numbers.
 *
 * Returns: the stages
 *
 * Since: 0.1
 */
SiambanAugmentationStages
siamban_augmentation_find_stages (SiambanAugmentation *self, const SiambanAugmentationDraws *draws)
{
  SiambanAugmentationStages stages = SIAMBAN_AUGMENTATION_STAGES_NONE;

  g_return_val_if_fail (SIAMBAN_IS_AUGMENTATION (self), stages);
  g_return_val_if_fail (draws != NULL, stages);

  if (draws->gray)
    stages |= SIAMBAN_AUGMENTATION_STAGES_GRAY;
  if (self->scale > 0 && (draws->scale_x != 0.5 || draws->scale_y != 0.5))
    stages |= SIAMBAN_AUGMENTATION_STAGES_SCALE;
  if (self->shift > 0 && (draws->shift_x != 0.5 || draws->shift_y != 0.5))
    stages |= SIAMBAN_AUGMENTATION_STAGES_SHIFT;
  if (self->color > draws->color_gate)
    stages |= SIAMBAN_AUGMENTATION_STAGES_COLOR;
  if (self->blur > draws->blur_gate)
    stages |= SIAMBAN_AUGMENTATION_STAGES_BLUR;
  if (self->flip > draws->flip_gate)
    stages |= SIAMBAN_AUGMENTATION_STAGES_FLIP;

  return stages;
}
