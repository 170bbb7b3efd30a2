/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-tracker.h"

#include <math.h>

#include "siamban-error.h"
#include "siamban-image-private.h"
#include "siamban-program-private.h"
#include "siamban-tensor-private.h"
#include "siamban-track-points-private.h"
#include "siamban-track-result-private.h"

/* No target becomes smaller. */
#define MIN_SIZE 10

/* Sides of windows, in pixels of a frame: what siamban_image_get_subwindow() takes. */
#define MAX_WINDOW (1 << 20)

/**
 * SiambanTracker:
 *
 * Follows one target through the frames of a video.
 *
 * [method@Tracker.init] shows it the target in the first frame, [method@Tracker.track] finds it in
 * each next one. What the network makes of the first frame is computed once.
 *
 * A tracker belongs to one thread at a time. Several of them may use one model.
 *
 * Source: `SiamBANTracker` in `siamban/tracker/siamban_tracker.py`, after
 * [Chen et al., 2020](https://arxiv.org/abs/2003.06761).
 *
 * Since: 0.1
 */
struct _SiambanTracker
{
  GObject parent_instance;

  SiambanModel *model;
  SiambanProgram *template;
  SiambanProgram *search;
  guint template_size; /* in pixels */
  guint search_size;
  double context_amount;
  double penalty_k;
  double window_influence;
  double lr;

  SiambanTrackPoints points;

  /* Since init(), in pixels of the frame. */
  SiambanImage *template_crop;
  double mean[3];
  double cx;
  double cy;
  double width;
  double height;
};

enum
{
  PROP_PENALTY_K = 1,
  PROP_WINDOW_INFLUENCE,
  PROP_LR,
  N_PROPS,
};

static GParamSpec *props[N_PROPS];

static gpointer siamban_tracker_parent_class;

static void
siamban_tracker_finalize (GObject *object)
{
  SiambanTracker *self = SIAMBAN_TRACKER (object);

  g_clear_object (&self->model);
  g_clear_object (&self->template);
  g_clear_object (&self->search);
  g_clear_pointer (&self->template_crop, siamban_image_unref);
  _siamban_track_points_clear (&self->points);

  G_OBJECT_CLASS (siamban_tracker_parent_class)->finalize (object);
}

static double *
number_of (SiambanTracker *self, guint prop_id)
{
  switch (prop_id)
    {
    case PROP_PENALTY_K:
      return &self->penalty_k;

    case PROP_WINDOW_INFLUENCE:
      return &self->window_influence;

    case PROP_LR:
      return &self->lr;

    default:
      return NULL;
    }
}

static void
siamban_tracker_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  const double *number = number_of (SIAMBAN_TRACKER (object), prop_id);

  if (number != NULL)
    g_value_set_double (value, *number);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
}

static void
siamban_tracker_set_property (GObject *object,
                              guint prop_id,
                              const GValue *value,
                              GParamSpec *pspec)
{
  double *number = number_of (SIAMBAN_TRACKER (object), prop_id);

  if (number == NULL)
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
  else if (*number != g_value_get_double (value))
    {
      *number = g_value_get_double (value);
      g_object_notify_by_pspec (object, pspec);
    }
}

static void
siamban_tracker_class_init_cb (gpointer klass, gpointer class_data)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS;

  siamban_tracker_parent_class = g_type_class_peek_parent (klass);
  object_class->finalize = siamban_tracker_finalize;
  object_class->get_property = siamban_tracker_get_property;
  object_class->set_property = siamban_tracker_set_property;

  /**
   * SiambanTracker:penalty-k:
   *
   * How much a change of size and shape counts against a point. At first the key
   * `TRACK.PENALTY_K`.
   *
   * Since: 0.1
   */
  props[PROP_PENALTY_K] = g_param_spec_double ("penalty-k", NULL, NULL, 0, 100, 0.14, flags);

  /**
   * SiambanTracker:window-influence:
   *
   * How much the distance from the last position counts against a point, from 0 to 1. At first
   * the key `TRACK.WINDOW_INFLUENCE`.
   *
   * Since: 0.1
   */
  props[PROP_WINDOW_INFLUENCE] = g_param_spec_double ("window-influence", NULL, NULL, 0, 1, 0.45,
                                                      flags);

  /**
   * SiambanTracker:lr:
   *
   * How fast the size follows what the network says, from 0 to 1. At first the key `TRACK.LR`.
   *
   * Since: 0.1
   */
  props[PROP_LR] = g_param_spec_double ("lr", NULL, NULL, 0, 1, 0.3, flags);

  g_object_class_install_properties (object_class, N_PROPS, props);
}

/* By hand, because the usual macro takes the name of init() for the instance's own beginning. */
GType
siamban_tracker_get_type (void)
{
  static gsize type;

  if (g_once_init_enter (&type))
    {
      const GType registered = g_type_register_static_simple (
          G_TYPE_OBJECT, g_intern_static_string ("SiambanTracker"), sizeof (SiambanTrackerClass),
          siamban_tracker_class_init_cb, sizeof (SiambanTracker), NULL, G_TYPE_FLAG_FINAL);

      g_once_init_leave (&type, registered);
    }

  return type;
}

static SiambanProgram *
compile (SiambanDevice *device, SiambanGraph *graph, GError **error)
{
  return graph != NULL ? siamban_device_compile (device, graph, FALSE, error) : NULL;
}

/* The map that the graph makes must be the one that the configuration tells of. */
static gboolean
check_map (SiambanTracker *self, SiambanConfig *config, guint map_size, GError **error)
{
  const gint64 stride = siamban_config_get_int (config, "POINT.STRIDE");
  const gint64 base_size = siamban_config_get_int (config, "TRACK.BASE_SIZE");
  const gint64 n_steps = ((gint64) self->search_size - self->template_size) / stride + 1;

  if (n_steps + base_size == map_size)
    return TRUE;

  g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_CONFIG,
               "TRACK.BASE_SIZE: found %d, expected %d, so that (INSTANCE_SIZE − EXEMPLAR_SIZE) / "
               "POINT.STRIDE + 1 + BASE_SIZE is the size of the network's map, %u",
               (int) base_size, (int) (map_size - n_steps), map_size);

  return FALSE;
}

/* Sizes are part of the model's graphs and cannot differ from its own configuration. */
static gboolean
read_size (SiambanTracker *self,
           SiambanConfig *config,
           const char *key,
           guint *size,
           GError **error)
{
  const gint64 expected = siamban_config_get_int (siamban_model_get_config (self->model), key);
  const gint64 found = siamban_config_get_int (config, key);

  *size = (guint) expected;
  if (found == expected)
    return TRUE;

  g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_CONFIG,
               "%s: found %d, expected %d, which the model was built with", key, (int) found,
               (int) expected);

  return FALSE;
}

static gboolean
build (SiambanTracker *self, SiambanConfig *config, SiambanDevice *device, GError **error)
{
  g_autoptr (SiambanGraph) template = siamban_model_build_template (self->model, 1, error);
  g_autoptr (SiambanGraph) search = NULL;
  const gint64 *shape;
  gsize n_dims;

  self->template = compile (device, template, error);
  if (self->template == NULL)
    return FALSE;

  search = siamban_model_build_search (self->model, 1, error);
  self->search = compile (device, search, error);
  if (self->search == NULL)
    return FALSE;

  shape = siamban_graph_get_shape (search, siamban_graph_lookup (search, "cls"), &n_dims);
  if (!check_map (self, config, (guint) shape[2], error))
    return FALSE;

  _siamban_track_points_init (&self->points, (guint) shape[2],
                              (guint) siamban_config_get_int (config, "POINT.STRIDE"));

  return TRUE;
}

/**
 * siamban_tracker_new:
 * @model: the network
 * @config: (nullable): the keys under `TRACK`; %NULL for those that the model was built with
 * @device: what computes
 * @error: return location for an error
 *
 * Makes a tracker and compiles the network for it.
 *
 * It fails with %SIAMBAN_ERROR_INVALID_CONFIG if the sizes do not fit the model, and as
 * [method@Device.compile] does.
 *
 * Returns: (transfer full): a new tracker
 *
 * Since: 0.1
 */
SiambanTracker *
siamban_tracker_new (SiambanModel *model,
                     SiambanConfig *config,
                     SiambanDevice *device,
                     GError **error)
{
  g_autoptr (SiambanTracker) self = NULL;

  g_return_val_if_fail (SIAMBAN_IS_MODEL (model), NULL);
  g_return_val_if_fail (config == NULL || SIAMBAN_IS_CONFIG (config), NULL);
  g_return_val_if_fail (SIAMBAN_IS_DEVICE (device), NULL);

  if (config == NULL)
    config = siamban_model_get_config (model);
  self = g_object_new (SIAMBAN_TYPE_TRACKER, NULL);
  self->model = g_object_ref (model);
  self->context_amount = siamban_config_get_double (config, "TRACK.CONTEXT_AMOUNT");
  self->penalty_k = siamban_config_get_double (config, "TRACK.PENALTY_K");
  self->window_influence = siamban_config_get_double (config, "TRACK.WINDOW_INFLUENCE");
  self->lr = siamban_config_get_double (config, "TRACK.LR");
  if (!read_size (self, config, "TRACK.EXEMPLAR_SIZE", &self->template_size, error) ||
      !read_size (self, config, "TRACK.INSTANCE_SIZE", &self->search_size, error) ||
      !build (self, config, device, error))
    return NULL;

  return g_steal_pointer (&self);
}

/* Colour by colour, as numpy's mean over whole numbers: exact but for the division. */
static void
find_mean (SiambanImage *frame, double mean[3])
{
  const guint8 *pixels = _siamban_image_peek (frame);
  const gsize n = (gsize) siamban_image_get_width (frame) *
                  (gsize) siamban_image_get_height (frame);
  guint64 sums[3] = { 0 };

  for (gsize i = 0; i < n; i++)
    for (guint c = 0; c < 3; c++)
      sums[c] += pixels[3 * i + c];
  for (guint c = 0; c < 3; c++)
    mean[c] = (double) sums[c] / (double) n;
}

/* The side of the template's window: the target with its context. */
static double
context_size (SiambanTracker *self)
{
  const double context = self->context_amount * (self->width + self->height);

  return sqrt ((self->width + context) * (self->height + context));
}

static SiambanImage *
crop (SiambanTracker *self, SiambanImage *frame, guint model_size, double original_size)
{
  const double side = CLAMP (rint (original_size), 1, MAX_WINDOW);

  return siamban_image_get_subwindow (frame, self->cx, self->cy, model_size, (guint) side,
                                      self->mean[0], self->mean[1], self->mean[2]);
}

/* Fills an input of a program with an image, as planes. */
static gboolean
show (SiambanProgram *program, const char *input, SiambanImage *image, GError **error)
{
  const guint8 *pixels = _siamban_image_peek (image);
  const gsize n = (gsize) siamban_image_get_width (image) *
                  (gsize) siamban_image_get_height (image);
  g_autofree float *planes = g_new (float, 3 * n);

  for (gsize i = 0; i < n; i++)
    for (gsize c = 0; c < 3; c++)
      planes[c * n + i] = pixels[3 * i + c];

  return _siamban_program_write_input (program, input, SIAMBAN_DTYPE_FLOAT32, planes, 3 * n, error);
}

/* Hands over what the network makes of the template. */
static gboolean
hand_over (SiambanTracker *self, GError **error)
{
  const char *const *names = siamban_model_get_template_outputs (self->model);

  for (guint i = 0; names[i] != NULL; i++)
    {
      g_autoptr (SiambanTensor)
          feature = siamban_program_get_output (self->template, names[i], error);

      if (feature == NULL || !siamban_program_set_input (self->search, names[i], feature, error))
        return FALSE;
    }

  return TRUE;
}

static gboolean
check_box (SiambanImage *frame, const SiambanBox *box, GError **error)
{
  const guint width = siamban_image_get_width (frame);
  const guint height = siamban_image_get_height (frame);
  g_autofree char *text = NULL;

  if (siamban_box_is_valid (box) && box->x1 < width && box->y1 < height && box->x2 > 0 &&
      box->y2 > 0)
    return TRUE;

  text = siamban_box_to_string (box);
  g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_BOX,
               "Box %s is no target, expected one with an area in the frame of %u × %u pixels",
               text, width, height);

  return FALSE;
}

/**
 * siamban_tracker_init:
 * @self: a tracker
 * @frame: the first frame
 * @box: the target in it, in pixels; parts of it may lie outside
 * @error: return location for an error
 *
 * Shows the target; what was followed before is forgotten.
 *
 * It fails with %SIAMBAN_ERROR_INVALID_BOX if @box has no area or lies outside of the frame, and
 * then the tracker waits for another target.
 *
 * Returns: %TRUE if the target can be followed
 *
 * Since: 0.1
 */
gboolean
siamban_tracker_init (SiambanTracker *self,
                      SiambanImage *frame,
                      const SiambanBox *box,
                      GError **error)
{
  g_autoptr (SiambanImage) template_crop = NULL;

  g_return_val_if_fail (SIAMBAN_IS_TRACKER (self), FALSE);
  g_return_val_if_fail (frame != NULL && box != NULL, FALSE);

  g_clear_pointer (&self->template_crop, siamban_image_unref);
  if (!check_box (frame, box, error))
    return FALSE;

  /* The original takes a box's centre as that of its pixels. */
  self->width = siamban_box_get_width (box);
  self->height = siamban_box_get_height (box);
  self->cx = box->x1 + (self->width - 1) / 2;
  self->cy = box->y1 + (self->height - 1) / 2;
  find_mean (frame, self->mean);

  template_crop = crop (self, frame, self->template_size, context_size (self));
  if (!show (self->template, "template", template_crop, error) ||
      !siamban_program_forward (self->template, error) || !hand_over (self, error))
    return FALSE;

  self->template_crop = g_steal_pointer (&template_crop);

  return TRUE;
}

/* Moves the state to the best point, within the frame. */
static void
follow (SiambanTracker *self, SiambanImage *frame, const SiambanBestPoint *best, double scale)
{
  const double frame_width = siamban_image_get_width (frame);
  const double frame_height = siamban_image_get_height (frame);
  const double lr = best->penalty * best->score * self->lr;
  const double width = self->width * (1 - lr) + best->width / scale * lr;
  const double height = self->height * (1 - lr) + best->height / scale * lr;

  self->cx = MAX (0, MIN (self->cx + best->cx / scale, frame_width));
  self->cy = MAX (0, MIN (self->cy + best->cy / scale, frame_height));
  self->width = MAX (MIN_SIZE, MIN (width, frame_width));
  self->height = MAX (MIN_SIZE, MIN (height, frame_height));
}

static gboolean
choose (SiambanTracker *self, double scale, SiambanBestPoint *best, GError **error)
{
  const SiambanTrackPrior prior = { self->penalty_k, self->window_influence, self->width * scale,
                                    self->height * scale };
  g_autoptr (SiambanTensor) cls = NULL;
  g_autoptr (SiambanTensor) loc = NULL;
  gsize n_dims;

  cls = siamban_program_get_output (self->search, "cls", error);
  if (cls == NULL)
    return FALSE;
  loc = siamban_program_get_output (self->search, "loc", error);
  if (loc == NULL)
    return FALSE;

  return _siamban_track_points_choose (&self->points, &prior, _siamban_tensor_peek (cls),
                                       (guint) siamban_tensor_get_shape (cls, &n_dims)[1],
                                       _siamban_tensor_peek (loc), best, error);
}

/**
 * siamban_tracker_track:
 * @self: a tracker that has a target
 * @frame: the next frame
 * @error: return location for an error
 *
 * Finds the target near where it was.
 *
 * It fails with %SIAMBAN_ERROR_NOT_FINITE if the network's weights are damaged, and with
 * %SIAMBAN_ERROR_FAILED before [method@Tracker.init]. The target then stays where it was.
 *
 * Returns: (transfer full): where it is
 *
 * Since: 0.1
 */
SiambanTrackResult *
siamban_tracker_track (SiambanTracker *self, SiambanImage *frame, GError **error)
{
  g_autoptr (SiambanImage) search_crop = NULL;
  SiambanBestPoint best;
  SiambanBox box;
  double window, scale;

  g_return_val_if_fail (SIAMBAN_IS_TRACKER (self), NULL);
  g_return_val_if_fail (frame != NULL, NULL);

  if (self->template_crop == NULL)
    {
      g_set_error_literal (error, SIAMBAN_ERROR, SIAMBAN_ERROR_FAILED,
                           "The tracker has not been shown a target yet");
      return NULL;
    }

  window = context_size (self);
  scale = self->template_size / window;
  search_crop = crop (self, frame, self->search_size,
                      window * ((double) self->search_size / self->template_size));
  if (!show (self->search, "search", search_crop, error) ||
      !siamban_program_forward (self->search, error) || !choose (self, scale, &best, error))
    return NULL;

  follow (self, frame, &best, scale);
  box = (SiambanBox){ self->cx - self->width / 2, self->cy - self->height / 2,
                      self->cx + self->width / 2, self->cy + self->height / 2 };

  return _siamban_track_result_new (&box, &best, &self->points, search_crop);
}

/**
 * siamban_tracker_get_template_crop:
 * @self: a tracker
 *
 * Gets what the network has seen of the target.
 *
 * Returns: (transfer none) (nullable): the image, %NULL before [method@Tracker.init]
 *
 * Since: 0.1
 */
SiambanImage *
siamban_tracker_get_template_crop (SiambanTracker *self)
{
  g_return_val_if_fail (SIAMBAN_IS_TRACKER (self), NULL);

  return self->template_crop;
}

/**
 * siamban_tracker_weights_changed:
 * @self: a tracker
 *
 * Tells the tracker that the model's weights were written, as [method@Program.weights_changed]
 * does. It then needs to be shown the target again.
 *
 * Since: 0.1
 */
void
siamban_tracker_weights_changed (SiambanTracker *self)
{
  g_return_if_fail (SIAMBAN_IS_TRACKER (self));

  siamban_program_weights_changed (self->template);
  siamban_program_weights_changed (self->search);
  g_clear_pointer (&self->template_crop, siamban_image_unref);
}
