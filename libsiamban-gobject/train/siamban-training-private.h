/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "siamban-checkpoint.h"
#include "siamban-communicator.h"
#include "siamban-dataset.h"
#include "siamban-device.h"
#include "siamban-iteration.h"
#include "siamban-link-private.h"
#include "siamban-loader.h"
#include "siamban-model.h"
#include "siamban-optimizer.h"
#include "siamban-run-folder-private.h"
#include "siamban-run-record-private.h"
#include "siamban-stage-list-private.h"
#include "siamban-train-log-private.h"
#include "siamban-training-hooks-private.h"

G_BEGIN_DECLS

/* What a training is told beside its configuration. */
typedef struct
{
  gboolean preflight;          /* plan all phases before anything is trained */
  gboolean dry_steps;          /* and take a step of each, even on the processor */
  gboolean pause_after_skips;  /* instead of an end */
  gboolean accept_changes;     /* a run goes on even if its configuration or its data changed */
  SiambanLrSchedule *schedule; /* instead of the configuration's; borrowed; NULL for that one */
  SiambanStageList *stages;    /* for the data set; borrowed; NULL for none */
  char **devices; /* ids, for the record; borrowed; NULL if there are none to tell of */
} SiambanTrainingOptions;

/* One training from its configuration to its end, in the thread that calls run; of several replicas,
 * the training of one. */
typedef struct
{
  SiambanConfig *config;
  SiambanDevice *device;
  SiambanModel *model;
  SiambanTrainingHooks hooks;
  SiambanTrainingOptions options;

  SiambanCommunicator *communicator;
  guint rank;
  guint n_ranks;
  GObject
      *connection; /* of the device with those of other ranks; NULL: sums are made on the host */
  GAsyncQueue *warnings; /* texts of other ranks of this process, for the first of them to tell */

  SiambanRunFolder *folder; /* NULL but on rank 0, as the next */
  SiambanRunRecord *record;
  SiambanTrainLog *log;
  SiambanDataset *dataset;
  SiambanLoader *loader;
  SiambanOptimizer *optimizer;   /* of the current phase */
  SiambanProgram *program;       /* of the current phase */
  SiambanBatch *next_batch;      /* already written into the program's inputs, or NULL */
  SiambanCheckpoint *checkpoint; /* what is resumed from, until the first iteration */

  guint batch_size;
  guint n_batches; /* an iteration of this rank */
  double lr_scale; /* what the learning rates are multiplied by */
  guint n_epochs;
  guint n_per_epoch;
  guint64 first_iteration; /* where this run began */
  guint64 iteration;       /* how many are done */
  guint64 n_iterations;
  guint n_skipped_in_a_row;   /* updates */
  float *statistics;          /* the buffers of all batch norms before the current step */
  const char *bad_statistics; /* the first of them that the step made not finite */
  gboolean was_bad;           /* the loss of this rank in the last iteration */
  gboolean is_stuck;          /* since it skipped too many, there was no update */
  gboolean stopped;
} SiambanTraining;

SiambanTraining *_siamban_training_new (SiambanConfig *config,
                                        SiambanDevice *device,
                                        SiambanModel *model,
                                        const SiambanTrainingHooks *hooks);
void _siamban_training_free (SiambanTraining *self);

/* Makes it one of several; without, it is alone. */
void _siamban_training_set_communicator (SiambanTraining *self,
                                         SiambanCommunicator *communicator,
                                         GAsyncQueue *warnings);

void _siamban_training_set_options (SiambanTraining *self, const SiambanTrainingOptions *options);

/* @run_directory is not looked at but on rank 0. */
gboolean _siamban_training_run (SiambanTraining *self,
                                const char *run_directory,
                                GCancellable *cancellable,
                                GError **error);

/* Parts of it. */
void
_siamban_training_report_text (SiambanTraining *self, SiambanReportKind kind, const char *text);
/* How many samples an iteration takes, on all ranks together. */
guint _siamban_training_count_samples (const SiambanTraining *self);

/* What the learning rates are multiplied by with that many samples an iteration, by TRAIN.SCALE_LR if
 * @wanted. Gradients that are summed over ranks scale the step with these already. */
double
_siamban_training_find_scale (const SiambanTraining *self, guint64 n_samples, gboolean wanted);

/* At the start: what the samples of an iteration do to the learning rates. */
void _siamban_training_tell_rates (SiambanTraining *self);

/* A program for the model's phase, of one batch; @n_batches: how many of them make an update. */
SiambanProgram *_siamban_training_compile (SiambanModel *model,
                                           SiambanDevice *device,
                                           guint batch_size,
                                           guint n_batches,
                                           GError **error);

gboolean
_siamban_training_iterate (SiambanTraining *self, GCancellable *cancellable, GError **error);

/* Plans this phase and those to come, so that what does not fit is told at once, and takes a dry step
 * of each where that is quick or wanted. Changes nothing. */
gboolean _siamban_training_preflight (SiambanTraining *self, GError **error);

/* What the first iteration took, beside what was planned. */
void _siamban_training_tell_first_step (SiambanTraining *self, double seconds);

/* The memory of a step of the model's phase, the weights included, in bytes; 0 on failure. */
guint64 _siamban_training_plan_step (SiambanModel *model,
                                     SiambanDevice *device,
                                     guint batch_size,
                                     guint n_batches,
                                     GError **error);

gboolean
_siamban_training_write_inputs (SiambanProgram *program, SiambanBatch *batch, GError **error);

/* The first of the weights and statistics that is not finite, in the network's order; NULL if all are
 * sound. */
const char *_siamban_training_find_bad_weight (SiambanModel *model);

/* Where numbers that are not finite came from, in words: weights, gradients (if there are any of this
 * batch) and all values of a forward pass. */
char *
_siamban_training_diagnose (SiambanTraining *self, SiambanBatch *batch, gboolean has_gradients);

/* The first samples of a batch with their boxes, for TensorBoard, as many as TRAIN.LOG_IMAGES says. */
void _siamban_training_log_samples (SiambanTraining *self, SiambanBatch *batch);
void _siamban_training_log_gradients (SiambanTraining *self, guint64 step);

/* Judges the network after an epoch if it is the time, and decides what to keep of the checkpoints now
 * that there is one more, @path. On rank 0 only, as the next. */
gboolean _siamban_training_validate (SiambanTraining *self,
                                     guint epoch,
                                     const char *path,
                                     GCancellable *cancellable,
                                     GError **error);

/* The same for the epoch that the run goes on after, if it was killed between the checkpoint and the
 * end of its validation. */
gboolean
_siamban_training_catch_up (SiambanTraining *self, GCancellable *cancellable, GError **error);

/* What devices connect by. */
SiambanPeers _siamban_training_make_peers (SiambanCommunicator *communicator);

/* What all ranks do together. Nothing when there is one. */
gboolean _siamban_training_connect (SiambanTraining *self, GError **error);
gboolean _siamban_training_join (SiambanTraining *self, GError **error);
gboolean _siamban_training_share_start (SiambanTraining *self, GError **error);
gboolean _siamban_training_share_buffers (SiambanTraining *self, GError **error);
gboolean _siamban_training_reduce_losses (SiambanTraining *self,
                                          SiambanIteration *iteration,
                                          GError **error);
gboolean _siamban_training_reduce_gradients (SiambanTraining *self, GError **error);

/* Seconds that this rank waited for the others since the last call. */
double _siamban_training_take_communication_time (SiambanTraining *self);

/* What the first of the ranks with @bad says, or else rank 0. @describe: what this one would say, called on
 * that rank alone. NULL on failure. */
typedef char *(*SiambanDescribeFunc) (SiambanTraining *self, gpointer user_data);
char *_siamban_training_ask_rank (SiambanTraining *self,
                                  gboolean bad,
                                  SiambanDescribeFunc describe,
                                  gpointer user_data,
                                  GError **error);

/* @go_on becomes FALSE on all ranks if it is on one. */
gboolean _siamban_training_agree (SiambanTraining *self, gboolean *go_on, GError **error);

/* Loads what the configuration says the weights start from, and where in the training that is. */
gboolean _siamban_training_restore_weights (SiambanTraining *self, GError **error);
gboolean _siamban_training_restore_momentum (SiambanTraining *self, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SiambanTraining, _siamban_training_free)

G_END_DECLS
