/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/* One set of golden numbers, `NAME.json` with `NAME.bin`, of the folder in SIAMBAN_GOLDEN.
 * The format and the generators below are those of GOLDEN.md. */
typedef struct
{
  JsonParser *parser;
  JsonObject *root;
  GMappedFile *data;
} Golden;

Golden *golden_load (const char *name);
void golden_free (Golden *self);
char *golden_path (const char *file_name);

/* The raw numbers of one tensor; fails the test when it is absent or of another dtype. */
gconstpointer golden_tensor (Golden *self, const char *key, const char *dtype, gsize *n_elements);

/* A number, also the strings "nan", "inf" and "-inf". */
double golden_number (JsonNode *node);
double golden_member (JsonObject *object, const char *member);

guint64 golden_bits (const char *name, guint64 i);
double golden_unit (const char *name, guint64 i);
double golden_projection (const char *key, const float *values, gsize n_values);
double golden_projection_f64 (const char *key, const double *values, gsize n_values);
double golden_norm (const float *values, gsize n_values);

/* The value of a weight or buffer: @n_dims and @shape pick the rule, @prefix is the set's weight_prefix. */
void golden_fill_weight (const char *prefix,
                         const char *name,
                         const gint64 *shape,
                         gsize n_dims,
                         float *values);

/* Noise input of the forward set: whole numbers 0 … 255. */
void golden_fill_noise (const char *name, float *values, gsize n_values);

/* Images, height × width × BGR. */
guint8 *golden_pattern (const char *name, int height, int width);
guint8 *golden_frame (const char *name, int height, int width, int cx, int cy, int bw, int bh);

/* CRC-32 as zlib computes it, eight hexadecimal digits. */
char *golden_crc32 (gconstpointer data, gsize size);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Golden, golden_free)

G_END_DECLS
