/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-track-page.h"

#include <glib/gi18n.h>
#include <math.h>

#include "siamban-map-view.h"
#include "siamban-message.h"
#include "siamban-plot.h"
#include "siamban-track-canvas.h"

/* What a curve shows. */
enum
{
  SERIES_SCORE,
  SERIES_IOU,
};

enum
{
  EDGE_X,
  EDGE_Y,
  EDGE_WIDTH,
  EDGE_HEIGHT,
  N_EDGES
};

/* A player with its frame, its controls, and what the tracker saw. */
struct _SiambanTrackPage
{
  SiambanPage parent_instance;

  GtkDropDown *weights;
  GtkToggleButton *draw;
  GtkInfoBar *bar;
  GtkLabel *bar_label;
  GtkProgressBar *progress;
  GtkStack *stack;
  AdwFlap *flap;
  SiambanTrackCanvas *canvas;
  GtkLabel *status;
  GtkButton *play;
  GtkAdjustment *position;
  GtkLabel *frame_label;
  GtkDropDown *speed;
  GtkDropDown *map_choice;
  SiambanMapView *map;
  GtkLabel *numbers;
  GtkLabel *curve_title;
  SiambanPlot *curve;
  GtkGrid *target_grid;
  GtkSpinButton *edges[N_EDGES]; /* of the target */

  SiambanSession *session; /* of the page, which keeps it */
  SiambanTrackPlayer *player;
  GPtrArray *files;  /* of GFile: what the choices of weights stand for, from the second on */
  GFile *other;      /* weights that no run wrote */
  GFile *used;       /* the weights that are loaded, or being */
  gboolean updating; /* the controls follow the player, not the other way round */
  gboolean ready;    /* the template is there */
  guint n_plotted;   /* frontier up to which the curve goes */
  GtkFileChooserNative *chooser;
  GCancellable *exporting;
};

G_DEFINE_FINAL_TYPE (SiambanTrackPage, siamban_track_page, SIAMBAN_TYPE_PAGE)

static void list_weights (SiambanTrackPage *self);
static void load (SiambanTrackPage *self, GFile *file);
static void show_status (SiambanTrackPage *self);

static const double speeds[] = { 0.25, 0.5, 1, 2, 0 };

static void
show_bar (SiambanTrackPage *self, GtkMessageType type, const char *text)
{
  siamban_message_show (self->bar, self->bar_label, type, text);
}

static void
bar_response_cb (SiambanTrackPage *self)
{
  gtk_info_bar_set_revealed (self->bar, FALSE);
}

static void
failed_cb (SiambanTrackPage *self, const char *what, const char *reason, const char *advice)
{
  g_autofree char *text = g_strdup_printf ("%s\n%s\n%s", what, reason, advice);

  show_bar (self, GTK_MESSAGE_ERROR, text);
  if (!siamban_track_player_get_loading (self->player) &&
      !siamban_track_player_get_loaded (self->player))
    {
      g_clear_object (&self->used);
      list_weights (self);
      show_status (self);
    }
}

/* The frame and its boxes */

static void
show_edges (SiambanTrackPage *self, const SiambanBox *box)
{
  const double values[] = { box->x1, box->y1, siamban_box_get_width (box),
                            siamban_box_get_height (box) };

  self->updating = TRUE;
  for (guint i = 0; i < N_EDGES; i++)
    gtk_spin_button_set_value (self->edges[i], values[i]);
  self->updating = FALSE;
}

static void
show_numbers (SiambanTrackPage *self, guint frame, const SiambanBox *box, const SiambanBox *truth)
{
  SiambanTrackResult *result = siamban_track_player_get_result (self->player, frame);
  g_autoptr (GString) text = g_string_new (NULL);

  if (result != NULL)
    g_string_append_printf (text, _ ("Score %.3f, penalty %.3f, penalised %.3f"),
                            siamban_track_result_get_score (result),
                            siamban_track_result_get_penalty (result),
                            siamban_track_result_get_pscore (result));
  else
    g_string_append (text, _ ("The tracker has seen no search image of this frame, or it was long "
                              "ago."));
  if (box != NULL && truth != NULL)
    {
      g_string_append_c (text, '\n');
      g_string_append_printf (text, _ ("Overlap with the ground truth (IoU) %.3f"),
                              siamban_box_get_iou (box, truth));
    }
  gtk_label_set_text (self->numbers, text->str);
  siamban_map_view_set_result (self->map, result);
}

static void
plot (SiambanTrackPage *self)
{
  const SiambanTrackRecord *record = siamban_track_player_get_record (self->player);
  const guint frontier = siamban_track_player_get_frontier (self->player);
  guint first;

  if (!siamban_track_player_get_target (self->player, &first, NULL))
    return;
  if (frontier < self->n_plotted || self->n_plotted <= first)
    {
      siamban_plot_clear (self->curve);
      self->n_plotted = first + 1;
    }

  for (; self->n_plotted < frontier; self->n_plotted++)
    {
      SiambanBox box, truth;

      siamban_plot_append (self->curve, SERIES_SCORE, self->n_plotted,
                           record->scores[self->n_plotted]);
      if (siamban_track_record_get (record, self->n_plotted, &box) &&
          siamban_track_record_get_truth (record, self->n_plotted, &truth))
        siamban_plot_append (self->curve, SERIES_IOU, self->n_plotted,
                             siamban_box_get_iou (&box, &truth));
    }
}

static void
show_status (SiambanTrackPage *self)
{
  const double rate = siamban_track_player_get_rate (self->player);
  guint frame;
  g_autofree char *text = NULL;

  if (!siamban_track_player_get_target (self->player, &frame, NULL))
    text = g_strdup (
        _ ("Draw a box around the target: press D, then drag, or use the arrow keys."));
  else if (!siamban_track_player_get_loaded (self->player))
    text = g_strdup (self->used != NULL ? _ ("The network is being loaded.")
                                        : _ ("Choose the weights of a tracker."));
  else if (rate > 0)
    text = g_strdup_printf (_ ("Tracked from frame %u to %u, at %.1f frames a second."), frame + 1,
                            siamban_track_player_get_frontier (self->player), rate);
  else
    text = g_strdup_printf (_ ("Press play to follow the target from frame %u on."), frame + 1);
  gtk_label_set_text (self->status, text);
}

static void
frame_cb (SiambanTrackPage *self)
{
  const SiambanTrackStep *step = siamban_track_player_get_step (self->player);
  SiambanSequence *sequence = siamban_track_player_get_sequence (self->player);
  const guint n_frames = siamban_sequence_get_n_frames (sequence);
  g_autofree char *label = g_strdup_printf ("%u / %u", step->index + 1, n_frames);
  SiambanBox box, truth;
  const SiambanTrackRecord *record = siamban_track_player_get_record (self->player);
  const gboolean has_box = siamban_track_record_get (record, step->index, &box);
  const gboolean has_truth = siamban_track_record_get_truth (record, step->index, &truth);

  siamban_track_canvas_set_frame (self->canvas, step->texture);
  siamban_track_canvas_set_boxes (self->canvas, has_box ? &box : NULL, has_truth ? &truth : NULL);
  if (has_box && !gtk_toggle_button_get_active (self->draw))
    show_edges (self, &box);

  self->updating = TRUE;
  gtk_adjustment_configure (self->position, step->index, 0, n_frames - 1, 1, 10, 0);
  self->updating = FALSE;
  gtk_label_set_text (self->frame_label, label);
  show_numbers (self, step->index, has_box ? &box : NULL, has_truth ? &truth : NULL);
  plot (self);
  show_status (self);
}

static void
set_enabled (SiambanTrackPage *self, const char *action, gboolean enabled)
{
  gtk_widget_action_set_enabled (GTK_WIDGET (self), action, enabled);
}

/* Keys are for the frame as soon as it is there. */
static void
show_part (SiambanTrackPage *self, const char *name)
{
  if (g_strcmp0 (gtk_stack_get_visible_child_name (self->stack), name) == 0)
    return;

  gtk_stack_set_visible_child_name (self->stack, name);
  if (g_str_equal (name, "frames"))
    gtk_widget_grab_focus (GTK_WIDGET (self->canvas));
}

static void
player_changed_cb (SiambanTrackPage *self)
{
  const gboolean playing = siamban_track_player_get_playing (self->player);
  const gboolean has_frames = siamban_track_player_get_sequence (self->player) != NULL;

  gtk_button_set_icon_name (self->play, playing ? "media-playback-pause-symbolic"
                                                : "media-playback-start-symbolic");
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->play), playing ? _ ("Pause") : _ ("Play"));
  show_part (self, siamban_track_player_get_opening (self->player) ? "opening"
                   : has_frames                                    ? "frames"
                                                                   : "empty");
  set_enabled (self, "track.play", has_frames);
  set_enabled (self, "track.step", has_frames);
  set_enabled (self, "track.open-truth", has_frames);
  set_enabled (self, "track.export-boxes", has_frames && self->exporting == NULL);
  set_enabled (self, "track.export-video", has_frames && self->exporting == NULL);
  gtk_widget_set_sensitive (GTK_WIDGET (self->draw), has_frames);
  show_status (self);
}

static void
opened_cb (SiambanTrackPage *self)
{
  const gboolean has_truth = siamban_track_player_get_record (self->player)->truth != NULL;

  gtk_info_bar_set_revealed (self->bar, FALSE);
  siamban_track_canvas_set_drawn (self->canvas, NULL);
  siamban_plot_clear (self->curve);
  self->n_plotted = 0;
  gtk_label_set_text (self->curve_title,
                      has_truth ? _ ("Score and Overlap by Frame") : _ ("Score by Frame"));
}

static void
loaded_cb (SiambanTrackPage *self, const char *warning)
{
  g_autofree char *text = NULL;

  if (warning == NULL)
    {
      gtk_info_bar_set_revealed (self->bar, FALSE);
      return;
    }

  text = g_strdup_printf (
      "%s\n%s", warning,
      _ ("They are drawn at random, so that the tracker finds nothing. In Configure, open the "
         "configuration that these weights were trained with."));
  show_bar (self, GTK_MESSAGE_WARNING, text);
}

/* The target */

static void
box_drawn_cb (SiambanTrackPage *self)
{
  SiambanBox box;

  if (siamban_track_canvas_get_drawn (self->canvas, &box))
    show_edges (self, &box);
}

static void
take_drawn (SiambanTrackPage *self)
{
  SiambanBox box;

  if (siamban_track_canvas_get_drawn (self->canvas, &box))
    siamban_track_player_set_target (self->player, &box);
  siamban_track_canvas_set_drawn (self->canvas, NULL);
}

static void
draw_toggled_cb (SiambanTrackPage *self)
{
  const gboolean drawing = gtk_toggle_button_get_active (self->draw);

  siamban_track_player_set_playing (self->player, FALSE);
  if (drawing)
    gtk_widget_grab_focus (GTK_WIDGET (self->canvas));
  else
    take_drawn (self);
  siamban_track_canvas_set_drawing (self->canvas, drawing);
}

/* Numbers that are typed are a box that is drawn. */
static void
edge_changed_cb (SiambanTrackPage *self)
{
  double values[N_EDGES];
  SiambanBox box;

  if (self->updating || siamban_track_player_get_step (self->player) == NULL)
    return;

  for (guint i = 0; i < N_EDGES; i++)
    values[i] = gtk_spin_button_get_value (self->edges[i]);
  box = (SiambanBox){ values[EDGE_X], values[EDGE_Y], values[EDGE_X] + values[EDGE_WIDTH],
                      values[EDGE_Y] + values[EDGE_HEIGHT] };
  gtk_toggle_button_set_active (self->draw, TRUE);
  siamban_track_canvas_set_drawn (self->canvas, &box);
}

static void
add_edges (SiambanTrackPage *self)
{
  const char *const names[] = { _ ("Left"), _ ("Top"), _ ("Width"), _ ("Height") };

  for (guint i = 0; i < N_EDGES; i++)
    {
      GtkWidget *label = gtk_label_new (names[i]);
      GtkWidget *spin = gtk_spin_button_new_with_range (i < EDGE_WIDTH ? -65535 : 1, 65535, 1);

      gtk_label_set_xalign (GTK_LABEL (label), 0);
      gtk_widget_add_css_class (label, "caption");
      gtk_editable_set_width_chars (GTK_EDITABLE (spin), 5);
      gtk_spin_button_set_digits (GTK_SPIN_BUTTON (spin), 1);
      gtk_accessible_update_relation (GTK_ACCESSIBLE (spin), GTK_ACCESSIBLE_RELATION_LABELLED_BY,
                                      label, NULL, -1);
      gtk_grid_attach (self->target_grid, label, (int) i % 2, (int) i / 2 * 2, 1, 1);
      gtk_grid_attach (self->target_grid, spin, (int) i % 2, (int) i / 2 * 2 + 1, 1, 1);
      g_signal_connect_swapped (spin, "value-changed", G_CALLBACK (edge_changed_cb), self);
      self->edges[i] = GTK_SPIN_BUTTON (spin);
    }
}

/* The controls */

static void
scrubbed_cb (SiambanTrackPage *self)
{
  if (self->updating || !self->ready)
    return;

  siamban_track_player_set_playing (self->player, FALSE);
  siamban_track_player_seek (self->player,
                             (guint) round (gtk_adjustment_get_value (self->position)));
}

static void
speed_chosen_cb (SiambanTrackPage *self)
{
  const guint selected = gtk_drop_down_get_selected (self->speed);

  if (self->ready && selected < G_N_ELEMENTS (speeds))
    siamban_track_player_set_speed (self->player, speeds[selected]);
}

static void
map_chosen_cb (SiambanTrackPage *self)
{
  if (self->ready)
    siamban_map_view_set_map (self->map,
                              (SiambanMap) gtk_drop_down_get_selected (self->map_choice));
}

static void
play_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  SiambanTrackPage *self = SIAMBAN_TRACK_PAGE (widget);

  gtk_toggle_button_set_active (self->draw, FALSE);
  siamban_track_player_set_playing (self->player, !siamban_track_player_get_playing (self->player));
}

static void
step_by (SiambanTrackPage *self, int n)
{
  const SiambanTrackStep *step = siamban_track_player_get_step (self->player);
  const int last = (int) siamban_sequence_get_n_frames (
                       siamban_track_player_get_sequence (self->player)) -
                   1;

  if (step == NULL)
    return;

  siamban_track_player_set_playing (self->player, FALSE);
  siamban_track_player_seek (self->player, (guint) CLAMP ((int) step->index + n, 0, last));
}

static void
step_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  step_by (SIAMBAN_TRACK_PAGE (widget), g_variant_get_int32 (parameter));
}

static void
draw_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  SiambanTrackPage *self = SIAMBAN_TRACK_PAGE (widget);

  if (gtk_widget_get_sensitive (GTK_WIDGET (self->draw)))
    gtk_toggle_button_set_active (self->draw, !gtk_toggle_button_get_active (self->draw));
}

/* Weights */

static void
list_weights (SiambanTrackPage *self)
{
  SiambanRun *run = self->session != NULL ? siamban_session_get_run (self->session) : NULL;
  GListModel *snapshots = run != NULL ? siamban_run_get_snapshots (run) : NULL;
  g_autoptr (GtkStringList) names = gtk_string_list_new (NULL);
  guint selected = 0;

  g_ptr_array_set_size (self->files, 0);
  for (guint i = snapshots != NULL ? g_list_model_get_n_items (snapshots) : 0; i > 0; i--)
    g_ptr_array_add (self->files, g_list_model_get_item (snapshots, i - 1));
  if (self->other != NULL)
    g_ptr_array_add (self->files, g_object_ref (self->other));

  gtk_string_list_append (names, self->files->len > 0 ? _ ("Choose weights")
                                                      : _ ("No weights: open a file"));
  for (guint i = 0; i < self->files->len; i++)
    {
      g_autofree char *name = g_file_get_basename (self->files->pdata[i]);

      gtk_string_list_append (names, name);
      if (self->used != NULL && g_file_equal (self->used, self->files->pdata[i]))
        selected = i + 1;
    }

  self->updating = TRUE;
  gtk_drop_down_set_model (self->weights, G_LIST_MODEL (names));
  gtk_drop_down_set_selected (self->weights, selected);
  self->updating = FALSE;
}

/* A snapshot of the run goes with the configuration of the run. */
static SiambanConfig *
find_config (SiambanTrackPage *self, GFile *file, GError **error)
{
  SiambanRun *run = siamban_session_get_run (self->session);

  if (run == NULL || (self->other != NULL && g_file_equal (self->other, file)))
    return g_object_ref (siamban_session_get_config (self->session));

  return siamban_run_load_config (run, error);
}

static char *
find_device (SiambanTrackPage *self)
{
  const char *devices = siamban_session_get_devices (self->session);
  g_auto (GStrv) ids = devices != NULL ? g_strsplit (devices, ",", -1) : NULL;

  return ids != NULL ? g_strdup (ids[0]) : NULL;
}

static void
load (SiambanTrackPage *self, GFile *file)
{
  g_autofree char *device = find_device (self);
  g_autoptr (GError) error = NULL;
  g_autoptr (SiambanConfig) config = find_config (self, file, &error);

  if (config == NULL)
    {
      failed_cb (self, _ ("The configuration of the run could not be read."), error->message,
                 _ ("Open the weights as a file, with a configuration that fits in Configure."));
      return;
    }

  g_set_object (&self->used, file);
  siamban_track_player_load (self->player, config, g_file_peek_path (file), device);
}

static void
weights_chosen_cb (SiambanTrackPage *self)
{
  const guint selected = gtk_drop_down_get_selected (self->weights);

  if (self->ready && !self->updating && selected > 0 && selected <= self->files->len)
    load (self, self->files->pdata[selected - 1]);
}

/* A long run has many; the list is made when it can be seen. */
static void
snapshots_changed_cb (SiambanTrackPage *self)
{
  if (gtk_widget_get_mapped (GTK_WIDGET (self)))
    list_weights (self);
}

static void
run_changed_cb (SiambanTrackPage *self)
{
  SiambanRun *run = siamban_session_get_run (self->session);

  if (run != NULL)
    g_signal_connect_object (siamban_run_get_snapshots (run), "items-changed",
                             G_CALLBACK (snapshots_changed_cb), self, G_CONNECT_SWAPPED);
  list_weights (self);
}

void
siamban_track_page_load (SiambanTrackPage *self, GFile *file)
{
  g_set_object (&self->other, file);
  g_set_object (&self->used, file);
  list_weights (self);
  load (self, file);
}

/* Files */

static gboolean
is_local (SiambanTrackPage *self, GFile *file)
{
  if (g_file_peek_path (file) != NULL)
    return TRUE;

  show_bar (self, GTK_MESSAGE_ERROR, _ ("Only files of this computer can be used."));

  return FALSE;
}

void
siamban_track_page_open (SiambanTrackPage *self, GFile *file)
{
  if (is_local (self, file))
    siamban_track_player_open (self->player, file);
}

void
siamban_track_page_read_truth (SiambanTrackPage *self, GFile *file)
{
  siamban_track_player_read_truth (self->player, file);
}

static void
export_progress_cb (goffset done, goffset all, gpointer user_data)
{
  SiambanTrackPage *self = SIAMBAN_TRACK_PAGE (user_data);

  if (self->player != NULL)
    gtk_progress_bar_set_fraction (self->progress, (double) done / (double) MAX (all, 1));
}

static void
exported_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (SiambanTrackPage) self = SIAMBAN_TRACK_PAGE (user_data);
  g_autoptr (GError) error = NULL;
  const gboolean done = siamban_track_worker_export_finish (result, &error);

  if (self->player == NULL)
    return;

  g_clear_object (&self->exporting);
  gtk_widget_set_visible (GTK_WIDGET (self->progress), FALSE);
  player_changed_cb (self);
  if (done)
    gtk_widget_activate_action (GTK_WIDGET (self), "win.toast", "s", _ ("Exported"));
  else
    failed_cb (self, _ ("Nothing was exported."), error->message,
               _ ("Choose another folder or another kind of file."));
}

void
siamban_track_page_export (SiambanTrackPage *self, GFile *file)
{
  const SiambanTrackRecord *record = siamban_track_player_get_record (self->player);

  if (record == NULL || self->exporting != NULL)
    return;

  siamban_track_player_set_playing (self->player, FALSE);
  self->exporting = g_cancellable_new ();
  gtk_progress_bar_set_fraction (self->progress, 0);
  gtk_widget_set_visible (GTK_WIDGET (self->progress), TRUE);
  siamban_track_worker_export_async (siamban_track_player_get_worker (self->player), record,
                                     g_file_peek_path (file), export_progress_cb, self->exporting,
                                     exported_cb, g_object_ref (self));
  player_changed_cb (self);
}

static void
response_cb (GtkNativeDialog *dialog, int response, SiambanTrackPage *self)
{
  g_autoptr (GFile) file = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (dialog));
  void (*chosen) (SiambanTrackPage *, GFile *) = g_object_get_data (G_OBJECT (dialog), "chosen");

  if (response == GTK_RESPONSE_ACCEPT && file != NULL && is_local (self, file))
    chosen (self, file);
}

static void
choose (SiambanTrackPage *self,
        const char *title,
        GtkFileChooserAction action,
        const char *name,
        void (*chosen) (SiambanTrackPage *self, GFile *file))
{
  const gboolean saves = action == GTK_FILE_CHOOSER_ACTION_SAVE;

  g_clear_object (&self->chooser);
  self->chooser = gtk_file_chooser_native_new (title,
                                               GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self))),
                                               action, saves ? _ ("_Export") : _ ("_Open"), NULL);
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (self->chooser), TRUE);
  if (saves)
    gtk_file_chooser_set_current_name (GTK_FILE_CHOOSER (self->chooser), name);
  g_object_set_data (G_OBJECT (self->chooser), "chosen", (gpointer) chosen);
  g_signal_connect_object (self->chooser, "response", G_CALLBACK (response_cb), self, 0);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (self->chooser));
}

static void
open_folder_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  choose (SIAMBAN_TRACK_PAGE (widget), _ ("Open a Folder of Frames"),
          GTK_FILE_CHOOSER_ACTION_SELECT_FOLDER, NULL, siamban_track_page_open);
}

static void
open_video_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  choose (SIAMBAN_TRACK_PAGE (widget), _ ("Open a Video"), GTK_FILE_CHOOSER_ACTION_OPEN, NULL,
          siamban_track_page_open);
}

static void
open_weights_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  choose (SIAMBAN_TRACK_PAGE (widget), _ ("Open Weights"), GTK_FILE_CHOOSER_ACTION_OPEN, NULL,
          siamban_track_page_load);
}

static void
open_truth_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  choose (SIAMBAN_TRACK_PAGE (widget), _ ("Open Ground Truth"), GTK_FILE_CHOOSER_ACTION_OPEN, NULL,
          siamban_track_page_read_truth);
}

static void
export_boxes_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  choose (SIAMBAN_TRACK_PAGE (widget), _ ("Export Boxes (.txt, .csv or .json)"),
          GTK_FILE_CHOOSER_ACTION_SAVE, "boxes.csv", siamban_track_page_export);
}

static void
export_video_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  choose (SIAMBAN_TRACK_PAGE (widget), _ ("Export a Video (.webm, .mkv, .mp4, .ogv or .avi)"),
          GTK_FILE_CHOOSER_ACTION_SAVE, "tracked.webm", siamban_track_page_export);
}

static gboolean
drop_cb (GtkDropTarget *target, const GValue *value, double x, double y, SiambanTrackPage *self)
{
  siamban_track_page_open (self, g_value_get_object (value));

  return TRUE;
}

/* The widget */

static void
map_cb (SiambanTrackPage *self)
{
  list_weights (self);
  gtk_widget_grab_focus (GTK_WIDGET (self->canvas));
}

static void
siamban_track_page_set_session (SiambanPage *page, SiambanSession *session)
{
  SiambanTrackPage *self = SIAMBAN_TRACK_PAGE (page);

  self->session = session;
  if (session == NULL)
    return;

  g_signal_connect_swapped (session, "notify::run", G_CALLBACK (run_changed_cb), self);
  run_changed_cb (self);
}

static void
siamban_track_page_dispose (GObject *object)
{
  SiambanTrackPage *self = SIAMBAN_TRACK_PAGE (object);
  GtkWidget *child;

  self->ready = FALSE;
  if (self->exporting != NULL)
    g_cancellable_cancel (self->exporting);
  g_clear_object (&self->exporting);
  if (self->player != NULL)
    {
      g_signal_handlers_disconnect_by_data (self->player, self);
      g_object_run_dispose (G_OBJECT (self->player));
    }
  g_clear_object (&self->player);
  g_clear_object (&self->other);
  g_clear_object (&self->used);
  g_clear_object (&self->chooser);
  while ((child = gtk_widget_get_first_child (GTK_WIDGET (self))) != NULL)
    gtk_widget_unparent (child);

  G_OBJECT_CLASS (siamban_track_page_parent_class)->dispose (object);
}

static void
siamban_track_page_finalize (GObject *object)
{
  g_ptr_array_unref (SIAMBAN_TRACK_PAGE (object)->files);

  G_OBJECT_CLASS (siamban_track_page_parent_class)->finalize (object);
}

static void
bind_children (GtkWidgetClass *widget_class)
{
  gtk_widget_class_bind_template_child (widget_class, SiambanTrackPage, weights);
  gtk_widget_class_bind_template_child (widget_class, SiambanTrackPage, draw);
  gtk_widget_class_bind_template_child (widget_class, SiambanTrackPage, bar);
  gtk_widget_class_bind_template_child (widget_class, SiambanTrackPage, bar_label);
  gtk_widget_class_bind_template_child (widget_class, SiambanTrackPage, progress);
  gtk_widget_class_bind_template_child (widget_class, SiambanTrackPage, stack);
  gtk_widget_class_bind_template_child (widget_class, SiambanTrackPage, flap);
  gtk_widget_class_bind_template_child (widget_class, SiambanTrackPage, canvas);
  gtk_widget_class_bind_template_child (widget_class, SiambanTrackPage, status);
  gtk_widget_class_bind_template_child (widget_class, SiambanTrackPage, play);
  gtk_widget_class_bind_template_child (widget_class, SiambanTrackPage, position);
  gtk_widget_class_bind_template_child (widget_class, SiambanTrackPage, frame_label);
  gtk_widget_class_bind_template_child (widget_class, SiambanTrackPage, speed);
  gtk_widget_class_bind_template_child (widget_class, SiambanTrackPage, map_choice);
  gtk_widget_class_bind_template_child (widget_class, SiambanTrackPage, map);
  gtk_widget_class_bind_template_child (widget_class, SiambanTrackPage, numbers);
  gtk_widget_class_bind_template_child (widget_class, SiambanTrackPage, curve_title);
  gtk_widget_class_bind_template_child (widget_class, SiambanTrackPage, curve);
  gtk_widget_class_bind_template_child (widget_class, SiambanTrackPage, target_grid);
  gtk_widget_class_bind_template_callback (widget_class, bar_response_cb);
  gtk_widget_class_bind_template_callback (widget_class, weights_chosen_cb);
  gtk_widget_class_bind_template_callback (widget_class, draw_toggled_cb);
  gtk_widget_class_bind_template_callback (widget_class, scrubbed_cb);
  gtk_widget_class_bind_template_callback (widget_class, speed_chosen_cb);
  gtk_widget_class_bind_template_callback (widget_class, map_chosen_cb);
}

static void
install_actions (GtkWidgetClass *widget_class)
{
  static const struct
  {
    guint key;
    GdkModifierType modifiers;
    int step;
  } steps[] = {
    { GDK_KEY_Left, 0, -1 },
    { GDK_KEY_Right, 0, 1 },
    { GDK_KEY_Left, GDK_SHIFT_MASK, -10 },
    { GDK_KEY_Right, GDK_SHIFT_MASK, 10 },
    { GDK_KEY_Home, 0, -G_MAXINT / 2 },
    { GDK_KEY_End, 0, G_MAXINT / 2 },
  };

  gtk_widget_class_install_action (widget_class, "track.open-folder", NULL, open_folder_action);
  gtk_widget_class_install_action (widget_class, "track.open-video", NULL, open_video_action);
  gtk_widget_class_install_action (widget_class, "track.open-weights", NULL, open_weights_action);
  gtk_widget_class_install_action (widget_class, "track.open-truth", NULL, open_truth_action);
  gtk_widget_class_install_action (widget_class, "track.play", NULL, play_action);
  gtk_widget_class_install_action (widget_class, "track.step", "i", step_action);
  gtk_widget_class_install_action (widget_class, "track.draw", NULL, draw_action);
  gtk_widget_class_install_action (widget_class, "track.export-boxes", NULL, export_boxes_action);
  gtk_widget_class_install_action (widget_class, "track.export-video", NULL, export_video_action);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_space, 0, "track.play", NULL);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_d, 0, "track.draw", NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (steps); i++)
    gtk_widget_class_add_binding_action (widget_class, steps[i].key, steps[i].modifiers,
                                         "track.step", "i", steps[i].step);
}

static void
siamban_track_page_class_init (SiambanTrackPageClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = siamban_track_page_dispose;
  SIAMBAN_PAGE_CLASS (klass)->set_session = siamban_track_page_set_session;
  object_class->finalize = siamban_track_page_finalize;

  g_type_ensure (SIAMBAN_TYPE_TRACK_CANVAS);
  g_type_ensure (SIAMBAN_TYPE_MAP_VIEW);
  g_type_ensure (SIAMBAN_TYPE_PLOT);
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_template_from_resource (
      widget_class, "/io/github/siamban/Siamban/track/siamban-track-page.ui");
  bind_children (widget_class);
  install_actions (widget_class);
}

static void
set_choices (GtkDropDown *drop_down, const char *const *choices, guint selected)
{
  g_autoptr (GtkStringList) list = gtk_string_list_new (choices);

  gtk_drop_down_set_model (drop_down, G_LIST_MODEL (list));
  gtk_drop_down_set_selected (drop_down, selected);
}

static void
connect_player (SiambanTrackPage *self)
{
  self->player = siamban_track_player_new ();
  g_signal_connect_swapped (self->player, "frame", G_CALLBACK (frame_cb), self);
  g_signal_connect_swapped (self->player, "changed", G_CALLBACK (player_changed_cb), self);
  g_signal_connect_swapped (self->player, "opened", G_CALLBACK (opened_cb), self);
  g_signal_connect_swapped (self->player, "loaded", G_CALLBACK (loaded_cb), self);
  g_signal_connect_swapped (self->player, "failed", G_CALLBACK (failed_cb), self);
}

static void
siamban_track_page_init (SiambanTrackPage *self)
{
  const char *const maps[] = { _ ("Nothing"), _ ("Score"),  _ ("Penalised score"),
                               _ ("Penalty"), _ ("Window"), NULL };
  const char *const speed_names[] = { "¼×", "½×", "1×", "2×", _ ("Fastest"), NULL };
  GtkDropTarget *drop = gtk_drop_target_new (G_TYPE_FILE, GDK_ACTION_COPY);

  self->files = g_ptr_array_new_with_free_func (g_object_unref);
  connect_player (self);
  gtk_widget_init_template (GTK_WIDGET (self));
  set_choices (self->map_choice, maps, SIAMBAN_MAP_SCORE);
  set_choices (self->speed, speed_names, 2);
  g_object_bind_property (adw_style_manager_get_default (), "high-contrast", self->curve,
                          "high-contrast", G_BINDING_SYNC_CREATE);
  siamban_plot_add_series (self->curve, _ ("score"));
  siamban_plot_add_series (self->curve, _ ("IoU"));
  add_edges (self);
  g_signal_connect_swapped (self->canvas, "box-drawn", G_CALLBACK (box_drawn_cb), self);
  g_signal_connect_swapped (self, "map", G_CALLBACK (map_cb), self);
  g_signal_connect (drop, "drop", G_CALLBACK (drop_cb), self);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (drop));
  self->ready = TRUE;
  list_weights (self);
  player_changed_cb (self);
}

SiambanTrackPlayer *
siamban_track_page_get_player (SiambanTrackPage *self)
{
  return self->player;
}
