/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-source-config.h"

#include "siamban-config-group-private.h"

/**
 * SiambanSourceConfig:
 *
 * The keys under `DATASET.NAME`: one data set of the mixture.
 *
 * Since: 0.1
 */
struct _SiambanSourceConfig
{
  SiambanConfigGroup parent_instance;
};

G_DEFINE_FINAL_TYPE (SiambanSourceConfig, siamban_source_config, SIAMBAN_TYPE_CONFIG_GROUP)

static const SiambanConfigKey keys[] = {
  /**
   * SiambanSourceConfig:root:
   *
   * The folder of the crops.
   *
   * Since: 0.1
   */
  SIAMBAN_KEY_STRING ("ROOT", "", N_ ("Crops"), N_ ("Folder of the crops")),
  /**
   * SiambanSourceConfig:anno:
   *
   * The file of the annotations, such as `train.json`.
   *
   * Since: 0.1
   */
  SIAMBAN_KEY_STRING ("ANNO", "", N_ ("Annotations"), N_ ("File of the annotations, train.json")),
  /**
   * SiambanSourceConfig:frame-range:
   *
   * The most frames between the template and the search crop of a pair.
   *
   * Since: 0.1
   */
  SIAMBAN_KEY_INT ("FRAME_RANGE",
                   100,
                   0,
                   1000000000,
                   N_ ("Frame range"),
                   N_ ("Most frames between template and search")),
  /**
   * SiambanSourceConfig:num-use:
   *
   * The videos drawn in one pass over the mixture; -1 for each once.
   *
   * Since: 0.1
   */
  SIAMBAN_KEY_INT ("NUM_USE",
                   -1,
                   -1,
                   1000000000,
                   N_ ("Draws"),
                   N_ ("Videos drawn in one pass over the mixture; -1 for each once")),
};

static void
siamban_source_config_class_init (SiambanSourceConfigClass *klass)
{
  _siamban_config_group_class_install_keys (SIAMBAN_CONFIG_GROUP_CLASS (klass), keys,
                                            G_N_ELEMENTS (keys));
}

static void
siamban_source_config_init (SiambanSourceConfig *self)
{
}
