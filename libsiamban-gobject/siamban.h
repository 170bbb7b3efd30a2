/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "siamban-box.h"
#include "siamban-error.h"
#include "siamban-evaluation.h"
#include "siamban-ground-truth.h"
#include "siamban-image.h"
#include "siamban-macros.h"
#include "siamban-result-file.h"
#include "siamban-trajectory.h"
