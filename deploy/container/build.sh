#!/bin/sh
# deploy/container/build.sh BUILD [TAG]: the image by buildah, from the project's folder. BASE names the
# image of a Debian to build on; without it one is made from Debian's packages (SUITE: bookworm) by
# debootstrap, as root, so that no registry has to be reached. `make image` calls this.
set -eu

build=$1
tag=${2:-mindex}
suite=${SUITE:-bookworm}
mirror=${MIRROR:-http://deb.debian.org/debian}
isolation=${BUILDAH_ISOLATION:-chroot} # which needs no more of the machine than a chroot does
version=$(sed -n 's/.*MINDEX_VERSION "\(.*\)".*/\1/p' services/bus/version.h)
revision=$(git describe --always --dirty 2>/dev/null || echo unknown)
made=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || date +%s)}

# What debian:12-slim leaves out, too: documentation (not licences), translations, what was downloaded.
make_base() {
    tree=$(mktemp -d "$build/base.XXXXXX")
    trap 'rm -rf "$tree"' EXIT
    echo "Making a base image of Debian ($suite) from $mirror"
    debootstrap --variant=minbase "$suite" "$tree" "$mirror" >"$build/base.log" 2>&1 ||
        { tail -n 20 "$build/base.log" >&2 && exit 1; }
    cat >"$tree/etc/dpkg/dpkg.cfg.d/slim" <<'SLIM'
path-exclude /usr/share/doc/*
path-include /usr/share/doc/*/copyright
path-exclude /usr/share/info/*
path-exclude /usr/share/locale/*
path-exclude /usr/share/man/*
SLIM
    find "$tree/usr/share/doc" ! -type d ! -name copyright -delete
    rm -rf "$tree/usr/share/info" "$tree/usr/share/locale" "$tree/usr/share/man" \
        "$tree"/var/lib/apt/lists/* "$tree"/var/cache/apt/* "$tree"/var/cache/ldconfig/* \
        "$tree"/var/log/* "$tree"/dev/*
    case $suite in
    sid | unstable) ;;
    *) echo "deb $mirror-security $suite-security main" >>"$tree/etc/apt/sources.list" ;;
    esac
    container=$(buildah from scratch)
    buildah add --quiet "$container" "$tree" / >/dev/null
    buildah config --cmd /bin/sh "$container"
    buildah commit --quiet --rm --timestamp "$made" "$container" "$base" >/dev/null
}

mkdir -p "$build"
base=${BASE:-localhost/mindex-base:$suite}
[ -n "${BASE:-}" ] || buildah inspect --type image "$base" >/dev/null 2>&1 || make_base

# The same sources and packages are to be the same image: files have the commit's time.
buildah build --quiet --format docker --isolation "$isolation" --network host --timestamp "$made" \
    --build-arg BASE="$base" --build-arg VERSION="$version" --build-arg REVISION="$revision" \
    --file deploy/container/Containerfile --tag "$tag:$version" --tag "$tag:latest" .
echo "Image $tag:$version, $(buildah images --format '{{.Size}}' "$tag:$version" | head -n 1)"
