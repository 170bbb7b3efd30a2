/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What a folder of frames holds, as the tracking data sets lay it out: images in the folder
 * itself or in `img/`, `imgs/` or `color/`, and beside them the ground truth as a text file. */
typedef struct
{
  char *folder;
  char *name;        /* last part of the folder's path, valid UTF-8 */
  GPtrArray *frames; /* (element-type filename) paths in natural order: 9.jpg before 10.jpg */
  /* (element-type filename): one for each target; none, or more than one where they are numbered,
   * as the groundtruth_rect.1.txt and groundtruth_rect.2.txt of OTB */
  GPtrArray *ground_truth_paths;
} SiambanFrameFolder;

/* Fails only when the folder cannot be read; one without images has no frames. */
SiambanFrameFolder *_siamban_frame_folder_scan (const char *folder, GError **error);
void _siamban_frame_folder_free (SiambanFrameFolder *self);

/* Orders runs of digits by their value, the rest by its bytes. */
int _siamban_compare_natural (const char *a, const char *b);

/* The sorted names in a folder that pass the test. */
GPtrArray *
_siamban_list_folder (const char *folder, gboolean (*wanted) (const char *path), GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SiambanFrameFolder, _siamban_frame_folder_free)

G_END_DECLS
