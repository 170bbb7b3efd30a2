/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-session.h"

/* What the pages of a window have in common: the experiment, and the run that is shown. */
struct _SiambanSession
{
  GObject parent_instance;

  SiambanConfig *config;
  GFile *config_file;
  SiambanRun *run;
  char *devices;
};

G_DEFINE_FINAL_TYPE (SiambanSession, siamban_session, G_TYPE_OBJECT)

enum
{
  PROP_CONFIG = 1,
  PROP_CONFIG_FILE,
  PROP_RUN,
  PROP_DEVICES,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

static void
siamban_session_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  SiambanSession *self = SIAMBAN_SESSION (object);

  switch (prop_id)
    {
    case PROP_CONFIG:
      g_value_set_object (value, self->config);
      break;
    case PROP_CONFIG_FILE:
      g_value_set_object (value, self->config_file);
      break;
    case PROP_RUN:
      g_value_set_object (value, self->run);
      break;
    case PROP_DEVICES:
      g_value_set_string (value, self->devices);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
siamban_session_set_property (GObject *object,
                              guint prop_id,
                              const GValue *value,
                              GParamSpec *pspec)
{
  SiambanSession *self = SIAMBAN_SESSION (object);

  switch (prop_id)
    {
    case PROP_CONFIG:
      siamban_session_set_config (self, g_value_get_object (value));
      break;
    case PROP_CONFIG_FILE:
      siamban_session_set_config_file (self, g_value_get_object (value));
      break;
    case PROP_RUN:
      siamban_session_set_run (self, g_value_get_object (value));
      break;
    case PROP_DEVICES:
      siamban_session_set_devices (self, g_value_get_string (value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
siamban_session_finalize (GObject *object)
{
  SiambanSession *self = SIAMBAN_SESSION (object);

  g_clear_object (&self->config);
  g_clear_object (&self->config_file);
  g_clear_object (&self->run);
  g_free (self->devices);

  G_OBJECT_CLASS (siamban_session_parent_class)->finalize (object);
}

static void
siamban_session_class_init (SiambanSessionClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;

  object_class->get_property = siamban_session_get_property;
  object_class->set_property = siamban_session_set_property;
  object_class->finalize = siamban_session_finalize;

  properties[PROP_CONFIG] = g_param_spec_object ("config", NULL, NULL, SIAMBAN_TYPE_CONFIG, flags);
  properties[PROP_CONFIG_FILE] = g_param_spec_object ("config-file", NULL, NULL, G_TYPE_FILE,
                                                      flags);
  properties[PROP_RUN] = g_param_spec_object ("run", NULL, NULL, SIAMBAN_TYPE_RUN, flags);
  properties[PROP_DEVICES] = g_param_spec_string ("devices", NULL, NULL, NULL, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
siamban_session_init (SiambanSession *self)
{
  self->config = siamban_config_new ();
}

SiambanSession *
siamban_session_new (void)
{
  return g_object_new (SIAMBAN_TYPE_SESSION, NULL);
}

SiambanConfig *
siamban_session_get_config (SiambanSession *self)
{
  return self->config;
}

void
siamban_session_set_config (SiambanSession *self, SiambanConfig *config)
{
  g_return_if_fail (SIAMBAN_IS_CONFIG (config));

  if (g_set_object (&self->config, config))
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_CONFIG]);
}

GFile *
siamban_session_get_config_file (SiambanSession *self)
{
  return self->config_file;
}

void
siamban_session_set_config_file (SiambanSession *self, GFile *file)
{
  if (g_set_object (&self->config_file, file))
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_CONFIG_FILE]);
}

SiambanRun *
siamban_session_get_run (SiambanSession *self)
{
  return self->run;
}

void
siamban_session_set_run (SiambanSession *self, SiambanRun *run)
{
  if (g_set_object (&self->run, run))
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_RUN]);
}

const char *
siamban_session_get_devices (SiambanSession *self)
{
  return self->devices;
}

void
siamban_session_set_devices (SiambanSession *self, const char *devices)
{
  if (g_strcmp0 (devices, self->devices) == 0)
    return;

  g_free (self->devices);
  self->devices = g_strdup (devices);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_DEVICES]);
}

gboolean
siamban_session_load_config (SiambanSession *self, GFile *file, GError **error)
{
  g_autoptr (SiambanConfig) config = NULL;

  config = siamban_config_new_from_file (g_file_peek_path (file), error);
  if (config == NULL)
    return FALSE;

  g_object_freeze_notify (G_OBJECT (self));
  siamban_session_set_config (self, config);
  siamban_session_set_config_file (self, file);
  g_object_thaw_notify (G_OBJECT (self));

  return TRUE;
}
