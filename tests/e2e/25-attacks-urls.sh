#!/usr/bin/env bash
# attacks at one of several addresses - a project with two: they must agree, a
# difference delays and is told of, and nothing is signed twice, not even after
# a change of address or for another project with the same repository.
# shellcheck source=../lib.sh
. "$SOURCE/tests/lib.sh"
# shellcheck source=engine.sh
. "$SOURCE/tests/e2e/engine.sh"
# shellcheck source=attacks.sh
. "$SOURCE/tests/e2e/attacks.sh"
set_urls() { sed -i "s@^repository: .*@repository: [$2]@" "config/projects/$1/project.yaml"; }
more_config() { set_urls acme-app "\"$WORLD/repos/acme-app.git\", \"$WORLD/repos/mirror.git\""; }
make_world
build 1.0.0
git clone -q --bare repos/acme-app.git repos/mirror.git

# to WHERE REF…: pushes to one address, or to both.
to() { local where; for where in ${1//both/acme-app mirror}; do git -C app push -q -f "$WORLD/repos/$where.git" "${@:2}"; done; }
# differs REF: the pass says so, and asks for nothing.
differs() {
	local before after
	before=$(events request.created | wc -l)
	want 5 engine --once
	out=$(grep -h 'ref.differs' engine.log || true)
	says 'code=REF-URLS-DIFFER'
	says "refs/tags/$1"
	after=$(events request.created | wc -l)
	want_same "$before" "$after" "requests after $1"
}
agree() { pass_of_engine; look; }
alarm() { counts "$1" alarm.raised ".code == \"$2\" and (.text | contains(\"$3\"))"; }

# ---- a tag at one of two, and another one at each
manifest | tag_text alice v1
to acme-app v1
differs v1
counts_seen() { look; counts "$1" ref.seen; }
counts_seen 0
to mirror v1
agree
completes v1
counts 1 request.created
manifest | tag_text alice v2
to acme-app v2
git -C app tag -d v2 > /dev/null
manifest | sed 's/size/ size/' | tag_text alice v2
to mirror v2
differs v2
counts_seen 1
to both v2
agree
completes v2

# ---- one that is approved waits while they differ
manifest policy=release-signing | tag_text alice v3
to both v3
agree
approve carol "$(request v3 waiting)"
to mirror :refs/tags/v3
differs v3
want_same waiting "$(state_of v3)" 'v3 is'
look
counts 1 request.waiting '.missing == ["REF-URLS-DIFFER"]'
to mirror v3
agree
completes v3

# ---- what was signed is another one, or gone, at one of two
old=$(git -C app rev-parse v1)
manifest | sed 's/size/ size/' | by alice app tag -f -s -F - v1 > /dev/null
to mirror v1
differs v1
look
alarm 1 REF-MOVED 'refs/tags/v1 of'
to acme-app :refs/tags/v2
differs v2
look
alarm 1 REF-MOVED 'refs/tags/v2 of'
git -C app update-ref refs/tags/v1 "$old"
to both v1 v2
agree
counts 3 request.created
counts 0 ref.moved

# ---- an address that does not answer
manifest | tag_text alice v4
to both v4
mv repos/mirror.git repos/mirror.away
want 5 engine --once
look
counts 3 request.created
mv repos/mirror.away repos/mirror.git
agree
completes v4

# ---- a branch that is late at one of them
echo late > app/late && by alice app add . && by alice app commit -q -S -m 'Late'
manifest policy=release-signing | tag_text alice v5
to acme-app main v5
to mirror v5
differs v5
look
counts 0 request.refused
to mirror main
agree
want_same waiting "$(state_of v5)" 'v5 is'

# ---- another address: the same refs, and what waits is asked for anew
git clone -q --mirror repos/acme-app.git repos/third.git
set_urls acme-app "\"$WORLD/repos/third.git\""
change_config 'Another address'
agree
counts 5 ref.seen
counts 6 request.created
counts 1 request.cancelled
want_same "$WORLD/repos/third.git" "$(asked -s '[.[] | select(.type == "request.created")] | last | .body.repo')" 'the repository is'
approve carol "$(request v5 waiting)"
agree
completes v5

# ---- two projects with one repository: the manifest says whose tag it is
set_urls acme-agent "\"$WORLD/repos/third.git\""
change_config 'One repository for two'
manifest project=acme-agent | tag_text alice test/1
to third test/1
agree
want_same acme-agent "$(asked 'select(.type == "ref.seen" and .ref == "refs/tags/test/1") | .project')" 'the project is'
by alice app tag -d test/1 > /dev/null
manifest | tag_text alice test/1
to third test/1
agree
refused REF-MOVED test/1
counts 0 request.created '.body.ref == "refs/tags/test/1" and .body.project == "acme-app"'
counts 5 keys.intended '.level == 0'
alive
want 0 "$TAGSEAL" audit verify --repo repos/ledger.git
