#!/bin/sh
# Writes the C source that holds the files of a folder: services/views/assets.h says what of each.
set -eu
export LC_ALL=C
folder=$1

type_of() {
    case $1 in
    *.css) echo 'text/css; charset=utf-8' ;;
    *.js) echo 'text/javascript; charset=utf-8' ;;
    *.svg) echo 'image/svg+xml' ;;
    *) echo "$0: $1: expected a file that ends in .css, .js or .svg" >&2 && exit 1 ;;
    esac
}

echo '#include "services/views/assets.h"'
rows= count=0
for file in "$folder"/*; do
    [ -f "$file" ] || continue
    name=${file##*/} hash=$(sha256sum "$file" | cut -c1-12) type=$(type_of "$file")
    printf '__asm__(".section .rodata\\nasset_%d: .incbin \\"%s\\"\\n.byte 0\\n.previous");\n' "$count" "$file"
    printf 'extern const char asset_%d[];\n' "$count"
    rows="$rows    {\"$name\", \"/assets/$name?v=$hash\", \"$hash\", \"$type\", asset_$count, $(wc -c <"$file")},
"
    count=$((count + 1))
done
printf 'const struct asset assets[] = {\n%s    {0},\n};\n' "$rows"
