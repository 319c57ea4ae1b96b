#!/bin/sh
# Install a release of Fyr in a folder of its own, and switch to it.
#
#   upgrade.sh REPOSITORY REF   install /opt/fyr/releases/REF from a Git repository, and switch to it
#   upgrade.sh --to REF         switch to a release that is installed already: a rollback
#
# Run it as root. FYR_ROOT replaces /opt/fyr. FYR_RELOAD replaces the command that makes the running
# processes follow. A release that cannot be installed is not switched to. When the reload fails, the link
# leads to the new release: switch back.
set -eu

root=${FYR_ROOT:-/opt/fyr}
reload=${FYR_RELOAD:-systemctl reload-or-restart fyr.service}

[ $# -eq 2 ] || { sed -n '4,5p' "$0" | cut -c5- >&2; exit 64; }
ref=$2
case $ref in
"" | .* | */*) echo "upgrade.sh: a release is named by a tag or a commit, not by $ref" >&2; exit 64 ;;
esac
release=$root/releases/$ref

if [ "$1" != --to ] && [ ! -e "$release" ]; then
    mkdir -p "$root/releases"
    rm -rf "$release.new"
    git clone --quiet --no-checkout "$1" "$release.new"
    git -C "$release.new" checkout --quiet --detach "$ref"
    mv "$release.new" "$release"
    # In its own place: the programs of a virtual environment name its path.
    make -C "$release" setup || { rm -rf "$release"; exit 1; }
fi
[ -x "$release/.venv/bin/python" ] || { echo "upgrade.sh: $release is not installed" >&2; exit 1; }

# A rename is atomic: at each moment the link leads to one whole release.
ln -sfn "releases/$ref" "$root/current.new"
mv -T "$root/current.new" "$root/current"
$reload
echo "Fyr $ref is current. The former releases are in $root/releases."
