/* SPDX-License-Identifier: Apache-2.0 */

/* The processes of a launcher, through MPI. A module: the library needs no MPI. */
#include <arpa/inet.h>
#include <errno.h>
#include <mpi.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "siamban-communicator-private.h"
#include "siamban-error.h"
#include "siamban-rank-watch-private.h"

/* How long a rank that fails leaves rank 0 to save what there is. */
#define LAST_WORDS 20.0
/* Between two looks at a transfer, in microseconds: a rank that waits leaves the processor to others. */
#define SHORTEST_NAP 20
#define LONGEST_NAP 500

typedef struct
{
  SiambanCommunicator parent_instance;

  SiambanRankWatch *watch;

  /* Of each rank: which part of the values it adds. */
  int *counts;
  int *offsets;

  /* The same part of all ranks, one after another. */
  float *parts;
  gsize n_parts;
  int *part_counts;
  int *part_offsets;
} SiambanMpiCommunicator;

typedef SiambanCommunicatorClass SiambanMpiCommunicatorClass;

GType _siamban_mpi_communicator_get_type (void);

G_MODULE_EXPORT SiambanCommunicator *siamban_mpi_communicator_new (GError **error);

G_DEFINE_TYPE (SiambanMpiCommunicator, _siamban_mpi_communicator, SIAMBAN_TYPE_COMMUNICATOR)

static SiambanMpiCommunicator *the_communicator;

static gboolean
check (int status, const char *call, GError **error)
{
  char text[MPI_MAX_ERROR_STRING] = "";
  int length = 0;

  if (status == MPI_SUCCESS)
    return TRUE;

  MPI_Error_string (status, text, &length);
  g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_FAILED, "%.*s: %s", (int) strcspn (call, " ("),
               call, text);

  return FALSE;
}

#define CHECK(call) check ((call), #call, error)

/* MPI itself would wait for a dead rank for ever. */
static gboolean
wait_for (SiambanMpiCommunicator *self, MPI_Request *request, GError **error)
{
  guint nap = SHORTEST_NAP;
  int done = 0;

  for (;;)
    {
      if (!CHECK (MPI_Test (request, &done, MPI_STATUS_IGNORE)))
        return FALSE;
      if (done)
        return TRUE;
      if (!_siamban_rank_watch_check (self->watch, error))
        return FALSE;
      g_usleep (nap);
      nap = MIN (nap * 2, LONGEST_NAP);
    }
}

static void
divide (SiambanMpiCommunicator *self, gsize n_values)
{
  const guint n_ranks = self->parent_instance.n_ranks, rank = self->parent_instance.rank;
  const gsize size = n_values * (rank + 1) / n_ranks - n_values * rank / n_ranks;

  for (guint r = 0; r < n_ranks; r++)
    {
      self->offsets[r] = (int) (n_values * r / n_ranks);
      self->counts[r] = (int) (n_values * (r + 1) / n_ranks) - self->offsets[r];
      self->part_counts[r] = (int) size;
      self->part_offsets[r] = (int) (size * r);
    }
  if (size * n_ranks > self->n_parts)
    {
      self->n_parts = size * n_ranks;
      self->parts = g_realloc_n (self->parts, self->n_parts, sizeof (float));
    }
}

/* Each rank adds its part in the order of the ranks, as the threads of one process do, so that the bits do
 * not depend on how MPI would add; then all get all parts. */
static gboolean
all_sum (SiambanCommunicator *communicator, float *values, gsize n_values, GError **error)
{
  SiambanMpiCommunicator *self = (SiambanMpiCommunicator *) communicator;
  const guint rank = communicator->rank, n_ranks = communicator->n_ranks;
  MPI_Request request;
  float *own;

  divide (self, n_values);
  own = values + self->offsets[rank];
  if (!_siamban_rank_watch_check (self->watch, error) ||
      !CHECK (MPI_Ialltoallv (values, self->counts, self->offsets, MPI_FLOAT, self->parts,
                              self->part_counts, self->part_offsets, MPI_FLOAT, MPI_COMM_WORLD,
                              &request)) ||
      !wait_for (self, &request, error))
    return FALSE;

  for (int i = 0; i < self->counts[rank]; i++)
    {
      float sum = self->parts[i];

      for (guint r = 1; r < n_ranks; r++)
        sum += self->parts[self->part_offsets[r] + i];
      own[i] = sum;
    }

  return CHECK (MPI_Iallgatherv (MPI_IN_PLACE, 0, MPI_DATATYPE_NULL, values, self->counts,
                                 self->offsets, MPI_FLOAT, MPI_COMM_WORLD, &request)) &&
         wait_for (self, &request, error);
}

static gboolean
broadcast (SiambanCommunicator *communicator, gpointer data, gsize size, GError **error)
{
  const gsize largest = (gsize) 1 << 30;
  SiambanMpiCommunicator *self = (SiambanMpiCommunicator *) communicator;
  MPI_Request request;

  if (!_siamban_rank_watch_check (self->watch, error))
    return FALSE;
  for (gsize at = 0; at < size; at += largest)
    if (!CHECK (MPI_Ibcast ((char *) data + at, (int) MIN (largest, size - at), MPI_BYTE, 0,
                            MPI_COMM_WORLD, &request)) ||
        !wait_for (self, &request, error))
      return FALSE;

  return TRUE;
}

static gboolean
check_ranks (SiambanCommunicator *communicator, GError **error)
{
  return _siamban_rank_watch_check (((SiambanMpiCommunicator *) communicator)->watch, error);
}

static void
leave (SiambanCommunicator *communicator, const char *reason)
{
  _siamban_rank_watch_leave (((SiambanMpiCommunicator *) communicator)->watch, reason);
}

static void
_siamban_mpi_communicator_class_init (SiambanMpiCommunicatorClass *klass)
{
  klass->all_sum = all_sum;
  klass->broadcast = broadcast;
  klass->check = check_ranks;
  klass->leave = leave;
}

static void
_siamban_mpi_communicator_init (SiambanMpiCommunicator *self)
{
}

/* After a failure the others may be gone, and MPI would wait for them. */
static void
end_cb (void)
{
  SiambanMpiCommunicator *self = the_communicator;
  const gboolean well = _siamban_rank_watch_check (self->watch, NULL);

  if (!well)
    _siamban_rank_watch_wait_for_first (self->watch, LAST_WORDS);
  _siamban_rank_watch_free (self->watch);
  if (well)
    MPI_Finalize ();
}

/* Where rank 0 listens, and a word that shows who may come. */
typedef struct
{
  struct sockaddr_storage address;
  socklen_t size;
  char host[256];
  guint64 word;
} Meeting;

typedef struct
{
  guint64 word;
  guint32 rank;
} Greeting;

static gboolean
fail_socket (const char *call, GError **error)
{
  const int saved_errno = errno;

  g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_IO, "The ranks cannot reach each other: %s: %s",
               call, g_strerror (saved_errno));

  return FALSE;
}

/* Whole structs, over a connection that blocks. */
static gboolean
transfer (int fd, gpointer data, gsize size, gboolean send_it)
{
  char *at = data;

  while (size > 0)
    {
      const gssize n = send_it ? send (fd, at, size, MSG_NOSIGNAL) : recv (fd, at, size, 0);

      if (n <= 0)
        return FALSE;
      at += n;
      size -= (gsize) n;
    }

  return TRUE;
}

static int
open_listener (guint n_ranks, gboolean one_machine, Meeting *meeting, GError **error)
{
  struct sockaddr_in address = {
    .sin_family = AF_INET, .sin_addr.s_addr = htonl (one_machine ? INADDR_LOOPBACK : INADDR_ANY)
  };
  const int fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

  meeting->size = sizeof meeting->address;
  if (fd < 0 || bind (fd, (struct sockaddr *) &address, sizeof address) != 0 ||
      listen (fd, (int) n_ranks) != 0 ||
      getsockname (fd, (struct sockaddr *) &meeting->address, &meeting->size) != 0)
    {
      fail_socket ("listen", error);
      if (fd >= 0)
        close (fd);
      return -1;
    }

  g_strlcpy (meeting->host, one_machine ? "127.0.0.1" : g_get_host_name (), sizeof meeting->host);
  meeting->word = (guint64) g_random_int () << 32 | g_random_int ();

  return fd;
}

/* Strangers are sent away. */
static gboolean
accept_all (int listener, guint n_ranks, const Meeting *meeting, int *sockets, GError **error)
{
  guint n_missing = n_ranks - 1;

  while (n_missing > 0)
    {
      const int fd = accept (listener, NULL, NULL);
      Greeting greeting;

      if (fd < 0 && errno != EINTR)
        return fail_socket ("accept", error);
      if (fd < 0)
        continue;
      if (!transfer (fd, &greeting, sizeof greeting, FALSE) || greeting.word != meeting->word ||
          greeting.rank == 0 || greeting.rank >= n_ranks || sockets[greeting.rank] >= 0)
        {
          close (fd);
          continue;
        }
      sockets[greeting.rank] = fd;
      n_missing--;
    }

  return TRUE;
}

static gboolean
connect_to_first (guint rank, const Meeting *meeting, int *socket_fd, GError **error)
{
  const struct sockaddr_in *listening = (const struct sockaddr_in *) &meeting->address;
  const struct addrinfo hints = { .ai_family = AF_INET, .ai_socktype = SOCK_STREAM };
  g_autofree char *port = g_strdup_printf ("%u", ntohs (listening->sin_port));
  Greeting greeting = { meeting->word, rank };
  struct addrinfo *found = NULL;
  const int status = getaddrinfo (meeting->host, port, &hints, &found);
  gboolean done = FALSE;

  if (status != 0)
    {
      g_set_error (
          error, SIAMBAN_ERROR, SIAMBAN_ERROR_IO,
          "The ranks cannot reach each other: the host “%s” of rank 0 is not known here: %s",
          meeting->host, gai_strerror (status));
      return FALSE;
    }

  *socket_fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  done = *socket_fd >= 0 && connect (*socket_fd, found->ai_addr, found->ai_addrlen) == 0 &&
         transfer (*socket_fd, &greeting, sizeof greeting, TRUE);
  freeaddrinfo (found);

  return done || fail_socket ("connect", error);
}

/* How many ranks there are on this machine, and which of them this is. */
static gboolean
count_neighbours (int *n, int *own, GError **error)
{
  MPI_Comm neighbours;

  return CHECK (MPI_Comm_split_type (MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL,
                                     &neighbours)) &&
         CHECK (MPI_Comm_size (neighbours, n)) && CHECK (MPI_Comm_rank (neighbours, own)) &&
         CHECK (MPI_Comm_free (&neighbours));
}

static gboolean
meet (SiambanMpiCommunicator *self, GError **error)
{
  const guint rank = self->parent_instance.rank, n_ranks = self->parent_instance.n_ranks;
  g_autofree int *sockets = g_new (int, n_ranks);
  Meeting meeting = { .host = "" };
  int listener = -1, n_neighbours = 0, own = 0;
  gboolean done;

  memset (sockets, 0xff, n_ranks * sizeof (int));
  if (!count_neighbours (&n_neighbours, &own, error))
    return FALSE;
  self->parent_instance.n_local_ranks = (guint) n_neighbours;
  self->parent_instance.local_rank = (guint) own;

  if (rank == 0)
    {
      listener = open_listener (n_ranks, (guint) n_neighbours == n_ranks, &meeting, error);
      if (listener < 0)
        return FALSE;
    }
  done = CHECK (MPI_Bcast (&meeting, sizeof meeting, MPI_BYTE, 0, MPI_COMM_WORLD)) &&
         (rank == 0 ? accept_all (listener, n_ranks, &meeting, sockets, error)
                    : connect_to_first (rank, &meeting, &sockets[0], error));
  if (listener >= 0)
    close (listener);
  if (!done)
    return FALSE;
  self->watch = _siamban_rank_watch_new (rank, n_ranks, sockets, error);

  return self->watch != NULL;
}

static gboolean
start (SiambanMpiCommunicator *self, GError **error)
{
  int level = 0, rank = 0, n_ranks = 1;

  if (!CHECK (MPI_Init_thread (NULL, NULL, MPI_THREAD_SERIALIZED, &level)))
    return FALSE;
  if (level < MPI_THREAD_SERIALIZED)
    {
      g_set_error_literal (error, SIAMBAN_ERROR, SIAMBAN_ERROR_UNSUPPORTED,
                           "This MPI cannot be used from a thread of its own");
      return FALSE;
    }
  MPI_Comm_set_errhandler (MPI_COMM_WORLD, MPI_ERRORS_RETURN);
  MPI_Comm_rank (MPI_COMM_WORLD, &rank);
  MPI_Comm_size (MPI_COMM_WORLD, &n_ranks);
  self->parent_instance.rank = (guint) rank;
  self->parent_instance.n_ranks = (guint) n_ranks;
  self->counts = g_new (int, n_ranks);
  self->offsets = g_new (int, n_ranks);
  self->part_counts = g_new (int, n_ranks);
  self->part_offsets = g_new (int, n_ranks);
  if (!meet (self, error))
    return FALSE;

  the_communicator = self;
  atexit (end_cb);

  return TRUE;
}

SiambanCommunicator *
siamban_mpi_communicator_new (GError **error)
{
  g_autoptr (SiambanCommunicator) self = g_object_new (_siamban_mpi_communicator_get_type (), NULL);

  /* It lives as long as the process. */
  return start ((SiambanMpiCommunicator *) self, error) ? g_steal_pointer (&self) : NULL;
}
