/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-engine-private.h"

#include <string.h>
#include <unistd.h>

/**
 * SiambanEngine:
 *
 * One way of computing: plain C loops, oneDNN, CUDA.
 *
 * Engines are found at the extension point `siamban-engine-6` of [struct@Gio.IOExtensionPoint]:
 * those built into the library, and modules in the library's folder `siamban-1.0` or in the
 * folder that the environment variable `SIAMBAN_ENGINE_PATH` names.
 *
 * Any thread may use an engine.
 *
 * Since: 0.1
 */
G_DEFINE_ABSTRACT_TYPE (SiambanEngine, siamban_engine, G_TYPE_OBJECT)

/* Built-in engines have no header: this layer must not know them. Each implements the extension
 * point when it is asked for its name here. */
void _siamban_reference_engine_register (void);
#ifdef SIAMBAN_HAVE_ONEDNN
void _siamban_onednn_engine_register (void);
#endif

static SiambanEngineClass *
class_of (SiambanEngine *self)
{
  return (SiambanEngineClass *) G_OBJECT_GET_CLASS (self);
}

static gboolean
siamban_engine_real_probe (SiambanEngine *self, GError **error)
{
  return TRUE;
}

static guint
siamban_engine_real_get_n_devices (SiambanEngine *self)
{
  return 1;
}

static void
siamban_engine_finalize (GObject *object)
{
  SiambanEngine *self = SIAMBAN_ENGINE (object);

  g_clear_object (&self->devices);

  G_OBJECT_CLASS (siamban_engine_parent_class)->finalize (object);
}

static void
siamban_engine_class_init (SiambanEngineClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = siamban_engine_finalize;

  klass->probe = siamban_engine_real_probe;
  klass->get_n_devices = siamban_engine_real_get_n_devices;
}

static void
siamban_engine_init (SiambanEngine *self)
{
}

static GListModel *
create_engines (void)
{
  GIOExtensionPoint *point = g_io_extension_point_register (SIAMBAN_ENGINE_EXTENSION_POINT);
  const char *path = g_getenv ("SIAMBAN_ENGINE_PATH");
  GListStore *engines = g_list_store_new (SIAMBAN_TYPE_ENGINE);

  g_io_extension_point_set_required_type (point, SIAMBAN_TYPE_ENGINE);
  _siamban_reference_engine_register ();
#ifdef SIAMBAN_HAVE_ONEDNN
  _siamban_onednn_engine_register ();
#endif
  if (path != NULL && *path != '\0')
    g_io_modules_scan_all_in_directory (path);
  g_io_modules_scan_all_in_directory (SIAMBAN_ENGINES_DIR);

  for (GList *l = g_io_extension_point_get_extensions (point); l != NULL; l = l->next)
    {
      g_autoptr (SiambanEngine) engine = g_object_new (g_io_extension_get_type (l->data), NULL);

      engine->name = g_io_extension_get_name (l->data);
      g_list_store_append (engines, engine);
    }

  return G_LIST_MODEL (engines);
}

/**
 * siamban_engine_list:
 *
 * Lists all engines of this installation, the preferred ones first, also those that cannot be
 * used here; [method@Engine.probe] tells.
 *
 * Returns: (transfer none): a list of [class@Engine]
 *
 * Since: 0.1
 */
GListModel *
siamban_engine_list (void)
{
  static gsize engines;

  if (g_once_init_enter (&engines))
    g_once_init_leave (&engines, (gsize) create_engines ());

  return G_LIST_MODEL ((gpointer) engines);
}

/**
 * siamban_engine_get_name:
 * @self: an engine
 *
 * Gets the engine's short name, such as `onednn`.
 *
 * Returns: the name
 *
 * Since: 0.1
 */
const char *
siamban_engine_get_name (SiambanEngine *self)
{
  g_return_val_if_fail (SIAMBAN_IS_ENGINE (self), NULL);

  return self->name;
}

/**
 * siamban_engine_get_description:
 * @self: an engine
 *
 * Gets one line about the engine, in English.
 *
 * Returns: the line
 *
 * Since: 0.1
 */
const char *
siamban_engine_get_description (SiambanEngine *self)
{
  g_return_val_if_fail (SIAMBAN_IS_ENGINE (self), NULL);

  return class_of (self)->description;
}

/**
 * siamban_engine_probe:
 * @self: an engine
 * @error: return location for the reason
 *
 * Tells whether the engine can be used on this machine.
 *
 * It fails with %SIAMBAN_ERROR_NO_DEVICE, saying what is missing.
 *
 * Returns: %TRUE if it can be used
 *
 * Since: 0.1
 */
gboolean
siamban_engine_probe (SiambanEngine *self, GError **error)
{
  g_return_val_if_fail (SIAMBAN_IS_ENGINE (self), FALSE);

  return class_of (self)->probe (self, error);
}

/**
 * siamban_engine_get_devices:
 * @self: an engine
 *
 * Lists the engine's devices; none if it cannot be used.
 *
 * Returns: (transfer full): a list of [class@Device], always the same objects
 *
 * Since: 0.1
 */
GListModel *
siamban_engine_get_devices (SiambanEngine *self)
{
  static GMutex mutex;
  g_autoptr (GMutexLocker) locker = NULL;

  g_return_val_if_fail (SIAMBAN_IS_ENGINE (self), NULL);

  locker = g_mutex_locker_new (&mutex);
  if (self->devices == NULL)
    {
      self->devices = g_list_store_new (SIAMBAN_TYPE_DEVICE);

      /* The reason is there for whoever asks probe() itself. */
      if (class_of (self)->probe (self, NULL))
        for (guint i = 0; i < class_of (self)->get_n_devices (self); i++)
          {
            g_autoptr (SiambanDevice) device = _siamban_device_new (self, i);

            g_list_store_append (self->devices, device);
          }
    }

  return G_LIST_MODEL (g_object_ref (self->devices));
}

/* The first "model name" of /proc/cpuinfo, which every x86-64 and many other kernels have. */
const char *
_siamban_cpu_get_name (void)
{
  static gsize name;

  if (g_once_init_enter (&name))
    {
      g_autofree char *text = NULL;
      const char *line = NULL;
      char *found = NULL;

      if (g_file_get_contents ("/proc/cpuinfo", &text, NULL, NULL))
        line = strstr (text, "model name");
      if (line != NULL && strchr (line, ':') != NULL)
        {
          g_auto (GStrv) lines = g_strsplit (strchr (line, ':') + 1, "\n", 2);

          found = g_strdup (g_strstrip (lines[0]));
        }
      g_once_init_leave (&name, (gsize) (found != NULL ? found : g_strdup ("CPU")));
    }

  return (const char *) name;
}

guint64
_siamban_cpu_get_memory (void)
{
  return (guint64) sysconf (_SC_PHYS_PAGES) * (guint64) sysconf (_SC_PAGESIZE);
}
