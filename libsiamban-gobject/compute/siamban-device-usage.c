/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-device-usage.h"

#include <time.h>

#include "siamban-engine-private.h"
#include "siamban-process-memory-private.h"

/* Shorter spans tell of the clock more than of the processor. */
#define MIN_SPAN_US (100 * G_TIME_SPAN_MILLISECOND)

G_DEFINE_BOXED_TYPE (SiambanDeviceUsage,
                     siamban_device_usage,
                     siamban_device_usage_copy,
                     siamban_device_usage_free)

/**
 * siamban_device_usage_copy:
 * @self: a usage
 *
 * Copies a usage to the heap; C code copies with `=`.
 *
 * Returns: (transfer full): the copy
 *
 * Since: 0.1
 */
SiambanDeviceUsage *
siamban_device_usage_copy (const SiambanDeviceUsage *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return g_memdup2 (self, sizeof *self);
}

/**
 * siamban_device_usage_free:
 * @self: a usage on the heap
 *
 * Frees a copy.
 *
 * Since: 0.1
 */
void
siamban_device_usage_free (SiambanDeviceUsage *self)
{
  g_free (self);
}

static gint64
get_processor_time (void)
{
  struct timespec time = { 0 };

  if (clock_gettime (CLOCK_PROCESS_CPUTIME_ID, &time) != 0)
    return 0;

  return (gint64) time.tv_sec * G_USEC_PER_SEC + time.tv_nsec / 1000;
}

/* The share of all processors' time that this process had since it was asked last. */
static double
measure_processor (void)
{
  static GMutex lock;
  static gint64 last_wall, last_busy;
  static double last_share = -1;
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&lock);
  const gint64 wall = g_get_monotonic_time ();
  const gint64 busy = get_processor_time ();
  const double span = (double) (wall - last_wall) * g_get_num_processors ();

  /* Replicas ask one after the other. */
  if (last_wall > 0 && wall - last_wall < MIN_SPAN_US)
    return last_share;

  last_share = last_wall > 0 ? CLAMP ((double) (busy - last_busy) / span, 0, 1) : -1;
  last_wall = wall;
  last_busy = busy;

  return last_share;
}

/**
 * siamban_device_measure_usage:
 * @self: a device
 *
 * Measures how much of a device is used.
 *
 * It asks the system or the driver, which may take some milliseconds: not for the main thread of an
 * application. How busy a processor is, is known from the second measurement on.
 *
 * Returns: (transfer full): the usage
 *
 * Since: 0.1
 */
SiambanDeviceUsage *
siamban_device_measure_usage (SiambanDevice *self)
{
  SiambanDeviceUsage usage = { .utilisation = -1 };
  SiambanEngine *engine;
  SiambanEngineClass *engine_class;

  g_return_val_if_fail (SIAMBAN_IS_DEVICE (self), NULL);

  engine = _siamban_device_get_engine (self);
  engine_class = (SiambanEngineClass *) G_OBJECT_GET_CLASS (engine);
  usage.memory = siamban_device_get_memory (self);
  if (engine_class->measure_usage != NULL)
    engine_class->measure_usage (engine, _siamban_device_get_index (self), &usage);
  else if (engine_class->on_processor)
    {
      usage.utilisation = measure_processor ();
      usage.memory_used = _siamban_process_get_resident_memory ();
    }

  return siamban_device_usage_copy (&usage);
}
