/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-error.h"

/**
 * siamban_error_quark:
 *
 * Gets the domain of errors with codes of [error@Error].
 *
 * Returns: the quark
 *
 * Since: 0.1
 */
/* A name, which the formatter would take for subtractions. */
/* clang-format off */
G_DEFINE_QUARK (siamban-error-quark, siamban_error)
/* clang-format on */
