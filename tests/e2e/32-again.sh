#!/usr/bin/env bash
# again - what people say while a release is tried again changes nothing, and
# breaks nothing.
# shellcheck source=../lib.sh
. "$SOURCE/tests/lib.sh"
# shellcheck source=engine.sh
. "$SOURCE/tests/e2e/engine.sh"

# An authority that gives no more stamps than the file stamps-left says: the
# engine asks for one before it uses a key.
cat > miser.py <<'PY'
import http.server, pathlib, sys, urllib.request
left = pathlib.Path("stamps-left")
class Miser(http.server.BaseHTTPRequestHandler):
    def log_message(self, *args): pass
    def do_POST(self):
        query = self.rfile.read(int(self.headers["Content-Length"]))
        n = int(left.read_text())
        left.write_text(str(max(n - 1, 0)))
        self.send_response(200 if n > 0 else 503)
        self.send_header("Content-Type", "application/timestamp-reply")
        self.end_headers()
        if n > 0:
            self.wfile.write(urllib.request.urlopen(urllib.request.Request(sys.argv[1], query,
                {"Content-Type": "application/timestamp-query"})).read())
server = http.server.HTTPServer(("127.0.0.1", 0), Miser)
print(server.server_port, flush=True)
server.serve_forever()
PY
more_config() {
	python3 miser.py "$tsa" > miser.port &
	until [[ -s miser.port ]]; do sleep 0.05; done
	sed -i "s@$tsa@http://127.0.0.1:$(cat miser.port)/@" config/tagseal.yaml
}
stamps() { echo "$1" > stamps-left; }
make_world
log_key=$(sed -n 's/^public: "\(.*\)"/\1/p' config/certificates/engine-log.yaml)
ledger() { "$TAGSEAL" "$@" --repo repos/ledger.git --log-key "$log_key"; }

# ---- signed, but nobody gives a timestamp: it is authorised once more
build 1.0.0
tag alice v1.0.0 release-signing ci/acme-app-1.0.0.zip
stamps 0
want 0 engine --once
id=$(request v1.0.0)
approve carol "$id"
want 0 engine --once
want 0 test "$(events request.authorised | wc -l)" -eq 1
want 0 test "$(events keys.intended | wc -l)" -eq 0
stamps 1
want 0 engine --once
want 0 test "$(events request.authorised | wc -l)" -eq 2
want 0 test "$(events keys.used | wc -l)" -eq 1
want 0 test "$(events approval.counted | wc -l)" -eq 1

# ---- too late to count, and to be denied or withdrawn
approve dave "$id"
approve carol "$id" withdraw
stamps 1
want 0 engine --once
want 0 test "$(events request.authorised | wc -l)" -eq 3
want 0 test "$(events approval.counted | wc -l)" -eq 1
want 0 test "$(events request.authorised | tail -1 | jq '.approvals | length')" -eq 1

# ---- the last attempt
stamps 100
pass_of_engine
want 0 test "$(state_of v1.0.0)" = completed
want 0 ledger audit verify
says 'sound'

# ---- the day has enough signatures for one attempt more, not for two
used=$(events keys.intended | jq -s 'map(.count) | add')
needed=$(events artifact.resolved | jq -s 'last.signatures')
sed -i "s/^rules: {/&signatures-per-day: $((used + needed)), /" config/certificates/acme-release.yaml
change_config 'So many signatures a day'
build 1.1.0
tag alice v1.1.0 release-signing ci/acme-app-1.1.0.zip
pass_of_engine
approve carol "$(request v1.1.0)"
stamps 1
want 0 engine --once
want_same signing "$(state_of v1.1.0)" 'v1.1.0 is'
stamps 100
want 0 engine --once
want 0 grep -q ' request.later .*the signatures of the next day of certificate acme-release' engine.log
want 0 test "$(events request.authorised | wc -l)" -eq 4
sed -n '/^config:/,/^ledger:/{/urls:/d;p}' engine.yaml | sed '1i tagseal: 1' > trust.yaml
decisions() { "$TAGSEAL" audit decisions --config repos/config.git --trust trust.yaml --source repos/acme-app.git "$@"; }
want 0 decisions --repo repos/ledger.git --complete
# An engine that goes on all the same is named.
git clone -q --bare repos/ledger.git told.git
mkdir lie
events '' | tail -n +2 > honest.jsonl
jq -c "select(.type == \"request.authorised\") | .attempt = 2 | .signatures_max += 1 | .at = $(tail -1 honest.jsonl | jq .at) | .decided = .at" honest.jsonl |
    tail -1 | cat honest.jsonl - > lie/events
want 0 "$BUILD/tests/retell-ledger" lie told.git lie/events
want 0 "$TAGSEAL" audit verify --repo lie/ledger.git --log-key lie/vkey
refuses AUDIT-DECISION 6 decisions --repo lie/ledger.git --log-key lie/vkey
says 'made again, it is waiting'
