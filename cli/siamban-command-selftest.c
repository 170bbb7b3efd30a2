/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-selftest.h"

#include <math.h>
#include <stdarg.h>
#include <string.h>

/* Small, with every operation that a network of the original has. */
static const char small_network[] =
    "BACKBONE: {TYPE: mobilenetv2, KWARGS: {used_layers: [3, 5], width_mult: 0.25},\n"
    "           PRETRAINED: '', TRAIN_EPOCH: 1, TRAIN_LAYERS: [layer3, layer4, layer5]}\n"
    "ADJUST: {ADJUST: true, TYPE: AdjustAllLayer,\n"
    "         KWARGS: {in_channels: [8, 24], out_channels: [16, 16]}}\n"
    "BAN: {BAN: true, TYPE: MultiBAN,\n"
    "      KWARGS: {in_channels: [16, 16], cls_out_channels: 2, weighted: true}}\n";

void
selftest_report (Selftest *self, gboolean ok, const char *check, const char *format, ...)
{
  char **cells = g_new0 (char *, 4);
  va_list arguments;

  va_start (arguments, format);
  cells[0] = g_strdup (ok ? "ok" : "failed");
  cells[1] = g_strdup (check);
  cells[2] = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_ptr_array_add (self->rows, cells);
  self->n_failed += !ok;
}

void
selftest_report_error (Selftest *self, const char *check, GError *error)
{
  selftest_report (self, FALSE, check, "%s", error->message);
  g_error_free (error);
}

float *
selftest_make_values (const char *name, double low, double high, gsize n_values)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (g_str_hash (name));
  float *values = g_new (float, n_values);

  for (gsize i = 0; i < n_values; i++)
    values[i] = (float) g_rand_double_range (random, low, high);

  return values;
}

double
selftest_compare (SiambanTensor *found, SiambanTensor *expected)
{
  const gsize n = siamban_tensor_get_n_elements (expected);
  double largest = 0, difference = 0;

  if (siamban_tensor_get_n_elements (found) != n)
    return INFINITY;
  for (gsize i = 0; i < n; i++)
    {
      const double a = siamban_tensor_get_item (found, i);
      const double b = siamban_tensor_get_item (expected, i);

      if (!isfinite (a) || !isfinite (b))
        return INFINITY;
      largest = MAX (largest, fabs (b));
      difference = MAX (difference, fabs (a - b));
    }

  return difference / MAX (largest, 1e-3);
}

static SiambanConfig *
load_config (const char *path, GError **error)
{
  g_autoptr (SiambanConfig) config = NULL;
  g_autoptr (GBytes) yaml = NULL;

  if (path != NULL)
    return siamban_config_new_from_file (path, error);

  config = siamban_config_new ();
  yaml = g_bytes_new_static (small_network, strlen (small_network));

  return siamban_config_load_bytes (config, yaml, "small network", error)
             ? g_steal_pointer (&config)
             : NULL;
}

/* The engine of the processor, or for that itself the plain loops. */
static SiambanDevice *
open_reference (SiambanDevice *device, GError **error)
{
  SiambanDevice *cpu = NULL;

  if (!g_str_equal (siamban_device_get_id (device), "cpu"))
    cpu = siamban_device_open ("cpu", NULL);

  return cpu != NULL ? cpu : siamban_device_open ("reference", error);
}

static void
print_json (Selftest *self)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();

  json_builder_begin_object (builder);
  cli_json_string (builder, "device", siamban_device_get_id (self->device));
  cli_json_string (builder, "name", siamban_device_get_name (self->device));
  cli_json_int (builder, "failed", self->n_failed);
  json_builder_set_member_name (builder, "checks");
  cli_json_checks (builder, self->rows);
  json_builder_end_object (builder);
  cli_print_json (builder);
}

static void
print_text (Selftest *self)
{
  const char *const titles[] = { _ ("status"), _ ("check"), _ ("detail"), NULL };
  g_autoptr (CliTable) table = cli_table_new (titles);

  g_print (_ ("%s (%s), against %s\n\n"), siamban_device_get_id (self->device),
           siamban_device_get_name (self->device), siamban_device_get_id (self->reference));
  for (guint i = 0; i < self->rows->len; i++)
    cli_table_add (table, g_strdupv (g_ptr_array_index (self->rows, i)));
  cli_table_print (table);
  if (self->n_failed == 0)
    g_print (_ ("\nEverything agrees: %s computes what it should.\n"),
             siamban_device_get_id (self->device));
}

static gboolean
check_arguments (int argc, char **argv, int batch_size, double seconds, GError **error)
{
  if (argc > 2)
    {
      cli_set_usage_error (error, _ ("Unexpected argument “%s”"), argv[2]);
      return FALSE;
    }
  if (!(seconds >= 0 && seconds <= 3600))
    {
      cli_set_usage_error (error, _ ("--seconds must be from 0 to 3600"));
      return FALSE;
    }

  return cli_check_range ("--batch", batch_size, 1, 4096, error);
}

static gboolean
selftest_run (Selftest *self, gboolean operations_only, gboolean json, GError **error)
{
  const gboolean is_cuda = g_str_equal (siamban_device_get_engine_name (self->device), "cuda");
  const gboolean exact = siamban_device_get_exact (self->device);

  /* TF32 would hide what these look for. */
  siamban_device_set_exact (self->device, exact || is_cuda);
  selftest_operations (self);
  if (!operations_only)
    selftest_training (self, SELFTEST_EXACT);

  siamban_device_set_exact (self->device, exact);
  if (is_cuda && !operations_only)
    {
      selftest_training (self, SELFTEST_AS_TRAINED);
      siamban_device_set_exact (self->device, FALSE);
      selftest_training (self, SELFTEST_BF16);
      siamban_device_set_exact (self->device, exact);
    }
  if (!operations_only)
    {
      selftest_repetition (self);
      selftest_speed (self);
      selftest_rates (self);
      if (is_cuda)
        selftest_all_reduce (self);
    }

  if (json)
    print_json (self);
  else
    print_text (self);

  if (self->n_failed == 0)
    return TRUE;

  g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_FAILED,
               ngettext ("%u check failed", "%u checks failed", self->n_failed), self->n_failed);

  return FALSE;
}

gboolean
cli_selftest (int argc, char **argv, GError **error)
{
  gboolean operations_only = FALSE, json = FALSE;
  CliDeviceOptions options = { NULL };
  int batch_size = 2;
  double seconds = 2;
  g_autofree char *path = NULL;
  g_autofree char *id = NULL;
  const GOptionEntry entries[] = {
    { "device", 'd', 0, G_OPTION_ARG_STRING, &id, N_ ("Another way to name the device"),
      N_ ("DEVICE") },
    { "operations", 0, 0, G_OPTION_ARG_NONE, &operations_only,
      N_ ("Only the operations, no training"), NULL },
    { "config", 'c', 0, G_OPTION_ARG_FILENAME, &path,
      N_ ("Train the network of this configuration, not a small one"), N_ ("CONFIG") },
    { "batch", 'b', 0, G_OPTION_ARG_INT, &batch_size,
      N_ ("Pairs of images in a timed step (default: 2)"), N_ ("N") },
    { "seconds", 0, 0, G_OPTION_ARG_DOUBLE, &seconds,
      N_ ("How long each timing goes on (default: 2)"), N_ ("S") },
    { "threads", 't', 0, G_OPTION_ARG_INT, &options.n_threads,
      N_ ("Keep at most this many processors busy; 0 for all"), N_ ("N") },
    { "json", 0, 0, G_OPTION_ARG_NONE, &json, N_ ("Print JSON"), NULL },
    { NULL },
  };
  g_autoptr (SiambanDevice) device = NULL;
  g_autoptr (SiambanDevice) reference = NULL;
  g_autoptr (SiambanConfig) config = NULL;
  g_autoptr (GPtrArray) rows = g_ptr_array_new_with_free_func ((GDestroyNotify) g_strfreev);
  Selftest self = { .rows = rows };

  if (!cli_parse (entries, N_ ("[DEVICE]"),
                  N_ ("Proves that a device computes what it should: every operation and its "
                      "gradients, and steps of a training, against another engine; that it does so "
                      "again to the same bits; and how fast. It fails if a number is wrong."),
                  &argc, &argv, error) ||
      !check_arguments (argc, argv, batch_size, seconds, error))
    return FALSE;

  options.id = argc > 1 ? argv[1] : id;
  device = cli_open_device (&options, error);
  reference = device != NULL ? open_reference (device, error) : NULL;
  config = reference != NULL ? load_config (path, error) : NULL;
  if (config == NULL)
    return FALSE;

  self.device = device;
  self.reference = reference;
  self.config = config;
  self.batch_size = (guint) batch_size;
  self.seconds = seconds;

  return selftest_run (&self, operations_only, json, error);
}
