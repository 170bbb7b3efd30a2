/* SPDX-License-Identifier: Apache-2.0 */
#include <glib.h>

#include "fuzz-target.h"

/* Runs a fuzz target without a fuzzer: over each file of a folder, and over copies of it in which
 * bytes are changed, lost or repeated. The same copies every time, so that a failure comes back. */

static void
run (const guint8 *data, gsize size)
{
  /* A block of its own, so that a read beyond the end is seen. */
  g_autofree guint8 *block = g_memdup2 (data, size);

  LLVMFuzzerTestOneInput (block ? block : (const guint8 *) "", size);
}

static void
damage (GRand *rand, GByteArray *bytes)
{
  const guint position = bytes->len == 0 ? 0 : g_rand_int_range (rand, 0, (gint32) bytes->len);
  const guint rest = bytes->len - position;
  const guint longest = (guint) g_rand_int_range (rand, 1, 16);
  const guint n = MIN (rest, longest);

  if (bytes->len == 0)
    return;

  switch (g_rand_int_range (rand, 0, 4))
    {
    case 0:
      bytes->data[position] = (guint8) g_rand_int_range (rand, 0, 256);
      break;
    case 1:
      bytes->data[position] ^= (guint8) (1 << g_rand_int_range (rand, 0, 8));
      break;
    case 2:
      g_byte_array_remove_range (bytes, position, n);
      break;
    default:
      {
        g_autofree guint8 *part = g_memdup2 (bytes->data + position, n);

        g_byte_array_append (bytes, part, n);
      }
    }
}

static void
run_damaged (const guint8 *data, gsize size, guint n_copies)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed ((guint32) size);

  for (guint i = 0; i < n_copies; i++)
    {
      g_autoptr (GByteArray) copy = g_byte_array_new ();
      const gint32 n_faults = g_rand_int_range (rand, 1, 6);

      g_byte_array_append (copy, data, (guint) size);
      for (gint32 j = 0; j < n_faults; j++)
        damage (rand, copy);
      run (copy->data, copy->len);
      run (data, size * i / n_copies);
    }
}

static gboolean
run_file (const char *path, guint n_copies)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *data = NULL;
  gsize size = 0;

  if (!g_file_get_contents (path, &data, &size, &error))
    {
      g_printerr ("%s\n", error->message);
      return FALSE;
    }

  run ((const guint8 *) data, size);
  run_damaged ((const guint8 *) data, size, n_copies);

  return TRUE;
}

int
main (int argc, char *argv[])
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GDir) folder = argc > 1 ? g_dir_open (argv[1], 0, &error) : NULL;
  const guint n_copies = argc > 2 ? (guint) g_ascii_strtoull (argv[2], NULL, 10) : 0;
  const char *name = NULL;
  guint n_files = 0;

  if (!folder)
    {
      g_printerr ("%s\n", error ? error->message : "usage: fuzz-NAME FOLDER [COPIES]");
      return 2;
    }

  while ((name = g_dir_read_name (folder)))
    {
      g_autofree char *path = g_build_filename (argv[1], name, NULL);

      if (!run_file (path, n_copies))
        return 1;
      n_files++;
    }
  g_print ("%u files, %u copies of each\n", n_files, 2 * n_copies);

  return n_files > 0 ? 0 : 1;
}
