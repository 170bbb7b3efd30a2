/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "siamban.h"

G_BEGIN_DECLS

/* What the measuring programs share.
 *
 * A program that serves first prints a line that describes the work, then answers each line of
 * standard input: a number of runs gives the seconds that one of them took, "memory" the largest
 * memory in bytes that the process ever had. So a script alternates it with an opponent. */

/* Does the work so many times and returns the seconds that one took; negative on failure. */
typedef double (*BenchMeasure) (gpointer data, int n_runs, GError **error);

typedef struct
{
  char *device_id;
  int n_threads;
  int n_runs; /* 0 to serve */
} BenchOptions;

/* Parses the options that all programs have, and @entries; what is left must be one argument. */
gboolean bench_parse (BenchOptions *options,
                      const GOptionEntry *entries,
                      const char *argument,
                      int *argc,
                      char ***argv,
                      GError **error);
SiambanDevice *bench_open_device (const BenchOptions *options, GError **error);

/* Once for the caches and what is only done in the beginning, then as the options say. @flops is
 * what one run takes by plain convolutions. */
gboolean bench_run (const BenchOptions *options,
                    BenchMeasure measure,
                    gpointer data,
                    double flops,
                    guint64 n_weights,
                    GError **error);

/* Floating point operations of convolutions and correlations without any short cut: forward, and,
 * of what @training computes, both gradients as far as they are needed. @training may be NULL. */
double bench_count_flops (SiambanGraph *graph, SiambanProgram *training);

/* Of one value, forward. */
double bench_count_node_flops (SiambanGraph *graph, guint value);

/* Numbers in all weights of a model that are learnt at any time. */
guint64 bench_count_weights (SiambanModel *model);

/* Sets an input of a program to evenly distributed noise. */
gboolean bench_fill (SiambanProgram *program,
                     const char *input,
                     GRand *random,
                     double low,
                     double high,
                     GError **error);

double bench_now (void);

G_END_DECLS
