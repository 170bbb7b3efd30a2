#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# One start on generated crops, to see that the measurement still works.
#
# usage: bench-start.sh SIAMBAN START_PY CONFIG
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$1" synth --output "$folder" --seed 1 --videos 2 --frames 3 --size 320x240 --crops-only >/dev/null
"$2" "$1" "$3" "$folder/crops" --runs 1
