/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-video-writer.h"

#include "siamban-error.h"
#include "siamban-video-writer-private.h"

/**
 * SiambanVideoWriter:
 *
 * Writes frames into a video file, by GStreamer.
 *
 * The format is that of the name: `.webm`, `.mkv`, `.mp4`, `.ogv` or `.avi`, as far as GStreamer has an
 * encoder for it here. A file without [method@VideoWriter.finish] is not complete.
 *
 * A writer is used by one thread at a time.
 *
 * Since: 0.1
 */
struct _SiambanVideoWriter
{
  GObject parent_instance;

  SiambanVideoSink *sink; /* NULL at the end */
};

G_DEFINE_FINAL_TYPE (SiambanVideoWriter, siamban_video_writer, G_TYPE_OBJECT)

static void
siamban_video_writer_finalize (GObject *object)
{
  g_clear_pointer (&SIAMBAN_VIDEO_WRITER (object)->sink, _siamban_video_sink_free);

  G_OBJECT_CLASS (siamban_video_writer_parent_class)->finalize (object);
}

static void
siamban_video_writer_class_init (SiambanVideoWriterClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = siamban_video_writer_finalize;
}

static void
siamban_video_writer_init (SiambanVideoWriter *self)
{
}

/**
 * siamban_video_writer_new:
 * @path: (type filename): the file to write
 * @width: of all frames, in pixels, from 1
 * @height: of all frames, in pixels, from 1
 * @frame_rate: frames a second, above 0
 * @error: return location for an error
 *
 * Begins a video file. What was in the file is lost.
 *
 * It fails with %SIAMBAN_ERROR_UNSUPPORTED if there is no encoder for that kind of file, naming the
 * kinds that there are, or the library was built without GStreamer, and with %SIAMBAN_ERROR_IO if
 * the file cannot be written.
 *
 * Returns: (transfer full): a new writer
 *
 * Since: 0.1
 */
SiambanVideoWriter *
siamban_video_writer_new (const char *path,
                          guint width,
                          guint height,
                          double frame_rate,
                          GError **error)
{
  SiambanVideoWriter *self;
  SiambanVideoSink *sink;

  g_return_val_if_fail (path != NULL, NULL);
  g_return_val_if_fail (width > 0 && height > 0 && frame_rate > 0, NULL);

  sink = _siamban_video_sink_new (path, width, height, frame_rate, error);
  if (sink == NULL)
    return NULL;

  self = g_object_new (SIAMBAN_TYPE_VIDEO_WRITER, NULL);
  self->sink = sink;

  return self;
}

static gboolean
check_open (SiambanVideoWriter *self, GError **error)
{
  if (self->sink != NULL)
    return TRUE;

  g_set_error_literal (error, SIAMBAN_ERROR, SIAMBAN_ERROR_FAILED, "The video is finished already");

  return FALSE;
}

/**
 * siamban_video_writer_add:
 * @self: a writer
 * @frame: the next frame
 * @error: return location for an error
 *
 * Encodes a frame; waits while the encoder has enough to do.
 *
 * It fails with %SIAMBAN_ERROR_INVALID_IMAGE if the frame is of another size, with
 * %SIAMBAN_ERROR_IO if the file cannot be written and with %SIAMBAN_ERROR_FAILED after
 * [method@VideoWriter.finish].
 *
 * Returns: %TRUE on success
 *
 * Since: 0.1
 */
gboolean
siamban_video_writer_add (SiambanVideoWriter *self, SiambanImage *frame, GError **error)
{
  g_return_val_if_fail (SIAMBAN_IS_VIDEO_WRITER (self), FALSE);
  g_return_val_if_fail (frame != NULL, FALSE);

  return check_open (self, error) && _siamban_video_sink_add (self->sink, frame, error);
}

/**
 * siamban_video_writer_finish:
 * @self: a writer
 * @error: return location for an error
 *
 * Encodes what is left and ends the file.
 *
 * It fails with %SIAMBAN_ERROR_IO if the file cannot be written, and with %SIAMBAN_ERROR_FAILED if
 * it was finished before.
 *
 * Returns: %TRUE if the file is complete
 *
 * Since: 0.1
 */
gboolean
siamban_video_writer_finish (SiambanVideoWriter *self, GError **error)
{
  gboolean done;

  g_return_val_if_fail (SIAMBAN_IS_VIDEO_WRITER (self), FALSE);

  if (!check_open (self, error))
    return FALSE;

  done = _siamban_video_sink_close (self->sink, error);
  g_clear_pointer (&self->sink, _siamban_video_sink_free);

  return done;
}
