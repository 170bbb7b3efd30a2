/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-template-config.h"

#include "siamban-config-group-private.h"

/**
 * SiambanTemplateConfig:
 *
 * The keys under `DATASET.TEMPLATE`: augmentation of template crops.
 *
 * Since: 0.1
 */
struct _SiambanTemplateConfig
{
  SiambanConfigGroup parent_instance;
};

G_DEFINE_FINAL_TYPE (SiambanTemplateConfig, siamban_template_config, SIAMBAN_TYPE_CONFIG_GROUP)

static const SiambanConfigKey keys[] = {
  /**
   * SiambanTemplateConfig:shift:
   *
   * The largest shift of the template crop to each side, in pixels.
   *
   * Since: 0.1
   */
  SIAMBAN_KEY_INT ("SHIFT",
                   4,
                   0,
                   4096,
                   N_ ("Shift"),
                   N_ ("Largest shift of the template crop, in pixels")),
  /**
   * SiambanTemplateConfig:scale:
   *
   * The largest relative change of the size of the template crop.
   *
   * Since: 0.1
   */
  SIAMBAN_KEY_DOUBLE ("SCALE",
                      0.05,
                      0,
                      1,
                      N_ ("Scale"),
                      N_ ("Largest relative change of the size of the template crop")),
  /**
   * SiambanTemplateConfig:blur:
   *
   * The probability of a blur.
   *
   * Since: 0.1
   */
  SIAMBAN_KEY_DOUBLE ("BLUR", 0, 0, 1, N_ ("Blur"), N_ ("Probability of a blur")),
  /**
   * SiambanTemplateConfig:flip:
   *
   * The probability of a horizontal flip.
   *
   * Since: 0.1
   */
  SIAMBAN_KEY_DOUBLE ("FLIP", 0, 0, 1, N_ ("Flip"), N_ ("Probability of a horizontal flip")),
  /**
   * SiambanTemplateConfig:color:
   *
   * The probability of a change of colour.
   *
   * Since: 0.1
   */
  SIAMBAN_KEY_DOUBLE ("COLOR", 1, 0, 1, N_ ("Colour"), N_ ("Probability of a change of colour")),
};

static void
siamban_template_config_class_init (SiambanTemplateConfigClass *klass)
{
  _siamban_config_group_class_install_keys (SIAMBAN_CONFIG_GROUP_CLASS (klass), keys,
                                            G_N_ELEMENTS (keys));
}

static void
siamban_template_config_init (SiambanTemplateConfig *self)
{
}
