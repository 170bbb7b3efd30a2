/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-run-batch.h"

#include <glib/gi18n.h>
#include <inttypes.h>

/* A batch of many devices has more than anybody looks at. */
#define MAX_SHOWN 16
/* Samples are made anew, which takes processor time that the training would like to have. */
#define PAUSE_SECONDS 4

/* The samples of the last iteration, as the network saw them. It works while it is on screen only, in
 * a thread. */
struct _SiambanRunBatch
{
  GtkWidget parent_instance;

  GtkStack *content;
  GtkLabel *title;
  GtkFlowBox *box;
  GtkLabel *problem;

  SiambanRun *run;
  SiambanDataset *dataset; /* of the run; the thread's while it works */
  guint64 shown;           /* the iteration; 0 for none */
  gboolean loading;
  guint pause_id;
};

/* What a thread does. */
typedef struct
{
  SiambanRun *run;
  SiambanDataset *dataset;
  guint64 iteration;
  guint n_samples;
  GPtrArray *textures; /* of GdkTexture */
  GPtrArray *captions;
} Load;

G_DEFINE_FINAL_TYPE (SiambanRunBatch, siamban_run_batch, GTK_TYPE_WIDGET)

static void
free_load (gpointer data)
{
  Load *load = data;

  g_clear_object (&load->run);
  g_clear_object (&load->dataset);
  g_ptr_array_unref (load->textures);
  g_ptr_array_unref (load->captions);
  g_free (load);
}

static gboolean
open_dataset (Load *load, GError **error)
{
  g_autoptr (SiambanConfig) config = NULL;

  if (load->dataset != NULL)
    return TRUE;

  config = siamban_run_load_config (load->run, error);
  if (config != NULL)
    load->dataset = siamban_dataset_new_from_config (config, error);

  return load->dataset != NULL;
}

static gboolean
add_sample (Load *load, guint64 index, GError **error)
{
  g_autoptr (SiambanSample) sample = siamban_dataset_get_sample (load->dataset, index, error);
  g_autoptr (SiambanImage) image = NULL;
  g_autoptr (GBytes) bytes = NULL;
  guint width;

  if (sample == NULL)
    return FALSE;

  image = siamban_sample_render (
      sample, SIAMBAN_SAMPLE_TEMPLATE | SIAMBAN_SAMPLE_SEARCH | SIAMBAN_SAMPLE_BOXES, 1);
  width = siamban_image_get_width (image);
  bytes = siamban_image_get_bytes (image);
  g_ptr_array_add (load->textures,
                   gdk_memory_texture_new ((int) width, (int) siamban_image_get_height (image),
                                           GDK_MEMORY_B8G8R8, bytes, (gsize) width * 3));
  g_ptr_array_add (load->captions, g_strdup_printf (siamban_sample_is_negative (sample)
                                                        ? _ ("Sample %" PRIu64 ", another object")
                                                        : _ ("Sample %" PRIu64),
                                                    index));

  return TRUE;
}

static void
load_thread (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  Load *load = task_data;
  g_autoptr (SiambanSampleRange) range = NULL;
  g_autoptr (GError) error = NULL;

  range = siamban_run_find_samples (load->run, load->iteration, &error);
  if (range != NULL && open_dataset (load, &error))
    {
      load->n_samples = range->n_samples;
      for (guint i = 0; error == NULL && i < MIN (range->n_samples, MAX_SHOWN); i++)
        add_sample (load, range->first + i, &error);
    }

  if (error != NULL)
    g_task_return_error (task, g_steal_pointer (&error));
  else
    g_task_return_boolean (task, TRUE);
}

static GtkWidget *
make_tile (GdkTexture *texture, const char *caption)
{
  GtkWidget *tile = gtk_box_new (GTK_ORIENTATION_VERTICAL, 3);
  GtkWidget *picture = gtk_picture_new_for_paintable (GDK_PAINTABLE (texture));
  GtkWidget *label = gtk_label_new (caption);

  gtk_picture_set_alternative_text (GTK_PICTURE (picture), caption);
  gtk_picture_set_can_shrink (GTK_PICTURE (picture), TRUE);
  gtk_widget_set_size_request (picture, 200, 132);
  gtk_widget_add_css_class (label, "caption");
  gtk_box_append (GTK_BOX (tile), picture);
  gtk_box_append (GTK_BOX (tile), label);

  return tile;
}

static void
remove_tiles (SiambanRunBatch *self)
{
  GtkWidget *child;

  while ((child = gtk_widget_get_first_child (GTK_WIDGET (self->box))) != NULL)
    gtk_flow_box_remove (self->box, child);
}

static void
show (SiambanRunBatch *self, const Load *load)
{
  g_autofree char *title = g_strdup_printf (
      load->n_samples > load->textures->len
          ? _ ("Iteration %" PRIu64 ": the first %u of %u samples")
          : _ ("Iteration %" PRIu64 ": %u of %u samples"),
      load->iteration, load->textures->len, load->n_samples);

  remove_tiles (self);
  for (guint i = 0; i < load->textures->len; i++)
    gtk_flow_box_insert (
        self->box,
        make_tile (g_ptr_array_index (load->textures, i), g_ptr_array_index (load->captions, i)),
        -1);
  gtk_label_set_text (self->title, title);
  gtk_stack_set_visible_child_name (self->content, "batch");
}

static void begin_load (SiambanRunBatch *self);

static gboolean
pause_over_cb (gpointer user_data)
{
  SiambanRunBatch *self = SIAMBAN_RUN_BATCH (user_data);

  self->pause_id = 0;
  begin_load (self);

  return G_SOURCE_REMOVE;
}

static void
loaded_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  SiambanRunBatch *self = SIAMBAN_RUN_BATCH (source);
  Load *load = g_task_get_task_data (G_TASK (result));
  g_autoptr (GError) error = NULL;
  const gboolean done = g_task_propagate_boolean (G_TASK (result), &error);

  self->loading = FALSE;
  /* A run belongs to this thread; the task may end in another. */
  if (self->content != NULL && load->run == self->run)
    {
      g_set_object (&self->dataset, load->dataset);
      self->shown = load->iteration;
      if (done)
        show (self, load);
      else
        {
          gtk_label_set_text (self->problem, error->message);
          gtk_stack_set_visible_child_name (self->content, "problem");
        }
      self->pause_id = g_timeout_add_seconds (PAUSE_SECONDS, pause_over_cb, self);
    }
  else if (self->content != NULL)
    begin_load (self);
  g_clear_object (&load->run);
}

static void
begin_load (SiambanRunBatch *self)
{
  const guint n = self->run != NULL ? siamban_run_get_n_iterations (self->run) : 0;
  const guint64 last = n > 0 ? siamban_run_get_iteration (self->run, n - 1)->number : 0;
  g_autoptr (GTask) task = NULL;
  Load *load;

  if (last == 0 || last == self->shown || self->loading || self->pause_id != 0 ||
      !gtk_widget_get_mapped (GTK_WIDGET (self)))
    return;

  self->loading = TRUE;
  load = g_new0 (Load, 1);
  load->run = g_object_ref (self->run);
  load->dataset = self->dataset != NULL ? g_object_ref (self->dataset) : NULL;
  load->iteration = last;
  load->textures = g_ptr_array_new_with_free_func (g_object_unref);
  load->captions = g_ptr_array_new_with_free_func (g_free);
  task = g_task_new (self, NULL, loaded_cb, NULL);
  g_task_set_source_tag (task, begin_load);
  g_task_set_task_data (task, load, free_load);
  g_task_run_in_thread (task, load_thread);
}

static void
siamban_run_batch_map (GtkWidget *widget)
{
  GTK_WIDGET_CLASS (siamban_run_batch_parent_class)->map (widget);
  begin_load (SIAMBAN_RUN_BATCH (widget));
}

static void
siamban_run_batch_dispose (GObject *object)
{
  SiambanRunBatch *self = SIAMBAN_RUN_BATCH (object);

  if (self->content != NULL)
    siamban_run_batch_set_run (self, NULL);
  g_clear_pointer ((GtkWidget **) &self->content, gtk_widget_unparent);

  G_OBJECT_CLASS (siamban_run_batch_parent_class)->dispose (object);
}

static void
siamban_run_batch_class_init (SiambanRunBatchClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = siamban_run_batch_dispose;
  widget_class->map = siamban_run_batch_map;

  gtk_widget_class_set_template_from_resource (
      widget_class, "/io/github/siamban/Siamban/train/siamban-run-batch.ui");
  gtk_widget_class_bind_template_child (widget_class, SiambanRunBatch, content);
  gtk_widget_class_bind_template_child (widget_class, SiambanRunBatch, title);
  gtk_widget_class_bind_template_child (widget_class, SiambanRunBatch, box);
  gtk_widget_class_bind_template_child (widget_class, SiambanRunBatch, problem);
}

static void
siamban_run_batch_init (SiambanRunBatch *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

void
siamban_run_batch_set_run (SiambanRunBatch *self, SiambanRun *run)
{
  if (self->run != NULL)
    g_signal_handlers_disconnect_by_data (self->run, self);
  g_clear_handle_id (&self->pause_id, g_source_remove);
  g_clear_object (&self->dataset);
  self->shown = 0;
  remove_tiles (self);
  gtk_stack_set_visible_child_name (self->content, "waiting");
  g_set_object (&self->run, run);
  if (run == NULL)
    return;

  g_signal_connect_swapped (run, "iteration", G_CALLBACK (begin_load), self);
  begin_load (self);
}
