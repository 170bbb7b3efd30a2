/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "siamban-lanes-private.h"

/* The transforms of one axis. Each reads numbers a distance apart and writes them a distance apart.
 * Four functions have their transposes beside them, which gradients go through. */

#if SIAMBAN_TILE == 4

/* F(4, 3), of the points 0, ±A, ±B and infinity. Of the points whose transforms of data have only
 * factors that are exact, these round least: a third of what 0, ±1, ±2 do. */
#define A (3.f / 4)
#define B (3.f / 2)
#define AA (A * A)
#define BB (B * B)
/* 1 / of the products of a point's distances to the others */
#define SCALE_0 (1 / (AA * BB))
#define SCALE_A (1 / (2 * AA * (AA - BB)))
#define SCALE_B (1 / (2 * BB * (BB - AA)))

/* 6 numbers of the input to 6 */
ALWAYS_INLINE void
transform_input (const Lanes *i, gsize s, Lanes *o, gsize q)
{
  const Lanes a = i[4 * s] - BB * i[2 * s], b = A * (i[3 * s] - BB * i[s]);
  const Lanes c = i[4 * s] - AA * i[2 * s], d = B * (i[3 * s] - AA * i[s]);

  o[0] = AA * BB * i[0] - (AA + BB) * i[2 * s] + i[4 * s];
  o[q] = a + b;
  o[2 * q] = a - b;
  o[3 * q] = c + d;
  o[4 * q] = c - d;
  o[5 * q] = AA * BB * i[s] - (AA + BB) * i[3 * s] + i[5 * s];
}

/* 6 products to 4 results */
ALWAYS_INLINE void
transform_output (const Lanes *i, gsize s, Lanes *o, gsize q)
{
  const Lanes a = i[s] + i[2 * s], b = i[s] - i[2 * s];
  const Lanes c = i[3 * s] + i[4 * s], d = i[3 * s] - i[4 * s];

  o[0] = i[0] + a + c;
  o[q] = A * b + B * d;
  o[2 * q] = AA * a + BB * c;
  o[3 * q] = AA * A * b + BB * B * d + i[5 * s];
}

/* 4 gradients of results to those of 6 products: the transpose of transform_output() */
ALWAYS_INLINE void
transform_output_back (const Lanes *i, gsize s, Lanes *o, gsize q)
{
  const Lanes a = i[0] + AA * i[2 * s], b = A * (i[s] + AA * i[3 * s]);
  const Lanes c = i[0] + BB * i[2 * s], d = B * (i[s] + BB * i[3 * s]);

  o[0] = i[0];
  o[q] = a + b;
  o[2 * q] = a - b;
  o[3 * q] = c + d;
  o[4 * q] = c - d;
  o[5 * q] = i[3 * s];
}

/* The transpose of transform_input() */
ALWAYS_INLINE void
transform_input_back (const Lanes *i, gsize s, Lanes *o, gsize q)
{
  const Lanes a = i[s] + i[2 * s], b = A * (i[s] - i[2 * s]);
  const Lanes c = i[3 * s] + i[4 * s], d = B * (i[3 * s] - i[4 * s]);

  o[0] = AA * BB * i[0];
  o[q] = AA * BB * i[5 * s] - BB * b - AA * d;
  o[2 * q] = -(AA + BB) * i[0] - BB * a - AA * c;
  o[3 * q] = b + d - (AA + BB) * i[5 * s];
  o[4 * q] = i[0] + a + c;
  o[5 * q] = i[5 * s];
}

/* 3 weights to 6 */
ALWAYS_INLINE void
transform_weights (const Lanes *i, gsize s, Lanes *o, gsize q)
{
  const Lanes a = SCALE_A * i[0] + SCALE_A * AA * i[2 * s], b = SCALE_A * A * i[s];
  const Lanes c = SCALE_B * i[0] + SCALE_B * BB * i[2 * s], d = SCALE_B * B * i[s];

  o[0] = SCALE_0 * i[0];
  o[q] = a + b;
  o[2 * q] = a - b;
  o[3 * q] = c + d;
  o[4 * q] = c - d;
  o[5 * q] = i[2 * s];
}

/* The transpose of transform_weights() */
ALWAYS_INLINE void
transform_weights_back (const Lanes *i, gsize s, Lanes *o, gsize q)
{
  const Lanes a = SCALE_A * (i[s] + i[2 * s]), b = SCALE_A * A * (i[s] - i[2 * s]);
  const Lanes c = SCALE_B * (i[3 * s] + i[4 * s]), d = SCALE_B * B * (i[3 * s] - i[4 * s]);

  o[0] = SCALE_0 * i[0] + a + c;
  o[q] = b + d;
  o[2 * q] = AA * a + BB * c + i[5 * s];
}

#else

/* F(2, 3), of the points 0, ±1 and infinity. */

/* 4 numbers of the input to 4 */
ALWAYS_INLINE void
transform_input (const Lanes *i, gsize s, Lanes *o, gsize q)
{
  o[0] = i[0] - i[2 * s];
  o[q] = i[s] + i[2 * s];
  o[2 * q] = i[2 * s] - i[s];
  o[3 * q] = i[3 * s] - i[s];
}

/* 4 products to 2 results */
ALWAYS_INLINE void
transform_output (const Lanes *i, gsize s, Lanes *o, gsize q)
{
  o[0] = i[0] + i[s] + i[2 * s];
  o[q] = i[s] - i[2 * s] + i[3 * s];
}

/* 2 gradients of results to those of 4 products: the transpose of transform_output() */
ALWAYS_INLINE void
transform_output_back (const Lanes *i, gsize s, Lanes *o, gsize q)
{
  o[0] = i[0];
  o[q] = i[0] + i[s];
  o[2 * q] = i[0] - i[s];
  o[3 * q] = i[s];
}

/* The transpose of transform_input() */
ALWAYS_INLINE void
transform_input_back (const Lanes *i, gsize s, Lanes *o, gsize q)
{
  o[0] = i[0];
  o[q] = i[s] - i[2 * s] - i[3 * s];
  o[2 * q] = i[s] + i[2 * s] - i[0];
  o[3 * q] = i[3 * s];
}

/* 3 weights to 4 */
ALWAYS_INLINE void
transform_weights (const Lanes *i, gsize s, Lanes *o, gsize q)
{
  const Lanes a = (i[0] + i[2 * s]) * .5f, b = i[s] * .5f;

  o[0] = i[0];
  o[q] = a + b;
  o[2 * q] = a - b;
  o[3 * q] = i[2 * s];
}

/* The transpose of transform_weights() */
ALWAYS_INLINE void
transform_weights_back (const Lanes *i, gsize s, Lanes *o, gsize q)
{
  const Lanes a = (i[s] + i[2 * s]) * .5f;

  o[0] = i[0] + a;
  o[q] = (i[s] - i[2 * s]) * .5f;
  o[2 * q] = a + i[3 * s];
}

#endif
