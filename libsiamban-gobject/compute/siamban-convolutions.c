/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-convolutions-private.h"

#include <string.h>

#include "siamban-error.h"

static const char *const ways[] = { "auto", "direct", "winograd2", "winograd4" };

/* Of `PATTERN=WAY` the way, and the pattern's length. */
static gboolean
parse_choice (const char *choice, SiambanConvolution *way, gsize *length)
{
  const char *sign = strrchr (choice, '=');

  if (sign == NULL || sign == choice)
    return FALSE;

  *length = (gsize) (sign - choice);
  for (guint i = 0; i < G_N_ELEMENTS (ways); i++)
    if (g_str_equal (sign + 1, ways[i]))
      {
        *way = (SiambanConvolution) i;
        return TRUE;
      }

  return FALSE;
}

gboolean
_siamban_convolutions_check (const char *choices, GError **error)
{
  g_auto (GStrv) list = g_strsplit (choices != NULL ? choices : "", ",", -1);

  for (guint i = 0; list[i] != NULL; i++)
    {
      SiambanConvolution way;
      gsize length;

      if (!parse_choice (list[i], &way, &length))
        {
          g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_CONFIG,
                       "“%s” does not choose a convolution: expected PATTERN=WAY, with the name "
                       "of weights, where * stands for anything, and auto, direct, winograd2 or "
                       "winograd4",
                       list[i]);
          return FALSE;
        }
    }

  return TRUE;
}

SiambanConvolution
_siamban_convolutions_find (const char *choices, const char *weight)
{
  g_auto (GStrv) list = g_strsplit (choices != NULL ? choices : "", ",", -1);
  SiambanConvolution found = SIAMBAN_CONVOLUTION_AUTO;

  for (guint i = 0; list[i] != NULL; i++)
    {
      SiambanConvolution way;
      gsize length;

      if (!parse_choice (list[i], &way, &length))
        continue;
      list[i][length] = '\0';
      if (g_pattern_match_simple (list[i], weight))
        found = way;
    }

  return found;
}
