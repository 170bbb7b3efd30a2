/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-stage-list-private.h"

#include <string.h>

#include "siamban-error.h"

typedef struct
{
  SiambanAugmentationStage *stage;
  SiambanStagePlace place;
} Entry;

struct _SiambanStageList
{
  GArray *entries; /* Entry, in the order in which they work */
};

static const struct
{
  const char *name;
  SiambanStagePlace place;
} places[] = {
  { "scale", SIAMBAN_PLACE_CROP },  { "shift", SIAMBAN_PLACE_CROP },
  { "color", SIAMBAN_PLACE_COLOR }, { "blur", SIAMBAN_PLACE_BLUR },
  { "flip", SIAMBAN_PLACE_FLIP },
};

static void
entry_clear (gpointer data)
{
  Entry *self = data;

  g_object_unref (self->stage);
}

SiambanStageList *
_siamban_stage_list_new (void)
{
  SiambanStageList *self = g_atomic_rc_box_new0 (SiambanStageList);

  self->entries = g_array_new (FALSE, FALSE, sizeof (Entry));
  g_array_set_clear_func (self->entries, entry_clear);

  return self;
}

SiambanStageList *
_siamban_stage_list_ref (SiambanStageList *self)
{
  return g_atomic_rc_box_acquire (self);
}

static void
stage_list_clear (gpointer data)
{
  SiambanStageList *self = data;

  g_array_unref (self->entries);
}

void
_siamban_stage_list_unref (SiambanStageList *self)
{
  g_atomic_rc_box_release_full (self, stage_list_clear);
}

static Entry *
entry_at (SiambanStageList *self, guint i)
{
  return &g_array_index (self->entries, Entry, i);
}

/* Behind all that are at @place already. */
static guint
end_of_place (SiambanStageList *self, SiambanStagePlace place)
{
  guint i = 0;

  while (i < self->entries->len && entry_at (self, i)->place <= place)
    i++;

  return i;
}

/* Where a stage after @after goes; FALSE if there is no @after. */
static gboolean
find (SiambanStageList *self, const char *after, SiambanStagePlace *place, guint *index)
{
  for (guint i = 0; i < self->entries->len; i++)
    if (g_str_equal (siamban_augmentation_stage_get_name (entry_at (self, i)->stage), after))
      {
        *place = entry_at (self, i)->place;
        *index = i + 1;
        return TRUE;
      }
  for (guint i = 0; i < G_N_ELEMENTS (places); i++)
    if (g_str_equal (places[i].name, after))
      {
        *place = places[i].place;
        *index = end_of_place (self, *place);
        return TRUE;
      }

  return FALSE;
}

gboolean
_siamban_stage_list_insert (SiambanStageList *self,
                            SiambanAugmentationStage *stage,
                            const char *after,
                            GError **error)
{
  g_autoptr (GString) names = NULL;
  Entry entry = { .stage = stage };
  guint index;

  if (find (self, after, &entry.place, &index))
    {
      g_object_ref (stage);
      g_array_insert_val (self->entries, index, entry);
      return TRUE;
    }

  names = g_string_new (NULL);
  for (guint i = 0; i < G_N_ELEMENTS (places); i++)
    g_string_append_printf (names, "%s%s", i > 0 ? ", " : "", places[i].name);
  for (guint i = 0; i < self->entries->len; i++)
    g_string_append_printf (names, ", %s",
                            siamban_augmentation_stage_get_name (entry_at (self, i)->stage));
  g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_CONFIG,
               "No stage of the augmentation can be inserted after “%s”; expected one of %s", after,
               names->str);

  return FALSE;
}

guint
_siamban_stage_list_get_n (SiambanStageList *self)
{
  return self->entries->len;
}

gboolean
_siamban_stage_list_is_bound (SiambanStageList *self)
{
  for (guint i = 0; i < self->entries->len; i++)
    if (!siamban_augmentation_stage_get_any_thread (entry_at (self, i)->stage))
      return TRUE;

  return FALSE;
}

gboolean
_siamban_stage_list_has (SiambanStageList *self, SiambanStagePlace place)
{
  for (guint i = 0; i < self->entries->len; i++)
    if (entry_at (self, i)->place == place)
      return TRUE;

  return FALSE;
}

static gboolean
apply_one (const SiambanStageRun *run,
           SiambanAugmentationStage *stage,
           guint size,
           float *pixels,
           SiambanBox *box,
           const SiambanBox *crop,
           GError **error)
{
  const gsize n_bytes = 3 * (gsize) size * size * sizeof *pixels;
  g_autoptr (GBytes) before = g_bytes_new (pixels, n_bytes);
  g_autoptr (SiambanAugmentedImage)
      image = siamban_augmented_image_new (size, before, box, crop, error);
  g_autoptr (SiambanAugmentedImage) result = NULL;
  g_autoptr (GBytes) after = NULL;

  if (image == NULL)
    return FALSE;
  result = siamban_augmentation_stage_apply (stage, image, run->is_search, run->seed, error);
  if (result == NULL)
    return FALSE;

  after = siamban_augmented_image_get_pixels (result);
  memcpy (pixels, g_bytes_get_data (after, NULL), n_bytes);
  *box = *siamban_augmented_image_get_box (result);

  return TRUE;
}

gboolean
_siamban_stage_run_apply (const SiambanStageRun *run,
                          SiambanStagePlace place,
                          guint size,
                          float *pixels,
                          SiambanBox *box,
                          const SiambanBox *crop,
                          GError **error)
{
  for (guint i = 0; run != NULL && i < run->list->entries->len; i++)
    {
      const Entry *entry = entry_at (run->list, i);

      if (entry->place == place && !apply_one (run, entry->stage, size, pixels, box, crop, error))
        return FALSE;
    }

  return TRUE;
}
