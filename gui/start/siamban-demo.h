/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "siamban.h"

G_BEGIN_DECLS

/* Called with the share that is done, 0 to 1, in the thread that asked. */
typedef void (*SiambanDemoProgress) (double share, gpointer user_data);

/* Makes generated clips in @folder, unless they are there: `crops` to train on, and `frames` to
 * track. The result is an experiment that learns them within minutes on a processor. */
void siamban_demo_prepare_async (const char *folder,
                                 GCancellable *cancellable,
                                 SiambanDemoProgress progress,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data);
SiambanConfig *siamban_demo_prepare_finish (GAsyncResult *result, GError **error);

G_END_DECLS
