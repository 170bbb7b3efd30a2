/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "siamban-communicator.h"

G_BEGIN_DECLS

struct _SiambanCommunicator
{
  GObject parent_instance;

  guint rank;
  guint n_ranks;
  guint n_local_ranks; /* on this machine */
  guint local_rank;    /* which of these this is */
  gint64 waited;       /* in microseconds, for sums and broadcasts, since somebody set it to 0 */
};

/* What a module with a communicator of processes has: a function that takes a GError ** and makes the
 * process's own, connected to the others. */
#define SIAMBAN_COMMUNICATOR_SYMBOL "siamban_mpi_communicator_new"

/* Every rank makes the same calls in the same order; each waits for the others. A call fails on all
 * ranks when one of them is gone, and every later call fails too. One thread a rank. */
struct _SiambanCommunicatorClass
{
  GObjectClass parent_class;

  /* Replaces the values of every rank by their sum, which is the same on all to the last bit. */
  gboolean (*all_sum) (SiambanCommunicator *self, float *values, gsize n_values, GError **error);

  /* Replaces the bytes of every rank by those of rank 0. */
  gboolean (*broadcast) (SiambanCommunicator *self, gpointer data, gsize size, GError **error);

  /* FALSE with %SIAMBAN_ERROR_RANK_LOST once a rank is gone. Waits for nobody. */
  gboolean (*check) (SiambanCommunicator *self, GError **error);

  /* Tells the others why this rank leaves. Those that wait for it stop waiting. */
  void (*leave) (SiambanCommunicator *self, const char *reason);
};

gboolean _siamban_communicator_all_sum (SiambanCommunicator *self,
                                        float *values,
                                        gsize n_values,
                                        GError **error);
gboolean _siamban_communicator_broadcast (SiambanCommunicator *self,
                                          gpointer data,
                                          gsize size,
                                          GError **error);
gboolean _siamban_communicator_check (SiambanCommunicator *self, GError **error);
void _siamban_communicator_leave (SiambanCommunicator *self, const char *reason);

/* One communicator for each of @n_ranks threads of this process, in the order of their ranks. */
GPtrArray *_siamban_thread_communicators_new (guint n_ranks) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
