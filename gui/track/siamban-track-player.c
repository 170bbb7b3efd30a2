/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-track-player.h"

#include <glib/gi18n.h>
#include <math.h>

#define N_RESULTS 256
#define DEFAULT_RATE 25.0 /* of a folder of frames */
#define NOTHING G_MAXUINT

struct _SiambanTrackPlayer
{
  GObject parent_instance;

  SiambanTrackWorker *worker;
  GCancellable *opening;
  guint n_loading;
  gboolean loaded;

  SiambanSequence *sequence;
  SiambanTrackRecord *record;
  SiambanTrackStep *step;
  struct
  {
    guint frame;
    SiambanTrackResult *result;
  } results[N_RESULTS]; /* of a frame at its number modulo the size */

  gboolean has_target;
  guint target_frame;
  SiambanBox target;
  guint frontier;
  guint generation; /* answers of before a target or a network do not count */
  double seconds;   /* that the tracker took for n_timed frames */
  guint n_timed;

  gboolean playing;
  double speed;
  gboolean busy; /* a frame is being read or tracked */
  guint wanted;  /* the frame to show next, or NOTHING */
  gint64 asked;  /* when the last frame of a playback was asked for */
  guint timer_id;
};

enum
{
  SIGNAL_FRAME,
  SIGNAL_CHANGED,
  SIGNAL_OPENED,
  SIGNAL_LOADED,
  SIGNAL_FAILED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (SiambanTrackPlayer, siamban_track_player, G_TYPE_OBJECT)

static void ask_for (SiambanTrackPlayer *self, guint frame);
static void go_on (SiambanTrackPlayer *self);

static void
tell_change (SiambanTrackPlayer *self)
{
  g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
}

static void
fail (SiambanTrackPlayer *self, const char *what, GError *error, const char *advice)
{
  siamban_track_player_set_playing (self, FALSE);
  g_signal_emit (self, signals[SIGNAL_FAILED], 0, what, error->message, advice);
}

static void
clear_results (SiambanTrackPlayer *self)
{
  for (guint i = 0; i < N_RESULTS; i++)
    g_clear_pointer (&self->results[i].result, siamban_track_result_unref);
}

/* What was tracked is gone; the target stays. */
static void
forget (SiambanTrackPlayer *self)
{
  self->generation++;
  clear_results (self);
  self->seconds = 0;
  self->n_timed = 0;
  if (self->record == NULL)
    return;

  siamban_track_record_clear (self->record);
  if (self->has_target)
    {
      siamban_track_record_set (self->record, self->target_frame, &self->target, NAN);
      self->frontier = self->target_frame + 1;
      siamban_track_worker_set_target (self->worker, self->target_frame, &self->target);
    }
}

static void
keep (SiambanTrackPlayer *self, SiambanTrackStep *step)
{
  const guint place = step->index % N_RESULTS;

  g_clear_pointer (&self->results[place].result, siamban_track_result_unref);
  self->results[place].frame = step->index;
  self->results[place].result = siamban_track_result_ref (step->result);
  siamban_track_record_set (self->record, step->index, siamban_track_result_get_box (step->result),
                            siamban_track_result_get_score (step->result));
  self->frontier = step->index + 1;
  self->seconds += step->seconds;
  self->n_timed++;
}

static const char *
advise_weights (const GError *error)
{
  if (g_error_matches (error, SIAMBAN_ERROR, SIAMBAN_ERROR_NO_DEVICE))
    return _ ("Choose a device that is there in Configure.");

  return _ (
      "Choose another file, or in Configure open the configuration that it was trained with.");
}

static const char *
advise (const GError *error)
{
  if (g_error_matches (error, SIAMBAN_ERROR, SIAMBAN_ERROR_NOT_FINITE))
    return _ ("These weights track nothing: choose those of a later epoch, or of another run.");
  if (g_error_matches (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_BOX))
    return _ ("Draw the target again.");

  return _ ("Go to another frame, or open the frames again.");
}

typedef struct
{
  SiambanTrackPlayer *self;
  guint generation;
} Question;

static void
stepped_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autofree Question *question = user_data;
  g_autoptr (SiambanTrackPlayer) self = question->self;
  g_autoptr (GError) error = NULL;
  g_autoptr (SiambanTrackStep) step = siamban_track_worker_step_finish (result, &error);

  self->busy = FALSE;
  if (self->worker == NULL)
    return;

  if (question->generation != self->generation)
    {
      /* Another target or video has come meanwhile. */
      if (self->wanted == NOTHING && step != NULL && self->record != NULL &&
          step->index < self->record->n_frames)
        self->wanted = step->index;
    }
  else if (step == NULL)
    fail (self, _ ("The frame could not be read or tracked."), error, advise (error));
  else
    {
      if (step->result != NULL)
        keep (self, step);
      g_clear_pointer (&self->step, siamban_track_step_free);
      self->step = g_steal_pointer (&step);
      g_signal_emit (self, signals[SIGNAL_FRAME], 0);
    }
  go_on (self);
}

static void
ask_for (SiambanTrackPlayer *self, guint frame)
{
  const gboolean track = self->loaded && self->has_target && frame == self->frontier;
  Question *question = g_new0 (Question, 1);

  question->self = g_object_ref (self);
  question->generation = self->generation;
  self->busy = TRUE;
  self->wanted = NOTHING;
  self->asked = g_get_monotonic_time ();
  siamban_track_worker_step_async (self->worker, frame, track, stepped_cb, question);
}

static gboolean
next_cb (gpointer user_data)
{
  SiambanTrackPlayer *self = SIAMBAN_TRACK_PLAYER (user_data);

  self->timer_id = 0;
  if (!self->busy && self->playing)
    ask_for (self, self->step != NULL ? self->step->index + 1 : 0);

  return G_SOURCE_REMOVE;
}

static void
schedule (SiambanTrackPlayer *self)
{
  const double rate = siamban_sequence_get_frame_rate (self->sequence);
  const double pause = self->speed > 0
                           ? G_USEC_PER_SEC / (self->speed * (rate > 0 ? rate : DEFAULT_RATE))
                           : 0;
  const double rest = pause - (double) (g_get_monotonic_time () - self->asked);

  g_clear_handle_id (&self->timer_id, g_source_remove);
  self->timer_id = g_timeout_add ((guint) (MAX (rest, 0) / 1000), next_cb, self);
}

/* Nothing is going on: what comes next? */
static void
go_on (SiambanTrackPlayer *self)
{
  if (self->busy || self->sequence == NULL)
    return;

  if (self->wanted != NOTHING)
    ask_for (self, self->wanted);
  else if (self->playing && self->step != NULL &&
           self->step->index + 1 >= siamban_sequence_get_n_frames (self->sequence))
    siamban_track_player_set_playing (self, FALSE);
  else if (self->playing)
    schedule (self);
}

static void
opened_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (SiambanTrackPlayer) self = SIAMBAN_TRACK_PLAYER (user_data);
  g_autoptr (GError) error = NULL;
  g_autoptr (SiambanTrajectory) truth = NULL;
  g_autoptr (SiambanSequence) sequence = siamban_track_worker_open_finish (result, &truth, &error);

  if (self->worker == NULL || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;

  g_clear_object (&self->opening);
  if (sequence == NULL)
    {
      fail (self, _ ("The frames could not be opened."), error,
            _ ("Choose another video, or a folder of .jpg or .png files."));
      tell_change (self);
      return;
    }

  g_set_object (&self->sequence, sequence);
  g_clear_pointer (&self->record, siamban_track_record_free);
  g_clear_pointer (&self->step, siamban_track_step_free);
  self->record = siamban_track_record_new (siamban_sequence_get_n_frames (sequence));
  siamban_track_record_set_truth (self->record, truth);
  self->has_target = siamban_track_record_get_truth (self->record, 0, &self->target);
  self->target_frame = 0;
  self->frontier = 0;
  forget (self);
  g_signal_emit (self, signals[SIGNAL_OPENED], 0);
  siamban_track_player_seek (self, 0);
  tell_change (self);
}

static void
loaded_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (SiambanTrackPlayer) self = SIAMBAN_TRACK_PLAYER (user_data);
  g_autoptr (GError) error = NULL;
  g_autofree char *warning = NULL;
  const gboolean loaded = siamban_track_worker_load_finish (result, &warning, &error);

  if (self->worker == NULL || --self->n_loading > 0)
    return;

  if (loaded)
    {
      self->loaded = TRUE;
      forget (self);
      g_signal_emit (self, signals[SIGNAL_LOADED], 0, warning);
    }
  else
    fail (self, _ ("The weights could not be used."), error, advise_weights (error));
  tell_change (self);
}

static void
siamban_track_player_dispose (GObject *object)
{
  SiambanTrackPlayer *self = SIAMBAN_TRACK_PLAYER (object);

  if (self->opening != NULL)
    g_cancellable_cancel (self->opening);
  g_clear_object (&self->opening);
  g_clear_handle_id (&self->timer_id, g_source_remove);
  g_clear_object (&self->worker);
  clear_results (self);
  g_clear_pointer (&self->step, siamban_track_step_free);
  g_clear_pointer (&self->record, siamban_track_record_free);
  g_clear_object (&self->sequence);

  G_OBJECT_CLASS (siamban_track_player_parent_class)->dispose (object);
}

static void
siamban_track_player_class_init (SiambanTrackPlayerClass *klass)
{
  const GType type = G_TYPE_FROM_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = siamban_track_player_dispose;

  signals[SIGNAL_FRAME] = g_signal_new ("frame", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                        G_TYPE_NONE, 0);
  signals[SIGNAL_CHANGED] = g_signal_new ("changed", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                          G_TYPE_NONE, 0);
  signals[SIGNAL_OPENED] = g_signal_new ("opened", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                         G_TYPE_NONE, 0);
  signals[SIGNAL_LOADED] = g_signal_new ("loaded", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                         G_TYPE_NONE, 1, G_TYPE_STRING);
  signals[SIGNAL_FAILED] = g_signal_new ("failed", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                         G_TYPE_NONE, 3, G_TYPE_STRING, G_TYPE_STRING,
                                         G_TYPE_STRING);
}

static void
siamban_track_player_init (SiambanTrackPlayer *self)
{
  self->worker = siamban_track_worker_new ();
  self->wanted = NOTHING;
  self->speed = 1;
}

SiambanTrackPlayer *
siamban_track_player_new (void)
{
  return g_object_new (SIAMBAN_TYPE_TRACK_PLAYER, NULL);
}

void
siamban_track_player_open (SiambanTrackPlayer *self, GFile *file)
{
  siamban_track_player_set_playing (self, FALSE);
  if (self->opening != NULL)
    g_cancellable_cancel (self->opening);
  g_clear_object (&self->opening);
  self->opening = g_cancellable_new ();
  siamban_track_worker_open_async (self->worker, file, self->opening, opened_cb,
                                   g_object_ref (self));
  tell_change (self);
}

/* A ground truth that is being read, and of what. */
typedef struct
{
  SiambanTrackPlayer *player;
  SiambanSequence *sequence;
} Reading;

static void
free_reading (Reading *reading)
{
  g_object_unref (reading->player);
  g_object_unref (reading->sequence);
  g_free (reading);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Reading, free_reading)

/* The target of the first frame, unless somebody has shown another one. */
static void
truth_read_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Reading) reading = user_data;
  SiambanTrackPlayer *self = reading->player;
  g_autoptr (GError) error = NULL;
  g_autoptr (SiambanTrajectory) truth = siamban_track_worker_read_truth_finish (result, &error);

  /* Closed, or another clip is shown, meanwhile. */
  if (self->worker == NULL || self->record == NULL || self->sequence != reading->sequence)
    return;
  if (truth == NULL)
    {
      fail (self, _ ("The ground truth could not be read."), error,
            _ ("Choose a text file with a line for each frame: x,y,w,h or the eight numbers of a "
               "polygon."));
      return;
    }

  siamban_track_record_set_truth (self->record, truth);
  if (!self->has_target && siamban_track_record_get_truth (self->record, 0, &self->target))
    {
      self->has_target = TRUE;
      self->target_frame = 0;
      forget (self);
    }
  g_signal_emit (self, signals[SIGNAL_OPENED], 0);
  if (self->step != NULL)
    g_signal_emit (self, signals[SIGNAL_FRAME], 0);
  tell_change (self);
}

void
siamban_track_player_read_truth (SiambanTrackPlayer *self, GFile *file)
{
  Reading *reading;

  if (self->sequence == NULL)
    return;

  reading = g_new (Reading, 1);
  reading->player = g_object_ref (self);
  reading->sequence = g_object_ref (self->sequence);
  siamban_track_worker_read_truth_async (self->worker, file, truth_read_cb, reading);
}

void
siamban_track_player_load (SiambanTrackPlayer *self,
                           SiambanConfig *config,
                           const char *weights,
                           const char *device)
{
  siamban_track_player_set_playing (self, FALSE);
  self->loaded = FALSE;
  self->n_loading++;
  siamban_track_worker_load_async (self->worker, config, weights, device, NULL, loaded_cb,
                                   g_object_ref (self));
  tell_change (self);
}

void
siamban_track_player_set_target (SiambanTrackPlayer *self, const SiambanBox *box)
{
  if (self->step == NULL)
    return;

  self->has_target = TRUE;
  self->target = *box;
  self->target_frame = self->step->index;
  forget (self);
  g_signal_emit (self, signals[SIGNAL_FRAME], 0);
  tell_change (self);
}

void
siamban_track_player_seek (SiambanTrackPlayer *self, guint frame)
{
  if (self->sequence == NULL || frame >= siamban_sequence_get_n_frames (self->sequence))
    return;

  self->wanted = frame;
  g_clear_handle_id (&self->timer_id, g_source_remove);
  go_on (self);
}

void
siamban_track_player_set_playing (SiambanTrackPlayer *self, gboolean playing)
{
  if (self->playing == playing || (playing && self->sequence == NULL))
    return;

  self->playing = playing;
  g_clear_handle_id (&self->timer_id, g_source_remove);
  /* From the end, it begins again. */
  if (playing && self->step != NULL &&
      self->step->index + 1 >= siamban_sequence_get_n_frames (self->sequence))
    self->wanted = 0;
  if (playing)
    go_on (self);
  tell_change (self);
}

void
siamban_track_player_set_speed (SiambanTrackPlayer *self, double speed)
{
  self->speed = speed;
  if (self->timer_id != 0)
    schedule (self);
}

gboolean
siamban_track_player_get_playing (SiambanTrackPlayer *self)
{
  return self->playing;
}

gboolean
siamban_track_player_get_opening (SiambanTrackPlayer *self)
{
  return self->opening != NULL;
}

gboolean
siamban_track_player_get_loading (SiambanTrackPlayer *self)
{
  return self->n_loading > 0;
}

gboolean
siamban_track_player_get_loaded (SiambanTrackPlayer *self)
{
  return self->loaded;
}

gboolean
siamban_track_player_get_target (SiambanTrackPlayer *self, guint *frame, SiambanBox *box)
{
  if (frame != NULL)
    *frame = self->target_frame;
  if (box != NULL)
    *box = self->target;

  return self->has_target;
}

SiambanSequence *
siamban_track_player_get_sequence (SiambanTrackPlayer *self)
{
  return self->sequence;
}

const SiambanTrackRecord *
siamban_track_player_get_record (SiambanTrackPlayer *self)
{
  return self->record;
}

const SiambanTrackStep *
siamban_track_player_get_step (SiambanTrackPlayer *self)
{
  return self->step;
}

SiambanTrackResult *
siamban_track_player_get_result (SiambanTrackPlayer *self, guint frame)
{
  const guint place = frame % N_RESULTS;

  return self->results[place].frame == frame ? self->results[place].result : NULL;
}

guint
siamban_track_player_get_frontier (SiambanTrackPlayer *self)
{
  return self->frontier;
}

double
siamban_track_player_get_rate (SiambanTrackPlayer *self)
{
  return self->seconds > 0 ? self->n_timed / self->seconds : 0;
}

SiambanTrackWorker *
siamban_track_player_get_worker (SiambanTrackPlayer *self)
{
  return self->worker;
}
