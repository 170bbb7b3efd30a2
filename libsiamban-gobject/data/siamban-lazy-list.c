/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-lazy-list-private.h"

#define SIAMBAN_TYPE_LAZY_LIST (siamban_lazy_list_get_type ())

G_DECLARE_FINAL_TYPE (SiambanLazyList, siamban_lazy_list, SIAMBAN, LAZY_LIST, GObject)

struct _SiambanLazyList
{
  GObject parent_instance;

  GType item_type;
  guint n_items;
  SiambanLazyListFunc make;
  GObject *owner;
};

static GType
get_item_type (GListModel *model)
{
  return SIAMBAN_LAZY_LIST (model)->item_type;
}

static guint
get_n_items (GListModel *model)
{
  return SIAMBAN_LAZY_LIST (model)->n_items;
}

static gpointer
get_item (GListModel *model, guint position)
{
  SiambanLazyList *self = SIAMBAN_LAZY_LIST (model);

  return position < self->n_items ? self->make (self->owner, position) : NULL;
}

static void
list_model_init (GListModelInterface *iface)
{
  iface->get_item_type = get_item_type;
  iface->get_n_items = get_n_items;
  iface->get_item = get_item;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (SiambanLazyList,
                               siamban_lazy_list,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, list_model_init))

static void
siamban_lazy_list_finalize (GObject *object)
{
  g_object_unref (SIAMBAN_LAZY_LIST (object)->owner);

  G_OBJECT_CLASS (siamban_lazy_list_parent_class)->finalize (object);
}

static void
siamban_lazy_list_class_init (SiambanLazyListClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = siamban_lazy_list_finalize;
}

static void
siamban_lazy_list_init (SiambanLazyList *self)
{
}

GListModel *
_siamban_lazy_list_new (GType item_type, guint n_items, SiambanLazyListFunc make, GObject *owner)
{
  SiambanLazyList *self = g_object_new (SIAMBAN_TYPE_LAZY_LIST, NULL);

  self->item_type = item_type;
  self->n_items = n_items;
  self->make = make;
  self->owner = g_object_ref (owner);

  return G_LIST_MODEL (self);
}
