/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "siamban-device.h"
#include "siamban-iteration.h"
#include "siamban-model.h"
#include "siamban-validation-result.h"

G_BEGIN_DECLS

/* What a training tells, and asks, whoever runs it. */

typedef enum
{
  SIAMBAN_REPORT_MESSAGE,        /* text */
  SIAMBAN_REPORT_EPOCH_STARTED,  /* epoch, from 1 */
  SIAMBAN_REPORT_EPOCH_FINISHED, /* epoch, from 1 */
  SIAMBAN_REPORT_ITERATION,      /* iteration */
  SIAMBAN_REPORT_CHECKPOINT,     /* text: its path */
  SIAMBAN_REPORT_SAMPLE_SKIPPED, /* text: path and reason */
  SIAMBAN_REPORT_UPDATE_SKIPPED, /* iteration, samples */
  SIAMBAN_REPORT_VALIDATION,     /* validation */
  SIAMBAN_REPORT_STUCK,          /* text: why; the run is to wait */
  SIAMBAN_REPORT_PAUSE_CHANGED,  /* the run waits, or no longer does */
} SiambanReportKind;

/* What a training says of itself. Owned by whoever received it. */
typedef struct
{
  SiambanReportKind kind;
  guint epoch;
  SiambanIteration iteration;
  SiambanValidationResult validation;
  char *text;
  GVariant *samples; /* at: indices of the samples of a batch */
} SiambanReport;

void _siamban_report_free (SiambanReport *self);

typedef enum
{
  SIAMBAN_WISH_GO_ON,
  SIAMBAN_WISH_WAIT,     /* wait, then ask again */
  SIAMBAN_WISH_SNAPSHOT, /* write a checkpoint, then ask again */
  SIAMBAN_WISH_STOP,
} SiambanWish;

typedef struct
{
  void (*report) (SiambanReport *report, gpointer user_data); /* takes the report */

  /* Called between iterations: what to do next. */
  SiambanWish (*ask) (gboolean epoch_ended, GCancellable *cancellable, gpointer user_data);

  /* Called after a wish to wait, with all that is known in the files. NULL if there is no such wish. */
  void (*wait) (gpointer user_data);

  /* NULL, or judges the network after each @evaluate_epochs epochs. */
  gboolean (*evaluate) (SiambanModel *model,
                        SiambanDevice *device,
                        GCancellable *cancellable,
                        double *measure,
                        gpointer user_data,
                        GError **error);
  guint evaluate_epochs;

  gpointer user_data;
} SiambanTrainingHooks;

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SiambanReport, _siamban_report_free)

G_END_DECLS
