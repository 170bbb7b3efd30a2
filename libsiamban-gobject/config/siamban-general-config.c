/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-general-config.h"

#include "siamban-config-group-private.h"

/**
 * SiambanGeneralConfig:
 *
 * Keys that stand alone: `META_ARC` and `CUDA`.
 *
 * Since: 0.1
 */
struct _SiambanGeneralConfig
{
  SiambanConfigGroup parent_instance;
};

G_DEFINE_FINAL_TYPE (SiambanGeneralConfig, siamban_general_config, SIAMBAN_TYPE_CONFIG_GROUP)

static const SiambanConfigKey keys[] = {
  /**
   * SiambanGeneralConfig:meta-arc:
   *
   * The name of the experiment. Nothing depends on it.
   *
   * Since: 0.1
   */
  SIAMBAN_KEY_STRING ("META_ARC",
                      "siamban_r50_l234",
                      N_ ("Experiment"),
                      N_ ("Name of the experiment")),
  /**
   * SiambanGeneralConfig:cuda:
   *
   * Whether the original runs on CUDA devices. Kept for its files; here the device is chosen when a
   * run starts.
   *
   * Since: 0.1
   */
  SIAMBAN_KEY_BOOLEAN ("CUDA", TRUE, N_ ("CUDA"), N_ ("Whether the original runs on CUDA devices")),
};

static void
siamban_general_config_class_init (SiambanGeneralConfigClass *klass)
{
  _siamban_config_group_class_install_keys (SIAMBAN_CONFIG_GROUP_CLASS (klass), keys,
                                            G_N_ELEMENTS (keys));
}

static void
siamban_general_config_init (SiambanGeneralConfig *self)
{
}
