# SPDX-License-Identifier: Apache-2.0
# Lets Python and gjs find the library in the build directory: `. examples/environment.sh`, in a shell
# that is in the project's folder.

siamban_build=$PWD/build
export PATH="$siamban_build/cli:$PATH"
export GI_TYPELIB_PATH="$siamban_build/libsiamban-gobject${GI_TYPELIB_PATH:+:$GI_TYPELIB_PATH}"
export LD_LIBRARY_PATH="$siamban_build/libsiamban-gobject${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
export PYTHONPATH="$PWD/libsiamban-gobject/python${PYTHONPATH:+:$PYTHONPATH}"
export GJS_PATH="$PWD/libsiamban-gobject/javascript${GJS_PATH:+:$GJS_PATH}"
unset siamban_build
