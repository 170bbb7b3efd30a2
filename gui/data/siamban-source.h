/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "siamban.h"

G_BEGIN_DECLS

#define SIAMBAN_TYPE_SOURCE (siamban_source_get_type ())

G_DECLARE_FINAL_TYPE (SiambanSource, siamban_source, SIAMBAN, SOURCE, GObject)

/* One data set of the experiment, `DATASET.NAME`; its annotations are read in a thread at once, and
 * `changed` is emitted then. */
SiambanSource *siamban_source_new (SiambanConfig *config, const char *name);

const char *siamban_source_get_name (SiambanSource *self);
const char *siamban_source_get_root (SiambanSource *self);

/* What was read: NULL while it is not, or if it cannot be. */
SiambanStatistics *siamban_source_get_statistics (SiambanSource *self);
/* Why it cannot be read, or NULL. */
const char *siamban_source_get_error (SiambanSource *self);

/* A key of it in @config, such as DATASET.NAME.ROOT. */
char *siamban_source_get_key (SiambanSource *self, const char *key);
/* Whether @config mixes it in. */
gboolean siamban_source_is_used (SiambanSource *self, SiambanConfig *config);
/* How many draws it gives to one pass; 0 if it is not known or not used. */
guint64 siamban_source_count_draws (SiambanSource *self, SiambanConfig *config);

G_END_DECLS
