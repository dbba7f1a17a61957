#!/usr/bin/env bash
# list - the table of attacks is in order, and docs/security.md shows it.
#
#	tests/trust/list.sh --write	writes the list there again
set -euo pipefail
begin='<!-- attacks: written by tests/trust/list.sh -->'
end='<!-- end of attacks -->'

# page: the rows as tables of Markdown.
page() {
	awk -F ' *[|] *' '
	    /^= / { sub(/^= /, ""); sub(/ \(.*/, ""); printf "\n### %s\n\n", $0
		print "| id | what is tried | by whom | refused with | what holds |"
		print "| --- | --- | --- | --- | --- |"; next }
	    NF == 5 && !/^#/ { n = gsub(/ /, "`, `", $4)
		printf "| `%s` | %s | %s | `%s` | %s |\n", $1, $2, $3, $4, $5 }' "$1/tests/trust/attacks.txt"
}
between() { awk -v begin="$begin" -v end="$end" '$0 == end { exit } shown { print } $0 == begin { shown = 1 }' "$1/docs/security.md"; }

if [[ ${1:-} == --write ]]; then
	cd "$(dirname "$0")/../.."
	{ page .; echo; } > security.list
	awk -v begin="$begin" -v end="$end" -v list=security.list '
	    $0 == end { hidden = 0 }
	    !hidden { print }
	    $0 == begin { hidden = 1; while ((getline line < list) > 0) print line }' docs/security.md > docs/security.md.new
	rm security.list
	mv docs/security.md.new docs/security.md
	exit
fi

# shellcheck source=../lib.sh
. "$SOURCE/tests/lib.sh"
table=$SOURCE/tests/trust/attacks.txt
grep -vE '^(#|=|$)' "$table" > rows
cut -d' ' -f1 rows > ids
want_same '' "$(sort ids | uniq -d)" 'twice in the table'
want_same '' "$(grep -vE '^[a-z0-9.-]+$' ids)" 'ids are small letters, digits and hyphens'
want_same '' "$(awk -F '[|]' 'NF != 5' rows)" 'rows without five columns'
want 0 test "$(wc -l < rows)" -ge 60

# Every code is one of ours, every file of the last column is there.
awk -F ' *[|] *' '{ print $4 }' rows | tr ' ' '\n' | sort -u > codes
while read -r code; do want 0 grep -qF "\"$code\"" "$SOURCE/engine/base/errors.def"; done < codes
grep -oE '\([a-z_]+/[a-z_]+[.][ch]\)$' rows | tr -d '()' | sort -u > files
while read -r file; do want 0 test -e "$SOURCE/engine/$file"; done < files
want_same '' "$(grep -vE '\([a-z_]+/[a-z_]+[.][ch]\)$' rows)" 'rows that do not say where the defence stands'

# Every script of the table is one that ctest runs.
sed -n 's/^= .*(\(.*\))$/\1/p' "$table" | sort -u > scripts
while read -r script; do
	want 0 test -e "$SOURCE/tests/trust/$script"
	want 0 grep -qF "trust/$script" "$SOURCE/tests/CMakeLists.txt"
	want 0 grep -q '^\[\[ .*rows_done\|^rows_done' "$SOURCE/tests/trust/$script"
done < scripts

{ page "$SOURCE"; echo; } > wanted
between "$SOURCE" > shown
if cmp -s wanted shown; then pass
else fail 'docs/security.md does not show the table: run tests/trust/list.sh --write'; diff wanted shown | head -10 >&2; fi
