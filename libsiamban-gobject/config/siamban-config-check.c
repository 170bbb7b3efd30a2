/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-config.h"

#include <string.h>

#include "siamban-config-private.h"
#include "siamban-config-problems-private.h"
#include "siamban-config-text-private.h"
#include "siamban-kwargs.h"

static void
check_output_size (SiambanConfig *self, SiambanConfigProblems *problems)
{
  const gint64 template_size = siamban_config_get_int (self, "TRAIN.EXEMPLAR_SIZE");
  const gint64 search_size = siamban_config_get_int (self, "TRAIN.SEARCH_SIZE");
  const gint64 base_size = siamban_config_get_int (self, "TRAIN.BASE_SIZE");
  const gint64 output_size = siamban_config_get_int (self, "TRAIN.OUTPUT_SIZE");
  const gint64 stride = siamban_config_get_int (self, "POINT.STRIDE");
  const double right = (double) (search_size - template_size) / (double) stride + 1 +
                       (double) base_size;
  char text[G_ASCII_DTOSTR_BUF_SIZE];

  if (right == (double) output_size)
    return;

  _siamban_config_problems_add (
      problems, "TRAIN.OUTPUT_SIZE", 0,
      "%" G_GINT64_FORMAT
      " is not (SEARCH_SIZE - EXEMPLAR_SIZE) / POINT.STRIDE + 1 + BASE_SIZE = %s",
      output_size, _siamban_config_format_number (right, text));
}

static void
check_epochs (SiambanConfig *self, SiambanConfigProblems *problems)
{
  const gint64 n_epochs = siamban_config_get_int (self, "TRAIN.EPOCH");
  const gint64 start = siamban_config_get_int (self, "TRAIN.START_EPOCH");
  const gint64 n_warm_up = siamban_config_get_int (self, "TRAIN.LR_WARMUP.EPOCH");

  if (start > n_epochs)
    _siamban_config_problems_add (problems, "TRAIN.START_EPOCH", 0,
                                  "%" G_GINT64_FORMAT " is after TRAIN.EPOCH, %" G_GINT64_FORMAT,
                                  start, n_epochs);
  if (siamban_config_get_boolean (self, "TRAIN.LR_WARMUP.WARMUP") && n_warm_up >= n_epochs)
    _siamban_config_problems_add (problems, "TRAIN.LR_WARMUP.EPOCH", 0,
                                  "%" G_GINT64_FORMAT " is not less than TRAIN.EPOCH, "
                                  "%" G_GINT64_FORMAT,
                                  n_warm_up, n_epochs);
}

static void
check_points (SiambanConfig *self, SiambanConfigProblems *problems)
{
  const gint64 pos_num = siamban_config_get_int (self, "TRAIN.POS_NUM");
  const gint64 total_num = siamban_config_get_int (self, "TRAIN.TOTAL_NUM");

  if (pos_num > total_num)
    _siamban_config_problems_add (problems, "TRAIN.POS_NUM", 0,
                                  "%" G_GINT64_FORMAT " is more than TRAIN.TOTAL_NUM, "
                                  "%" G_GINT64_FORMAT,
                                  pos_num, total_num);
}

/* A list of channels has as many numbers as the backbone has used layers. */
static void
check_channels (SiambanConfig *self,
                SiambanConfigProblems *problems,
                const char *key,
                const char *name)
{
  gsize n_layers = 0;
  gsize n_channels = 0;
  g_autofree gint64 *layers = siamban_kwargs_get_ints (
      siamban_config_get_kwargs (self, "BACKBONE.KWARGS"), "used_layers", &n_layers);
  GVariant *kwargs = siamban_config_get_kwargs (self, key);
  g_autofree gint64 *channels = siamban_kwargs_get_ints (kwargs, name, &n_channels);
  g_autofree char *full = g_strconcat (key, ".", name, NULL);

  if (!siamban_kwargs_has (kwargs, name))
    return;

  if (!channels)
    {
      _siamban_config_problems_add (problems, full, 0, "not a list of whole numbers");
      return;
    }

  for (gsize i = 0; i < n_channels; i++)
    if (channels[i] < 1)
      _siamban_config_problems_add (problems, full, 0,
                                    "%" G_GINT64_FORMAT " is no number of channels", channels[i]);

  if (layers && n_channels != n_layers)
    _siamban_config_problems_add (problems, full, 0,
                                  "%" G_GSIZE_FORMAT " numbers for the %" G_GSIZE_FORMAT
                                  " layers of BACKBONE.KWARGS.used_layers",
                                  n_channels, n_layers);
}

/* What the neck gives is what the head takes. */
static void
check_neck_and_head (SiambanConfig *self, SiambanConfigProblems *problems)
{
  gsize n_given = 0;
  gsize n_taken = 0;
  g_autofree gint64 *given = siamban_kwargs_get_ints (
      siamban_config_get_kwargs (self, "ADJUST.KWARGS"), "out_channels", &n_given);
  g_autofree gint64 *taken = siamban_kwargs_get_ints (
      siamban_config_get_kwargs (self, "BAN.KWARGS"), "in_channels", &n_taken);

  if (given && taken && n_given == n_taken && memcmp (given, taken, n_given * sizeof (gint64)) != 0)
    _siamban_config_problems_add (problems, "BAN.KWARGS.in_channels", 0,
                                  "not the channels of ADJUST.KWARGS.out_channels");
}

static void
check_network (SiambanConfig *self, SiambanConfigProblems *problems)
{
  const gboolean has_neck = siamban_config_get_boolean (self, "ADJUST.ADJUST");
  const gboolean has_head = siamban_config_get_boolean (self, "BAN.BAN");

  if (has_neck)
    {
      check_channels (self, problems, "ADJUST.KWARGS", "in_channels");
      check_channels (self, problems, "ADJUST.KWARGS", "out_channels");
    }
  if (has_head)
    check_channels (self, problems, "BAN.KWARGS", "in_channels");
  if (has_neck && has_head)
    check_neck_and_head (self, problems);
}

/* The data set that was probably meant. */
static const char *
find_near_source (SiambanConfig *self, const char *name)
{
  GListModel *groups = siamban_config_get_groups (self);
  g_autoptr (GPtrArray) words = g_ptr_array_new ();

  for (guint i = 0; i < g_list_model_get_n_items (groups); i++)
    {
      g_autoptr (SiambanConfigGroup) group = g_list_model_get_item (groups, i);

      if (_siamban_config_group_find (group, "ANNO") >= 0)
        g_ptr_array_add (words,
                         (gpointer) (siamban_config_group_get_name (group) + strlen ("DATASET.")));
    }
  g_ptr_array_add (words, NULL);

  return _siamban_config_nearest_word (name, (const char *const *) words->pdata);
}

static void
check_source (SiambanConfig *self, SiambanConfigProblems *problems, const char *name)
{
  static const char *const needed[] = { "ROOT", "ANNO" };
  g_autofree char *group_name = g_strconcat ("DATASET.", name, NULL);
  SiambanConfigGroup *group = _siamban_config_find_group (self, group_name);
  const char *near = NULL;

  if (!group || _siamban_config_group_find (group, "ANNO") < 0)
    {
      near = find_near_source (self, name);
      _siamban_config_problems_add (
          problems, "DATASET.NAMES", 0, "there is no data set DATASET.%s%s%s%s", name,
          near ? ", did you mean " : "", near ? near : "", near ? "?" : "");
      return;
    }

  for (gsize i = 0; i < G_N_ELEMENTS (needed); i++)
    {
      g_autofree char *key = g_strconcat (group_name, ".", needed[i], NULL);

      if (!*siamban_config_get_string (self, key))
        _siamban_config_problems_add (problems, key, 0, "not given, but DATASET.NAMES has %s",
                                      name);
    }
}

static void
check_sources (SiambanConfig *self, SiambanConfigProblems *problems)
{
  const char *const *names = siamban_config_get_strv (self, "DATASET.NAMES");

  if (!names[0])
    _siamban_config_problems_add (problems, "DATASET.NAMES", 0, "names no data set");
  for (guint i = 0; names[i]; i++)
    check_source (self, problems, names[i]);
}

/**
 * siamban_config_check:
 * @self: a configuration
 * @error: return location for an error
 *
 * Checks what depends on more than one key:
 *
 * - `TRAIN.OUTPUT_SIZE` is what crop sizes, stride and `TRAIN.BASE_SIZE` make it;
 * - the warm-up, if there is one, is shorter than the run, and `TRAIN.START_EPOCH` is in the run;
 * - `TRAIN.POS_NUM` is at most `TRAIN.TOTAL_NUM`;
 * - neck and head have channels for each used layer of the backbone, and agree on them;
 * - each of `DATASET.NAMES` is a data set with `ROOT` and `ANNO`.
 *
 * It fails with %SIAMBAN_ERROR_INVALID_CONFIG; the message has a line for each problem.
 *
 * Returns: %TRUE if nothing is wrong
 *
 * Since: 0.1
 */
gboolean
siamban_config_check (SiambanConfig *self, GError **error)
{
  g_autoptr (SiambanConfigProblems) problems = NULL;

  g_return_val_if_fail (SIAMBAN_IS_CONFIG (self), FALSE);

  problems = _siamban_config_problems_new (NULL);
  check_output_size (self, problems);
  check_epochs (self, problems);
  check_points (self, problems);
  check_network (self, problems);
  check_sources (self, problems);

  return _siamban_config_problems_check (problems, error);
}
