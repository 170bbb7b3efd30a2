/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-cuda-choice-private.h"

#include <math.h>
#include <string.h>

#include "siamban-cuda-probe-private.h"

#define CHECK(call) _siamban_cuda_check ((call), #call, error)

/* A pass of a 1 × 1 convolution can be computed by cuDNN or as a product of matrices. Which is faster
 * depends on the card and the shapes, so both are timed once, and the choice is kept in a file for all
 * runs to come: that they compute the same, and start at once. A product whose numbers are not those of
 * cuDNN is never chosen. */

#define N_TIMED 3

/* Of the norm, between two ways that round differently. */
#define TOLERANCE 2e-2

#define CHOSEN_CUDNN "cudnn"
#define CHOSEN_PRODUCT "cublaslt"

/* Of all programs of this process. */
static struct
{
  GMutex lock;
  GKeyFile *file; /* NULL before the first look */
} cache;

static char *
get_path (void)
{
  return g_build_filename (g_get_user_cache_dir (), "siamban", "cuda-choices.ini", NULL);
}

/* Under the lock. A file that cannot be read is as good as none. */
static GKeyFile *
get_file (void)
{
  g_autofree char *path = get_path ();
  g_autoptr (GError) error = NULL;

  if (cache.file != NULL)
    return cache.file;

  cache.file = g_key_file_new ();
  if (!g_key_file_load_from_file (cache.file, path, G_KEY_FILE_NONE, &error) &&
      !g_error_matches (error, G_FILE_ERROR, G_FILE_ERROR_NOENT))
    {
      g_message ("%s is ignored and will be written anew: %s", path, error->message);
      g_key_file_unref (cache.file);
      cache.file = g_key_file_new ();
    }

  return cache.file;
}

/* Under the lock. That the next run must time again is no reason to fail. */
static void
save_file (void)
{
  g_autofree char *path = get_path ();
  g_autofree char *folder = g_path_get_dirname (path);
  g_autoptr (GError) error = NULL;

  if (g_mkdir_with_parents (folder, 0700) != 0)
    g_info ("%s cannot be made", folder);
  else if (!g_key_file_save_to_file (cache.file, path, &error))
    g_info ("%s", error->message);
}

/* What a choice depends on beside the shapes. */
static char *
make_group (SiambanCudaProgram *self)
{
  struct cudaDeviceProp properties = { .name = "?" };
  char *group;

  cudaGetDeviceProperties (&properties, self->device);
  group = g_strdup_printf ("%s, cuDNN %" G_GSIZE_FORMAT ", cuBLAS %" G_GSIZE_FORMAT,
                           properties.name, self->cudnn->get_version (),
                           self->cublas->get_version ());

  return g_strdelimit (group, "[]\n", ' ');
}

static char *
make_key (const SiambanCudaConvolution *c, SiambanCudaPass pass)
{
  static const char *const names[] = { "forward", "data-gradient", "weight-gradient" };

  return g_strdup_printf ("%s-%s-%" G_GINT64_FORMAT "x%" G_GINT64_FORMAT "x%" G_GINT64_FORMAT
                          "x%" G_GINT64_FORMAT "-%" G_GINT64_FORMAT,
                          names[pass],
                          c->exact                         ? "exact"
                          : c->type == CUDNN_DATA_BFLOAT16 ? "bf16"
                                                           : "tf32",
                          c->x[0], c->x[1], c->x[2], c->x[3], c->w[0]);
}

/* Operands of one pass while it is timed; the result is one of them. */
typedef struct
{
  SiambanCudaProgram *program;
  SiambanCudaValue *own;
  SiambanCudaPass pass;
  SiambanCudaMap x, w, y;
  gsize n_x, n_w, n_y;
} Trial;

static Trial
make_trial (SiambanCudaProgram *self, guint value, SiambanCudaPass pass)
{
  SiambanGraph *graph = self->parent_instance.graph;
  const SiambanNode *node = _siamban_graph_peek_node (graph, value);
  SiambanCudaValue *own = &self->values[value];
  const SiambanCudaMap made = _siamban_cuda_map (self->scratch, own->value.narrow);
  Trial trial = {
    .program = self,
    .own = own,
    .pass = pass,
    .x = own->narrow_input.data != NULL ? own->narrow_input : self->values[node->inputs[0]].value,
    .w = own->weight,
    .y = pass == SIAMBAN_CUDA_FORWARD ? own->value : own->gradient,
    .n_x = _siamban_node_get_n_elements (_siamban_graph_peek_node (graph, node->inputs[0])),
    .n_w = siamban_parameter_get_n_elements (node->weight),
    .n_y = _siamban_node_get_n_elements (node),
  };

  if (pass == SIAMBAN_CUDA_DATA_GRADIENT)
    trial.x = made;
  else if (pass == SIAMBAN_CUDA_WEIGHT_GRADIENT)
    trial.w = made;

  return trial;
}

static gboolean
run_once (const Trial *trial, gboolean product, GError **error)
{
  SiambanCudaProgram *program = trial->program;

  return product ? _siamban_cuda_product_run (trial->own->products[trial->pass], program->stream,
                                              trial->x.data, trial->w.data, trial->y.data,
                                              program->workspace, error)
                 : _siamban_cuda_plan_run (trial->own->plans[trial->pass], program->handle,
                                           trial->x.data, trial->w.data, trial->y.data,
                                           program->workspace, error);
}

/* Numbers to multiply, also where the result goes. */
static gboolean
fill_operands (const Trial *trial, GError **error)
{
  cudaStream_t stream = trial->program->stream;

  return CHECK (siamban_cuda_pattern (stream, trial->x, trial->n_x, 1)) &&
         CHECK (siamban_cuda_pattern (stream, trial->w, trial->n_w, 2)) &&
         CHECK (siamban_cuda_pattern (stream, trial->y, trial->n_y, 3));
}

/* The squared norm of the result, and its product with a pattern. */
static gboolean
probe_result (const Trial *trial, double *probe, GError **error)
{
  SiambanCudaProgram *program = trial->program;
  const SiambanCudaMap result = trial->pass == SIAMBAN_CUDA_FORWARD         ? trial->y
                                : trial->pass == SIAMBAN_CUDA_DATA_GRADIENT ? trial->x
                                                                            : trial->w;
  const gsize n = trial->pass == SIAMBAN_CUDA_FORWARD         ? trial->n_y
                  : trial->pass == SIAMBAN_CUDA_DATA_GRADIENT ? trial->n_x
                                                              : trial->n_w;

  return CHECK (siamban_cuda_probe (program->stream, result, n, program->parts)) &&
         _siamban_cuda_copy (program, probe, program->parts + SIAMBAN_CUDA_PROBE_RESULT,
                             2 * sizeof (double), error);
}

/* Once to see what comes out, and then for the time, in milliseconds. */
static gboolean
time_runs (const Trial *trial,
           gboolean product,
           cudaEvent_t from,
           cudaEvent_t to,
           float *milliseconds,
           double *probe,
           GError **error)
{
  if (!fill_operands (trial, error) || !run_once (trial, product, error) ||
      !probe_result (trial, probe, error) ||
      !CHECK (cudaEventRecord (from, trial->program->stream)))
    return FALSE;
  for (guint i = 0; i < N_TIMED; i++)
    if (!run_once (trial, product, error))
      return FALSE;

  return CHECK (cudaEventRecord (to, trial->program->stream)) &&
         CHECK (cudaEventSynchronize (to)) && CHECK (cudaEventElapsedTime (milliseconds, from, to));
}

static gboolean
agree (const double *a, const double *b)
{
  const double norm = sqrt (a[0]);

  /* Written so that a NaN does not. */
  return fabs (sqrt (b[0]) - norm) <= TOLERANCE * norm && fabs (b[1] - a[1]) <= TOLERANCE * norm;
}

static gboolean
time_both (const Trial *trial, gboolean *product, GError **error)
{
  cudaEvent_t events[2] = { NULL, NULL };
  float milliseconds[2] = { 0, 0 };
  double probes[2][2];
  gboolean done = CHECK (cudaEventCreate (&events[0])) && CHECK (cudaEventCreate (&events[1]));

  for (guint i = 0; i < 2 && done; i++)
    done = time_runs (trial, i == 1, events[0], events[1], &milliseconds[i], probes[i], error);
  for (guint i = 0; i < 2; i++)
    if (events[i] != NULL)
      cudaEventDestroy (events[i]);
  if (!done)
    return FALSE;

  *product = milliseconds[1] < milliseconds[0];
  if (!agree (probes[0], probes[1]))
    {
      g_message ("cuda:%d: a product of matrices does not give what cuDNN does (norm %g and %g, "
                 "projection %g and %g), and is not used",
                 trial->program->device, sqrt (probes[1][0]), sqrt (probes[0][0]), probes[1][1],
                 probes[0][1]);
      *product = FALSE;
    }

  return TRUE;
}

/* What was chosen before; FALSE if nothing was. */
static gboolean
recall (const char *group, const char *key, gboolean *product)
{
  g_autofree char *choice = g_key_file_get_string (get_file (), group, key, NULL);

  *product = g_strcmp0 (choice, CHOSEN_PRODUCT) == 0;

  return *product || g_strcmp0 (choice, CHOSEN_CUDNN) == 0;
}

/* Under the lock, so that replicas on equal cards come to the same. */
static gboolean
choose (SiambanCudaProgram *self,
        const char *group,
        guint value,
        SiambanCudaPass pass,
        GError **error)
{
  SiambanCudaValue *own = &self->values[value];
  const char *forced = g_getenv ("SIAMBAN_CUDA_PRODUCTS");
  const Trial trial = make_trial (self, value, pass);
  g_autofree char *key = make_key (_siamban_cuda_plan_get_convolution (own->plans[pass]), pass);
  gboolean product = g_strcmp0 (forced, "1") == 0;

  if (forced == NULL && !recall (group, key, &product))
    {
      if (!time_both (&trial, &product, error))
        return FALSE;
      g_key_file_set_string (get_file (), group, key, product ? CHOSEN_PRODUCT : CHOSEN_CUDNN);
      self->has_chosen = TRUE;
    }
  if (!product)
    g_clear_pointer (&own->products[pass], _siamban_cuda_product_free);

  return TRUE;
}

gboolean
_siamban_cuda_choose (SiambanCudaProgram *self, GError **error)
{
  g_autofree char *group = NULL;
  gboolean done = TRUE;

  if (self->cublas == NULL)
    return TRUE;

  group = make_group (self);
  g_mutex_lock (&cache.lock);
  for (guint value = 1; value <= self->n_values && done; value++)
    for (guint pass = 0; pass < SIAMBAN_CUDA_N_PASSES && done; pass++)
      if (self->values[value].products[pass] != NULL)
        done = choose (self, group, value, pass, error);
  if (done && self->has_chosen)
    save_file ();
  g_mutex_unlock (&cache.lock);

  return done;
}
