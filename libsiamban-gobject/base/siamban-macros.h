/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Everything is hidden by default; what this marks is the public interface. */
#ifndef SIAMBAN_API
#define SIAMBAN_API __attribute__ ((visibility ("default"))) extern
#endif

/* What engines in modules of their own need beside it: private, and bound to the version of the
 * extension point. */
#ifndef SIAMBAN_MODULE_API
#define SIAMBAN_MODULE_API __attribute__ ((visibility ("default"))) extern
#endif
