/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-adjust-config.h"

#include "siamban-config-group-private.h"

/**
 * SiambanAdjustConfig:
 *
 * The keys under `ADJUST`: the neck, which narrows the feature maps.
 *
 * Since: 0.1
 */
struct _SiambanAdjustConfig
{
  SiambanConfigGroup parent_instance;
};

G_DEFINE_FINAL_TYPE (SiambanAdjustConfig, siamban_adjust_config, SIAMBAN_TYPE_CONFIG_GROUP)

static const char *const necks[] = { "AdjustLayer", "AdjustAllLayer", NULL };

static const SiambanConfigKey keys[] = {
  /**
   * SiambanAdjustConfig:adjust:
   *
   * Whether the network has a neck.
   *
   * Since: 0.1
   */
  SIAMBAN_KEY_BOOLEAN ("ADJUST", TRUE, N_ ("Neck"), N_ ("Whether the network has a neck")),
  /**
   * SiambanAdjustConfig:kwargs:
   *
   * The parameters of the neck: `in_channels` and `out_channels`.
   *
   * Since: 0.1
   */
  SIAMBAN_KEY_KWARGS ("KWARGS",
                      N_ ("Parameters"),
                      N_ ("Parameters of the neck: in_channels and out_channels")),
  /**
   * SiambanAdjustConfig:type:
   *
   * The kind of the neck.
   *
   * Since: 0.1
   */
  SIAMBAN_KEY_CHOICE ("TYPE", "AdjustAllLayer", necks, N_ ("Kind"), N_ ("Kind of the neck")),
};

static void
siamban_adjust_config_class_init (SiambanAdjustConfigClass *klass)
{
  _siamban_config_group_class_install_keys (SIAMBAN_CONFIG_GROUP_CLASS (klass), keys,
                                            G_N_ELEMENTS (keys));
}

static void
siamban_adjust_config_init (SiambanAdjustConfig *self)
{
}
