/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-synth-private.h"

#include <math.h>

static SynthColor
color_from_hsv (double hue, double saturation, double value)
{
  SynthColor color;

  /* Blue, green and red are a third of the circle apart. */
  for (guint c = 0; c < 3; c++)
    {
      const double turns = hue + (2 - (double) c) * 2.0 / 3.0;
      const double ramp = fabs ((turns - floor (turns)) * 6 - 3) - 1;

      color.bgr[c] = (float) (255 * value * (1 - saturation * (1 - CLAMP (ramp, 0, 1))));
    }

  return color;
}

/* Two to five colours; how far apart their hues lie is drawn too, so that there are garish, gentle
 * and grey ones. */
SynthPalette
_siamban_synth_palette (SiambanRandom *random)
{
  const double hue = _siamban_random_uniform (random);
  const double hue_range = _siamban_synth_chance (random, 0.4) ? 1 : 0.15;
  const double saturation = _siamban_synth_chance (random, 0.25)
                                ? 0.08
                                : _siamban_synth_between (random, 0.15, 0.95);
  const double darkest = _siamban_synth_between (random, 0.05, 0.5);
  const double brightest = _siamban_synth_between (random, darkest + 0.25, 1);
  SynthPalette palette = { .n_colors = 2 + _siamban_random_below (random, SYNTH_MAX_COLORS - 1) };

  for (guint i = 0; i < palette.n_colors; i++)
    palette.colors[i] = color_from_hsv (hue + hue_range * (_siamban_random_uniform (random) - 0.5),
                                        saturation * _siamban_synth_between (random, 0.5, 1),
                                        _siamban_synth_between (random, darkest, brightest));

  /* Two tones far apart, or the pattern could not be seen. */
  palette.colors[0] = color_from_hsv (hue, saturation, darkest);
  palette.colors[1] = color_from_hsv (hue + hue_range * _siamban_random_uniform (random),
                                      saturation * 0.8, brightest);

  return palette;
}

SynthPalette
_siamban_synth_palette_near (SiambanRandom *random, const SynthPalette *other, double distance)
{
  SynthPalette palette = *other;
  float shift[3];

  for (guint c = 0; c < 3; c++)
    shift[c] = (float) (distance * _siamban_synth_between (random, -255, 255));
  for (guint i = 0; i < palette.n_colors; i++)
    for (guint c = 0; c < 3; c++)
      palette.colors[i].bgr[c] = CLAMP (palette.colors[i].bgr[c] + shift[c], 0, 255);

  return palette;
}

static void
color_pixel (const SynthPalette *palette, float tone, float light, guint8 *pixel)
{
  const float position = tone * (float) (palette->n_colors - 1);
  const guint i = MIN ((guint) position, palette->n_colors - 2);
  const float share = position - (float) i;

  for (guint c = 0; c < 3; c++)
    {
      const float low = palette->colors[i].bgr[c], high = palette->colors[i + 1].bgr[c];
      const float value = (low + (high - low) * share) * light;

      pixel[c] = (guint8) CLAMP (value, 0, 255);
    }
  pixel[3] = 0;
}

static void
halve (const guint8 *from, guint8 *to, guint size)
{
  for (guint y = 0; y < size; y++)
    for (guint x = 0; x < size; x++)
      {
        const guint8 *upper = from + ((gsize) 2 * y * 2 * size + 2 * x) * 4;
        const guint8 *lower = upper + (gsize) 2 * size * 4;

        for (guint c = 0; c < 4; c++)
          *to++ = (guint8) ((upper[c] + upper[c + 4] + lower[c] + lower[c + 4] + 2) / 4);
      }
}

static void
make_levels (SynthTexture *self)
{
  for (guint level = 1; level < self->n_levels; level++)
    {
      const guint size = 1u << (self->log2_size - level);

      self->levels[level] = g_malloc ((gsize) size * size * 4);
      halve (self->levels[level - 1], self->levels[level], size);
    }
}

/* One pattern, or two of them parted by noise, under fine irregularities of brightness. */
SynthTexture *
_siamban_synth_texture_new (SiambanRandom *random, guint log2_size, const SynthPalette *palette)
{
  const guint size = 1u << log2_size;
  const gsize n_pixels = (gsize) size * size;
  SynthTexture *self = g_new0 (SynthTexture, 1);
  g_autofree float *tones = g_new (float, n_pixels);
  g_autofree float *other = g_new (float, n_pixels);
  const float roughness = (float) _siamban_synth_between (random, 0.05, 0.5);
  const float contrast = (float) _siamban_synth_between (random, 0.35, 1);

  self->log2_size = log2_size;
  self->n_levels = MIN (log2_size - 1, SYNTH_MAX_LEVELS);
  self->levels[0] = g_malloc (n_pixels * 4);

  _siamban_synth_field (random, tones, size);
  if (_siamban_synth_chance (random, 0.4))
    {
      g_autofree float *mask = g_new (float, n_pixels);

      _siamban_synth_field (random, other, size);
      _siamban_synth_noise (random, mask, size, 2, 3, 0.5);
      for (gsize i = 0; i < n_pixels; i++)
        tones[i] = mask[i] > 0.5f ? 1 - other[i] : tones[i];
    }

  _siamban_synth_noise (random, other, size, size / 16, 4, 0.7);
  for (gsize i = 0; i < n_pixels; i++)
    color_pixel (palette, tones[i] * contrast, 1 + roughness * (other[i] - 0.5f),
                 self->levels[0] + 4 * i);
  make_levels (self);

  return self;
}

void
_siamban_synth_texture_free (SynthTexture *self)
{
  if (self == NULL)
    return;

  for (guint level = 0; level < self->n_levels; level++)
    g_free (self->levels[level]);
  g_free (self);
}
