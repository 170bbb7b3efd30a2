/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "siamban-iteration.h"

/* Iterations that averages go over. */
#define SIAMBAN_TRAIN_LOG_WINDOW 100

G_BEGIN_DECLS

/* What a run tells while it trains, in the original's words: lines of text, and scalars over the
 * iterations. It also takes the times that it tells, because which moments count is part of what
 * the numbers mean.
 *
 * Source: `tools/train.py`, function `train`; `siamban/utils/log_helper.py`. */
typedef struct _SiambanTrainLog SiambanTrainLog;

/* Where it goes and what time it is. All are called from within the functions below. */
typedef struct
{
  double (*clock) (gpointer user_data); /* seconds since whenever */
  void (*message) (const char *text, const char *file, int line, gpointer user_data);
  void (*scalar) (const char *name, double value, guint64 step, gpointer user_data);
  gpointer user_data;
} SiambanTrainLogOutlets;

typedef struct
{
  guint n_epochs;
  guint n_per_epoch; /* iterations */
  guint print_freq;  /* iterations from one line to the next */
  guint n_ranks;     /* with more than one, times of communication are told, too */
} SiambanTrainLogSettings;

SiambanTrainLog *_siamban_train_log_new (const SiambanTrainLogSettings *settings,
                                         const SiambanTrainLogOutlets *outlets);
void _siamban_train_log_free (SiambanTrainLog *self);

/* A line of its own. */
void _siamban_train_log_write (SiambanTrainLog *self, const char *file, int line, const char *text);
void _siamban_train_log_printf (SiambanTrainLog *self,
                                const char *file,
                                int line,
                                const char *format,
                                ...) G_GNUC_PRINTF (4, 5);
#define _siamban_train_log_line(self, ...)                                                         \
  _siamban_train_log_printf ((self), __FILE__, __LINE__, __VA_ARGS__)

/* Epochs count from 0 here and from 1 in the text. */
void _siamban_train_log_model (SiambanTrainLog *self, const char *description);
void _siamban_train_log_backbone_starts (SiambanTrainLog *self);
void _siamban_train_log_epoch (SiambanTrainLog *self, guint epoch);
void _siamban_train_log_group_rate (SiambanTrainLog *self,
                                    guint epoch,
                                    guint group,
                                    double rate,
                                    guint64 step);

/* One iteration is: begin (once, before the first), data_ready, communication (of several replicas),
 * step_done, report, end. @step counts from the start of the training, whatever was resumed. */
void _siamban_train_log_begin (SiambanTrainLog *self);
double _siamban_train_log_data_ready (SiambanTrainLog *self);
/* For the other batches of an iteration, if it has more than one. Returns the sum. */
double _siamban_train_log_more_data (SiambanTrainLog *self, double seconds);
void _siamban_train_log_communication (SiambanTrainLog *self, double seconds, guint64 step);
double _siamban_train_log_step_done (SiambanTrainLog *self,
                                     double cls_loss,
                                     double loc_loss,
                                     double total_loss,
                                     guint64 step);
void _siamban_train_log_report (SiambanTrainLog *self,
                                guint epoch,
                                guint64 index_in_run,
                                guint64 step,
                                double rate);
void _siamban_train_log_end (SiambanTrainLog *self);

/* An iteration of an earlier run counts in the averages. */
void _siamban_train_log_recall (SiambanTrainLog *self, const SiambanIteration *iteration);

/* The total loss, over the last iterations. */
double _siamban_train_log_get_loss (SiambanTrainLog *self);

/* Seconds an iteration, over the last ones. */
double _siamban_train_log_get_speed (SiambanTrainLog *self);

char *_siamban_format_progress (gint64 index, double seconds, gint64 n);

/* How many iterations an epoch's share of the samples makes; 0 with an error if none. */
guint _siamban_count_iterations (guint64 n_samples,
                                 guint n_epochs,
                                 guint n_per_iteration,
                                 GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SiambanTrainLog, _siamban_train_log_free)

G_END_DECLS
