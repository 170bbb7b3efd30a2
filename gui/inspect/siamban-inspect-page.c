/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-inspect-page.h"

#include <glib/gi18n.h>

#include "siamban-frame-view.h"
#include "siamban-sample-view.h"

/* The data of the experiment, frame by frame and sample by sample; or those of the run that is shown,
 * as its iterations got them. */
struct _SiambanInspectPage
{
  SiambanPage parent_instance;

  GtkWidget *content;
  GtkStack *stack;
  AdwStatusPage *failure;
  GtkWidget *run_box;
  GtkToggleButton *use_run;
  GtkSpinButton *iteration;
  SiambanFrameView *frames;
  SiambanSampleView *samples;

  SiambanSession *session; /* of the page, which keeps it */
  char *loaded;            /* the configuration that is shown, as text */
  SiambanRun *shown;       /* the run that is shown, or NULL for the experiment */
  GCancellable *cancellable;
};

G_DEFINE_FINAL_TYPE (SiambanInspectPage, siamban_inspect_page, SIAMBAN_TYPE_PAGE)

static void
show_failure (SiambanInspectPage *self, const char *reason)
{
  g_autofree char *text = g_markup_escape_text (reason, -1);

  siamban_frame_view_set_dataset (self->frames, NULL);
  siamban_sample_view_set_dataset (self->samples, NULL);
  adw_status_page_set_description (self->failure, text);
  gtk_stack_set_visible_child_name (self->stack, "failure");
}

static void
show_iteration (SiambanInspectPage *self)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SiambanSampleRange) range = NULL;

  if (self->shown == NULL)
    return;
  range = siamban_run_find_samples (self->shown,
                                    (guint64) gtk_spin_button_get_value (self->iteration), &error);
  if (range != NULL)
    siamban_sample_view_set_range (self->samples, range);
  else
    gtk_widget_activate_action (GTK_WIDGET (self), "win.toast", "s", error->message);
}

static void
iteration_changed_cb (SiambanInspectPage *self)
{
  show_iteration (self);
}

static void
read_in_thread_cb (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  GError *error = NULL;
  SiambanDataset *dataset = siamban_dataset_new_from_config (data, &error);

  if (dataset != NULL)
    g_task_return_pointer (task, dataset, g_object_unref);
  else
    g_task_return_error (task, error);
}

static void
read_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  SiambanInspectPage *self = SIAMBAN_INSPECT_PAGE (source);
  g_autoptr (GError) error = NULL;
  g_autoptr (SiambanDataset) dataset = g_task_propagate_pointer (G_TASK (result), &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED) || self->content == NULL)
    return;
  g_clear_object (&self->cancellable);
  if (dataset == NULL)
    {
      show_failure (self, error->message);
      return;
    }

  gtk_stack_set_visible_child_name (self->stack, "views");
  siamban_frame_view_set_dataset (self->frames, dataset);
  siamban_sample_view_set_dataset (self->samples, dataset);
  show_iteration (self);
}

static void
stop (SiambanInspectPage *self)
{
  if (self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
}

/* The experiment, or that of the run; NULL with an error. */
static SiambanConfig *
get_config (SiambanInspectPage *self, GError **error)
{
  SiambanRun *run = siamban_session_get_run (self->session);

  g_clear_object (&self->shown);
  if (run == NULL || !gtk_toggle_button_get_active (self->use_run))
    return siamban_config_copy (siamban_session_get_config (self->session));

  self->shown = g_object_ref (run);

  return siamban_run_load_config (run, error);
}

/* Reads again what has changed since, as far as anybody looks. */
static void
load (SiambanInspectPage *self, gboolean force)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SiambanConfig) config = NULL;
  g_autofree char *text = NULL;
  g_autoptr (GTask) task = NULL;

  if (self->session == NULL || !gtk_widget_get_mapped (GTK_WIDGET (self)))
    return;
  config = get_config (self, &error);
  if (config == NULL)
    {
      show_failure (self, error->message);
      return;
    }
  text = siamban_config_to_yaml (config);
  if (!force && g_strcmp0 (text, self->loaded) == 0)
    return;

  g_free (self->loaded);
  self->loaded = g_steal_pointer (&text);
  stop (self);
  siamban_frame_view_set_dataset (self->frames, NULL);
  siamban_sample_view_set_dataset (self->samples, NULL);
  gtk_stack_set_visible_child_name (self->stack, "loading");
  self->cancellable = g_cancellable_new ();
  task = g_task_new (self, self->cancellable, read_cb, NULL);
  g_task_set_task_data (task, g_steal_pointer (&config), g_object_unref);
  g_task_run_in_thread (task, read_in_thread_cb);
}

static void
config_changed_cb (SiambanInspectPage *self)
{
  load (self, FALSE);
}

static void
use_run_toggled_cb (SiambanInspectPage *self)
{
  gtk_widget_set_sensitive (GTK_WIDGET (self->iteration),
                            gtk_toggle_button_get_active (self->use_run));
  load (self, TRUE);
}

static void
run_changed_cb (SiambanInspectPage *self)
{
  SiambanRun *run = siamban_session_get_run (self->session);
  const guint n = run != NULL ? siamban_run_get_n_iterations (run) : 0;

  gtk_widget_set_visible (self->run_box, run != NULL);
  gtk_spin_button_set_range (self->iteration, 1, MAX (n, 1));
  if (run == NULL && gtk_toggle_button_get_active (self->use_run))
    gtk_toggle_button_set_active (self->use_run, FALSE);
  else
    load (self, FALSE);
}

static void
retry_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  load (SIAMBAN_INSPECT_PAGE (widget), TRUE);
}

static void
siamban_inspect_page_map (GtkWidget *widget)
{
  SiambanInspectPage *self = SIAMBAN_INSPECT_PAGE (widget);

  GTK_WIDGET_CLASS (siamban_inspect_page_parent_class)->map (widget);

  if (self->session != NULL)
    run_changed_cb (self);
}

static void
siamban_inspect_page_set_session (SiambanPage *page, SiambanSession *session)
{
  SiambanInspectPage *self = SIAMBAN_INSPECT_PAGE (page);

  self->session = session;
  if (session == NULL)
    return;

  g_signal_connect_swapped (session, "notify::config", G_CALLBACK (config_changed_cb), self);
  g_signal_connect_swapped (session, "notify::run", G_CALLBACK (run_changed_cb), self);
  run_changed_cb (self);
}

static void
siamban_inspect_page_dispose (GObject *object)
{
  SiambanInspectPage *self = SIAMBAN_INSPECT_PAGE (object);

  stop (self);
  g_clear_pointer (&self->content, gtk_widget_unparent);
  g_clear_pointer (&self->loaded, g_free);
  g_clear_object (&self->shown);

  G_OBJECT_CLASS (siamban_inspect_page_parent_class)->dispose (object);
}

static void
siamban_inspect_page_class_init (SiambanInspectPageClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = siamban_inspect_page_dispose;
  SIAMBAN_PAGE_CLASS (klass)->set_session = siamban_inspect_page_set_session;
  widget_class->map = siamban_inspect_page_map;

  g_type_ensure (SIAMBAN_TYPE_FRAME_VIEW);
  g_type_ensure (SIAMBAN_TYPE_SAMPLE_VIEW);
  gtk_widget_class_set_template_from_resource (
      widget_class, "/io/github/siamban/Siamban/inspect/siamban-inspect-page.ui");
  gtk_widget_class_bind_template_child (widget_class, SiambanInspectPage, content);
  gtk_widget_class_bind_template_child (widget_class, SiambanInspectPage, stack);
  gtk_widget_class_bind_template_child (widget_class, SiambanInspectPage, failure);
  gtk_widget_class_bind_template_child (widget_class, SiambanInspectPage, run_box);
  gtk_widget_class_bind_template_child (widget_class, SiambanInspectPage, use_run);
  gtk_widget_class_bind_template_child (widget_class, SiambanInspectPage, iteration);
  gtk_widget_class_bind_template_child (widget_class, SiambanInspectPage, frames);
  gtk_widget_class_bind_template_child (widget_class, SiambanInspectPage, samples);
  gtk_widget_class_bind_template_callback (widget_class, use_run_toggled_cb);
  gtk_widget_class_bind_template_callback (widget_class, iteration_changed_cb);
  gtk_widget_class_install_action (widget_class, "inspect.retry", NULL, retry_action);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_F5, 0, "inspect.retry", NULL);
}

static void
siamban_inspect_page_init (SiambanInspectPage *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}
