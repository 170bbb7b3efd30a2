/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "siamban-device-usage.h"
#include "siamban-engine.h"
#include "siamban-link-private.h"
#include "siamban-program-private.h"

G_BEGIN_DECLS

/* The number in the name grows whenever a struct of this header or of the program's changes. */
#define SIAMBAN_ENGINE_EXTENSION_POINT "siamban-engine-6"

/* What a device of an engine is. Strings are copied. */
typedef struct
{
  const char *id;   /* what the user types: cpu, cuda:0 */
  const char *name; /* what the maker calls it */
  guint64 memory;   /* bytes, 0 if unknown */
} SiambanDeviceInfo;

struct _SiambanEngine
{
  GObject parent_instance;

  const char *name;
  GListStore *devices;
};

/* An engine implements the extension point with a subclass; its extension name is the engine's
 * name, its extension priority orders the engines: the first whose probe succeeds is the default. */
struct _SiambanEngineClass
{
  GObjectClass parent_class;

  const char *description;

  /* Whether it computes in threads of this process, which are then counted. */
  gboolean on_processor;

  /* Whether some of its devices compute with bfloat16; programs for others fail. */
  gboolean has_bf16;

  /* What it makes programs of: a subclass of SiambanProgram. */
  GType (*get_program_type) (void);

  /* Says why not, so that `siamban devices` can print it. Default: always there. */
  gboolean (*probe) (SiambanEngine *self, GError **error);

  /* Default: 1. Only called after probe() succeeded. */
  guint (*get_n_devices) (SiambanEngine *self);

  /* Fills @info, whose strings stay valid until the next call. */
  void (*get_device_info) (SiambanEngine *self, guint index, SiambanDeviceInfo *info);

  /* Fills in what is known; @usage begins as unknown, with the memory of the device. Any thread may
   * ask. Default: what this process uses of the processor, if that is what computes. */
  void (*measure_usage) (SiambanEngine *self, guint index, SiambanDeviceUsage *usage);

  /* Of an engine whose devices add gradients among themselves: see siamban-link-private.h. NULL otherwise. */
  char *(*get_address) (SiambanEngine *self, guint index, GError **error);
  GObject *(*connect) (SiambanEngine *self, guint index, const SiambanPeers *peers, GError **error);
  gboolean (*time_reduction) (SiambanEngine *self,
                              GObject *connection,
                              gsize n_values,
                              guint n_times,
                              double *seconds,
                              GError **error);
};

SiambanDevice *_siamban_device_new (SiambanEngine *engine, guint index);

/* The index of a device within its engine. */
SIAMBAN_MODULE_API
guint _siamban_device_get_index (SiambanDevice *self);

SiambanEngine *_siamban_device_get_engine (SiambanDevice *self);

/* Whether it computes in threads of this process. */
gboolean _siamban_device_is_processor (SiambanDevice *self);

/* The name and the memory of the machine's processor, for engines that run on it. */
const char *_siamban_cpu_get_name (void);
guint64 _siamban_cpu_get_memory (void);

G_END_DECLS
