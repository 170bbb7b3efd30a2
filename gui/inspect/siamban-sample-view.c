/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-sample-view.h"

#include <glib/gi18n.h>
#include <inttypes.h>

#include "siamban-label-view.h"
#include "siamban-stage-text.h"

#define N_STAGES 6u
/* Pixels of a saved picture for one of the sample. */
#define PICTURE_ZOOM 3
#define MAX_SEED 2147483647u

/* One training pair as the network gets it: images, labels, and what happened to it on the way. */
struct _SiambanSampleView
{
  GtkWidget parent_instance;

  GtkWidget *content;
  GtkSpinButton *index;
  GtkLabel *place;
  GtkSpinButton *seed;
  GtkWidget *reshuffle;
  GtkStack *stack;
  AdwStatusPage *failure;
  GtkPicture *template_picture;
  GtkLabel *pair;
  SiambanLabelView *labels;
  GtkLabel *point;
  GtkToggleButton *show_boxes;
  GtkToggleButton *show_points;
  AdwPreferencesGroup *stages;
  AdwActionRow *template_row;
  AdwActionRow *search_row;
  AdwActionRow *box_row;
  AdwExpanderRow *skipped_row;
  GtkLabel *skipped;

  AdwActionRow *stage_rows[N_STAGES];
  GtkSwitch *stage_switches[N_STAGES];

  SiambanDataset *mixture; /* as it was given */
  SiambanDataset *dataset; /* with the seed that is shown */
  SiambanSampleRange range;
  gboolean has_range;
  SiambanSample *sample;
  GCancellable *cancellable;
  GtkFileChooserNative *chooser;
  gboolean updating;
};

G_DEFINE_FINAL_TYPE (SiambanSampleView, siamban_sample_view, GTK_TYPE_WIDGET)

static const struct
{
  const char *title;
  SiambanAugmentationStages stage;
} stages[N_STAGES] = {
  { N_ ("Gray"), SIAMBAN_AUGMENTATION_STAGES_GRAY },
  { N_ ("Scale"), SIAMBAN_AUGMENTATION_STAGES_SCALE },
  { N_ ("Shift"), SIAMBAN_AUGMENTATION_STAGES_SHIFT },
  { N_ ("Color"), SIAMBAN_AUGMENTATION_STAGES_COLOR },
  { N_ ("Blur"), SIAMBAN_AUGMENTATION_STAGES_BLUR },
  { N_ ("Flip"), SIAMBAN_AUGMENTATION_STAGES_FLIP },
};

static SiambanAugmentationStages
get_stages (SiambanSampleView *self)
{
  SiambanAugmentationStages chosen = SIAMBAN_AUGMENTATION_STAGES_NONE;

  for (guint i = 0; i < N_STAGES; i++)
    if (gtk_switch_get_active (self->stage_switches[i]))
      chosen |= stages[i].stage;

  return chosen;
}

static void
show_stages (SiambanSampleView *self)
{
  g_autoptr (SiambanAugmentation) template_augmentation = NULL;
  g_autoptr (SiambanAugmentation) search_augmentation = NULL;

  g_object_get (self->dataset, "template-augmentation", &template_augmentation,
                "search-augmentation", &search_augmentation, NULL);
  for (guint i = 0; i < N_STAGES; i++)
    {
      g_autofree char *template = siamban_stage_text (
          template_augmentation, siamban_sample_get_template_draws (self->sample), stages[i].stage);
      g_autofree char *search = siamban_stage_text (
          search_augmentation, siamban_sample_get_search_draws (self->sample), stages[i].stage);
      g_autofree char *text = g_strdup_printf (_ ("Template: %s\nSearch: %s"), template, search);

      adw_action_row_set_subtitle (self->stage_rows[i], text);
    }
}

static void
set_file (AdwActionRow *row, const char *path, guint frame)
{
  g_autofree char *text = g_strdup_printf (_ ("frame %u · %s"), frame, path);

  adw_action_row_set_subtitle (row, text);
  gtk_widget_set_tooltip_text (GTK_WIDGET (row), path);
}

static void
show_provenance (SiambanSampleView *self)
{
  const char *const *skipped = siamban_sample_get_skipped (self->sample);
  const SiambanBox *box = siamban_sample_get_box (self->sample);
  const guint n = g_strv_length ((char **) skipped);
  g_autofree char *box_text = g_strdup_printf ("%.1f, %.1f – %.1f, %.1f (%.1f × %.1f)", box->x1,
                                               box->y1, box->x2, box->y2, box->x2 - box->x1,
                                               box->y2 - box->y1);
  g_autofree char *count = g_strdup_printf (
      g_dngettext (NULL, "%u image could not be used", "%u images could not be used", n), n);
  g_autofree char *messages = g_strjoinv ("\n", (char **) skipped);

  gtk_label_set_text (self->pair, siamban_sample_is_negative (self->sample)
                                      ? _ ("Negative pair: another target")
                                      : _ ("Positive pair: the same target"));
  set_file (self->template_row, siamban_sample_get_template_path (self->sample),
            siamban_sample_get_template_frame (self->sample));
  set_file (self->search_row, siamban_sample_get_search_path (self->sample),
            siamban_sample_get_search_frame (self->sample));
  adw_action_row_set_subtitle (self->box_row, box_text);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self->skipped_row), count);
  gtk_label_set_text (self->skipped, messages);
  gtk_widget_set_visible (GTK_WIDGET (self->skipped_row), n > 0);
}

static void
show_place (SiambanSampleView *self)
{
  const guint64 index = (guint64) gtk_spin_button_get_value (self->index);
  g_autofree char *text = NULL;

  if (self->dataset == NULL)
    text = g_strdup ("");
  else if (self->has_range)
    text = g_strdup_printf (_ ("%" PRIu64 " of %u"), index - self->range.first + 1,
                            self->range.n_samples);
  else
    text = g_strdup_printf (_ ("of %" PRIu64), siamban_dataset_get_n_samples (self->dataset));
  gtk_label_set_text (self->place, text);
}

static void
draw_template (SiambanSampleView *self)
{
  SiambanSampleParts parts = SIAMBAN_SAMPLE_TEMPLATE;
  g_autoptr (SiambanImage) image = NULL;
  g_autoptr (GdkTexture) texture = NULL;

  if (self->sample == NULL)
    return;
  if (gtk_toggle_button_get_active (self->show_boxes))
    parts |= SIAMBAN_SAMPLE_BOXES;
  image = siamban_sample_render (self->sample, parts, 1);
  texture = siamban_texture_new_for_image (image);
  gtk_picture_set_paintable (self->template_picture, GDK_PAINTABLE (texture));
}

static SiambanSampleParts
get_parts (SiambanSampleView *self)
{
  SiambanSampleParts parts = 0;

  if (gtk_toggle_button_get_active (self->show_boxes))
    parts |= SIAMBAN_SAMPLE_BOXES;
  if (gtk_toggle_button_get_active (self->show_points))
    parts |= SIAMBAN_SAMPLE_POINTS;

  return parts;
}

static void
parts_changed_cb (SiambanSampleView *self)
{
  siamban_label_view_set_parts (self->labels, get_parts (self));
  draw_template (self);
}

static void
set_sample (SiambanSampleView *self, SiambanSample *sample)
{
  g_clear_pointer (&self->sample, siamban_sample_unref);
  self->sample = sample;
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "sample.copy", sample != NULL);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "sample.save", sample != NULL);
  siamban_label_view_set_sample (self->labels, sample);
  if (sample == NULL)
    return;

  draw_template (self);
  show_stages (self);
  show_provenance (self);
  gtk_stack_set_visible_child_name (self->stack, "sample");
}

static void
show_failure (SiambanSampleView *self, const char *reason)
{
  g_autofree char *text = g_markup_escape_text (reason, -1);

  set_sample (self, NULL);
  adw_status_page_set_description (self->failure, text);
  gtk_stack_set_visible_child_name (self->stack, "failure");
}

static void
got_sample_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (SiambanSampleView) self = user_data;
  g_autoptr (GError) error = NULL;
  SiambanSample *sample = siamban_dataset_get_sample_finish (SIAMBAN_DATASET (source), result,
                                                             &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED) || self->content == NULL)
    {
      g_clear_pointer (&sample, siamban_sample_unref);
      return;
    }
  g_clear_object (&self->cancellable);
  if (sample != NULL)
    set_sample (self, sample);
  else
    show_failure (self, error->message);
}

static void
stop (SiambanSampleView *self)
{
  if (self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
}

static void
load (SiambanSampleView *self)
{
  stop (self);
  show_place (self);
  if (self->dataset == NULL)
    return;
  self->cancellable = g_cancellable_new ();
  siamban_dataset_get_sample_async (
      self->dataset, (guint64) gtk_spin_button_get_value (self->index), get_stages (self),
      self->cancellable, got_sample_cb, g_object_ref (self));
}

static void
changed_cb (SiambanSampleView *self)
{
  if (!self->updating)
    load (self);
}

static void
seed_changed_cb (SiambanSampleView *self)
{
  if (self->updating || self->mixture == NULL)
    return;
  g_clear_object (&self->dataset);
  self->dataset = siamban_dataset_reseed (self->mixture,
                                          (guint64) gtk_spin_button_get_value (self->seed));
  load (self);
}

static void
next_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  gtk_spin_button_spin (SIAMBAN_SAMPLE_VIEW (widget)->index, GTK_SPIN_STEP_FORWARD, 1);
}

static void
previous_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  gtk_spin_button_spin (SIAMBAN_SAMPLE_VIEW (widget)->index, GTK_SPIN_STEP_BACKWARD, 1);
}

static void
reshuffle_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  gtk_spin_button_set_value (SIAMBAN_SAMPLE_VIEW (widget)->seed,
                             (double) (g_random_int () % MAX_SEED));
}

static void
retry_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  load (SIAMBAN_SAMPLE_VIEW (widget));
}

static SiambanImage *
make_picture (SiambanSampleView *self)
{
  return siamban_sample_render (self->sample,
                                SIAMBAN_SAMPLE_TEMPLATE | SIAMBAN_SAMPLE_SEARCH | get_parts (self),
                                PICTURE_ZOOM);
}

static void
copy_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  g_autoptr (SiambanImage) image = make_picture (SIAMBAN_SAMPLE_VIEW (widget));
  g_autoptr (GdkTexture) texture = siamban_texture_new_for_image (image);

  gdk_clipboard_set_texture (gtk_widget_get_clipboard (widget), texture);
  gtk_widget_activate_action (widget, "win.toast", "s", _ ("The picture is on the clipboard"));
}

static void
save_in_thread_cb (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  const char *path = g_object_get_data (G_OBJECT (task), "path");
  GError *error = NULL;

  if (siamban_image_save (data, path, 95, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void
saved_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  const char *path = g_object_get_data (G_OBJECT (result), "path");
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;

  if (g_task_propagate_boolean (G_TASK (result), &error))
    text = g_strdup_printf (_ ("Saved as %s"), path);
  gtk_widget_activate_action (GTK_WIDGET (source), "win.toast", "s",
                              text != NULL ? text : error->message);
}

static void
save_response_cb (SiambanSampleView *self, int response)
{
  g_autoptr (GtkFileChooserNative) chooser = g_steal_pointer (&self->chooser);
  g_autoptr (GFile) file = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (chooser));
  g_autoptr (GTask) task = NULL;
  char *path = file != NULL ? g_file_get_path (file) : NULL;

  if (response != GTK_RESPONSE_ACCEPT || path == NULL || self->sample == NULL)
    {
      g_free (path);
      return;
    }
  task = g_task_new (self, NULL, saved_cb, NULL);
  g_task_set_task_data (task, make_picture (self), (GDestroyNotify) siamban_image_unref);
  g_object_set_data_full (G_OBJECT (task), "path", path, g_free);
  g_task_run_in_thread (task, save_in_thread_cb);
}

static void
save_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  SiambanSampleView *self = SIAMBAN_SAMPLE_VIEW (widget);
  g_autofree char *file_name = g_strdup_printf ("sample-%" PRIu64 ".png",
                                                siamban_sample_get_index (self->sample));

  g_clear_object (&self->chooser);
  self->chooser = gtk_file_chooser_native_new (_ ("Save the Picture"),
                                               GTK_WINDOW (gtk_widget_get_root (widget)),
                                               GTK_FILE_CHOOSER_ACTION_SAVE, _ ("_Save"), NULL);
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (self->chooser), TRUE);
  gtk_file_chooser_set_current_name (GTK_FILE_CHOOSER (self->chooser), file_name);
  g_signal_connect_swapped (self->chooser, "response", G_CALLBACK (save_response_cb), self);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (self->chooser));
}

static void
add_stages (SiambanSampleView *self)
{
  for (guint i = 0; i < N_STAGES; i++)
    {
      GtkWidget *row = adw_action_row_new ();
      GtkWidget *toggle = gtk_switch_new ();

      adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), _ (stages[i].title));
      adw_action_row_set_subtitle_lines (ADW_ACTION_ROW (row), 0);
      gtk_widget_set_valign (toggle, GTK_ALIGN_CENTER);
      gtk_switch_set_active (GTK_SWITCH (toggle), TRUE);
      gtk_widget_set_name (toggle, stages[i].title);
      adw_action_row_add_suffix (ADW_ACTION_ROW (row), toggle);
      adw_action_row_set_activatable_widget (ADW_ACTION_ROW (row), toggle);
      g_signal_connect_swapped (toggle, "notify::active", G_CALLBACK (changed_cb), self);
      adw_preferences_group_add (self->stages, row);
      self->stage_rows[i] = ADW_ACTION_ROW (row);
      self->stage_switches[i] = GTK_SWITCH (toggle);
    }
}

static void
siamban_sample_view_dispose (GObject *object)
{
  SiambanSampleView *self = SIAMBAN_SAMPLE_VIEW (object);

  stop (self);
  g_clear_pointer (&self->content, gtk_widget_unparent);
  g_clear_pointer (&self->sample, siamban_sample_unref);
  g_clear_object (&self->mixture);
  g_clear_object (&self->dataset);
  g_clear_object (&self->chooser);

  G_OBJECT_CLASS (siamban_sample_view_parent_class)->dispose (object);
}

static void
bind_children (GtkWidgetClass *widget_class)
{
  gtk_widget_class_bind_template_child (widget_class, SiambanSampleView, content);
  gtk_widget_class_bind_template_child (widget_class, SiambanSampleView, index);
  gtk_widget_class_bind_template_child (widget_class, SiambanSampleView, place);
  gtk_widget_class_bind_template_child (widget_class, SiambanSampleView, seed);
  gtk_widget_class_bind_template_child (widget_class, SiambanSampleView, reshuffle);
  gtk_widget_class_bind_template_child (widget_class, SiambanSampleView, stack);
  gtk_widget_class_bind_template_child (widget_class, SiambanSampleView, failure);
  gtk_widget_class_bind_template_child (widget_class, SiambanSampleView, template_picture);
  gtk_widget_class_bind_template_child (widget_class, SiambanSampleView, pair);
  gtk_widget_class_bind_template_child (widget_class, SiambanSampleView, labels);
  gtk_widget_class_bind_template_child (widget_class, SiambanSampleView, point);
  gtk_widget_class_bind_template_child (widget_class, SiambanSampleView, show_boxes);
  gtk_widget_class_bind_template_child (widget_class, SiambanSampleView, show_points);
  gtk_widget_class_bind_template_child (widget_class, SiambanSampleView, stages);
  gtk_widget_class_bind_template_child (widget_class, SiambanSampleView, template_row);
  gtk_widget_class_bind_template_child (widget_class, SiambanSampleView, search_row);
  gtk_widget_class_bind_template_child (widget_class, SiambanSampleView, box_row);
  gtk_widget_class_bind_template_child (widget_class, SiambanSampleView, skipped_row);
  gtk_widget_class_bind_template_child (widget_class, SiambanSampleView, skipped);
}

static void
siamban_sample_view_class_init (SiambanSampleViewClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = siamban_sample_view_dispose;
  g_type_ensure (SIAMBAN_TYPE_LABEL_VIEW);
  gtk_widget_class_set_template_from_resource (
      widget_class, "/io/github/siamban/Siamban/inspect/siamban-sample-view.ui");
  bind_children (widget_class);
  gtk_widget_class_bind_template_callback (widget_class, changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, seed_changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, parts_changed_cb);
  gtk_widget_class_install_action (widget_class, "sample.next", NULL, next_action);
  gtk_widget_class_install_action (widget_class, "sample.previous", NULL, previous_action);
  gtk_widget_class_install_action (widget_class, "sample.reshuffle", NULL, reshuffle_action);
  gtk_widget_class_install_action (widget_class, "sample.retry", NULL, retry_action);
  gtk_widget_class_install_action (widget_class, "sample.copy", NULL, copy_action);
  gtk_widget_class_install_action (widget_class, "sample.save", NULL, save_action);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Right, GDK_ALT_MASK, "sample.next",
                                       NULL);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Left, GDK_ALT_MASK, "sample.previous",
                                       NULL);
}

static void
siamban_sample_view_init (SiambanSampleView *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  add_stages (self);
  g_object_bind_property (self->labels, "description", self->point, "label", G_BINDING_SYNC_CREATE);
  set_sample (self, NULL);
}

/* The numbers that the spin buttons can take. */
static void
set_bounds (SiambanSampleView *self)
{
  const guint64 n = self->dataset != NULL ? siamban_dataset_get_n_samples (self->dataset) : 0;
  guint64 seed = 0;

  self->updating = TRUE;
  if (self->has_range)
    gtk_spin_button_set_range (self->index, (double) self->range.first,
                               (double) (self->range.first + self->range.n_samples - 1));
  else
    gtk_spin_button_set_range (self->index, 0, n > 0 ? (double) (n - 1) : 0);
  if (self->dataset != NULL)
    g_object_get (self->dataset, "seed", &seed, NULL);
  gtk_spin_button_set_value (self->seed, (double) seed);
  gtk_widget_set_sensitive (GTK_WIDGET (self->seed), !self->has_range);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "sample.reshuffle", !self->has_range);
  self->updating = FALSE;
}

void
siamban_sample_view_set_dataset (SiambanSampleView *self, SiambanDataset *dataset)
{
  stop (self);
  set_sample (self, NULL);
  self->has_range = FALSE;
  g_set_object (&self->mixture, dataset);
  g_set_object (&self->dataset, dataset);
  set_bounds (self);
  load (self);
}

void
siamban_sample_view_set_range (SiambanSampleView *self, const SiambanSampleRange *range)
{
  self->has_range = range != NULL;
  if (range != NULL)
    self->range = *range;
  set_bounds (self);
  self->updating = TRUE;
  if (range != NULL)
    gtk_spin_button_set_value (self->index, (double) range->first);
  self->updating = FALSE;
  load (self);
}

SiambanSample *
siamban_sample_view_get_sample (SiambanSampleView *self)
{
  return self->sample;
}
