/* SPDX-License-Identifier: Apache-2.0 */
#include <gst/app/gstappsrc.h>
#include <gst/gst.h>
#include <gst/video/video.h>

#include "siamban-error.h"
#include "siamban-image-private.h"
#include "siamban-video-reader-private.h"
#include "siamban-video-writer-private.h"

#define PATIENCE (60 * GST_SECOND)

struct _SiambanVideoSink
{
  char *path;
  guint width;
  guint height;
  GstClockTime duration; /* of a frame */
  guint n_frames;

  GstElement *pipeline;
  GstAppSrc *source;
};

/* For each kind of file, what can make it, the best first. */
static const struct
{
  const char *suffix;
  const char *encoder;
  const char *settings;
  const char *muxer;
} formats[] = {
  { ".webm", "vp8enc", "deadline=1 cpu-used=8 target-bitrate=4000000", "webmmux" },
  { ".mkv", "x264enc", "speed-preset=veryfast", "matroskamux" },
  { ".mkv", "openh264enc", "", "matroskamux" },
  { ".mkv", "vp8enc", "deadline=1 cpu-used=8 target-bitrate=4000000", "matroskamux" },
  { ".mp4", "x264enc", "speed-preset=veryfast", "mp4mux" },
  { ".mp4", "openh264enc", "", "mp4mux" },
  { ".ogv", "theoraenc", "", "oggmux" },
  { ".avi", "jpegenc", "", "avimux" },
};

static gboolean
is_there (const char *element)
{
  g_autoptr (GstElementFactory) factory = gst_element_factory_find (element);

  return factory != NULL;
}

/* What there is for the suffix, for people. */
static void
set_format_error (const char *path, GError **error)
{
  g_autoptr (GString) possible = g_string_new (NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (formats); i++)
    if (is_there (formats[i].encoder) && is_there (formats[i].muxer) &&
        strstr (possible->str, formats[i].suffix) == NULL)
      g_string_append_printf (possible, "%s%s", possible->len > 0 ? ", " : "", formats[i].suffix);

  if (possible->len > 0)
    g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_UNSUPPORTED,
                 "%s: no encoder for this kind of file; there are encoders for %s", path,
                 possible->str);
  else
    g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_UNSUPPORTED,
                 "%s: GStreamer has no encoder here; gstreamer1.0-plugins-good has some", path);
}

static char *
describe_pipeline (const char *path, GError **error)
{
  for (gsize i = 0; i < G_N_ELEMENTS (formats); i++)
    if (g_str_has_suffix (path, formats[i].suffix) && is_there (formats[i].encoder) &&
        is_there (formats[i].muxer))
      return g_strdup_printf ("appsrc name=source ! videoconvert ! %s %s ! %s ! filesink name=file",
                              formats[i].encoder, formats[i].settings, formats[i].muxer);

  set_format_error (path, error);

  return NULL;
}

static void
set_source (SiambanVideoSink *self, double rate)
{
  g_autoptr (GstElement) file = gst_bin_get_by_name (GST_BIN (self->pipeline), "file");
  g_autoptr (GstCaps) caps = NULL;
  int numerator, denominator;

  gst_util_double_to_fraction (rate, &numerator, &denominator);
  caps = gst_caps_new_simple ("video/x-raw", "format", G_TYPE_STRING, "BGR", "width", G_TYPE_INT,
                              (int) self->width, "height", G_TYPE_INT, (int) self->height,
                              "framerate", GST_TYPE_FRACTION, numerator, denominator, NULL);
  self->duration = gst_util_uint64_scale (GST_SECOND, (guint64) denominator, (guint64) numerator);
  self->source = GST_APP_SRC (gst_bin_get_by_name (GST_BIN (self->pipeline), "source"));
  g_object_set (self->source, "caps", caps, "format", GST_FORMAT_TIME, "block", TRUE, "max-buffers",
                (guint64) 4, NULL);
  g_object_set (file, "location", self->path, NULL);
}

/* What the pipeline complains about; FALSE if it does. */
static gboolean
check_bus (SiambanVideoSink *self, GError **error)
{
  g_autoptr (GstBus) bus = gst_element_get_bus (self->pipeline);
  GstMessage *message = gst_bus_pop_filtered (bus, GST_MESSAGE_ERROR);
  g_autoptr (GError) problem = NULL;

  if (message == NULL)
    return TRUE;

  gst_message_parse_error (message, &problem, NULL);
  gst_message_unref (message);
  g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_IO, "%s: %s", self->path, problem->message);

  return FALSE;
}

SiambanVideoSink *
_siamban_video_sink_new (const char *path, guint width, guint height, double rate, GError **error)
{
  g_autofree char *description = NULL;
  g_autoptr (GError) problem = NULL;
  SiambanVideoSink *self;

  if (!_siamban_gstreamer_init (error))
    return NULL;
  description = describe_pipeline (path, error);
  if (description == NULL)
    return NULL;

  self = g_new0 (SiambanVideoSink, 1);
  self->path = g_strdup (path);
  self->width = width;
  self->height = height;
  self->pipeline = gst_parse_launch (description, &problem);
  if (self->pipeline != NULL)
    {
      gst_object_ref_sink (self->pipeline);
      set_source (self, rate);
      if (gst_element_set_state (self->pipeline, GST_STATE_PLAYING) != GST_STATE_CHANGE_FAILURE)
        return self;
      if (!check_bus (self, error))
        {
          _siamban_video_sink_free (self);
          return NULL;
        }
    }

  g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_IO, "%s: %s", path,
               problem != NULL ? problem->message : "cannot be written");
  _siamban_video_sink_free (self);

  return NULL;
}

gboolean
_siamban_video_sink_add (SiambanVideoSink *self, SiambanImage *frame, GError **error)
{
  const gsize row = (gsize) self->width * 3;
  const gsize stride = (row + 3) & ~(gsize) 3; /* of GStreamer's BGR */
  GstBuffer *buffer;
  GstMapInfo map;

  if (siamban_image_get_width (frame) != self->width ||
      siamban_image_get_height (frame) != self->height)
    {
      g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_IMAGE,
                   "%s: a frame of %u × %u pixels in a video of %u × %u", self->path,
                   siamban_image_get_width (frame), siamban_image_get_height (frame), self->width,
                   self->height);
      return FALSE;
    }

  buffer = gst_buffer_new_allocate (NULL, stride * self->height, NULL);
  gst_buffer_map (buffer, &map, GST_MAP_WRITE);
  for (guint y = 0; y < self->height; y++)
    memcpy (map.data + y * stride, _siamban_image_peek (frame) + y * row, row);
  gst_buffer_unmap (buffer, &map);
  GST_BUFFER_PTS (buffer) = self->n_frames++ * self->duration;
  GST_BUFFER_DURATION (buffer) = self->duration;

  if (gst_app_src_push_buffer (self->source, buffer) == GST_FLOW_OK)
    return check_bus (self, error);
  if (check_bus (self, error))
    g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_IO, "%s: cannot be written", self->path);

  return FALSE;
}

gboolean
_siamban_video_sink_close (SiambanVideoSink *self, GError **error)
{
  g_autoptr (GstBus) bus = gst_element_get_bus (self->pipeline);
  GstMessage *message;

  gst_app_src_end_of_stream (self->source);
  message = gst_bus_timed_pop_filtered (bus, PATIENCE, GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
  if (message == NULL)
    {
      g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_IO, "%s: not finished in time", self->path);
      return FALSE;
    }
  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR)
    {
      gst_bus_post (bus, message);
      return check_bus (self, error);
    }
  gst_message_unref (message);

  return TRUE;
}

void
_siamban_video_sink_free (SiambanVideoSink *self)
{
  if (self->pipeline != NULL)
    {
      gst_element_set_state (self->pipeline, GST_STATE_NULL);
      g_clear_object (&self->source);
      gst_object_unref (self->pipeline);
    }
  g_free (self->path);
  g_free (self);
}
