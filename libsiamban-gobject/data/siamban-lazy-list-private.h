/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Makes item @position of what @owner has. */
typedef gpointer (*SiambanLazyListFunc) (GObject *owner, guint position);

/* A list whose items are made when they are asked for, and not kept. It never changes, and any thread
 * may read it. */
GListModel *_siamban_lazy_list_new (GType item_type,
                                    guint n_items,
                                    SiambanLazyListFunc make,
                                    GObject *owner) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
