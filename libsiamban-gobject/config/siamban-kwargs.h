/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

#include "siamban-macros.h"

G_BEGIN_DECLS

SIAMBAN_API
gboolean siamban_kwargs_has (GVariant *kwargs, const char *name);

SIAMBAN_API
gint64 siamban_kwargs_get_int (GVariant *kwargs, const char *name, gint64 fallback);

SIAMBAN_API
double siamban_kwargs_get_double (GVariant *kwargs, const char *name, double fallback);

SIAMBAN_API
gboolean siamban_kwargs_get_boolean (GVariant *kwargs, const char *name, gboolean fallback);

SIAMBAN_API
char *siamban_kwargs_get_string (GVariant *kwargs,
                                 const char *name,
                                 const char *fallback) G_GNUC_WARN_UNUSED_RESULT;

SIAMBAN_API
gint64 *
siamban_kwargs_get_ints (GVariant *kwargs, const char *name, gsize *n) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
