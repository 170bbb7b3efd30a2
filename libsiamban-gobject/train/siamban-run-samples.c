/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-run-samples.h"

#include <json-glib/json-glib.h>

#include "siamban-error.h"
#include "siamban-run-record-private.h"

G_DEFINE_BOXED_TYPE (SiambanSampleRange,
                     siamban_sample_range,
                     siamban_sample_range_copy,
                     siamban_sample_range_free)

/**
 * siamban_sample_range_copy:
 * @self: a range
 *
 * Copies a range to the heap; C code copies with `=`.
 *
 * Returns: (transfer full): the copy
 *
 * Since: 0.1
 */
SiambanSampleRange *
siamban_sample_range_copy (const SiambanSampleRange *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return g_memdup2 (self, sizeof *self);
}

/**
 * siamban_sample_range_free:
 * @self: (transfer full): a range on the heap
 *
 * Frees a range.
 *
 * Since: 0.1
 */
void
siamban_sample_range_free (SiambanSampleRange *self)
{
  g_free (self);
}

/* How many devices or processes shared each iteration; 0 with an error. Runs of other programs have no
 * record, and then it is taken for one. */
static guint
count_replicas (SiambanRun *run, GError **error)
{
  g_autofree char *path = g_build_filename (siamban_run_get_directory (run), "config.json", NULL);
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_autoptr (GError) local_error = NULL;
  JsonNode *root;
  JsonObject *record;
  gint64 n;

  if (!g_file_test (path, G_FILE_TEST_EXISTS))
    return 1;
  if (!json_parser_load_from_file (parser, path, &local_error))
    {
      g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_DATA, "%s: cannot be read: %s", path,
                   local_error->message);
      return 0;
    }

  root = json_parser_get_root (parser);
  if (root == NULL || !JSON_NODE_HOLDS_OBJECT (root))
    return 1;
  root = json_object_get_member (json_node_get_object (root), SIAMBAN_RUN_RECORD_MEMBER);
  if (root == NULL || !JSON_NODE_HOLDS_OBJECT (root))
    return 1;
  record = json_node_get_object (root);
  n = json_object_get_int_member_with_default (record, "replicas", 1);

  return (guint) CLAMP (n, 1, 1 << 16);
}

/**
 * siamban_run_find_samples:
 * @self: a run
 * @iteration: which iteration of the whole training, from 1, as in [struct@Iteration]
 * @error: return location for an error
 *
 * Finds the samples that an iteration was trained on, those of all devices together. With
 * [ctor@Dataset.new_from_config] on the run's configuration they can be looked at again.
 *
 * A run that was resumed with another number of devices is described as it went on.
 *
 * It fails with %SIAMBAN_ERROR_INVALID_DATA if the run has no such iteration or its `config.json` is
 * damaged, and as [method@Run.load_config] does.
 *
 * Returns: (transfer full): the samples
 *
 * Since: 0.1
 */
SiambanSampleRange *
siamban_run_find_samples (SiambanRun *self, guint64 iteration, GError **error)
{
  g_autoptr (SiambanConfig) config = NULL;
  SiambanSampleRange range;
  guint n_replicas;

  g_return_val_if_fail (SIAMBAN_IS_RUN (self), NULL);

  if (iteration == 0)
    {
      g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_DATA,
                   "%s: there is no iteration 0; the first one is 1",
                   siamban_run_get_directory (self));
      return NULL;
    }
  config = siamban_run_load_config (self, error);
  if (config == NULL)
    return NULL;
  n_replicas = count_replicas (self, error);
  if (n_replicas == 0)
    return NULL;

  range.n_samples = n_replicas * (guint) (siamban_config_get_int (config, "TRAIN.BATCH_SIZE") *
                                          siamban_config_get_int (config, "TRAIN.ACCUMULATE"));
  range.first = (iteration - 1) * range.n_samples;

  return siamban_sample_range_copy (&range);
}
