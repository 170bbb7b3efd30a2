/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-source.h"

struct _SiambanSource
{
  GObject parent_instance;

  char *name;
  char *root;
  char *anno;
  SiambanStatistics *statistics;
  char *error;
};

G_DEFINE_FINAL_TYPE (SiambanSource, siamban_source, G_TYPE_OBJECT)

enum
{
  SIGNAL_CHANGED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

static void
read_in_thread_cb (GTask *task, gpointer object, gpointer data, GCancellable *cancellable)
{
  SiambanSource *self = object;
  GError *error = NULL;
  g_autoptr (SiambanSubDataset)
      source = siamban_sub_dataset_new (self->name, self->root, self->anno, 0, -1, 0, &error);
  SiambanStatistics *statistics = NULL;

  if (source != NULL && !g_file_test (self->root, G_FILE_TEST_IS_DIR))
    g_set_error (&error, SIAMBAN_ERROR, SIAMBAN_ERROR_IO, "%s: there is no such folder",
                 self->root);
  else if (source != NULL)
    statistics = siamban_sub_dataset_measure (source, NULL, &error);
  if (statistics != NULL)
    g_task_return_pointer (task, statistics, (GDestroyNotify) siamban_statistics_unref);
  else
    g_task_return_error (task, error);
}

static void
read_cb (GObject *object, GAsyncResult *result, gpointer user_data)
{
  SiambanSource *self = SIAMBAN_SOURCE (object);
  g_autoptr (GError) error = NULL;

  self->statistics = g_task_propagate_pointer (G_TASK (result), &error);
  if (error != NULL)
    self->error = g_strdup (error->message);
  g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
}

static void
siamban_source_finalize (GObject *object)
{
  SiambanSource *self = SIAMBAN_SOURCE (object);

  g_free (self->name);
  g_free (self->root);
  g_free (self->anno);
  g_free (self->error);
  g_clear_pointer (&self->statistics, siamban_statistics_unref);

  G_OBJECT_CLASS (siamban_source_parent_class)->finalize (object);
}

static void
siamban_source_class_init (SiambanSourceClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = siamban_source_finalize;

  signals[SIGNAL_CHANGED] = g_signal_new ("changed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST,
                                          0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
siamban_source_init (SiambanSource *self)
{
}

char *
siamban_source_get_key (SiambanSource *self, const char *key)
{
  return g_strdup_printf ("DATASET.%s.%s", self->name, key);
}

SiambanSource *
siamban_source_new (SiambanConfig *config, const char *name)
{
  SiambanSource *self = g_object_new (SIAMBAN_TYPE_SOURCE, NULL);
  g_autofree char *root_key = NULL;
  g_autofree char *anno_key = NULL;
  g_autoptr (GTask) task = NULL;

  self->name = g_strdup (name);
  root_key = siamban_source_get_key (self, "ROOT");
  anno_key = siamban_source_get_key (self, "ANNO");
  if (siamban_config_has_key (config, root_key) && siamban_config_has_key (config, anno_key))
    {
      self->root = g_strdup (siamban_config_get_string (config, root_key));
      self->anno = g_strdup (siamban_config_get_string (config, anno_key));
    }
  else
    {
      self->root = g_strdup ("");
      self->anno = g_strdup ("");
    }
  task = g_task_new (self, NULL, read_cb, NULL);
  g_task_run_in_thread (task, read_in_thread_cb);

  return self;
}

const char *
siamban_source_get_name (SiambanSource *self)
{
  return self->name;
}

const char *
siamban_source_get_root (SiambanSource *self)
{
  return self->root;
}

SiambanStatistics *
siamban_source_get_statistics (SiambanSource *self)
{
  return self->statistics;
}

const char *
siamban_source_get_error (SiambanSource *self)
{
  return self->error;
}

gboolean
siamban_source_is_used (SiambanSource *self, SiambanConfig *config)
{
  const char *const *names = siamban_config_get_strv (config, "DATASET.NAMES");

  return names != NULL && g_strv_contains (names, self->name);
}

guint64
siamban_source_count_draws (SiambanSource *self, SiambanConfig *config)
{
  g_autofree char *key = siamban_source_get_key (self, "NUM_USE");
  gint64 num_use;

  if (self->statistics == NULL || !siamban_source_is_used (self, config))
    return 0;
  num_use = siamban_config_get_int (config, key);

  return num_use >= 0 ? (guint64) num_use : siamban_statistics_get_n_videos (self->statistics);
}
