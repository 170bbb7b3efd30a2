/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "siamban-device.h"
#include "siamban-program.h"

G_BEGIN_DECLS

/* How a replica reaches the others, over the host. All make the same calls in the same order. */
typedef struct
{
  guint rank;
  guint n_ranks;

  /* Replaces the bytes of every rank by those of rank 0. */
  gboolean (*broadcast) (gpointer data, gsize size, gpointer user_data, GError **error);

  /* FALSE with an error once a rank is gone: whoever waits for it looks again and again. */
  gboolean (*check) (gpointer user_data, GError **error);

  gpointer user_data;
} SiambanPeers;

/* Where a device is: the same text for no two devices of any machine. NULL, with the reason, if gradients of this
 * device must pass through the host's memory; without a reason if its engine never does otherwise. */
char *_siamban_device_get_address (SiambanDevice *self, GError **error);

/* Connects a device with those of the other replicas, so that their programs can add gradients where they lie. All
 * replicas call it, after all of them found an address of their own. @peers is copied, and what it names is used as
 * long as the connection is. The connection belongs to the thread that made it. */
GObject *_siamban_device_connect (SiambanDevice *self, const SiambanPeers *peers, GError **error);

/* From now on backward leaves the sum, or the average, of the gradients of all replicas. @connection is that of the
 * program's device; the programs of all replicas have the same graph but for the numbers. */
gboolean
_siamban_program_join (SiambanProgram *self, GObject *connection, gboolean average, GError **error);

/* Averages so many numbers of each device, checks what comes out, does it so often again, and gets the seconds
 * that one time takes. */
gboolean _siamban_device_time_reduction (SiambanDevice *self,
                                         GObject *connection,
                                         gsize n_values,
                                         guint n_times,
                                         double *seconds,
                                         GError **error);

G_END_DECLS
