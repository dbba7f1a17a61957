# shellcheck shell=sh
# guard.sh - what the server's hooks share; it is read by them, not run.
#
# Nothing here decides about a config repo: `tagseal check` does.

# What was pushed is judged as it is, not as somebody replaced it.
export GIT_NO_REPLACE_OBJECTS=1

case ${1-} in -h | --help)
	sed -n '2,/^$/s/^#\( \|$\)//p' "$0"
	exit 0
	;;
esac

# setting KEY [DEFAULT]: what git's configuration says of tagseal.KEY.
setting() { git config --get "tagseal.$1" || printf '%s\n' "${2-}"; }

tagseal=$(setting program tagseal)
branch=$(setting configBranch)
bad=0

# refuse CODE TEXT: as tagseal itself prints an error; the push will fail.
refuse() {
	bad=1
	printf 'error %s: %s\n' "$1" "$2" >&2
	"$tagseal" errors "$1" 2> /dev/null |
	    sed -n 's/^  reason:  /why:  /p; s/^  advice:  /hint: /p' >&2
}

none() { case $1 in *[!0]*) return 1 ;; esac; }

short() { printf '%.12s' "$1"; }

# named KEY REF [DEFAULT]: is a ref one of those that a setting names?
named() {
	patterns=$(git config --get-all "tagseal.$1") || patterns=${3-}
	while IFS= read -r pattern; do
		# shellcheck disable=SC2254 # it is a pattern
		case $2 in $pattern) return 0 ;; esac
	done <<-END
	$patterns
	END
	return 1
}

# code_of REF: the error when it is rewritten; nothing: it is a free ref.
code_of() {
	case $1 in
	"refs/heads/${branch:-/}") echo GIT-HISTORY-APART ;;
	refs/heads/tagseal/ledger) echo LEDGER-REWIND ;;
	refs/heads/tagseal/*) echo GIT-HISTORY-APART ;;
	*)
		if named ledger "$1"; then echo LEDGER-REWIND
		elif named release "$1" 'refs/tags/*'; then echo REF-MOVED
		fi
		;;
	esac
}

# guard_ref OLD NEW REF: no history that others rely on is lost. false: it
# would be, and that was said.
guard_ref() {
	code=$(code_of "$3")
	if [ -z "$code" ] || none "$1"; then
		return 0
	elif none "$2"; then
		refuse "$code" "$3 would be deleted"
	elif [ "${3#refs/tags/}" != "$3" ]; then
		refuse "$code" "$3 would move from $(short "$1") to $(short "$2")"
	elif ! git merge-base --is-ancestor "$1" "$2"; then
		refuse "$code" "$3 would not go on from $(short "$1")"
	else
		return 0
	fi
	return 1
}

# guard_config OLD NEW [OPTION…]: would an engine follow the config repo?
#
# Without the ledger, what is there already is taken as it is, for it came by
# this guard. So nothing may wait there for signatures: what it says does not
# count yet.
guard_config() {
	old=$1 new=$2
	shift 2
	trust=$(setting trust) ledger=$(setting ledgerClone)
	if [ -n "$trust" ] && [ -n "$ledger" ]; then
		set -- "$@" --range "..$new" --trust "$trust" --ledger "$ledger"
		[ "$(setting pending)" != allow ] || set -- "$@" --allow-pending
	elif none "$old" && [ -n "$trust" ]; then
		set -- "$@" --range "..$new" --trust "$trust"
	elif none "$old"; then
		set -- "$@" --range "$new..$new"
	else
		set -- "$@" --range "$old..$new"
	fi
	"$tagseal" check --repo "$(git rev-parse --git-dir)" "$@" >&2 && return 0
	bad=1
	echo "refs/heads/$branch stays as it is" >&2
}

# Id, kind and size of each object that comes in with this push: all that lie
# in git's quarantine, or else what the new ids, one a line, bring along.
# "failed": they could not be listed.
incoming() {
	format='%(objectname) %(objecttype) %(objectsize)'
	if [ -n "${GIT_QUARANTINE_PATH-}" ]; then
		GIT_ALTERNATE_OBJECT_DIRECTORIES='' git cat-file --unordered \
		    --batch-all-objects --batch-check="$format" || echo failed
		return
	fi
	{ printf '%s\n' "$1" | git rev-list --objects --no-object-names \
	    --stdin --not --all || echo failed; } | git cat-file --batch-check="$format" || echo failed
}

# guard_size IDS: no object is larger than tagseal.maxObjectSize. The first of
# those that are get named.
guard_size() {
	[ -n "$1" ] || return 0
	most=$(git config --type=int --get tagseal.maxObjectSize) || most=
	if [ -z "$most" ]; then
		most=104857600
		[ -z "$branch" ] || most=16777216
	fi
	[ "$most" -gt 0 ] || return 0
	large=$(incoming "$1" | awk -v most="$most" \
	    '($3 + 0 > most + 0 || $1 == "failed") && n++ < 20')
	while read -r id kind size; do
		case $id in
		'') ;;
		failed) refuse GIT-REPOSITORY 'what is pushed cannot be listed' ;;
		*) refuse LIMIT-SIZE "$kind $id of $size bytes is larger than $most bytes" ;;
		esac
	done <<-END
	$large
	END
}

# verdict: ends the hook.
verdict() {
	[ "$bad" -eq 0 ] || echo 'tagseal: nothing of this was accepted' >&2
	exit "$bad"
}
