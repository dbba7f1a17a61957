# lib - what every shell test uses. A test sources it, then calls these.
# shellcheck shell=bash
set -Eeuo pipefail
: "${TAGSEAL:?the tagseal binary}" "${SOURCE:?the source tree}" "${BUILD:?the build tree}"
# Debian's programs before others of their names: its python3 knows its packages.
export PATH=/usr/bin:/bin:$PATH
export LC_ALL=C.UTF-8 NO_COLOR=1 TZ=UTC
WORLD=$(mktemp -d "${TMPDIR:-/tmp}/tagseal-test-XXXXXX")
checks=0
failures=0

# Where a command failed that nobody expected to: what set -e ends a test for.
broken=
trap 'broken="${BASH_SOURCE[0]##*/} line $LINENO: $BASH_COMMAND"' ERR

finish() {
	local code=$?
	[[ -z $broken || ( $code -eq 0 && $checks -gt 0 ) ]] || printf 'ended by %s\n' "$broken" >&2
	# shellcheck disable=SC2046
	[[ -z $(jobs -p) ]] || { kill $(jobs -p) && wait; } 2> /dev/null || true
	[[ -n ${KEEP:-} ]] || rm -rf "$WORLD"
	printf '%d passed, %d failed\n' "$((checks - failures))" "$failures"
	[[ $code -ne 0 ]] || [[ $failures -eq 0 && $checks -gt 0 ]] || exit 1
	exit "$code"
}
trap finish EXIT
cd "$WORLD"

pass() { checks=$((checks + 1)); }
fail() { checks=$((checks + 1)); failures=$((failures + 1)); printf 'FAILED: %s\n' "$*" >&2; }

# want CODE COMMAND…: the command exits with CODE; its output is in $out.
want() {
	local code=$1 got=0; shift
	out=$("$@" 2>&1) || got=$?
	if [[ $got -eq $code ]]; then pass
	else fail "exit $got, not $code: $*"; printf '%s\n' "$out" | tail -20 >&2; fi
}

# says TEXT: the last output has this text.
says() { if [[ $out == *"$1"* ]]; then pass; else fail "no '$1' in:"; printf '%s\n' "$out" | tail -20 >&2; fi; }
says_not() { if [[ $out != *"$1"* ]]; then pass; else fail "'$1' in:"; printf '%s\n' "$out" | tail -20 >&2; fi; }

# same FILE FILE: equal bytes.
same() { if cmp -s "$1" "$2"; then pass; else fail "$1 and $2 differ"; fi; }

# want_same WANTED GOT WHAT: equal texts.
want_same() { if [[ $1 == "$2" ]]; then pass; else fail "$3: '$2', not '$1'"; fi; }

# refuses CODE EXIT COMMAND…: exits so and names the error code.
refuses() { local code=$1 exit=$2; shift 2; want "$exit" "$@"; says "$code"; }
