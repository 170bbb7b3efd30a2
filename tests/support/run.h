/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "siamban.h"

G_BEGIN_DECLS

#define RUN_N_VIDEOS 4
#define RUN_N_FRAMES 3
#define RUN_BATCH_SIZE 2
#define RUN_N_PER_EPOCH 3
#define RUN_N_EPOCHS 3
#define RUN_N_ITERATIONS (RUN_N_PER_EPOCH * RUN_N_EPOCHS)
#define RUN_TRAIN_EPOCH 2 /* the backbone trains from here on, counted from 0 */

/* A folder with the data, and a training on it. */
typedef struct
{
  char *folder;
  SiambanConfig *config;
} RunFixture;

void run_set_up (RunFixture *fixture, gconstpointer data);
void run_tear_down (RunFixture *fixture, gconstpointer data);

/* A few crops with their train.json in @folder. */
void run_make_data (const char *folder);

/* Path of a crop of run_make_data(). */
char *run_crop_path (const char *folder, guint video, guint frame);

/* The process that trains into the folder. */
int run_read_pid (const char *folder);

/* A training of a few iterations of a network of a few channels on that data. */
SiambanConfig *run_make_config (const char *folder);

void run_set (SiambanConfig *config, const char *assignment);

/* A trainer whose run is the folder @name in @folder, on the processor. */
SiambanTrainer *run_make_trainer (SiambanConfig *config, const char *folder, const char *name);

/* Trains to the end; fails the test when that fails. */
void run_train (SiambanTrainer *trainer);

/* Digest of every weight, buffer and counter. */
char *run_digest (SiambanTrainer *trainer);

/* Text of a file of a run. */
char *run_read (const char *folder, const char *name, const char *file);

G_END_DECLS
