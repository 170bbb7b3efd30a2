/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-dataset-config.h"

#include "siamban-config-group-private.h"

/**
 * SiambanDatasetConfig:
 *
 * The keys under `DATASET`: which data sets are mixed, and how.
 *
 * Since: 0.1
 */
struct _SiambanDatasetConfig
{
  SiambanConfigGroup parent_instance;
};

G_DEFINE_FINAL_TYPE (SiambanDatasetConfig, siamban_dataset_config, SIAMBAN_TYPE_CONFIG_GROUP)

static const SiambanConfigKey keys[] = {
  /**
   * SiambanDatasetConfig:neg:
   *
   * The probability that the search crop shows another object than the template.
   *
   * Since: 0.1
   */
  SIAMBAN_KEY_DOUBLE ("NEG",
                      0.2,
                      0,
                      1,
                      N_ ("Negative pairs"),
                      N_ ("Probability that a pair shows two objects")),
  /**
   * SiambanDatasetConfig:gray:
   *
   * The probability that both crops of a pair are made gray.
   *
   * Since: 0.1
   */
  SIAMBAN_KEY_DOUBLE ("GRAY", 0, 0, 1, N_ ("Gray"), N_ ("Probability that a pair is made gray")),
  /**
   * SiambanDatasetConfig:names:
   *
   * The names of the data sets that are mixed; each has a group `DATASET.NAME`.
   *
   * Since: 0.1
   */
  SIAMBAN_KEY_STRV ("NAMES",
                    "VID YOUTUBEBB DET COCO GOT10K LASOT",
                    N_ ("Data sets"),
                    N_ ("Names of the data sets that are mixed")),
  /**
   * SiambanDatasetConfig:videos-per-epoch:
   *
   * The pairs drawn in one epoch.
   *
   * Since: 0.1
   */
  SIAMBAN_KEY_INT ("VIDEOS_PER_EPOCH",
                   1000000,
                   1,
                   1000000000000,
                   N_ ("Pairs an epoch"),
                   N_ ("Pairs drawn in one epoch")),
};

static void
siamban_dataset_config_class_init (SiambanDatasetConfigClass *klass)
{
  _siamban_config_group_class_install_keys (SIAMBAN_CONFIG_GROUP_CLASS (klass), keys,
                                            G_N_ELEMENTS (keys));
}

static void
siamban_dataset_config_init (SiambanDatasetConfig *self)
{
}
