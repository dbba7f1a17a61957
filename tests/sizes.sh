#!/usr/bin/env bash
# sizes - functions of at most 60 lines, files of at most 600, lines of at most
# 80 columns (a tab goes to the next multiple of 8).
# shellcheck source=lib.sh
. "$SOURCE/tests/lib.sh"

# Tables may be as long as what they list: one row is one thing.
tables='engine/base/errors.def		one row for each error
engine/config/keys.c		one row for each key of the config files'

# One process with all that it is told, in one world: up to 800 lines.
stories='tests/unit/daemon/test_team.c
tests/unit/signer/test_team.c
tests/unit/sys/test_sandbox.c'

# long_functions FOLDER: from the name to the closing brace.
long_functions() {
	find "$1" -name '*.[ch]' > "$WORLD/names"
	ctags -x --language-force=C --c-kinds=f --sort=no \
	    --_xformat='%F:%n %N %{end}' -L "$WORLD/names" |
	    awk '{ split($1, at, ":"); n = $3 - at[2] + 1 }
	    n > 60 { print $1 ": " $2 " has " n " lines" }'
}

# long_files FOLDER…: relative to the current folder.
long_files() {
	find "$@" -type f -regex '.*\.\([ch]\|def\|sh\|py\|mjs\|cmake\|txt\)' \
	    -exec wc -l {} + |
	    awk -v tables="$(cut -f 1 <<< "$tables")" -v stories="$stories" '
	    BEGIN {
		n = split(tables, t); while (n) limit[t[n--]] = 9999
		n = split(stories, s); while (n) limit[s[n--]] = 800
	    }
	    $2 != "total" && $1 > ($2 in limit ? limit[$2] : 600) {
		print $2 " has " $1 " lines" }'
}

wide_lines() {
	find "$1" -name '*.[ch]' | while read -r file; do
		expand -t 8 "$file" | grep -nE '^.{81}' | cut -c1-60 |
		    sed "s|^|$file:|" || true
	done
}

# none COMMAND…: it finds nothing.
none() {
	out=$(cd "$SOURCE" && "$@")
	if [[ -z $out ]]; then pass; else fail "$*:"; printf '%s\n' "$out" >&2; fi
}

# ---- the check finds what it looks for
mkdir made
lines() { local i; for ((i = 0; i < $1; i++)); do echo '	;'; done; }
{ echo 'int long_one(void)'; echo '{'; lines 58; echo '}'; } > made/a.c
{ echo 'int short_one(void)'; echo '{'; lines 57; echo '}'; } >> made/a.c
want 0 long_functions made
says 'made/a.c:1: long_one has 61 lines'
says_not short_one
lines 601 > made/b.c
lines 600 > made/c.c
want 0 long_files made
says 'made/b.c has 601 lines'
says_not made/c.c
printf '\t%073d\n\t%072d\n' 0 0 > made/d.h
want 0 wide_lines made
says 'made/d.h:1:'
says_not 'made/d.h:2:'

# ---- the tree
none long_functions engine
none long_files engine tests
none wide_lines engine
while read -r file _; do
	want 0 test -f "$SOURCE/$file"
done <<< "$tables"$'\n'"$stories"
