/* SPDX-License-Identifier: Apache-2.0 */

/* The lines of a run's events.jsonl, which a crash may have cut or another program written. */

#include <string.h>

#include "fuzz-target.h"
#include "siamban-iteration.h"
#include "siamban-validation-result.h"

/* What was read is written so that it is read as the same. */
static void
check_iteration (const char *line)
{
  g_autoptr (SiambanIteration) first = siamban_iteration_new_from_json (line, NULL);
  g_autoptr (SiambanIteration) second = NULL;
  g_autofree char *text = NULL;
  g_autofree char *again = NULL;

  if (first == NULL)
    return;
  text = siamban_iteration_to_json (first);
  second = siamban_iteration_new_from_json (text, NULL);
  g_assert_nonnull (second);
  again = siamban_iteration_to_json (second);
  g_assert_cmpstr (text, ==, again);
}

static void
check_validation (const char *line)
{
  g_autoptr (SiambanValidationResult) first = siamban_validation_result_new_from_json (line, NULL);
  g_autoptr (SiambanValidationResult) second = NULL;
  g_autofree char *text = NULL;
  g_autofree char *again = NULL;

  if (first == NULL)
    return;
  text = siamban_validation_result_to_json (first);
  second = siamban_validation_result_new_from_json (text, NULL);
  g_assert_nonnull (second);
  again = siamban_validation_result_to_json (second);
  g_assert_cmpstr (text, ==, again);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree char *text = g_strndup ((const char *) data, size);
  g_auto (GStrv) lines = g_strsplit (text, "\n", 64);

  for (gsize i = 0; lines[i]; i++)
    {
      check_iteration (lines[i]);
      check_validation (lines[i]);
    }

  return 0;
}
