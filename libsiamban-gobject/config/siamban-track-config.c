/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-track-config.h"

#include "siamban-config-group-private.h"

/**
 * SiambanTrackConfig:
 *
 * The keys under `TRACK`: how a tracker uses the network.
 *
 * Since: 0.1
 */
struct _SiambanTrackConfig
{
  SiambanConfigGroup parent_instance;
};

G_DEFINE_FINAL_TYPE (SiambanTrackConfig, siamban_track_config, SIAMBAN_TYPE_CONFIG_GROUP)

static const char *const trackers[] = { "SiamBANTracker", NULL };

static const SiambanConfigKey keys[] = {
  /**
   * SiambanTrackConfig:type:
   *
   * The kind of the tracker.
   *
   * Since: 0.1
   */
  SIAMBAN_KEY_CHOICE ("TYPE", "SiamBANTracker", trackers, N_ ("Kind"), N_ ("Kind of the tracker")),
  /**
   * SiambanTrackConfig:penalty-k:
   *
   * How much a change of size and shape costs.
   *
   * Since: 0.1
   */
  SIAMBAN_KEY_DOUBLE ("PENALTY_K",
                      0.14,
                      0,
                      100,
                      N_ ("Change penalty"),
                      N_ ("How much a change of size and shape costs")),
  /**
   * SiambanTrackConfig:window-influence:
   *
   * The weight of the window that favours the centre.
   *
   * Since: 0.1
   */
  SIAMBAN_KEY_DOUBLE ("WINDOW_INFLUENCE",
                      0.45,
                      0,
                      1,
                      N_ ("Window influence"),
                      N_ ("Weight of the window that favours the centre")),
  /**
   * SiambanTrackConfig:lr:
   *
   * How fast the size of the box follows.
   *
   * Since: 0.1
   */
  SIAMBAN_KEY_DOUBLE ("LR", 0.30, 0, 1, N_ ("Size rate"), N_ ("How fast the size follows")),
  /**
   * SiambanTrackConfig:exemplar-size:
   *
   * The side of the template crop, in pixels.
   *
   * Since: 0.1
   */
  SIAMBAN_KEY_INT ("EXEMPLAR_SIZE",
                   127,
                   16,
                   4096,
                   N_ ("Template size"),
                   N_ ("Side of the template crop, in pixels")),
  /**
   * SiambanTrackConfig:instance-size:
   *
   * The side of the search crop, in pixels.
   *
   * Since: 0.1
   */
  SIAMBAN_KEY_INT ("INSTANCE_SIZE",
                   255,
                   16,
                   4096,
                   N_ ("Search size"),
                   N_ ("Side of the search crop, in pixels")),
  /**
   * SiambanTrackConfig:base-size:
   *
   * The points of the score map beyond what the difference of the two crops gives.
   *
   * Since: 0.1
   */
  SIAMBAN_KEY_INT ("BASE_SIZE",
                   8,
                   0,
                   256,
                   N_ ("Base size"),
                   N_ ("Points of the score map beyond the difference of the two crops")),
  /**
   * SiambanTrackConfig:context-amount:
   *
   * The context around the target, relative to the mean of its sides.
   *
   * Since: 0.1
   */
  SIAMBAN_KEY_DOUBLE ("CONTEXT_AMOUNT",
                      0.5,
                      0,
                      10,
                      N_ ("Context"),
                      N_ ("Context around the target, relative to its mean side")),
};

static void
siamban_track_config_class_init (SiambanTrackConfigClass *klass)
{
  _siamban_config_group_class_install_keys (SIAMBAN_CONFIG_GROUP_CLASS (klass), keys,
                                            G_N_ELEMENTS (keys));
}

static void
siamban_track_config_init (SiambanTrackConfig *self)
{
}
