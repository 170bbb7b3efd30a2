/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-device-monitor-private.h"

#include <glib/gstdio.h>

#include "siamban-run-devices-private.h"

struct _SiambanDeviceMonitor
{
  GListModel *devices;
  char *path;
  char *temporary_path;
  GThread *thread;
  GMutex lock;
  GCond changed;
  gboolean ended;
};

/* Not flushed to the disk: after a crash nobody asks for it. */
static void
write_usage (SiambanDeviceMonitor *self)
{
  g_autofree char *text = _siamban_run_devices_measure (self->devices);

  if (g_file_set_contents_full (self->temporary_path, text, -1, G_FILE_SET_CONTENTS_NONE, 0666,
                                NULL))
    (void) g_rename (self->temporary_path, self->path);
}

static gpointer
watch (gpointer user_data)
{
  SiambanDeviceMonitor *self = user_data;

  g_mutex_lock (&self->lock);
  while (!self->ended)
    {
      const gint64 next = g_get_monotonic_time () + G_USEC_PER_SEC;

      g_mutex_unlock (&self->lock);
      write_usage (self);
      g_mutex_lock (&self->lock);
      while (!self->ended && g_cond_wait_until (&self->changed, &self->lock, next))
        ;
    }
  g_mutex_unlock (&self->lock);

  return NULL;
}

SiambanDeviceMonitor *
_siamban_device_monitor_new (GListModel *devices, const char *directory)
{
  SiambanDeviceMonitor *self = g_new0 (SiambanDeviceMonitor, 1);

  self->devices = g_object_ref (devices);
  self->path = g_build_filename (directory, SIAMBAN_RUN_DEVICES_NAME, NULL);
  self->temporary_path = g_strconcat (self->path, ".new", NULL);
  g_mutex_init (&self->lock);
  g_cond_init (&self->changed);
  self->thread = g_thread_new ("siamban-monitor", watch, self);

  return self;
}

void
_siamban_device_monitor_free (SiambanDeviceMonitor *self)
{
  g_mutex_lock (&self->lock);
  self->ended = TRUE;
  g_cond_signal (&self->changed);
  g_mutex_unlock (&self->lock);
  g_thread_join (self->thread);
  (void) g_unlink (self->temporary_path);
  (void) g_unlink (self->path);

  g_mutex_clear (&self->lock);
  g_cond_clear (&self->changed);
  g_object_unref (self->devices);
  g_free (self->path);
  g_free (self->temporary_path);
  g_free (self);
}
