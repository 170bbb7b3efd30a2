/* SPDX-License-Identifier: Apache-2.0 */

/* How the processes of a training learn that one of them is gone. Processes that a launcher starts are tried by
 * mpi-ranks.sh. */
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "siamban-rank-watch-private.h"
#include "siamban.h"

#define N_RANKS 3

typedef struct
{
  SiambanRankWatch *watches[N_RANKS];
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  int first[N_RANKS], others[N_RANKS];
  g_autoptr (GError) error = NULL;

  for (guint rank = 1; rank < N_RANKS; rank++)
    {
      int pair[2];

      g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM, 0, pair), ==, 0);
      first[rank] = pair[0];
      others[rank] = pair[1];
    }
  first[0] = -1;
  for (guint rank = 0; rank < N_RANKS; rank++)
    {
      fixture->watches[rank] = _siamban_rank_watch_new (rank, N_RANKS,
                                                        rank == 0 ? first : &others[rank], &error);
      g_assert_no_error (error);
    }
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  for (guint rank = 0; rank < N_RANKS; rank++)
    g_clear_pointer (&fixture->watches[rank], _siamban_rank_watch_free);
}

static void
assert_fails (SiambanRankWatch *watch, const char *message)
{
  const gint64 end = g_get_monotonic_time () + 30 * G_USEC_PER_SEC;
  g_autoptr (GError) error = NULL;

  while (_siamban_rank_watch_check (watch, NULL) && g_get_monotonic_time () < end)
    g_usleep (1000);
  g_assert_false (_siamban_rank_watch_check (watch, &error));
  g_assert_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_RANK_LOST);
  g_assert_cmpstr (error->message, ==, message);
}

/* The reason reaches everybody, in one line, and what comes after it does not count. */
static void
test_leave (Fixture *fixture, gconstpointer data)
{
  static const char message[] = "Rank 1 of 3 stopped: no data: in a file";

  _siamban_rank_watch_leave (fixture->watches[1], "no data:\nin a file");
  for (guint rank = 0; rank < N_RANKS; rank++)
    assert_fails (fixture->watches[rank], message);
  _siamban_rank_watch_leave (fixture->watches[2], "because of rank 1");
  for (guint rank = 0; rank < N_RANKS; rank++)
    assert_fails (fixture->watches[rank], message);
}

/* A child that dies holds the only other end of its socket. */
static void
test_death (gconstpointer data)
{
  const gboolean first_dies = GPOINTER_TO_INT (data);
  int pairs[2][2], sockets[N_RANKS] = { -1, -1, -1 };
  SiambanRankWatch *watch;
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < 2; i++)
    g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM, 0, pairs[i]), ==, 0);
  sockets[1] = pairs[0][0];
  sockets[2] = pairs[1][0];
  watch = _siamban_rank_watch_new (first_dies ? 1 : 0, N_RANKS, first_dies ? &sockets[1] : sockets,
                                   &error);
  g_assert_no_error (error);
  g_assert_true (_siamban_rank_watch_check (watch, &error));

  if (first_dies)
    {
      close (pairs[0][1]);
      assert_fails (watch, "Rank 0 of 3 stopped: its process ended");
      /* It is gone already. */
      _siamban_rank_watch_wait_for_first (watch, 30);
    }
  else
    {
      char text[64] = "";

      close (pairs[1][1]);
      assert_fails (watch, "Rank 2 of 3 stopped: its process ended");
      g_assert_cmpint (read (pairs[0][1], text, sizeof text - 1), >, 0);
      g_assert_cmpstr (text, ==, "2 its process ended\n");
    }
  _siamban_rank_watch_free (watch);
  for (guint i = 0; i < 2; i++)
    {
      if (i != (first_dies ? 0 : 1))
        close (pairs[i][1]);
      if (first_dies && i == 1)
        close (pairs[i][0]);
    }
}

/* An end as planned, in any order, is no failure. */
static void
test_goodbye (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  g_clear_pointer (&fixture->watches[2], _siamban_rank_watch_free);
  _siamban_rank_watch_wait_for_first (fixture->watches[0], 0);
  g_usleep (50000);
  g_assert_true (_siamban_rank_watch_check (fixture->watches[0], &error));
  g_clear_pointer (&fixture->watches[0], _siamban_rank_watch_free);
  _siamban_rank_watch_wait_for_first (fixture->watches[1], 30);
  g_assert_true (_siamban_rank_watch_check (fixture->watches[1], &error));
  g_assert_no_error (error);
}

/* Alone there is no communicator, and MPI is not looked for. */
static void
test_alone (void)
{
  g_autoptr (GError) error = NULL;

  if (!g_test_subprocess ())
    {
      g_unsetenv ("OMPI_COMM_WORLD_SIZE");
      g_test_trap_subprocess (NULL, 60 * G_USEC_PER_SEC, G_TEST_SUBPROCESS_DEFAULT);
      g_test_trap_assert_passed ();
      return;
    }
  g_assert_null (siamban_communicator_get_default (&error));
  g_assert_no_error (error);
}

/* One of several that cannot find the others must not train alone. */
static void
test_no_module (void)
{
  g_autoptr (GError) error = NULL;

  if (!g_test_subprocess ())
    {
      g_setenv ("OMPI_COMM_WORLD_SIZE", "2", TRUE);
      g_setenv ("SIAMBAN_COMM_PATH", "/nonexistent", TRUE);
      g_test_trap_subprocess (NULL, 60 * G_USEC_PER_SEC, G_TEST_SUBPROCESS_DEFAULT);
      g_test_trap_assert_passed ();
      return;
    }
  g_assert_null (siamban_communicator_get_default (&error));
  g_assert_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_UNSUPPORTED);
  g_assert_nonnull (strstr (error->message, "/nonexistent/libsiamban-mpi.so"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/ranks/leave", Fixture, NULL, set_up, test_leave, tear_down);
  g_test_add ("/ranks/goodbye", Fixture, NULL, set_up, test_goodbye, tear_down);
  g_test_add_data_func ("/ranks/death/first", GINT_TO_POINTER (TRUE), test_death);
  g_test_add_data_func ("/ranks/death/other", GINT_TO_POINTER (FALSE), test_death);
  g_test_add_func ("/ranks/alone", test_alone);
  g_test_add_func ("/ranks/no-module", test_no_module);

  return g_test_run ();
}
