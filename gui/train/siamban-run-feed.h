/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "siamban-plot.h"
#include "siamban.h"

G_BEGIN_DECLS

/* Fills series of plots with what the iterations and validations of one run tell, those of the past in
 * small parts so that the window never waits, and goes on as they come. */
typedef struct _SiambanRunFeed SiambanRunFeed;

/* One number of an iteration; NAN for none. */
typedef double (*SiambanRunValue) (const SiambanIteration *iteration);

SiambanRunFeed *siamban_run_feed_new (SiambanRun *run);
void siamban_run_feed_free (SiambanRunFeed *self);

/* The series is emptied, and the feed's from now on. @plot must outlive the feed. */
void
siamban_run_feed_add (SiambanRunFeed *self, SiambanPlot *plot, guint series, SiambanRunValue value);

/* The same, with what validations came to. */
void siamban_run_feed_add_validations (SiambanRunFeed *self, SiambanPlot *plot, guint series);
gboolean siamban_run_feed_has_validations (SiambanRunFeed *self);

/* Tells of each epoch but the first where it begins, in their order; after the run was rewound from
 * the beginning. */
typedef void (*SiambanRunEpochFunc) (guint epoch, double first_iteration, gpointer user_data);
void
siamban_run_feed_mark_epochs (SiambanRunFeed *self, SiambanRunEpochFunc func, gpointer user_data);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SiambanRunFeed, siamban_run_feed_free)

G_END_DECLS
