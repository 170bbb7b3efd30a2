/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-thumbnail-loader.h"

#include <string.h>
#ifdef __linux__
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

/* Pictures that are handed over before the main loop gets its turn again. */
#define N_AT_ONCE 8

#define NICENESS 10

/* Reads small pictures of image files in threads, in the order in which they are asked for, and keeps
 * those that were used last. */
struct _SiambanThumbnailLoader
{
  GObject parent_instance;

  guint size;
  gsize max_bytes;
  GThreadPool *pool;

  /* Main loop only. */
  GHashTable *kept; /* path → link in @used */
  GQueue used;      /* Entry, the last used one first */
  gsize n_bytes;
  GHashTable *requests; /* those under way */

  GMutex lock;
  GQueue done;   /* under the lock; SiambanThumbnailRequest */
  guint idle_id; /* under the lock */
};

G_DEFINE_FINAL_TYPE (SiambanThumbnailLoader, siamban_thumbnail_loader, G_TYPE_OBJECT)

struct _SiambanThumbnailRequest
{
  char *path;
  int cancelled; /* atomic */
  SiambanThumbnailFunc loaded;
  gpointer user_data;
  SiambanThumbnail result;
};

typedef struct
{
  char *path;
  SiambanThumbnail thumbnail;
} Entry;

static gsize
bytes_of (const SiambanThumbnail *thumbnail)
{
  if (thumbnail->texture == NULL)
    return strlen (thumbnail->error);

  return (gsize) gdk_texture_get_width (thumbnail->texture) *
         (gsize) gdk_texture_get_height (thumbnail->texture) * 4;
}

static void
thumbnail_clear (SiambanThumbnail *self)
{
  g_clear_object (&self->texture);
  g_clear_pointer (&self->error, g_free);
}

static void
entry_free (gpointer data)
{
  Entry *self = data;

  thumbnail_clear (&self->thumbnail);
  g_free (self->path);
  g_free (self);
}

static void
request_free (gpointer data)
{
  SiambanThumbnailRequest *self = data;

  thumbnail_clear (&self->result);
  g_free (self->path);
  g_free (self);
}

static void
drop_oldest (SiambanThumbnailLoader *self)
{
  Entry *entry = g_queue_pop_tail (&self->used);

  g_hash_table_remove (self->kept, entry->path);
  self->n_bytes -= bytes_of (&entry->thumbnail);
  entry_free (entry);
}

/* Takes what @request has got. */
static Entry *
keep (SiambanThumbnailLoader *self, SiambanThumbnailRequest *request)
{
  Entry *entry = g_new0 (Entry, 1);
  GList *old = g_hash_table_lookup (self->kept, request->path);

  if (old != NULL)
    {
      self->n_bytes -= bytes_of (&((Entry *) old->data)->thumbnail);
      g_hash_table_remove (self->kept, request->path);
      entry_free (old->data);
      g_queue_delete_link (&self->used, old);
    }
  entry->path = g_steal_pointer (&request->path);
  entry->thumbnail = request->result;
  memset (&request->result, 0, sizeof request->result);
  g_queue_push_head (&self->used, entry);
  g_hash_table_insert (self->kept, entry->path, self->used.head);
  self->n_bytes += bytes_of (&entry->thumbnail);
  while (self->n_bytes > self->max_bytes && self->used.length > 1)
    drop_oldest (self);

  return entry;
}

static void
finish (SiambanThumbnailLoader *self, SiambanThumbnailRequest *request)
{
  g_hash_table_remove (self->requests, request);
  if (!request->cancelled)
    {
      const SiambanThumbnailFunc loaded = request->loaded;
      Entry *entry = keep (self, request);

      loaded (&entry->thumbnail, request->user_data);
    }
  request_free (request);
}

static gboolean
deliver_cb (gpointer user_data)
{
  SiambanThumbnailLoader *self = user_data;
  gboolean more = TRUE;

  for (guint i = 0; more && i < N_AT_ONCE; i++)
    {
      SiambanThumbnailRequest *request;

      g_mutex_lock (&self->lock);
      request = g_queue_pop_head (&self->done);
      more = !g_queue_is_empty (&self->done);
      if (!more)
        self->idle_id = 0;
      g_mutex_unlock (&self->lock);
      if (request != NULL)
        finish (self, request);
    }

  return more;
}

static void
read_file (SiambanThumbnailRequest *self, guint size)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GdkPixbuf) pixbuf = NULL;
  int width = 0, height = 0;

  pixbuf = gdk_pixbuf_new_from_file_at_scale (self->path, (int) size, (int) size, TRUE, &error);
  if (pixbuf == NULL)
    {
      self->result.error = g_strdup (error->message);
      return;
    }

  gdk_pixbuf_get_file_info (self->path, &width, &height);
  self->result.texture = gdk_texture_new_for_pixbuf (pixbuf);
  self->result.width = (guint) MAX (width, 1);
  self->result.height = (guint) MAX (height, 1);
}

/* The main loop comes first. On Linux niceness is a thread's own; without permission all stays. */
static void
lower_priority (void)
{
#ifdef __linux__
  static GPrivate lowered = G_PRIVATE_INIT (NULL);

  if (g_private_get (&lowered) == NULL)
    setpriority (PRIO_PROCESS, (id_t) syscall (SYS_gettid), NICENESS);
  g_private_set (&lowered, GINT_TO_POINTER (TRUE));
#endif
}

static void
work (gpointer data, gpointer pool_data)
{
  SiambanThumbnailRequest *request = data;
  SiambanThumbnailLoader *self = pool_data;

  lower_priority ();

  if (!g_atomic_int_get (&request->cancelled))
    read_file (request, self->size);
  g_mutex_lock (&self->lock);
  g_queue_push_tail (&self->done, request);
  /* After input and drawing. */
  if (self->idle_id == 0)
    self->idle_id = g_idle_add (deliver_cb, self);
  g_mutex_unlock (&self->lock);
}

static void
siamban_thumbnail_loader_finalize (GObject *object)
{
  SiambanThumbnailLoader *self = SIAMBAN_THUMBNAIL_LOADER (object);
  GHashTableIter iter;
  gpointer request;

  g_hash_table_iter_init (&iter, self->requests);
  while (g_hash_table_iter_next (&iter, &request, NULL))
    siamban_thumbnail_request_cancel (request);
  /* What waits is done at once: it is cancelled. */
  g_thread_pool_free (self->pool, FALSE, TRUE);
  if (self->idle_id != 0)
    g_source_remove (self->idle_id);
  while ((request = g_queue_pop_head (&self->done)) != NULL)
    request_free (request);
  g_hash_table_unref (self->requests);
  siamban_thumbnail_loader_clear (self);
  g_hash_table_unref (self->kept);
  g_mutex_clear (&self->lock);

  G_OBJECT_CLASS (siamban_thumbnail_loader_parent_class)->finalize (object);
}

static void
siamban_thumbnail_loader_class_init (SiambanThumbnailLoaderClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = siamban_thumbnail_loader_finalize;
}

static void
siamban_thumbnail_loader_init (SiambanThumbnailLoader *self)
{
  /* The window needs a processor, too. */
  const guint n_threads = MAX (g_get_num_processors (), 2) - 1;

  g_mutex_init (&self->lock);
  self->pool = g_thread_pool_new (work, self, (int) MIN (n_threads, 4), TRUE, NULL);
  self->kept = g_hash_table_new (g_str_hash, g_str_equal);
  self->requests = g_hash_table_new (NULL, NULL);
}

SiambanThumbnailLoader *
siamban_thumbnail_loader_new (guint size, gsize max_bytes)
{
  SiambanThumbnailLoader *self = g_object_new (SIAMBAN_TYPE_THUMBNAIL_LOADER, NULL);

  self->size = size;
  self->max_bytes = max_bytes;

  return self;
}

SiambanThumbnail *
siamban_thumbnail_loader_peek (SiambanThumbnailLoader *self, const char *path)
{
  GList *link = g_hash_table_lookup (self->kept, path);

  if (link == NULL)
    return NULL;

  g_queue_unlink (&self->used, link);
  g_queue_push_head_link (&self->used, link);

  return &((Entry *) link->data)->thumbnail;
}

SiambanThumbnailRequest *
siamban_thumbnail_loader_load (SiambanThumbnailLoader *self,
                               char *path,
                               SiambanThumbnailFunc loaded,
                               gpointer user_data)
{
  SiambanThumbnailRequest *request = g_new0 (SiambanThumbnailRequest, 1);

  request->path = path;
  request->loaded = loaded;
  request->user_data = user_data;
  g_hash_table_add (self->requests, request);
  g_thread_pool_push (self->pool, request, NULL);

  return request;
}

void
siamban_thumbnail_request_cancel (SiambanThumbnailRequest *self)
{
  g_atomic_int_set (&self->cancelled, TRUE);
}

void
siamban_thumbnail_loader_clear (SiambanThumbnailLoader *self)
{
  while (!g_queue_is_empty (&self->used))
    drop_oldest (self);
}

gsize
siamban_thumbnail_loader_get_n_bytes (SiambanThumbnailLoader *self)
{
  return self->n_bytes;
}
