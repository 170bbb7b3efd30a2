/* SPDX-License-Identifier: Apache-2.0 */

/* Processor time of making training samples in one thread, from the files of a configuration.
 *
 * usage: bench-loader CONFIG [--set KEY=VALUE …] [--samples N]
 *
 * Without --samples it serves: each line on standard input holds a number of samples, the answer is
 * the seconds that one of them took. So `compare-loader.py` alternates it with an opponent. */

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "siamban.h"

static SiambanLoader *
prepare (const char *path, char **settings, GError **error)
{
  g_autoptr (SiambanConfig) config = siamban_config_new_from_file (path, error);
  g_autoptr (SiambanDataset) dataset = NULL;

  if (config == NULL)
    return NULL;
  for (guint i = 0; settings != NULL && settings[i] != NULL; i++)
    if (!siamban_config_set_from_string (config, settings[i], error))
      return NULL;
  dataset = siamban_dataset_new_from_config (config, error);

  /* Without workers the caller's thread makes the samples, and nothing runs ahead. */
  return dataset != NULL ? siamban_loader_new (dataset, 1, 0, 0, 0, 1) : NULL;
}

static gboolean
report (SiambanLoader *loader, int n_samples, GError **error)
{
  const clock_t begin = clock ();

  for (int i = 0; i < n_samples; i++)
    {
      g_autoptr (SiambanBatch) batch = siamban_loader_next (loader, NULL, error);

      if (batch == NULL)
        {
          if (error != NULL && *error == NULL)
            g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, "The run has no more samples");
          return FALSE;
        }
      if (siamban_batch_get_n_skipped (batch) > 0)
        {
          g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, "An image could not be used: %s",
                       siamban_batch_get_skipped (batch)[0]);
          return FALSE;
        }
    }
  printf ("%.9f\n", (double) (clock () - begin) / CLOCKS_PER_SEC / n_samples);
  fflush (stdout);

  return TRUE;
}

int
main (int argc, char *argv[])
{
  int n_samples = 0;
  g_auto (GStrv) settings = NULL;
  const GOptionEntry entries[] = {
    { "set", 0, 0, G_OPTION_ARG_STRING_ARRAY, &settings, "a key of the configuration",
      "KEY=VALUE" },
    { "samples", 0, 0, G_OPTION_ARG_INT, &n_samples, "measure so many samples and end", "N" },
    { NULL },
  };
  g_autoptr (GOptionContext) context = g_option_context_new ("CONFIG");
  g_autoptr (GError) error = NULL;
  g_autoptr (SiambanLoader) loader = NULL;
  char line[64];

  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error) || argc != 2)
    {
      g_printerr ("%s\n", error != NULL ? error->message : "Name one configuration");
      return 2;
    }

  loader = prepare (argv[1], settings, &error);
  if (loader != NULL && n_samples > 0)
    report (loader, n_samples, &error);
  while (loader != NULL && error == NULL && n_samples == 0 &&
         fgets (line, sizeof line, stdin) != NULL)
    report (loader, MAX (1, atoi (line)), &error);
  if (error != NULL)
    g_printerr ("%s\n", error->message);

  return error == NULL ? 0 : 1;
}
