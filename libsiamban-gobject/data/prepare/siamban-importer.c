/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-importer.h"

#include "siamban-crop-plan-private.h"
#include "siamban-error.h"

/**
 * SiambanImporter:
 *
 * Prepares raw data for training: cuts each target out of its frame and lists the boxes.
 *
 * The result is the original's layout: crops of 511 × 511 pixels with the target in the middle as
 * `FOLDER/VIDEO/FRAME.TRACK.x.jpg`, the image's mean colour outside the image, and the boxes
 * `[x1, y1, x2, y2]` of the raw frames in `FOLDER/train.json`. Each source of raw data is a
 * subclass. Frames that cannot be used are left out and reported, never an error.
 *
 * A run that was stopped goes on where it ended: crops that are whole and newer than their
 * sources are kept, unless [property@Importer:force] is set. The train.json is written last, whole
 * or not at all.
 *
 * The object belongs to one thread; the run has worker threads of its own. Source: the
 * `par_crop.py` and `gen_json.py` scripts of SiamBAN.
 *
 * Since: 0.1
 */
typedef struct
{
  char *folder;
  gboolean force;
  guint n_threads;
  gboolean running;             /* caller's thread only */
  SiambanPrepareReport *report; /* caller's thread only */
} SiambanImporterPrivate;

G_DEFINE_ABSTRACT_TYPE_WITH_PRIVATE (SiambanImporter, siamban_importer, G_TYPE_OBJECT)

enum
{
  PROP_FOLDER = 1,
  PROP_FORCE,
  PROP_N_THREADS,
  PROP_REPORT,
  N_PROPS
};

enum
{
  SIGNAL_PROGRESS,
  N_SIGNALS
};

static GParamSpec *props[N_PROPS];
static guint signals[N_SIGNALS];

/* What a run in another thread tells the caller's: always the latest state only. */
typedef struct
{
  gatomicrefcount ref_count;
  SiambanImporter *importer;
  GMainContext *context;
  GMutex mutex;
  guint n_done;     /* mutex */
  guint n_frames;   /* mutex */
  gboolean waiting; /* mutex; a source is attached and has not run yet */
} Teller;

static Teller *
teller_new (SiambanImporter *importer)
{
  Teller *self = g_new0 (Teller, 1);

  g_atomic_ref_count_init (&self->ref_count);
  g_mutex_init (&self->mutex);
  self->importer = g_object_ref (importer);
  self->context = g_main_context_ref_thread_default ();

  return self;
}

static Teller *
teller_ref (Teller *self)
{
  g_atomic_ref_count_inc (&self->ref_count);

  return self;
}

static void
teller_unref (gpointer data)
{
  Teller *self = data;

  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;

  g_object_unref (self->importer);
  g_main_context_unref (self->context);
  g_mutex_clear (&self->mutex);
  g_free (self);
}

static gboolean
emit_progress_cb (gpointer user_data)
{
  Teller *self = user_data;
  guint n_done, n_frames;

  g_mutex_lock (&self->mutex);
  n_done = self->n_done;
  n_frames = self->n_frames;
  self->waiting = FALSE;
  g_mutex_unlock (&self->mutex);

  g_signal_emit (self->importer, signals[SIGNAL_PROGRESS], 0, n_done, n_frames);

  return G_SOURCE_REMOVE;
}

static void
tell_progress_cb (guint n_done, guint n_frames, gpointer user_data)
{
  Teller *self = user_data;
  gboolean was_waiting;

  g_mutex_lock (&self->mutex);
  self->n_done = n_done;
  self->n_frames = n_frames;
  was_waiting = self->waiting;
  self->waiting = TRUE;
  g_mutex_unlock (&self->mutex);

  if (!was_waiting)
    {
      g_autoptr (GSource) source = g_idle_source_new ();

      g_source_set_priority (source, G_PRIORITY_DEFAULT);
      g_source_set_static_name (source, "[siamban] importer progress");
      g_source_set_callback (source, emit_progress_cb, teller_ref (self), teller_unref);
      g_source_attach (source, self->context);
    }
}

static void
emit_progress_now_cb (guint n_done, guint n_frames, gpointer user_data)
{
  g_signal_emit (user_data, signals[SIGNAL_PROGRESS], 0, n_done, n_frames);
}

static SiambanPrepareReport *
run_import (SiambanImporter *self,
            SiambanCropProgressFunc progress,
            gpointer progress_data,
            GCancellable *cancellable,
            GError **error)
{
  SiambanImporterPrivate *priv = siamban_importer_get_instance_private (self);
  g_autoptr (SiambanCropPlan) plan = _siamban_crop_plan_new ();

  if (g_cancellable_set_error_if_cancelled (cancellable, error) ||
      !SIAMBAN_IMPORTER_GET_CLASS (self)->collect (self, plan, cancellable, error) ||
      !_siamban_crop_plan_run (plan, priv->folder, priv->n_threads, priv->force, progress,
                               progress_data, cancellable, error))
    return NULL;

  return siamban_prepare_report_ref (plan->report);
}

/* A run that failed leaves no report: that of an earlier one would be mistaken for it. */
static gboolean
set_report (SiambanImporter *self, SiambanPrepareReport *report)
{
  SiambanImporterPrivate *priv = siamban_importer_get_instance_private (self);
  const gboolean changed = report != priv->report;

  g_clear_pointer (&priv->report, siamban_prepare_report_unref);
  priv->report = report;
  if (changed)
    g_object_notify_by_pspec (G_OBJECT (self), props[PROP_REPORT]);

  return report != NULL;
}

static gboolean
start_run (SiambanImporter *self, GError **error)
{
  SiambanImporterPrivate *priv = siamban_importer_get_instance_private (self);

  if (priv->running)
    {
      g_set_error_literal (error, SIAMBAN_ERROR, SIAMBAN_ERROR_FAILED,
                           "This import is running already");
      return FALSE;
    }

  priv->running = TRUE;

  return TRUE;
}

static void
end_run (SiambanImporter *self)
{
  SiambanImporterPrivate *priv = siamban_importer_get_instance_private (self);

  priv->running = FALSE;
}

static void
run_in_thread_cb (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  GError *error = NULL;
  SiambanPrepareReport *report = run_import (source, tell_progress_cb, task_data, cancellable,
                                             &error);

  if (report != NULL)
    g_task_return_pointer (task, report, (GDestroyNotify) siamban_prepare_report_unref);
  else
    g_task_return_error (task, error);
}

static void
siamban_importer_finalize (GObject *object)
{
  SiambanImporterPrivate *priv = siamban_importer_get_instance_private (SIAMBAN_IMPORTER (object));

  g_free (priv->folder);
  g_clear_pointer (&priv->report, siamban_prepare_report_unref);

  G_OBJECT_CLASS (siamban_importer_parent_class)->finalize (object);
}

static void
siamban_importer_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  SiambanImporterPrivate *priv = siamban_importer_get_instance_private (SIAMBAN_IMPORTER (object));

  switch (prop_id)
    {
    case PROP_FOLDER:
      g_value_set_string (value, priv->folder);
      break;
    case PROP_FORCE:
      g_value_set_boolean (value, priv->force);
      break;
    case PROP_N_THREADS:
      g_value_set_uint (value, priv->n_threads);
      break;
    case PROP_REPORT:
      g_value_set_boxed (value, priv->report);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
siamban_importer_set_property (GObject *object,
                               guint prop_id,
                               const GValue *value,
                               GParamSpec *pspec)
{
  SiambanImporter *self = SIAMBAN_IMPORTER (object);
  SiambanImporterPrivate *priv = siamban_importer_get_instance_private (self);

  switch (prop_id)
    {
    case PROP_FOLDER:
      priv->folder = g_value_dup_string (value);
      break;
    case PROP_FORCE:
      siamban_importer_set_force (self, g_value_get_boolean (value));
      break;
    case PROP_N_THREADS:
      siamban_importer_set_n_threads (self, g_value_get_uint (value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
siamban_importer_class_init (SiambanImporterClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags settable = G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS;

  object_class->finalize = siamban_importer_finalize;
  object_class->get_property = siamban_importer_get_property;
  object_class->set_property = siamban_importer_set_property;

  /**
   * SiambanImporter:folder:
   *
   * Where the crops and the train.json go; made if it is missing.
   *
   * Since: 0.1
   */
  props[PROP_FOLDER] = g_param_spec_string ("folder", NULL, NULL, ".",
                                            G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY |
                                                G_PARAM_STATIC_STRINGS);

  /**
   * SiambanImporter:force:
   *
   * Whether crops of an earlier run are made again even if they are good.
   *
   * Since: 0.1
   */
  props[PROP_FORCE] = g_param_spec_boolean ("force", NULL, NULL, FALSE, settable);

  /**
   * SiambanImporter:n-threads:
   *
   * How many frames are worked on at the same time; 0 for one on each processor.
   *
   * Since: 0.1
   */
  props[PROP_N_THREADS] = g_param_spec_uint ("n-threads", NULL, NULL, 0, 1024, 0, settable);

  /**
   * SiambanImporter:report:
   *
   * What became of the data in the last run; %NULL before its end and after a failure.
   *
   * Since: 0.1
   */
  props[PROP_REPORT] = g_param_spec_boxed ("report", NULL, NULL, SIAMBAN_TYPE_PREPARE_REPORT,
                                           G_PARAM_READABLE | G_PARAM_EXPLICIT_NOTIFY |
                                               G_PARAM_STATIC_STRINGS);

  g_object_class_install_properties (object_class, N_PROPS, props);

  /**
   * SiambanImporter::progress:
   * @self: the importer
   * @n_done: frames that are finished
   * @n_frames: all frames
   *
   * Tells how far a run is, in the thread that started it.
   *
   * A blocking run tells of every frame; an asynchronous one leaves some out when they come
   * faster than the main loop takes them.
   *
   * Since: 0.1
   */
  signals[SIGNAL_PROGRESS] = g_signal_new ("progress", SIAMBAN_TYPE_IMPORTER, G_SIGNAL_RUN_LAST, 0,
                                           NULL, NULL, NULL, G_TYPE_NONE, 2, G_TYPE_UINT,
                                           G_TYPE_UINT);
}

static void
siamban_importer_init (SiambanImporter *self)
{
}

/**
 * siamban_importer_get_folder:
 * @self: an importer
 *
 * Gets where the crops go.
 *
 * Returns: (transfer none) (type filename): the folder
 *
 * Since: 0.1
 */
const char *
siamban_importer_get_folder (SiambanImporter *self)
{
  SiambanImporterPrivate *priv = siamban_importer_get_instance_private (self);

  g_return_val_if_fail (SIAMBAN_IS_IMPORTER (self), NULL);

  return priv->folder;
}

/**
 * siamban_importer_get_force:
 * @self: an importer
 *
 * Gets whether good crops are made again.
 *
 * Returns: %TRUE if nothing of an earlier run is kept
 *
 * Since: 0.1
 */
gboolean
siamban_importer_get_force (SiambanImporter *self)
{
  SiambanImporterPrivate *priv = siamban_importer_get_instance_private (self);

  g_return_val_if_fail (SIAMBAN_IS_IMPORTER (self), FALSE);

  return priv->force;
}

/**
 * siamban_importer_set_force:
 * @self: an importer
 * @force: whether good crops are made again
 *
 * Sets whether crops of an earlier run are made again; for the next run.
 *
 * Since: 0.1
 */
void
siamban_importer_set_force (SiambanImporter *self, gboolean force)
{
  SiambanImporterPrivate *priv = siamban_importer_get_instance_private (self);

  g_return_if_fail (SIAMBAN_IS_IMPORTER (self));

  if (priv->force == !!force)
    return;

  priv->force = !!force;
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_FORCE]);
}

/**
 * siamban_importer_get_n_threads:
 * @self: an importer
 *
 * Gets how many frames are worked on at the same time.
 *
 * Returns: the number of threads, or 0 for one on each processor
 *
 * Since: 0.1
 */
guint
siamban_importer_get_n_threads (SiambanImporter *self)
{
  SiambanImporterPrivate *priv = siamban_importer_get_instance_private (self);

  g_return_val_if_fail (SIAMBAN_IS_IMPORTER (self), 0);

  return priv->n_threads;
}

/**
 * siamban_importer_set_n_threads:
 * @self: an importer
 * @n_threads: number of threads up to 1024, or 0 for one on each processor
 *
 * Sets how many frames are worked on at the same time; for the next run. The result is the same
 * with any number.
 *
 * Since: 0.1
 */
void
siamban_importer_set_n_threads (SiambanImporter *self, guint n_threads)
{
  SiambanImporterPrivate *priv = siamban_importer_get_instance_private (self);

  g_return_if_fail (SIAMBAN_IS_IMPORTER (self));
  g_return_if_fail (n_threads <= 1024);

  if (priv->n_threads == n_threads)
    return;

  priv->n_threads = n_threads;
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_N_THREADS]);
}

/**
 * siamban_importer_run:
 * @self: an importer
 * @cancellable: (nullable): stops the run between two frames
 * @error: return location for an error
 *
 * Prepares the data, and returns when it is done. [signal@Importer::progress] is emitted
 * meanwhile, in this thread.
 *
 * Errors: %SIAMBAN_ERROR_IO if a source folder cannot be read or the result cannot be written,
 * %SIAMBAN_ERROR_INVALID_DATA if there is nothing to train on, %G_IO_ERROR_CANCELLED; after that
 * the crops made so far are there, and no new train.json.
 *
 * Returns: %TRUE on success
 *
 * Since: 0.1
 */
gboolean
siamban_importer_run (SiambanImporter *self, GCancellable *cancellable, GError **error)
{
  SiambanPrepareReport *report;

  g_return_val_if_fail (SIAMBAN_IS_IMPORTER (self), FALSE);

  if (!start_run (self, error))
    return FALSE;

  report = run_import (self, emit_progress_now_cb, self, cancellable, error);
  end_run (self);

  return set_report (self, report);
}

/**
 * siamban_importer_run_async:
 * @self: an importer
 * @cancellable: (nullable): stops the run between two frames
 * @callback: (scope async): called when the run has ended
 * @user_data: for @callback
 *
 * Prepares the data in a thread of its own; else as [method@Importer.run].
 *
 * Since: 0.1
 */
void
siamban_importer_run_async (SiambanImporter *self,
                            GCancellable *cancellable,
                            GAsyncReadyCallback callback,
                            gpointer user_data)
{
  g_autoptr (GTask) task = NULL;
  GError *error = NULL;

  g_return_if_fail (SIAMBAN_IS_IMPORTER (self));

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, siamban_importer_run_async);
  /* A run that was complete when it was cancelled is still complete. */
  g_task_set_check_cancellable (task, FALSE);
  if (!start_run (self, &error))
    {
      g_task_return_error (task, error);
      return;
    }

  g_task_set_task_data (task, teller_new (self), teller_unref);
  g_task_run_in_thread (task, run_in_thread_cb);
}

/**
 * siamban_importer_run_finish:
 * @self: an importer
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Ends a run that [method@Importer.run_async] began; the errors are those of
 * [method@Importer.run].
 *
 * Returns: %TRUE on success
 *
 * Since: 0.1
 */
gboolean
siamban_importer_run_finish (SiambanImporter *self, GAsyncResult *result, GError **error)
{
  SiambanPrepareReport *report;

  g_return_val_if_fail (SIAMBAN_IS_IMPORTER (self), FALSE);
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  report = g_task_propagate_pointer (G_TASK (result), error);
  /* The task of a run that could not start has nothing to tell of; the run that keeps it from
   * starting goes on. */
  if (g_task_get_task_data (G_TASK (result)) == NULL)
    return FALSE;

  end_run (self);

  return set_report (self, report);
}

/**
 * siamban_importer_get_report:
 * @self: an importer
 *
 * Gets what became of the data in the last run.
 *
 * Returns: (transfer none) (nullable): the report, %NULL before the end of a run and after one
 *   that failed
 *
 * Since: 0.1
 */
SiambanPrepareReport *
siamban_importer_get_report (SiambanImporter *self)
{
  SiambanImporterPrivate *priv = siamban_importer_get_instance_private (self);

  g_return_val_if_fail (SIAMBAN_IS_IMPORTER (self), NULL);

  return priv->report;
}
