/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "siamban.h"

#include "fuzz-target.h"

/* What was read can be written, read again, and is then the same. */
static void
check_round_trip (SiambanConfig *config)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *yaml = siamban_config_to_yaml (config);
  g_autofree char *json = siamban_config_to_json (config);
  g_autofree char *yaml_again = NULL;
  g_autofree char *json_again = NULL;
  g_autoptr (GBytes) yaml_bytes = g_bytes_new_static (yaml, strlen (yaml));
  g_autoptr (GBytes) json_bytes = g_bytes_new_static (json, strlen (json));
  g_autoptr (SiambanConfig) from_yaml = siamban_config_new ();
  g_autoptr (SiambanConfig) from_json = siamban_config_new ();

  siamban_config_load_bytes (from_yaml, yaml_bytes, "c.yaml", &error);
  g_assert_no_error (error);
  siamban_config_load_bytes (from_json, json_bytes, "c.json", &error);
  g_assert_no_error (error);

  yaml_again = siamban_config_to_yaml (from_json);
  json_again = siamban_config_to_json (from_yaml);
  g_assert_cmpstr (yaml, ==, yaml_again);
  g_assert_cmpstr (json, ==, json_again);
}

static void
load (const uint8_t *data, size_t size, const char *name)
{
  g_autoptr (SiambanConfig) config = siamban_config_new ();
  g_autoptr (GBytes) bytes = g_bytes_new_static (data, size);
  g_autoptr (GError) load_error = NULL;
  g_autoptr (GError) check_error = NULL;

  if (!siamban_config_load_bytes (config, bytes, name, &load_error))
    {
      g_assert_error (load_error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_CONFIG);
      g_assert_true (g_utf8_validate (load_error->message, -1, NULL));
      return;
    }

  if (!siamban_config_check (config, &check_error))
    g_assert_error (check_error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_CONFIG);
  check_round_trip (config);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (SiambanConfig) config = siamban_config_new ();
  g_autofree char *text = g_strndup ((const char *) data, size);
  g_autoptr (GError) error = NULL;

  load (data, size, "c.yaml");
  load (data, size, "c.json");

  /* The same bytes as an assignment. */
  if (!siamban_config_set_from_string (config, text, &error))
    g_assert_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_CONFIG);

  return 0;
}
