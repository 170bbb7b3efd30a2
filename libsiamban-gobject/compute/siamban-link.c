/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-link-private.h"

#include "siamban-engine-private.h"

static SiambanEngineClass *
engine_class_of (SiambanDevice *self)
{
  return (SiambanEngineClass *) G_OBJECT_GET_CLASS (_siamban_device_get_engine (self));
}

char *
_siamban_device_get_address (SiambanDevice *self, GError **error)
{
  SiambanEngineClass *klass = engine_class_of (self);

  return klass->get_address == NULL ? NULL
                                    : klass->get_address (_siamban_device_get_engine (self),
                                                          _siamban_device_get_index (self), error);
}

GObject *
_siamban_device_connect (SiambanDevice *self, const SiambanPeers *peers, GError **error)
{
  return engine_class_of (self)->connect (_siamban_device_get_engine (self),
                                          _siamban_device_get_index (self), peers, error);
}

gboolean
_siamban_device_time_reduction (SiambanDevice *self,
                                GObject *connection,
                                gsize n_values,
                                guint n_times,
                                double *seconds,
                                GError **error)
{
  return engine_class_of (self)->time_reduction (_siamban_device_get_engine (self), connection,
                                                 n_values, n_times, seconds, error);
}

gboolean
_siamban_program_join (SiambanProgram *self, GObject *connection, gboolean average, GError **error)
{
  return ((SiambanProgramClass *) G_OBJECT_GET_CLASS (self))
      ->join (self, connection, average, error);
}
