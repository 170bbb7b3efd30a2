/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Everything is hidden by default; what this marks is the public interface. */
#ifndef SIAMBAN_API
#define SIAMBAN_API __attribute__ ((visibility ("default"))) extern
#endif
