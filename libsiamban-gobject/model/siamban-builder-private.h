/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "siamban-graph.h"

G_BEGIN_DECLS

/* As many as a level sum takes. */
#define SIAMBAN_MAX_LEVELS 8

/* A feature map on its way through the network. A value of 0 is one that this graph does not
 * compute (the search image in a graph of the template, anything while parameters are declared):
 * operations on it add nothing, but count its channels on. */
typedef struct
{
  guint value;
  guint n_channels;
} SiambanFeature;

typedef struct
{
  SiambanFeature levels[SIAMBAN_MAX_LEVELS];
  guint n_levels;
} SiambanFeatures;

typedef enum
{
  SIAMBAN_INIT_CONSTANT, /* scale */
  SIAMBAN_INIT_NORMAL,   /* N(0, scale) */
  SIAMBAN_INIT_UNIFORM,  /* U(-scale, scale) */
} SiambanInitKind;

/* How a parameter begins, by its index. */
typedef struct
{
  SiambanInitKind kind;
  double scale;
} SiambanInit;

/* What the original writes as Conv2d; what is 0 has that class's default. */
typedef struct
{
  guint n_out;
  guint size;
  guint stride;
  guint padding;
  guint dilation;
  guint n_groups;
  gboolean bias;
  gboolean fan_out; /* begins as N(0, 2 / (size² · n_out)) instead of U(±1 / √fan_in) */
} SiambanConvolution;

typedef enum
{
  SIAMBAN_KWARG_INT,
  SIAMBAN_KWARG_INTS,
  SIAMBAN_KWARG_DOUBLE,
  SIAMBAN_KWARG_BOOLEAN,
} SiambanKwargType;

typedef struct
{
  const char *name;
  SiambanKwargType type;
} SiambanKwarg;

/* One walk through the network. With @inits it declares parameters, with @graph it adds
 * operations: both from the same lines of code, so that they cannot differ. */
typedef struct
{
  SiambanWeights *weights;
  GArray *inits; /* of SiambanInit */
  SiambanGraph *graph;
  GString *path;      /* of the module, such as backbone.layer1.0 */
  const char *branch; /* z for the template, x for the search image */
  gboolean training;

  GPtrArray *template_names;    /* filled while parameters are declared */
  SiambanGraph *template_graph; /* knows the shapes of the template's features */
  gboolean keeps_template;      /* the template's features are outputs */

  GError *error;
} SiambanBuilder;

void _siamban_builder_init (SiambanBuilder *self, SiambanWeights *weights);
void _siamban_builder_clear (SiambanBuilder *self);

/* Only the first failure is kept; the walk goes on. */
void _siamban_builder_fail (SiambanBuilder *self, const char *key, const char *format, ...)
    G_GNUC_PRINTF (3, 4);

/* Names and types of parameters; @known ends with one without a name. */
void _siamban_builder_check_kwargs (SiambanBuilder *self,
                                    const char *key,
                                    GVariant *kwargs,
                                    const SiambanKwarg *known);

/* Going into a module returns what leaving it takes. */
gsize _siamban_builder_enter (SiambanBuilder *self, const char *module);
void _siamban_builder_leave (SiambanBuilder *self, gsize outer);

SiambanFeature _siamban_builder_convolution (SiambanBuilder *self,
                                             SiambanFeature x,
                                             const char *module,
                                             const SiambanConvolution *convolution);
SiambanFeature
_siamban_builder_batch_norm (SiambanBuilder *self, SiambanFeature x, const char *module);
SiambanFeature _siamban_builder_relu (SiambanBuilder *self, SiambanFeature x);
SiambanFeature _siamban_builder_relu6 (SiambanBuilder *self, SiambanFeature x);
SiambanFeature _siamban_builder_max_pool (SiambanBuilder *self,
                                          SiambanFeature x,
                                          guint size,
                                          guint stride,
                                          guint padding);
SiambanFeature _siamban_builder_add (SiambanBuilder *self, SiambanFeature a, SiambanFeature b);
SiambanFeature _siamban_builder_crop (SiambanBuilder *self,
                                      SiambanFeature x,
                                      guint top,
                                      guint left,
                                      guint height,
                                      guint width);
SiambanFeature _siamban_builder_xcorr_depthwise (SiambanBuilder *self,
                                                 SiambanFeature search,
                                                 SiambanFeature kernel);
SiambanFeature
_siamban_builder_xcorr (SiambanBuilder *self, SiambanFeature search, SiambanFeature kernel);

/* A learnt list of @n ones, a parameter of the module itself. */
void _siamban_builder_ones (SiambanBuilder *self, const char *name, guint n);
SiambanFeature
_siamban_builder_exp_scale (SiambanBuilder *self, SiambanFeature x, const char *scale, guint index);
/* The plain mean if @weight is NULL. */
SiambanFeature _siamban_builder_level_sum (SiambanBuilder *self,
                                           const SiambanFeatures *levels,
                                           const char *weight);

void _siamban_builder_set_name (SiambanBuilder *self, SiambanFeature x, const char *format, ...)
    G_GNUC_PRINTF (3, 4);

/* Where the template's branch ends and the search's goes on: @kernel itself, or in a graph of the
 * search image alone an input of the same name and shape. */
SiambanFeature
_siamban_builder_template (SiambanBuilder *self, SiambanFeature kernel, const char *name);

/* Rows and columns of a map, 0 for one that is not computed here. */
guint _siamban_builder_get_height (SiambanBuilder *self, SiambanFeature x);
guint _siamban_builder_get_width (SiambanBuilder *self, SiambanFeature x);

G_END_DECLS
