#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Installs into a folder of its own, and uses the library from there as others do: in C by pkg-config, in
# Vala, Python and JavaScript.
#
# usage: installed.sh BUILD PREFIX LIBDIR PYTHON SOURCES VERSION
set -eu

build=$1 prefix=$2 libdir=$3 python=$4 sources=$5 version=$6

root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
DESTDIR=$root meson install --no-rebuild --quiet -C "$build" >/dev/null

export PKG_CONFIG_PATH="$root$prefix/$libdir/pkgconfig"
sed -i "s|^prefix=.*|prefix=$root$prefix|" "$PKG_CONFIG_PATH/siamban-gobject-1.0.pc"
export LD_LIBRARY_PATH="$root$prefix/$libdir" GI_TYPELIB_PATH="$root$prefix/$libdir/girepository-1.0"

test "$(pkg-config --modversion siamban-gobject-1.0)" = "$version"
# shellcheck disable=SC2046
"${CC:-cc}" -Werror "$sources/installed.c" -o "$root/in-c" \
  $(pkg-config --cflags --libs siamban-gobject-1.0)
"$root/in-c"

if command -v valac >/dev/null 2>&1 && [ -e "$root$prefix/share/vala/vapi/siamban-gobject-1.0.vapi" ]; then
  valac --quiet --vapidir "$root$prefix/share/vala/vapi" --pkg siamban-gobject-1.0 -X -w \
    -o "$root/in-vala" "$sources/installed.vala"
  "$root/in-vala"
else
  echo "skipped: no valac"
fi

overrides=$(find "$root" -path '*/gi/overrides/Siamban.py')
PYTHONPATH=${overrides%/gi/overrides/Siamban.py} "$python" -c '
import gi
gi.require_version("Siamban", "1.0")
from gi.repository import Siamban
assert Siamban.Box(x1=10, y1=20, x2=40, y2=60).get_area() == 1200
print("Python")'

if command -v gjs >/dev/null 2>&1; then
  GJS_PATH="$root$prefix/share/gjs-1.0" gjs -c '
imports.gi.versions.Siamban = "1.0";
const { Siamban } = imports.gi;
if (Siamban.Tensor.new_from_array(new Float32Array([1, 2]), [2]).get_item(1) !== 2)
    throw new Error("a tensor");
print("JavaScript");'
else
  echo "skipped: no gjs"
fi
