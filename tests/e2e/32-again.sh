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
