#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Fails when clang-format would change a C file.
#
# usage: check-format.sh CLANG_FORMAT SOURCE_ROOT
set -eu

cd "$2"
find cli examples gui libsiamban-gobject tests \( -name '*.c' -o -name '*.h' \) -print0 |
  xargs -0 "$1" --dry-run -Werror
