/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-train-page.h"

#include <adwaita.h>
#include <glib/gi18n.h>
#include <math.h>

#include "siamban-message.h"
#include "siamban-run-batch.h"
#include "siamban-run-devices.h"
#include "siamban-run-launcher.h"
#include "siamban-run-log.h"
#include "siamban-run-plots.h"
#include "siamban-run-watch.h"
#include "siamban-start-dialog.h"

/* Iterations whose mean time makes the speed that is shown. */
#define N_RECENT 20

/* What a run says of itself while it goes on, and what can be asked of it. Its actions are the group
 * `train` of the window, so that keys reach them from every page. */
struct _SiambanTrainPage
{
  SiambanPage parent_instance;

  GtkStack *content;
  GtkImage *state_icon;
  GtkLabel *state_label;
  GtkLabel *status;
  GtkProgressBar *progress;
  GtkInfoBar *info_bar;
  GtkLabel *info_label;
  GtkStack *views;
  SiambanRunDevices *devices;
  SiambanRunPlots *plots;
  SiambanRunBatch *batch;
  SiambanRunLog *log;
  GtkWidget *start_button;
  GtkWidget *continue_button;
  GtkWidget *pause_button;
  GtkWidget *resume_button;
  GtkWidget *stop_button;

  SiambanSession *session; /* of the page, which keeps it */
  SiambanRun *run;         /* the one that is shown */
  SiambanRunWatch *watch;
  double samples_an_iteration;
  GSimpleActionGroup *actions;
};

G_DEFINE_FINAL_TYPE (SiambanTrainPage, siamban_train_page, SIAMBAN_TYPE_PAGE)

/* What a state looks like, and what can be done in it. */
static const struct
{
  const char *title;
  const char *icon_name;
  gboolean live;
  gboolean continuable;
} states[] = {
  [SIAMBAN_RUN_UNKNOWN] = { N_ ("Unknown"), "dialog-question-symbolic", FALSE, TRUE },
  [SIAMBAN_RUN_STARTING] = { N_ ("Starting"), "content-loading-symbolic", TRUE, FALSE },
  [SIAMBAN_RUN_RUNNING] = { N_ ("Running"), "media-playback-start-symbolic", TRUE, FALSE },
  [SIAMBAN_RUN_PAUSED] = { N_ ("Paused"), "media-playback-pause-symbolic", TRUE, FALSE },
  [SIAMBAN_RUN_STOPPED] = { N_ ("Stopped"), "media-playback-stop-symbolic", FALSE, TRUE },
  [SIAMBAN_RUN_FINISHED] = { N_ ("Finished"), "emblem-ok-symbolic", FALSE, FALSE },
  [SIAMBAN_RUN_FAILED] = { N_ ("Failed"), "dialog-error-symbolic", FALSE, TRUE },
  [SIAMBAN_RUN_INTERRUPTED] = { N_ ("Interrupted"), "dialog-warning-symbolic", FALSE, TRUE },
};

const char *
siamban_train_page_describe_state (SiambanRunState state)
{
  return _ (states[state].title);
}

static void
toast (SiambanTrainPage *self, const char *text)
{
  gtk_widget_activate_action (GTK_WIDGET (self), "win.toast", "s", text);
}

static void
set_enabled (SiambanTrainPage *self, const char *name, gboolean enabled)
{
  g_simple_action_set_enabled (
      G_SIMPLE_ACTION (g_action_map_lookup_action (G_ACTION_MAP (self->actions), name)), enabled);
}

static void
show_info (SiambanTrainPage *self, GtkMessageType type, const char *text)
{
  siamban_message_show (self->info_bar, self->info_label, type, text != NULL ? text : "");
  gtk_info_bar_set_revealed (self->info_bar, text != NULL);
  gtk_widget_set_visible (GTK_WIDGET (self->info_bar), text != NULL);
}

static gboolean
has_checkpoint (SiambanRun *run)
{
  return g_list_model_get_n_items (siamban_run_get_snapshots (run)) > 0;
}

/* What went wrong, and what to do next; NULL if all is well. */
static char *
describe_state_problem (SiambanTrainPage *self)
{
  const char *reason = siamban_run_get_reason (self->run);

  switch (siamban_run_get_state (self->run))
    {
    case SIAMBAN_RUN_FAILED:
      return g_strdup_printf (has_checkpoint (self->run)
                                  ? _ ("The training failed: %s. When the cause is gone, Continue "
                                       "goes on from the last "
                                       "checkpoint; Start Training begins another one.")
                                  : _ ("The training failed: %s. When the cause is gone, Continue "
                                       "begins it again; Start "
                                       "Training begins another one."),
                              reason != NULL ? reason : _ ("the log tells why"));

    case SIAMBAN_RUN_INTERRUPTED:
      return g_strdup (has_checkpoint (self->run)
                           ? _ ("The process of the training is gone: it was killed, or the "
                                "computer went "
                                "down. Continue goes on from the last checkpoint.")
                           : _ ("The process of the training is gone: it was killed, or the "
                                "computer went down, before there was a checkpoint. Continue "
                                "begins it again."));

    case SIAMBAN_RUN_PAUSED:
      return reason != NULL ? g_strdup_printf (_ ("The training paused by itself: %s. Resume tries "
                                                  "again; Stop ends it, and the last checkpoint "
                                                  "stays as it is."),
                                               reason)
                            : NULL;

    default:
      return self->watch != NULL && siamban_run_watch_get_stalled (self->watch)
                 ? g_strdup (
                       _ ("The training is at work, but told nothing new for some minutes. The "
                          "log may tell why; Stop ends it with a checkpoint."))
                 : NULL;
    }
}

static const char *
advise (SiambanRunProblemKind kind)
{
  switch (kind)
    {
    case SIAMBAN_RUN_PROBLEM_CONFIG:
      return _ ("Put a copy of the configuration there and open the run again to go on, or start a "
                "new training.");
    case SIAMBAN_RUN_PROBLEM_RECORD:
      return _ ("It only informs: Continue writes it anew.");
    case SIAMBAN_RUN_PROBLEM_EVENTS:
      return _ ("The curves lack what it told; Continue keeps the lines before.");
    case SIAMBAN_RUN_PROBLEM_STATUS:
      return _ ("How the run ended is not known; the log may tell.");
    case SIAMBAN_RUN_PROBLEM_CHECKPOINT:
      return _ ("Put a copy of a checkpoint there to go on; without, Continue begins it again.");
    default:
      return "";
    }
}

/* One line a damaged file. */
static void
append_damages (SiambanTrainPage *self, GString *text)
{
  GPtrArray *problems = siamban_run_get_problems (self->run);

  for (guint i = 0; i < problems->len; i++)
    {
      const SiambanRunProblem *problem = g_ptr_array_index (problems, i);

      g_string_append_printf (text, "%s%s. %s", text->len > 0 ? "\n" : "", problem->text,
                              advise (problem->kind));
    }
}

static void
update_info (SiambanTrainPage *self)
{
  const SiambanRunState state = siamban_run_get_state (self->run);
  g_autofree char *problem = describe_state_problem (self);
  g_autoptr (GString) text = g_string_new (problem);

  if (!states[state].live)
    append_damages (self, text);
  show_info (self, state == SIAMBAN_RUN_FAILED ? GTK_MESSAGE_ERROR : GTK_MESSAGE_WARNING,
             text->len > 0 ? text->str : NULL);
}

/* Without its configuration no run goes on. */
static gboolean
has_config (SiambanRun *run)
{
  GPtrArray *problems = siamban_run_get_problems (run);

  for (guint i = 0; i < problems->len; i++)
    if (((const SiambanRunProblem *) g_ptr_array_index (problems, i))->kind ==
        SIAMBAN_RUN_PROBLEM_CONFIG)
      return FALSE;

  return TRUE;
}

static void
update_actions (SiambanTrainPage *self)
{
  const SiambanRunState state = self->run != NULL ? siamban_run_get_state (self->run)
                                                  : SIAMBAN_RUN_UNKNOWN;
  const gboolean live = self->run != NULL && states[state].live;
  const gboolean continuable = self->run != NULL && states[state].continuable &&
                               has_config (self->run);
  const gboolean running = live && state == SIAMBAN_RUN_RUNNING;
  const gboolean paused = live && state == SIAMBAN_RUN_PAUSED;

  set_enabled (self, "start", !live);
  set_enabled (self, "continue", continuable);
  set_enabled (self, "go", !live || paused);
  set_enabled (self, "pause", running);
  set_enabled (self, "resume", paused);
  set_enabled (self, "toggle-pause", running || paused);
  set_enabled (self, "stop", running || paused);
  set_enabled (self, "stop-after-epoch", running || paused);
  set_enabled (self, "snapshot", running || paused);
  set_enabled (self, "find", self->run != NULL);
  gtk_widget_set_visible (self->start_button, !live);
  if (continuable)
    gtk_widget_remove_css_class (self->start_button, "suggested-action");
  else
    gtk_widget_add_css_class (self->start_button, "suggested-action");
  gtk_widget_set_visible (self->continue_button, continuable);
  gtk_widget_set_visible (self->pause_button, running || (live && !paused));
  gtk_widget_set_visible (self->resume_button, paused);
  gtk_widget_set_visible (self->stop_button, live);
}

static char *
format_left (double seconds)
{
  const guint minutes = (guint) (seconds / 60);

  if (minutes >= 60)
    return g_strdup_printf (_ ("%u h %u min left"), minutes / 60, minutes % 60);

  return minutes > 0 ? g_strdup_printf (_ ("%u min left"), minutes)
                     : g_strdup_printf (_ ("%.0f s left"), seconds);
}

/* 0 if there are no iterations. */
static double
get_speed (SiambanTrainPage *self)
{
  const guint n = siamban_run_get_n_iterations (self->run);
  const guint n_recent = MIN (n, N_RECENT);
  double seconds = 0;

  for (guint i = n - n_recent; i < n; i++)
    seconds += siamban_run_get_iteration (self->run, i)->batch_time;

  return seconds > 0 ? n_recent * self->samples_an_iteration / seconds : 0;
}

static void
progress_cb (SiambanTrainPage *self)
{
  const guint n = siamban_run_get_n_iterations (self->run);
  const SiambanIteration *last = n > 0 ? siamban_run_get_iteration (self->run, n - 1) : NULL;
  const double speed = get_speed (self);
  g_autofree char *left = format_left (siamban_run_get_eta (self->run));
  g_autofree char *text = NULL;

  gtk_progress_bar_set_fraction (self->progress, siamban_run_get_progress (self->run));
  if (last == NULL && !states[siamban_run_get_state (self->run)].live)
    text = g_strdup (_ ("This run told nothing of its iterations"));
  else if (last == NULL)
    text = g_strdup (_ ("Waiting for the first iteration"));
  else if (!states[siamban_run_get_state (self->run)].live)
    text = g_strdup_printf (_ ("Epoch %u of %u · iteration %'.0f of %'.0f"), last->epoch,
                            (guint) (last->n_iterations / MAX (last->n_per_epoch, 1)),
                            (double) last->number, (double) last->n_iterations);
  else
    text = g_strdup_printf (_ ("Epoch %u of %u · iteration %'.0f of %'.0f · %s · %.1f samples/s"),
                            last->epoch, (guint) (last->n_iterations / MAX (last->n_per_epoch, 1)),
                            (double) last->number, (double) last->n_iterations, left, speed);
  gtk_label_set_text (self->status, text);
}

static void
state_changed_cb (SiambanTrainPage *self)
{
  const SiambanRunState state = siamban_run_get_state (self->run);

  gtk_image_set_from_icon_name (self->state_icon, states[state].icon_name);
  gtk_label_set_text (self->state_label, _ (states[state].title));
  update_actions (self);
  update_info (self);
  progress_cb (self);
}

/* How many samples an iteration takes, on all devices together. */
static double
count_samples (SiambanRun *run)
{
  g_autoptr (SiambanConfig) config = siamban_run_load_config (run, NULL);
  const guint n = siamban_run_get_n_iterations (run);
  gint64 n_samples;

  /* A folder without its configuration still has its curves. */
  if (config == NULL)
    return 0;
  n_samples = siamban_config_get_int (config, "DATASET.VIDEOS_PER_EPOCH");
  if (n > 0 && n_samples > 0)
    return (double) (n_samples / MAX (siamban_run_get_iteration (run, 0)->n_per_epoch, 1));

  return (double) siamban_config_get_int (config, "TRAIN.BATCH_SIZE");
}

static void
iteration_cb (SiambanTrainPage *self)
{
  if (self->samples_an_iteration <= 0)
    self->samples_an_iteration = count_samples (self->run);
}

static void
show_run (SiambanTrainPage *self, SiambanRun *run)
{
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (self));
  GtkApplication *application = GTK_IS_WINDOW (root)
                                    ? gtk_window_get_application (GTK_WINDOW (root))
                                    : NULL;

  g_clear_object (&self->watch);
  if (self->run != NULL)
    g_signal_handlers_disconnect_by_data (self->run, self);
  g_set_object (&self->run, run);
  siamban_run_devices_set_run (self->devices, run);
  siamban_run_plots_set_run (self->plots, run);
  siamban_run_batch_set_run (self->batch, run);
  siamban_run_log_set_run (self->log, run);
  gtk_stack_set_visible_child_name (self->content, run != NULL ? "run" : "empty");
  update_actions (self);
  if (run == NULL)
    return;

  self->watch = siamban_run_watch_new (application, run);
  self->samples_an_iteration = siamban_run_get_n_iterations (run) > 0 ? count_samples (run) : 0;
  g_signal_connect_swapped (self->watch, "notify::stalled", G_CALLBACK (update_info), self);
  g_signal_connect_swapped (run, "notify::state", G_CALLBACK (state_changed_cb), self);
  g_signal_connect_swapped (run, "notify::reason", G_CALLBACK (update_info), self);
  g_signal_connect_swapped (run, "iteration", G_CALLBACK (iteration_cb), self);
  g_signal_connect_swapped (run, "notify::progress", G_CALLBACK (progress_cb), self);
  state_changed_cb (self);
}

static void
run_changed_cb (SiambanTrainPage *self)
{
  show_run (self, siamban_session_get_run (self->session));
}

static void
start_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  SiambanTrainPage *self = SIAMBAN_TRAIN_PAGE (user_data);
  GtkWindow *window = GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self)));

  gtk_widget_activate_action (GTK_WIDGET (self), "win.show-page", "s", "train");
  gtk_window_present (GTK_WINDOW (siamban_start_dialog_new (window, self->session)));
}

static void
started_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (SiambanTrainPage) self = SIAMBAN_TRAIN_PAGE (user_data);
  g_autoptr (GError) error = NULL;

  if (!siamban_run_launcher_start_finish (result, &error) && self->session != NULL)
    toast (self, error->message);
}

static void
continue_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  SiambanTrainPage *self = SIAMBAN_TRAIN_PAGE (user_data);

  siamban_run_launcher_start (self->session, siamban_run_get_directory (self->run), NULL, NULL,
                              started_cb, g_object_ref (self));
}

static void
asked_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (SiambanTrainPage) self = SIAMBAN_TRAIN_PAGE (user_data);
  g_autoptr (GError) error = NULL;

  if (!siamban_run_ask_finish (SIAMBAN_RUN (source), result, &error) && self->session != NULL)
    toast (self, error->message);
}

static void
ask (SiambanTrainPage *self, SiambanRunRequest request)
{
  siamban_run_ask_async (self->run, request, NULL, asked_cb, g_object_ref (self));
}

static void
pause_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  ask (user_data, SIAMBAN_RUN_REQUEST_PAUSE);
}

static void
resume_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  ask (user_data, SIAMBAN_RUN_REQUEST_RESUME);
}

static void
toggle_pause_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  SiambanTrainPage *self = SIAMBAN_TRAIN_PAGE (user_data);

  ask (self, siamban_run_get_state (self->run) == SIAMBAN_RUN_PAUSED ? SIAMBAN_RUN_REQUEST_RESUME
                                                                     : SIAMBAN_RUN_REQUEST_PAUSE);
}

static void
stop_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  ask (user_data, SIAMBAN_RUN_REQUEST_STOP);
}

static void
stop_after_epoch_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  SiambanTrainPage *self = SIAMBAN_TRAIN_PAGE (user_data);

  ask (self, SIAMBAN_RUN_REQUEST_STOP_AFTER_EPOCH);
  toast (self, _ ("The training ends after this epoch"));
}

static void
snapshot_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  ask (user_data, SIAMBAN_RUN_REQUEST_SNAPSHOT);
}

/* The one thing to do next. */
static void
go_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  SiambanTrainPage *self = SIAMBAN_TRAIN_PAGE (user_data);
  const char *const choices[] = { "resume", "continue", "start" };

  for (gsize i = 0; i < G_N_ELEMENTS (choices); i++)
    if (g_action_group_get_action_enabled (G_ACTION_GROUP (self->actions), choices[i]))
      {
        g_action_group_activate_action (G_ACTION_GROUP (self->actions), choices[i], NULL);
        return;
      }
}

static void
find_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  SiambanTrainPage *self = SIAMBAN_TRAIN_PAGE (user_data);

  gtk_stack_set_visible_child_name (self->views, "log");
  siamban_run_log_focus_search (self->log);
}

static void
siamban_train_page_set_session (SiambanPage *page, SiambanSession *session)
{
  SiambanTrainPage *self = SIAMBAN_TRAIN_PAGE (page);

  self->session = session;
  if (session == NULL)
    return;

  g_signal_connect_swapped (session, "notify::run", G_CALLBACK (run_changed_cb), self);
  run_changed_cb (self);
}

static void
siamban_train_page_root (GtkWidget *widget)
{
  SiambanTrainPage *self = SIAMBAN_TRAIN_PAGE (widget);

  GTK_WIDGET_CLASS (siamban_train_page_parent_class)->root (widget);
  gtk_widget_insert_action_group (GTK_WIDGET (gtk_widget_get_root (widget)), "train",
                                  G_ACTION_GROUP (self->actions));
}

static void
siamban_train_page_unroot (GtkWidget *widget)
{
  gtk_widget_insert_action_group (GTK_WIDGET (gtk_widget_get_root (widget)), "train", NULL);
  GTK_WIDGET_CLASS (siamban_train_page_parent_class)->unroot (widget);
}

static void
siamban_train_page_dispose (GObject *object)
{
  SiambanTrainPage *self = SIAMBAN_TRAIN_PAGE (object);

  g_clear_object (&self->watch);
  if (self->run != NULL)
    g_signal_handlers_disconnect_by_data (self->run, self);
  g_clear_object (&self->run);
  g_clear_pointer ((GtkWidget **) &self->content, gtk_widget_unparent);
  g_clear_object (&self->actions);

  G_OBJECT_CLASS (siamban_train_page_parent_class)->dispose (object);
}

static void
bind_children (GtkWidgetClass *widget_class)
{
  gtk_widget_class_bind_template_child (widget_class, SiambanTrainPage, content);
  gtk_widget_class_bind_template_child (widget_class, SiambanTrainPage, state_icon);
  gtk_widget_class_bind_template_child (widget_class, SiambanTrainPage, state_label);
  gtk_widget_class_bind_template_child (widget_class, SiambanTrainPage, status);
  gtk_widget_class_bind_template_child (widget_class, SiambanTrainPage, progress);
  gtk_widget_class_bind_template_child (widget_class, SiambanTrainPage, info_bar);
  gtk_widget_class_bind_template_child (widget_class, SiambanTrainPage, info_label);
  gtk_widget_class_bind_template_child (widget_class, SiambanTrainPage, views);
  gtk_widget_class_bind_template_child (widget_class, SiambanTrainPage, devices);
  gtk_widget_class_bind_template_child (widget_class, SiambanTrainPage, plots);
  gtk_widget_class_bind_template_child (widget_class, SiambanTrainPage, batch);
  gtk_widget_class_bind_template_child (widget_class, SiambanTrainPage, log);
  gtk_widget_class_bind_template_child (widget_class, SiambanTrainPage, start_button);
  gtk_widget_class_bind_template_child (widget_class, SiambanTrainPage, continue_button);
  gtk_widget_class_bind_template_child (widget_class, SiambanTrainPage, pause_button);
  gtk_widget_class_bind_template_child (widget_class, SiambanTrainPage, resume_button);
  gtk_widget_class_bind_template_child (widget_class, SiambanTrainPage, stop_button);
}

static void
siamban_train_page_class_init (SiambanTrainPageClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = siamban_train_page_dispose;
  SIAMBAN_PAGE_CLASS (klass)->set_session = siamban_train_page_set_session;
  widget_class->root = siamban_train_page_root;
  widget_class->unroot = siamban_train_page_unroot;

  g_type_ensure (SIAMBAN_TYPE_RUN_DEVICES);
  g_type_ensure (SIAMBAN_TYPE_RUN_PLOTS);
  g_type_ensure (SIAMBAN_TYPE_RUN_BATCH);
  g_type_ensure (SIAMBAN_TYPE_RUN_LOG);
  gtk_widget_class_set_template_from_resource (
      widget_class, "/io/github/siamban/Siamban/train/siamban-train-page.ui");
  bind_children (widget_class);
}

/* On other pages the same key looks for something else. */
static gboolean
find_shortcut_cb (GtkWidget *widget, GVariant *arguments, gpointer user_data)
{
  SiambanTrainPage *self = SIAMBAN_TRAIN_PAGE (widget);

  if (!gtk_widget_get_mapped (widget) || self->run == NULL)
    return FALSE;
  g_action_group_activate_action (G_ACTION_GROUP (self->actions), "find", NULL);

  return TRUE;
}

static void
add_shortcut (SiambanTrainPage *self)
{
  GtkEventController *controller = gtk_shortcut_controller_new ();

  gtk_shortcut_controller_set_scope (GTK_SHORTCUT_CONTROLLER (controller),
                                     GTK_SHORTCUT_SCOPE_GLOBAL);
  gtk_shortcut_controller_add_shortcut (
      GTK_SHORTCUT_CONTROLLER (controller),
      gtk_shortcut_new (gtk_shortcut_trigger_parse_string ("<Control>f"),
                        gtk_callback_action_new (find_shortcut_cb, NULL, NULL)));
  gtk_widget_add_controller (GTK_WIDGET (self), controller);
}

static void
siamban_train_page_init (SiambanTrainPage *self)
{
  static const GActionEntry actions[] = {
    { "start", start_cb },
    { "continue", continue_cb },
    { "go", go_cb },
    { "pause", pause_cb },
    { "resume", resume_cb },
    { "toggle-pause", toggle_pause_cb },
    { "stop", stop_cb },
    { "stop-after-epoch", stop_after_epoch_cb },
    { "snapshot", snapshot_cb },
    { "find", find_cb },
  };

  self->actions = g_simple_action_group_new ();
  g_action_map_add_action_entries (G_ACTION_MAP (self->actions), actions, G_N_ELEMENTS (actions),
                                   self);
  gtk_widget_init_template (GTK_WIDGET (self));
  add_shortcut (self);
}
