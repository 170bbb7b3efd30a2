/* SPDX-License-Identifier: Apache-2.0 */
#include "crops.h"

#include <glib/gstdio.h>

#include "files.h"
#include "golden.h"
#include "siamban-image-private.h"

char *
crops_path (Crops *self, guint video, guint frame)
{
  return g_strdup_printf ("%s/video-%u/%06u.00.x.jpg", self->folder, video, 2 * frame);
}

static void
write_crop (Crops *self, const char *name, guint video, guint frame, guint side)
{
  g_autofree char *path = crops_path (self, video, frame);
  g_autofree char *pattern = g_strdup_printf ("crops.%s.%u.%u", name, video, frame);
  g_autoptr (SiambanImage) image = _siamban_image_new_take (
      side, side, golden_pattern (pattern, (int) side, (int) side));
  g_autoptr (GError) error = NULL;

  siamban_image_save (image, path, 90, &error);
  g_assert_no_error (error);
}

Crops *
crops_new (const char *name, guint n_videos, guint n_frames, guint side)
{
  Crops *self = g_new0 (Crops, 1);
  g_autoptr (GString) json = g_string_new ("{");
  g_autoptr (GError) error = NULL;

  self->folder = files_make_folder ();
  self->anno = g_build_filename (self->folder, "train.json", NULL);
  self->n_videos = n_videos;
  self->n_frames = n_frames;
  for (guint i = 0; i < n_videos; i++)
    {
      g_autofree char *folder = g_strdup_printf ("%s/video-%u", self->folder, i);

      g_assert_cmpint (g_mkdir (folder, 0700), ==, 0);
      g_string_append_printf (json, "%s\"video-%u\": {\"00\": {", i ? ", " : "", i);
      for (guint j = 0; j < n_frames; j++)
        {
          write_crop (self, name, i, j, side);
          g_string_append_printf (json, "%s\"%06u\": [%u, 10, %u, 50]", j ? ", " : "", 2 * j, i,
                                  i + 30 + j);
        }
      g_string_append (json, "}}");
    }
  g_string_append_c (json, '}');
  g_file_set_contents (self->anno, json->str, -1, &error);
  g_assert_no_error (error);

  return self;
}

void
crops_free (Crops *self)
{
  files_remove_tree (self->folder);
  g_free (self->folder);
  g_free (self->anno);
  g_free (self);
}

SiambanDataset *
crops_mix (Crops *const *sets, const int *num_use, guint n_sets, gint64 n_samples, guint64 seed)
{
  g_autoptr (GListStore) list = g_list_store_new (SIAMBAN_TYPE_SUB_DATASET);
  g_autoptr (SiambanAugmentation)
      template_augmentation = siamban_augmentation_new (4, 0.05, 0, 0, 1);
  g_autoptr (SiambanAugmentation)
      search_augmentation = siamban_augmentation_new (16, 0.18, 0.2, 0, 1);
  g_autoptr (SiambanPointTarget) target = siamban_point_target_new (8, 9, 63, 4, 4, 16);
  guint start = 0;

  for (guint i = 0; i < n_sets; i++)
    {
      g_autofree char *name = g_strdup_printf ("SET%u", i);
      g_autoptr (GError) error = NULL;
      g_autoptr (SiambanSubDataset) set = siamban_sub_dataset_new (
          name, sets[i]->folder, sets[i]->anno, 3, num_use[i], start, &error);

      g_assert_no_error (error);
      start += siamban_sub_dataset_get_n_videos (set);
      g_list_store_append (list, set);
    }

  return g_object_new (SIAMBAN_TYPE_DATASET, "sub-datasets", list, "template-augmentation",
                       template_augmentation, "search-augmentation", search_augmentation,
                       "point-target", target, "template-size", 31, "neg", 0.2, "gray", 0.1,
                       "videos-per-epoch", n_samples, "epochs", 1, "seed", seed, NULL);
}
