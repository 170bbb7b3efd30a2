/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-selftest.h"

#include <inttypes.h>

/* Large enough that latency is no part of it. */
#define N_BYTES ((guint64) 64 << 20)
#define N_TIMES 20

#define CHECK_NAME "all-reduce"

static void
measure (Selftest *self, GListModel *devices)
{
  const guint n = g_list_model_get_n_items (devices);
  g_autoptr (GError) error = NULL;
  double seconds;

  if (siamban_measure_all_reduce (devices, N_BYTES, self->seconds > 0 ? N_TIMES : 1, &seconds,
                                  &error))
    {
      const double rate = (double) N_BYTES / MAX (seconds, 1e-9) * 1e-9;

      /* Each card sends and receives this part of the bytes, however many cards there are. */
      selftest_report (self, TRUE, CHECK_NAME,
                       _ ("%u devices, %" PRIu64 " bytes in %.3f ms, %.3g GB/s "
                          "(%.3g GB/s over each link)"),
                       n, N_BYTES, 1e3 * seconds, rate, rate * 2 * (n - 1) / n);
    }
  else if (g_error_matches (error, SIAMBAN_ERROR, SIAMBAN_ERROR_UNSUPPORTED))
    selftest_report (self, TRUE, CHECK_NAME, _ ("left out: %s"), error->message);
  else
    selftest_report_error (self, CHECK_NAME, g_steal_pointer (&error));
}

void
selftest_all_reduce (Selftest *self)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GListModel) devices = siamban_device_open_all ("all", &error);

  if (devices == NULL)
    selftest_report_error (self, CHECK_NAME, g_steal_pointer (&error));
  else if (g_list_model_get_n_items (devices) < 2)
    selftest_report (self, TRUE, CHECK_NAME, _ ("one device: skipped"));
  else
    measure (self, devices);
}
