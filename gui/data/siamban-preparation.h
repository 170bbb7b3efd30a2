/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "siamban.h"

G_BEGIN_DECLS

/* The file of annotations in @folder, `train.json` or else the only other .json, or NULL. */
char *siamban_preparation_find_annotations (const char *folder);

/* A folder for the crops of @folder: beside it. */
char *siamban_preparation_suggest_folder (const char *folder);

/* A name for a source in that folder that @config has not. */
char *siamban_preparation_suggest_name (SiambanConfig *config, const char *folder);

/* The importer for raw data in @folder. What looks like another source format gets another one here. */
SiambanImporter *siamban_preparation_make_importer (const char *folder, const char *output);

G_END_DECLS
