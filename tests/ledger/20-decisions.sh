#!/usr/bin/env bash
# decisions - whoever has the ledger and clones makes the engine's decisions
# again: honest ones are the same, and each lie of an engine is named. Lies are
# told in ledgers that are soundly signed, and whose events fit each other.
# shellcheck source=../lib.sh
. "$SOURCE/tests/lib.sh"
# shellcheck source=../e2e/engine.sh
. "$SOURCE/tests/e2e/engine.sh"
more_config() {
	# A test certificate that is not used before another takes its place.
	cp config/certificates/acme-test.yaml config/certificates/acme-test-2.yaml
	cp config/certificates/acme-test.yaml config/certificates/acme-spare.yaml
	echo 'state: standby' >> config/certificates/acme-spare.yaml
	printf 'rules: {hours: [{days: [%s]}]}\n' "$(date -u -d '+3 days' +%A | tr '[:upper:]' '[:lower:]')" \
	    >> config/certificates/acme-test.yaml
	echo 'rules: {signatures-per-day: 1}' >> config/certificates/acme-test-2.yaml
	sed -i 's/count: 1/count: 2/' config/projects/acme-app/policies/release-signing.yaml
	printf '    valid-to: "%s"\n' "$(date -u -d '+20 days' +%FT%TZ)" >> config/people/bob.yaml
}
TSA_DAYS=85 make_world
another_engine 2 engine-2.yaml
log_key=$(sed -n 's/^public: "\(.*\)"/\1/p' config/certificates/engine-log.yaml)

# ---- what happens: a release that people argue about, and others
build 1.0.0
VERSION=1.0.0 tag alice v1.0.0 release-signing ci/acme-app-1.0.0.zip
build 1.2.0
# Later than the next pass, whatever else the machine does.
switch=$(($(date +%s) + 45))
printf 'successor: {certificate: acme-test-2, from: "%s"}\n' "$(date -u -d "@$switch" +%FT%TZ)" >> config/certificates/acme-test.yaml
change_config 'Another certificate takes over'
VERSION=1.2.0 tag bob v1.2.0 test-signing ci/acme-app-1.2.0.zip
pass_of_engine
want_same waiting "$(state_of v1.2.0)" 'v1.2.0 is'
want 0 jq -se 'map(select(.ref == "refs/tags/v1.2.0"))[0].missing[0] | startswith("the hours of certificate acme-test, until ")' <<< "$(events request.waiting)"
id=$(request v1.0.0)
approve alice "$id"
approve carol "$id"
pass_of_engine
approve_commit dave "$id"
pass_of_engine
want_same completed "$(state_of v1.0.0)" 'v1.0.0 is'
sed -i 's/^description: .*/description: changed/' config/projects/acme-app/policies/release-signing.yaml
change_config 'Another text'
build 1.1.0
VERSION=1.1.0 tag alice v1.1.0 release-signing ci/acme-app-1.1.0.zip
VERSION=1.1.0 tag ci-acme v1.1.1 release-signing ci/acme-app-1.1.0.zip
pass_of_engine
want_same waiting "$(state_of v1.1.0)" 'v1.1.0 is'
want 0 test -n "$(events request.refused)"

# ---- honest
cat > trust.yaml <<-EOF
	tagseal: 1
	$(sed -n '/^config:/,/^ledger:/{/urls:/d;p}' engine.yaml)
EOF
decisions() { "$TAGSEAL" audit decisions --config repos/config.git --trust trust.yaml "$@"; }
all() { decisions --repo repos/ledger.git --source repos/acme-app.git "$@"; }
want 0 all --complete
says ' 0 partly, 0 unknown, 0 different'
want 0 all --json
want 0 jq -e '[.decisions[].type] | unique == ["approval.counted", "approval.ignored", "certificate.added", "certificate.expiring", "config.accepted", "engine.declared", "request.authorised", "request.created", "request.refused"]' <<< "$out"
want 0 all --all
says 'same       event'
# The audit of all does it as well.
want 0 "$TAGSEAL" audit verify --decisions --repo repos/ledger.git --config repos/config.git --source repos/acme-app.git --trust trust.yaml --json
want 0 jq -e '.decisions.counts.different == 0 and .decisions.counts.same > 5 and .events > 5' <<< "$out"
# Without the project's repository something is left open, and said to be.
want 0 decisions --repo repos/ledger.git
says 'partly'
says ' 0 different'
want 1 decisions --repo repos/ledger.git --complete
# Without the config repo, everything is.
git init -q --bare empty.git
want 0 "$TAGSEAL" audit decisions --repo repos/ledger.git --config empty.git --log-key "$log_key"
says '0 same, 0 partly'
refuses GIT-REPOSITORY 5 all --source nowhere
# Who pins another root takes nobody's word for this one.
sed 's/commit: "..../commit: "dead/' trust.yaml > other.yaml
want 1 "$TAGSEAL" audit decisions --config repos/config.git --trust other.yaml --repo repos/ledger.git --complete
says 'is pinned'

# ---- lies
events '' | tail -n +2 > honest.jsonl
git clone -q --bare repos/ledger.git told.git
# retold NAME FILTER [ARGUMENT…]: a ledger of what jq makes of the events.
retold() {
	local name=$1 filter=$2; shift 2
	mkdir "$name"
	jq -c "$@" "$filter" honest.jsonl > "$name/events"
	"$BUILD/tests/retell-ledger" "$name" told.git "$name/events"
}
judged() { decisions --repo "$1/ledger.git" --source repos/acme-app.git --log-key "$1/vkey"; }
# lie NAME TEXT FILTER [ARGUMENT…]: one that is told so, and is named.
lie() {
	local name=$1 text=$2; shift 2
	want 0 retold "$name" "$@"
	want 0 "$TAGSEAL" audit verify --repo "$name/ledger.git" --log-key "$name/vkey"
	refuses AUDIT-DECISION 6 judged "$name"
	says "$text"
}
# unfit NAME TEXT FILTER: one that the events themselves give away.
unfit() {
	want 0 retold "$1" "$3"
	refuses LEDGER-STATE 6 "$TAGSEAL" audit verify --repo "$1/ledger.git" --log-key "$1/vkey"
	says "$2"
}
# Told as it was by other keys, it is as good.
want 0 retold honest .
want 0 judged honest
says ' 0 partly, 0 unknown, 0 different'

is() { printf 'select(.type == "%s")' "$1"; }
counted='.type == "approval.counted"'
lie who 'said it, not dave' "if $counted then .person = \"person/dave\" else . end"
lie too-few 'made again, it is waiting' "if $counted then {v, n, type: \"engine.stopped\", at, engine, reason: \"none\"} elif .type == \"request.authorised\" then .approvals = [] | .approvals_needed = 0 else . end"
lie own 'made again, it is approval.ignored' 'if .type == "approval.ignored" then del(.findings) + $about + {type: "approval.counted", carrier: "tag", rule: "quorum"} else . end' --argjson about "$(jq -c "select($counted) | {project, policy, ref}" honest.jsonl | head -1)"
lie names-less 'which counts' 'if .type == "request.authorised" then .approvals |= .[:1] | .approvals_needed = 1 else . end'
lie hushed 'made again, it is approval.counted' "if $counted and .carrier == \"tag\" then del(.carrier, .rule, .expires) + {type: \"approval.ignored\", findings: [{code: \"APPROVAL-ROLE\", text: \"no\"}]} elif .type == \"request.authorised\" then .approvals |= .[1:] | .approvals_needed = 1 else . end"
unfit fewer 'fewer approvals than are needed' 'if .type == "request.authorised" then .approvals |= .[:1] else . end'
unfit uncounted 'was not counted' "if $counted then {v, n, type: \"engine.stopped\", at, engine, reason: \"none\"} else . end"
unfit certificate 'another certificate' 'if .type == "keys.intended" then .certificate = "other" else . end'
lie evidence 'its evidence is not object' "if $counted then .evidence[0].object_id |= (.[:36] + \"0000\") else . end"
lie signer 'signed it, not' 'if .type == "config.accepted" and .changes then .signer = "person/bob" else . end'
lie rule 'which is not so' 'if .type == "config.accepted" and .changes then .changes[0].rule = "anybody" else . end'
lie code 'where REF-SIZE is told' 'if .type == "request.refused" then .findings[0].code = "REF-SIZE" else . end'
# One key ends soon, and the authority's certificate, as its tokens show it:
# each was told of once, by several passes.
want 0 jq -se --arg print "$(ssh-keygen -lf keys/bob.pub | cut -d' ' -f2)" 'map(.thing) == ["person/bob", "timestamp-token"] and (.[0] | .person == "person/bob" and .file == "people/bob.yaml" and .element == "valid-to of \($print)" and .days == 19 and .threshold == 30) and (.[1] | .element == "certificate: CN=Test TSA,O=Test" and .days == 84 and .threshold == 90)' <<< "$(events certificate.expiring)"
expiring='.type == "certificate.expiring" and .thing == "person/bob"'
lie token 'nothing of that kind ends then' 'if .thing == "timestamp-token" then del(.evidence) else . end'
lie ends 'nothing of that kind ends then' "if $expiring then .ends = \"2027-01-01T00:00:00.000Z\" else . end"
lie threshold 'made again, its threshold is 30' "if $expiring then .threshold = 60 else . end"
lie twice 'it was told of before' 'if .type == "approval.ignored" then $soon + {n, at, decided: .at, config, commit_id: .config.commit_id} else . end' \
    --argjson soon "$(jq -c "select($expiring)" honest.jsonl)"
lie follower 'nothing follows it' "if $expiring then .successor = \"acme-test\" else . end"
other_key=$(ssh-keygen -q -t ed25519 -N '' -C '' -f other && cut -d' ' -f1,2 other.pub)
lie engine 'names no engine' 'if .type == "engine.declared" then .declared |= sub(".$"; "7") else . end'
lie key 'has another key' 'if .type == "engine.declared" then .commit_key = $key else . end' --arg key "$other_key"
lie slug 'names certificate engine-commit-2' 'if .type == "engine.declared" then .certificate = "engine-commit" else . end'
lie older 'was in force' 'if .type == "request.refused" then .config = $old else . end' --argjson old "$(jq -c "$(is request.created) | .config" honest.jsonl | head -1)"
# After what happened, something that did not.
waiting=$(jq -c "$(is request.waiting)" honest.jsonl | tail -1)
last=$(tail -1 honest.jsonl | jq .at)
append() { jq -c "del(.missing) + {type: \"$1\", at: $last} + $2" <<< "$waiting"; }
lie_behind() {
	local name=$1 text=$2; shift 2
	cp honest.jsonl all.jsonl && append "$@" >> honest.jsonl
	lie "$name" "$text" .
	mv all.jsonl honest.jsonl
}
lie_behind expired 'made again, it is waiting' request.expired '{reason: "too late"}'
lie_behind denied 'made again, it is' request.denied "{reason: \"no\"} + $(jq -c "select($counted) | {person, statement_sha256, evidence}" honest.jsonl | head -1)"
lie_behind cancelled 'nothing stands against it' request.cancelled '{reason: "so"}'
cp honest.jsonl all.jsonl
jq -c "$(is engine.declared) | {v, n, type: \"engine.retired\", at: $last, engine, retired: .declared, commit_id: \$now.commit_id, config: \$now, evidence}" \
    --argjson now "$(jq -c "$(is request.created) | .config" honest.jsonl | tail -1)" all.jsonl >> honest.jsonl
lie retired 'has not retired it' .
mv all.jsonl honest.jsonl
# A request for other bytes than the tag names, and all that follows from it:
# its id is another one, too.
named=$(jq -r "$(is request.created) | .body.artifacts[0].sha256" honest.jsonl | head -1)
sed -i "s/$named/${named:0:60}0000/g" honest.jsonl
new=sr-$(jq -cSj "$(is request.created) | select(.request == \"$id\") | .body" honest.jsonl | sha256sum | cut -d' ' -f1)
sed -i "s/$id/$new/g" honest.jsonl
lie bytes 'made again, the request is another one' .

# ---- rules of certificates
while [[ $(date +%s) -le $switch ]]; do sleep 1; done
pass_of_engine
want_same REQUEST-CERTIFICATE "$(events request.cancelled | jq -r '.findings[0].code')" 'the old request ended by'
want 0 jq -se 'last.body | .certificate.slug == "acme-test-2" and ([.config.files | keys[] | select(startswith("certificates/acme-test"))] == ["certificates/acme-test-2.yaml", "certificates/acme-test.pem", "certificates/acme-test.yaml"])' <<< "$(events request.created)"
want_same REQUEST-SIGNATURES "$(events request.failed | jq -r '.findings[0].code')" 'the new one failed by'
signatures=$(events artifact.resolved | jq -s 'last.signatures')
sed -i "s/^rules:.*/rules: {signatures-per-day: $((2 * signatures - 1))}/" config/certificates/acme-test-2.yaml
printf 'state: revoked\nrevoked: {at: "2026-01-01", reason: lost}\n' >> config/certificates/acme-test.yaml
rm config/certificates/acme-spare.yaml
change_config 'More signatures a day; the old one is revoked, the spare one removed'
VERSION=1.2.0 tag bob v1.2.1 test-signing ci/acme-app-1.2.0.zip
VERSION=1.1.0 tag bob v1.2.2 test-signing ci/acme-app-1.1.0.zip
pass_of_engine
want_same completed "$(state_of v1.2.1)" 'v1.2.1 is'
want_same waiting "$(state_of v1.2.2)" 'v1.2.2 is'
want 0 jq -se 'last.missing[0] | startswith("the signatures of the next day of certificate acme-test-2, until ")' <<< "$(events request.waiting)"
want 0 all --complete
says ' 0 partly, 0 unknown, 0 different'
# What there is of certificates, and their states.
want_same "$({ echo acme-spare; basename -as .yaml config/certificates/*.yaml; } | sort)" "$(events certificate.added | jq -r .certificate | sort)" 'certificates told of'
want_same 'acme-test 2026-01-01T00:00:00.000Z lost' "$(events certificate.revoked | jq -r '"\(.certificate) \(.since) \(.reason)"')" 'revoked'
want_same 'acme-spare standby' "$(events certificate.removed | jq -r '"\(.certificate) \(.state)"')" 'removed'
want 0 jq -se --arg sha "$(openssl x509 -in config/certificates/acme-release.pem -outform DER | sha256sum | cut -d' ' -f1)" \
    --arg spki "$(openssl x509 -in config/certificates/acme-release.pem -noout -pubkey | openssl pkey -pubin -outform DER | sha256sum | cut -d' ' -f1)" \
    '.[] | select(.certificate == "acme-release") | .certificate_sha256 == $sha and .spki_sha256 == $spki and .not_before < .not_after' <<< "$(events certificate.added)"
want 0 "$TAGSEAL" audit find --repo repos/ledger.git --log-key "$log_key" --view view --certificate acme-test
states=$(python3 -c 'import sqlite3; print([r for r in sqlite3.connect("view").execute("SELECT slug, state, revoked FROM certificates WHERE slug LIKE \"acme-test%\" OR slug LIKE \"%spare\" ORDER BY slug")])')
want_same "[('acme-spare', 'removed', None), ('acme-test', 'revoked', '2026-01-01T00:00:00.000Z'), ('acme-test-2', 'active', None)]" "$states" 'the view has'
rm -rf told.git && git clone -q --bare repos/ledger.git told.git
events '' | tail -n +2 > honest.jsonl
waiting=$(jq -c "$(is request.waiting)" honest.jsonl | tail -1)
last=$(tail -1 honest.jsonl | jq .at)
authorised=$(jq -c "$(is request.authorised) | {attempt, reasons: [], approvals: [], approvals_needed: 0, spki_sha256, signatures_max} + {decided: $last}" honest.jsonl | tail -1)
lie_behind too-many 'made again, it is waiting' request.authorised "$authorised + {certificate: \"acme-test-2\"}"
lie_behind outdated 'does not sign with certificate acme-test then' request.authorised "$authorised + {certificate: \"acme-test\", signatures_max: 1}"
lie_behind before 'told much later or before' request.authorised "$authorised + {certificate: \"acme-test-2\", decided: \"2026-01-01T00:00:00.000Z\"}"
lie standby 'made again, its state is active' 'if .type == "certificate.added" and .certificate == "acme-release" then .state = "standby" else . end'
lie revoked 'it is not revoked' 'if .type == "certificate.revoked" then .certificate = "acme-release" else . end'
lie there 'it is there' 'if .type == "certificate.removed" then .certificate = "acme-release" else . end'
lie never 'it was not there before' 'if .type == "certificate.removed" then .certificate = "nobody" else . end'
lie was 'another certificate or state' 'if .type == "certificate.removed" then .state = "active" else . end'
