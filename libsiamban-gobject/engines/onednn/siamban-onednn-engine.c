/* SPDX-License-Identifier: Apache-2.0 */
#include <dnnl.h>

#include "siamban-engine-private.h"
#include "siamban-onednn-plan-private.h"

/* The processor, with oneDNN's convolutions and our own loops: the default where there is nothing
 * faster. */
typedef struct
{
  SiambanEngine parent_instance;
} SiambanOnednnEngine;

typedef SiambanEngineClass SiambanOnednnEngineClass;

GType _siamban_onednn_engine_get_type (void);
void _siamban_onednn_engine_register (void);

G_DEFINE_TYPE (SiambanOnednnEngine, _siamban_onednn_engine, SIAMBAN_TYPE_ENGINE)

static void
get_device_info (SiambanEngine *engine, guint index, SiambanDeviceInfo *info)
{
  *info = (SiambanDeviceInfo){
    .id = "cpu",
    .name = _siamban_cpu_get_name (),
    .memory = _siamban_cpu_get_memory (),
  };
}

static void
_siamban_onednn_engine_class_init (SiambanOnednnEngineClass *klass)
{
  const dnnl_version_t *version = dnnl_version ();

  /* For good, like the class. */
  klass->description = g_strdup_printf ("All cores of the processor, with oneDNN %d.%d.%d",
                                        version->major, version->minor, version->patch);
  klass->on_processor = TRUE;
  klass->get_program_type = _siamban_onednn_program_get_type;
  klass->get_device_info = get_device_info;
}

static void
_siamban_onednn_engine_init (SiambanOnednnEngine *self)
{
}

void
_siamban_onednn_engine_register (void)
{
  g_io_extension_point_implement (SIAMBAN_ENGINE_EXTENSION_POINT,
                                  _siamban_onednn_engine_get_type (), "onednn", 10);
}
