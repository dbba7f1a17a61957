#!/usr/bin/env bash
# docs - the reference pages and schemas in the tree are what the binary prints.
#
#	tests/docs.sh --write	writes them again, with the last binary built
set -euo pipefail
pages() {
	"$TAGSEAL" print kinds | while read -r kind; do
		echo "schemas/$kind.json schema $kind"
	done
	echo "schemas/ceremony.json schema ceremony"
	echo "schemas/consistency.json schema consistency"
	echo "schemas/receipt.json schema receipt"
	echo "docs/errors.md errors"
	echo "docs/commands.md commands"
	echo "docs/config-reference.md reference"
}

if [[ ${1:-} == --write ]]; then
	cd "$(dirname "$0")/.."
	if [[ -z ${TAGSEAL:-} ]]; then
		for TAGSEAL in build/*/tagseal; do
			[[ -n ${last:-} && ! $TAGSEAL -nt $last ]] || last=$TAGSEAL
		done
		TAGSEAL=$last
	fi
	pages | while read -r file what; do
		# shellcheck disable=SC2086
		"$TAGSEAL" print $what > "$file.new" && mv "$file.new" "$file"
	done
	exit
fi

# shellcheck source=lib.sh
. "$SOURCE/tests/lib.sh"
pages > list
want 0 test "$(wc -l < list)" -gt 10
while read -r file what; do
	# shellcheck disable=SC2086
	"$TAGSEAL" print $what > printed
	if cmp -s printed "$SOURCE/$file"; then pass
	else
		fail "$file is not what the binary prints: build, then run tests/docs.sh --write"
		diff "$SOURCE/$file" printed | head -10 >&2 || true
	fi
done < list
for file in "$SOURCE"/schemas/*.json; do
	want 0 grep -q "^schemas/${file##*/} " list
done

# ---- what cannot be printed
refuses USAGE 2 "$TAGSEAL" print schema nothing
says 'print kinds'
refuses USAGE 2 "$TAGSEAL" print nothing
