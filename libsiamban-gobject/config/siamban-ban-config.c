/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-ban-config.h"

#include "siamban-config-group-private.h"

/**
 * SiambanBanConfig:
 *
 * The keys under `BAN`: the head, which scores points and finds boxes.
 *
 * Since: 0.1
 */
struct _SiambanBanConfig
{
  SiambanConfigGroup parent_instance;
};

G_DEFINE_FINAL_TYPE (SiambanBanConfig, siamban_ban_config, SIAMBAN_TYPE_CONFIG_GROUP)

static const char *const heads[] = { "UPChannelBAN", "DepthwiseBAN", "MultiBAN", NULL };

static const SiambanConfigKey keys[] = {
  /**
   * SiambanBanConfig:ban:
   *
   * Whether the network has a head. Training needs one.
   *
   * Since: 0.1
   */
  SIAMBAN_KEY_BOOLEAN ("BAN", FALSE, N_ ("Head"), N_ ("Whether the network has a head")),
  /**
   * SiambanBanConfig:type:
   *
   * The kind of the head.
   *
   * Since: 0.1
   */
  SIAMBAN_KEY_CHOICE ("TYPE", "MultiBAN", heads, N_ ("Kind"), N_ ("Kind of the head")),
  /**
   * SiambanBanConfig:kwargs:
   *
   * The parameters of the head, such as `in_channels`, `cls_out_channels` and `weighted`.
   *
   * Since: 0.1
   */
  SIAMBAN_KEY_KWARGS ("KWARGS",
                      N_ ("Parameters"),
                      N_ ("Parameters of the head, such as in_channels and weighted")),
};

static void
siamban_ban_config_class_init (SiambanBanConfigClass *klass)
{
  _siamban_config_group_class_install_keys (SIAMBAN_CONFIG_GROUP_CLASS (klass), keys,
                                            G_N_ELEMENTS (keys));
}

static void
siamban_ban_config_init (SiambanBanConfig *self)
{
}
