/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-retention-private.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <json-glib/json-glib.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#include "siamban-atomic-file-private.h"
#include "siamban-error.h"
#include "siamban-snapshot-private.h"

#define BEST_NAME "checkpoint_best.pth"
#define RECORD_NAME "best.json"

void
_siamban_retention_prune (const char *folder, guint epoch, guint n_kept)
{
  g_autoptr (GDir) dir = n_kept > 0 ? g_dir_open (folder, 0, NULL) : NULL;
  const char *name;
  guint64 number;

  while (dir && (name = g_dir_read_name (dir)) != NULL)
    if (_siamban_snapshot_parse_epoch (name, &number) && number + n_kept <= epoch)
      {
        g_autofree char *path = g_build_filename (folder, name, NULL);

        (void) g_unlink (path);
      }
}

/* FALSE if there is none, or none of this measure. */
static gboolean
read_record (const char *path, const char *measure, double *value)
{
  g_autoptr (JsonParser) parser = json_parser_new ();
  JsonNode *root, *member;
  JsonObject *record;

  if (!json_parser_load_from_file (parser, path, NULL))
    return FALSE;
  root = json_parser_get_root (parser);
  if (root == NULL || !JSON_NODE_HOLDS_OBJECT (root))
    return FALSE;
  record = json_node_get_object (root);
  member = json_object_get_member (record, "value");
  if (member == NULL || !JSON_NODE_HOLDS_VALUE (member) ||
      g_strcmp0 (json_object_get_string_member_with_default (record, "measure", NULL), measure) !=
          0)
    return FALSE;
  *value = json_node_get_double (member);

  return TRUE;
}

static gboolean
write_record (const char *path, const SiambanBest *best, GError **error)
{
  g_autoptr (JsonNode) root = json_node_new (JSON_NODE_OBJECT);
  g_autofree char *text = NULL;
  JsonObject *record = json_object_new ();

  json_object_set_int_member (record, "epoch", best->epoch);
  json_object_set_string_member (record, "measure", best->measure);
  json_object_set_double_member (record, "value", best->value);
  json_node_take_object (root, record);
  text = json_to_string (root, TRUE);

  return _siamban_write_atomically (path, text, strlen (text), error);
}

static gboolean
copy (const char *from, const char *to, GError **error)
{
  g_autoptr (GMappedFile) file = g_mapped_file_new (from, FALSE, error);

  return file && _siamban_write_atomically (to, g_mapped_file_get_contents (file),
                                            g_mapped_file_get_length (file), error);
}

/* A second name for the same file, put in place at once. */
static gboolean
link_over (const char *from, const char *to)
{
  g_autofree char *temporary = g_strconcat (to, ".tmp", NULL);

  (void) g_unlink (temporary);
  if (link (from, temporary) != 0)
    return FALSE;
  if (g_rename (temporary, to) != 0)
    {
      (void) g_unlink (temporary);
      return FALSE;
    }
  /* Renaming one name of a file over another name of it does nothing. */
  (void) g_unlink (temporary);

  return TRUE;
}

gboolean
_siamban_retention_offer (const char *path,
                          const SiambanBest *best,
                          gboolean *is_best,
                          GError **error)
{
  g_autofree char *folder = g_path_get_dirname (path);
  g_autofree char *to = g_build_filename (folder, BEST_NAME, NULL);
  g_autofree char *record = g_build_filename (folder, RECORD_NAME, NULL);
  double before;

  *is_best = FALSE;
  if (!isfinite (best->value))
    return TRUE;
  if (g_file_test (to, G_FILE_TEST_EXISTS) && read_record (record, best->measure, &before) &&
      (best->higher ? best->value <= before : best->value >= before))
    return TRUE;
  if (!link_over (path, to) && !copy (path, to, error))
    return FALSE;

  *is_best = TRUE;

  return write_record (record, best, error);
}
