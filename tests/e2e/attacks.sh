# attacks - what the stories of attacks share; sourced after engine.sh. An
# attack names the code that it must be refused with; the check looks into the
# ledger, never into the log.
# shellcheck shell=bash

# person WHO GROUP LINE…: one more of a group, with LINES in the file.
person() {
	local who=$1 group=$2; shift 2
	ssh-keygen -q -N '' -t ed25519 -C "$who" -f "keys/$who"
	{ printf 'name: %s\nemail: %s@acme.example\n' "$who" "$who"
	  printf '%s\n' "${@/KEY/ssh: \"$(cut -d' ' -f1,2 "keys/$who.pub")\"}"; } > "config/people/$who.yaml"
	sed -i "s@^members: \[@&person/$who, @" "config/groups/$group.yaml"
}

# manifest [KEY=VALUE…]: a release manifest, good unless told otherwise.
manifest() {
	local project=acme-app policy=test-signing file=acme-app-1.0.0.zip name from configuration=default version=1.0.0 sha256 size
	name=acme-app-1.0.0.zip
	[[ $# -eq 0 ]] || local "$@"
	printf 'tagseal: 1\nproject: %s\npolicy: %s\n' "$project" "$policy"
	printf 'artifacts:\n  - {name: %s, configuration: %s,\n     sha256: "%s", size: %s,\n     from: "%s"}\n' \
	    "$name" "$configuration" "${sha256:-$(sha256sum < "ci/$file" | cut -d' ' -f1)}" \
	    "${size:-$(stat -c %s "ci/$file")}" "${from:-$ci/$file}"
	printf 'parameters: {version: "%s"}\n' "$version"
}

# tag_text WHO NAME [COMMIT]: a signed tag in app, with a manifest from stdin.
tag_text() {
	{ printf 'Release\n\n---\n'; cat; } |
	    by "$1" app tag -s -F - --cleanup=verbatim "$2" "${3:-main}"
}

# put_tag NAME: the tag object in stdin, byte for byte, however bad it is.
put_tag() { git -C app update-ref "refs/tags/$1" "$(git -C app hash-object -t tag -w --literally --stdin)"; }
tag_object() { git -C app cat-file tag "$1"; }

# push_tags [REPO]: all tags of app, to the project's repository.
push_tags() { git -C app push -q -f "${1:-origin}" 'refs/tags/*:refs/tags/*'; }

# look: the ledger as it is now, for the questions below.
look() { events '' > ledger.json; }
asked() { jq -r "$@" ledger.json; }

# codes_of TYPE REF: of the findings of its events, sorted.
codes_of() {
	jq -rs --arg type "$1" --arg ref "refs/tags/$2" '
	    ([.[] | select(.type == "request.created" and .body.ref == $ref) | .request]) as $ids |
	    .[] | select(.type == $type and (.ref == $ref or (.request as $r | $ids | index($r)))) |
	    .findings[]?.code' ledger.json | sort -u
}

# told TYPE CODE REF: there is an event of the type with a finding of the code.
told() {
	local got
	got=$(codes_of "$1" "$3" | tr '\n' ' ')
	if [[ " $got" == *" $2 "* ]]; then pass; else fail "$3: $1 has not $2 but: $got"; fi
}
refused() { told request.refused "$@"; }
failed() { told request.failed "$@"; }

# causes REF: the finer codes of its refusal, each with the code before it.
causes() {
	jq -r --arg ref "refs/tags/$1" 'select(.type == "request.refused" and .ref == $ref) |
	    .findings[] | select(.cause) | .code + ":" + .cause' ledger.json | paste -sd ' '
}

# counts N TYPE [JQ]: so many events of a type of which JQ is true.
counts() {
	local got
	got=$(jq -c --arg type "$2" "select(.type == \$type) | select(${3:-true})" ledger.json | wc -l)
	if [[ $got -eq $1 ]]; then pass; else fail "$got, not $1 events $2 ${3:-}"; fi
}

# signed_only REF…: no key was used for another ref, nothing else is in out/.
signed_only() {
	local out_of
	want_same "$(printf '%s\n' "$@" | sort)" "$(jq -rs '
	    (map(select(.type == "request.created") | {(.request): .body.ref}) | add) as $refs |
	    .[] | select(.type == "keys.intended") | $refs[.request] | sub("refs/tags/"; "")' ledger.json | sort -u)" 'keys were intended'
	out_of=$(find out -type f -printf '%P\n' | sed -e 's@^[^/]*/@@' -e 's@/[^/]*$@@' | sort -u)
	want_same "$(printf '%s\n' "$@" | sort)" "$out_of" 'out/ holds'
}

# alive: no process of the engine was killed.
alive() {
	if grep -E 'killed by signal (4|6|7|8|11|31)|AddressSanitizer' engine.log >&2; then fail 'a process was killed'; else pass; fi
}

# completes REF…: each of them was signed and published.
completes() {
	local ref
	for ref in "$@"; do want_same completed "$(state_of "$ref")" "$ref is"; done
}
