#!/usr/bin/env bash
# docs-run - the commands on the pages for users run as they stand, in order:
# each ```sh block of a page, all in one folder and one shell. Pages of formats
# and protocols show commands on other people's data; their tests run those.
# shellcheck source=lib.sh
. "$SOURCE/tests/lib.sh"

# blocks PAGE: its ```sh blocks, one after another.
blocks() { awk '/^```/ { inside = ($0 == "```sh"); next } inside' "$1"; }

# run_page FILE: ends what it started in the background.
run_page() {
	{ echo 'set -euxo pipefail; trap '\''kill $(jobs -p) 2> /dev/null || true'\'' EXIT'; cat "$1"; } > script
	bash script
}

mkdir programs && ln -s "$TAGSEAL" programs/tagseal
export PATH=$WORLD/programs:$PATH
# The page's port may be taken on this machine.
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')

for page in "$SOURCE"/docs/*.md; do
	[[ ${page##*/} != format-* && ${page##*/} != protocol-* ]] || continue
	blocks "$page" | sed "s/127\.0\.0\.1:8318/127.0.0.1:$port/g" > page.sh
	[[ -s page.sh ]] || continue
	echo "runs: ${page#"$SOURCE"/}: $(grep -c . page.sh) lines"
	folder=$WORLD/$(basename "$page" .md)
	mkdir "$folder" && mv page.sh "$folder/" && cd "$folder"
	want 0 run_page page.sh
	cd "$WORLD"
done
want 0 test -d sign-a-file

# ---- a page whose command fails is found
printf '# A page\n```\nfalse\n```\n```sh\ntrue\nfalse\ntrue\n```\n' > bad.md
blocks bad.md > page.sh
want 0 test "$(wc -l < page.sh)" -eq 3
want 1 run_page page.sh
