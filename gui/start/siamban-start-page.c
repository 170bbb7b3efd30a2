/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-start-page.h"

/* What to begin with. */
struct _SiambanStartPage
{
  GtkWidget parent_instance;

  GtkWidget *content;

  SiambanSession *session;
};

G_DEFINE_FINAL_TYPE (SiambanStartPage, siamban_start_page, GTK_TYPE_WIDGET)

enum
{
  PROP_SESSION = 1,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

static void
siamban_start_page_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  if (prop_id == PROP_SESSION)
    g_value_set_object (value, SIAMBAN_START_PAGE (object)->session);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
}

static void
siamban_start_page_set_property (GObject *object,
                                 guint prop_id,
                                 const GValue *value,
                                 GParamSpec *pspec)
{
  SiambanStartPage *self = SIAMBAN_START_PAGE (object);

  if (prop_id != PROP_SESSION)
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
  else if (g_set_object (&self->session, g_value_get_object (value)))
    g_object_notify_by_pspec (object, pspec);
}

static void
siamban_start_page_dispose (GObject *object)
{
  SiambanStartPage *self = SIAMBAN_START_PAGE (object);

  g_clear_object (&self->session);
  g_clear_pointer (&self->content, gtk_widget_unparent);

  G_OBJECT_CLASS (siamban_start_page_parent_class)->dispose (object);
}

static void
siamban_start_page_class_init (SiambanStartPageClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->get_property = siamban_start_page_get_property;
  object_class->set_property = siamban_start_page_set_property;
  object_class->dispose = siamban_start_page_dispose;

  properties[PROP_SESSION] = g_param_spec_object ("session", NULL, NULL, SIAMBAN_TYPE_SESSION,
                                                  G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS |
                                                      G_PARAM_EXPLICIT_NOTIFY);
  g_object_class_install_properties (object_class, N_PROPS, properties);

  gtk_widget_class_set_template_from_resource (
      widget_class, "/io/github/siamban/Siamban/start/siamban-start-page.ui");
  gtk_widget_class_bind_template_child (widget_class, SiambanStartPage, content);
}

static void
siamban_start_page_init (SiambanStartPage *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}
