/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-replicas-private.h"

#include "siamban-communicator-private.h"
#include "siamban-error.h"

/* One that is not rank 0. */
typedef struct
{
  SiambanConfig *config;
  SiambanDevice *device;
  SiambanCommunicator *communicator;
  const SiambanTrainingOptions *options;
  GAsyncQueue *warnings; /* of all ranks of this process, for rank 0 to tell */
  GThread *thread;
} Replica;

/* What goes wrong on a replica is told by rank 0, in its own thread and in its log. */
static void
report_cb (SiambanReport *report, gpointer user_data)
{
  Replica *self = user_data;
  g_autoptr (SiambanReport) owned = report;

  if (report->kind == SIAMBAN_REPORT_SAMPLE_SKIPPED)
    g_async_queue_push (self->warnings,
                        g_strdup_printf ("rank %u: %s",
                                         siamban_communicator_get_rank (self->communicator),
                                         report->text));
}

/* Rank 0 asks for all. */
static SiambanWish
ask_cb (gboolean epoch_ended, GCancellable *cancellable, gpointer user_data)
{
  return SIAMBAN_WISH_GO_ON;
}

static gpointer
replica_thread (gpointer data)
{
  Replica *self = data;
  const SiambanTrainingHooks hooks = { .report = report_cb, .ask = ask_cb, .user_data = self };
  g_autoptr (GError) error = NULL;
  g_autoptr (SiambanModel) model = siamban_model_new (self->config, &error);
  g_autoptr (SiambanTraining) training = NULL;

  if (model == NULL)
    {
      _siamban_communicator_leave (self->communicator, error->message);
      return NULL;
    }

  /* A failure reaches rank 0 through the communicator. */
  training = _siamban_training_new (self->config, self->device, model, &hooks);
  _siamban_training_set_communicator (training, self->communicator, self->warnings);
  _siamban_training_set_options (training, self->options);
  (void) _siamban_training_run (training, NULL, NULL, NULL);

  return NULL;
}

static void
replica_join (Replica *self)
{
  if (self->thread != NULL)
    g_thread_join (self->thread);
  g_object_unref (self->config);
  g_object_unref (self->device);
  g_free (self);
}

static Replica *
replica_start (SiambanConfig *config,
               SiambanDevice *device,
               SiambanCommunicator *communicator,
               const SiambanTrainingOptions *options,
               GAsyncQueue *warnings)
{
  Replica *self = g_new0 (Replica, 1);
  g_autoptr (GError) error = NULL;

  self->config = siamban_config_copy (config);
  self->device = g_object_ref (device);
  self->communicator = communicator;
  self->options = options;
  self->warnings = warnings;
  self->thread = g_thread_try_new ("siamban-replica", replica_thread, self, &error);
  if (self->thread == NULL)
    _siamban_communicator_leave (communicator, error->message);

  return self;
}

GListModel *
_siamban_replicas_list_devices (GListModel *devices, SiambanCommunicator *processes)
{
  const guint n = g_list_model_get_n_items (devices);
  g_autoptr (GListStore) own = NULL;
  g_autoptr (SiambanDevice) device = NULL;

  if (processes == NULL)
    return g_object_ref (devices);

  own = g_list_store_new (SIAMBAN_TYPE_DEVICE);
  device = g_list_model_get_item (devices, n > 1 ? processes->local_rank : 0);
  if (device != NULL && (n == 1 || n >= processes->n_local_ranks))
    g_list_store_append (own, device);

  return G_LIST_MODEL (g_steal_pointer (&own));
}

/* The device of a process that is one of several. A processor is shared with those next to it. */
static SiambanDevice *
take_device (GListModel *devices, SiambanCommunicator *processes, GError **error)
{
  const guint n = g_list_model_get_n_items (devices), n_local = processes->n_local_ranks;
  g_autoptr (GListModel) own = _siamban_replicas_list_devices (devices, processes);
  SiambanDevice *device = g_list_model_get_item (own, 0);

  if (device == NULL)
    {
      g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_UNSUPPORTED,
                   "Each of the %u processes of this machine trains on a device of its own, and "
                   "%u are named: name as many, or one that all use",
                   n_local, n);
      return NULL;
    }

  if (n == 1 && n_local > 1 && siamban_device_get_n_threads (device) == 0)
    siamban_device_set_n_threads (device, MAX (1, g_get_num_processors () / n_local));

  return device;
}

static gboolean
run_process (SiambanConfig *config,
             GListModel *devices,
             SiambanCommunicator *processes,
             SiambanModel *model,
             const SiambanTrainingHooks *hooks,
             const SiambanTrainingOptions *options,
             const char *run_directory,
             GCancellable *cancellable,
             GError **error)
{
  g_autoptr (GError) failure = NULL;
  g_autoptr (SiambanDevice) device = take_device (devices, processes, &failure);
  g_autoptr (GAsyncQueue) warnings = g_async_queue_new_full (g_free);
  g_autoptr (SiambanTraining) training = NULL;

  if (device == NULL)
    {
      _siamban_communicator_leave (processes, failure->message);
      g_propagate_error (error, g_steal_pointer (&failure));
      return FALSE;
    }

  training = _siamban_training_new (config, device, model, hooks);
  _siamban_training_set_communicator (training, processes, warnings);
  _siamban_training_set_options (training, options);

  return _siamban_training_run (training, run_directory, cancellable, error);
}

gboolean
_siamban_replicas_run (SiambanConfig *config,
                       GListModel *devices,
                       SiambanCommunicator *processes,
                       SiambanModel *model,
                       const SiambanTrainingHooks *hooks,
                       const SiambanTrainingOptions *options,
                       const char *run_directory,
                       GCancellable *cancellable,
                       GError **error)
{
  const guint n = g_list_model_get_n_items (devices);
  g_autoptr (SiambanDevice) device = g_list_model_get_item (devices, 0);
  g_autoptr (GAsyncQueue) warnings = g_async_queue_new_full (g_free);
  g_autoptr (GPtrArray) communicators = _siamban_thread_communicators_new (n);
  g_autoptr (GPtrArray) replicas = g_ptr_array_new_with_free_func ((GDestroyNotify) replica_join);
  g_autoptr (SiambanTraining) training = NULL;

  if (processes != NULL)
    return run_process (config, devices, processes, model, hooks, options, run_directory,
                        cancellable, error);

  training = _siamban_training_new (config, device, model, hooks);
  for (guint rank = 1; rank < n; rank++)
    {
      g_autoptr (SiambanDevice) other = g_list_model_get_item (devices, rank);

      g_ptr_array_add (
          replicas, replica_start (config, other, communicators->pdata[rank], options, warnings));
    }

  _siamban_training_set_communicator (training, communicators->pdata[0], warnings);
  _siamban_training_set_options (training, options);

  return _siamban_training_run (training, run_directory, cancellable, error);
}

/* A process has nobody to tell it to but its own terminal. */
static void
tell_cb (SiambanReport *report, gpointer user_data)
{
  g_autoptr (SiambanReport) owned = report;

  if (report->kind == SIAMBAN_REPORT_SAMPLE_SKIPPED)
    g_message ("rank %u: skipped %s", siamban_communicator_get_rank (user_data), report->text);
}

gboolean
_siamban_replicas_follow (SiambanConfig *config,
                          GListModel *devices,
                          SiambanCommunicator *processes,
                          SiambanModel *model,
                          const SiambanTrainingOptions *options,
                          GError **error)
{
  const SiambanTrainingHooks hooks = { .report = tell_cb, .ask = ask_cb, .user_data = processes };

  return run_process (config, devices, processes, model, &hooks, options, NULL, NULL, error);
}
