/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-rank-watch-private.h"

#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "siamban-error.h"

/* One line each way: the number of a rank and why it stops; or this, for an end as planned. */
#define GOODBYE "bye"

struct _SiambanRankWatch
{
  guint rank;
  guint n_ranks;
  guint n_sockets; /* n_ranks on rank 0, elsewhere 1 */
  GThread *thread;
  int quit[2]; /* a pipe that wakes the thread */

  GMutex lock;
  GCond changed;

  /* Under the lock. */
  int *sockets;       /* -1: closed */
  GString **received; /* the line that is not complete yet */
  char *failure;
};

/* Lines are short: the socket's buffer takes them. Under the lock. */
static void
send_line (SiambanRankWatch *self, guint i, const char *line)
{
  g_autofree char *text = g_strconcat (line, "\n", NULL);

  if (self->sockets[i] >= 0)
    (void) !send (self->sockets[i], text, strlen (text), MSG_NOSIGNAL | MSG_DONTWAIT);
}

static void
send_to_all (SiambanRankWatch *self, const char *line)
{
  for (guint i = 0; i < self->n_sockets; i++)
    send_line (self, i, line);
}

/* The first to fail is the cause; the others fail because of it. Under the lock. */
static void
fail (SiambanRankWatch *self, guint rank, const char *reason)
{
  g_autofree char *line = NULL;

  if (self->failure != NULL)
    return;

  self->failure = g_strdup_printf ("Rank %u of %u stopped: %s", rank, self->n_ranks, reason);
  line = g_strdup_printf ("%u %s", rank, reason);
  send_to_all (self, line);
  g_cond_broadcast (&self->changed);
}

static void
drop_socket (SiambanRankWatch *self, guint i)
{
  close (self->sockets[i]);
  self->sockets[i] = -1;
  g_cond_broadcast (&self->changed);
}

static void
take_line (SiambanRankWatch *self, guint i, const char *line)
{
  char *reason;
  const guint64 rank = g_ascii_strtoull (line, &reason, 10);

  if (g_str_equal (line, GOODBYE))
    drop_socket (self, i);
  else if (*reason == ' ' && rank < self->n_ranks)
    fail (self, (guint) rank, reason + 1);
}

static void
take_bytes (SiambanRankWatch *self, guint i, const char *bytes, gsize size)
{
  for (gsize at = 0; at < size && self->sockets[i] >= 0; at++)
    if (bytes[at] == '\n')
      {
        take_line (self, i, self->received[i]->str);
        g_string_truncate (self->received[i], 0);
      }
    else
      g_string_append_c (self->received[i], bytes[at]);
}

static void
listen_to (SiambanRankWatch *self, guint i)
{
  char bytes[1024];
  const gssize n = recv (self->sockets[i], bytes, sizeof bytes, MSG_DONTWAIT);

  if (n > 0)
    take_bytes (self, i, bytes, (gsize) n);
  else if (n == 0 || (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR))
    {
      drop_socket (self, i);
      fail (self, i, "its process ended");
    }
}

static gpointer
watch_thread (gpointer data)
{
  SiambanRankWatch *self = data;
  g_autofree struct pollfd *waits = g_new0 (struct pollfd, self->n_sockets + 1);

  for (;;)
    {
      g_mutex_lock (&self->lock);
      for (guint i = 0; i < self->n_sockets; i++)
        waits[i] = (struct pollfd){ .fd = self->sockets[i], .events = POLLIN };
      g_mutex_unlock (&self->lock);
      waits[self->n_sockets] = (struct pollfd){ .fd = self->quit[0], .events = POLLIN };

      if (poll (waits, self->n_sockets + 1, -1) < 0)
        continue;
      if (waits[self->n_sockets].revents != 0)
        return NULL;

      g_mutex_lock (&self->lock);
      for (guint i = 0; i < self->n_sockets; i++)
        if (waits[i].revents != 0 && self->sockets[i] == waits[i].fd)
          listen_to (self, i);
      g_mutex_unlock (&self->lock);
    }
}

SiambanRankWatch *
_siamban_rank_watch_new (guint rank, guint n_ranks, const int *sockets, GError **error)
{
  SiambanRankWatch *self = g_new0 (SiambanRankWatch, 1);

  if (!g_unix_open_pipe (self->quit, FD_CLOEXEC, error))
    {
      g_free (self);
      return NULL;
    }

  self->rank = rank;
  self->n_ranks = n_ranks;
  self->n_sockets = rank == 0 ? n_ranks : 1;
  self->sockets = g_memdup2 (sockets, self->n_sockets * sizeof (int));
  self->received = g_new (GString *, self->n_sockets);
  for (guint i = 0; i < self->n_sockets; i++)
    self->received[i] = g_string_new (NULL);
  if (rank == 0)
    self->sockets[0] = -1;
  g_mutex_init (&self->lock);
  g_cond_init (&self->changed);
  self->thread = g_thread_new ("siamban-ranks", watch_thread, self);

  return self;
}

void
_siamban_rank_watch_free (SiambanRankWatch *self)
{
  close (self->quit[1]);
  g_thread_join (self->thread);
  close (self->quit[0]);

  if (self->failure == NULL)
    send_to_all (self, GOODBYE);
  for (guint i = 0; i < self->n_sockets; i++)
    {
      if (self->sockets[i] >= 0)
        close (self->sockets[i]);
      g_string_free (self->received[i], TRUE);
    }
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->changed);
  g_free (self->received);
  g_free (self->sockets);
  g_free (self->failure);
  g_free (self);
}

gboolean
_siamban_rank_watch_check (SiambanRankWatch *self, GError **error)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  if (self->failure == NULL)
    return TRUE;

  g_set_error_literal (error, SIAMBAN_ERROR, SIAMBAN_ERROR_RANK_LOST, self->failure);

  return FALSE;
}

void
_siamban_rank_watch_leave (SiambanRankWatch *self, const char *reason)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  g_autofree char *line = g_strdelimit (g_strdup (reason), "\n", ' ');

  fail (self, self->rank, line);
}

void
_siamban_rank_watch_wait_for_first (SiambanRankWatch *self, double seconds)
{
  const gint64 end = g_get_monotonic_time () + (gint64) (seconds * G_USEC_PER_SEC);
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  while (self->rank > 0 && self->sockets[0] >= 0)
    if (!g_cond_wait_until (&self->changed, &self->lock, end))
      return;
}
