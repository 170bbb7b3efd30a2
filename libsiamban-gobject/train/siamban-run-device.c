/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-run-device.h"

#include "siamban-run-devices-private.h"

/**
 * SiambanRunDevice:
 *
 * A device that a run trains on, and how much of it is used, as the training measured it in the last
 * second: see [struct@DeviceUsage].
 *
 * [method@Run.get_devices] lists them. It belongs to the thread of its run.
 *
 * Since: 0.1
 */
struct _SiambanRunDevice
{
  GObject parent_instance;

  char *id;
  char *name;
  SiambanDeviceUsage usage;
};

enum
{
  PROP_ID = 1,
  PROP_NAME,
  PROP_UTILISATION,
  PROP_MEMORY_USED,
  PROP_MEMORY,
  N_PROPS,
};

static GParamSpec *props[N_PROPS];

G_DEFINE_FINAL_TYPE (SiambanRunDevice, siamban_run_device, G_TYPE_OBJECT)

static void
siamban_run_device_finalize (GObject *object)
{
  SiambanRunDevice *self = SIAMBAN_RUN_DEVICE (object);

  g_free (self->id);
  g_free (self->name);

  G_OBJECT_CLASS (siamban_run_device_parent_class)->finalize (object);
}

static void
siamban_run_device_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  SiambanRunDevice *self = SIAMBAN_RUN_DEVICE (object);

  switch (prop_id)
    {
    case PROP_ID:
      g_value_set_string (value, self->id);
      break;

    case PROP_NAME:
      g_value_set_string (value, self->name);
      break;

    case PROP_UTILISATION:
      g_value_set_double (value, self->usage.utilisation);
      break;

    case PROP_MEMORY_USED:
      g_value_set_uint64 (value, self->usage.memory_used);
      break;

    case PROP_MEMORY:
      g_value_set_uint64 (value, self->usage.memory);
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

#define READ_ONLY (G_PARAM_READABLE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS)

static void
siamban_run_device_class_init (SiambanRunDeviceClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->finalize = siamban_run_device_finalize;
  object_class->get_property = siamban_run_device_get_property;

  /**
   * SiambanRunDevice:id: (getter get_id)
   *
   * What users type, such as `cpu` or `cuda:0`.
   *
   * Since: 0.1
   */
  props[PROP_ID] = g_param_spec_string ("id", NULL, NULL, NULL, READ_ONLY);

  /**
   * SiambanRunDevice:name: (getter get_name)
   *
   * What the maker calls it.
   *
   * Since: 0.1
   */
  props[PROP_NAME] = g_param_spec_string ("name", NULL, NULL, NULL, READ_ONLY);

  /**
   * SiambanRunDevice:utilisation: (getter get_utilisation)
   *
   * How busy it is, 0 to 1; -1 if nobody tells.
   *
   * Since: 0.1
   */
  props[PROP_UTILISATION] = g_param_spec_double ("utilisation", NULL, NULL, -1, 1, -1, READ_ONLY);

  /**
   * SiambanRunDevice:memory-used: (getter get_memory_used)
   *
   * Bytes of its memory that are taken, 0 if nobody tells.
   *
   * Since: 0.1
   */
  props[PROP_MEMORY_USED] = g_param_spec_uint64 ("memory-used", NULL, NULL, 0, G_MAXUINT64, 0,
                                                 READ_ONLY);

  /**
   * SiambanRunDevice:memory: (getter get_memory)
   *
   * Bytes of memory that it has, 0 if nobody tells.
   *
   * Since: 0.1
   */
  props[PROP_MEMORY] = g_param_spec_uint64 ("memory", NULL, NULL, 0, G_MAXUINT64, 0, READ_ONLY);

  g_object_class_install_properties (object_class, N_PROPS, props);
}

static void
siamban_run_device_init (SiambanRunDevice *self)
{
  self->usage.utilisation = -1;
}

SiambanRunDevice *
_siamban_run_device_new (const char *id, const char *name)
{
  SiambanRunDevice *self = g_object_new (SIAMBAN_TYPE_RUN_DEVICE, NULL);

  self->id = g_strdup (id);
  self->name = g_strdup (name);

  return self;
}

void
_siamban_run_device_set_usage (SiambanRunDevice *self, const SiambanDeviceUsage *usage)
{
  const SiambanDeviceUsage before = self->usage;

  self->usage = *usage;
  self->usage.utilisation = usage->utilisation < 0 ? -1 : MIN (usage->utilisation, 1);
  g_object_freeze_notify (G_OBJECT (self));
  if (self->usage.utilisation < before.utilisation || self->usage.utilisation > before.utilisation)
    g_object_notify_by_pspec (G_OBJECT (self), props[PROP_UTILISATION]);
  if (usage->memory_used != before.memory_used)
    g_object_notify_by_pspec (G_OBJECT (self), props[PROP_MEMORY_USED]);
  if (usage->memory != before.memory)
    g_object_notify_by_pspec (G_OBJECT (self), props[PROP_MEMORY]);
  g_object_thaw_notify (G_OBJECT (self));
}

/**
 * siamban_run_device_get_id: (get-property id)
 * @self: a device of a run
 *
 * Gets what users type, such as `cpu` or `cuda:0`.
 *
 * Returns: the id
 *
 * Since: 0.1
 */
const char *
siamban_run_device_get_id (SiambanRunDevice *self)
{
  g_return_val_if_fail (SIAMBAN_IS_RUN_DEVICE (self), NULL);

  return self->id;
}

/**
 * siamban_run_device_get_name: (get-property name)
 * @self: a device of a run
 *
 * Gets what the maker calls it.
 *
 * Returns: the name
 *
 * Since: 0.1
 */
const char *
siamban_run_device_get_name (SiambanRunDevice *self)
{
  g_return_val_if_fail (SIAMBAN_IS_RUN_DEVICE (self), NULL);

  return self->name;
}

/**
 * siamban_run_device_get_utilisation: (get-property utilisation)
 * @self: a device of a run
 *
 * Gets how busy it is.
 *
 * Returns: 0 to 1; -1 if nobody tells
 *
 * Since: 0.1
 */
double
siamban_run_device_get_utilisation (SiambanRunDevice *self)
{
  g_return_val_if_fail (SIAMBAN_IS_RUN_DEVICE (self), -1);

  return self->usage.utilisation;
}

/**
 * siamban_run_device_get_memory_used: (get-property memory-used)
 * @self: a device of a run
 *
 * Gets how much of its memory is taken.
 *
 * Returns: bytes, 0 if nobody tells
 *
 * Since: 0.1
 */
guint64
siamban_run_device_get_memory_used (SiambanRunDevice *self)
{
  g_return_val_if_fail (SIAMBAN_IS_RUN_DEVICE (self), 0);

  return self->usage.memory_used;
}

/**
 * siamban_run_device_get_memory: (get-property memory)
 * @self: a device of a run
 *
 * Gets how much memory it has.
 *
 * Returns: bytes, 0 if nobody tells
 *
 * Since: 0.1
 */
guint64
siamban_run_device_get_memory (SiambanRunDevice *self)
{
  g_return_val_if_fail (SIAMBAN_IS_RUN_DEVICE (self), 0);

  return self->usage.memory;
}
