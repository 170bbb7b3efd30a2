/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-point-config.h"

#include "siamban-config-group-private.h"

/**
 * SiambanPointConfig:
 *
 * The keys under `POINT`: the grid of the score map.
 *
 * Since: 0.1
 */
struct _SiambanPointConfig
{
  SiambanConfigGroup parent_instance;
};

G_DEFINE_FINAL_TYPE (SiambanPointConfig, siamban_point_config, SIAMBAN_TYPE_CONFIG_GROUP)

static const SiambanConfigKey keys[] = {
  /**
   * SiambanPointConfig:stride:
   *
   * The pixels of the search crop between two points.
   *
   * Since: 0.1
   */
  SIAMBAN_KEY_INT ("STRIDE",
                   8,
                   1,
                   256,
                   N_ ("Stride"),
                   N_ ("Pixels of the search crop between two points")),
};

static void
siamban_point_config_class_init (SiambanPointConfigClass *klass)
{
  _siamban_config_group_class_install_keys (SIAMBAN_CONFIG_GROUP_CLASS (klass), keys,
                                            G_N_ELEMENTS (keys));
}

static void
siamban_point_config_init (SiambanPointConfig *self)
{
}
