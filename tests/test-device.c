/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "compute.h"
#include "siamban-engine-private.h"

/* An engine that is not there, and one whose only device has no memory left. */
typedef SiambanEngine AbsentEngine;
typedef SiambanEngineClass AbsentEngineClass;
typedef SiambanEngine FullEngine;
typedef SiambanEngineClass FullEngineClass;
typedef SiambanProgram FullProgram;
typedef SiambanProgramClass FullProgramClass;

GType absent_engine_get_type (void);
GType full_engine_get_type (void);
GType full_program_get_type (void);

G_DEFINE_TYPE (AbsentEngine, absent_engine, SIAMBAN_TYPE_ENGINE)
G_DEFINE_TYPE (FullEngine, full_engine, SIAMBAN_TYPE_ENGINE)
G_DEFINE_TYPE (FullProgram, full_program, SIAMBAN_TYPE_PROGRAM)

static gboolean
absent_engine_probe (SiambanEngine *engine, GError **error)
{
  g_set_error_literal (error, SIAMBAN_ERROR, SIAMBAN_ERROR_NO_DEVICE, "the card was taken out");

  return FALSE;
}

static void
absent_engine_class_init (AbsentEngineClass *klass)
{
  klass->description = "Never there";
  klass->probe = absent_engine_probe;
}

static void
absent_engine_init (AbsentEngine *self)
{
}

static gboolean
full_program_prepare (SiambanProgram *program, GError **error)
{
  g_set_error_literal (error, SIAMBAN_ERROR, SIAMBAN_ERROR_OUT_OF_MEMORY, "no memory left");

  return FALSE;
}

static void
full_program_class_init (FullProgramClass *klass)
{
  klass->prepare = full_program_prepare;
}

static void
full_program_init (FullProgram *self)
{
}

static guint
full_engine_get_n_devices (SiambanEngine *engine)
{
  return 2;
}

static void
full_engine_get_device_info (SiambanEngine *engine, guint index, SiambanDeviceInfo *info)
{
  *info = (SiambanDeviceInfo){
    .id = index == 0 ? "full:0" : "full:1",
    .name = "A full card",
    .memory = 4096 * (index + 1),
  };
}

static void
full_engine_class_init (FullEngineClass *klass)
{
  klass->description = "Always full";
  klass->get_program_type = full_program_get_type;
  klass->get_n_devices = full_engine_get_n_devices;
  klass->get_device_info = full_engine_get_device_info;
}

static void
full_engine_init (FullEngine *self)
{
}

static SiambanDevice *
open_device (const char *id)
{
  g_autoptr (GError) error = NULL;
  SiambanDevice *device = siamban_device_open (id, &error);

  g_assert_no_error (error);
  g_assert_true (SIAMBAN_IS_DEVICE (device));

  return device;
}

static void
test_engines (void)
{
  GListModel *engines = siamban_engine_list ();
  gboolean found = FALSE;

  g_assert_true (siamban_engine_list () == engines);
  for (guint i = 0; i < g_list_model_get_n_items (engines); i++)
    {
      g_autoptr (SiambanEngine) engine = g_list_model_get_item (engines, i);
      g_autoptr (GListModel) devices = siamban_engine_get_devices (engine);
      g_autoptr (GListModel) again = siamban_engine_get_devices (engine);
      g_autoptr (GError) error = NULL;

      g_assert_true (SIAMBAN_IS_ENGINE (engine));
      g_assert_nonnull (siamban_engine_get_description (engine));
      g_assert_true (devices == again);
      if (g_str_equal (siamban_engine_get_name (engine), "absent"))
        {
          g_assert_false (siamban_engine_probe (engine, &error));
          g_assert_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_NO_DEVICE);
          g_assert_cmpuint (g_list_model_get_n_items (devices), ==, 0);
          found = TRUE;
        }
      else if (siamban_engine_probe (engine, &error))
        g_assert_cmpuint (g_list_model_get_n_items (devices), >, 0);
      else
        g_assert_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_NO_DEVICE);
    }
  g_assert_true (found);
}

/* Each device is found under its id, and is always the same object. */
static void
test_open (void)
{
  g_autoptr (GPtrArray) devices = compute_devices ();

  for (guint i = 0; i < devices->len; i++)
    {
      SiambanDevice *device = g_ptr_array_index (devices, i);
      g_autoptr (SiambanDevice) opened = open_device (siamban_device_get_id (device));

      g_assert_true (opened == device);
      g_assert_nonnull (siamban_device_get_name (device));
      g_assert_nonnull (siamban_device_get_engine_name (device));
    }
}

static void
test_reference (void)
{
  g_autoptr (SiambanDevice) device = open_device ("reference");
  g_autofree char *id = NULL;
  g_autofree char *name = NULL;
  guint64 memory;

  g_object_get (device, "id", &id, "name", &name, "memory", &memory, NULL);
  g_assert_cmpstr (id, ==, "reference");
  g_assert_cmpstr (siamban_device_get_id (device), ==, "reference");
  g_assert_cmpstr (siamban_device_get_engine_name (device), ==, "reference");
  g_assert_cmpstr (siamban_device_get_name (device), ==, name);
  g_assert_cmpuint (siamban_device_get_memory (device), ==, memory);
  g_assert_cmpuint (memory, >, 0);
}

/* The order of the engines decides, unless the environment names a device. */
static void
test_default (void)
{
  g_autofree char *kept = g_strdup (g_getenv ("SIAMBAN_DEVICE"));
  g_autoptr (GPtrArray) devices = compute_devices ();
  g_autoptr (SiambanDevice) named = NULL;
  g_autoptr (SiambanDevice) unnamed = NULL;
  g_autoptr (SiambanDevice) empty = NULL;

  g_setenv ("SIAMBAN_DEVICE", "full:1", TRUE);
  named = open_device (NULL);
  g_assert_cmpstr (siamban_device_get_id (named), ==, "full:1");
  g_assert_cmpuint (siamban_device_get_memory (named), ==, 8192);
  g_assert_cmpuint (_siamban_device_get_index (named), ==, 1);

  g_setenv ("SIAMBAN_DEVICE", "", TRUE);
  empty = open_device (NULL);
  g_assert_true (empty == g_ptr_array_index (devices, 0));
  g_assert_cmpstr (siamban_device_get_engine_name (empty), !=, "full");

  g_unsetenv ("SIAMBAN_DEVICE");
  unnamed = open_device (NULL);
  g_assert_true (unnamed == empty);

  if (kept != NULL)
    g_setenv ("SIAMBAN_DEVICE", kept, TRUE);
}

static void
test_unknown (void)
{
  g_autoptr (GPtrArray) devices = compute_devices ();
  g_autoptr (GError) error = NULL;

  g_assert_null (siamban_device_open ("abacus", &error));
  g_assert_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_NO_DEVICE);
  g_assert_true (g_str_has_prefix (error->message, "There is no device “abacus”; there is: "));
  for (guint i = 0; i < devices->len; i++)
    g_assert_nonnull (
        g_strstr_len (error->message, -1, siamban_device_get_id (g_ptr_array_index (devices, i))));
  g_assert_true (g_str_has_suffix (
      error->message, "reference, full:0, full:1, no absent (the card was taken out)"));
}

static void
count_cb (GObject *object, GParamSpec *pspec, guint *count)
{
  ++*count;
}

static void
test_threads (void)
{
  g_autoptr (SiambanDevice) device = open_device ("reference");
  guint count = 0, n_threads;

  g_signal_connect (device, "notify::n-threads", G_CALLBACK (count_cb), &count);
  g_assert_cmpuint (siamban_device_get_n_threads (device), ==, 0);
  siamban_device_set_n_threads (device, 0);
  g_assert_cmpuint (count, ==, 0);
  siamban_device_set_n_threads (device, 2);
  g_assert_cmpuint (siamban_device_get_n_threads (device), ==, 2);
  g_object_set (device, "n-threads", 0, NULL);
  g_object_get (device, "n-threads", &n_threads, NULL);
  g_assert_cmpuint (n_threads, ==, 0);
  g_assert_cmpuint (count, ==, 2);
  g_signal_handlers_disconnect_by_func (device, count_cb, &count);
}

static void
test_exact (void)
{
  g_autoptr (SiambanDevice) device = open_device ("reference");
  guint count = 0;
  gboolean exact;

  g_signal_connect (device, "notify::exact", G_CALLBACK (count_cb), &count);
  g_assert_false (siamban_device_get_exact (device));
  siamban_device_set_exact (device, FALSE);
  g_assert_cmpuint (count, ==, 0);
  siamban_device_set_exact (device, TRUE);
  g_assert_true (siamban_device_get_exact (device));
  g_object_set (device, "exact", FALSE, NULL);
  g_object_get (device, "exact", &exact, NULL);
  g_assert_false (exact);
  g_assert_cmpuint (count, ==, 2);
  g_signal_handlers_disconnect_by_func (device, count_cb, &count);
}

static void
assert_not_compiled (SiambanDevice *device,
                     SiambanGraph *graph,
                     gboolean training,
                     SiambanError code,
                     const char *message)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (siamban_device_compile (device, graph, training, &error));
  g_assert_error (error, SIAMBAN_ERROR, (gint) code);
  g_assert_cmpstr (error->message, ==, message);
}

static void
test_compile (void)
{
  g_autoptr (GPtrArray) devices = compute_devices ();
  g_autoptr (SiambanWeights) weights = siamban_weights_new ();

  for (guint i = 0; i < devices->len; i++)
    {
      SiambanDevice *device = g_ptr_array_index (devices, i);
      g_autoptr (SiambanGraph) wrong = siamban_graph_new (weights);
      g_autoptr (SiambanGraph) lossless = siamban_graph_new (weights);
      g_autoptr (SiambanProgram) program = NULL;

      siamban_graph_relu (wrong, 5);
      assert_not_compiled (device, wrong, FALSE, SIAMBAN_ERROR_INVALID_GRAPH,
                           "Value 1 of the network (relu): an input is missing");

      siamban_graph_relu (lossless, siamban_graph_input (lossless, "x", 1, 3, 4, 4));
      assert_not_compiled (device, lossless, TRUE, SIAMBAN_ERROR_INVALID_GRAPH,
                           "A network without a loss cannot be trained");
      if (g_str_equal (siamban_device_get_engine_name (device), "full"))
        assert_not_compiled (device, lossless, FALSE, SIAMBAN_ERROR_OUT_OF_MEMORY,
                             "no memory left");
      else
        {
          program = compute_compile (device, lossless, FALSE);
          g_assert_true (siamban_program_get_graph (program) == lossless);
        }
    }
}

/* What the program says of itself when it is started to tell. */
static char *
ask_wait_policy (const char *variable, const char *value)
{
  g_autofree char *program = g_file_read_link ("/proc/self/exe", NULL);
  char *argv[] = { program, (char *) "--tell", NULL };
  g_auto (GStrv) environment = g_environ_unsetenv (g_get_environ (), "OMP_WAIT_POLICY");
  g_autoptr (GError) error = NULL;
  char *output = NULL;
  int status;

  if (variable != NULL)
    environment = g_environ_setenv (environment, variable, value, TRUE);
  g_spawn_sync (NULL, argv, environment, G_SPAWN_DEFAULT, NULL, NULL, &output, NULL, &status,
                &error);
  g_assert_no_error (error);
  g_assert_true (g_spawn_check_wait_status (status, &error));

  return output;
}

static int
tell_wait_policy (char **argv)
{
  const gboolean settled = siamban_process_wait_passively (argv);
  const char *policy = g_getenv ("OMP_WAIT_POLICY"), *spins = g_getenv ("GOMP_SPINCOUNT");

  g_print ("%s %s %s\n", policy != NULL ? policy : "none", spins != NULL ? spins : "none",
           settled ? argv[1] : "failed");

  return 0;
}

static void
test_passive_waits (void)
{
  g_autofree char *ours = ask_wait_policy (NULL, NULL);
  g_autofree char *theirs = ask_wait_policy ("OMP_WAIT_POLICY", "active");
  g_autofree char *spins = ask_wait_policy ("GOMP_SPINCOUNT", "10");

  g_assert_cmpstr (ours, ==, "passive 10000 --tell\n");
  g_assert_cmpstr (theirs, ==, "active none --tell\n");
  g_assert_cmpstr (spins, ==, "none 10 --tell\n");
}

/* A second measurement tells how busy the processor was with this process, which is never more than
 * all of it. */
static void
test_usage (void)
{
  g_autoptr (SiambanDevice) device = siamban_device_open ("cpu", NULL);
  g_autoptr (SiambanDeviceUsage) before = siamban_device_measure_usage (device);
  g_autoptr (SiambanDeviceUsage) after = NULL;
  g_autoptr (SiambanDeviceUsage) copy = siamban_device_usage_copy (before);
  const gint64 end = g_get_monotonic_time () + 300 * G_TIME_SPAN_MILLISECOND;
  g_autofree char *ballast = g_malloc (64 << 20);

  memset (ballast, 1, 64 << 20);
  while (g_get_monotonic_time () < end)
    ;
  after = siamban_device_measure_usage (device);
  g_assert_cmpuint (copy->memory_used, ==, before->memory_used);
  g_assert_cmpfloat (after->utilisation, >, 0);
  g_assert_cmpfloat (after->utilisation, <=, 1);
  g_assert_cmpuint (after->memory, ==, siamban_device_get_memory (device));
  g_assert_cmpuint (after->memory_used, >, before->memory_used + (32 << 20));
  g_assert_cmpuint (after->memory_used, <, after->memory);
}

int
main (int argc, char *argv[])
{
  if (argc == 2 && strcmp (argv[1], "--tell") == 0)
    return tell_wait_policy (argv);

  g_test_init (&argc, &argv, NULL);

  g_io_extension_point_register (SIAMBAN_ENGINE_EXTENSION_POINT);
  g_io_extension_point_implement (SIAMBAN_ENGINE_EXTENSION_POINT, absent_engine_get_type (),
                                  "absent", -20);
  g_io_extension_point_implement (SIAMBAN_ENGINE_EXTENSION_POINT, full_engine_get_type (), "full",
                                  -10);

  g_test_add_func ("/device/engines", test_engines);
  g_test_add_func ("/device/open", test_open);
  g_test_add_func ("/device/reference", test_reference);
  g_test_add_func ("/device/default", test_default);
  g_test_add_func ("/device/passive-waits", test_passive_waits);
  g_test_add_func ("/device/unknown", test_unknown);
  g_test_add_func ("/device/usage", test_usage);
  g_test_add_func ("/device/threads", test_threads);
  g_test_add_func ("/device/exact", test_exact);
  g_test_add_func ("/device/compile", test_compile);

  return g_test_run ();
}
