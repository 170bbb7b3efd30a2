#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Neither the library nor the command needs a library of CUDA or MPI, or a symbol of one: what does is a
# module.
#
# usage: library-needs.sh FILE...
set -eu

for file in "$@"; do
  needed=$(readelf -d "$file" | grep NEEDED)
  undefined=$(nm -D --undefined-only "$file")
  echo "$file:"
  echo "$needed"
  # Not an answer to the wrong question.
  echo "$needed" | grep -q 'libgobject'
  echo "$undefined" | grep -q 'g_object_'
  ! echo "$needed" | grep -E 'lib(cu|nccl|nvrtc|mpi)' || exit 1
  ! echo "$undefined" | grep -E ' (cu[A-Z]|cuda|cudnn|cublas|nccl|nvrtc|MPI_)' || exit 1
done
