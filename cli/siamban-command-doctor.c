/* SPDX-License-Identifier: Apache-2.0 */
#include <glib/gstdio.h>
#include <string.h>

#include "siamban-cli.h"

/* Less than a few checkpoints of the largest network. */
#define LITTLE_SPACE (G_GUINT64_CONSTANT (2) << 30)
#define SIDE 64

typedef enum
{
  CHECK_OK,
  CHECK_WARNING, /* something is missing that training does not need */
  CHECK_FAILED,
} CheckStatus;

static const char *const status_names[] = { "ok", "warning", "failed" };

typedef struct
{
  const char *folder;
  GPtrArray *rows; /* of GStrv: status, what, detail */
  guint n_failed;
} Doctor;

static void
report (Doctor *self, CheckStatus status, const char *what, const char *detail)
{
  char **cells = g_new0 (char *, 4);

  cells[0] = g_strdup (status_names[status]);
  cells[1] = g_strdup (what);
  cells[2] = g_strdup (detail);
  g_ptr_array_add (self->rows, cells);
  self->n_failed += status == CHECK_FAILED;
}

static void
check_versions (Doctor *self)
{
  g_autofree char *glib = g_strdup_printf (
      "%u.%u.%u, built with %u.%u.%u", glib_major_version, glib_minor_version, glib_micro_version,
      GLIB_MAJOR_VERSION, GLIB_MINOR_VERSION, GLIB_MICRO_VERSION);
  g_autofree char *processors = g_strdup_printf ("%u", g_get_num_processors ());

  report (self, CHECK_OK, "siamban", SIAMBAN_VERSION);
  report (self, CHECK_OK, "GLib", glib);
  report (self, CHECK_OK, "processors", processors);
}

static void
check_engines (Doctor *self)
{
  GListModel *engines = siamban_engine_list ();

  for (guint i = 0; i < g_list_model_get_n_items (engines); i++)
    {
      g_autoptr (SiambanEngine) engine = g_list_model_get_item (engines, i);
      g_autofree char *what = g_strdup_printf ("engine %s", siamban_engine_get_name (engine));
      g_autoptr (GError) reason = NULL;

      if (siamban_engine_probe (engine, &reason))
        report (self, CHECK_OK, what, siamban_engine_get_description (engine));
      else
        report (self, CHECK_WARNING, what, reason->message);
    }
}

/* Negative numbers become 0, others stay. */
static gboolean
compute_relu (SiambanDevice *device, GError **error)
{
  const float values[] = { -1, 2, -3, 4 };
  const gint64 shape[] = { 1, 1, 2, 2 };
  g_autoptr (GBytes) bytes = g_bytes_new (values, sizeof values);
  g_autoptr (SiambanTensor) x = siamban_tensor_new (SIAMBAN_DTYPE_FLOAT32, shape, 4, bytes, NULL);
  g_autoptr (SiambanWeights) weights = siamban_weights_new ();
  g_autoptr (SiambanGraph) graph = siamban_graph_new (weights);
  const guint y = siamban_graph_relu (graph, siamban_graph_input (graph, "x", 1, 1, 2, 2));
  g_autoptr (SiambanProgram) program = NULL;
  g_autoptr (SiambanTensor) out = NULL;

  siamban_graph_set_name (graph, y, "y");
  siamban_graph_add_output (graph, y);
  program = siamban_device_compile (device, graph, FALSE, error);
  if (program == NULL || !siamban_program_set_input (program, "x", x, error) ||
      !siamban_program_forward (program, error))
    return FALSE;

  out = siamban_program_get_output (program, "y", error);
  if (out == NULL)
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (values); i++)
    if (siamban_tensor_get_item (out, i) != MAX (values[i], 0))
      {
        g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_FAILED,
                     _ ("The device computes wrong numbers"));
        return FALSE;
      }

  return TRUE;
}

static void
check_device (Doctor *self)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SiambanDevice) device = siamban_device_open (NULL, &error);
  g_autofree char *detail = NULL;

  if (device == NULL || !compute_relu (device, &error))
    {
      report (self, CHECK_FAILED, "device", error->message);
      return;
    }

  detail = g_strdup_printf ("%s, %s", siamban_device_get_id (device),
                            siamban_device_get_name (device));
  report (self, CHECK_OK, "device", detail);
}

static SiambanImage *
make_image (void)
{
  g_autofree guint8 *pixels = g_malloc (SIDE * SIDE * 3);
  g_autoptr (GBytes) bytes = NULL;

  for (guint y = 0; y < SIDE; y++)
    for (guint x = 0; x < SIDE; x++)
      {
        guint8 *pixel = pixels + (y * SIDE + x) * 3;

        pixel[0] = (guint8) (x * 3);
        pixel[1] = (guint8) (y * 3);
        pixel[2] = (guint8) (x + y);
      }
  bytes = g_bytes_new (pixels, SIDE * SIDE * 3);

  return siamban_image_new_from_data (SIDE, SIDE, bytes, NULL);
}

/* Writes an image, reads it back and compares. */
static gboolean
try_codec (const char *path, guint tolerance, GError **error)
{
  g_autoptr (SiambanImage) image = make_image ();
  g_autoptr (SiambanImage) other = NULL;
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GBytes) other_bytes = NULL;
  const guint8 *a, *b;
  gsize size, other_size;

  if (!siamban_image_save (image, path, 95, error))
    return FALSE;
  other = siamban_image_new_from_file (path, error);
  if (other == NULL)
    return FALSE;

  bytes = siamban_image_get_bytes (image);
  other_bytes = siamban_image_get_bytes (other);
  a = g_bytes_get_data (bytes, &size);
  b = g_bytes_get_data (other_bytes, &other_size);
  for (gsize i = 0; i < size; i++)
    if (other_size != size || (guint) ABS (a[i] - b[i]) > tolerance)
      {
        g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_IMAGE,
                     _ ("The image reads back as another one"));
        return FALSE;
      }

  return TRUE;
}

static void
check_codec (Doctor *self, const char *folder, const char *ending, guint tolerance)
{
  g_autofree char *name = g_strconcat ("image.", ending, NULL);
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_autofree char *what = g_strdup_printf ("images .%s", ending);
  g_autoptr (GError) error = NULL;

  if (try_codec (path, tolerance, &error))
    report (self, CHECK_OK, what, _ ("written and read back"));
  else
    report (self, CHECK_FAILED, what, error->message);
  g_unlink (path);
}

static void
check_codecs (Doctor *self)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *folder = g_dir_make_tmp ("siamban-doctor-XXXXXX", &error);

  if (folder == NULL)
    {
      report (self, CHECK_FAILED, "images", error->message);
      return;
    }

  /* The gradients of the image lose this much at most to the halved colours. */
  check_codec (self, folder, "jpg", 12);
  check_codec (self, folder, "png", 0);
  g_rmdir (folder);
}

static void
check_space (Doctor *self)
{
  g_autoptr (GFile) file = g_file_new_for_path (self->folder);
  g_autoptr (GError) error = NULL;
  g_autoptr (GFileInfo)
      info = g_file_query_filesystem_info (file, G_FILE_ATTRIBUTE_FILESYSTEM_FREE, NULL, &error);
  g_autofree char *size = NULL;
  g_autofree char *detail = NULL;
  guint64 n_bytes;

  if (info == NULL)
    {
      report (self, CHECK_FAILED, "disk space", error->message);
      return;
    }

  n_bytes = g_file_info_get_attribute_uint64 (info, G_FILE_ATTRIBUTE_FILESYSTEM_FREE);
  size = g_format_size_full (n_bytes, G_FORMAT_SIZE_IEC_UNITS);
  detail = g_strdup_printf (_ ("%s free in “%s”"), size, self->folder);
  report (self, n_bytes < LITTLE_SPACE ? CHECK_WARNING : CHECK_OK, "disk space", detail);
}

static void
check_writing (Doctor *self)
{
  g_autofree char *path = g_build_filename (self->folder, ".siamban-doctor-XXXXXX", NULL);
  g_autoptr (GError) error = NULL;
  const int fd = g_mkstemp (path);
  g_autofree char *detail = NULL;

  if (fd < 0)
    {
      detail = g_strdup_printf (_ ("Cannot write into “%s”: %s"), self->folder, g_strerror (errno));
      report (self, CHECK_FAILED, "writing", detail);
      return;
    }

  g_close (fd, NULL);
  if (g_file_set_contents_full (path, "siamban", -1, G_FILE_SET_CONTENTS_DURABLE, 0666, &error))
    detail = g_strdup_printf (_ ("a file in “%s” was written and removed"), self->folder);
  report (self, error == NULL ? CHECK_OK : CHECK_FAILED, "writing",
          error == NULL ? detail : error->message);
  g_unlink (path);
}

static void
print_json (Doctor *self)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();

  cli_json_checks (builder, self->rows);
  cli_print_json (builder);
}

static void
print_text (Doctor *self)
{
  const char *const titles[] = { _ ("status"), _ ("check"), _ ("detail"), NULL };
  g_autoptr (CliTable) table = cli_table_new (titles);

  for (guint i = 0; i < self->rows->len; i++)
    cli_table_add (table, g_strdupv (g_ptr_array_index (self->rows, i)));
  cli_table_print (table);
}

gboolean
cli_doctor (int argc, char **argv, GError **error)
{
  gboolean json = FALSE;
  g_autofree char *folder = NULL;
  const GOptionEntry entries[] = {
    { "output", 'o', 0, G_OPTION_ARG_FILENAME, &folder,
      N_ ("Look at the disk of this folder, not the current one"), N_ ("DIR") },
    { "json", 0, 0, G_OPTION_ARG_NONE, &json, N_ ("Print JSON"), NULL },
    { NULL },
  };
  g_autoptr (GPtrArray) rows = g_ptr_array_new_with_free_func ((GDestroyNotify) g_strfreev);
  Doctor self = { .rows = rows };

  if (!cli_parse (entries, NULL,
                  N_ ("Checks engines, image files, disk space and writing. It fails if something "
                      "that training needs does not work."),
                  &argc, &argv, error) ||
      !cli_check_no_arguments (argc, argv, error))
    return FALSE;

  self.folder = folder != NULL ? folder : ".";
  check_versions (&self);
  check_engines (&self);
  check_device (&self);
  check_codecs (&self);
  check_space (&self);
  check_writing (&self);

  if (json)
    print_json (&self);
  else
    print_text (&self);

  if (self.n_failed == 0)
    return TRUE;

  g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_FAILED,
               ngettext ("%u check failed", "%u checks failed", self.n_failed), self.n_failed);

  return FALSE;
}
