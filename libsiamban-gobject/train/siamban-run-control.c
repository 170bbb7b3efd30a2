/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-run-control-private.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gunixsocketaddress.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "siamban-error.h"

#define SOCKET_NAME "control"
#define TIMEOUT_SECONDS 5
#define MAX_LINE 256

struct _SiambanRunControl
{
  GSocket *socket;
  GThread *thread;
  GCancellable *cancellable;
  char *path;
  SiambanRunControlFunc func;
  gpointer user_data;
};

/* The path of a socket may be 107 bytes long only, that of a run any: it goes through a descriptor
 * of the folder, which must stay open until the address was used. */
static GSocketAddress *
make_address (const char *directory, int *folder, GError **error)
{
  g_autofree char *path = NULL;

  *folder = g_open (directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
  if (*folder < 0)
    {
      const int saved_errno = errno;

      g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_IO, "Cannot open “%s”: %s", directory,
                   g_strerror (saved_errno));
      return NULL;
    }
  path = g_strdup_printf ("/proc/self/fd/%d/" SOCKET_NAME, *folder);

  return g_unix_socket_address_new (path);
}

static GSocket *
new_socket (GError **error)
{
  GSocket *socket = g_socket_new (G_SOCKET_FAMILY_UNIX, G_SOCKET_TYPE_STREAM,
                                  G_SOCKET_PROTOCOL_DEFAULT, error);

  return socket;
}

/* One line, without its end; NULL if none comes. */
static char *
receive_line (GSocket *socket, GCancellable *cancellable, GError **error)
{
  g_autoptr (GString) line = g_string_new (NULL);
  char bytes[MAX_LINE];

  while (strchr (line->str, '\n') == NULL && line->len < MAX_LINE)
    {
      const gssize n = g_socket_receive (socket, bytes, sizeof bytes, cancellable, error);

      if (n < 0)
        return NULL;
      if (n == 0)
        break;
      g_string_append_len (line, bytes, n);
    }

  return g_strdup (g_strchomp (line->str));
}

static gboolean
send_line (GSocket *socket, const char *line, GCancellable *cancellable, GError **error)
{
  g_autofree char *text = g_strconcat (line, "\n", NULL);

  return g_socket_send (socket, text, strlen (text), cancellable, error) == (gssize) strlen (text);
}

/* Whoever does not speak or listen is left alone: it is not our loss. */
static void
answer (SiambanRunControl *self, GSocket *connection)
{
  g_autofree char *command = NULL;

  g_socket_set_timeout (connection, TIMEOUT_SECONDS);
  command = receive_line (connection, self->cancellable, NULL);
  if (command == NULL)
    return;

  (void) send_line (connection, self->func (command, self->user_data) ? "ok" : "unknown command",
                    self->cancellable, NULL);
}

static gpointer
serve (gpointer user_data)
{
  SiambanRunControl *self = user_data;

  while (!g_cancellable_is_cancelled (self->cancellable))
    {
      g_autoptr (GSocket) connection = g_socket_accept (self->socket, self->cancellable, NULL);

      if (connection)
        answer (self, connection);
      else if (!g_cancellable_is_cancelled (self->cancellable))
        g_usleep (G_USEC_PER_SEC / 10);
    }

  return NULL;
}

static gboolean
bind_in (SiambanRunControl *self, const char *directory, GError **error)
{
  int folder = -1;
  g_autoptr (GSocketAddress) address = make_address (directory, &folder, error);
  gboolean done;

  if (address == NULL)
    return FALSE;

  /* Of a process that was killed: the lock of the run tells that it is gone. */
  (void) g_unlink (self->path);
  /* Before it can be seen: nobody else may stop the run. */
  (void) fchmod (g_socket_get_fd (self->socket), 0600);
  done = g_socket_bind (self->socket, address, FALSE, error) &&
         g_socket_listen (self->socket, error);
  close (folder);

  return done;
}

SiambanRunControl *
_siamban_run_control_new (const char *directory,
                          SiambanRunControlFunc func,
                          gpointer user_data,
                          GError **error)
{
  g_autoptr (SiambanRunControl) self = g_new0 (SiambanRunControl, 1);

  self->path = g_build_filename (directory, SOCKET_NAME, NULL);
  self->func = func;
  self->user_data = user_data;
  self->cancellable = g_cancellable_new ();
  self->socket = new_socket (error);
  if (self->socket == NULL || !bind_in (self, directory, error))
    return NULL;
  self->thread = g_thread_new ("siamban-control", serve, self);

  return g_steal_pointer (&self);
}

void
_siamban_run_control_free (SiambanRunControl *self)
{
  g_cancellable_cancel (self->cancellable);
  if (self->thread)
    {
      g_thread_join (self->thread);
      (void) g_unlink (self->path);
    }
  g_clear_object (&self->socket);
  g_clear_object (&self->cancellable);
  g_free (self->path);
  g_free (self);
}

static gboolean
speak (GSocket *socket, const char *directory, const char *command, GError **error)
{
  int folder = -1;
  g_autoptr (GSocketAddress) address = make_address (directory, &folder, error);
  g_autofree char *reply = NULL;
  gboolean connected;

  if (address == NULL)
    return FALSE;
  g_socket_set_timeout (socket, TIMEOUT_SECONDS);
  connected = g_socket_connect (socket, address, NULL, error);
  close (folder);
  if (!connected || !send_line (socket, command, NULL, error))
    return FALSE;

  reply = receive_line (socket, NULL, error);
  if (reply != NULL && !g_str_equal (reply, "ok"))
    g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_UNSUPPORTED, "it answered “%s” to “%s”", reply,
                 command);

  return reply != NULL && g_str_equal (reply, "ok");
}

gboolean
_siamban_run_control_send (const char *directory, const char *command, GError **error)
{
  g_autoptr (GError) local_error = NULL;
  g_autoptr (GSocket) socket = new_socket (&local_error);

  if (socket != NULL && speak (socket, directory, command, &local_error))
    return TRUE;

  g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_IO,
               "Nobody trains in “%s” who could be asked to “%s”: %s", directory, command,
               local_error->message);

  return FALSE;
}
