/* SPDX-License-Identifier: Apache-2.0 */

/* What the engine is compiled with here means the same to NVIDIA's libraries. */
#include "test-constants.h"

#include <glib.h>

static void
test_values (void)
{
  guint n = 0;

  for (; real_constants[n].name != NULL; n++)
    {
      g_assert_cmpstr (simulated_constants[n].name, ==, real_constants[n].name);
      if (simulated_constants[n].value != real_constants[n].value)
        g_error ("%s is %ld, and %ld for the simulator", real_constants[n].name,
                 real_constants[n].value, simulated_constants[n].value);
    }
  g_assert_cmpuint (n, >, 100);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/cuda-sim/headers/values", test_values);

  return g_test_run ();
}
