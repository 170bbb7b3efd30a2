/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-snapshot-private.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/statvfs.h>

#include "siamban-checkpoint-private.h"
#include "siamban-error.h"
#include "siamban-weights-private.h"

/* Of a checkpoint's file beside the numbers, in bytes: names, places and padding. */
#define OVERHEAD 16384
#define OVERHEAD_PER_TENSOR 512

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
                        const SiambanPosition *position,
                        const char *path,
                        GError **error)
{
  const double momentum = siamban_config_get_double (config, "TRAIN.MOMENTUM");
  const double weight_decay = siamban_config_get_double (config, "TRAIN.WEIGHT_DECAY");
  g_autoptr (SiambanCheckpoint) checkpoint = siamban_checkpoint_new ();

  siamban_checkpoint_set_epoch (checkpoint, (int) position->epoch);
  checkpoint->iteration = (gint64) position->iteration;
  checkpoint->batch_size = position->batch_size;
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

/* Somewhat more than it takes, in bytes. */
static guint64
estimate_size (SiambanModel *model, SiambanOptimizer *optimizer)
{
  SiambanWeights *weights = siamban_model_get_weights (model);
  guint64 size = OVERHEAD;

  for (guint i = 0; i < _siamban_weights_get_n (weights); i++)
    size += OVERHEAD_PER_TENSOR +
            sizeof (float) * siamban_parameter_get_n_elements (_siamban_weights_peek (weights, i));
  for (guint i = 0; i < siamban_optimizer_get_n_groups (optimizer); i++)
    {
      const char *const *names = siamban_optimizer_get_group_parameters (optimizer, i);

      for (gsize j = 0; names[j]; j++)
        size += OVERHEAD_PER_TENSOR +
                sizeof (float) *
                    siamban_parameter_get_n_elements (siamban_weights_lookup (weights, names[j]));
    }

  return size;
}

gboolean
_siamban_snapshot_check_space (SiambanModel *model,
                               SiambanOptimizer *optimizer,
                               const char *folder,
                               GError **error)
{
  const guint64 needed = estimate_size (model, optimizer);
  g_autofree char *needed_text = NULL;
  g_autofree char *free_text = NULL;
  struct statvfs disk;
  guint64 n_free;

  /* Some file systems do not tell: then the writing does. */
  if (statvfs (folder, &disk) != 0 || disk.f_blocks == 0)
    return TRUE;
  n_free = (guint64) disk.f_bavail * disk.f_frsize;
  if (n_free >= needed)
    return TRUE;

  needed_text = g_format_size (needed);
  free_text = g_format_size (n_free);
  g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_IO,
               "No room in “%s”: a checkpoint takes about %s, and %s are free", folder, needed_text,
               free_text);

  return FALSE;
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

/* N of `checkpoint_eN.pth` for the letter e; FALSE for other names. */
static gboolean
parse_name (const char *name, char letter, guint64 *number)
{
  static const char prefix[] = "checkpoint_";
  const char *digits = name + strlen (prefix) + 1;
  char *end;

  if (!g_str_has_prefix (name, prefix) || name[strlen (prefix)] != letter ||
      !g_ascii_isdigit (*digits))
    return FALSE;
  *number = g_ascii_strtoull (digits, &end, 10);

  return g_str_equal (end, ".pth");
}

gboolean
_siamban_snapshot_parse_epoch (const char *name, guint64 *epoch)
{
  return parse_name (name, 'e', epoch);
}

char *
_siamban_position_name (guint64 iteration)
{
  return g_strdup_printf ("checkpoint_i%" G_GUINT64_FORMAT ".pth", iteration);
}

gboolean
_siamban_position_parse (const char *path, guint64 *iteration)
{
  g_autofree char *name = g_path_get_basename (path);

  return parse_name (name, 'i', iteration);
}

void
_siamban_position_forget_others (const char *path)
{
  g_autofree char *folder = g_path_get_dirname (path);
  g_autofree char *kept = g_path_get_basename (path);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  guint64 iteration;
  const char *name;

  while (dir && (name = g_dir_read_name (dir)) != NULL)
    if (!g_str_equal (name, kept) && parse_name (name, 'i', &iteration))
      {
        g_autofree char *old = g_build_filename (folder, name, NULL);

        (void) g_unlink (old);
      }
}

/* Nanoseconds since 1970, 0 for what is not there. */
static gint64
changed_at (const char *path)
{
  GStatBuf file;

  if (g_stat (path, &file) != 0)
    return 0;

  return (gint64) file.st_mtim.tv_sec * 1000000000 + file.st_mtim.tv_nsec;
}

/* The later of two; of checkpoints of epochs, the higher one. */
static gboolean
is_further (const char *folder, const char *name, const char *than)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_autofree char *other = g_build_filename (folder, than, NULL);
  guint64 epoch, other_epoch;

  if (parse_name (name, 'e', &epoch) && parse_name (than, 'e', &other_epoch))
    return epoch > other_epoch;

  return changed_at (path) > changed_at (other);
}

static gboolean
is_among (GPtrArray *paths, const char *folder, const char *name)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);

  return g_ptr_array_find_with_equal_func (paths, path, g_str_equal, NULL);
}

/* NULL if there is none. */
static char *
find_in_folder (const char *folder, GPtrArray *passed_over)
{
  /* A folder that cannot be read has no checkpoint for us. */
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  g_autofree char *last_epoch = NULL;
  g_autofree char *last = NULL;
  guint64 number;
  const char *name;

  while (dir && (name = g_dir_read_name (dir)) != NULL)
    {
      char **best = parse_name (name, 'e', &number)   ? &last_epoch
                    : parse_name (name, 'i', &number) ? &last
                                                      : NULL;

      if (best && !is_among (passed_over, folder, name) &&
          (*best == NULL || is_further (folder, name, *best)))
        {
          g_free (*best);
          *best = g_strdup (name);
        }
    }

  if (last && last_epoch && !is_further (folder, last, last_epoch))
    g_clear_pointer (&last, g_free);
  if (last == NULL && last_epoch == NULL)
    return NULL;

  return g_build_filename (folder, last ? last : last_epoch, NULL);
}

char *
_siamban_find_checkpoint (const char *path, GPtrArray *passed_over, GError **error)
{
  g_autofree char *snapshot = g_build_filename (path, "snapshot", NULL);
  char *found;

  if (!g_file_test (path, G_FILE_TEST_IS_DIR))
    return g_strdup (path);

  found = find_in_folder (g_file_test (snapshot, G_FILE_TEST_IS_DIR) ? snapshot : path,
                          passed_over);
  if (found == NULL && passed_over->len > 0)
    g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_DATA,
                 "None of the %u checkpoints in “%s” can be read", passed_over->len, path);
  else if (found == NULL)
    g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_IO,
                 "There is no checkpoint in “%s” to resume from: expected checkpoint_eN.pth or "
                 "checkpoint_iN.pth",
                 path);

  return found;
}

guint64
_siamban_snapshot_locate (SiambanCheckpoint *checkpoint,
                          const char *path,
                          guint64 n_samples,
                          guint batch_size)
{
  const guint64 n_per_epoch = n_samples / batch_size;
  guint64 old_batch_size = batch_size, iteration, done;

  if (checkpoint->iteration >= 0 && checkpoint->batch_size > 0)
    {
      iteration = (guint64) checkpoint->iteration;
      old_batch_size = (guint64) checkpoint->batch_size;
    }
  else if (!_siamban_position_parse (path, &iteration))
    return (guint64) MAX (siamban_checkpoint_get_epoch (checkpoint), 0) * n_per_epoch;
  if (old_batch_size == batch_size || n_samples < old_batch_size)
    return iteration;

  done = iteration % (n_samples / old_batch_size) * old_batch_size;

  return iteration / (n_samples / old_batch_size) * n_per_epoch +
         MIN (done / batch_size, n_per_epoch);
}
