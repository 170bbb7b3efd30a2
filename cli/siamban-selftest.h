/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "siamban-cli.h"

G_BEGIN_DECLS

typedef enum
{
  SELFTEST_EXACT,      /* float32 as IEEE has it */
  SELFTEST_AS_TRAINED, /* whatever the device trains with by default */
  SELFTEST_BF16,
} SelftestPrecision;

/* How a device is proven: each check becomes a row of the report. */
typedef struct
{
  SiambanDevice *device;
  SiambanDevice *reference; /* another engine, whose numbers are believed */
  SiambanConfig *config;    /* the network of the training checks */
  guint batch_size;         /* of the timed steps */
  double seconds;           /* for each timing */

  GPtrArray *rows; /* of GStrv: status, check, detail */
  guint n_failed;
} Selftest;

void selftest_report (Selftest *self, gboolean ok, const char *check, const char *format, ...)
    G_GNUC_PRINTF (4, 5);

/* A check that could not be made failed. Takes the error. */
void selftest_report_error (Selftest *self, const char *check, GError *error);

/* Numbers in [low, high) that depend on nothing but the name. */
float *selftest_make_values (const char *name, double low, double high, gsize n_values);

/* Of two tensors, the largest difference in units of the second's largest element; infinite if an element
 * of one is not finite. */
double selftest_compare (SiambanTensor *found, SiambanTensor *expected);

/* Every operation, forward and its gradients, against the reference. */
void selftest_operations (Selftest *self);

/* A step of a network in each phase of its training, against the reference. */
void selftest_training (Selftest *self, SelftestPrecision precision);

/* Whether two runs give the same bits. */
void selftest_repetition (Selftest *self);

void selftest_speed (Selftest *self);

/* How fast the device multiplies, and passes over its memory. */
void selftest_rates (Selftest *self);

/* How fast all graphics cards add their gradients, if there are several. */
void selftest_all_reduce (Selftest *self);

G_END_DECLS
