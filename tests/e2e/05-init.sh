#!/usr/bin/env bash
# init: an engine that init set up begins its ledger, works, and is believed by
# clients who have trust.yaml.
# shellcheck source=../lib.sh
. "$SOURCE/tests/lib.sh"
# shellcheck source=engine.sh
. "$SOURCE/tests/e2e/engine.sh"

make_place
init() {
	"$TAGSEAL" init engine --config config --url "$WORLD/repos/config.git" --state state --module "$TAGSEAL_MODULE" \
	    --token test --pin-file pin --access-read "$SOFTHSM2_CONF" --access-write tokens \
	    --repositories repos --outputs out -o engine.yaml "$@"
}

# A wrong PIN: nothing begins, nothing waits for ever, engine.yaml stays.
printf '9999\n' > pin
chmod 600 pin
want 5 init --trust .config/tagseal/trust.yaml
says "TOKEN-PIN-WRONG"
says "this began no ledger; engine.yaml stays"
want 0 test -f engine.yaml
want 0 test -z "$(git -C repos/ledger.git for-each-ref)"

# The one step that is left.
printf '1234\n' > pin
want 0 engine --begin
want 0 git -C repos/ledger.git rev-parse -q --verify tagseal/ledger
want 0 "$TAGSEAL" audit verify --repo repos/ledger.git --log-key "$(sed -n 's/^  keys: \["\(.*\)"\]$/\1/p' .config/tagseal/trust.yaml)"
says_not "unverified"
want 3 "$TAGSEAL" requests --repo repos/ledger.git
says_not "unverified"
want 0 engine --once
git -C repos/ledger.git rev-parse tagseal/ledger > before

# ---- records of keys: accepted with the config, they are events
record() { "$TAGSEAL" key record "pkcs11:token=test;object=$1" --record "config/certificates/$1.ceremony.json" --by 'Carol Example' --witness 'Dave Example' "${@:2}" > record.log 2>&1; }
for key in acme-release engine-commit engine-log; do
	want 0 record $key
	echo "ceremony: $key.ceremony.json" >> config/certificates/$key.yaml
done
# Another key's record is not this one's, for each kind of public half.
folder=config/certificates
cp $folder/acme-release.ceremony.json whole
for pair in acme-release:engine-log engine-commit:acme-release engine-log:engine-commit; do
	cp "$folder/${pair%:*}.ceremony.json" kept
	cp "$folder/${pair#*:}.ceremony.json" "$folder/${pair%:*}.ceremony.json"
	refuses CONFIG-CEREMONY 4 "$TAGSEAL" check --folder config
	cp kept "$folder/${pair%:*}.ceremony.json"
done
head -c 200 whole > $folder/acme-release.ceremony.json
refuses CONFIG-CEREMONY 4 "$TAGSEAL" check --folder config
cp whole $folder/acme-release.ceremony.json
want 0 "$TAGSEAL" check --folder config
change_config 'Where our keys come from'
want 0 engine --once
events key.made > made.events
want_same '["acme-release","engine-commit","engine-log"]' "$(jq -cs '[.[].certificate] | sort' made.events)" 'keys made'
want 0 jq -es --arg head "$(git -C config rev-parse HEAD)" --arg sum "$(sha256sum < whole | cut -d' ' -f1)" \
    'map(select(.certificate == "acme-release")) | .[0] | .actor == "person/carol" and .commit_id == $head and
    .ceremony_sha256 == $sum and .evidence[0].raw_sha256 == $sum and .by == "Carol Example" and
    (.attributes | contains(["never_extractable", "local"])) and (.attributes | index("extractable") | not)' made.events
sum=$(sha256sum < whole | cut -d' ' -f1)
git -C repos/ledger.git cat-file blob "tagseal/ledger:blobs/sha256/${sum:0:2}/${sum:2:2}/${sum:4}" > kept
same whole kept
want 0 engine --once
want_same 3 "$(events key.made | wc -l)" 'told once'

# A key that came in a file is told as that; a changed record is told again.
openssl req -x509 -newkey rsa:3072 -nodes -keyout old.pem -subj /CN=old -out config/certificates/old.pem 2> /dev/null
want 0 "$TAGSEAL" key import old.pem --token pkcs11:token=test --label old --passphrase-file /dev/null \
    --record config/certificates/old.ceremony.json --by 'Carol Example'
printf 'kind: x509\npurpose: test\nkey: "pkcs11:token=test;object=old"\ncertificate: old.pem\nceremony: old.ceremony.json\n' \
    > config/certificates/old.yaml
rm config/certificates/acme-release.ceremony.json
want 0 record acme-release
change_config 'An old key, and a new record'
want 0 engine --once
want_same '["old"]' "$(events key.imported | jq -c '[.certificate]')" 'keys imported'
want 0 jq -e '(.attributes | index("local") | not) and (.attributes | index("sensitive"))' <<< "$(events key.imported)"
want_same 4 "$(events key.made | wc -l)" 'a new record'
want 0 "$TAGSEAL" audit verify --repo repos/ledger.git --log-key "$(sed -n 's/^  keys: \["\(.*\)"\]$/\1/p' .config/tagseal/trust.yaml)"

# ---- what the token says: once for each start of an engine that stays
until_events() {
	local i
	for ((i = 0; i < 150; i++)); do [[ $(events key.checked | wc -l) -ge $1 ]] && break; sleep 0.1; done
	want_same "$1" "$(events key.checked | wc -l)" 'keys checked'
}
want_same 0 "$(events key.checked | wc -l)" 'one pass alone checks, and tells nothing'
stays() {
	timeout 300 "$TAGSEAL" engine --engine engine.yaml > engine.log 2>&1 &
	engine_pid=$!
	until_events "$1"
	sleep 1.5	# another pass, which has nothing new to tell
	kill $engine_pid
	wait $engine_pid || true
	until_events "$1"
}
stays 5
want_same '["acme-release","acme-test","engine-commit","engine-log","old"]' \
    "$(events key.checked | jq -cs '[.[].certificate] | sort')" 'keys checked'
want_same '["KEY-EXPORTABLE","KEY-IMPORTED"]' "$(events key.checked |
    jq -cs '[.[] | select(.findings != null)] | [.[0].findings[].code] | unique')" 'findings of the old key'
want_same 0 "$(events alarm.raised | wc -l)" alarms
# Somebody puts the key back into the token so that it may leave.
key_tool() { pkcs11-tool --module "$TAGSEAL_MODULE" --token-label test --login --pin 1234 "$@" > tool.log 2>&1 || cat tool.log >&2; }
id=$(jq -r .key.id config/certificates/old.ceremony.json)
openssl pkey -in old.pem -outform DER -out old.der
key_tool --delete-object --type privkey --id "$id"
key_tool --write-object old.der --type privkey --id "$id" --label old --usage-sign --extractable
want 1 "$TAGSEAL" key check 'pkcs11:token=test;object=old' --record config/certificates/old.ceremony.json
says "attributes.extractable is 'true', in the record 'false'"
want 0 engine --once
want_same '"KEY-EXPORTABLE"' "$(events alarm.raised | jq -c .code)" alarms
want 0 engine --once
want_same 1 "$(events alarm.raised | wc -l)" 'raised once'
stays 9

# A ledger that has begun does not begin again.
refuses FILE-EXISTS 2 init
refuses LEDGER-ORDER 6 init --force
want 0 git -C repos/ledger.git merge-base --is-ancestor "$(cat before)" tagseal/ledger
