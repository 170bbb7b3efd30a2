/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-engine-private.h"
#include "siamban-reference-program-private.h"

/* Plain C loops, one thread, no fusing: slow, and the truth that every other engine is compared
 * with. */
typedef struct
{
  SiambanEngine parent_instance;
} SiambanReferenceEngine;

typedef SiambanEngineClass SiambanReferenceEngineClass;

GType _siamban_reference_engine_get_type (void);
void _siamban_reference_engine_register (void);

G_DEFINE_TYPE (SiambanReferenceEngine, _siamban_reference_engine, SIAMBAN_TYPE_ENGINE)

static void
get_device_info (SiambanEngine *engine, guint index, SiambanDeviceInfo *info)
{
  *info = (SiambanDeviceInfo){
    .id = "reference",
    .name = _siamban_cpu_get_name (),
    .memory = _siamban_cpu_get_memory (),
  };
}

static void
_siamban_reference_engine_class_init (SiambanReferenceEngineClass *klass)
{
  klass->description = "Plain C loops on one thread, to compare others with";
  klass->on_processor = TRUE;
  klass->get_program_type = _siamban_reference_program_get_type;
  klass->get_device_info = get_device_info;
}

static void
_siamban_reference_engine_init (SiambanReferenceEngine *self)
{
}

void
_siamban_reference_engine_register (void)
{
  g_io_extension_point_implement (SIAMBAN_ENGINE_EXTENSION_POINT,
                                  _siamban_reference_engine_get_type (), "reference", 0);
}
