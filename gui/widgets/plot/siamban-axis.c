/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-axis-private.h"

#include <math.h>

double
_siamban_axis_to_pixel (const SiambanAxis *self, double value)
{
  double at = value;

  if (self->logarithmic)
    at = value > 0 ? MAX (log10 (value), self->low) : self->low;

  return self->start + (at - self->low) / (self->high - self->low) * (self->end - self->start);
}

double
_siamban_axis_from_pixel (const SiambanAxis *self, double pixel)
{
  const double at = self->low +
                    (pixel - self->start) / (self->end - self->start) * (self->high - self->low);

  return self->logarithmic ? pow (10, at) : at;
}

void
_siamban_axis_widen (SiambanAxis *self)
{
  if (self->low < self->high)
    return;
  if (!isfinite (self->low) || !isfinite (self->high))
    {
      self->low = 0;
      self->high = 1;
      return;
    }

  /* Far from zero one more or less would change nothing. */
  const double half = MAX (1, fabs (self->low) * 1e-9);

  self->low -= half;
  self->high += half;
}

double
_siamban_axis_step (double low, double high, guint n_steps)
{
  const double rough = (high - low) / MAX (n_steps, 1);
  const double power = pow (10, floor (log10 (rough)));

  if (!(rough > 0) || !isfinite (power))
    return 1;
  if (rough <= power)
    return power;
  if (rough <= 2 * power)
    return 2 * power;

  return rough <= 5 * power ? 5 * power : 10 * power;
}

void
_siamban_axis_zoom (double *low, double *high, double fixed, double factor)
{
  *low = fixed - (fixed - *low) * factor;
  *high = fixed + (*high - fixed) * factor;
}

void
_siamban_axis_pan (double *low, double *high, double distance, double first, double last)
{
  const double allowed = CLAMP (distance, MIN (first - *low, 0), MAX (last - *high, 0));

  *low += allowed;
  *high += allowed;
}
