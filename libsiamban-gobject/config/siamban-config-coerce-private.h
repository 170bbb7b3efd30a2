/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "siamban-config-group-private.h"
#include "siamban-config-problems-private.h"
#include "siamban-config-value-private.h"

G_BEGIN_DECLS

/* Turns what a file has into a value of a key's type and range.
 *
 * @name: the full key, for messages
 * @line: of the key, counted from 1, or 0
 * @target: an initialised value of the key's type; free parameters are merged into those it has
 *
 * FALSE, with one problem added or more, if it does not fit. */
gboolean _siamban_config_coerce (SiambanConfigProblems *problems,
                                 const SiambanConfigKey *key,
                                 const char *name,
                                 guint line,
                                 SiambanConfigValue *from,
                                 GValue *target);

/* Free parameters of the types that siamban_config_get_kwargs() promises, from those of a mapping.
 * A reference; NULL, with one problem added or more, if one cannot be. */
GVariant *_siamban_config_make_kwargs (SiambanConfigProblems *problems,
                                       const char *name,
                                       SiambanConfigValue *mapping);

/* The same from parameters of any types. */
GVariant *_siamban_config_normalise_kwargs (SiambanConfigProblems *problems,
                                            const char *name,
                                            GVariant *kwargs);

G_END_DECLS
