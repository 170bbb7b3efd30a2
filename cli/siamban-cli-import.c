/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-cli.h"

typedef struct
{
  GMainLoop *loop;
  CliProgress progress;
  GError *error;
} Import;

static void
cancel_cb (gpointer user_data)
{
  g_cancellable_cancel (user_data);
}

static void
progress_cb (SiambanImporter *importer, guint n_done, guint n_frames, gpointer user_data)
{
  Import *import = user_data;

  cli_progress_update (&import->progress, n_done, n_frames);
}

static void
ended_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Import *import = user_data;

  siamban_importer_run_finish (SIAMBAN_IMPORTER (source), result, &import->error);
  g_main_loop_quit (import->loop);
}

gboolean
cli_run_importer (SiambanImporter *importer, GError **error)
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (CliInterrupt) interrupt = cli_interrupt_new (cancel_cb, cancellable);
  Import import = { .loop = loop };
  gulong handler;

  cli_progress_init (&import.progress, stderr);
  handler = g_signal_connect (importer, "progress", G_CALLBACK (progress_cb), &import);
  siamban_importer_run_async (importer, cancellable, ended_cb, &import);
  g_main_loop_run (loop);
  g_signal_handler_disconnect (importer, handler);
  cli_progress_clear (&import.progress);

  if (g_error_matches (import.error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    {
      g_clear_error (&import.error);
      g_set_error_literal (&import.error, G_IO_ERROR, G_IO_ERROR_CANCELLED,
                           _ ("Stopped; the same command goes on where it ended"));
    }
  if (import.error == NULL)
    return TRUE;

  g_propagate_error (error, import.error);

  return FALSE;
}

void
cli_json_report (JsonBuilder *builder, SiambanPrepareReport *report)
{
  cli_json_int (builder, "videos", siamban_prepare_report_get_n_videos (report));
  cli_json_int (builder, "frames", siamban_prepare_report_get_n_frames (report));
  cli_json_int (builder, "crops", siamban_prepare_report_get_n_crops (report));
  cli_json_int (builder, "kept", siamban_prepare_report_get_n_kept (report));
  cli_json_int (builder, "bad-boxes", siamban_prepare_report_get_n_bad_boxes (report));
  cli_json_int (builder, "bad-images", siamban_prepare_report_get_n_bad_images (report));
  json_builder_set_member_name (builder, "messages");
  json_builder_begin_array (builder);
  for (const char *const *message = siamban_prepare_report_get_messages (report); *message != NULL;
       message++)
    cli_json_string (builder, NULL, *message);
  json_builder_end_array (builder);
}

void
cli_print_report (SiambanPrepareReport *report)
{
  g_autofree char *text = siamban_prepare_report_to_string (report);

  for (const char *const *message = siamban_prepare_report_get_messages (report); *message != NULL;
       message++)
    g_printerr ("%s\n", *message);
  g_print ("%s\n", text);
}
