/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <gtk/gtk.h>

#include "siamban.h"

G_BEGIN_DECLS

/* How busy the devices of a run are, and how full their memory is: a bar each. */
#define SIAMBAN_TYPE_RUN_DEVICES (siamban_run_devices_get_type ())

G_DECLARE_FINAL_TYPE (SiambanRunDevices, siamban_run_devices, SIAMBAN, RUN_DEVICES, GtkWidget)

/* @run: (nullable) */
void siamban_run_devices_set_run (SiambanRunDevices *self, SiambanRun *run);

G_END_DECLS
