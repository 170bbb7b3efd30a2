/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define SIAMBAN_TYPE_THUMBNAIL_LOADER (siamban_thumbnail_loader_get_type ())

G_DECLARE_FINAL_TYPE (SiambanThumbnailLoader,
                      siamban_thumbnail_loader,
                      SIAMBAN,
                      THUMBNAIL_LOADER,
                      GObject)

/* A small picture of an image file, and how large the file's is; or why there is none. */
typedef struct
{
  GdkTexture *texture;
  guint width;
  guint height;
  char *error;
} SiambanThumbnail;

/* Called in the main loop. */
typedef void (*SiambanThumbnailFunc) (SiambanThumbnail *thumbnail, gpointer user_data);

typedef struct _SiambanThumbnailRequest SiambanThumbnailRequest;

/* Pictures fit a square of @size pixels; the latest ones, up to @max_bytes in all, are kept. */
SiambanThumbnailLoader *siamban_thumbnail_loader_new (guint size, gsize max_bytes);

/* A picture that was kept, or NULL. */
SiambanThumbnail *siamban_thumbnail_loader_peek (SiambanThumbnailLoader *self, const char *path);

/* Takes @path. Loads in a thread and then calls @loaded once, unless it is cancelled before. */
SiambanThumbnailRequest *siamban_thumbnail_loader_load (SiambanThumbnailLoader *self,
                                                        char *path,
                                                        SiambanThumbnailFunc loaded,
                                                        gpointer user_data);

/* Not after @loaded was called. */
void siamban_thumbnail_request_cancel (SiambanThumbnailRequest *self);

/* Forgets all pictures, so that files are read again. */
void siamban_thumbnail_loader_clear (SiambanThumbnailLoader *self);

/* Bytes of the pictures that are kept. */
gsize siamban_thumbnail_loader_get_n_bytes (SiambanThumbnailLoader *self);

G_END_DECLS
