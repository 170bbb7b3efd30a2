/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-dataset-private.h"

#include "siamban-augmentation.h"
#include "siamban-error.h"
#include "siamban-point-target.h"

typedef struct
{
  guint64 index;
  SiambanAugmentationStages stages;
} Request;

/**
 * siamban_dataset_get_sample:
 * @self: a dataset
 * @index: which sample of the run, from 0
 * @error: return location for an error
 *
 * Makes one sample, the same one every time. Any thread may call this.
 *
 * It fails with %SIAMBAN_ERROR_INVALID_DATA if the run has no such sample or 100 images in a row
 * cannot be used; the message names the last one.
 *
 * Returns: (transfer full): the sample
 *
 * Since: 0.1
 */
SiambanSample *
siamban_dataset_get_sample (SiambanDataset *self, guint64 index, GError **error)
{
  g_return_val_if_fail (SIAMBAN_IS_DATASET (self), NULL);

  return siamban_dataset_get_sample_with_stages (self, index, SIAMBAN_AUGMENTATION_STAGES_ALL,
                                                 error);
}

/**
 * siamban_dataset_get_sample_with_stages:
 * @self: a dataset
 * @index: which sample of the run, from 0
 * @stages: the stages of the augmentation that may change the images
 * @error: return location for an error
 *
 * Makes a sample as [method@Dataset.get_sample] does, but leaves stages of the augmentation out. The
 * pair, all random numbers and the other stages stay what they are in training.
 *
 * Returns: (transfer full): the sample
 *
 * Since: 0.1
 */
SiambanSample *
siamban_dataset_get_sample_with_stages (SiambanDataset *self,
                                        guint64 index,
                                        SiambanAugmentationStages stages,
                                        GError **error)
{
  g_autoptr (SiambanSample) sample = NULL;
  SiambanSampleBuffers buffers;
  SiambanSampleShape shape;

  g_return_val_if_fail (SIAMBAN_IS_DATASET (self), NULL);

  if (index >= siamban_dataset_get_n_samples (self))
    {
      g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_DATA,
                   "The run has %" G_GUINT64_FORMAT
                   " samples; there is no sample %" G_GUINT64_FORMAT,
                   siamban_dataset_get_n_samples (self), index);
      return NULL;
    }

  shape = _siamban_dataset_get_shape (self);
  sample = _siamban_sample_new (&shape, &buffers);
  if (!_siamban_dataset_fill_stages (self, index, stages, &buffers,
                                     _siamban_sample_peek_record (sample), error))
    return NULL;

  return g_steal_pointer (&sample);
}

static void
get_in_thread_cb (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  const Request *request = data;
  g_autoptr (GError) error = NULL;
  SiambanSample *sample;

  if (g_task_return_error_if_cancelled (task))
    return;

  sample = siamban_dataset_get_sample_with_stages (source, request->index, request->stages, &error);
  if (sample != NULL)
    g_task_return_pointer (task, sample, (GDestroyNotify) siamban_sample_unref);
  else
    g_task_return_error (task, g_steal_pointer (&error));
}

/**
 * siamban_dataset_get_sample_async:
 * @self: a dataset
 * @index: which sample of the run, from 0
 * @stages: the stages of the augmentation that may change the images
 * @cancellable: (nullable): gives it up
 * @callback: (scope async): called in the main context of the caller
 * @user_data: for @callback
 *
 * Makes a sample in a thread, see [method@Dataset.get_sample_with_stages].
 *
 * Since: 0.1
 */
void
siamban_dataset_get_sample_async (SiambanDataset *self,
                                  guint64 index,
                                  SiambanAugmentationStages stages,
                                  GCancellable *cancellable,
                                  GAsyncReadyCallback callback,
                                  gpointer user_data)
{
  g_autoptr (GTask) task = NULL;
  Request *request;

  g_return_if_fail (SIAMBAN_IS_DATASET (self));
  g_return_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable));

  request = g_new (Request, 1);
  *request = (Request){ index, stages };
  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, siamban_dataset_get_sample_async);
  g_task_set_task_data (task, request, g_free);
  g_task_run_in_thread (task, get_in_thread_cb);
}

/**
 * siamban_dataset_get_sample_finish:
 * @self: a dataset
 * @result: what the callback got
 * @error: return location for an error
 *
 * Gets the sample of [method@Dataset.get_sample_async].
 *
 * It fails as [method@Dataset.get_sample] does, and with %G_IO_ERROR_CANCELLED.
 *
 * Returns: (transfer full): the sample
 *
 * Since: 0.1
 */
SiambanSample *
siamban_dataset_get_sample_finish (SiambanDataset *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

/**
 * siamban_dataset_reseed:
 * @self: a dataset
 * @seed: picks all random numbers
 *
 * Makes the same mixture with other random numbers. The sources are shared: nothing is read again.
 *
 * Returns: (transfer full): a new dataset
 *
 * Since: 0.1
 */
SiambanDataset *
siamban_dataset_reseed (SiambanDataset *self, guint64 seed)
{
  g_autoptr (GListModel) sub_datasets = NULL;
  g_autoptr (SiambanAugmentation) template_augmentation = NULL;
  g_autoptr (SiambanAugmentation) search_augmentation = NULL;
  g_autoptr (SiambanPointTarget) point_target = NULL;
  gint64 videos_per_epoch;
  double neg, gray;
  guint template_size, epochs;
  SiambanDataset *other;

  g_return_val_if_fail (SIAMBAN_IS_DATASET (self), NULL);

  g_object_get (self, "sub-datasets", &sub_datasets, "template-augmentation",
                &template_augmentation, "search-augmentation", &search_augmentation, "point-target",
                &point_target, "template-size", &template_size, "neg", &neg, "gray", &gray,
                "videos-per-epoch", &videos_per_epoch, "epochs", &epochs, NULL);

  other = g_object_new (SIAMBAN_TYPE_DATASET, "sub-datasets", sub_datasets, "template-augmentation",
                        template_augmentation, "search-augmentation", search_augmentation,
                        "point-target", point_target, "template-size", template_size, "neg", neg,
                        "gray", gray, "videos-per-epoch", videos_per_epoch, "epochs", epochs,
                        "seed", seed, NULL);
  _siamban_dataset_set_stages (other, _siamban_dataset_get_stages (self));

  return other;
}
