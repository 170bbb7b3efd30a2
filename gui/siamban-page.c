/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-page.h"

typedef struct
{
  SiambanSession *session;
} SiambanPagePrivate;

G_DEFINE_ABSTRACT_TYPE_WITH_PRIVATE (SiambanPage, siamban_page, GTK_TYPE_WIDGET)

enum
{
  PROP_SESSION = 1,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

static void
set_session (SiambanPage *self, SiambanSession *session)
{
  SiambanPagePrivate *private = siamban_page_get_instance_private (self);

  if (private->session == session)
    return;

  if (private->session != NULL)
    g_signal_handlers_disconnect_by_data (private->session, self);
  g_set_object (&private->session, session);
  SIAMBAN_PAGE_GET_CLASS (self)->set_session (self, session);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_SESSION]);
}

static void
siamban_page_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  SiambanPagePrivate *private = siamban_page_get_instance_private (SIAMBAN_PAGE (object));

  if (prop_id == PROP_SESSION)
    g_value_set_object (value, private->session);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
}

static void
siamban_page_set_property (GObject *object, guint prop_id, const GValue *value, GParamSpec *pspec)
{
  if (prop_id == PROP_SESSION)
    set_session (SIAMBAN_PAGE (object), g_value_get_object (value));
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
}

static void
siamban_page_dispose (GObject *object)
{
  set_session (SIAMBAN_PAGE (object), NULL);

  G_OBJECT_CLASS (siamban_page_parent_class)->dispose (object);
}

static void
siamban_page_class_init (SiambanPageClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = siamban_page_get_property;
  object_class->set_property = siamban_page_set_property;
  object_class->dispose = siamban_page_dispose;

  properties[PROP_SESSION] = g_param_spec_object ("session", NULL, NULL, SIAMBAN_TYPE_SESSION,
                                                  G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS |
                                                      G_PARAM_EXPLICIT_NOTIFY);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
siamban_page_init (SiambanPage *self)
{
}
