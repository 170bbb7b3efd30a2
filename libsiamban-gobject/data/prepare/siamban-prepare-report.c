/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-prepare-report-private.h"

/* A data set with more faults than this is wrong as a whole. */
#define MAX_MESSAGES 1000

/**
 * SiambanPrepareReport:
 *
 * What became of the raw data when it was prepared for training: how much was used, what was left
 * out, and why.
 *
 * Immutable and reference counted: threads may share it.
 *
 * Since: 0.1
 */
G_DEFINE_BOXED_TYPE (SiambanPrepareReport,
                     siamban_prepare_report,
                     siamban_prepare_report_ref,
                     siamban_prepare_report_unref)

SiambanPrepareReport *
_siamban_prepare_report_new (void)
{
  SiambanPrepareReport *self = g_atomic_rc_box_new0 (SiambanPrepareReport);

  self->messages = g_ptr_array_new_with_free_func (g_free);
  g_ptr_array_add (self->messages, NULL);

  return self;
}

void
_siamban_prepare_report_add_message (SiambanPrepareReport *self, char *message)
{
  self->n_messages++;
  if (self->messages->len <= MAX_MESSAGES)
    g_ptr_array_insert (self->messages, (int) self->messages->len - 1, message);
  else
    g_free (message);
}

static void
clear_report (gpointer data)
{
  SiambanPrepareReport *self = data;

  g_ptr_array_unref (self->messages);
}

/**
 * siamban_prepare_report_ref:
 * @self: a report
 *
 * Takes a reference.
 *
 * Returns: (transfer full): @self
 *
 * Since: 0.1
 */
SiambanPrepareReport *
siamban_prepare_report_ref (SiambanPrepareReport *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return g_atomic_rc_box_acquire (self);
}

/**
 * siamban_prepare_report_unref:
 * @self: (transfer full): a report
 *
 * Gives a reference back; the last one frees the report.
 *
 * Since: 0.1
 */
void
siamban_prepare_report_unref (SiambanPrepareReport *self)
{
  g_return_if_fail (self != NULL);

  g_atomic_rc_box_release_full (self, clear_report);
}

/**
 * siamban_prepare_report_get_n_videos:
 * @self: a report
 *
 * Counts the videos that training can use.
 *
 * Returns: the number of videos with at least one crop
 *
 * Since: 0.1
 */
guint
siamban_prepare_report_get_n_videos (SiambanPrepareReport *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->n_videos;
}

/**
 * siamban_prepare_report_get_n_frames:
 * @self: a report
 *
 * Counts the frames that were found, good or not.
 *
 * Returns: the number of frames
 *
 * Since: 0.1
 */
guint
siamban_prepare_report_get_n_frames (SiambanPrepareReport *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->n_frames;
}

/**
 * siamban_prepare_report_get_n_crops:
 * @self: a report
 *
 * Counts the crops that are there now.
 *
 * Returns: the number of crops, those of an earlier run included
 *
 * Since: 0.1
 */
guint
siamban_prepare_report_get_n_crops (SiambanPrepareReport *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->n_crops;
}

/**
 * siamban_prepare_report_get_n_kept:
 * @self: a report
 *
 * Counts the crops of an earlier run that were good and newer than their sources.
 *
 * Returns: the number of crops that were not made again
 *
 * Since: 0.1
 */
guint
siamban_prepare_report_get_n_kept (SiambanPrepareReport *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->n_kept;
}

/**
 * siamban_prepare_report_get_n_bad_boxes:
 * @self: a report
 *
 * Counts the targets that were left out for their box: absent, without area, or outside the frame.
 *
 * Returns: the number of boxes left out
 *
 * Since: 0.1
 */
guint
siamban_prepare_report_get_n_bad_boxes (SiambanPrepareReport *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->n_bad_boxes;
}

/**
 * siamban_prepare_report_get_n_bad_images:
 * @self: a report
 *
 * Counts the frames that were left out because their image could not be read.
 *
 * Returns: the number of images left out
 *
 * Since: 0.1
 */
guint
siamban_prepare_report_get_n_bad_images (SiambanPrepareReport *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->n_bad_images;
}

/**
 * siamban_prepare_report_get_messages:
 * @self: a report
 *
 * Gets what was left out and why, one message for each broken image and each folder that does not
 * fit; at most 1000.
 *
 * Returns: (transfer none) (array zero-terminated=1): the messages, naming files
 *
 * Since: 0.1
 */
const char *const *
siamban_prepare_report_get_messages (SiambanPrepareReport *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return (const char *const *) self->messages->pdata;
}

/**
 * siamban_prepare_report_to_string:
 * @self: a report
 *
 * Writes the counts for people.
 *
 * Returns: (transfer full): one line
 *
 * Since: 0.1
 */
char *
siamban_prepare_report_to_string (SiambanPrepareReport *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return g_strdup_printf ("%u videos, %u frames, %u crops (%u kept from before), %u boxes and %u "
                          "images left out, %u messages",
                          self->n_videos, self->n_frames, self->n_crops, self->n_kept,
                          self->n_bad_boxes, self->n_bad_images, self->n_messages);
}
