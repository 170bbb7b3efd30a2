/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-run-feed.h"

#include <math.h>

/* How long the window may be busy with it at a time. */
#define BUSY_US 4000
#define ITERATIONS_A_LOOK 64

typedef struct
{
  SiambanPlot *plot;
  guint series;
  SiambanRunValue value; /* NULL: of validations */
} Target;

struct _SiambanRunFeed
{
  SiambanRun *run;
  GArray *targets; /* of Target */
  guint next;      /* the first iteration that the plots do not know */
  guint next_validation;
  guint idle_id;
  SiambanRunEpochFunc epoch_func; /* NULL if nobody asks */
  gpointer epoch_data;
  guint epoch; /* of the last iteration */
};

/* How many iterations an epoch has may change when a run goes on, so each epoch is asked where it
 * begins. */
static void
tell_epoch (SiambanRunFeed *self, const SiambanIteration *iteration)
{
  if (iteration->epoch <= self->epoch)
    return;

  self->epoch = iteration->epoch;
  if (self->epoch_func != NULL && iteration->epoch > 1)
    self->epoch_func (iteration->epoch, (double) iteration->number - MAX (iteration->index, 1) + 1,
                      self->epoch_data);
}

static void
feed_iterations (SiambanRunFeed *self, guint end)
{
  for (; self->next < end; self->next++)
    {
      const SiambanIteration *iteration = siamban_run_get_iteration (self->run, self->next);

      for (guint i = 0; i < self->targets->len; i++)
        {
          const Target *target = &g_array_index (self->targets, Target, i);

          if (target->value != NULL)
            siamban_plot_append (target->plot, target->series, (double) iteration->number,
                                 target->value (iteration));
        }
      tell_epoch (self, iteration);
    }
}

/* They are few. */
static void
feed_validations (SiambanRunFeed *self)
{
  const guint n = siamban_run_get_n_validations (self->run);

  for (; self->next_validation < n; self->next_validation++)
    {
      const SiambanValidationResult *result = siamban_run_get_validation (self->run,
                                                                          self->next_validation);

      for (guint i = 0; i < self->targets->len; i++)
        {
          const Target *target = &g_array_index (self->targets, Target, i);

          if (target->value == NULL)
            siamban_plot_append (target->plot, target->series, (double) result->iteration,
                                 result->measure);
        }
    }
}

static gboolean
feed_cb (gpointer user_data)
{
  SiambanRunFeed *self = user_data;
  const gint64 end = g_get_monotonic_time () + BUSY_US;
  const guint n = siamban_run_get_n_iterations (self->run);

  while (self->next < n && g_get_monotonic_time () < end)
    feed_iterations (self, MIN (self->next + ITERATIONS_A_LOOK, n));
  feed_validations (self);
  if (self->next < n)
    return G_SOURCE_CONTINUE;

  self->idle_id = 0;

  return G_SOURCE_REMOVE;
}

static void
go_on (SiambanRunFeed *self)
{
  if (self->idle_id == 0)
    self->idle_id = g_idle_add (feed_cb, self);
}

static void
begin_anew (SiambanRunFeed *self)
{
  self->next = self->next_validation = 0;
  self->epoch = 0;
  for (guint i = 0; i < self->targets->len; i++)
    {
      const Target *target = &g_array_index (self->targets, Target, i);

      siamban_plot_clear_series (target->plot, target->series);
    }
  go_on (self);
}

static void
iteration_cb (SiambanRun *run, const SiambanIteration *iteration, gpointer user_data)
{
  go_on (user_data);
}

static void
validation_cb (SiambanRun *run, const SiambanValidationResult *result, gpointer user_data)
{
  go_on (user_data);
}

static void
rewound_cb (SiambanRun *run, gpointer user_data)
{
  begin_anew (user_data);
}

SiambanRunFeed *
siamban_run_feed_new (SiambanRun *run)
{
  SiambanRunFeed *self = g_new0 (SiambanRunFeed, 1);

  self->run = g_object_ref (run);
  self->targets = g_array_new (FALSE, FALSE, sizeof (Target));
  g_signal_connect (run, "iteration", G_CALLBACK (iteration_cb), self);
  g_signal_connect (run, "validation", G_CALLBACK (validation_cb), self);
  g_signal_connect (run, "rewound", G_CALLBACK (rewound_cb), self);

  return self;
}

void
siamban_run_feed_free (SiambanRunFeed *self)
{
  g_signal_handlers_disconnect_by_data (self->run, self);
  g_clear_handle_id (&self->idle_id, g_source_remove);
  g_object_unref (self->run);
  g_array_unref (self->targets);
  g_free (self);
}

void
siamban_run_feed_add (SiambanRunFeed *self, SiambanPlot *plot, guint series, SiambanRunValue value)
{
  const Target target = { plot, series, value };

  g_array_append_val (self->targets, target);
  begin_anew (self);
}

void
siamban_run_feed_add_validations (SiambanRunFeed *self, SiambanPlot *plot, guint series)
{
  siamban_run_feed_add (self, plot, series, NULL);
}

gboolean
siamban_run_feed_has_validations (SiambanRunFeed *self)
{
  return siamban_run_get_n_validations (self->run) > 0;
}

void
siamban_run_feed_mark_epochs (SiambanRunFeed *self, SiambanRunEpochFunc func, gpointer user_data)
{
  self->epoch_func = func;
  self->epoch_data = user_data;
  begin_anew (self);
}
