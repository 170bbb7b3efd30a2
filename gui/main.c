/* SPDX-License-Identifier: Apache-2.0 */
#include <glib/gi18n.h>
#include <locale.h>

#include "siamban-application.h"
#include "siamban.h"

int
main (int argc, char *argv[])
{
  g_autoptr (SiambanApplication) application = NULL;

  siamban_process_wait_passively (argv);

  setlocale (LC_ALL, "");
  bindtextdomain (GETTEXT_PACKAGE, SIAMBAN_LOCALEDIR);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  textdomain (GETTEXT_PACKAGE);

  application = siamban_application_new ();

  return g_application_run (G_APPLICATION (application), argc, argv);
}
