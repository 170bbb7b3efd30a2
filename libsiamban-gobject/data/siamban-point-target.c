/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-point-target-private.h"

#include <string.h>

#include "siamban-error.h"
#include "siamban-point-labels-private.h"

#define MAX_OUTPUT_SIZE 1024

/**
 * SiambanPointTarget:
 *
 * Turns a ground-truth box into the labels of a score map.
 *
 * Each point of the map sits on a pixel of the search image: the middle one on its centre, the
 * others a stride apart. A point inside the small ellipse of the box (half axes `w / 4` and
 * `h / 4`) is a target, one outside the large ellipse (half axes `w / 2` and `h / 2`) is
 * background, and the ring between them is ignored. A random few of each are kept, so that no
 * image outweighs another.
 *
 * An instance never changes after construction: any thread may call
 * [method@PointTarget.assign] on it.
 *
 * Source: `siamban/datasets/point_target.py`, class `PointTarget`, after
 * [Chen et al., 2020](https://arxiv.org/abs/2003.06761).
 *
 * Since: 0.1
 */
struct _SiambanPointTarget
{
  GObject parent_instance;

  guint stride;
  guint output_size;
  guint search_size;
  guint pos_num;
  guint neg_num;
  guint total_num;
};

G_DEFINE_FINAL_TYPE (SiambanPointTarget, siamban_point_target, G_TYPE_OBJECT)

enum
{
  PROP_STRIDE = 1,
  PROP_OUTPUT_SIZE,
  PROP_SEARCH_SIZE,
  PROP_POS_NUM,
  PROP_NEG_NUM,
  PROP_TOTAL_NUM,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

/* The ellipse in the arithmetic of the original: the box in double, the points in float32. */
typedef struct
{
  float cx;
  float cy;
  float square_x;
  float square_y;
} Ellipse;

static Ellipse
ellipse_in_box (const SiambanBox *box, double divisor)
{
  const double half_x = (box->x2 - box->x1) / divisor, half_y = (box->y2 - box->y1) / divisor;

  return (Ellipse){ (float) ((box->x1 + box->x2) * 0.5), (float) ((box->y1 + box->y2) * 0.5),
                    (float) (half_x * half_x), (float) (half_y * half_y) };
}

static float
distance_in_ellipse (const Ellipse *self, float x, float y)
{
  const float a = self->cx - x, b = self->cy - y;

  return a * a / self->square_x + b * b / self->square_y;
}

int
_siamban_point_position (guint search_size, guint output_size, guint stride, guint i)
{
  const int first = (int) (search_size / 2) - (int) (output_size / 2 * stride);

  return first + (int) (i * stride);
}

static float
point_position (SiambanPointTarget *self, guint i)
{
  return (float) _siamban_point_position (self->search_size, self->output_size, self->stride, i);
}

/* Gives @value to at most @n_kept of the points, each equally likely. */
static void
keep_some (guint32 *points,
           guint n_points,
           guint n_kept,
           SiambanRandom *random,
           gint8 value,
           gint8 *classes)
{
  for (guint i = 0; i < MIN (n_points, n_kept); i++)
    {
      if (n_points > n_kept)
        {
          const guint j = i + _siamban_random_below (random, n_points - i);
          const guint32 chosen = points[j];

          points[j] = points[i];
          points[i] = chosen;
        }
      classes[points[i]] = value;
    }
}

static void
fill_classes (SiambanPointTarget *self,
              const SiambanBox *box,
              gboolean negative,
              SiambanRandom *random,
              gint8 *classes)
{
  const guint size = self->output_size;
  const Ellipse small = ellipse_in_box (box, 4), large = ellipse_in_box (box, 2);
  g_autofree guint32 *inside = g_new (guint32, (gsize) size * size);
  g_autofree guint32 *outside = g_new (guint32, (gsize) size * size);
  guint n_inside = 0, n_outside = 0;

  for (guint i = 0; i < size * size; i++)
    {
      const float x = point_position (self, i % size), y = point_position (self, i / size);

      if (distance_in_ellipse (&small, x, y) < 1.0f)
        inside[n_inside++] = i;
      if (distance_in_ellipse (&large, x, y) > 1.0f)
        outside[n_outside++] = i;
    }

  memset (classes, -1, (gsize) size * size);
  if (negative)
    {
      keep_some (inside, n_inside, self->neg_num, random, 0, classes);
      return;
    }
  keep_some (inside, n_inside, self->pos_num, random, 1, classes);
  keep_some (outside, n_outside, self->total_num - MIN (self->pos_num, self->total_num), random, 0,
             classes);
}

static void
fill_offsets (SiambanPointTarget *self, const SiambanBox *box, float *offsets)
{
  const guint size = self->output_size, n = size * size;
  const float x1 = (float) box->x1, y1 = (float) box->y1;
  const float x2 = (float) box->x2, y2 = (float) box->y2;

  for (guint i = 0; i < n; i++)
    {
      const float x = point_position (self, i % size), y = point_position (self, i / size);

      offsets[i] = x - x1;
      offsets[n + i] = y - y1;
      offsets[2 * n + i] = x2 - x;
      offsets[3 * n + i] = y2 - y;
    }
}

gboolean
_siamban_point_target_fill (SiambanPointTarget *self,
                            const SiambanBox *box,
                            gboolean negative,
                            SiambanRandom *random,
                            gint8 *classes,
                            float *offsets,
                            GError **error)
{
  const gsize n_points = (gsize) self->output_size * self->output_size;

  if (!siamban_box_is_valid (box))
    {
      g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_BOX,
                   "Box (%g, %g, %g, %g) has no finite area", box->x1, box->y1, box->x2, box->y2);
      return FALSE;
    }

  fill_classes (self, box, negative, random, classes);
  if (negative)
    memset (offsets, 0, 4 * n_points * sizeof *offsets);
  else
    fill_offsets (self, box, offsets);

  return TRUE;
}

guint
_siamban_point_target_get_output_size (SiambanPointTarget *self)
{
  return self->output_size;
}

guint
_siamban_point_target_get_search_size (SiambanPointTarget *self)
{
  return self->search_size;
}

guint
_siamban_point_target_get_stride (SiambanPointTarget *self)
{
  return self->stride;
}

static guint *
field_of (SiambanPointTarget *self, guint prop_id)
{
  switch (prop_id)
    {
    case PROP_STRIDE:
      return &self->stride;
    case PROP_OUTPUT_SIZE:
      return &self->output_size;
    case PROP_SEARCH_SIZE:
      return &self->search_size;
    case PROP_POS_NUM:
      return &self->pos_num;
    case PROP_NEG_NUM:
      return &self->neg_num;
    case PROP_TOTAL_NUM:
      return &self->total_num;
    default:
      return NULL;
    }
}

static void
siamban_point_target_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  const guint *field = field_of (SIAMBAN_POINT_TARGET (object), prop_id);

  if (field != NULL)
    g_value_set_uint (value, *field);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
}

static void
siamban_point_target_set_property (GObject *object,
                                   guint prop_id,
                                   const GValue *value,
                                   GParamSpec *pspec)
{
  guint *field = field_of (SIAMBAN_POINT_TARGET (object), prop_id);

  if (field != NULL)
    *field = g_value_get_uint (value);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
}

static void
siamban_point_target_class_init (SiambanPointTargetClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS;

  object_class->get_property = siamban_point_target_get_property;
  object_class->set_property = siamban_point_target_set_property;

  /**
   * SiambanPointTarget:stride:
   *
   * Pixels of the search image from one point to the next.
   *
   * Since: 0.1
   */
  properties[PROP_STRIDE] = g_param_spec_uint ("stride", NULL, NULL, 1, 1024, 8, flags);

  /**
   * SiambanPointTarget:output-size:
   *
   * Points on a side of the score map.
   *
   * Since: 0.1
   */
  properties[PROP_OUTPUT_SIZE] = g_param_spec_uint ("output-size", NULL, NULL, 1, MAX_OUTPUT_SIZE,
                                                    25, flags);

  /**
   * SiambanPointTarget:search-size:
   *
   * Side of the search image, in pixels.
   *
   * Since: 0.1
   */
  properties[PROP_SEARCH_SIZE] = g_param_spec_uint ("search-size", NULL, NULL, 1, 8192, 255, flags);

  /**
   * SiambanPointTarget:pos-num:
   *
   * At most so many points are targets.
   *
   * Since: 0.1
   */
  properties[PROP_POS_NUM] = g_param_spec_uint ("pos-num", NULL, NULL, 0, G_MAXINT, 16, flags);

  /**
   * SiambanPointTarget:neg-num:
   *
   * At most so many points are background when the pair is negative.
   *
   * Since: 0.1
   */
  properties[PROP_NEG_NUM] = g_param_spec_uint ("neg-num", NULL, NULL, 0, G_MAXINT, 16, flags);

  /**
   * SiambanPointTarget:total-num:
   *
   * At most so many points have a label; background gets what [property@PointTarget:pos-num]
   * leaves, also when there are fewer targets.
   *
   * Since: 0.1
   */
  properties[PROP_TOTAL_NUM] = g_param_spec_uint ("total-num", NULL, NULL, 0, G_MAXINT, 64, flags);

  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
siamban_point_target_init (SiambanPointTarget *self)
{
}

/**
 * siamban_point_target_new:
 * @stride: pixels of the search image from one point to the next, 1 to 1024
 * @output_size: points on a side of the score map, 1 to 1024
 * @search_size: side of the search image in pixels, 1 to 8192
 * @pos_num: at most so many points are targets
 * @neg_num: at most so many points are background when the pair is negative
 * @total_num: at most so many points have a label
 *
 * Makes an assigner.
 *
 * Returns: (transfer full): a new assigner
 *
 * Since: 0.1
 */
SiambanPointTarget *
siamban_point_target_new (guint stride,
                          guint output_size,
                          guint search_size,
                          guint pos_num,
                          guint neg_num,
                          guint total_num)
{
  return g_object_new (SIAMBAN_TYPE_POINT_TARGET, "stride", stride, "output-size", output_size,
                       "search-size", search_size, "pos-num", pos_num, "neg-num", neg_num,
                       "total-num", total_num, NULL);
}

/**
 * siamban_point_target_assign:
 * @self: an assigner
 * @box: the ground-truth box, in pixels of the search image
 * @negative: whether the search image does not show the template's object
 * @seed: picks which points are kept; the same seed gives the same labels
 * @error: return location for an error
 *
 * Labels each point of the score map for one training pair.
 *
 * When @negative is %TRUE a few points in the small ellipse of @box are background, all others are
 * ignored, and the offsets are zero.
 *
 * It fails with %SIAMBAN_ERROR_INVALID_BOX if @box has no area or is not finite.
 *
 * Returns: (transfer full): the labels
 *
 * Since: 0.1
 */
SiambanPointLabels *
siamban_point_target_assign (SiambanPointTarget *self,
                             const SiambanBox *box,
                             gboolean negative,
                             guint64 seed,
                             GError **error)
{
  g_autofree gint8 *classes = NULL;
  g_autofree float *offsets = NULL;
  SiambanRandom random;
  gsize n_points;

  g_return_val_if_fail (SIAMBAN_IS_POINT_TARGET (self), NULL);
  g_return_val_if_fail (box != NULL, NULL);

  n_points = (gsize) self->output_size * self->output_size;
  classes = g_new (gint8, n_points);
  offsets = g_new (float, 4 * n_points);
  _siamban_random_init (&random, seed, 0, SIAMBAN_STREAM_LABELS);
  if (!_siamban_point_target_fill (self, box, negative, &random, classes, offsets, error))
    return NULL;

  return _siamban_point_labels_new_take (self->output_size, g_steal_pointer (&classes),
                                         g_steal_pointer (&offsets));
}

/**
 * siamban_point_target_get_points:
 * @self: an assigner
 *
 * Gets where the points of the score map lie.
 *
 * Returns: (transfer full): float32 of shape `(2, S, S)`: x and y of each point, in pixels of the
 *   search image
 *
 * Since: 0.1
 */
GBytes *
siamban_point_target_get_points (SiambanPointTarget *self)
{
  float *points;
  guint size, n;

  g_return_val_if_fail (SIAMBAN_IS_POINT_TARGET (self), NULL);

  size = self->output_size;
  n = size * size;
  points = g_new (float, 2 * (gsize) n);
  for (guint i = 0; i < n; i++)
    {
      points[i] = point_position (self, i % size);
      points[n + i] = point_position (self, i / size);
    }

  return g_bytes_new_take (points, 2 * (gsize) n * sizeof *points);
}
