/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <gio/gio.h>

#include "siamban-prepare-report.h"

G_BEGIN_DECLS

#define SIAMBAN_TYPE_IMPORTER (siamban_importer_get_type ())

SIAMBAN_API
G_DECLARE_DERIVABLE_TYPE (SiambanImporter, siamban_importer, SIAMBAN, IMPORTER, GObject)

struct _SiambanCropPlan;

/**
 * SiambanImporterClass:
 *
 * The class of [class@Importer]; the library alone derives from it.
 *
 * Since: 0.1
 */
struct _SiambanImporterClass
{
  /*< private >*/
  GObjectClass parent_class;

#ifndef __GI_SCANNER__
  /* Finds all frames and targets; called in the thread that runs the import. */
  gboolean (*collect) (SiambanImporter *self,
                       struct _SiambanCropPlan *plan,
                       GCancellable *cancellable,
                       GError **error);
#endif
};

SIAMBAN_API
const char *siamban_importer_get_folder (SiambanImporter *self);

SIAMBAN_API
gboolean siamban_importer_get_force (SiambanImporter *self);

SIAMBAN_API
void siamban_importer_set_force (SiambanImporter *self, gboolean force);

SIAMBAN_API
guint siamban_importer_get_n_threads (SiambanImporter *self);

SIAMBAN_API
void siamban_importer_set_n_threads (SiambanImporter *self, guint n_threads);

SIAMBAN_API
gboolean siamban_importer_run (SiambanImporter *self, GCancellable *cancellable, GError **error);

SIAMBAN_API
void siamban_importer_run_async (SiambanImporter *self,
                                 GCancellable *cancellable,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data);

SIAMBAN_API
gboolean siamban_importer_run_finish (SiambanImporter *self, GAsyncResult *result, GError **error);

SIAMBAN_API
SiambanPrepareReport *siamban_importer_get_report (SiambanImporter *self);

G_END_DECLS
