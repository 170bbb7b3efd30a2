/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-communicator-private.h"

#include <gmodule.h>

#include "siamban-error.h"

/* How many processes a launcher says that it started: OpenMPI's mpirun, those of MPICH and Intel, and Slurm's
 * srun, which says it only in its own words. 1 if none did. */
static guint64
count_launched (void)
{
  static const char *const sizes[] = { "OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "SLURM_STEP_NUM_TASKS" };

  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    /* A step of Slurm need not speak MPI. */
    if (g_getenv (sizes[i]) != NULL && (i < 2 || g_getenv ("PMIX_RANK") != NULL))
      return g_ascii_strtoull (g_getenv (sizes[i]), NULL, 10);

  return 1;
}

/* Next to the engines, in a folder of its own: who lists engines need not load MPI. */
static GModule *
open_module (GError **error)
{
  const char *folder = g_getenv ("SIAMBAN_COMM_PATH");
  g_autofree char *path = g_build_filename (folder != NULL ? folder : SIAMBAN_ENGINES_DIR "/comm",
                                            "libsiamban-mpi.so", NULL);
  /* Not bound locally: MPI's own plug-ins look for its symbols. */
  GModule *module = g_module_open (path, G_MODULE_BIND_LAZY);

  if (module == NULL)
    g_set_error (
        error, SIAMBAN_ERROR, SIAMBAN_ERROR_UNSUPPORTED,
        "A launcher started this process as one of several, but the module for MPI cannot be "
        "used: %s",
        g_module_error ());

  return module;
}

/* An MPI that its launcher does not know starts every process as if it were alone: all would train the same, and
 * write to the same files. */
static SiambanCommunicator *
check_size (SiambanCommunicator *self, guint64 n_launched, GError **error)
{
  if (self == NULL || self->n_ranks > 1)
    return self;

  g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_UNSUPPORTED,
               "The launcher started %" G_GUINT64_FORMAT
               " processes, but MPI knows of one: the launcher must be of the MPI that the "
               "module was built with (or srun be told --mpi=pmix)",
               n_launched);

  return NULL;
}

static SiambanCommunicator *
create (guint64 n_launched, GError **error)
{
  GModule *module = open_module (error);
  SiambanCommunicator *(*function) (GError * *error);

  if (module == NULL)
    return NULL;
  g_module_make_resident (module);
  if (!g_module_symbol (module, SIAMBAN_COMMUNICATOR_SYMBOL, (gpointer *) &function))
    {
      g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_UNSUPPORTED, "%s", g_module_error ());
      return NULL;
    }

  return check_size (function (error), n_launched, error);
}

/**
 * siamban_communicator_get_default:
 * @error: return location for an error
 *
 * Gets what this process knows the others by, if a launcher such as `mpirun` or `srun` started it as one of
 * several. A trainer uses it by itself. The first call is made in the main thread, and connects the
 * processes: all of them must make it.
 *
 * It fails with %SIAMBAN_ERROR_UNSUPPORTED if there are several processes, and no module for MPI or one
 * that the launcher does not know.
 *
 * Returns: (transfer none) (nullable): the communicator; %NULL without an error if the process is alone
 *
 * Since: 0.1
 */
SiambanCommunicator *
siamban_communicator_get_default (GError **error)
{
  static GMutex mutex;
  static SiambanCommunicator *communicator;
  static GError *failure;
  static gboolean tried;
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&mutex);
  const guint64 n_launched = count_launched ();

  if (!tried && n_launched > 1)
    communicator = create (n_launched, &failure);
  tried = TRUE;
  if (failure != NULL)
    g_propagate_error (error, g_error_copy (failure));

  return communicator;
}
