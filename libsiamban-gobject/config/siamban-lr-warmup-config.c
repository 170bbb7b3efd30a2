/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-lr-warmup-config.h"

#include "siamban-config-group-private.h"

/**
 * SiambanLrWarmupConfig:
 *
 * The keys under `TRAIN.LR_WARMUP`: the learning rate of the first epochs.
 *
 * Since: 0.1
 */
struct _SiambanLrWarmupConfig
{
  SiambanConfigGroup parent_instance;
};

G_DEFINE_FINAL_TYPE (SiambanLrWarmupConfig, siamban_lr_warmup_config, SIAMBAN_TYPE_CONFIG_GROUP)

static const char *const lr_types[] = { "log", "step", "multi-step", "linear", "cos", NULL };

static const SiambanConfigKey keys[] = {
  /**
   * SiambanLrWarmupConfig:warmup:
   *
   * Whether the run starts with a warm-up.
   *
   * Since: 0.1
   */
  SIAMBAN_KEY_BOOLEAN ("WARMUP",
                       TRUE,
                       N_ ("Warm-up"),
                       N_ ("Whether the run starts with a warm-up")),
  /**
   * SiambanLrWarmupConfig:type:
   *
   * The shape of the learning rate over the warm-up.
   *
   * Since: 0.1
   */
  SIAMBAN_KEY_CHOICE ("TYPE",
                      "step",
                      lr_types,
                      N_ ("Schedule"),
                      N_ ("Shape of the learning rate over the warm-up")),
  /**
   * SiambanLrWarmupConfig:epoch:
   *
   * The epochs of the warm-up; they count as epochs of the run.
   *
   * Since: 0.1
   */
  SIAMBAN_KEY_INT ("EPOCH",
                   5,
                   0,
                   100000,
                   N_ ("Epochs"),
                   N_ ("Epochs of the warm-up; they count as epochs of the run")),
  /**
   * SiambanLrWarmupConfig:kwargs:
   *
   * The parameters of the schedule, such as `start_lr`, `end_lr` and `step`.
   *
   * Since: 0.1
   */
  SIAMBAN_KEY_KWARGS ("KWARGS",
                      N_ ("Parameters"),
                      N_ ("Parameters of the schedule, such as start_lr, end_lr and step")),
};

static void
siamban_lr_warmup_config_class_init (SiambanLrWarmupConfigClass *klass)
{
  _siamban_config_group_class_install_keys (SIAMBAN_CONFIG_GROUP_CLASS (klass), keys,
                                            G_N_ELEMENTS (keys));
}

static void
siamban_lr_warmup_config_init (SiambanLrWarmupConfig *self)
{
}
