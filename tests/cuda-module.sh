#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The CUDA module loads without a driver, a card and cuDNN, and `siamban devices` tells what it found.
#
# usage: cuda-module.sh SIAMBAN MODULE
set -eu

SIAMBAN_ENGINE_PATH=$(dirname "$2")
export SIAMBAN_ENGINE_PATH

text=$("$1" devices 2>&1)
echo "$text"
echo "$text" | grep -q '^ *cuda:' || { echo "the engine is not listed" >&2; exit 1; }
# Nothing of CUDA is needed to load it, nor by the library.
for file in "$2" "$1"; do
  ! readelf -d "$file" | grep NEEDED | grep -E 'libcu|libnccl' || exit 1
done
