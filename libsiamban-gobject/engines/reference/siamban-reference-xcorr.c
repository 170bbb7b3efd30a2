/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-reference-program-private.h"

/* Both correlations are sums over pairs of planes: a plane of the search features and one of the
 * kernel make or help to make a plane of the output. */
typedef struct
{
  gint64 search_width;
  gint64 kernel_height;
  gint64 kernel_width;
  gint64 height;
  gint64 width;
  gint64 n_search;
  gint64 n_kernel;
  gint64 n_output;
} Planes;

static Planes
planes_of (const SiambanReferenceCall *call)
{
  const gint64 *search = call->inputs[0]->shape;
  const gint64 *kernel = call->inputs[1]->shape;
  const gint64 *output = call->node->shape;

  return (Planes){
    .search_width = search[3],
    .kernel_height = kernel[2],
    .kernel_width = kernel[3],
    .height = output[2],
    .width = output[3],
    .n_search = search[2] * search[3],
    .n_kernel = kernel[2] * kernel[3],
    .n_output = output[2] * output[3],
  };
}

static void
correlate (const Planes *planes, const float *search, const float *kernel, double *sums)
{
  for (gint64 v = 0; v < planes->kernel_height; v++)
    for (gint64 u = 0; u < planes->kernel_width; u++)
      {
        const double factor = kernel[v * planes->kernel_width + u];

        for (gint64 y = 0; y < planes->height; y++)
          for (gint64 x = 0; x < planes->width; x++)
            sums[y * planes->width + x] += factor * search[(y + v) * planes->search_width + x + u];
      }
}

static void
differentiate_search (const Planes *planes, const float *dy, const float *kernel, double *sums)
{
  for (gint64 v = 0; v < planes->kernel_height; v++)
    for (gint64 u = 0; u < planes->kernel_width; u++)
      {
        const double factor = kernel[v * planes->kernel_width + u];

        for (gint64 y = 0; y < planes->height; y++)
          for (gint64 x = 0; x < planes->width; x++)
            sums[(y + v) * planes->search_width + x + u] += factor * dy[y * planes->width + x];
      }
}

static void
differentiate_kernel (const Planes *planes, const float *dy, const float *search, float *dkernel)
{
  for (gint64 v = 0; v < planes->kernel_height; v++)
    for (gint64 u = 0; u < planes->kernel_width; u++)
      {
        float *to = dkernel + v * planes->kernel_width + u;
        double sum = 0;

        for (gint64 y = 0; y < planes->height; y++)
          for (gint64 x = 0; x < planes->width; x++)
            sum += (double) dy[y * planes->width + x] *
                   search[(y + v) * planes->search_width + x + u];
        *to = (float) (*to + sum);
      }
}

static void
add_sums (float *to, const double *sums, gint64 n)
{
  for (gint64 i = 0; i < n; i++)
    to[i] = (float) (to[i] + sums[i]);
}

/* The channels of the search features that one output channel sums over, and the first of them;
 * the kernel's planes of output channel k begin at k times that. */
static gint64
count_summed (const SiambanReferenceCall *call)
{
  return call->node->op == SIAMBAN_OP_XCORR ? call->inputs[0]->shape[1] : 1;
}

static gint64
search_plane (const SiambanReferenceCall *call, gint64 image, gint64 output, gint64 i)
{
  const gint64 n_channels = call->inputs[0]->shape[1];

  return image * n_channels + (call->node->op == SIAMBAN_OP_XCORR ? i : output);
}

static void
xcorr_forward (const SiambanReferenceCall *call)
{
  const Planes planes = planes_of (call);
  const gint64 n_summed = count_summed (call), n_outputs = call->node->shape[1];
  g_autofree double *sums = g_new (double, planes.n_output);

  for (gint64 plane = 0; plane < call->node->shape[0] * n_outputs; plane++)
    {
      float *y = call->y + plane * planes.n_output;

      for (gint64 i = 0; i < planes.n_output; i++)
        sums[i] = 0;
      for (gint64 i = 0; i < n_summed; i++)
        correlate (&planes,
                   call->x[0] + planes.n_search *
                                    search_plane (call, plane / n_outputs, plane % n_outputs, i),
                   call->x[1] + planes.n_kernel * (plane * n_summed + i), sums);
      for (gint64 i = 0; i < planes.n_output; i++)
        y[i] = (float) sums[i];
    }
}

static void
xcorr_backward (const SiambanReferenceCall *call)
{
  const Planes planes = planes_of (call);
  const gint64 n_summed = count_summed (call), n_outputs = call->node->shape[1];
  g_autofree double *sums = g_new (double, planes.n_search);

  for (gint64 plane = 0; plane < call->node->shape[0] * n_outputs; plane++)
    for (gint64 i = 0; i < n_summed; i++)
      {
        const gint64 search = search_plane (call, plane / n_outputs, plane % n_outputs, i);
        const gint64 kernel = plane * n_summed + i;
        const float *dy = call->dy + plane * planes.n_output;

        if (call->dx[0] != NULL)
          {
            for (gint64 j = 0; j < planes.n_search; j++)
              sums[j] = 0;
            differentiate_search (&planes, dy, call->x[1] + kernel * planes.n_kernel, sums);
            add_sums (call->dx[0] + search * planes.n_search, sums, planes.n_search);
          }
        if (call->dx[1] != NULL)
          differentiate_kernel (&planes, dy, call->x[0] + search * planes.n_search,
                                call->dx[1] + kernel * planes.n_kernel);
      }
}

const SiambanReferenceOp _siamban_reference_xcorr_depthwise = { xcorr_forward, xcorr_backward };
const SiambanReferenceOp _siamban_reference_xcorr = { xcorr_forward, xcorr_backward };
