#!/usr/bin/env bash
# discovery.sh TAGS REFS: how long an engine takes to find so many release tags
# in a repository of so many refs, and for a pass after that. Prints the rows
# of a table. Each tag is judged in full and refused at its end (alice is no
# submitter), so that no work follows.
SOURCE=$(cd "$(dirname "$0")/../.." && pwd)
export SOURCE BUILD=$SOURCE/build/release
export TAGSEAL=$BUILD/tagseal
# shellcheck source=../lib.sh
. "$SOURCE/tests/lib.sh"
# shellcheck source=../e2e/engine.sh
. "$SOURCE/tests/e2e/engine.sh"
# shellcheck disable=SC2034
more_config() {
	sed -i 's@^submitters: .*@submitters: [person/bob]@' config/projects/acme-app/policies/release-signing.yaml
}
tags=$1 refs=$2

{ make_world && pass_of_engine; } > world.log 2>&1 || { cat world.log >&2; exit 1; }
python3 "$SOURCE/tests/bench/history.py" tags "$WORLD" found.git --project acme-app --tags "$tags" --refs "$((refs - 1))"
git -C found.git update-ref refs/heads/one-more "refs/heads/main"

seconds_since() { local ms=$((($(date +%s%N) - $1) / 1000000)); printf '%d.%03d' $((ms / 1000)) $((ms % 1000)); }

# timed WHAT: one pass.
timed() {
	local began
	began=$(date +%s%N)
	want 0 engine --once
	printf '| %s | %s s |\n' "$1" "$(seconds_since "$began")"
}
timed 'a pass in which nothing is new'
rm -rf repos/acme-app.git && mv found.git repos/acme-app.git
began=$(date +%s%N)
git clone -q --mirror --no-local repos/acme-app.git clone.git
printf '| git clone --mirror of the repository | %s s |\n' "$(seconds_since "$began")"
timed "$tags release tags in $refs refs, found for the first time"
want 0 test "$(events request.refused | wc -l)" -eq "$tags"
want 0 test "$(events request.refused | jq -c '[.findings[].code]' | sort -u)" = '["REF-SUBMITTER"]'
timed 'another pass over them'
git -C repos/acme-app.git update-ref refs/heads/one-more main~1
timed 'and one with one ref that moved'
want 0 test "$(events request.refused | wc -l)" -eq "$tags"
