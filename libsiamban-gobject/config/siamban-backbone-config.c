/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-backbone-config.h"

#include "siamban-config-group-private.h"

/**
 * SiambanBackboneConfig:
 *
 * The keys under `BACKBONE`: the network that makes feature maps.
 *
 * Since: 0.1
 */
struct _SiambanBackboneConfig
{
  SiambanConfigGroup parent_instance;
};

G_DEFINE_FINAL_TYPE (SiambanBackboneConfig, siamban_backbone_config, SIAMBAN_TYPE_CONFIG_GROUP)

static const char *const backbones[] = { "res50",   "resnet18",      "resnet34",    "resnet50",
                                         "alexnet", "alexnetlegacy", "mobilenetv2", NULL };

static const SiambanConfigKey keys[] = {
  /**
   * SiambanBackboneConfig:type:
   *
   * The kind of the backbone. The default `res50` is the original's; its files name `resnet50`.
   *
   * Since: 0.1
   */
  SIAMBAN_KEY_CHOICE ("TYPE", "res50", backbones, N_ ("Network"), N_ ("Kind of the backbone")),
  /**
   * SiambanBackboneConfig:kwargs:
   *
   * The parameters of the network, such as `used_layers`.
   *
   * Since: 0.1
   */
  SIAMBAN_KEY_KWARGS ("KWARGS",
                      N_ ("Parameters"),
                      N_ ("Parameters of the network, such as used_layers")),
  /**
   * SiambanBackboneConfig:pretrained:
   *
   * The weights of the backbone to start from; empty for none.
   *
   * Since: 0.1
   */
  SIAMBAN_KEY_STRING ("PRETRAINED",
                      "",
                      N_ ("Weights"),
                      N_ ("Weights of the backbone to start from; empty for none")),
  /**
   * SiambanBackboneConfig:train-layers:
   *
   * The layers that are trained from `TRAIN_EPOCH` on.
   *
   * Since: 0.1
   */
  SIAMBAN_KEY_STRV ("TRAIN_LAYERS",
                    "layer2 layer3 layer4",
                    N_ ("Trained layers"),
                    N_ ("Layers that are trained from TRAIN_EPOCH on")),
  /**
   * SiambanBackboneConfig:layers-lr:
   *
   * The learning rate of the layers, relative to `TRAIN.BASE_LR`.
   *
   * Since: 0.1
   */
  SIAMBAN_KEY_DOUBLE ("LAYERS_LR",
                      0.1,
                      0,
                      1000,
                      N_ ("Layer learning rate"),
                      N_ ("Learning rate of the layers, relative to the base learning rate")),
  /**
   * SiambanBackboneConfig:train-epoch:
   *
   * The epoch from which the layers are trained, counted from 0.
   *
   * Since: 0.1
   */
  SIAMBAN_KEY_INT ("TRAIN_EPOCH",
                   10,
                   0,
                   100000,
                   N_ ("First trained epoch"),
                   N_ ("Epoch from which the layers are trained")),
};

static void
siamban_backbone_config_class_init (SiambanBackboneConfigClass *klass)
{
  _siamban_config_group_class_install_keys (SIAMBAN_CONFIG_GROUP_CLASS (klass), keys,
                                            G_N_ELEMENTS (keys));
}

static void
siamban_backbone_config_init (SiambanBackboneConfig *self)
{
}
