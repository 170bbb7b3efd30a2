/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-error.h"

/**
 * siamban_error_quark:
 *
 * Gets the domain of errors with codes of [error@Error].
 *
 * Returns: the quark
 *
 * Since: 1.0
 */
G_DEFINE_QUARK (siamban - error - quark, siamban_error)
