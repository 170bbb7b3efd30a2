/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "siamban-image.h"

G_BEGIN_DECLS

/* No side is longer and no image larger: what claims to be is taken for a damaged header. */
#define SIAMBAN_IMAGE_MAX_SIDE 65535u
#define SIAMBAN_IMAGE_MAX_PIXELS (1u << 28)

/* Gives row @y; the answer is valid until @scratch is used again. */
typedef const guint8 *(*SiambanRowFunc) (gconstpointer source, int y, guint8 *scratch);

SiambanImage *_siamban_image_new_take (guint width, guint height, guint8 *pixels);
const guint8 *_siamban_image_peek (SiambanImage *self);

/* A part of an image, in its pixels. */
typedef struct
{
  int left;
  int top;
  int width;
  int height;
} SiambanImageWindow;

/* Says which part of an image of that size is needed; it may be empty, but lies inside. */
typedef void (*SiambanWindowFunc) (gconstpointer data,
                                   int width,
                                   int height,
                                   SiambanImageWindow *window);

/* As siamban_image_new_from_file(), but the pixels outside the window that @find gives are not
 * decoded where that saves time: they have no meaning. Damage outside may go unseen. */
SiambanImage *_siamban_image_new_from_file_part (const char *path,
                                                 SiambanWindowFunc find,
                                                 gconstpointer find_data,
                                                 GError **error);

/* All pixels below are height × width × BGR, 8 bit, without gaps between rows. */

gboolean
_siamban_image_check_size (const char *path, guint64 width, guint64 height, GError **error);

/* cv2.warpAffine, bilinear: @m maps the source onto the destination and is inverted inside;
 * outside the source lies black, or @border. */
void _siamban_image_warp_affine (const guint8 *src,
                                 int src_width,
                                 int src_height,
                                 const double m[6],
                                 guint8 *dst,
                                 int dst_width,
                                 int dst_height);
void _siamban_image_warp_affine_border (const guint8 *src,
                                        int src_width,
                                        int src_height,
                                        const double m[6],
                                        const guint8 border[3],
                                        guint8 *dst,
                                        int dst_width,
                                        int dst_height);

/* The same warp, outside black, from bytes side by side to planes (3, height, width) of floats, less
 * an offset for each channel. If @dst is not NULL, it gets the bytes. */
void _siamban_image_warp_to_planes (const guint8 *src,
                                    int src_width,
                                    int src_height,
                                    const double m[6],
                                    const double offset[3],
                                    guint8 *dst,
                                    float *planes,
                                    int dst_width,
                                    int dst_height);

/* The pixels that the warp by @m reads, without rotation or shear. */
void _siamban_image_find_warp_window (int src_width,
                                      int src_height,
                                      const double m[6],
                                      int dst_width,
                                      int dst_height,
                                      SiambanImageWindow *window);

/* cv2.resize, bilinear. The second takes the source row by row, so that it need not exist. */
void _siamban_image_resize (const guint8 *src,
                            int src_width,
                            int src_height,
                            guint8 *dst,
                            int dst_width,
                            int dst_height);
void _siamban_image_resize_rows (SiambanRowFunc get_row,
                                 gconstpointer source,
                                 int src_width,
                                 int src_height,
                                 guint8 *dst,
                                 int dst_width,
                                 int dst_height);

/* Grey as cv2.cvtColor computes it, in all three channels; in place is allowed. */
void _siamban_image_gray (const guint8 *src, guint8 *dst, gsize n_pixels);

/* Blurs one plane (height, width) in place with a cross of @size taps (odd): the upright bar has
 * @weight, the level bar 1 − @weight. @scratch holds as many floats as the plane. */
void _siamban_image_blur_cross (float *plane,
                                int width,
                                int height,
                                int size,
                                double weight,
                                float *scratch);

G_END_DECLS
