/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-search-config.h"

#include "siamban-config-group-private.h"

/**
 * SiambanSearchConfig:
 *
 * The keys under `DATASET.SEARCH`: augmentation of search crops.
 *
 * Since: 0.1
 */
struct _SiambanSearchConfig
{
  SiambanConfigGroup parent_instance;
};

G_DEFINE_FINAL_TYPE (SiambanSearchConfig, siamban_search_config, SIAMBAN_TYPE_CONFIG_GROUP)

static const SiambanConfigKey keys[] = {
  /**
   * SiambanSearchConfig:shift:
   *
   * The largest shift of the search crop to each side, in pixels.
   *
   * Since: 0.1
   */
  SIAMBAN_KEY_INT ("SHIFT",
                   64,
                   0,
                   4096,
                   N_ ("Shift"),
                   N_ ("Largest shift of the search crop, in pixels")),
  /**
   * SiambanSearchConfig:scale:
   *
   * The largest relative change of the size of the search crop.
   *
   * Since: 0.1
   */
  SIAMBAN_KEY_DOUBLE ("SCALE",
                      0.18,
                      0,
                      1,
                      N_ ("Scale"),
                      N_ ("Largest relative change of the size of the search crop")),
  /**
   * SiambanSearchConfig:blur:
   *
   * The probability of a blur.
   *
   * Since: 0.1
   */
  SIAMBAN_KEY_DOUBLE ("BLUR", 0, 0, 1, N_ ("Blur"), N_ ("Probability of a blur")),
  /**
   * SiambanSearchConfig:flip:
   *
   * The probability of a horizontal flip.
   *
   * Since: 0.1
   */
  SIAMBAN_KEY_DOUBLE ("FLIP", 0, 0, 1, N_ ("Flip"), N_ ("Probability of a horizontal flip")),
  /**
   * SiambanSearchConfig:color:
   *
   * The probability of a change of colour.
   *
   * Since: 0.1
   */
  SIAMBAN_KEY_DOUBLE ("COLOR", 1, 0, 1, N_ ("Colour"), N_ ("Probability of a change of colour")),
};

static void
siamban_search_config_class_init (SiambanSearchConfigClass *klass)
{
  _siamban_config_group_class_install_keys (SIAMBAN_CONFIG_GROUP_CLASS (klass), keys,
                                            G_N_ELEMENTS (keys));
}

static void
siamban_search_config_init (SiambanSearchConfig *self)
{
}
