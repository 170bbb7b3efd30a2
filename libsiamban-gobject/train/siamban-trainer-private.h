/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "siamban-run-status-private.h"
#include "siamban-trainer.h"
#include "siamban-training-private.h"

G_BEGIN_DECLS

/* As of TRAIN.ACCUMULATE. */
#define MAX_ACCUMULATE 4096

struct _SiambanTrainer
{
  GObject parent_instance;

  SiambanConfig *config;
  SiambanDevice *device; /* the first of @devices */
  GListModel *devices;
  SiambanModel *model;
  char *run_directory;
  SiambanEvaluateFunc evaluate; /* NULL for none */
  gpointer evaluate_data;
  GDestroyNotify evaluate_destroy;
  guint evaluate_epochs;       /* from one to the next */
  SiambanLrSchedule *schedule; /* NULL for the configuration's */
  SiambanStageList *stages;    /* NULL for none */
  gboolean preflight;
  gboolean dry_steps;
  gboolean accept_changes;
  gboolean pause_after_skips;

  /* Any thread, under the lock. */
  GMutex lock;
  GCond changed;
  gboolean stop_requested;
  gboolean stop_after_epoch_requested;
  gboolean snapshot_requested;
  gboolean pause_requested;
  gboolean was_stopped;

  /* The thread that trains only. */
  SiambanRunStatus *status;
  gboolean waits;
  char *stuck_because; /* NULL unless it waits because it skipped too many updates */
  gboolean began;      /* the run came to its first iteration */

  GAsyncQueue *reports;  /* any thread: the worker pushes, the starter's context pops */
  GMainContext *context; /* NULL: the run is in the starter's thread */

  /* The starter's thread only. */
  SiambanTrainerState state;
  double progress;
  double eta;
  char *diagnosis; /* the same as told */
  guint64 n_skipped_samples;
  guint64 n_skipped_updates;
};

/* Tell those who listen; in the starter's thread only. */
void _siamban_trainer_set_state (SiambanTrainer *self, SiambanTrainerState state);
/* Before a run in this thread: whether what a script added can be called while it is busy. */
gboolean _siamban_trainer_check_threads (SiambanTrainer *self, GError **error);

void _siamban_trainer_update_paused (SiambanTrainer *self);
void _siamban_trainer_deliver (SiambanTrainer *self, SiambanReport *report);

G_END_DECLS
