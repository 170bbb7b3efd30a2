/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <gio/gio.h>

#include "siamban-config.h"
#include "siamban-iteration.h"
#include "siamban-run-device.h"
#include "siamban-run-problem.h"
#include "siamban-validation-result.h"

G_BEGIN_DECLS

/**
 * SiambanRunState:
 * @SIAMBAN_RUN_UNKNOWN: nobody trains there, and nothing tells how it ended: an older run, or one
 *   that another program wrote
 * @SIAMBAN_RUN_STARTING: launched by this process, and not at work yet
 * @SIAMBAN_RUN_RUNNING: at work
 * @SIAMBAN_RUN_PAUSED: waits
 * @SIAMBAN_RUN_STOPPED: ended before its time because it was asked to; it can go on
 * @SIAMBAN_RUN_FINISHED: trained to its end
 * @SIAMBAN_RUN_FAILED: ended with an error, see [property@Run:reason]
 * @SIAMBAN_RUN_INTERRUPTED: ended without a word: killed, or the machine went down; it can go on
 *
 * What becomes of a [class@Run].
 *
 * Since: 0.1
 */
typedef enum
{
  SIAMBAN_RUN_UNKNOWN,
  SIAMBAN_RUN_STARTING,
  SIAMBAN_RUN_RUNNING,
  SIAMBAN_RUN_PAUSED,
  SIAMBAN_RUN_STOPPED,
  SIAMBAN_RUN_FINISHED,
  SIAMBAN_RUN_FAILED,
  SIAMBAN_RUN_INTERRUPTED,
} SiambanRunState;

/**
 * SiambanRunRequest:
 * @SIAMBAN_RUN_REQUEST_PAUSE: wait after the current iteration
 * @SIAMBAN_RUN_REQUEST_RESUME: go on
 * @SIAMBAN_RUN_REQUEST_STOP: end after the current iteration, with a checkpoint
 * @SIAMBAN_RUN_REQUEST_STOP_AFTER_EPOCH: end after the current epoch and its checkpoint
 * @SIAMBAN_RUN_REQUEST_SNAPSHOT: write a checkpoint after the current iteration
 *
 * What a training can be asked for by [method@Run.ask_async].
 *
 * Since: 0.1
 */
typedef enum
{
  SIAMBAN_RUN_REQUEST_PAUSE,
  SIAMBAN_RUN_REQUEST_RESUME,
  SIAMBAN_RUN_REQUEST_STOP,
  SIAMBAN_RUN_REQUEST_STOP_AFTER_EPOCH,
  SIAMBAN_RUN_REQUEST_SNAPSHOT,
} SiambanRunRequest;

#define SIAMBAN_TYPE_RUN (siamban_run_get_type ())

SIAMBAN_API
G_DECLARE_FINAL_TYPE (SiambanRun, siamban_run, SIAMBAN, RUN, GObject)

SIAMBAN_API
SiambanRun *siamban_run_new (const char *directory, GError **error) G_GNUC_WARN_UNUSED_RESULT;

SIAMBAN_API
SiambanRun *siamban_run_launch (const char *directory,
                                SiambanConfig *config,
                                const char *const *command,
                                const char *const *options,
                                GError **error) G_GNUC_WARN_UNUSED_RESULT;

SIAMBAN_API
gboolean siamban_run_is_run (const char *directory);

SIAMBAN_API
const char *siamban_run_get_directory (SiambanRun *self);

SIAMBAN_API
SiambanConfig *siamban_run_load_config (SiambanRun *self, GError **error) G_GNUC_WARN_UNUSED_RESULT;

SIAMBAN_API
SiambanRunState siamban_run_get_state (SiambanRun *self);

SIAMBAN_API
const char *siamban_run_get_reason (SiambanRun *self);

SIAMBAN_API
double siamban_run_get_progress (SiambanRun *self);

SIAMBAN_API
double siamban_run_get_eta (SiambanRun *self);

SIAMBAN_API
guint siamban_run_get_n_iterations (SiambanRun *self);

SIAMBAN_API
const SiambanIteration *siamban_run_get_iteration (SiambanRun *self, guint index);

SIAMBAN_API
GBytes *siamban_run_get_series (SiambanRun *self,
                                const char *name,
                                GError **error) G_GNUC_WARN_UNUSED_RESULT;

SIAMBAN_API
guint siamban_run_get_n_validations (SiambanRun *self);

SIAMBAN_API
const SiambanValidationResult *siamban_run_get_validation (SiambanRun *self, guint index);

SIAMBAN_API
const SiambanValidationResult *siamban_run_get_best_validation (SiambanRun *self);

SIAMBAN_API
GListModel *siamban_run_get_snapshots (SiambanRun *self);

SIAMBAN_API
GListModel *siamban_run_get_devices (SiambanRun *self);

SIAMBAN_API
GPtrArray *siamban_run_get_problems (SiambanRun *self);

SIAMBAN_API
void siamban_run_refresh (SiambanRun *self);

SIAMBAN_API
gboolean siamban_run_pause (SiambanRun *self, GError **error);

SIAMBAN_API
gboolean siamban_run_resume (SiambanRun *self, GError **error);

SIAMBAN_API
gboolean siamban_run_stop (SiambanRun *self, GError **error);

SIAMBAN_API
gboolean siamban_run_stop_after_epoch (SiambanRun *self, GError **error);

SIAMBAN_API
gboolean siamban_run_save_snapshot (SiambanRun *self, GError **error);

SIAMBAN_API
void siamban_run_open_async (const char *directory,
                             GCancellable *cancellable,
                             GAsyncReadyCallback callback,
                             gpointer user_data);

SIAMBAN_API
SiambanRun *siamban_run_open_finish (GAsyncResult *result,
                                     GError **error) G_GNUC_WARN_UNUSED_RESULT;

SIAMBAN_API
void siamban_run_launch_async (const char *directory,
                               SiambanConfig *config,
                               const char *const *command,
                               const char *const *options,
                               GCancellable *cancellable,
                               GAsyncReadyCallback callback,
                               gpointer user_data);

SIAMBAN_API
SiambanRun *siamban_run_launch_finish (GAsyncResult *result,
                                       GError **error) G_GNUC_WARN_UNUSED_RESULT;

SIAMBAN_API
void siamban_run_ask_async (SiambanRun *self,
                            SiambanRunRequest request,
                            GCancellable *cancellable,
                            GAsyncReadyCallback callback,
                            gpointer user_data);

SIAMBAN_API
gboolean siamban_run_ask_finish (SiambanRun *self, GAsyncResult *result, GError **error);

G_END_DECLS
