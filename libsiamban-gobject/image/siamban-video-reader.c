/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <glib/gstdio.h>
#include <gst/app/gstappsink.h>
#include <gst/gst.h>
#include <gst/video/video.h>

#include "siamban-error.h"
#include "siamban-image-private.h"
#include "siamban-video-reader-private.h"

/* How long a frame may take; a file on a slow disk is slow, one that never comes is broken. */
#define PATIENCE (20 * GST_SECOND)
#define TURN (100 * GST_MSECOND)

/* Frames beyond which a video is not opened: a day at 60 frames a second. */
#define MAX_FRAMES (86400u * 60u)

struct _SiambanVideoReader
{
  char *path;
  GArray *times; /* of GstClockTime, one a frame */
  double rate;

  GstElement *pipeline;
  GstAppSink *sink;
  guint next; /* the frame that comes without seeking */
};

gboolean
_siamban_gstreamer_init (GError **error)
{
  g_autoptr (GError) problem = NULL;

  if (gst_is_initialized () || gst_init_check (NULL, NULL, &problem))
    return TRUE;

  g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_UNSUPPORTED, "GStreamer does not start: %s",
               problem != NULL ? problem->message : "no reason given");

  return FALSE;
}

/* Sound, subtitles and a second picture are not asked for. */
static void
pad_added_cb (GstElement *decoder, GstPad *pad, gpointer user_data)
{
  GstElement *next = GST_ELEMENT (user_data);
  g_autoptr (GstPad) sink = gst_element_get_static_pad (next, "sink");
  g_autoptr (GstCaps) caps = gst_pad_get_current_caps (pad);

  if (caps != NULL && !gst_pad_is_linked (sink) &&
      g_str_has_prefix (gst_structure_get_name (gst_caps_get_structure (caps, 0)), "video/"))
    gst_pad_link (pad, sink);
}

/* A file, decoded into a sink: as BGR, or as it is when nobody looks at the pixels. */
static GstElement *
make_pipeline (const char *path, gboolean converts, GstAppSink **sink, GError **error)
{
  g_autoptr (GstElement) pipeline = GST_ELEMENT (gst_object_ref_sink (gst_pipeline_new (NULL)));
  GstElement *decoder = gst_element_factory_make ("uridecodebin", NULL);
  GstElement *convert = gst_element_factory_make (converts ? "videoconvert" : "identity", NULL);
  GstElement *app = gst_element_factory_make ("appsink", NULL);
  g_autoptr (GstCaps)
      caps = gst_caps_from_string (converts ? "video/x-raw,format=BGR" : "video/x-raw(ANY)");
  g_autofree char *uri = gst_filename_to_uri (path, error);

  if (uri == NULL || decoder == NULL || convert == NULL || app == NULL)
    {
      g_clear_pointer (&decoder, gst_object_unref);
      g_clear_pointer (&convert, gst_object_unref);
      g_clear_pointer (&app, gst_object_unref);
      if (uri != NULL)
        g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_UNSUPPORTED,
                     "%s: GStreamer's base plug-ins are missing (gstreamer1.0-plugins-base)", path);
      return NULL;
    }

  g_object_set (decoder, "uri", uri, NULL);
  g_object_set (app, "sync", FALSE, "max-buffers", 2, "caps", caps, "qos", FALSE, NULL);
  gst_bin_add_many (GST_BIN (pipeline), decoder, convert, app, NULL);
  gst_element_link (convert, app);
  g_signal_connect (decoder, "pad-added", G_CALLBACK (pad_added_cb), convert);
  *sink = GST_APP_SINK (app);

  return g_steal_pointer (&pipeline);
}

/* What stands on the bus, first of all a decoder that is missing, by its name. */
static void
set_pipeline_error (const char *path, GstElement *pipeline, const char *fallback, GError **error)
{
  g_autoptr (GstBus) bus = gst_element_get_bus (pipeline);
  g_autofree char *missing = NULL;
  g_autofree char *reason = NULL;
  GstMessage *message;

  while ((message = gst_bus_pop_filtered (bus, GST_MESSAGE_ERROR | GST_MESSAGE_ELEMENT)) != NULL)
    {
      const GstStructure *structure = gst_message_get_structure (message);
      g_autoptr (GError) problem = NULL;

      if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ELEMENT && missing == NULL &&
          gst_structure_has_name (structure, "missing-plugin"))
        missing = g_strdup (gst_structure_get_string (structure, "name"));
      else if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR && reason == NULL)
        {
          gst_message_parse_error (message, &problem, NULL);
          reason = g_strdup (problem->message);
        }
      gst_message_unref (message);
    }

  if (missing != NULL)
    g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_UNSUPPORTED,
                 "%s: GStreamer lacks a %s; gstreamer1.0-libav or gstreamer1.0-plugins-good may "
                 "have it",
                 path, missing);
  else
    g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_DATA,
                 "%s: is no video that can be decoded: %s", path,
                 reason != NULL ? reason : fallback);
}

static gboolean
has_error (GstElement *pipeline)
{
  g_autoptr (GstBus) bus = gst_element_get_bus (pipeline);
  GstMessage *message = gst_bus_timed_pop_filtered (bus, 0, GST_MESSAGE_ERROR);

  if (message == NULL)
    return FALSE;

  /* Back it goes, for whoever tells it. */
  gst_bus_post (bus, message);

  return TRUE;
}

/* The next frame; NULL at the end, and on failure, which sets @error. */
static GstSample *
pull (const char *path,
      GstElement *pipeline,
      GstAppSink *sink,
      GCancellable *cancellable,
      GError **error)
{
  for (GstClockTime waited = 0; waited < PATIENCE; waited += TURN)
    {
      GstSample *sample = gst_app_sink_try_pull_sample (sink, TURN);

      if (sample != NULL)
        return sample;
      if (g_cancellable_set_error_if_cancelled (cancellable, error))
        return NULL;
      if (has_error (pipeline))
        {
          set_pipeline_error (path, pipeline, "no reason given", error);
          return NULL;
        }
      if (gst_app_sink_is_eos (sink))
        return NULL;
    }

  g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_IO, "%s: no frame for %u seconds", path,
               (guint) (PATIENCE / GST_SECOND));

  return NULL;
}

static void
stop (GstElement *pipeline)
{
  gst_element_set_state (pipeline, GST_STATE_NULL);
  gst_object_unref (pipeline);
}

static void
find_rate (SiambanVideoReader *self)
{
  const guint n = self->times->len;
  const GstClockTime first = g_array_index (self->times, GstClockTime, 0);
  const GstClockTime last = g_array_index (self->times, GstClockTime, n - 1);

  self->rate = n > 1 && last > first ? (n - 1) * (double) GST_SECOND / (double) (last - first) : 25;
}

static gboolean
note_times (SiambanVideoReader *self,
            GstElement *pipeline,
            GstAppSink *sink,
            GCancellable *cancellable,
            GError **error)
{
  GstSample *sample;
  GError *problem = NULL;

  while ((sample = pull (self->path, pipeline, sink, cancellable, &problem)) != NULL)
    {
      const GstClockTime time = GST_BUFFER_PTS (gst_sample_get_buffer (sample));

      gst_sample_unref (sample);
      if (GST_CLOCK_TIME_IS_VALID (time) && self->times->len < MAX_FRAMES)
        g_array_append_val (self->times, time);
    }
  if (problem != NULL)
    {
      g_propagate_error (error, problem);
      return FALSE;
    }
  if (self->times->len == 0)
    {
      set_pipeline_error (self->path, pipeline, "has no pictures", error);
      return FALSE;
    }
  find_rate (self);

  return TRUE;
}

static gboolean
scan (SiambanVideoReader *self, GCancellable *cancellable, GError **error)
{
  GstAppSink *sink = NULL;
  GstElement *pipeline = make_pipeline (self->path, FALSE, &sink, error);
  gboolean done;

  if (pipeline == NULL)
    return FALSE;

  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  done = note_times (self, pipeline, sink, cancellable, error);
  stop (pipeline);

  return done;
}

/* GStreamer does not say why a file cannot be opened. */
static gboolean
check_readable (const char *path, GError **error)
{
  if (g_access (path, R_OK) == 0)
    return TRUE;

  g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_IO, "%s: %s", path, g_strerror (errno));

  return FALSE;
}

SiambanVideoReader *
_siamban_video_reader_new (const char *path, GCancellable *cancellable, GError **error)
{
  g_autoptr (SiambanVideoReader) self = NULL;

  if (!_siamban_gstreamer_init (error) || !check_readable (path, error))
    return NULL;

  self = g_new0 (SiambanVideoReader, 1);
  self->path = g_strdup (path);
  self->times = g_array_new (FALSE, FALSE, sizeof (GstClockTime));
  if (!scan (self, cancellable, error))
    return NULL;

  return g_steal_pointer (&self);
}

void
_siamban_video_reader_free (SiambanVideoReader *self)
{
  if (self->pipeline != NULL)
    stop (self->pipeline);
  g_array_unref (self->times);
  g_free (self->path);
  g_free (self);
}

guint
_siamban_video_reader_get_n_frames (const SiambanVideoReader *self)
{
  return self->times->len;
}

double
_siamban_video_reader_get_rate (const SiambanVideoReader *self)
{
  return self->rate;
}

static gboolean
start (SiambanVideoReader *self, GError **error)
{
  if (self->pipeline != NULL)
    return TRUE;

  self->pipeline = make_pipeline (self->path, TRUE, &self->sink, error);
  if (self->pipeline == NULL)
    return FALSE;
  self->next = 0;

  gst_element_set_state (self->pipeline, GST_STATE_PLAYING);

  return TRUE;
}

/* A pipeline that was just started has to know the file before it can seek in it. */
static gboolean
seek (SiambanVideoReader *self, guint index, GError **error)
{
  if (gst_element_get_state (self->pipeline, NULL, NULL, PATIENCE) != GST_STATE_CHANGE_FAILURE &&
      gst_element_seek_simple (self->pipeline, GST_FORMAT_TIME,
                               GST_SEEK_FLAG_FLUSH | GST_SEEK_FLAG_ACCURATE,
                               (gint64) g_array_index (self->times, GstClockTime, index)))
    {
      self->next = index;
      return TRUE;
    }

  set_pipeline_error (self->path, self->pipeline, "it has no places to go to", error);

  return FALSE;
}

static SiambanImage *
make_image (GstSample *sample, GError **error)
{
  GstVideoInfo info;
  GstVideoFrame frame;
  guint8 *pixels;
  guint width, height;

  if (!gst_video_info_from_caps (&info, gst_sample_get_caps (sample)) ||
      !_siamban_image_check_size ("frame", (guint64) info.width, (guint64) info.height, error) ||
      !gst_video_frame_map (&frame, &info, gst_sample_get_buffer (sample), GST_MAP_READ))
    {
      if (error != NULL && *error == NULL)
        g_set_error_literal (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_IMAGE,
                             "a frame without pixels");
      return NULL;
    }

  width = (guint) info.width;
  height = (guint) info.height;
  pixels = g_malloc ((gsize) width * height * 3);
  for (guint y = 0; y < height; y++)
    memcpy (pixels + (gsize) y * width * 3,
            (const guint8 *) GST_VIDEO_FRAME_PLANE_DATA (&frame, 0) +
                (gsize) y * (gsize) GST_VIDEO_FRAME_PLANE_STRIDE (&frame, 0),
            (gsize) width * 3);
  gst_video_frame_unmap (&frame);

  return _siamban_image_new_take (width, height, pixels);
}

/* What comes before the frame is passed over: some decoders can only begin at a key frame. */
static GstSample *
pull_frame (SiambanVideoReader *self, guint index, GError **error)
{
  const GstClockTime time = g_array_index (self->times, GstClockTime, index);
  GstSample *sample;

  while ((sample = pull (self->path, self->pipeline, self->sink, NULL, error)) != NULL)
    {
      const GstClockTime found = GST_BUFFER_PTS (gst_sample_get_buffer (sample));

      if (GST_CLOCK_TIME_IS_VALID (found) && found >= time)
        return sample;
      gst_sample_unref (sample);
    }

  if (error != NULL && *error == NULL)
    g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_DATA, "%s: no frame %u any more",
                 self->path, index);

  return NULL;
}

SiambanImage *
_siamban_video_reader_get_frame (SiambanVideoReader *self, guint index, GError **error)
{
  g_autoptr (GError) problem = NULL;
  SiambanImage *image;
  GstSample *sample;

  if (!start (self, error) || (index != self->next && !seek (self, index, error)))
    return NULL;

  sample = pull_frame (self, index, &problem);
  if (sample == NULL)
    {
      g_propagate_error (error, g_steal_pointer (&problem));
      return NULL;
    }

  self->next = index + 1;
  image = make_image (sample, &problem);
  gst_sample_unref (sample);
  if (image == NULL)
    g_propagate_prefixed_error (error, g_steal_pointer (&problem), "%s: frame %u: ", self->path,
                                index);

  return image;
}
