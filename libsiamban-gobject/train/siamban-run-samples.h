/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "siamban-run.h"

G_BEGIN_DECLS

#define SIAMBAN_TYPE_SAMPLE_RANGE (siamban_sample_range_get_type ())

typedef struct _SiambanSampleRange SiambanSampleRange;

/**
 * SiambanSampleRange:
 * @first: index of the first sample
 * @n_samples: how many there are, one after the other
 *
 * Some samples of a run, for [method@Dataset.get_sample].
 *
 * A plain value: copy it with `=`.
 *
 * Since: 0.1
 */
struct _SiambanSampleRange
{
  guint64 first;
  guint n_samples;
};

SIAMBAN_API
GType siamban_sample_range_get_type (void) G_GNUC_CONST;

SIAMBAN_API
SiambanSampleRange *
siamban_sample_range_copy (const SiambanSampleRange *self) G_GNUC_WARN_UNUSED_RESULT;

SIAMBAN_API
void siamban_sample_range_free (SiambanSampleRange *self);

SIAMBAN_API
SiambanSampleRange *siamban_run_find_samples (SiambanRun *self,
                                              guint64 iteration,
                                              GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SiambanSampleRange, siamban_sample_range_free)

G_END_DECLS
