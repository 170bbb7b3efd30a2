/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-snapshot-private.h"

#include <glib/gstdio.h>
#include <json-glib/json-glib.h>
#include <string.h>

#include "siamban-atomic-file-private.h"
#include "siamban-error.h"

#define STATE_NAME "state.json"

static gboolean
collect_momentum (SiambanCheckpoint *checkpoint,
                  SiambanProgram *program,
                  const char *const *parameters,
                  GError **error)
{
  for (gsize i = 0; parameters[i]; i++)
    {
      g_autoptr (SiambanTensor)
          momentum = siamban_program_get_momentum (program, parameters[i], error);

      if (momentum == NULL)
        return FALSE;
      siamban_checkpoint_set_momentum (checkpoint, parameters[i], momentum);
    }

  return TRUE;
}

gboolean
_siamban_snapshot_save (SiambanModel *model,
                        SiambanOptimizer *optimizer,
                        SiambanConfig *config,
                        SiambanProgram *program,
                        guint epoch,
                        const char *path,
                        GError **error)
{
  const double momentum = siamban_config_get_double (config, "TRAIN.MOMENTUM");
  const double weight_decay = siamban_config_get_double (config, "TRAIN.WEIGHT_DECAY");
  g_autoptr (SiambanCheckpoint) checkpoint = siamban_checkpoint_new ();

  siamban_checkpoint_set_epoch (checkpoint, (int) epoch);
  siamban_checkpoint_collect (checkpoint, siamban_model_get_weights (model));
  for (guint i = 0; i < siamban_optimizer_get_n_groups (optimizer); i++)
    {
      const char *const *parameters = siamban_optimizer_get_group_parameters (optimizer, i);

      siamban_checkpoint_add_group (checkpoint, siamban_optimizer_get_group_rate (optimizer, i),
                                    siamban_optimizer_get_group_base_rate (optimizer, i), momentum,
                                    weight_decay, parameters);
      if (!collect_momentum (checkpoint, program, parameters, error))
        return FALSE;
    }

  return siamban_checkpoint_save (checkpoint, path, error);
}

static gboolean
has_same_groups (SiambanCheckpoint *checkpoint, SiambanOptimizer *optimizer)
{
  const guint n_groups = siamban_optimizer_get_n_groups (optimizer);

  if (siamban_checkpoint_get_n_groups (checkpoint) != n_groups)
    return FALSE;
  for (guint i = 0; i < n_groups; i++)
    if (siamban_checkpoint_get_group_size (checkpoint, i) !=
        g_strv_length ((char **) siamban_optimizer_get_group_parameters (optimizer, i)))
      return FALSE;

  return TRUE;
}

gboolean
_siamban_snapshot_restore_momentum (SiambanCheckpoint *checkpoint,
                                    SiambanOptimizer *optimizer,
                                    SiambanProgram *program,
                                    gboolean *restored,
                                    GError **error)
{
  *restored = has_same_groups (checkpoint, optimizer);
  if (!*restored)
    return TRUE;

  for (guint i = 0; i < siamban_optimizer_get_n_groups (optimizer); i++)
    {
      const char *const *parameters = siamban_optimizer_get_group_parameters (optimizer, i);

      for (guint j = 0; parameters[j]; j++)
        {
          SiambanTensor *momentum = siamban_checkpoint_get_momentum_at (checkpoint, i, j);

          /* A parameter that was never moved has none. */
          if (momentum && !siamban_program_set_momentum (program, parameters[j], momentum, error))
            return FALSE;
        }
    }

  return TRUE;
}

static char *
state_path_of (const char *checkpoint_path)
{
  g_autofree char *folder = g_path_get_dirname (checkpoint_path);

  return g_build_filename (folder, STATE_NAME, NULL);
}

gboolean
_siamban_position_save (const char *checkpoint_path, guint64 iteration, GError **error)
{
  g_autofree char *path = state_path_of (checkpoint_path);
  g_autofree char *name = g_path_get_basename (checkpoint_path);
  g_autofree char *text = g_strdup_printf (
      "{\"checkpoint\":\"%s\",\"iteration\":%" G_GUINT64_FORMAT "}\n", name, iteration);

  return _siamban_write_atomically (path, text, strlen (text), error);
}

/* Before a checkpoint is overwritten: should the power fail in between, it is better to repeat
 * a part of an epoch than to leave one out. */
void
_siamban_position_forget (const char *checkpoint_path)
{
  g_autofree char *path = state_path_of (checkpoint_path);

  (void) g_unlink (path);
}

gboolean
_siamban_position_load (const char *checkpoint_path, guint64 *iteration)
{
  g_autofree char *path = state_path_of (checkpoint_path);
  g_autofree char *name = g_path_get_basename (checkpoint_path);
  g_autoptr (JsonParser) parser = json_parser_new ();
  JsonObject *state;
  const char *checkpoint;

  /* Checkpoints of finished epochs, and those of the original, have no such file. */
  if (!json_parser_load_from_file (parser, path, NULL) ||
      !JSON_NODE_HOLDS_OBJECT (json_parser_get_root (parser)))
    return FALSE;

  state = json_node_get_object (json_parser_get_root (parser));
  checkpoint = json_object_get_string_member_with_default (state, "checkpoint", "");
  if (!g_str_equal (checkpoint, name) ||
      json_object_get_int_member_with_default (state, "iteration", -1) < 0)
    return FALSE;

  *iteration = (guint64) json_object_get_int_member (state, "iteration");

  return TRUE;
}

/* N of checkpoint_eN.pth, 0 for other names. */
static guint64
epoch_of (const char *name)
{
  static const char prefix[] = "checkpoint_e";
  guint64 epoch;
  char *end;

  if (!g_str_has_prefix (name, prefix) || !g_ascii_isdigit (name[strlen (prefix)]))
    return 0;

  epoch = g_ascii_strtoull (name + strlen (prefix), &end, 10);

  return g_str_equal (end, ".pth") ? epoch : 0;
}

static gboolean
is_newer (const char *path, const char *than)
{
  GStatBuf stat_path, stat_than;

  return g_stat (path, &stat_path) == 0 &&
         (g_stat (than, &stat_than) != 0 || stat_path.st_mtime >= stat_than.st_mtime);
}

/* NULL if there is none. */
static char *
find_in_folder (const char *folder)
{
  /* A folder that cannot be read has no checkpoint for us. */
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  g_autofree char *stop_path = g_build_filename (folder, SIAMBAN_STOP_CHECKPOINT, NULL);
  g_autofree char *epoch_path = NULL;
  guint64 last_epoch = 0;
  const char *name;

  while (dir && (name = g_dir_read_name (dir)) != NULL)
    if (epoch_of (name) > last_epoch)
      {
        last_epoch = epoch_of (name);
        g_free (epoch_path);
        epoch_path = g_build_filename (folder, name, NULL);
      }

  if (!g_file_test (stop_path, G_FILE_TEST_IS_REGULAR))
    return g_steal_pointer (&epoch_path);
  if (epoch_path == NULL || is_newer (stop_path, epoch_path))
    return g_steal_pointer (&stop_path);

  return g_steal_pointer (&epoch_path);
}

char *
_siamban_find_checkpoint (const char *path, GError **error)
{
  g_autofree char *snapshot = g_build_filename (path, "snapshot", NULL);
  char *found;

  if (!g_file_test (path, G_FILE_TEST_IS_DIR))
    return g_strdup (path);

  found = find_in_folder (g_file_test (snapshot, G_FILE_TEST_IS_DIR) ? snapshot : path);
  if (found == NULL)
    g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_IO,
                 "There is no checkpoint in “%s” to resume from: expected checkpoint_eN.pth or "
                 "%s",
                 path, SIAMBAN_STOP_CHECKPOINT);

  return found;
}
