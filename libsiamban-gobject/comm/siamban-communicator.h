/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <gio/gio.h>

#include "siamban-macros.h"

G_BEGIN_DECLS

#define SIAMBAN_TYPE_COMMUNICATOR (siamban_communicator_get_type ())
#define SIAMBAN_COMMUNICATOR(obj)                                                                  \
  (G_TYPE_CHECK_INSTANCE_CAST ((obj), SIAMBAN_TYPE_COMMUNICATOR, SiambanCommunicator))
#define SIAMBAN_IS_COMMUNICATOR(obj) (G_TYPE_CHECK_INSTANCE_TYPE ((obj), SIAMBAN_TYPE_COMMUNICATOR))

typedef struct _SiambanCommunicator SiambanCommunicator;
typedef struct _SiambanCommunicatorClass SiambanCommunicatorClass;

SIAMBAN_API
GType siamban_communicator_get_type (void) G_GNUC_CONST;

SIAMBAN_API
SiambanCommunicator *siamban_communicator_get_default (GError **error);

SIAMBAN_API
guint siamban_communicator_get_rank (SiambanCommunicator *self);

SIAMBAN_API
guint siamban_communicator_get_n_ranks (SiambanCommunicator *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SiambanCommunicator, g_object_unref)

G_END_DECLS
