/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib-object.h>

#include "siamban-macros.h"

G_BEGIN_DECLS

/**
 * SiambanRunProblemKind:
 * @SIAMBAN_RUN_PROBLEM_CONFIG: `config.yaml` cannot be read: the run cannot go on
 * @SIAMBAN_RUN_PROBLEM_RECORD: `config.json` cannot be read: it only informs
 * @SIAMBAN_RUN_PROBLEM_EVENTS: `events.jsonl` has lines that tell of no iteration, or ends within a
 *   line; who goes on keeps what is before them
 * @SIAMBAN_RUN_PROBLEM_STATUS: `status.json` cannot be read: nobody knows how the run ended
 * @SIAMBAN_RUN_PROBLEM_CHECKPOINT: there is no checkpoint: who goes on begins anew
 *
 * What is damaged of a run that nobody trains.
 *
 * Since: 0.1
 */
typedef enum
{
  SIAMBAN_RUN_PROBLEM_CONFIG,
  SIAMBAN_RUN_PROBLEM_RECORD,
  SIAMBAN_RUN_PROBLEM_EVENTS,
  SIAMBAN_RUN_PROBLEM_STATUS,
  SIAMBAN_RUN_PROBLEM_CHECKPOINT,
} SiambanRunProblemKind;

#define SIAMBAN_TYPE_RUN_PROBLEM (siamban_run_problem_get_type ())

typedef struct _SiambanRunProblem SiambanRunProblem;

/**
 * SiambanRunProblem:
 * @kind: what is damaged
 * @text: names the file and says what is wrong with it
 *
 * One thing that is wrong with the files of a run.
 *
 * Since: 0.1
 */
struct _SiambanRunProblem
{
  SiambanRunProblemKind kind;
  char *text;
};

SIAMBAN_API
GType siamban_run_problem_get_type (void) G_GNUC_CONST;

SIAMBAN_API
SiambanRunProblem *
siamban_run_problem_copy (const SiambanRunProblem *self) G_GNUC_WARN_UNUSED_RESULT;

SIAMBAN_API
void siamban_run_problem_free (SiambanRunProblem *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SiambanRunProblem, siamban_run_problem_free)

G_END_DECLS
