/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-train-page.h"

#include <glib/gi18n.h>
#include <json-glib/json-glib.h>
#include <math.h>
#include <string.h>

#include "siamban-plot.h"

#define MAX_RATES 4
#define POLL_SECONDS 1
/* Lines read before the window gets its turn again: a finished run has a hundred thousand. */
#define LINES_A_TURN 5000

/* What a run says of itself while it goes on: losses, learning rates, progress. It reads the run's
 * `events.jsonl` and nothing else, so that closing the window never touches the run. */
struct _SiambanTrainPage
{
  GtkWidget parent_instance;

  GtkWidget *content;
  GtkLabel *status;
  GtkLabel *smoothing_label;
  GtkRange *smoothing;
  GtkWidget *stop;
  GtkProgressBar *progress;
  SiambanPlot *losses;
  SiambanPlot *rates;

  char *path;
  goffset offset;   /* of the first byte not read yet */
  GString *partial; /* the beginning of a line whose end is not written yet */
  guint n_rates;
  guint poll_id;
  guint catch_up_id;
};

G_DEFINE_FINAL_TYPE (SiambanTrainPage, siamban_train_page, GTK_TYPE_WIDGET)

enum
{
  SERIES_TOTAL,
  SERIES_CLS,
  SERIES_LOC,
};

/* What is absent or null, such as the rate of a frozen group, is NaN, which a plot leaves out. */
static double
number_of (JsonNode *node)
{
  return node != NULL && JSON_NODE_HOLDS_VALUE (node) ? json_node_get_double (node) : NAN;
}

static double
number (JsonObject *event, const char *name)
{
  return number_of (json_object_get_member (event, name));
}

static void
append_rates (SiambanTrainPage *self, double at, JsonArray *rates)
{
  for (guint i = 0; i < MIN (json_array_get_length (rates), MAX_RATES); i++)
    {
      if (i >= self->n_rates)
        {
          g_autofree char *name = g_strdup_printf (_ ("group %u"), i + 1);

          siamban_plot_add_series (self->rates, name);
          self->n_rates++;
        }
      siamban_plot_append (self->rates, i, at, number_of (json_array_get_element (rates, i)));
    }
}

static void
show_progress (SiambanTrainPage *self, JsonObject *event, double at)
{
  const double total = number (event, "n_iterations");
  const double eta = number (event, "eta");
  g_autofree char *text = NULL;

  if (!(total > 0))
    return;

  gtk_progress_bar_set_fraction (self->progress, CLAMP (at / total, 0, 1));
  if (at >= total)
    text = g_strdup_printf (_ ("Finished after %.0f iterations"), total);
  else
    text = g_strdup_printf (_ ("Epoch %.0f, iteration %.0f of %.0f, %d:%02d left"),
                            number (event, "epoch"), at, total, (int) (eta / 3600),
                            (int) (fmod (eta, 3600) / 60));
  gtk_label_set_text (self->status, text);
}

static void
read_event (SiambanTrainPage *self, const char *line)
{
  g_autoptr (JsonParser) parser = json_parser_new ();
  JsonObject *event;
  double at;

  /* A line that a crash cut short is no reason to stop showing the others. */
  if (!json_parser_load_from_data (parser, line, -1, NULL) ||
      !JSON_NODE_HOLDS_OBJECT (json_parser_get_root (parser)))
    return;

  event = json_node_get_object (json_parser_get_root (parser));
  at = number (event, "iteration");
  if (isnan (at))
    return;

  siamban_plot_append (self->losses, SERIES_TOTAL, at, number (event, "total_loss"));
  siamban_plot_append (self->losses, SERIES_CLS, at, number (event, "cls_loss"));
  siamban_plot_append (self->losses, SERIES_LOC, at, number (event, "loc_loss"));
  if (json_object_has_member (event, "lr") &&
      JSON_NODE_HOLDS_ARRAY (json_object_get_member (event, "lr")))
    append_rates (self, at, json_object_get_array_member (event, "lr"));
  show_progress (self, event, at);
}

/* TRUE if there is more to read. */
static gboolean
read_lines (SiambanTrainPage *self)
{
  g_autoptr (GFile) file = g_file_new_for_path (self->path);
  /* The file appears with the first iteration; until then there is nothing to show. */
  g_autoptr (GFileInputStream) stream = g_file_read (file, NULL, NULL);
  char buffer[65536];
  guint n_lines = 0;
  gssize n_read;

  if (stream == NULL ||
      !g_seekable_seek (G_SEEKABLE (stream), self->offset, G_SEEK_SET, NULL, NULL))
    return FALSE;

  while (n_lines < LINES_A_TURN && (n_read = g_input_stream_read (G_INPUT_STREAM (stream), buffer,
                                                                  sizeof buffer, NULL, NULL)) > 0)
    {
      const char *end;

      self->offset += n_read;
      g_string_append_len (self->partial, buffer, n_read);
      while ((end = memchr (self->partial->str, '\n', self->partial->len)) != NULL)
        {
          g_autofree char *line = g_strndup (self->partial->str,
                                             (gsize) (end - self->partial->str));

          g_string_erase (self->partial, 0, end - self->partial->str + 1);
          read_event (self, line);
          n_lines++;
        }
    }

  return n_lines >= LINES_A_TURN;
}

static gboolean
catch_up_cb (gpointer user_data)
{
  SiambanTrainPage *self = SIAMBAN_TRAIN_PAGE (user_data);

  if (read_lines (self))
    return G_SOURCE_CONTINUE;

  self->catch_up_id = 0;

  return G_SOURCE_REMOVE;
}

static gboolean
poll_cb (gpointer user_data)
{
  SiambanTrainPage *self = SIAMBAN_TRAIN_PAGE (user_data);

  if (self->catch_up_id == 0)
    self->catch_up_id = g_idle_add (catch_up_cb, self);

  return G_SOURCE_CONTINUE;
}

static void
siamban_train_page_dispose (GObject *object)
{
  SiambanTrainPage *self = SIAMBAN_TRAIN_PAGE (object);

  g_clear_handle_id (&self->poll_id, g_source_remove);
  g_clear_handle_id (&self->catch_up_id, g_source_remove);
  g_clear_pointer (&self->content, gtk_widget_unparent);

  G_OBJECT_CLASS (siamban_train_page_parent_class)->dispose (object);
}

static void
siamban_train_page_finalize (GObject *object)
{
  SiambanTrainPage *self = SIAMBAN_TRAIN_PAGE (object);

  g_free (self->path);
  g_string_free (self->partial, TRUE);

  G_OBJECT_CLASS (siamban_train_page_parent_class)->finalize (object);
}

static void
siamban_train_page_class_init (SiambanTrainPageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = siamban_train_page_dispose;
  G_OBJECT_CLASS (klass)->finalize = siamban_train_page_finalize;

  g_type_ensure (SIAMBAN_TYPE_PLOT);
  gtk_widget_class_set_template_from_resource (
      widget_class, "/io/github/siamban/Siamban/train/siamban-train-page.ui");
  gtk_widget_class_bind_template_child (widget_class, SiambanTrainPage, content);
  gtk_widget_class_bind_template_child (widget_class, SiambanTrainPage, status);
  gtk_widget_class_bind_template_child (widget_class, SiambanTrainPage, smoothing_label);
  gtk_widget_class_bind_template_child (widget_class, SiambanTrainPage, smoothing);
  gtk_widget_class_bind_template_child (widget_class, SiambanTrainPage, stop);
  gtk_widget_class_bind_template_child (widget_class, SiambanTrainPage, progress);
  gtk_widget_class_bind_template_child (widget_class, SiambanTrainPage, losses);
  gtk_widget_class_bind_template_child (widget_class, SiambanTrainPage, rates);
}

static void
siamban_train_page_init (SiambanTrainPage *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));

  self->partial = g_string_new (NULL);
  siamban_plot_add_series (self->losses, _ ("total"));
  siamban_plot_add_series (self->losses, _ ("cls"));
  siamban_plot_add_series (self->losses, _ ("loc"));
}

void
siamban_train_page_follow (SiambanTrainPage *self, GFile *folder)
{
  g_autoptr (GFile) events = g_file_get_child (folder, "events.jsonl");

  g_clear_handle_id (&self->poll_id, g_source_remove);
  g_free (self->path);
  self->path = g_file_get_path (events);
  self->offset = 0;
  g_string_truncate (self->partial, 0);
  siamban_plot_clear (self->losses);
  siamban_plot_clear (self->rates);
  gtk_progress_bar_set_fraction (self->progress, 0);
  gtk_label_set_text (self->status, _ ("Waiting for the first iteration"));

  poll_cb (self);
  self->poll_id = g_timeout_add_seconds (POLL_SECONDS, poll_cb, self);
}
