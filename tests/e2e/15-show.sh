#!/usr/bin/env bash
# show - what an approver sees of the second release: every file of it, what
# differs from the first, and each commit with who signed and reviewed it; all
# of it held against what git, sha256sum and unzip say.
# shellcheck source=../lib.sh
. "$SOURCE/tests/lib.sh"
# shellcheck source=engine.sh
. "$SOURCE/tests/e2e/engine.sh"
make_world
log_key=$(sed -n 's/^public: "\(.*\)"/\1/p' config/certificates/engine-log.yaml)
show() { "$TAGSEAL" show --repo repos/ledger.git --log-key "$log_key" "$@"; }

# ---- the first release: there is nothing to compare it with
build 1.0.0
tag alice v1.0.0 release-signing ci/acme-app-1.0.0.zip
pass_of_engine
first=$(git -C app rev-parse HEAD)
want 0 show v1.0.0
says_not 'since  '
sum() { sha256sum < "$1" | cut -d' ' -f1; }
says "signed    $(sum made/app.exe)  bin/app.exe"
says "signed    $(sum made/answer.dll)  plugins/extra.zip!/bin/answer.dll"
says "other     $(sum build/run.sh)  run.sh"
want 0 show v1.0.0 --source app
says 'commits     1, all that there are: no release was completed before; unverified'
says "${first:0:12}  alice <alice@acme.example>  Acme App"
approve carol "$(request v1.0.0)"
pass_of_engine
want_same completed "$(state_of v1.0.0)" 'v1.0.0 is'

# ---- commits: one reviewed by a merge, one by nobody, one of a stranger
by bob app checkout -q -b work
echo work > app/work && by bob app add work && by bob app commit -q -S -m 'Work of Bob'
work=$(git -C app rev-parse HEAD)
by alice app checkout -q main
by alice app merge -q --no-ff -S -m 'Merge the work of Bob' work
merge=$(git -C app rev-parse HEAD)
by alice app commit -q -S --allow-empty -m $'Alone\e[31m'
alone=$(git -C app rev-parse HEAD)
by alice app push -q origin main

# ---- the rules, and what is in the archive
sed -i 's/expire-after: 7d/expire-after: 3d/' config/projects/acme-app/policies/release-signing.yaml
change_config 'approvals count for three days'
build 1.1.0
printf '#!/bin/sh\necho new\n' > build/start.sh
(cd build && zip -qX ../ci/acme-app-1.1.0.zip start.sh)
# bzip2 is nothing that we unpack: such a file stays as it is, unseen.
seq 1000 > build/numbers.txt
(cd build && zip -qX -Z bzip2 ../ci/acme-app-1.1.0.zip numbers.txt)
zip -qd ci/acme-app-1.1.0.zip plugins/extra.zip
tag alice v1.1.0 release-signing ci/acme-app-1.1.0.zip
pass_of_engine
want_same waiting "$(state_of v1.1.0)" 'v1.1.0 is'
want 0 show v1.1.0 --source app --config config
says 'since       refs/tags/v1.0.0, completed '
says "            $(request v1.0.0)"
says 'changed     rules: projects/acme-app/policies/release-signing.yaml'
says_not 'rules: projects/acme-app/project.yaml'
says 'changed     parameter version: 1.0.0 -> 1.1.0'
says_not 'certificate acme-release ->'
says 'changed     acme-app-1.1.0.zip, was acme-app-1.0.0.zip: 5 files differ, 2 are the same'
says_not 'are the same, '
says 'changed run.sh'
says "other     $(sum build/start.sh)  start.sh"
says 'other     not hashed  numbers.txt'
says_not 'changed bin/app.exe'
says 'added start.sh'
says 'gone plugins/extra.zip'
says 'gone plugins/extra.zip!/bin/answer.dll'
says 'commits     3 since then'
says "${work:0:12}  bob, reviewed by alice  Work of Bob"
says "${merge:0:12}  alice  Merge the work of Bob"
says "${alone:0:12}  alice  Alone"
says_not $'\e'
want 0 sh -c 'exec "$@" 2> errors' sh "$TAGSEAL" show v1.1.0 --repo repos/ledger.git --log-key "$log_key" --source app --config config --json
value=$out
want_same "$(git -C app rev-list v1.0.0..v1.1.0 | sort)" "$(jq -r '.commits[].id' <<< "$value" | sort)" 'the commits are'
want_same "$(unzip -Z1 ci/acme-app-1.1.0.zip | grep -v '/$' | sort)" \
    "$(jq -r '.artifacts[0].tree.contents[].path' <<< "$value" | sort)" 'the files are'
want 0 jq -e --arg first "$first" '.last_release.ref == "refs/tags/v1.0.0" and .last_release.commit == $first and .commits_verified and
    ([.commits[] | select(.signer == "bob") | .reviewer] == ["alice"]) and
    ([.changes.artifacts[0].files[] | .what + " " + .path] == ["changed run.sh", "added start.sh", "added numbers.txt", "gone plugins/extra.zip", "gone plugins/extra.zip!/bin/answer.dll"]) and
    .changes.artifacts[0].same == 2 and .changes.artifacts[0].unknown == 0' <<< "$value"

# ---- clones that cannot tell
refuses USAGE 2 show v1.1.0 --config config
refuses GIT-REPOSITORY 5 show v1.1.0 --source nowhere
refuses GIT-OBJECT-MISSING 5 show v1.1.0 --source config
says 'git -C config fetch --tags'
refuses GIT-OBJECT-MISSING 5 show v1.1.0 --source app --config app
by alice app commit -q --allow-empty -m 'nobody signed it'
by alice app commit -q -S --allow-empty -m 'signed'
by alice app push -q origin main
build 1.2.0
tag alice v1.2.0 release-signing ci/acme-app-1.2.0.zip
pass_of_engine
want 0 show v1.2.0 --source app --config config
says refused
says_not 'commits  '
# A refused one has no commits; one that completed is compared with what was before it.
approve carol "$(request v1.1.0)"
pass_of_engine
want 0 show v1.1.0
says 'since       refs/tags/v1.0.0'
want 0 show v1.0.0
says_not 'since  '
