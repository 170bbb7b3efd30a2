/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-error.h"

G_DEFINE_QUARK (siamban - error - quark, siamban_error)
