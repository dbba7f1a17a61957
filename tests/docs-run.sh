#!/usr/bin/env bash
# docs-run - the commands on the pages for users run as they stand, in order:
# each ```sh block of a page, all in one shell. Pages of formats and protocols
# show commands on other people's data; their tests run those, and
# docs-ceremony.sh the page of that name, which begins with less.
#
# The pages of people are one story in a world with a running engine; each is
# run as somebody, and "```sh dave" goes on as dave, in a folder of his.
# shellcheck source=lib.sh
. "$SOURCE/tests/lib.sh"
# shellcheck source=e2e/engine.sh
. "$SOURCE/tests/e2e/engine.sh"
# shellcheck source=pages.sh
. "$SOURCE/tests/pages.sh"
people='operator:carol security-engineer:carol developer:alice approver:carol auditor:bob'

# The page's port may be taken on this machine.
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')

# ---- pages that need no engine
for page in "$SOURCE"/docs/*.md; do
	name=$(basename "$page" .md)
	[[ $name != format-* && $name != protocol-* && $name != ceremony && " $people" != *" $name:"* ]] || continue
	blocks "$page" | sed "s/127\.0\.0\.1:8318/127.0.0.1:$port/g" > page.sh
	[[ -s page.sh ]] || continue
	echo "runs: docs/$name.md: $(grep -c . page.sh) lines"
	folder=$WORLD/$name
	mkdir "$folder" && mv page.sh "$folder/" && cd "$folder"
	want 0 run_page page.sh
	cd "$WORLD"
done
want 0 test -d sign-a-file

# ---- a page whose command fails is found
printf '# A page\n```\nfalse\n```\n```sh\ntrue\nfalse\ntrue\n```\n```sh dave\nid\n```\n' > bad.md
blocks bad.md > page.sh
want 0 test "$(wc -l < page.sh)" -eq 5
want 0 grep -qx 'become dave' page.sh
want 1 run_page page.sh

# ---- the story: its world is as far as the operator finds it
export HOME=$WORLD
make_place
for version in 1.0.0 1.2.{3..8}; do build "$version"; done
tag alice v1.0.0 release-signing ci/acme-app-1.0.0.zip
make_home alice bob carol dave

# run_story PAGE:WHO: the addresses of the page are those of this world.
run_story() {
	local name=${1%:*}
	{ echo "become ${1#*:}"; blocks "$SOURCE/docs/$name.md"; } | here |
	    sed -e 's/--token acme/--token test/; s/token=acme/token=test/g' -e "$ids" > "$name.sh"
	echo "runs: docs/$name.md: $(grep -c . "$name.sh") lines"
	want 0 run_page "$name.sh"
}
# until_true COMMAND…: tries for half a minute.
until_true() {
	local i
	for ((i = 0; i < 300; i++)); do "$@" > /dev/null 2>&1 && break; sleep 0.1; done
	want 0 "$@"
}
has_state() { [[ $(state_of "$1") == "$2" ]]; }
# clean WHO: the next page of that person begins with an empty folder.
clean() { rm -rf "home/$1/work" && mkdir "home/$1/work"; }
ids=
run_story operator:carol
for who in alice bob carol dave; do cp home/carol/work/trust.yaml "home/$who/.config/tagseal/"; done
clean carol
sed -i 's/^poll: .*/poll: 1s/' etc/engine.yaml
"$TAGSEAL" engine --engine etc/engine.yaml 2> engine.log &

run_story security-engineer:carol
until_true sh -c "grep -q 'config.accepted.*$(git -C repos/config.git rev-parse --short=12 main)' engine.log"

run_story developer:alice
for version in 1.2.{5..8}; do tag alice "v$version" release-signing "ci/acme-app-$version.zip"; done
for version in 1.2.{3..8}; do until_true has_state "v$version" waiting; done

# The page's short ids are those of the requests here.
names=(v1.2.3:sr-3f9a v1.2.5:sr-5b1e v1.2.6:sr-77c0 v1.2.7:sr-9d02 v1.2.8:sr-1c4f)
for name in "${names[@]}"; do id=$(request "${name%:*}"); ids+="s/${name#*:}/${id:0:7}/g;"; done
clean carol
run_story approver:carol
decision() { events "$1" | jq -es --arg id "$(request "$2")" 'any(.[]; .request == $id)'; }
until_true decision approval.counted v1.2.3
until_true decision approval.counted v1.2.6
until_true has_state v1.2.7 denied
until_true has_state v1.2.8 denied
until_true decision approval.withdrawn v1.2.5
approve dave "$(request v1.2.3)"
until_true has_state v1.2.3 completed

clean bob
run_story auditor:bob
