/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-data-page.h"

#include <glib/gi18n.h>
#include <inttypes.h>
#include <string.h>

#include "siamban-message.h"
#include "siamban-preparation.h"
#include "siamban-source-row.h"

/* The mixture of the experiment: its sources, how much each gives, and how to add one. */
struct _SiambanDataPage
{
  SiambanPage parent_instance;

  GtkWidget *content;
  GtkInfoBar *bar;
  GtkLabel *bar_label;
  GtkRevealer *progress_revealer;
  GtkLabel *progress_label;
  GtkProgressBar *progress;
  GtkStack *stack;
  AdwPreferencesGroup *group;

  SiambanSession *session; /* of the page, which keeps it */
  char *shown;             /* which sources the rows are of */
  GPtrArray *rows;         /* SiambanSourceRow */
  GtkFileChooserNative *chooser;
  SiambanImporter *importer; /* while it runs */
  GCancellable *cancellable;
  char *raw_folder; /* of what is asked about or prepared */
  char *crops_folder;
};

G_DEFINE_FINAL_TYPE (SiambanDataPage, siamban_data_page, SIAMBAN_TYPE_PAGE)

static void
show_problem (SiambanDataPage *self, const char *text)
{
  siamban_message_show (self->bar, self->bar_label, gtk_info_bar_get_message_type (self->bar),
                        text);
}

static void
bar_response_cb (SiambanDataPage *self)
{
  gtk_info_bar_set_revealed (self->bar, FALSE);
}

/* The names of all sources that the experiment knows of: those it uses, and those it has files of. */
static GPtrArray *
list_names (SiambanConfig *config)
{
  GPtrArray *names = g_ptr_array_new_with_free_func (g_free);
  const char *const *used = siamban_config_get_strv (config, "DATASET.NAMES");
  GListModel *groups = siamban_config_get_groups (config);

  /* In the order of the groups, so that a source keeps its place when it is switched on or off. */
  for (guint i = 0; i < g_list_model_get_n_items (groups); i++)
    {
      g_autoptr (SiambanConfigGroup) group = g_list_model_get_item (groups, i);
      const char *full_name = siamban_config_group_get_name (group);
      const char *name = strrchr (full_name, '.');
      g_autofree char *key = g_strdup_printf ("%s.ANNO", full_name);

      if (!SIAMBAN_IS_SOURCE_CONFIG (group) || name == NULL)
        continue;
      name++;
      if ((used != NULL && g_strv_contains (used, name)) ||
          g_file_test (siamban_config_get_string (config, key), G_FILE_TEST_EXISTS))
        g_ptr_array_add (names, g_strdup (name));
    }
  for (guint i = 0; used != NULL && used[i] != NULL; i++)
    if (!g_ptr_array_find_with_equal_func (names, used[i], g_str_equal, NULL))
      g_ptr_array_add (names, g_strdup (used[i]));

  return names;
}

/* What has to be read again when it changes. */
static char *
describe_sources (SiambanConfig *config, GPtrArray *names)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < names->len; i++)
    {
      const char *name = g_ptr_array_index (names, i);
      g_autofree char *root = g_strdup_printf ("DATASET.%s.ROOT", name);
      g_autofree char *anno = g_strdup_printf ("DATASET.%s.ANNO", name);

      g_string_append_printf (
          text, "%s\n%s\n%s\n", name,
          siamban_config_has_key (config, root) ? siamban_config_get_string (config, root) : "",
          siamban_config_has_key (config, anno) ? siamban_config_get_string (config, anno) : "");
    }

  return g_string_free (text, FALSE);
}

/* Whether all sources were looked for, and none is there. */
static gboolean
has_nothing (SiambanDataPage *self)
{
  for (guint i = 0; i < self->rows->len; i++)
    if (siamban_source_get_error (
            siamban_source_row_get_source (g_ptr_array_index (self->rows, i))) == NULL)
      return FALSE;

  return TRUE;
}

static void
update (SiambanDataPage *self)
{
  SiambanConfig *config = siamban_session_get_config (self->session);
  guint64 n_draws = 0;
  g_autofree char *text = NULL;

  for (guint i = 0; i < self->rows->len; i++)
    n_draws += siamban_source_count_draws (
        siamban_source_row_get_source (g_ptr_array_index (self->rows, i)), config);
  for (guint i = 0; i < self->rows->len; i++)
    siamban_source_row_update (g_ptr_array_index (self->rows, i), config, n_draws);
  if (has_nothing (self))
    text = g_strdup (
        _ ("None of these is on this computer. Add a folder: crops with their train.json, "
           "or frames with a groundtruth.txt."));
  else
    text = g_strdup_printf (_ ("%" PRIu64 " draws in a pass, %" PRId64 " pairs in an epoch"),
                            n_draws, siamban_config_get_int (config, "DATASET.VIDEOS_PER_EPOCH"));
  adw_preferences_group_set_description (self->group, text);
  gtk_stack_set_visible_child_name (self->stack, self->rows->len > 0 ? "mixture" : "empty");
}

/* Writes the list of what is used. */
static gboolean
set_used (SiambanConfig *config, const char *name, gboolean used, GError **error)
{
  const char *const *old = siamban_config_get_strv (config, "DATASET.NAMES");
  g_autoptr (GPtrArray) names = g_ptr_array_new ();

  for (guint i = 0; old != NULL && old[i] != NULL; i++)
    if (!g_str_equal (old[i], name))
      g_ptr_array_add (names, (gpointer) old[i]);
  if (used)
    g_ptr_array_add (names, (gpointer) name);
  g_ptr_array_add (names, NULL);

  return siamban_config_set_strv (config, "DATASET.NAMES", (const char *const *) names->pdata,
                                  error);
}

static void
edited_cb (SiambanSourceRow *row, const char *what, gint64 value, gpointer user_data)
{
  SiambanDataPage *self = user_data;
  SiambanSource *source = siamban_source_row_get_source (row);
  g_autofree char *key = siamban_source_get_key (source, what);
  g_autoptr (SiambanConfig)
      config = siamban_config_copy (siamban_session_get_config (self->session));
  g_autoptr (GError) error = NULL;
  gboolean ok;

  if (g_str_equal (what, "USED"))
    ok = set_used (config, siamban_source_get_name (source), value != 0, &error);
  else
    ok = siamban_config_set_int (config, key, value, &error);
  if (ok)
    siamban_session_set_config (self->session, config);
  else
    show_problem (self, error->message);
  update (self);
}

static void
add_row (SiambanDataPage *self, const char *name)
{
  g_autoptr (SiambanSource)
      source = siamban_source_new (siamban_session_get_config (self->session), name);
  GtkWidget *row = siamban_source_row_new (source);

  g_signal_connect_object (source, "changed", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  g_signal_connect (row, "edited", G_CALLBACK (edited_cb), self);
  adw_preferences_group_add (self->group, row);
  g_ptr_array_add (self->rows, row);
}

static void
load (SiambanDataPage *self, gboolean force)
{
  g_autoptr (GPtrArray) names = NULL;
  g_autofree char *text = NULL;

  if (self->session == NULL || !gtk_widget_get_mapped (GTK_WIDGET (self)))
    return;
  names = list_names (siamban_session_get_config (self->session));
  text = describe_sources (siamban_session_get_config (self->session), names);
  if (force || g_strcmp0 (text, self->shown) != 0)
    {
      for (guint i = 0; i < self->rows->len; i++)
        adw_preferences_group_remove (self->group, g_ptr_array_index (self->rows, i));
      g_ptr_array_set_size (self->rows, 0);
      g_free (self->shown);
      self->shown = g_steal_pointer (&text);
      for (guint i = 0; i < names->len; i++)
        add_row (self, g_ptr_array_index (names, i));
    }
  update (self);
}

static void
config_changed_cb (SiambanDataPage *self)
{
  load (self, FALSE);
}

static void
retry_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  load (SIAMBAN_DATA_PAGE (widget), TRUE);
}

/* Whether a source of the experiment has what it needs; those that have not are not used any more once
 * the user brings data. */
static gboolean
is_readable (SiambanDataPage *self, const char *name)
{
  for (guint i = 0; i < self->rows->len; i++)
    {
      SiambanSource *source = siamban_source_row_get_source (g_ptr_array_index (self->rows, i));

      if (g_str_equal (siamban_source_get_name (source), name))
        return siamban_source_get_error (source) == NULL;
    }

  return FALSE;
}

static gboolean
describe_source (SiambanDataPage *self,
                 SiambanConfig *config,
                 const char *name,
                 const char *root,
                 const char *anno,
                 GError **error)
{
  g_autofree char *root_key = g_strdup_printf ("DATASET.%s.ROOT", name);
  g_autofree char *anno_key = g_strdup_printf ("DATASET.%s.ANNO", name);
  g_auto (GStrv) used = g_strdupv ((char **) siamban_config_get_strv (config, "DATASET.NAMES"));

  for (guint i = 0; used != NULL && used[i] != NULL; i++)
    if (!is_readable (self, used[i]) && !set_used (config, used[i], FALSE, error))
      return FALSE;

  return siamban_config_set_string (config, root_key, root, error) &&
         siamban_config_set_string (config, anno_key, anno, error) &&
         set_used (config, name, TRUE, error);
}

static void
add_source (SiambanDataPage *self, const char *root, const char *anno, const char *raw)
{
  g_autoptr (SiambanConfig)
      config = siamban_config_copy (siamban_session_get_config (self->session));
  g_autofree char *name = siamban_preparation_suggest_name (config, raw);
  g_autofree char *text = g_strdup_printf (_ ("%s is part of the mixture"), name);
  g_autoptr (GError) error = NULL;

  if (!describe_source (self, config, name, root, anno, &error))
    {
      show_problem (self, error->message);
      return;
    }
  siamban_session_set_config (self->session, config);
  gtk_widget_activate_action (GTK_WIDGET (self), "win.toast", "s", text);
}

static void
progress_cb (SiambanDataPage *self, guint n_done, guint n_frames)
{
  g_autofree char *text = g_strdup_printf (_ ("Frame %u of %u"), n_done, n_frames);

  gtk_progress_bar_set_fraction (self->progress, n_frames > 0 ? (double) n_done / n_frames : 0);
  gtk_progress_bar_set_text (self->progress, text);
}

static void
show_report (SiambanDataPage *self, SiambanPrepareReport *report)
{
  const char *const *messages = siamban_prepare_report_get_messages (report);
  g_autofree char *summary = NULL;
  g_autofree char *text = NULL;

  if (messages[0] == NULL)
    return;
  summary = siamban_prepare_report_to_string (report);
  text = g_strdup_printf (_ ("Some frames were left out:\n%s\n%s"), summary, messages[0]);
  show_problem (self, text);
}

static void
prepared_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (SiambanDataPage) self = user_data;
  g_autoptr (SiambanImporter) importer = g_steal_pointer (&self->importer);
  g_autoptr (GError) error = NULL;
  const gboolean ok = siamban_importer_run_finish (SIAMBAN_IMPORTER (source), result, &error);

  g_signal_handlers_disconnect_by_data (source, self);
  g_clear_object (&self->cancellable);
  if (self->content == NULL)
    return;
  gtk_revealer_set_reveal_child (self->progress_revealer, FALSE);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "data.add", TRUE);
  if (ok)
    {
      g_autofree char *anno = g_build_filename (self->crops_folder, "train.json", NULL);

      show_report (self, siamban_importer_get_report (SIAMBAN_IMPORTER (source)));
      add_source (self, self->crops_folder, anno, self->raw_folder);
    }
  else if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    gtk_widget_activate_action (GTK_WIDGET (self), "win.toast", "s",
                                _ ("Stopped; add the folder again to go on"));
  else
    {
      g_autofree char *text = g_strdup_printf (
          _ ("%s cannot be prepared:\n%s\nExpected is a folder with images and a groundtruth.txt, "
             "or a folder of such folders."),
          self->raw_folder, error->message);

      show_problem (self, text);
    }
}

static void
prepare (SiambanDataPage *self)
{
  g_autofree char *text = g_strdup_printf (_ ("Cutting the targets of %s out"), self->raw_folder);

  gtk_label_set_text (self->progress_label, text);
  progress_cb (self, 0, 0);
  gtk_progress_bar_set_text (self->progress, _ ("Looking for frames…"));
  gtk_revealer_set_reveal_child (self->progress_revealer, TRUE);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "data.add", FALSE);
  self->importer = siamban_preparation_make_importer (self->raw_folder, self->crops_folder);
  self->cancellable = g_cancellable_new ();
  g_signal_connect_swapped (self->importer, "progress", G_CALLBACK (progress_cb), self);
  siamban_importer_run_async (self->importer, self->cancellable, prepared_cb, g_object_ref (self));
}

static void
cancel_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  SiambanDataPage *self = SIAMBAN_DATA_PAGE (widget);

  if (self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
}

/* Takes the folder that the chooser was at. */
static char *
take_chosen (SiambanDataPage *self, int response)
{
  g_autoptr (GtkFileChooserNative) chooser = g_steal_pointer (&self->chooser);
  g_autoptr (GFile) file = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (chooser));

  return response == GTK_RESPONSE_ACCEPT && file != NULL ? g_file_get_path (file) : NULL;
}

static void
choose_folder (SiambanDataPage *self, const char *title, const char *accept, GCallback chosen)
{
  g_clear_object (&self->chooser);
  self->chooser = gtk_file_chooser_native_new (title,
                                               GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self))),
                                               GTK_FILE_CHOOSER_ACTION_SELECT_FOLDER, accept, NULL);
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (self->chooser), TRUE);
  g_signal_connect_swapped (self->chooser, "response", chosen, self);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (self->chooser));
}

static void
crops_chosen_cb (SiambanDataPage *self, int response)
{
  char *path = take_chosen (self, response);

  if (path == NULL)
    return;
  g_free (self->crops_folder);
  self->crops_folder = path;
  prepare (self);
}

static void
asked_cb (SiambanDataPage *self, const char *response)
{
  if (g_str_equal (response, "prepare"))
    prepare (self);
  else if (g_str_equal (response, "folder"))
    choose_folder (self, _ ("Folder for the Crops"), _ ("_Prepare"), G_CALLBACK (crops_chosen_cb));
}

static void
ask (SiambanDataPage *self)
{
  GtkWidget *dialog = adw_message_dialog_new (GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self))),
                                              _ ("Prepare the Frames?"), NULL);

  adw_message_dialog_format_body (ADW_MESSAGE_DIALOG (dialog),
                                  _ ("%s has no train.json. Training needs crops of the targets: "
                                     "they are cut out of the frames "
                                     "and written to %s."),
                                  self->raw_folder, self->crops_folder);
  adw_message_dialog_add_responses (ADW_MESSAGE_DIALOG (dialog), "cancel", _ ("_Cancel"), "folder",
                                    _ ("Other _Folder…"), "prepare", _ ("_Prepare"), NULL);
  adw_message_dialog_set_response_appearance (ADW_MESSAGE_DIALOG (dialog), "prepare",
                                              ADW_RESPONSE_SUGGESTED);
  adw_message_dialog_set_default_response (ADW_MESSAGE_DIALOG (dialog), "prepare");
  adw_message_dialog_set_close_response (ADW_MESSAGE_DIALOG (dialog), "cancel");
  g_signal_connect_object (dialog, "response", G_CALLBACK (asked_cb), self, G_CONNECT_SWAPPED);
  gtk_window_present (GTK_WINDOW (dialog));
}

static void
add_path (SiambanDataPage *self, const char *path)
{
  g_autofree char *anno = siamban_preparation_find_annotations (path);

  gtk_info_bar_set_revealed (self->bar, FALSE);
  if (anno != NULL)
    {
      add_source (self, path, anno, path);
      return;
    }
  g_free (self->raw_folder);
  g_free (self->crops_folder);
  self->raw_folder = g_strdup (path);
  self->crops_folder = siamban_preparation_suggest_folder (path);
  ask (self);
}

static void
folder_chosen_cb (SiambanDataPage *self, int response)
{
  g_autofree char *path = take_chosen (self, response);

  if (path != NULL)
    add_path (self, path);
}

static void
add_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  choose_folder (SIAMBAN_DATA_PAGE (widget), _ ("Add a Folder"), _ ("_Add"),
                 G_CALLBACK (folder_chosen_cb));
}

static void
add_path_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  SiambanDataPage *self = SIAMBAN_DATA_PAGE (widget);

  if (self->importer == NULL)
    add_path (self, g_variant_get_string (parameter, NULL));
}

static gboolean
drop_cb (SiambanDataPage *self, const GValue *value)
{
  g_autofree char *path = g_file_get_path (g_value_get_object (value));

  if (path == NULL || self->importer != NULL || !g_file_test (path, G_FILE_TEST_IS_DIR))
    return FALSE;
  add_path (self, path);

  return TRUE;
}

static void
siamban_data_page_map (GtkWidget *widget)
{
  GTK_WIDGET_CLASS (siamban_data_page_parent_class)->map (widget);
  load (SIAMBAN_DATA_PAGE (widget), FALSE);
}

static void
siamban_data_page_set_session (SiambanPage *page, SiambanSession *session)
{
  SiambanDataPage *self = SIAMBAN_DATA_PAGE (page);

  self->session = session;
  if (session == NULL)
    return;

  g_signal_connect_swapped (session, "notify::config", G_CALLBACK (config_changed_cb), self);
  load (self, FALSE);
}

static void
siamban_data_page_dispose (GObject *object)
{
  SiambanDataPage *self = SIAMBAN_DATA_PAGE (object);

  /* What is prepared already stays, and is not made again. */
  if (self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
  g_ptr_array_set_size (self->rows, 0);
  g_clear_pointer (&self->content, gtk_widget_unparent);
  g_clear_object (&self->chooser);

  G_OBJECT_CLASS (siamban_data_page_parent_class)->dispose (object);
}

static void
siamban_data_page_finalize (GObject *object)
{
  SiambanDataPage *self = SIAMBAN_DATA_PAGE (object);

  g_ptr_array_unref (self->rows);
  g_free (self->shown);
  g_free (self->raw_folder);
  g_free (self->crops_folder);

  G_OBJECT_CLASS (siamban_data_page_parent_class)->finalize (object);
}

static void
siamban_data_page_class_init (SiambanDataPageClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = siamban_data_page_dispose;
  SIAMBAN_PAGE_CLASS (klass)->set_session = siamban_data_page_set_session;
  object_class->finalize = siamban_data_page_finalize;
  widget_class->map = siamban_data_page_map;

  gtk_widget_class_set_template_from_resource (
      widget_class, "/io/github/siamban/Siamban/data/siamban-data-page.ui");
  gtk_widget_class_bind_template_child (widget_class, SiambanDataPage, content);
  gtk_widget_class_bind_template_child (widget_class, SiambanDataPage, bar);
  gtk_widget_class_bind_template_child (widget_class, SiambanDataPage, bar_label);
  gtk_widget_class_bind_template_child (widget_class, SiambanDataPage, progress_revealer);
  gtk_widget_class_bind_template_child (widget_class, SiambanDataPage, progress_label);
  gtk_widget_class_bind_template_child (widget_class, SiambanDataPage, progress);
  gtk_widget_class_bind_template_child (widget_class, SiambanDataPage, stack);
  gtk_widget_class_bind_template_child (widget_class, SiambanDataPage, group);
  gtk_widget_class_bind_template_callback (widget_class, bar_response_cb);
  gtk_widget_class_install_action (widget_class, "data.add", NULL, add_action);
  gtk_widget_class_install_action (widget_class, "data.add-path", "s", add_path_action);
  gtk_widget_class_install_action (widget_class, "data.cancel", NULL, cancel_action);
  gtk_widget_class_install_action (widget_class, "data.retry", NULL, retry_action);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_F5, 0, "data.retry", NULL);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_i, GDK_CONTROL_MASK, "data.add", NULL);
}

static void
siamban_data_page_init (SiambanDataPage *self)
{
  GtkDropTarget *target = gtk_drop_target_new (G_TYPE_FILE, GDK_ACTION_COPY);

  self->rows = g_ptr_array_new ();
  gtk_widget_init_template (GTK_WIDGET (self));
  g_signal_connect_swapped (target, "drop", G_CALLBACK (drop_cb), self);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (target));
}
