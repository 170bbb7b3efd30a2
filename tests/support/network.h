/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "siamban.h"

G_BEGIN_DECLS

/* One of the shipped configurations, without its ".yaml". */
SiambanConfig *network_config (const char *name);
SiambanModel *network_new (const char *name);

/* Networks that no shipped configuration has, with what the original says about them. Their
 * weights are filled by network_fill_other(). */
typedef struct
{
  const char *name;
  const char *yaml;
  guint n_entries;      /* of the state_dict, counters too */
  guint64 n_weights;    /* numbers in all parameters */
  const char *checksum; /* CRC-32 of a line "name [shape]" for each entry */
  double cls_norm;
  double cls_projection;
  double loc_norm;
  double loc_projection;
} OtherNetwork;

const OtherNetwork *network_list_others (guint *n);
SiambanModel *network_new_other (const OtherNetwork *other);
void network_fill_other (SiambanWeights *weights);

/* The generator of the golden sets. */
void network_fill_golden (SiambanWeights *weights, const char *prefix);

/* A training step of a program of the whole network: noise for images and labels, and the same rate for
 * all that trains. */
void network_fill_inputs (SiambanProgram *program);
void network_take_step (SiambanProgram *program, double rate);

G_END_DECLS
