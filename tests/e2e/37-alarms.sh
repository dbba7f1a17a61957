#!/usr/bin/env bash
# alarms - what a host did to the ledger stops all signing, also when the host
# is mended and the engine started anew, until two administrators have said that
# they saw it.
# shellcheck source=../lib.sh
. "$SOURCE/tests/lib.sh"
# shellcheck source=engine.sh
. "$SOURCE/tests/e2e/engine.sh"
# shellcheck source=attacks.sh
. "$SOURCE/tests/e2e/attacks.sh"
# Authorities for people, with a name that has to be quoted in many places; and
# two of vendors that have the same one.
more_config() {
	openssl req -x509 -newkey rsa:2048 -nodes -keyout people.key -out config/trust/people.pem -days 40 \
	    -subj '/CN=say "hi" \\\\n/O=Ä' -utf8 2> /dev/null
	echo 'x509-roots: trust/people.pem' >> config/tagseal.yaml
	for days in 200 300; do
		openssl req -x509 -newkey ed25519 -nodes -keyout vendor.key -out config/trust/vendor-$days.pem -days $days -subj /CN=vendor 2> /dev/null
		printf '      - pe: {path: %s.exe, verify: {authenticode: {roots: vendor-%s.pem}}}\n' $days $days
	done | { printf 'artifact:\n  zip:\n    contents:\n' && cat; } > config/projects/acme-app/artifacts/vendors.yaml
}
make_world
build 1.0.0
release() { manifest | tag_text alice "test/$1"; by alice app push -q origin "test/$1"; }
stopped() { grep -q ALARM-OPEN <(asked -s '[.[] | select(.type == "request.waiting")] | last | .missing[]'); }
set_ledger() { git -C repos/ledger.git update-ref refs/heads/tagseal/ledger "$1"; }
head_of_ledger() { git -C repos/ledger.git rev-parse tagseal/ledger; }

release one
pass_of_engine
completes test/one
want 3 "$TAGSEAL" alarms --repo repos/ledger.git

# ---- how it stands, for people and for Prometheus
log_key=$(sed -n 's/^public: "\(.*\)"/\1/p' config/certificates/engine-log.yaml)
status() { "$TAGSEAL" status --repo repos/ledger.git --log-key "$log_key" "$@"; }
status_of() { status --config repos/config.git "$@"; }
metrics() { status_of --metrics "$@" 2> /dev/null > metrics && /usr/bin/python3 "$SOURCE/tests/e2e/judge_metrics.py" < metrics > samples; }
sample() { jq -s "$1" samples; }
want 0 status_of
says 'waiting     0 requests'
says 'alarms      0 open'
says '39 days  x509-roots  root: '
says_not 'certificate/acme-release'
want 0 status_of --all
says 'certificate/acme-release  certificate: '
want 0 status_of --json
json=$out
want 0 jq -e --arg head "$(git -C repos/config.git rev-parse main)" --arg id "$(sed -n 's/^engine: //p' engine.yaml | tr -d '"')" \
    '(.attention | not) and .config.commit == $head and [.engines[].id] == [$id] and .engines[0].seen == .ledger.at and .requests.completed == 1
    and (.ends | length == 1) and (.ends[0] | .thing == "x509-roots" and .days == 39 and (.ended | not) and .file == "trust/people.pem")' <<< "$json"
root=$(jq -r '.ends[0].element' <<< "$json")
want_same "root: $(openssl x509 -in config/trust/people.pem -noout -subject -nameopt RFC2253,-esc_msb,utf8 | sed 's/^subject=//')" "$root" 'what ends is'
want 0 metrics
want 0 jq -se --arg root "$root" 'map(select(.name == "tagseal_end_days" and .labels.element == $root)) | length == 1 and .[0].value == 39' samples
want_same "$(($(date -ud "$(openssl x509 -in config/trust/people.pem -noout -enddate | cut -d= -f2)" +%s)))" \
    "$(sample 'map(select(.name == "tagseal_end_timestamp_seconds" and .labels.thing == "x509-roots"))[0].value')" 'it ends at'
want_same "$(openssl x509 -in config/certificates/acme-release.pem -noout -enddate | cut -d= -f2 | xargs -d '\n' date +%s -ud)" \
    "$(sample 'map(select(.name == "tagseal_end_timestamp_seconds" and .labels.thing == "certificate/acme-release" and (.labels.element | startswith("certificate"))))[0].value')" 'the other at'
want_same '199 299' "$(sample 'map(select(.name == "tagseal_end_days" and .labels.element == "root: CN=vendor").value | floor) | sort | join(" ")' | tr -d '"')" 'vendors end in'
want_same "$(git -C repos/ledger.git ls-tree -r --name-only tagseal/ledger events/ | wc -l)" "$(sample 'map(select(.name == "tagseal_ledger_events"))[0].value')" 'events are'
want_same '0 1' "$(sample '[map(select(.name == "tagseal_alarms_open"))[0].value, map(select(.name == "tagseal_requests" and .labels.state == "completed"))[0].value] | "\(.[0]) \(.[1])"' | tr -d '"')" 'alarms and requests are'
# The judge refuses what is none.
for broken in '$d' 's/\\"/"/g' '/ledger_events [0-9]/{p;p}' 's/gauge/counter/' 's/^# HELP/# help/'; do
	sed "$broken" metrics > cut
	want 1 /usr/bin/python3 "$SOURCE/tests/e2e/judge_metrics.py" < cut
done
# As it will be: it has ended, and a collector hears of it.
later=$(date -u -d '+50 days' +%F)
want 7 status_of --at "$later"
says 'has ended  x509-roots'
want 0 metrics --at "$later"
want 0 jq -se 'map(select(.name == "tagseal_end_days" and .labels.thing == "x509-roots"))[0].value | . < -8 and . > -12' samples
# Without the config repo the rest is told.
want 0 status
says 'what ends is not known'
want 0 jq -e 'has("ends") | not' <(status --json 2> /dev/null)
want_same '["tagseal_config_known 0"]' "$(status --metrics 2> /dev/null | grep '^tagseal_\(config\|end\)' | jq -Rsc 'split("\n")[:-1]')" 'without it'
refuses GIT-OBJECT-MISSING 5 status --config repos/acme-app.git
refuses USAGE 2 status_of --at soon
refuses USAGE 2 status_of --json --metrics
# The engine told of it, once.
want 0 jq -se 'length == 1 and (.[0] | .thing == "x509-roots" and .threshold == 60 and .days == 39)' <<< "$(events certificate.expiring)"

# ---- rewound: a file of the state folder keeps it
good=$(head_of_ledger)
set_ledger "$good~2"
release two
want 6 engine --once
want_same "$(git -C repos/ledger.git rev-parse "$good~2")" "$(head_of_ledger)" 'the host has'
want_same LEDGER-REWIND "$(jq -r .code state/judge/stop.json)" 'kept is'
want_same 600 "$(stat -c %a state/judge/stop.json)" 'its mode is'

# ---- mended: the ledger has it, once, and nothing is signed
set_ledger "$good"
for _ in 1 2; do
	pass_of_engine
	look
	counts 1 alarm.raised '.severity == "stop" and .code == "LEDGER-REWIND"'
	want 1 test -e state/judge/stop.json
	want_same waiting "$(state_of test/two)" 'two is'
	want 0 stopped
done
signed_only test/one
size=$(asked 'select(.type == "alarm.raised") | .size')
counts 1 alarm.raised ".n == $size"	# it names all that the engine had

# ---- what people see of it
want 7 status_of
says 'LEDGER-REWIND (stops signing): '
says 'waiting     1 requests'
says ', for ALARM-OPEN: '
want 0 metrics
want_same '1 1' "$(jq -r 'select(.name == "tagseal_alarms_open" or .name == "tagseal_alarms_stopping").value | floor' samples | xargs)" 'alarms are'
want 0 "$TAGSEAL" alarms --repo repos/ledger.git --open
says 'stops signing  LEDGER-REWIND'
says "sha256 $(git -C repos/ledger.git cat-file blob "tagseal/ledger:$(printf 'events/00/%02x/%02x' $((size / 256)) $((size % 256)))" | sha256sum | cut -d' ' -f1)"
refuses USAGE 2 "$TAGSEAL" acknowledge "$size" --repo repos/ledger.git --config config
refuses USAGE 2 "$TAGSEAL" acknowledge x --repo repos/ledger.git --config config --reason x
refuses ALARM-UNKNOWN 3 "$TAGSEAL" acknowledge 0 --repo repos/ledger.git --config config --reason x
want 0 "$TAGSEAL" acknowledge "$size" --repo repos/ledger.git --config config --reason $'restored: "from" yesterday\'s copy\n# and checked'
says 'wrote config/alarms/acknowledged/alarm-'
cp -r config whole && rm -rf whole/.git && want 0 "$TAGSEAL" check --folder --repo whole
for broken in 's/^sha256: "./sha256: "X/' '/^reason/d' 's/^event: .*/event: -1/' '$aby: carol'; do
	cp -r whole broken && sed -i "$broken" broken/alarms/acknowledged/*.yaml
	want 4 "$TAGSEAL" check --folder --repo broken
	rm -rf broken
done

# ---- one administrator is not enough, two are
commit_config carol 'I have seen it'
pass_of_engine
look
counts 0 alarm.acknowledged
want 0 stopped
endorse dave
pass_of_engine
look
counts 1 alarm.acknowledged ".raised == $size and .by == [\"person/carol\", \"person/dave\"] and (.reason | contains(\"yesterday\"))"
completes test/two
signed_only test/one test/two
want 3 "$TAGSEAL" alarms --repo repos/ledger.git --open
want 0 status_of
refuses ALARM-UNKNOWN 3 "$TAGSEAL" acknowledge "$size" --repo repos/ledger.git --config config --reason x

# ---- an engine that stays up goes on by itself, and stops again
"$TAGSEAL" engine --engine engine.yaml 2> daemon.log & pid=$!
# until_true COMMAND…: within 30 s.
until_true() { local i; for ((i = 0; i < 300; i++)); do if "$@"; then pass; return; fi; sleep 0.1; done; fail "never: $*"; tail -5 daemon.log >&2; }
logged() { grep -q "$1" daemon.log; }
raised() { look; [[ $(asked -s "[.[] | select(.type == \"alarm.raised\" and .code == \"$1\")] | length") -eq $2 ]]; }
completed() { [[ $(state_of "test/$1") == completed ]]; }
# What is written for a release has to be there before the host goes wrong.
waits() { look; [[ $(state_of "test/$1") == waiting ]] && stopped; }
until_true logged engine.started
good=$(head_of_ledger)
git -C repos/ledger.git update-ref -d refs/heads/tagseal/ledger
until_true test -e state/judge/stop.json
set_ledger "$good"
until_true raised LEDGER-REWIND 2
release three
until_true waits three
# A commit of a stranger's behind it: what was read of that has to go.
good=$(head_of_ledger)
set_ledger "$(by bob repos/ledger.git commit-tree -S -m Foreign -p "$good" "$good^{tree}")"
until_true test -e state/judge/stop.json
set_ledger "$good"
until_true raised LEDGER-SIGNER 1
signed_only test/one test/two
acknowledge_all
until_true completed three

# ---- what started: the build, what confines it, its tokens, its signer's start
look
started() { jq -r "select(.type == \"engine.started\") | $1" ledger.json | sort -u; }
want_same "$("$TAGSEAL" version --json | jq -r '[.version, (.builds | .judge, .signer)] | join(" ")')" \
    "$(started '[.version, (.processes[] | .build)] | join(" ")')" 'what started is'
want_same 'judge signer' "$(started '[.processes[].process] | join(" ")')" 'processes are'
for role in judge signer; do
	want_same "$(sed -n "s/.*process.sandboxed role=$role landlock=\([^ ]*\) seccomp=\([^ ]*\).*/\1 \2/p" daemon.log | sort -u)" \
	    "$(started ".processes[] | select(.process == \"$role\") | \"\(.landlock) \(.seccomp)\"" | sed 's/^0 /no /; s/ none$/ no/')" "what confines the $role is"
done
want_same "$(softhsm2-util --show-slots | sed -n 's/^ *Serial number: *\([0-9a-f]\+\) *$/\1/p' | head -1)" "$(started '.tokens[].serial')" 'the token is'
want 0 grep -qxF "$(started .session)" <<< "$(asked 'select(.type == "keys.used") | .session')"
kill "$pid" && wait "$pid"
look
counts 3 alarm.acknowledged
signed_only test/one test/two test/three

# ---- a stop file that says nothing is no reason to go on
echo '{"code": ""}' > state/judge/stop.json
release four
want 5 engine --once
want 0 grep -q 'code=ALARM-STOP-FILE' engine.log
echo junk > state/judge/stop.json
want 5 engine --once
rm state/judge/stop.json
pass_of_engine
look
completes test/four

# ---- a clock that was ahead: no key is used until the right one has caught up
ahead=$WORLD/ahead/tagseal
mkdir ahead && cp "${TAGSEAL%/*}"/tagseal{,-commands,-checker,-courier,-signer,-verifier,-worker} ahead/
cp "$BUILD/tests/judge-ahead" ahead/tagseal-judge
release five
TAGSEAL=$ahead pass_of_engine
completes test/five
counts 0 clock.step
release six
for _ in 1 2 3; do
	pass_of_engine
	look
	want_same waiting "$(state_of test/six)" 'six is'
	want 0 grep -q '^CLOCK-BEHIND: ' <(asked -s '[.[] | select(.type == "request.waiting")] | last | .missing[]')
	counts 1 request.waiting ".request == \"$(request test/six waiting)\""
done
# Once before six waits and once after it, and no more.
counts 2 clock.step '.against == "ledger" and .direction == "back" and .milliseconds > 300000'
TAGSEAL=$ahead pass_of_engine
completes test/six

want 0 "$TAGSEAL" audit verify --repo repos/ledger.git
