/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <gtk/gtk.h>

#include "siamban.h"

G_BEGIN_DECLS

#define SIAMBAN_TYPE_DEVICE_VIEW (siamban_device_view_get_type ())

G_DECLARE_FINAL_TYPE (SiambanDeviceView, siamban_device_view, SIAMBAN, DEVICE_VIEW, GtkWidget)

/* The devices of this machine to choose from. The property `devices` has the chosen ones as
 * `siamban train --device` takes them; NULL for the best. */

/* Estimates what the configuration needs of each, a moment later and in threads. */
void siamban_device_view_show (SiambanDeviceView *self, SiambanConfig *config);

G_END_DECLS
