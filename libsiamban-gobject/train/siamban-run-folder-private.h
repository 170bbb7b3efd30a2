/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "siamban-config.h"
#include "siamban-iteration.h"
#include "siamban-run-record-private.h"
#include "siamban-train-log-private.h"
#include "siamban-validation-result.h"

G_BEGIN_DECLS

/* The folder of a run and the files in it:
 *
 *   config.yaml, config.json   what is run
 *   logs.txt                   the log, in the original's format
 *   events.jsonl               one JSON object an iteration or validation
 *   tb/                        the scalars for TensorBoard
 *   snapshot/                  checkpoints: checkpoint_eN.pth after epoch N, checkpoint_iN.pth
 *                              where a run stopped, after iteration N
 *
 * A log that cannot be written is no reason to lose a training: the first failure is told by
 * _siamban_run_folder_take_error(), and that file is left alone from then on. */
typedef struct _SiambanRunFolder SiambanRunFolder;

/* Makes the folder and its files, or goes on with those that are there. Where @config names other
 * places by TRAIN.LOG_DIR and TRAIN.SNAPSHOT_DIR than its defaults, a new folder gets links to them. */
SiambanRunFolder *
_siamban_run_folder_open (const char *path, SiambanConfig *config, GError **error);
void _siamban_run_folder_free (SiambanRunFolder *self);

gboolean _siamban_run_folder_write_config (SiambanRunFolder *self,
                                           SiambanConfig *config,
                                           SiambanRunRecord *record,
                                           GError **error);

/* Forgets the iterations after the first @n_kept, and the validations of them: they will be run
 * anew. */
gboolean _siamban_run_folder_rewind (SiambanRunFolder *self, guint64 n_kept, GError **error);

/* Fills the averages of @log with the last iterations, so that they go on where they were. */
void _siamban_run_folder_recall (SiambanRunFolder *self, SiambanTrainLog *log);

/* What a validation after @iteration came to; FALSE if there was none. */
gboolean _siamban_run_folder_find_validation (SiambanRunFolder *self,
                                              guint64 iteration,
                                              SiambanValidationResult *result);

void _siamban_run_folder_log (SiambanRunFolder *self, const char *file, int line, const char *text);
void _siamban_run_folder_add_iteration (SiambanRunFolder *self, const SiambanIteration *iteration);
void _siamban_run_folder_add_validation (SiambanRunFolder *self,
                                         const SiambanValidationResult *result);
void _siamban_run_folder_add_scalar (SiambanRunFolder *self,
                                     const char *name,
                                     double value,
                                     guint64 step);
void _siamban_run_folder_add_image (SiambanRunFolder *self,
                                    const char *name,
                                    GBytes *png,
                                    guint width,
                                    guint height,
                                    guint64 step);
void _siamban_run_folder_flush (SiambanRunFolder *self);
char *_siamban_run_folder_take_error (SiambanRunFolder *self);

char *_siamban_run_folder_get_snapshot_path (SiambanRunFolder *self, const char *name);

/* The beginning of a line of logs.txt, as the original's formatter writes it. */
char *_siamban_format_log_prefix (GDateTime *time, guint rank, const char *file, int line);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SiambanRunFolder, _siamban_run_folder_free)

G_END_DECLS
