/* SPDX-License-Identifier: Apache-2.0 */
#include "golden.h"

#include <math.h>
#include <string.h>

char *
golden_path (const char *file_name)
{
  const char *folder = g_getenv ("SIAMBAN_GOLDEN");

  if (folder == NULL)
    g_error ("SIAMBAN_GOLDEN does not name the folder of the golden numbers");

  return g_build_filename (folder, file_name, NULL);
}

Golden *
golden_load (const char *name)
{
  Golden *self = g_new0 (Golden, 1);
  g_autofree char *json_name = g_strconcat (name, ".json", NULL);
  g_autofree char *json_path = golden_path (json_name);
  g_autoptr (GError) error = NULL;

  self->parser = json_parser_new ();
  json_parser_load_from_file (self->parser, json_path, &error);
  g_assert_no_error (error);
  self->root = json_node_get_object (json_parser_get_root (self->parser));

  if (json_object_has_member (self->root, "bin"))
    {
      g_autofree char *path = golden_path (json_object_get_string_member (self->root, "bin"));

      self->data = g_mapped_file_new (path, FALSE, &error);
      g_assert_no_error (error);
    }

  return self;
}

void
golden_free (Golden *self)
{
  g_clear_pointer (&self->data, g_mapped_file_unref);
  g_clear_object (&self->parser);
  g_free (self);
}

gconstpointer
golden_tensor (Golden *self, const char *key, const char *dtype, gsize *n_elements)
{
  JsonObject *tensors = json_object_get_object_member (self->root, "tensors");
  JsonObject *tensor;
  JsonArray *shape;
  gsize offset, n_bytes, n = 1;

  if (!json_object_has_member (tensors, key))
    g_error ("The golden set has no tensor “%s”", key);
  tensor = json_object_get_object_member (tensors, key);
  g_assert_cmpstr (json_object_get_string_member (tensor, "dtype"), ==, dtype);

  offset = (gsize) json_object_get_int_member (tensor, "offset");
  n_bytes = (gsize) json_object_get_int_member (tensor, "nbytes");
  g_assert_cmpuint (offset + n_bytes, <=, g_mapped_file_get_length (self->data));

  shape = json_object_get_array_member (tensor, "shape");
  for (guint i = 0; i < json_array_get_length (shape); i++)
    n *= (gsize) json_array_get_int_element (shape, i);
  if (n_elements != NULL)
    *n_elements = n;

  return g_mapped_file_get_contents (self->data) + offset;
}

double
golden_number (JsonNode *node)
{
  if (JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == G_TYPE_STRING)
    return g_ascii_strtod (json_node_get_string (node), NULL);

  return json_node_get_double (node);
}

double
golden_member (JsonObject *object, const char *member)
{
  JsonNode *node = json_object_get_member (object, member);

  if (node == NULL)
    g_error ("The golden set has no member “%s” here", member);

  return golden_number (node);
}

static guint64
fnv1a (const char *text)
{
  guint64 hash = G_GUINT64_CONSTANT (0xcbf29ce484222325);

  for (; *text != '\0'; text++)
    hash = (hash ^ (guint8) *text) * G_GUINT64_CONSTANT (0x100000001b3);

  return hash;
}

static guint64
mix (guint64 z)
{
  z = (z ^ (z >> 30)) * G_GUINT64_CONSTANT (0xBF58476D1CE4E5B9);
  z = (z ^ (z >> 27)) * G_GUINT64_CONSTANT (0x94D049BB133111EB);

  return z ^ (z >> 31);
}

static guint64
bits_of_hash (guint64 hash, guint64 i)
{
  return mix (hash + i * G_GUINT64_CONSTANT (0x9E3779B97F4A7C15));
}

static double
unit_of_hash (guint64 hash, guint64 i)
{
  return (double) (bits_of_hash (hash, i) >> 40) / 16777216.0;
}

guint64
golden_bits (const char *name, guint64 i)
{
  return bits_of_hash (fnv1a (name), i);
}

double
golden_unit (const char *name, guint64 i)
{
  return unit_of_hash (fnv1a (name), i);
}

double
golden_projection_f64 (const char *key, const double *values, gsize n_values)
{
  g_autofree char *name = g_strconcat ("proj.", key, NULL);
  const guint64 hash = fnv1a (name);
  double sum = 0;

  for (gsize i = 0; i < n_values; i++)
    sum += values[i] * (2 * unit_of_hash (hash, i) - 1);

  return sum;
}

double
golden_projection (const char *key, const float *values, gsize n_values)
{
  g_autofree char *name = g_strconcat ("proj.", key, NULL);
  const guint64 hash = fnv1a (name);
  double sum = 0;

  for (gsize i = 0; i < n_values; i++)
    sum += (double) values[i] * (2 * unit_of_hash (hash, i) - 1);

  return sum;
}

double
golden_norm (const float *values, gsize n_values)
{
  double sum = 0;

  for (gsize i = 0; i < n_values; i++)
    sum += (double) values[i] * values[i];

  return sqrt (sum);
}

/* The table of GOLDEN.md section 1, in its order. */
static void
weight_rule (const char *name, const gint64 *shape, gsize n_dims, double *offset, double *amplitude)
{
  const gboolean in_box = g_str_has_prefix (name, "head.box");

  if (in_box && g_str_has_suffix (name, ".head.3.weight"))
    *offset = 0, *amplitude = 0.0625;
  else if (in_box && g_str_has_suffix (name, ".cls.head.3.bias"))
    *offset = 0, *amplitude = 0.1;
  else if (in_box && g_str_has_suffix (name, ".loc.head.3.bias"))
    *offset = 3.5, *amplitude = 0.1;
  else if (g_str_equal (name, "head.cls_weight") || g_str_equal (name, "head.loc_weight") ||
           g_str_equal (name, "head.loc_scale"))
    *offset = 1, *amplitude = 0.1;
  else if (g_str_has_suffix (name, ".running_mean"))
    *offset = 0, *amplitude = 0.1;
  else if (g_str_equal (name, "backbone.bn1.running_var"))
    *offset = 2048, *amplitude = 1024;
  else if (in_box && g_str_has_suffix (name, ".head.1.running_var"))
    *offset = 8192, *amplitude = 4096;
  else if (g_str_has_suffix (name, ".running_var"))
    *offset = 1, *amplitude = 0.5;
  else if (n_dims == 4)
    *offset = 0, *amplitude = sqrt (6.0 / (double) (shape[0] * shape[2] * shape[3]));
  else if (g_str_has_prefix (name, "backbone.layer") && g_str_has_suffix (name, ".bn3.weight"))
    *offset = 0.2, *amplitude = 0.1 * 0.2;
  else if (g_str_has_suffix (name, ".weight"))
    *offset = 1, *amplitude = 0.1;
  else
    *offset = 0, *amplitude = 0.05;
}

void
golden_fill_weight (const char *prefix,
                    const char *name,
                    const gint64 *shape,
                    gsize n_dims,
                    float *values)
{
  g_autofree char *full_name = g_strconcat (prefix, name, NULL);
  const guint64 hash = fnv1a (full_name);
  double offset, amplitude;
  gsize n = 1;

  for (gsize i = 0; i < n_dims; i++)
    n *= (gsize) shape[i];
  weight_rule (name, shape, n_dims, &offset, &amplitude);
  for (gsize i = 0; i < n; i++)
    values[i] = (float) (offset + amplitude * (2 * unit_of_hash (hash, i) - 1));
}

void
golden_fill_noise (const char *name, float *values, gsize n_values)
{
  const guint64 hash = fnv1a (name);

  for (gsize i = 0; i < n_values; i++)
    values[i] = (float) floor (unit_of_hash (hash, i) * 256);
}

static int
triangle (int n)
{
  return ABS ((n & 511) - 256);
}

guint8 *
golden_pattern (const char *name, int height, int width)
{
  const guint64 hash = fnv1a (name);
  guint8 *pixels = g_malloc ((gsize) height * (gsize) width * 3);

  for (int y = 0; y < height; y++)
    for (int x = 0; x < width; x++)
      for (int c = 0; c < 3; c++)
        {
          const guint64 i = ((guint64) y * (guint64) width + (guint64) x) * 3 + (guint64) c;
          int v = (triangle (3 * x + 2 * y + 97 * c) + triangle (5 * y - 2 * x + 31 * c + 4096)) >>
                  2;

          v += (int) (bits_of_hash (hash, i) >> 56) & 63;
          if (((x >> 5) + (y >> 5) + c) & 1)
            v += 48;
          pixels[i] = (guint8) MIN (v, 255);
        }

  return pixels;
}

static int
floor_half (int n)
{
  return n >= 0 ? n / 2 : -((1 - n) / 2);
}

guint8 *
golden_frame (const char *name, int height, int width, int cx, int cy, int bw, int bh)
{
  guint8 *pixels = golden_pattern (name, height, width);
  const int x0 = cx - floor_half (bw), y0 = cy - floor_half (bh);

  for (int y = 0; y < height; y++)
    for (int x = 0; x < width; x++)
      for (int c = 0; c < 3; c++)
        {
          guint8 *pixel = &pixels[(y * width + x) * 3 + c];

          if (x >= x0 && x < x0 + bw && y >= y0 && y < y0 + bh)
            *pixel = (guint8) (140 + 30 * c + 50 * ((((x - x0) >> 3) + ((y - y0) >> 3)) & 1));
          else
            *pixel >>= 1;
        }

  return pixels;
}

char *
golden_crc32 (gconstpointer data, gsize size)
{
  const guint8 *bytes = data;
  guint32 crc = 0xffffffff;

  for (gsize i = 0; i < size; i++)
    {
      crc ^= bytes[i];
      for (guint bit = 0; bit < 8; bit++)
        crc = (crc >> 1) ^ (0xedb88320u & -(crc & 1));
    }

  return g_strdup_printf ("%08x", crc ^ 0xffffffff);
}
