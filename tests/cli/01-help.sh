#!/usr/bin/env bash
# help: every command explains itself, errors are explained, typing is forgiven.
. "$(dirname "$0")/../lib.sh"

want 0 "$TAGSEAL" --help
says "exit codes:"
want 2 "$TAGSEAL"
want 0 "$TAGSEAL" --version
says "tagseal "

while read -r name; do
	# shellcheck disable=SC2086
	want 0 "$TAGSEAL" $name --help
	says "example:"
	want 0 "$TAGSEAL" print man "$name"
	printf '%s\n' "$out" > page.1
	want 0 man --warnings -l page.1
	says_not "warning"
done < <("$TAGSEAL" print names)

refuses USAGE 2 "$TAGSEAL" verfiy
refuses USAGE 2 "$TAGSEAL" errors --jsn
says "--json"
refuses USAGE 2 "$TAGSEAL" errors A B
refuses USAGE 2 "$TAGSEAL" errors --json=yes
refuses USAGE 2 "$TAGSEAL" version --json --json
refuses ERROR-UNKNOWN 3 "$TAGSEAL" errors PE-TRUNCATD
refuses ERROR-UNKNOWN 3 "$TAGSEAL" errors NO --json
want 0 jq -e '.error.code == "ERROR-UNKNOWN"' <<< "$out"
want 0 "$TAGSEAL" errors FILE-TRUNCATED
says "advice:"
want 0 "$TAGSEAL" errors --json
want 0 jq -e 'length > 5 and all(.[]; .code and .reason and .advice)' <<< "$out"
refuses SYSTEM-WRITE 5 bash -c '"$0" errors > /dev/full' "$TAGSEAL"

# Commands of two words are listed by the first.
want 0 "$TAGSEAL" key --help
says 'key make'
says_not 'errors'
refuses USAGE 2 "$TAGSEAL" key
refuses USAGE 2 "$TAGSEAL" keys --help
refuses USAGE 2 "$TAGSEAL" key mak

for shell in bash zsh fish; do
	want 0 "$TAGSEAL" print completion $shell
	says "tagseal"
done
refuses USAGE 2 "$TAGSEAL" print completion tcsh
refuses USAGE 2 "$TAGSEAL" print man nothing
refuses USAGE 2 "$TAGSEAL" print nonsense

# The bash completion completes.
"$TAGSEAL" print completion bash > completion
want 0 bash -c 'source ./completion; COMP_WORDS=(tagseal err); COMP_CWORD=1; _tagseal; echo "${COMPREPLY[*]}"'
says "errors"
