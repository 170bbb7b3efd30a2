/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-run-record-private.h"

#include <glib/gstdio.h>
#include <json-glib/json-glib.h>

#include "siamban-config-private.h"
#include "siamban-sub-dataset.h"

#define RECORD_NAME "config.json"
#define INDENT 4

typedef struct
{
  char *name;
  char *anno; /* path */
  gint64 size;
  char *md5;

  /* Of a sample of the crops; NULL where none was taken. */
  guint n_crops;
  char *crops; /* digest of their names and sizes */
} Fingerprint;

/* Videos, evenly over the data set, whose first crop is looked at: a few system calls each. */
#define N_CROPS 64

struct _SiambanRunRecord
{
  SiambanConfig *config;
  char **devices;
  guint n_replicas;
  guint n_samples; /* an iteration */
  double lr_scale;
  GPtrArray *data; /* Fingerprint */
};

static void
fingerprint_free (gpointer data)
{
  Fingerprint *self = data;

  g_free (self->name);
  g_free (self->anno);
  g_free (self->md5);
  g_free (self->crops);
  g_free (self);
}

/* NULL for what cannot be read: whoever loads it says why. */
static Fingerprint *
take_fingerprint (const char *name, const char *anno)
{
  g_autoptr (GMappedFile) file = g_mapped_file_new (anno, FALSE, NULL);
  g_autoptr (GBytes) bytes = file ? g_mapped_file_get_bytes (file) : NULL;
  Fingerprint *self;

  if (bytes == NULL)
    return NULL;

  self = g_new0 (Fingerprint, 1);
  self->name = g_strdup (name);
  self->anno = g_strdup (anno);
  self->size = (gint64) g_bytes_get_size (bytes);
  self->md5 = g_compute_checksum_for_bytes (G_CHECKSUM_MD5, bytes);

  return self;
}

SiambanRunRecord *
_siamban_run_record_new (SiambanConfig *config,
                         const char *const *devices,
                         guint n_replicas,
                         guint n_samples,
                         double lr_scale)
{
  SiambanRunRecord *self = g_new0 (SiambanRunRecord, 1);
  const char *const *names = siamban_config_get_strv (config, "DATASET.NAMES");

  self->config = g_object_ref (config);
  self->devices = g_strdupv ((char **) devices);
  self->n_replicas = n_replicas;
  self->n_samples = n_samples;
  self->lr_scale = lr_scale;
  self->data = g_ptr_array_new_with_free_func (fingerprint_free);
  for (gsize i = 0; names && names[i]; i++)
    {
      g_autofree char *key = g_strdup_printf ("DATASET.%s.ANNO", names[i]);
      Fingerprint *fingerprint = siamban_config_has_key (config, key)
                                     ? take_fingerprint (names[i],
                                                         siamban_config_get_string (config, key))
                                     : NULL;

      if (fingerprint)
        g_ptr_array_add (self->data, fingerprint);
    }

  return self;
}

static Fingerprint *
find_fingerprint (SiambanRunRecord *self, const char *name)
{
  for (guint i = 0; i < self->data->len; i++)
    {
      Fingerprint *fingerprint = g_ptr_array_index (self->data, i);

      if (g_str_equal (fingerprint->name, name))
        return fingerprint;
    }

  return NULL;
}

/* Folders of data may move: the digest has sizes in the order of the videos, and no paths. A crop that is not
 * there counts as one of size -1; whoever loads it says why. */
static void
add_crops (Fingerprint *self, SiambanSubDataset *source)
{
  const guint n_videos = siamban_sub_dataset_get_n_videos (source);
  const guint n = MIN (N_CROPS, n_videos);
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_MD5);

  self->n_crops = 0;
  for (guint i = 0; i < n; i++)
    {
      const guint video = (guint) ((guint64) i * n_videos / n);
      g_autofree char *path = siamban_sub_dataset_get_image_path (source, video, 0, 0);
      g_autofree char *line = NULL;
      GStatBuf file;
      const gboolean found = g_stat (path, &file) == 0;

      line = g_strdup_printf ("%" G_GINT64_FORMAT "\n", found ? (gint64) file.st_size : -1);
      g_checksum_update (checksum, (const guchar *) line, -1);
      self->n_crops += found ? 1 : 0;
    }
  g_free (self->crops);
  self->crops = g_strdup (g_checksum_get_string (checksum));
}

void
_siamban_run_record_add_crops (SiambanRunRecord *self, SiambanDataset *dataset)
{
  GListModel *sources = siamban_dataset_get_sub_datasets (dataset);

  for (guint i = 0; i < g_list_model_get_n_items (sources); i++)
    {
      g_autoptr (SiambanSubDataset) source = g_list_model_get_item (sources, i);
      Fingerprint *fingerprint = find_fingerprint (self, siamban_sub_dataset_get_name (source));

      if (fingerprint)
        add_crops (fingerprint, source);
    }
}

void
_siamban_run_record_free (SiambanRunRecord *self)
{
  g_object_unref (self->config);
  g_strfreev (self->devices);
  g_ptr_array_unref (self->data);
  g_free (self);
}

static JsonNode *
describe_data (SiambanRunRecord *self)
{
  JsonObject *data = json_object_new ();
  JsonNode *node = json_node_new (JSON_NODE_OBJECT);

  for (guint i = 0; i < self->data->len; i++)
    {
      const Fingerprint *fingerprint = g_ptr_array_index (self->data, i);
      JsonObject *object = json_object_new ();

      json_object_set_string_member (object, "anno", fingerprint->anno);
      json_object_set_int_member (object, "size", fingerprint->size);
      json_object_set_string_member (object, "md5", fingerprint->md5);
      if (fingerprint->crops)
        {
          json_object_set_int_member (object, "crops", fingerprint->n_crops);
          json_object_set_string_member (object, "crops_md5", fingerprint->crops);
        }
      json_object_set_object_member (data, fingerprint->name, object);
    }
  json_node_take_object (node, data);

  return node;
}

static char *
describe_run (SiambanRunRecord *self)
{
  g_autoptr (JsonGenerator) generator = json_generator_new ();
  g_autoptr (JsonNode) root = json_node_new (JSON_NODE_OBJECT);
  JsonObject *run = json_object_new ();
  JsonArray *devices = json_array_new ();

  for (gsize i = 0; self->devices && self->devices[i]; i++)
    json_array_add_string_element (devices, self->devices[i]);
  json_object_set_string_member (run, "version", SIAMBAN_VERSION);
  json_object_set_int_member (run, "seed", siamban_config_get_int (self->config, "TRAIN.SEED"));
  json_object_set_array_member (run, "devices", devices);
  json_object_set_int_member (run, "replicas", self->n_replicas);
  json_object_set_int_member (run, "samples_per_iteration", self->n_samples);
  json_object_set_double_member (run, "lr_scale", self->lr_scale);
  json_object_set_double_member (
      run, "base_lr", self->lr_scale * siamban_config_get_double (self->config, "TRAIN.BASE_LR"));
  json_object_set_member (run, "data", describe_data (self));
  json_node_take_object (root, run);
  json_generator_set_root (generator, root);
  json_generator_set_pretty (generator, TRUE);
  json_generator_set_indent (generator, INDENT);

  return json_generator_to_data (generator, NULL);
}

/* The configuration as it is written elsewhere, and one member more. */
char *
_siamban_run_record_to_json (SiambanRunRecord *self)
{
  g_autofree char *config = siamban_config_to_json (self->config);
  g_autofree char *run = describe_run (self);
  g_auto (GStrv) lines = g_strsplit (run, "\n", -1);
  g_autofree char *indented = g_strjoinv ("\n    ", lines);
  char *end = strrchr (config, '}');

  g_assert (end != NULL);
  *end = '\0';

  return g_strdup_printf ("%s,\n    \"" SIAMBAN_RUN_RECORD_MEMBER "\": %s\n}\n",
                          g_strchomp (config), indented);
}

/* Where data and files lie, how fast, on what and in how many parts it is computed, and what becomes of the
 * rates when that changed, what is shown of it, and how tracks
 * are made of the weights: none of it changes a sample or an update. What is resumed holds weights
 * already, so it does not matter what an earlier run began with. */
static gboolean
changes_training (const char *key)
{
  static const char *const free_keys[] = {
    "CUDA",
    "BACKBONE.PRETRAINED",
    "TRAIN.RESUME",
    "TRAIN.PRETRAINED",
    "TRAIN.START_EPOCH",
    "TRAIN.LOG_DIR",
    "TRAIN.SNAPSHOT_DIR",
    "TRAIN.NUM_WORKERS",
    "TRAIN.ACCUMULATE",
    "TRAIN.SCALE_LR",
    "TRAIN.PRINT_FREQ",
    "TRAIN.LOG_GRADS",
    "TRAIN.LOG_IMAGES",
    "TRAIN.EVAL_DATA",
    "TRAIN.EVAL_EPOCHS",
    "TRAIN.KEEP_BEST",
    "TRAIN.KEEP_EPOCHS",
    "TRAIN.MAX_SKIPPED_UPDATES",
    NULL,
  };

  if (g_strv_contains (free_keys, key) || g_str_has_prefix (key, "TRACK."))
    return FALSE;

  return !g_str_has_prefix (key, "DATASET.") ||
         !(g_str_has_suffix (key, ".ROOT") || g_str_has_suffix (key, ".ANNO"));
}

/* NULL if there is none. */
static JsonObject *
find_data (JsonParser *parser, const char *directory)
{
  g_autofree char *path = g_build_filename (directory, RECORD_NAME, NULL);
  JsonNode *root, *run, *data;

  if (!json_parser_load_from_file (parser, path, NULL))
    return NULL;
  root = json_parser_get_root (parser);
  if (root == NULL || !JSON_NODE_HOLDS_OBJECT (root))
    return NULL;
  run = json_object_get_member (json_node_get_object (root), SIAMBAN_RUN_RECORD_MEMBER);
  if (run == NULL || !JSON_NODE_HOLDS_OBJECT (run))
    return NULL;
  data = json_object_get_member (json_node_get_object (run), "data");

  return data && JSON_NODE_HOLDS_OBJECT (data) ? json_node_get_object (data) : NULL;
}

/* What an older record does not have is no change. */
static void
compare_crops (const Fingerprint *now, JsonObject *recorded, GPtrArray *changes)
{
  const char *before = json_object_get_string_member_with_default (recorded, "crops_md5", NULL);
  const gint64 n_before = json_object_get_int_member_with_default (recorded, "crops", 0);

  if (now->crops == NULL || before == NULL || g_str_equal (before, now->crops))
    return;

  g_ptr_array_add (
      changes, g_strdup_printf ("DATASET.%s, crops: of a sample of %u, %" G_GINT64_FORMAT
                                " were there, with sizes of MD5 %s -> %u, MD5 %s",
                                now->name, N_CROPS, n_before, before, now->n_crops, now->crops));
}

static void
compare_data (const Fingerprint *now, JsonObject *recorded, GPtrArray *changes)
{
  JsonNode *node = json_object_get_member (recorded, now->name);
  JsonObject *object;
  const char *md5;
  gint64 size;

  if (node == NULL || !JSON_NODE_HOLDS_OBJECT (node))
    return;
  object = json_node_get_object (node);
  compare_crops (now, object, changes);
  md5 = json_object_get_string_member_with_default (object, "md5", "");
  size = json_object_get_int_member_with_default (object, "size", 0);
  if (g_str_equal (md5, now->md5) && size == now->size)
    return;

  g_ptr_array_add (changes, g_strdup_printf ("DATASET.%s, content of “%s”: %" G_GINT64_FORMAT
                                             " bytes, MD5 %s -> %" G_GINT64_FORMAT " bytes, MD5 %s",
                                             now->name, now->anno, size, md5, now->size, now->md5));
}

char **
_siamban_run_record_list_changes (SiambanRunRecord *self, const char *directory)
{
  g_autofree char *path = g_build_filename (directory, "config.yaml", NULL);
  g_autoptr (SiambanConfig) before = siamban_config_new_from_file (path, NULL);
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_autoptr (GPtrArray) changes = g_ptr_array_new ();
  JsonObject *data = find_data (parser, directory);

  if (before)
    {
      /* Only the list is freed: its lines go on. */
      g_autofree char **keys = _siamban_config_list_changes (before, self->config,
                                                             changes_training);

      for (gsize i = 0; keys[i]; i++)
        g_ptr_array_add (changes, keys[i]);
    }
  for (guint i = 0; data && i < self->data->len; i++)
    compare_data (g_ptr_array_index (self->data, i), data, changes);
  g_ptr_array_add (changes, NULL);

  return (char **) g_ptr_array_free (g_steal_pointer (&changes), FALSE);
}
