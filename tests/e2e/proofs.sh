# proofs - what must be so when an engine was ill-treated; after engine.sh.
# shellcheck shell=bash

# settle: passes until no request is open but those that wait for people.
settle() {
	local i before
	for ((i = 0; i < 20; i++)); do
		engine --once || true
		cat engine.log >> settle.log
		[[ -n $(jq -s 'map(select(.state | IN("completed", "failed", "waiting") | not)) | .[]' \
		    <("$TAGSEAL" requests --repo repos/ledger.git --json 2> /dev/null | jq -c '.[]')) ]] || break
	done
	before=$failures
	want 0 engine --once
	[[ $failures -eq $before ]] || tail -30 engine.log >&2
}

# holds WHAT FILTER: jq's FILTER over all events, as a list, lists nothing.
holds() {
	local bad
	bad=$(jq -c "$2" all.json) || bad="jq: $bad"
	if [[ -z $bad ]]; then pass; else fail "$1: ${bad:0:600}"; fi
}

# prove_all TAG…: each has one request, and all that is known of it is true.
prove_all() {
	events '' | jq -s . > all.json
	log_key=$(sed -n 's/^public: "\(.*\)"/\1/p' config/certificates/engine-log.yaml)
	prove_requests "$@"
	prove_keys
	prove_files
	prove_ledger
	prove_tidy
}

prove_requests() {
	local wanted
	wanted=$(printf 'refs/tags/%s\n' "$@" | sort)
	if [[ $(jq -r '.[] | select(.type == "request.created") | .body.ref' all.json | sort) == "$wanted" ]]; then pass
	else fail "not one request for each tag"; fi
	holds 'requests without one end' '[.[] | select(.type | test("^request.(completed|failed|denied|expired|cancelled|refused)$")) |
	    .request] as $ends | .[] | select(.type == "request.created") | .request as $r |
	    select([$ends[] | select(. == $r)] | length != 1)'
	holds 'ends that must not be' '. as $all | .[] | select(.type | test("^request.(failed|denied|expired|cancelled|refused)$")) |
	    .request as $r | select(.type != "request.failed" or .findings[0].code != "REQUEST-ATTEMPTS" or
	    ([$all[] | select(.type == "request.authorised" and .request == $r)] | length) != 3)'
	holds 'artifacts verified twice' 'map(select(.type == "artifact.verified")) | group_by([.request, .name])[] | select(length > 1)'
	holds 'artifacts published twice' 'map(select(.type == "artifact.published")) |
	    group_by([.request, .name, .where])[] | select(length > 1)'
	printf 'requests: %s\n' "$(jq -r '.[].type | select(test("^request.(completed|failed)|keys"))' all.json | sort | uniq -c | xargs)"
}

# The signer's own count: of the younger of the two halves of its state file.
signer_count() {
	local at best=0 sequence
	for at in 0 2048; do
		sequence=$(od -An -v -t u8 --endian=big -j $((at + 16)) -N 8 "$1" | tr -d ' ')
		[[ $sequence -gt $best ]] || continue
		best=$sequence
		count=$(od -An -v -t u8 --endian=big -j $((at + 16 + 8 + 8 + 32 + 24)) -N 8 "$1" | tr -d ' ')
	done
	printf '%s' "$count"
}

prove_keys() {
	local state count=0 told
	holds 'intents without one outcome' '[.[] | select(.type == "keys.used" or .type == "keys.unknown") | .intended] as $ends |
	    .[] | select(.type == "keys.intended") | .n as $n | select([$ends[] | select(. == $n)] | length != 1)'
	for state in "$WORLD"/state*/signer/state; do count=$((count + $(signer_count "$state"))); done
	told=$(jq '[.[] | select(.type == "keys.used" or .type == "keys.unknown") | .count] | add' all.json)
	if [[ $told -ge $count && $count -gt 0 ]]; then pass; else fail "$told uses in the ledger, $count of the signer"; fi
	printf 'signatures: %s in the ledger, %s of the signer\n' "$told" "$count"
}

prove_files() {
	local sha name where published=0
	while read -r sha name where; do
		published=$((published + 1))
		if [[ $(sha256sum < "$where/$name") == "$sha  -" ]]; then pass; else fail "$where/$name is not what was verified"; fi
		want 0 env -C "$where" sha256sum --quiet --strict -c SHA256SUMS
		want 0 "$TAGSEAL" audit receipt --log-key "$log_key" "$where/$name.receipt.json" "$where/$name"
		if [[ $(cd "$where" && find . -type f | sort | xargs) == "$(printf './%s\n' SHA256SUMS "$name" "$name.receipt.json" | xargs)" ]]
		then pass; else fail "not just the three files: $(cd "$where" && find . | xargs)"; fi
		prove_programs "$where/$name"
	done < <(jq -r '(map(select(.type == "artifact.verified")) | map({(.request + .name): .artifact_sha256}) | add) as $sha |
	    .[] | select(.type == "artifact.published") | [$sha[.request + .name], .name, .where] | @tsv' all.json)
	if [[ $(find out -name SHA256SUMS | wc -l) -eq $published ]]; then pass; else fail "folders that nobody published"; fi
	printf 'published: %d\n' "$published"
}

prove_programs() {
	local file
	rm -rf unpacked && mkdir unpacked
	unzip -q "$1" -d unpacked && unzip -q unpacked/plugins/extra.zip -d unpacked/extra
	for file in unpacked/bin/app.exe unpacked/bin/answer.dll unpacked/extra/bin/answer.dll; do
		want 0 osslsigncode verify -CAfile ca.pem -TSA-CAfile ca.pem "$file"
	done
}

prove_ledger() {
	local repo
	rm -rf fresh.git && git clone -q --bare "$WORLD/repos/ledger.git" fresh.git
	want 0 "$TAGSEAL" audit verify --repo fresh.git --log-key "$log_key"
	says ' 0 intents open'
	want 0 python3 "$SOURCE/tests/ledger/check_ledger.py" fresh.git refs/heads/tagseal/ledger "$log_key"
	for repo in fresh.git repos/*.git state*/judge/ledger.git state*/courier/*.git; do
		want 0 git -c safe.directory='*' -C "$repo" fsck --strict --no-dangling
		says_not error
	done
}

# Nothing half-made stays: where the engine writes, and at the host. There git
# may not get to tidy up after a push whose other end was killed: its folder
# for what comes in is rubbish that git knows, and takes away when it prunes.
prove_tidy() {
	local left repo
	for repo in repos/*.git; do git -c safe.directory='*' -C "$repo" prune --expire=now; done
	left=$(find out repos state* \( -name '*.lock' -o -name '*.tagseal-*' -o -name 'tmp_*' -o -name '*_git2_*' -o -name 'incoming-*' \) \
	    -o \( -path '*/judge/results/*' -o -path '*/judge/scratch/*' -o -path '*/push/refs/engine/push/*' \) )
	if [[ -z $left ]]; then pass; else fail "left behind:"; printf '%s\n' "$left" >&2; fi
}
