/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-train-config.h"

#include "siamban-config-group-private.h"

/**
 * SiambanTrainConfig:
 *
 * The keys under `TRAIN`: labels, crops, files and the loop of a training run.
 *
 * Since: 0.1
 */
struct _SiambanTrainConfig
{
  SiambanConfigGroup parent_instance;
};

G_DEFINE_FINAL_TYPE (SiambanTrainConfig, siamban_train_config, SIAMBAN_TYPE_CONFIG_GROUP)

static const char *const loc_losses[] = { "linear_iou", "iou", "giou", NULL };
static const char *const batch_norms[] = { "train", "frozen", NULL };
static const char *const reductions[] = { "average", "sum", NULL };
static const char *const buffer_syncs[] = { "none", "broadcast", "average", NULL };

static const SiambanConfigKey keys[] = {
  /**
   * SiambanTrainConfig:neg-num:
   *
   * The most points of the inner ellipse that are labelled as background in a negative pair.
   *
   * Since: 0.1
   */
  SIAMBAN_KEY_INT ("NEG_NUM",
                   16,
                   0,
                   1000000,
                   N_ ("Points of negative pairs"),
                   N_ ("Most points labelled as background in a pair that shows two objects")),
  /**
   * SiambanTrainConfig:pos-num:
   *
   * The most points labelled as target in a positive pair.
   *
   * Since: 0.1
   */
  SIAMBAN_KEY_INT ("POS_NUM",
                   16,
                   0,
                   1000000,
                   N_ ("Target points"),
                   N_ ("Most points labelled as target in a pair")),
  /**
   * SiambanTrainConfig:total-num:
   *
   * The most points labelled in a positive pair; what target points leave is for background.
   *
   * Since: 0.1
   */
  SIAMBAN_KEY_INT ("TOTAL_NUM",
                   64,
                   0,
                   1000000,
                   N_ ("Labelled points"),
                   N_ ("Most points labelled in a pair, target and background together")),
  /**
   * SiambanTrainConfig:exemplar-size:
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
   * SiambanTrainConfig:search-size:
   *
   * The side of the search crop, in pixels.
   *
   * Since: 0.1
   */
  SIAMBAN_KEY_INT ("SEARCH_SIZE",
                   255,
                   16,
                   4096,
                   N_ ("Search size"),
                   N_ ("Side of the search crop, in pixels")),
  /**
   * SiambanTrainConfig:base-size:
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
   * SiambanTrainConfig:output-size:
   *
   * The side of the score map, in points. It must be
   * `(SEARCH_SIZE - EXEMPLAR_SIZE) / POINT.STRIDE + 1 + BASE_SIZE`.
   *
   * Since: 0.1
   */
  SIAMBAN_KEY_INT ("OUTPUT_SIZE",
                   25,
                   1,
                   1024,
                   N_ ("Score map size"),
                   N_ ("Side of the score map, in points")),
  /**
   * SiambanTrainConfig:resume:
   *
   * The checkpoint to resume from; empty for a new run.
   *
   * Since: 0.1
   */
  SIAMBAN_KEY_STRING ("RESUME",
                      "",
                      N_ ("Resume from"),
                      N_ ("Checkpoint to resume from; empty for a new run")),
  /**
   * SiambanTrainConfig:pretrained:
   *
   * The weights of the whole network to start from; empty for none.
   *
   * Since: 0.1
   */
  SIAMBAN_KEY_STRING ("PRETRAINED",
                      "",
                      N_ ("Weights"),
                      N_ ("Weights of the whole network to start from; empty for none")),
  /**
   * SiambanTrainConfig:log-dir:
   *
   * The folder of the log and of the plots.
   *
   * Since: 0.1
   */
  SIAMBAN_KEY_STRING ("LOG_DIR",
                      "./logs",
                      N_ ("Log folder"),
                      N_ ("Folder of the log and of the plots")),
  /**
   * SiambanTrainConfig:snapshot-dir:
   *
   * The folder of the checkpoints.
   *
   * Since: 0.1
   */
  SIAMBAN_KEY_STRING ("SNAPSHOT_DIR",
                      "./snapshot",
                      N_ ("Snapshot folder"),
                      N_ ("Folder of the checkpoints")),
  /**
   * SiambanTrainConfig:epoch:
   *
   * The number of epochs of the run.
   *
   * Since: 0.1
   */
  SIAMBAN_KEY_INT ("EPOCH", 20, 1, 100000, N_ ("Epochs"), N_ ("Number of epochs of the run")),
  /**
   * SiambanTrainConfig:start-epoch:
   *
   * The epoch to start at, counted from 0.
   *
   * Since: 0.1
   */
  SIAMBAN_KEY_INT ("START_EPOCH",
                   0,
                   0,
                   100000,
                   N_ ("First epoch"),
                   N_ ("Epoch to start at; 0 for a new run")),
  /**
   * SiambanTrainConfig:batch-size:
   *
   * The pairs in one batch of one process.
   *
   * Since: 0.1
   */
  SIAMBAN_KEY_INT ("BATCH_SIZE",
                   32,
                   1,
                   4096,
                   N_ ("Batch size"),
                   N_ ("Pairs in a batch of one process")),
  /**
   * SiambanTrainConfig:num-workers:
   *
   * The threads that load samples. At most as many as the process may use
   * ([func@process_get_n_threads]); if that is one, and the network is computed on the processor,
   * there is none and the samples are made between the steps.
   *
   * Since: 0.1
   */
  SIAMBAN_KEY_INT ("NUM_WORKERS", 1, 0, 1024, N_ ("Workers"), N_ ("Threads that load samples")),
  /**
   * SiambanTrainConfig:momentum:
   *
   * The momentum of stochastic gradient descent.
   *
   * Since: 0.1
   */
  SIAMBAN_KEY_DOUBLE ("MOMENTUM",
                      0.9,
                      0,
                      1,
                      N_ ("Momentum"),
                      N_ ("Momentum of stochastic gradient descent")),
  /**
   * SiambanTrainConfig:weight-decay:
   *
   * The weight decay of all parameters.
   *
   * Since: 0.1
   */
  SIAMBAN_KEY_DOUBLE ("WEIGHT_DECAY",
                      1e-4,
                      0,
                      1,
                      N_ ("Weight decay"),
                      N_ ("Weight decay of all parameters")),
  /**
   * SiambanTrainConfig:cls-weight:
   *
   * The weight of the classification loss in the total.
   *
   * Since: 0.1
   */
  SIAMBAN_KEY_DOUBLE ("CLS_WEIGHT",
                      1,
                      0,
                      1000000,
                      N_ ("Classification weight"),
                      N_ ("Weight of the classification loss in the total")),
  /**
   * SiambanTrainConfig:loc-weight:
   *
   * The weight of the box loss in the total.
   *
   * Since: 0.1
   */
  SIAMBAN_KEY_DOUBLE ("LOC_WEIGHT",
                      1,
                      0,
                      1000000,
                      N_ ("Regression weight"),
                      N_ ("Weight of the box loss in the total")),
  /**
   * SiambanTrainConfig:print-freq:
   *
   * The iterations between two lines of the log.
   *
   * Since: 0.1
   */
  SIAMBAN_KEY_INT ("PRINT_FREQ",
                   20,
                   1,
                   1000000,
                   N_ ("Log interval"),
                   N_ ("Iterations between two lines of the log")),
  /**
   * SiambanTrainConfig:log-grads:
   *
   * Whether the norms of gradients and weights are logged.
   *
   * Since: 0.1
   */
  SIAMBAN_KEY_BOOLEAN ("LOG_GRADS",
                       FALSE,
                       N_ ("Log gradients"),
                       N_ ("Whether the norms of gradients and weights are logged")),
  /**
   * SiambanTrainConfig:grad-clip:
   *
   * The largest norm of all gradients together.
   *
   * Since: 0.1
   */
  SIAMBAN_KEY_DOUBLE ("GRAD_CLIP",
                      10,
                      0,
                      1000000000,
                      N_ ("Gradient clip"),
                      N_ ("Largest norm of all gradients together")),
  /**
   * SiambanTrainConfig:base-lr:
   *
   * The learning rate of neck and head that the schedule scales.
   *
   * Since: 0.1
   */
  SIAMBAN_KEY_DOUBLE ("BASE_LR",
                      0.005,
                      0,
                      100,
                      N_ ("Base learning rate"),
                      N_ ("Learning rate of neck and head before the schedule")),
  /**
   * SiambanTrainConfig:seed:
   *
   * The seed of every random choice of the run. The original does not know this key.
   *
   * Since: 0.1
   */
  SIAMBAN_OWN_KEY_INT ("SEED",
                       0,
                       0,
                       9007199254740991,
                       N_ ("Seed"),
                       N_ ("Seed of every random choice of the run")),
  /**
   * SiambanTrainConfig:loc-loss:
   *
   * The kind of the box loss. The original does not know this key.
   *
   * Since: 0.1
   */
  SIAMBAN_OWN_KEY_CHOICE ("LOC_LOSS",
                          "linear_iou",
                          loc_losses,
                          N_ ("Box loss"),
                          N_ ("Kind of the box loss")),
  /**
   * SiambanTrainConfig:batch-norm:
   *
   * Whether batch norms of parts that train measure their batch, or keep their running statistics as
   * they are. The original does not know this key: it measures.
   *
   * Since: 0.1
   */
  SIAMBAN_OWN_KEY_CHOICE ("BATCH_NORM",
                          "train",
                          batch_norms,
                          N_ ("Batch norm"),
                          N_ ("Whether batch norms measure their batch or are frozen")),
  /**
   * SiambanTrainConfig:grad-reduce:
   *
   * What is done with the gradients of several devices. The original does not know this key: it
   * sums.
   *
   * Since: 0.1
   */
  SIAMBAN_OWN_KEY_CHOICE ("GRAD_REDUCE",
                          "average",
                          reductions,
                          N_ ("Gradients of devices"),
                          N_ ("What is done with the gradients of several devices")),
  /**
   * SiambanTrainConfig:accumulate:
   *
   * How many batches of `BATCH_SIZE` a device takes for one update, with the mean of their gradients. The
   * original does not know this key.
   *
   * Since: 0.1
   */
  SIAMBAN_OWN_KEY_INT ("ACCUMULATE",
                       1,
                       1,
                       4096,
                       N_ ("Batches an update"),
                       N_ ("Batches whose gradients are averaged for one update")),
  /**
   * SiambanTrainConfig:scale-lr:
   *
   * Whether the learning rates, those of the warm-up too, are multiplied by the samples of an iteration over
   * `LR_BATCH`. The original does not know this key: its rates stay.
   *
   * Since: 0.1
   */
  SIAMBAN_OWN_KEY_BOOLEAN ("SCALE_LR",
                           FALSE,
                           N_ ("Scale learning rates"),
                           N_ ("Whether learning rates grow with the samples of an update")),
  /**
   * SiambanTrainConfig:lr-batch:
   *
   * The samples of an iteration, on all devices together, that the learning rates are meant for: 28, those of
   * the original's configurations on one device. The original does not know this key.
   *
   * Since: 0.1
   */
  SIAMBAN_OWN_KEY_INT ("LR_BATCH",
                       28,
                       1,
                       1000000,
                       N_ ("Samples for the rates"),
                       N_ ("Samples of an update that the learning rates are meant for")),
  /**
   * SiambanTrainConfig:bn-sync:
   *
   * What is done with the running statistics of batch norms on several devices after each step:
   * nothing (rank 0 saves its own), those of rank 0 for all, or their average. The original does not
   * know this key: it is an argument of its `DistModule`.
   *
   * Since: 0.1
   */
  SIAMBAN_OWN_KEY_CHOICE ("BN_SYNC",
                          "none",
                          buffer_syncs,
                          N_ ("Statistics of devices"),
                          N_ ("What is done with the running statistics of several devices")),
  /**
   * SiambanTrainConfig:max-skipped-updates:
   *
   * After how many updates in a row that had to be skipped, because the loss or the gradients were not
   * finite, the run ends; 0 for never. The original does not know this key: it goes on for ever.
   *
   * Since: 0.1
   */
  SIAMBAN_OWN_KEY_INT ("MAX_SKIPPED_UPDATES",
                       20,
                       0,
                       1000000000,
                       N_ ("Skipped updates"),
                       N_ ("Updates skipped in a row after which the run ends; 0 for never")),
  /**
   * SiambanTrainConfig:keep-epochs:
   *
   * Of how many epochs, the last ones, the checkpoints stay; 0 for all. The original does not know
   * this key: it keeps all.
   *
   * Since: 0.1
   */
  SIAMBAN_OWN_KEY_INT ("KEEP_EPOCHS",
                       0,
                       0,
                       100000,
                       N_ ("Kept epochs"),
                       N_ ("Last epochs whose checkpoints stay; 0 for all")),
  /**
   * SiambanTrainConfig:keep-best:
   *
   * Whether the checkpoint of the best epoch stays, as `checkpoint_best.pth`. The original does not
   * know this key.
   *
   * Since: 0.1
   */
  SIAMBAN_OWN_KEY_BOOLEAN ("KEEP_BEST",
                           FALSE,
                           N_ ("Keep the best"),
                           N_ ("Whether the checkpoint of the best epoch stays")),
  /**
   * SiambanTrainConfig:eval-data:
   *
   * A folder of sequences with ground truth to track in the course of a run, as the command does; empty
   * for none. The original does not know this key.
   *
   * Since: 0.1
   */
  SIAMBAN_OWN_KEY_STRING ("EVAL_DATA",
                          "",
                          N_ ("Validation data"),
                          N_ ("Folder of sequences to track after epochs; empty for none")),
  /**
   * SiambanTrainConfig:log-images:
   *
   * How many samples of the first batch of each epoch are drawn, with their boxes, for TensorBoard. The
   * original does not know this key.
   *
   * Since: 0.1
   */
  SIAMBAN_OWN_KEY_INT ("LOG_IMAGES",
                       4,
                       0,
                       4096,
                       N_ ("Logged samples"),
                       N_ ("Samples of each epoch's first batch drawn for TensorBoard")),
  /**
   * SiambanTrainConfig:eval-epochs:
   *
   * After how many epochs they are tracked again. The original does not know this key.
   *
   * Since: 0.1
   */
  SIAMBAN_OWN_KEY_INT ("EVAL_EPOCHS",
                       1,
                       1,
                       100000,
                       N_ ("Validation interval"),
                       N_ ("Epochs from one validation to the next")),
};

static void
siamban_train_config_class_init (SiambanTrainConfigClass *klass)
{
  _siamban_config_group_class_install_keys (SIAMBAN_CONFIG_GROUP_CLASS (klass), keys,
                                            G_N_ELEMENTS (keys));
}

static void
siamban_train_config_init (SiambanTrainConfig *self)
{
}
