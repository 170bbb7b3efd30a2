/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-lr-config.h"

#include "siamban-config-group-private.h"

/**
 * SiambanLrConfig:
 *
 * The keys under `TRAIN.LR`: the learning rate after the warm-up.
 *
 * Since: 0.1
 */
struct _SiambanLrConfig
{
  SiambanConfigGroup parent_instance;
};

G_DEFINE_FINAL_TYPE (SiambanLrConfig, siamban_lr_config, SIAMBAN_TYPE_CONFIG_GROUP)

static const char *const lr_types[] = { "log", "step", "multi-step", "linear", "cos", NULL };

static const SiambanConfigKey keys[] = {
  /**
   * SiambanLrConfig:type:
   *
   * The shape of the learning rate over the epochs.
   *
   * Since: 0.1
   */
  SIAMBAN_KEY_CHOICE ("TYPE",
                      "log",
                      lr_types,
                      N_ ("Schedule"),
                      N_ ("Shape of the learning rate over the epochs")),
  /**
   * SiambanLrConfig:kwargs:
   *
   * The parameters of the schedule, such as `start_lr` and `end_lr`.
   *
   * Since: 0.1
   */
  SIAMBAN_KEY_KWARGS ("KWARGS",
                      N_ ("Parameters"),
                      N_ ("Parameters of the schedule, such as start_lr and end_lr")),
};

static void
siamban_lr_config_class_init (SiambanLrConfigClass *klass)
{
  _siamban_config_group_class_install_keys (SIAMBAN_CONFIG_GROUP_CLASS (klass), keys,
                                            G_N_ELEMENTS (keys));
}

static void
siamban_lr_config_init (SiambanLrConfig *self)
{
}
