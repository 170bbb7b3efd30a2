/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>

#include "accuracy.h"

/* The fast convolutions of the CPU engine round more than plain sums do, but not without limit:
 * `docs/numerics.md` has all layers of ResNet-50, here are some of each kind. */

/* Times the error of plain sums in float32. */
#define LIMIT 10

/* A layer without gradients or fast way has errors of plain sums, which differ a little. */
#define LARGEST 1e-5

typedef struct
{
  const char *name;
  AccuracyLayer layer;
} Case;

static const Case cases[] = {
  { "frozen-narrow", { 64, 64, 3, 1, 1, 1, 1, { 31, 63 }, TRUE, FALSE } },
  { "frozen-dilated", { 256, 256, 3, 1, 2, 2, 1, { 15, 31 }, TRUE, FALSE } },
  { "frozen-widest", { 1024, 512, 3, 1, 2, 2, 1, { 15, 31 }, TRUE, FALSE } },
  { "search-alone", { 512, 512, 3, 1, 4, 4, 1, { 0, 31 }, TRUE, FALSE } },
  { "trained-wide", { 512, 512, 3, 1, 1, 1, 1, { 15, 31 }, FALSE, TRUE } },
  { "trained-dilation-2", { 256, 256, 3, 1, 2, 2, 2, { 15, 31 }, FALSE, TRUE } },
  { "trained-dilation-4", { 512, 512, 3, 1, 4, 4, 1, { 15, 31 }, FALSE, TRUE } },
  { "head", { 256, 256, 3, 1, 0, 1, 2, { 0, 31 }, FALSE, TRUE } },
  { "head-template", { 256, 256, 3, 1, 0, 1, 2, { 7, 0 }, FALSE, TRUE } },
  { "strided", { 128, 128, 3, 2, 0, 1, 1, { 31, 63 }, FALSE, FALSE } },
  { "one-by-one", { 1024, 256, 1, 1, 0, 1, 1, { 15, 31 }, FALSE, TRUE } },
};

static void
test_bound (gconstpointer data)
{
  static const char *const names[] = { "forward", "data gradient", "weight gradient" };
  const Case *test = data;
  g_autoptr (Accuracy) found = accuracy_measure (&test->layer, FALSE);
  g_autoptr (Accuracy) plain = accuracy_measure (&test->layer, TRUE);

  for (guint i = 0; i < ACCURACY_N_DIRECTIONS; i++)
    {
      const double error = found->errors[i], limit = LIMIT * plain->errors[i];

      g_assert_true (isfinite (error));
      if (plain->choices[i] == NULL)
        continue;
      g_test_message ("%s: error %.2e, of plain sums %.2e, times %.1f (%s)", names[i], error,
                      plain->errors[i], error / plain->errors[i], found->choices[i]);
      g_assert_cmpfloat (plain->errors[i], >, 0);
      g_assert_cmpfloat (plain->errors[i], <, LARGEST);
      if (error > limit)
        g_error ("%s: the %s is off by %.2e, more than %g times %.2e (%s)", test->name, names[i],
                 error, (double) LIMIT, plain->errors[i], found->choices[i]);
    }
}

int
main (int argc, char *argv[])
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SiambanDevice) device = NULL;

  g_test_init (&argc, &argv, NULL);

  device = siamban_device_open ("cpu", &error);
  if (device == NULL)
    {
      g_test_skip (error->message);
      return g_test_run ();
    }

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strdup_printf ("/accuracy/%s", cases[i].name);

      g_test_add_data_func (path, &cases[i], test_bound);
    }

  return g_test_run ();
}
