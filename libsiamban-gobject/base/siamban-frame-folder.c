/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-frame-folder-private.h"

#include <string.h>

#include "siamban-error.h"

static const char *const image_suffixes[] = { ".jpg", ".jpeg", ".png", ".bmp" };
static const char *const image_folders[] = { "img", "imgs", "color" };
static const char *const ground_truth_names[] = { "groundtruth.txt", "groundtruth_rect.txt" };

static gboolean
has_suffix_ignoring_case (const char *name, const char *suffix)
{
  const gsize name_length = strlen (name);
  const gsize suffix_length = strlen (suffix);

  return name_length > suffix_length &&
         g_ascii_strcasecmp (name + name_length - suffix_length, suffix) == 0;
}

static gboolean
is_file_with_suffix (const char *path, const char *const *suffixes, gsize n_suffixes)
{
  for (gsize i = 0; i < n_suffixes; i++)
    if (has_suffix_ignoring_case (path, suffixes[i]))
      return g_file_test (path, G_FILE_TEST_IS_REGULAR);

  return FALSE;
}

static gboolean
is_image (const char *path)
{
  return is_file_with_suffix (path, image_suffixes, G_N_ELEMENTS (image_suffixes));
}

static gboolean
is_text (const char *path)
{
  static const char *const suffixes[] = { ".txt" };

  return is_file_with_suffix (path, suffixes, G_N_ELEMENTS (suffixes));
}

/* groundtruth.1.txt or groundtruth_rect.1.txt */
static gboolean
is_numbered_ground_truth (const char *path)
{
  static const char *const stems[] = { "groundtruth.", "groundtruth_rect." };
  g_autofree char *name = g_path_get_basename (path);

  for (gsize i = 0; i < G_N_ELEMENTS (stems); i++)
    if (g_str_has_prefix (name, stems[i]))
      {
        const char *number = name + strlen (stems[i]);
        const gsize n_digits = strspn (number, "0123456789");

        if (n_digits > 0 && strcmp (number + n_digits, ".txt") == 0)
          return g_file_test (path, G_FILE_TEST_IS_REGULAR);
      }

  return FALSE;
}

int
_siamban_compare_natural (const char *a, const char *b)
{
  while (*a != '\0' && *b != '\0')
    {
      if (g_ascii_isdigit (*a) && g_ascii_isdigit (*b))
        {
          gsize a_digits, b_digits;
          int order;

          a += strspn (a, "0");
          b += strspn (b, "0");
          a_digits = strspn (a, "0123456789");
          b_digits = strspn (b, "0123456789");
          if (a_digits != b_digits)
            return a_digits < b_digits ? -1 : 1;

          order = strncmp (a, b, a_digits);
          if (order != 0)
            return order;

          a += a_digits;
          b += b_digits;
        }
      else if (*a != *b)
        return (guchar) *a < (guchar) *b ? -1 : 1;
      else
        {
          a++;
          b++;
        }
    }

  return (*a != '\0') - (*b != '\0');
}

static int
compare_paths_cb (gconstpointer a, gconstpointer b)
{
  const char *left = *(const char *const *) a;
  const char *right = *(const char *const *) b;
  const int order = _siamban_compare_natural (left, right);

  /* 1.jpg and 01.jpg are equal in natural order, and must still come in the same order always. */
  return order != 0 ? order : strcmp (left, right);
}

GPtrArray *
_siamban_list_folder (const char *folder, gboolean (*wanted) (const char *path), GError **error)
{
  g_autoptr (GError) open_error = NULL;
  g_autoptr (GDir) dir = g_dir_open (folder, 0, &open_error);
  g_autoptr (GPtrArray) paths = NULL;
  const char *name;

  if (dir == NULL)
    {
      g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_IO, "Cannot read the folder: %s",
                   open_error->message);
      return NULL;
    }

  paths = g_ptr_array_new_with_free_func (g_free);
  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);

      /* Hidden files are other programs' notes, as the ._1.jpg of macOS. */
      if (name[0] != '.' && wanted (path))
        g_ptr_array_add (paths, g_steal_pointer (&path));
    }
  g_ptr_array_sort (paths, compare_paths_cb);

  return g_steal_pointer (&paths);
}

static GPtrArray *
find_ground_truth (const char *folder)
{
  g_autoptr (GPtrArray) numbered = NULL;
  g_autoptr (GPtrArray) texts = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (ground_truth_names); i++)
    {
      g_autofree char *path = g_build_filename (folder, ground_truth_names[i], NULL);

      if (g_file_test (path, G_FILE_TEST_IS_REGULAR))
        {
          GPtrArray *found = g_ptr_array_new_with_free_func (g_free);

          g_ptr_array_add (found, g_steal_pointer (&path));

          return found;
        }
    }

  /* The folder could be read a moment ago; whatever hides its files now hides the ground truth. */
  numbered = _siamban_list_folder (folder, is_numbered_ground_truth, NULL);
  if (numbered != NULL && numbered->len > 0)
    return g_steal_pointer (&numbered);
  texts = _siamban_list_folder (folder, is_text, NULL);

  return texts != NULL && texts->len == 1 ? g_steal_pointer (&texts)
                                          : g_ptr_array_new_with_free_func (g_free);
}

SiambanFrameFolder *
_siamban_frame_folder_scan (const char *folder, GError **error)
{
  g_autoptr (SiambanFrameFolder) self = g_new0 (SiambanFrameFolder, 1);
  g_autofree char *canonical = g_canonicalize_filename (folder, NULL);
  g_autofree char *name = g_path_get_basename (canonical);

  self->folder = g_strdup (folder);
  self->name = g_utf8_make_valid (name, -1);
  self->frames = _siamban_list_folder (folder, is_image, error);
  if (self->frames == NULL)
    return NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (image_folders) && self->frames->len == 0; i++)
    {
      g_autofree char *path = g_build_filename (folder, image_folders[i], NULL);

      if (!g_file_test (path, G_FILE_TEST_IS_DIR))
        continue;

      g_clear_pointer (&self->frames, g_ptr_array_unref);
      self->frames = _siamban_list_folder (path, is_image, error);
      if (self->frames == NULL)
        return NULL;
    }

  self->ground_truth_paths = find_ground_truth (folder);

  return g_steal_pointer (&self);
}

void
_siamban_frame_folder_free (SiambanFrameFolder *self)
{
  g_free (self->folder);
  g_free (self->name);
  g_clear_pointer (&self->frames, g_ptr_array_unref);
  g_clear_pointer (&self->ground_truth_paths, g_ptr_array_unref);
  g_free (self);
}
