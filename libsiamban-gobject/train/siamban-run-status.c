/* SPDX-License-Identifier: Apache-2.0 */
/* For F_OFD_SETLK. */
#define _GNU_SOURCE

#include "siamban-run-status-private.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <json-glib/json-glib.h>
#include <string.h>
#include <unistd.h>

#include "siamban-atomic-file-private.h"
#include "siamban-error.h"
#include "siambanenums.h"

#define LOCK_NAME "run.lock"
#define STATUS_NAME "status.json"

struct _SiambanRunStatus
{
  char *directory;
  int lock;       /* descriptor of the lock file */
  char *previous; /* text of the status of an earlier run; NULL if there was none */
};

static gboolean
is_busy (int code)
{
  return code == EAGAIN || code == EACCES;
}

/* A file system without locks cannot tell, and is no reason not to train. */
static gboolean
take_lock (SiambanRunStatus *self, GError **error)
{
  g_autofree char *path = g_build_filename (self->directory, LOCK_NAME, NULL);
  struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

  self->lock = g_open (path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (self->lock < 0)
    {
      const int saved_errno = errno;

      g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_IO, "Cannot write “%s”: %s", path,
                   g_strerror (saved_errno));
      return FALSE;
    }
  if (fcntl (self->lock, F_OFD_SETLK, &lock) == 0 || !is_busy (errno))
    return TRUE;

  g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_IO,
               "“%s” belongs to a run that is at work: stop it, or name another folder",
               self->directory);

  return FALSE;
}

SiambanRunStatus *
_siamban_run_status_open (const char *directory, GError **error)
{
  g_autoptr (SiambanRunStatus) self = g_new0 (SiambanRunStatus, 1);
  g_autofree char *path = NULL;

  self->directory = g_strdup (directory);
  self->lock = -1;
  if (g_mkdir_with_parents (directory, 0777) != 0)
    {
      const int saved_errno = errno;

      g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_IO, "Cannot make “%s”: %s", directory,
                   g_strerror (saved_errno));
      return NULL;
    }

  if (!take_lock (self, error))
    return NULL;
  path = g_build_filename (directory, STATUS_NAME, NULL);
  (void) g_file_get_contents (path, &self->previous, NULL, NULL);

  return g_steal_pointer (&self);
}

void
_siamban_run_status_free (SiambanRunStatus *self)
{
  if (self->lock >= 0)
    close (self->lock);
  g_free (self->previous);
  g_free (self->directory);
  g_free (self);
}

static const char *
state_name (SiambanRunState state)
{
  g_autoptr (GEnumClass) states = g_type_class_ref (SIAMBAN_TYPE_RUN_STATE);

  return g_enum_get_value (states, (int) state)->value_nick;
}

static void
write_status (SiambanRunStatus *self, const char *text)
{
  g_autofree char *path = g_build_filename (self->directory, STATUS_NAME, NULL);
  g_autoptr (GError) error = NULL;

  if (!_siamban_write_atomically (path, text, strlen (text), &error))
    g_info ("%s", error->message);
}

gboolean
_siamban_run_status_revert (SiambanRunStatus *self)
{
  if (self->previous == NULL)
    return FALSE;
  write_status (self, self->previous);

  return TRUE;
}

void
_siamban_run_status_set (SiambanRunStatus *self, SiambanRunState state, const char *reason)
{
  g_autoptr (JsonNode) root = json_node_new (JSON_NODE_OBJECT);
  g_autoptr (JsonObject) status = json_object_new ();
  g_autofree char *text = NULL;

  json_object_set_string_member (status, "state", state_name (state));
  json_object_set_string_member (status, "host", g_get_host_name ());
  json_object_set_int_member (status, "pid", getpid ());
  json_object_set_int_member (status, "time", g_get_real_time () / G_USEC_PER_SEC);
  if (reason)
    {
      g_autofree char *valid = g_utf8_make_valid (reason, -1);

      json_object_set_string_member (status, "reason", valid);
    }
  json_node_set_object (root, status);
  text = json_to_string (root, TRUE);
  write_status (self, text);
}

gboolean
_siamban_run_is_alive (const char *directory)
{
  g_autofree char *path = g_build_filename (directory, LOCK_NAME, NULL);
  struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
  const int fd = g_open (path, O_RDONLY | O_CLOEXEC, 0);
  gboolean alive;

  if (fd < 0)
    return FALSE;

  /* Asks without locking, so that who looks is never in the way of a run that starts. */
  alive = fcntl (fd, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
  close (fd);

  return alive;
}

static SiambanRunState
read_file (const char *directory, char **reason)
{
  g_autofree char *path = g_build_filename (directory, STATUS_NAME, NULL);
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_autoptr (GEnumClass) states = g_type_class_ref (SIAMBAN_TYPE_RUN_STATE);
  const GEnumValue *value;
  JsonObject *status;

  if (!json_parser_load_from_file (parser, path, NULL) ||
      !JSON_NODE_HOLDS_OBJECT (json_parser_get_root (parser)))
    return SIAMBAN_RUN_UNKNOWN;

  status = json_node_get_object (json_parser_get_root (parser));
  *reason = g_strdup (json_object_get_string_member_with_default (status, "reason", NULL));
  value = g_enum_get_value_by_nick (
      states, json_object_get_string_member_with_default (status, "state", "unknown"));

  return value ? (SiambanRunState) value->value : SIAMBAN_RUN_UNKNOWN;
}

SiambanRunState
_siamban_run_status_read (const char *directory, char **reason)
{
  const gboolean was_alive = _siamban_run_is_alive (directory);
  SiambanRunState state;

  *reason = NULL;
  state = read_file (directory, reason);
  if (state == SIAMBAN_RUN_UNKNOWN)
    return was_alive ? SIAMBAN_RUN_RUNNING : state;

  /* A run may have begun, or ended in good order, between the looks. */
  if ((state == SIAMBAN_RUN_RUNNING || state == SIAMBAN_RUN_PAUSED) && !was_alive &&
      !_siamban_run_is_alive (directory))
    return SIAMBAN_RUN_INTERRUPTED;

  return state;
}
