/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "siamban-file-tail-private.h"
#include "siamban-run.h"

G_BEGIN_DECLS

struct _SiambanRun
{
  GObject parent_instance;

  char *directory;
  SiambanRunState state;
  char *reason;

  SiambanFileTail events;
  SiambanFileTail log;
  GArray *iterations;    /* SiambanIteration */
  GArray *validations;   /* SiambanValidationResult */
  GListStore *snapshots; /* GFile, oldest first */
  GListStore *devices;   /* SiambanRunDevice */
  gint64 devices_time;   /* of the last change of their file, in nanoseconds */

  guint n_lines; /* of the events that were read, those that are no iteration among them */
  guint n_bad_lines;
  guint first_bad_line; /* from 1 */
  GPtrArray *problems;  /* SiambanRunProblem, as they were when the run was opened */

  GSubprocess *process; /* NULL unless launched here */
  gboolean was_alive;   /* the process was seen at work */
  GSource *poll;
};

/* Of any folder, whatever is in it, with its history read. @process: (transfer full) (nullable): what
 * was launched there. It is followed from _siamban_run_follow() on, by the thread that calls that. */
SiambanRun *_siamban_run_new_unchecked (const char *directory, GSubprocess *process);
void _siamban_run_follow (SiambanRun *self);

/* As siamban_run_new() and siamban_run_launch(), but nobody follows the run yet. */
SiambanRun *_siamban_run_read (const char *directory, GError **error);
SiambanRun *_siamban_run_start (const char *directory,
                                SiambanConfig *config,
                                const char *const *command,
                                const char *const *options,
                                GError **error);

/* Tell those who listen. */
void _siamban_run_set_state (SiambanRun *self, SiambanRunState state, const char *reason);
void _siamban_run_emit_iteration (SiambanRun *self, const SiambanIteration *iteration);
void _siamban_run_emit_validation (SiambanRun *self, const SiambanValidationResult *result);
void _siamban_run_emit_message (SiambanRun *self, const char *text);
void _siamban_run_emit_checkpoint (SiambanRun *self, const char *path);
void _siamban_run_emit_rewound (SiambanRun *self);

/* All that is there, but the log: its lines come out by siamban_run_refresh(). */
void _siamban_run_read_history (SiambanRun *self);

/* What is wrong with the files, from the history that was read and the files themselves. */
void _siamban_run_find_problems (SiambanRun *self);

/* Why a launched process ended, as far as it told: the last line of its output. */
char *_siamban_run_read_last_words (SiambanRun *self);

G_END_DECLS
