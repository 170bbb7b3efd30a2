/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "siamban-config.h"
#include "siamban-dataset.h"

G_BEGIN_DECLS

/* Member of the configuration file of a run that tells what it was trained with. */
#define SIAMBAN_RUN_RECORD_MEMBER "RUN"

/* What `config.json` of a run tells beside the keys of its configuration, under `RUN`: the library's
 * version, the seed, the devices, the samples of an iteration, what scales the learning rates, and of each data set the size and the MD5 of its annotations and the sizes of
 * some of its crops, so
 * that a run which goes on can tell whether it still sees the same samples. */
typedef struct _SiambanRunRecord SiambanRunRecord;

/* Reads the annotations of all data sets once. @devices: (nullable): ids, ending with NULL. @n_samples: those
 * of an iteration. @lr_scale: what the learning rates are multiplied by. */
SiambanRunRecord *_siamban_run_record_new (SiambanConfig *config,
                                           const char *const *devices,
                                           guint n_replicas,
                                           guint n_samples,
                                           double lr_scale);
/* Looks at the sizes of a few crops of each data set, always the same ones. */
void _siamban_run_record_add_crops (SiambanRunRecord *self, SiambanDataset *dataset);

void _siamban_run_record_free (SiambanRunRecord *self);

/* The whole of config.json. */
char *_siamban_run_record_to_json (SiambanRunRecord *self);

/* What is different from the run in @directory and makes samples or updates others, a line each;
 * ends with NULL, and is empty if there is nothing to compare with. Keys that change nothing that is
 * computed, such as the number of workers, and folders of data that moved are passed over. */
char **_siamban_run_record_list_changes (SiambanRunRecord *self, const char *directory);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SiambanRunRecord, _siamban_run_record_free)

G_END_DECLS
