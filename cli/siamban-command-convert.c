/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-cli.h"

typedef enum
{
  FORMAT_UNKNOWN,
  FORMAT_PYTORCH,
  FORMAT_SAFETENSORS,
} Format;

static Format
find_format (const char *path)
{
  static const struct
  {
    const char *suffix;
    Format format;
  } suffixes[] = {
    { ".pth", FORMAT_PYTORCH },   { ".pth.tar", FORMAT_PYTORCH },
    { ".pt", FORMAT_PYTORCH },    { ".bin", FORMAT_PYTORCH },
    { ".model", FORMAT_PYTORCH }, { ".safetensors", FORMAT_SAFETENSORS },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (suffixes); i++)
    if (g_str_has_suffix (path, suffixes[i].suffix))
      return suffixes[i].format;

  return FORMAT_UNKNOWN;
}

static gboolean
run (const char *from, const char *to, GError **error)
{
  const Format format = find_format (to);
  const gboolean is_safetensors = format == FORMAT_SAFETENSORS;
  g_autoptr (SiambanCheckpoint) checkpoint = NULL;

  if (format == FORMAT_UNKNOWN)
    {
      cli_set_usage_error (error,
                           _ ("%s: the ending does not tell the format; expected .pth, .pth.tar, "
                              ".pt, .bin, .model or .safetensors"),
                           to);
      return FALSE;
    }

  checkpoint = siamban_checkpoint_new_from_file (from, error);
  if (checkpoint == NULL)
    return FALSE;
  if (!(is_safetensors ? siamban_checkpoint_save_safetensors (checkpoint, to, error)
                       : siamban_checkpoint_save (checkpoint, to, error)))
    return FALSE;

  g_print (_ ("%s: %u tensors\n"), to,
           g_strv_length ((char **) siamban_checkpoint_get_names (checkpoint)));
  if (is_safetensors && siamban_checkpoint_get_n_groups (checkpoint) > 0)
    g_print (_ ("The optimizer's state was left out: the format holds only tensors with names.\n"));

  return TRUE;
}

gboolean
cli_convert (int argc, char **argv, GError **error)
{
  const GOptionEntry entries[] = { { NULL } };

  if (!cli_parse (entries, N_ ("FROM TO"),
                  N_ ("Reads a file of PyTorch, of any age, or of safetensors, and writes the "
                      "format that the ending of the other name tells."),
                  &argc, &argv, error))
    return FALSE;

  if (argc < 3)
    {
      cli_set_usage_error (error, _ ("Two files are needed: one to read and one to write"));
      return FALSE;
    }

  return cli_check_no_arguments (argc - 2, argv + 2, error) && run (argv[1], argv[2], error);
}
