/* SPDX-License-Identifier: Apache-2.0 */

/* Disks that are full, read-only or broken: a training says so, and its last checkpoint is whole.
 *
 * Two of these tests mount a file system of their own, for which they have to be root. */

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "files.h"
#include "run.h"

/* Set while a disk refuses to say that it has written. */
static gboolean fsync_fails;

/* The library's calls come here: it is linked into this program. */
int
fsync (int fd)
{
  if (!fsync_fails)
    return (int) syscall (SYS_fsync, fd);

  errno = EIO;

  return -1;
}

/* Fails with words of these in the message. */
static void
assert_run_fails (SiambanTrainer *trainer, const char *const *words)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (siamban_trainer_run (trainer, NULL, &error));
  g_test_message ("%s", error->message);
  g_assert_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_IO);
  for (gsize i = 0; words[i]; i++)
    g_assert_nonnull (strstr (error->message, words[i]));
}

/* After the failure the only checkpoint is that of the first epoch, whole; nothing else is left beside
 * it, and the run goes on from there. */
static void
assert_goes_on (RunFixture *fixture, const char *name)
{
  g_autofree char *path = g_build_filename (fixture->folder, name, "snapshot", "checkpoint_e1.pth",
                                            NULL);
  g_autofree char *folder = g_path_get_dirname (path);
  g_autofree char *run = g_path_get_dirname (folder);
  g_autoptr (GError) error = NULL;
  g_autoptr (SiambanCheckpoint) checkpoint = siamban_checkpoint_new_from_file (path, &error);
  g_autoptr (SiambanTrainer) resumed = NULL;
  guint n_iterations = 0;

  g_assert_no_error (error);
  g_assert_cmpint (siamban_checkpoint_get_epoch (checkpoint), ==, 1);
  g_assert_cmpuint (files_count (folder), ==, 1);

  siamban_config_set_string (fixture->config, "TRAIN.RESUME", run, &error);
  g_assert_no_error (error);
  resumed = run_make_trainer (fixture->config, fixture->folder, name);
  g_signal_connect_swapped (resumed, "iteration", G_CALLBACK (g_atomic_int_inc), &n_iterations);
  run_train (resumed);
  g_assert_cmpuint (n_iterations, ==, RUN_N_ITERATIONS - RUN_N_PER_EPOCH);
}

static void
break_fsync_cb (SiambanTrainer *trainer, guint epoch, gpointer user_data)
{
  fsync_fails = TRUE;
}

static void
test_failing_fsync (RunFixture *fixture, gconstpointer data)
{
  static const char *const words[] = { "checkpoint_e2.pth", "Cannot flush", NULL };
  g_autoptr (SiambanTrainer) trainer = run_make_trainer (fixture->config, fixture->folder, "run");

  g_signal_connect (trainer, "epoch-finished", G_CALLBACK (break_fsync_cb), NULL);
  assert_run_fails (trainer, words);
  g_clear_object (&trainer);
  fsync_fails = FALSE;
  assert_goes_on (fixture, "run");
}

/* A file system in memory, of that many bytes; NULL, with the test skipped, if that is not allowed. */
static char *
mount_memory (RunFixture *fixture, gsize size)
{
  g_autofree char *path = g_build_filename (fixture->folder, "disk", NULL);
  g_autofree char *options = g_strdup_printf ("size=%" G_GSIZE_FORMAT, size);

  g_assert_cmpint (g_mkdir (path, 0700), ==, 0);
  if (mount ("tmpfs", path, "tmpfs", 0, options) == 0)
    return g_steal_pointer (&path);

  g_test_skip_printf ("Cannot mount a file system: %s", g_strerror (errno));

  return NULL;
}

static gsize
checkpoint_size (RunFixture *fixture)
{
  g_autoptr (SiambanTrainer) trainer = run_make_trainer (fixture->config, fixture->folder, "sizes");
  g_autofree char *path = g_build_filename (fixture->folder, "sizes", "snapshot",
                                            "checkpoint_e1.pth", NULL);
  GStatBuf file;

  run_train (trainer);
  g_assert_cmpint (g_stat (path, &file), ==, 0);

  return (gsize) file.st_size;
}

/* There is room for one checkpoint, not for two. */
static void
test_full_disk (RunFixture *fixture, gconstpointer data)
{
  static const char *const words[] = { "No room in “", "disk/run/snapshot", "are free", NULL };
  const gsize size = checkpoint_size (fixture);
  g_autofree char *disk = mount_memory (fixture, 2 * size);
  g_autoptr (SiambanTrainer) trainer = NULL;

  if (disk == NULL)
    return;

  trainer = run_make_trainer (fixture->config, fixture->folder, "disk/run");
  assert_run_fails (trainer, words);
  g_clear_object (&trainer);

  g_assert_cmpint (mount ("tmpfs", disk, "tmpfs", MS_REMOUNT, "size=100m"), ==, 0);
  assert_goes_on (fixture, "disk/run");
  g_assert_cmpint (umount2 (disk, MNT_DETACH), ==, 0);
}

/* There is no room for any: told before the first iteration. */
static void
test_no_room (RunFixture *fixture, gconstpointer data)
{
  static const char *const words[] = { "No room in “", NULL };
  const gsize size = checkpoint_size (fixture);
  g_autofree char *disk = mount_memory (fixture, size / 2);
  g_autoptr (SiambanTrainer) trainer = NULL;
  guint n_iterations = 0;

  if (disk == NULL)
    return;

  trainer = run_make_trainer (fixture->config, fixture->folder, "disk/run");
  g_signal_connect_swapped (trainer, "iteration", G_CALLBACK (g_atomic_int_inc), &n_iterations);
  assert_run_fails (trainer, words);
  g_assert_cmpuint (n_iterations, ==, 0);
  g_clear_object (&trainer);
  g_assert_cmpint (umount2 (disk, MNT_DETACH), ==, 0);
}

static void
protect_cb (SiambanTrainer *trainer, guint epoch, gpointer user_data)
{
  const char *folder = user_data;
  g_autofree char *path = g_build_filename (folder, "disk", "run", "snapshot", NULL);

  g_assert_cmpint (mount (path, path, NULL, MS_BIND, NULL), ==, 0);
  g_assert_cmpint (mount (NULL, path, NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL), ==, 0);
}

/* The folder of the checkpoints becomes read-only in the middle of a run. */
static void
test_read_only (RunFixture *fixture, gconstpointer data)
{
  static const char *const words[] = { "checkpoint_e2.pth", "Cannot write", NULL };
  g_autofree char *disk = mount_memory (fixture, 100 << 20);
  g_autofree char *snapshots = NULL;
  g_autoptr (SiambanTrainer) trainer = NULL;

  if (disk == NULL)
    return;

  snapshots = g_build_filename (disk, "run", "snapshot", NULL);
  trainer = run_make_trainer (fixture->config, fixture->folder, "disk/run");
  g_signal_connect (trainer, "epoch-finished", G_CALLBACK (protect_cb), fixture->folder);
  assert_run_fails (trainer, words);
  g_clear_object (&trainer);

  g_assert_cmpint (umount2 (snapshots, MNT_DETACH), ==, 0);
  assert_goes_on (fixture, "disk/run");
  g_assert_cmpint (umount2 (disk, MNT_DETACH), ==, 0);
}

int
main (int argc, char *argv[])
{
  static const struct
  {
    const char *name;
    void (*test) (RunFixture *fixture, gconstpointer data);
  } cases[] = {
    { "failing-fsync", test_failing_fsync },
    { "full", test_full_disk },
    { "no-room", test_no_room },
    { "read-only", test_read_only },
  };

  g_test_init (&argc, &argv, NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strconcat ("/disk/", cases[i].name, NULL);

      g_test_add (path, RunFixture, NULL, run_set_up, cases[i].test, run_tear_down);
    }

  return g_test_run ();
}
