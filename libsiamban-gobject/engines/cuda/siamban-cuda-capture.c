/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-cuda-program-private.h"

#define CHECK(call) _siamban_cuda_check ((call), #call, error)

/* A part of a step is a few hundred launches, each always with the same arguments: what changes from
 * step to step, inputs and learning rates, is read from device memory. So a part is captured as a graph
 * the second time that it runs, and from then on launched as one. The first time libraries may still
 * make themselves ready, which a capture forbids. */

static const char *const part_names[SIAMBAN_CUDA_N_PARTS] = {
  [SIAMBAN_CUDA_PART_FORWARD] = "forward pass",
  [SIAMBAN_CUDA_PART_BACKWARD] = "backward pass",
  [SIAMBAN_CUDA_PART_UPDATE] = "update",
};

static gboolean
capture (SiambanCudaProgram *self, SiambanCudaPart part, SiambanCudaIssueFunc issue, GError **error)
{
  cudaGraph_t graph = NULL;
  gboolean done;

  /* Other threads may do with other devices what they want. */
  if (!CHECK (cudaStreamBeginCapture (self->stream, cudaStreamCaptureModeThreadLocal)))
    return FALSE;

  done = issue (self, error);
  /* Also after a failure: the stream must get out of it. */
  if (!_siamban_cuda_check (cudaStreamEndCapture (self->stream, &graph), "cudaStreamEndCapture",
                            done ? error : NULL))
    done = FALSE;
  if (done)
    done = CHECK (cudaGraphInstantiate (&self->graphs[part], graph, 0));
  if (graph != NULL)
    cudaGraphDestroy (graph);

  return done;
}

gboolean
_siamban_cuda_run (SiambanCudaProgram *self,
                   SiambanCudaPart part,
                   SiambanCudaIssueFunc issue,
                   GError **error)
{
  g_autoptr (GError) failure = NULL;

  if (self->captures && self->graphs[part] == NULL && self->n_runs[part] > 0 &&
      !capture (self, part, issue, &failure))
    {
      /* It computes without, too. What the runtime remembers of the failure is told here. */
      g_info ("cuda:%d cannot capture the %s, and launches it kernel by kernel: %s", self->device,
              part_names[part], failure->message);
      cudaGetLastError ();
      self->captures = FALSE;
    }

  self->n_runs[part]++;
  if (self->graphs[part] == NULL)
    return issue (self, error);

  if (CHECK (cudaGraphLaunch (self->graphs[part], self->stream)))
    return TRUE;
  g_prefix_error (error, "The captured %s: ", part_names[part]);

  return FALSE;
}

void
_siamban_cuda_free_graphs (SiambanCudaProgram *self)
{
  for (guint part = 0; part < SIAMBAN_CUDA_N_PARTS; part++)
    if (self->graphs[part] != NULL)
      cudaGraphExecDestroy (self->graphs[part]);
}
