/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <gtk/gtk.h>

#include "siamban-session.h"

G_BEGIN_DECLS

/* A page of the window: what it shows is that of its property `session`. */
#define SIAMBAN_TYPE_PAGE (siamban_page_get_type ())

G_DECLARE_DERIVABLE_TYPE (SiambanPage, siamban_page, SIAMBAN, PAGE, GtkWidget)

struct _SiambanPageClass
{
  GtkWidgetClass parent_class;

  /* The page shows another session, which the page keeps alive; NULL at the end of the page. Handlers
   * that were connected to the session before with the page as their data are disconnected. */
  void (*set_session) (SiambanPage *self, SiambanSession *session);
};

G_END_DECLS
