/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-error.h"
#include "siamban-video-reader-private.h"
#include "siamban-video-writer-private.h"

/* Videos in a build without GStreamer. */

struct _SiambanVideoReader
{
  guint unused;
};

struct _SiambanVideoSink
{
  guint unused;
};

gboolean
_siamban_gstreamer_init (GError **error)
{
  g_set_error_literal (error, SIAMBAN_ERROR, SIAMBAN_ERROR_UNSUPPORTED,
                       "This build has no GStreamer and knows no videos: use a folder of frames");

  return FALSE;
}

SiambanVideoReader *
_siamban_video_reader_new (const char *path, GCancellable *cancellable, GError **error)
{
  _siamban_gstreamer_init (error);
  g_prefix_error (error, "%s: ", path);

  return NULL;
}

void
_siamban_video_reader_free (SiambanVideoReader *self)
{
}

guint
_siamban_video_reader_get_n_frames (const SiambanVideoReader *self)
{
  return 0;
}

double
_siamban_video_reader_get_rate (const SiambanVideoReader *self)
{
  return 0;
}

SiambanImage *
_siamban_video_reader_get_frame (SiambanVideoReader *self, guint index, GError **error)
{
  _siamban_gstreamer_init (error);

  return NULL;
}

SiambanVideoSink *
_siamban_video_sink_new (const char *path, guint width, guint height, double rate, GError **error)
{
  _siamban_gstreamer_init (error);
  g_prefix_error (error, "%s: ", path);

  return NULL;
}

gboolean
_siamban_video_sink_add (SiambanVideoSink *self, SiambanImage *frame, GError **error)
{
  return _siamban_gstreamer_init (error);
}

gboolean
_siamban_video_sink_close (SiambanVideoSink *self, GError **error)
{
  return _siamban_gstreamer_init (error);
}

void
_siamban_video_sink_free (SiambanVideoSink *self)
{
}
