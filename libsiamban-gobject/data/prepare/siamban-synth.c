/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-synth.h"

#include <math.h>

#include "siamban-error.h"
#include "siamban-image-private.h"
#include "siamban-synth-private.h"

/* Two workers seldom work on more than two videos each. */
#define N_CACHED 4
#define MAX_SIDE 4096

/**
 * SiambanSynth:
 *
 * Makes short videos of things that move, with the exact box of one of them: data to try training
 * and tracking with when there is no data set at hand.
 *
 * A video shows a target of one to four textured parts over a textured, panning background. It
 * moves on a smooth path, grows, shrinks, turns and deforms; one to three others resemble it;
 * something may pass over it; light drifts, and the camera blurs and adds noise. Shapes,
 * textures, colours and motions are drawn anew for each video. Between two frames a target moves
 * by at most about a third of its size.
 *
 * Each frame is a pure function of (seed, video, frame) and the size; another seed gives other
 * videos. Threads may share the object.
 *
 * Since: 0.1
 */
struct _SiambanSynth
{
  GObject parent_instance;

  guint64 seed;
  guint n_videos;
  guint n_frames;
  guint width;
  guint height;

  GMutex mutex;
  SynthScene *scenes[N_CACHED]; /* mutex */
  guint videos[N_CACHED];       /* mutex; which the scenes are of */
  guint next;                   /* mutex; the place that is given up next */
};

G_DEFINE_FINAL_TYPE (SiambanSynth, siamban_synth, G_TYPE_OBJECT)

enum
{
  PROP_SEED = 1,
  PROP_N_VIDEOS,
  PROP_N_FRAMES,
  PROP_WIDTH,
  PROP_HEIGHT,
  N_PROPS
};

enum
{
  SIGNAL_PROGRESS,
  N_SIGNALS
};

static GParamSpec *props[N_PROPS];
static guint signals[N_SIGNALS];

static SynthScene *
find_scene (SiambanSynth *self, guint video)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->mutex);

  for (guint i = 0; i < N_CACHED; i++)
    if (self->scenes[i] != NULL && self->videos[i] == video)
      return g_atomic_rc_box_acquire (self->scenes[i]);

  return NULL;
}

/* Made outside the lock: two threads may make the same scene at once, but none waits for
 * another's. */
static SynthScene *
get_scene (SiambanSynth *self, guint video)
{
  SynthScene *scene = find_scene (self, video);
  SynthScene *old;

  if (scene != NULL)
    return scene;

  scene = _siamban_synth_scene_new (self->seed, video, self->width, self->height);

  g_mutex_lock (&self->mutex);
  old = self->scenes[self->next];
  self->scenes[self->next] = g_atomic_rc_box_acquire (scene);
  self->videos[self->next] = video;
  self->next = (self->next + 1) % N_CACHED;
  g_mutex_unlock (&self->mutex);

  g_clear_pointer (&old, _siamban_synth_scene_unref);

  return scene;
}

static void
siamban_synth_finalize (GObject *object)
{
  SiambanSynth *self = SIAMBAN_SYNTH (object);

  for (guint i = 0; i < N_CACHED; i++)
    g_clear_pointer (&self->scenes[i], _siamban_synth_scene_unref);
  g_mutex_clear (&self->mutex);

  G_OBJECT_CLASS (siamban_synth_parent_class)->finalize (object);
}

static void
siamban_synth_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  SiambanSynth *self = SIAMBAN_SYNTH (object);

  switch (prop_id)
    {
    case PROP_SEED:
      g_value_set_uint64 (value, self->seed);
      break;
    case PROP_N_VIDEOS:
      g_value_set_uint (value, self->n_videos);
      break;
    case PROP_N_FRAMES:
      g_value_set_uint (value, self->n_frames);
      break;
    case PROP_WIDTH:
      g_value_set_uint (value, self->width);
      break;
    case PROP_HEIGHT:
      g_value_set_uint (value, self->height);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
siamban_synth_set_property (GObject *object, guint prop_id, const GValue *value, GParamSpec *pspec)
{
  SiambanSynth *self = SIAMBAN_SYNTH (object);

  switch (prop_id)
    {
    case PROP_SEED:
      self->seed = g_value_get_uint64 (value);
      break;
    case PROP_N_VIDEOS:
      self->n_videos = g_value_get_uint (value);
      break;
    case PROP_N_FRAMES:
      self->n_frames = g_value_get_uint (value);
      break;
    case PROP_WIDTH:
      self->width = g_value_get_uint (value);
      break;
    case PROP_HEIGHT:
      self->height = g_value_get_uint (value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
siamban_synth_class_init (SiambanSynthClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS;

  object_class->finalize = siamban_synth_finalize;
  object_class->get_property = siamban_synth_get_property;
  object_class->set_property = siamban_synth_set_property;

  /**
   * SiambanSynth:seed:
   *
   * What all draws depend on.
   *
   * Since: 0.1
   */
  props[PROP_SEED] = g_param_spec_uint64 ("seed", NULL, NULL, 0, G_MAXUINT64, 0, flags);

  /**
   * SiambanSynth:n-videos:
   *
   * How many videos there are. More of them leave the first ones as they were.
   *
   * Since: 0.1
   */
  props[PROP_N_VIDEOS] = g_param_spec_uint ("n-videos", NULL, NULL, 1, 1000000, 100, flags);

  /**
   * SiambanSynth:n-frames:
   *
   * How many frames each video has. More of them leave the first ones as they were.
   *
   * Since: 0.1
   */
  props[PROP_N_FRAMES] = g_param_spec_uint ("n-frames", NULL, NULL, 1, 1000000, 50, flags);

  /**
   * SiambanSynth:width:
   *
   * Width of a frame, in pixels.
   *
   * Since: 0.1
   */
  props[PROP_WIDTH] = g_param_spec_uint ("width", NULL, NULL, 64, MAX_SIDE, 320, flags);

  /**
   * SiambanSynth:height:
   *
   * Height of a frame, in pixels.
   *
   * Since: 0.1
   */
  props[PROP_HEIGHT] = g_param_spec_uint ("height", NULL, NULL, 64, MAX_SIDE, 240, flags);

  g_object_class_install_properties (object_class, N_PROPS, props);

  /**
   * SiambanSynth::progress:
   * @self: the generator
   * @n_done: how many frames are done
   * @n_frames: of how many
   *
   * Tells how far a writing of frames or crops is. It comes in the thread that called it, and from one
   * in the background in the main context of its caller: the latest state only.
   *
   * Since: 0.1
   */
  signals[SIGNAL_PROGRESS] = g_signal_new ("progress", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST,
                                           0, NULL, NULL, NULL, G_TYPE_NONE, 2, G_TYPE_UINT64,
                                           G_TYPE_UINT64);
}

static void
siamban_synth_init (SiambanSynth *self)
{
  g_mutex_init (&self->mutex);
}

/**
 * siamban_synth_new:
 * @seed: what all draws depend on
 * @n_videos: number of videos, 1 to 1000000
 * @n_frames: frames of each video, 1 to 1000000
 * @width: width of a frame in pixels, 64 to 4096
 * @height: height of a frame in pixels, 64 to 4096
 *
 * Makes a generator; nothing is drawn until a frame is asked for.
 *
 * Returns: (transfer full): a new generator
 *
 * Since: 0.1
 */
SiambanSynth *
siamban_synth_new (guint64 seed, guint n_videos, guint n_frames, guint width, guint height)
{
  return g_object_new (SIAMBAN_TYPE_SYNTH, "seed", seed, "n-videos", n_videos, "n-frames", n_frames,
                       "width", width, "height", height, NULL);
}

/**
 * siamban_synth_get_seed:
 * @self: a generator
 *
 * Gets what all draws depend on.
 *
 * Returns: the seed
 *
 * Since: 0.1
 */
guint64
siamban_synth_get_seed (SiambanSynth *self)
{
  g_return_val_if_fail (SIAMBAN_IS_SYNTH (self), 0);

  return self->seed;
}

/**
 * siamban_synth_get_n_videos:
 * @self: a generator
 *
 * Gets how many videos there are.
 *
 * Returns: the number of videos
 *
 * Since: 0.1
 */
guint
siamban_synth_get_n_videos (SiambanSynth *self)
{
  g_return_val_if_fail (SIAMBAN_IS_SYNTH (self), 0);

  return self->n_videos;
}

/**
 * siamban_synth_get_n_frames:
 * @self: a generator
 *
 * Gets how many frames each video has.
 *
 * Returns: the number of frames
 *
 * Since: 0.1
 */
guint
siamban_synth_get_n_frames (SiambanSynth *self)
{
  g_return_val_if_fail (SIAMBAN_IS_SYNTH (self), 0);

  return self->n_frames;
}

/**
 * siamban_synth_get_width:
 * @self: a generator
 *
 * Gets the width of the frames.
 *
 * Returns: the width in pixels
 *
 * Since: 0.1
 */
guint
siamban_synth_get_width (SiambanSynth *self)
{
  g_return_val_if_fail (SIAMBAN_IS_SYNTH (self), 0);

  return self->width;
}

/**
 * siamban_synth_get_height:
 * @self: a generator
 *
 * Gets the height of the frames.
 *
 * Returns: the height in pixels
 *
 * Since: 0.1
 */
guint
siamban_synth_get_height (SiambanSynth *self)
{
  g_return_val_if_fail (SIAMBAN_IS_SYNTH (self), 0);

  return self->height;
}

/**
 * siamban_synth_get_video_name:
 * @self: a generator
 * @video: index of a video
 *
 * Gets the name under which a video is written; different seeds give different names, so that
 * several generators can write into one folder.
 *
 * Returns: (transfer full): a name that serves as a file name
 *
 * Since: 0.1
 */
char *
siamban_synth_get_video_name (SiambanSynth *self, guint video)
{
  g_return_val_if_fail (SIAMBAN_IS_SYNTH (self), NULL);

  return g_strdup_printf ("synth-%" G_GUINT64_FORMAT "-%06u", self->seed, video);
}

/**
 * siamban_synth_get_frame:
 * @self: a generator
 * @video: index of a video
 * @frame: index of a frame
 * @error: return location for an error
 *
 * Draws one frame. Any order will do; frames of one video after another are fastest.
 *
 * Errors: %SIAMBAN_ERROR_INVALID_DATA if there is no such video or frame.
 *
 * Returns: (transfer full): the frame, height × width × BGR
 *
 * Since: 0.1
 */
SiambanImage *
siamban_synth_get_frame (SiambanSynth *self, guint video, guint frame, GError **error)
{
  g_autoptr (SynthScene) scene = NULL;
  guint8 *pixels;

  g_return_val_if_fail (SIAMBAN_IS_SYNTH (self), NULL);

  if (video >= self->n_videos || frame >= self->n_frames)
    {
      g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_DATA,
                   "No frame %u of video %u: there are %u videos of %u frames", frame, video,
                   self->n_videos, self->n_frames);
      return NULL;
    }

  scene = get_scene (self, video);
  pixels = g_malloc ((gsize) self->width * self->height * 3);
  _siamban_synth_scene_render (scene, frame, pixels);

  return _siamban_image_new_take (self->width, self->height, pixels);
}

/**
 * siamban_synth_get_box:
 * @self: a generator
 * @video: index of a video
 * @frame: index of a frame
 * @box: (out caller-allocates): the box, in pixels; NaN edges if there is none
 *
 * Gets the exact box of the target: of all of it that is in the frame, also where something else
 * covers it.
 *
 * Returns: %TRUE if the target is in the frame, %FALSE if it is not or there is no such video or
 *   frame
 *
 * Since: 0.1
 */
gboolean
siamban_synth_get_box (SiambanSynth *self, guint video, guint frame, SiambanBox *box)
{
  g_autoptr (SynthScene) scene = NULL;

  g_return_val_if_fail (SIAMBAN_IS_SYNTH (self) && box != NULL, FALSE);

  *box = (SiambanBox){ NAN, NAN, NAN, NAN };
  if (video >= self->n_videos || frame >= self->n_frames)
    return FALSE;

  scene = get_scene (self, video);
  *box = _siamban_synth_scene_box (scene, frame);

  return siamban_box_is_valid (box);
}

void
_siamban_synth_emit_progress (SiambanSynth *self, guint64 n_done, guint64 n_frames)
{
  g_signal_emit (self, signals[SIGNAL_PROGRESS], 0, n_done, n_frames);
}
