#!/usr/bin/env bash
# bad input - servers, files, disks and tokens that fail: each harms only what
# needs it, and says with its code what is wrong.
# shellcheck source=../lib.sh
. "$SOURCE/tests/lib.sh"
# shellcheck source=engine.sh
. "$SOURCE/tests/e2e/engine.sh"
# shellcheck source=attacks.sh
. "$SOURCE/tests/e2e/attacks.sh"

mkdir uploads
python3 "$SOURCE/tests/net/http-server" uploads > bad.port &
until [[ -s bad.port ]]; do sleep 0.05; done
bad=http://127.0.0.1:$(cat bad.port)
more_config() {
	local policies=config/projects/acme-app/policies
	{ cat $policies/test-signing.yaml; echo 'timestamp: none'; } > $policies/unstamped.yaml
	sed -i "s@{from: \[@&\"$bad/\", \"http://127.0.0.1:9/\", @" config/projects/acme-app/project.yaml
}
make_world
build 1.0.0

# ---- servers
manifest from="$bad/status/500" | tag_text alice v-500
manifest from="$bad/status/404" | tag_text alice v-404
manifest from=http://127.0.0.1:9/x.zip | tag_text alice v-nobody
manifest from="$bad/cut" size=1000 | tag_text alice v-cut
manifest from="$bad/endless" | tag_text alice v-endless
manifest from="$bad/redirect" | tag_text alice v-redirect
: > ci/empty.zip
manifest from="$ci/empty.zip" | tag_text alice v-empty

# ---- programs
pe_with() { python3 - "$1" <<'PY'
import struct, sys, zipfile
kind = sys.argv[1]
pe = bytearray(open('made/app.exe', 'rb').read())
at = struct.unpack_from('<I', pe, 0x3c)[0]
optional = at + 24
magic = struct.unpack_from('<H', pe, optional)[0]
table = optional + (112 if magic == 0x20b else 96) + 4 * 8
sections = optional + struct.unpack_from('<H', pe, at + 20)[0]
if kind == 'outside':
    struct.pack_into('<II', pe, table, len(pe) + 4096, 64)
if kind == 'huge':
    struct.pack_into('<II', pe, table, len(pe) & ~7, 0xfffffff8)
if kind == 'wrap':
    struct.pack_into('<II', pe, table, 0xfffffff8, 0xfffffff8)
if kind == 'overlap':       # the second section lies on the first
    pe[sections + 40 + 20:sections + 40 + 24] = pe[sections + 20:sections + 24]
if kind == 'section':
    struct.pack_into('<II', pe, sections + 16, 0xffffffff, 0xfffffe00)
if kind == 'header':
    struct.pack_into('<I', pe, 0x3c, 0xfffffff0)
if kind == 'cut':
    del pe[len(pe) // 2:]
with zipfile.ZipFile('ci/pe-%s.zip' % kind, 'w', zipfile.ZIP_DEFLATED) as z:
    z.writestr('bin/app.exe', bytes(pe))
PY
}
for kind in outside huge wrap overlap section header cut; do
	pe_with $kind
	manifest file=pe-$kind.zip | tag_text alice v-pe-$kind
done

# ---- a large tag, many tags, a repository that is not there
{ tag_object v-500 | sed '/^-----BEGIN/,$d'; head -c 100000000 /dev/zero | tr '\0' x; } | put_tag v-100mb
manifest | tag_text alice v1.0.0
push_tags
mv repos/acme-agent.git repos/agent.kept
SECONDS=0
want 5 engine --once
cp engine.log first.log
mv repos/agent.kept repos/acme-agent.git
look
alive
if [[ $SECONDS -lt 120 ]]; then pass; else fail "the pass took $SECONDS s"; fi
completes v1.0.0
signed_only v1.0.0

while read -r type code refs; do
	for ref in $refs; do told "request.$type" "$code" "$ref"; done
done <<'EOT'
refused REF-SIZE	v-100mb
failed ARTIFACT-DIGEST	v-empty
failed NET-LARGE	v-endless
failed NET-REDIRECT	v-redirect
failed PE-TRUNCATED	v-pe-outside v-pe-huge v-pe-wrap v-pe-section v-pe-cut
failed PE-MALFORMED	v-pe-overlap
failed PE-NOT-PORTABLE	v-pe-header
EOT
# What may pass is waited for, and says so.
waits() {
	local id
	id=$(request "$2" waiting)
	counts 1 request.waiting ".request == \"$id\" and (.missing | join(\" \") | startswith(\"$1: \"))"
}
waits NET-STATUS v-500
waits NET-STATUS v-404
waits NET-UNREACHABLE v-nobody
waits NET-CUT v-cut
out=$(cat first.log)
says 'code=NET-UNREACHABLE text="'"$WORLD/repos/acme-agent.git"
pass_of_engine

# ---- a server that takes its time holds up nobody else
manifest from="$bad/slow" size=1000 | tag_text alice v-slow
manifest | tag_text alice v1.1.0
push_tags
"$TAGSEAL" engine --engine engine.yaml > engine.log 2>&1 &
running=$!
for ((i = 0; i < 300; i++)); do [[ $(state_of v1.1.0) != completed ]] || break; sleep 0.1; done
completes v1.1.0
want_same created "$(state_of v-slow)" 'v-slow is'
kill "$running"
code=0
wait "$running" || code=$?
want_same 0 "$code" 'the engine ended with'
by alice app push -q origin :refs/tags/v-slow
pass_of_engine

# ---- a thousand tags: each is told once, and the last one is a good one
manifest policy=release-signing | tag_text alice v1.1.1
object=$(git -C app rev-parse v1.1.1)
for i in {1..1000}; do echo "create refs/tags/v0.$i $object"; done | git -C app update-ref --stdin
manifest | tag_text alice vz
push_tags
SECONDS=0
pass_of_engine
if [[ $SECONDS -lt 120 ]]; then pass; else fail "a thousand tags took $SECONDS s"; fi
look
counts 1000 request.refused '[.findings[].code] == ["REF-NAME"]'
completes vz
git -C app tag -l 'v0.*' | sed 's@^@delete refs/tags/@' | git -C app update-ref --stdin

# ---- nothing can be written where it should go: it waits, and is not lost
mv out out.kept && mkdir out && : > out/acme-app
manifest | tag_text alice v1.1.5
push_tags
pass_of_engine
look
out=$(cat engine.log)
says 'code=FILE-KIND'
want_same verified "$(state_of v1.1.5)" 'v1.1.5 is'
rm -r out && mv out.kept out
pass_of_engine
completes v1.1.5

# ---- no room: for what is published, then for the engine itself
small() { mount -t tmpfs -o "size=$2" none "$1"; }
trap 'umount -q out state || true; finish' EXIT
if [[ $(id -u) -eq 0 ]] && small out 64k 2> /dev/null; then
	dd if=/dev/zero of=out/filler bs=1k count=56 2> /dev/null
	manifest | tag_text alice v1.2.0
	push_tags
	pass_of_engine
	look
	out=$(cat engine.log)
	says 'code=SYSTEM-WRITE'
	want_same verified "$(state_of v1.2.0)" 'v1.2.0 is'
	want_same '' "$(find out -type f ! -name filler)" 'half-written in out/'
	# It is signed: a tag that vanishes now is as bad as one later.
	by alice app push -q origin :refs/tags/v1.2.0
	pass_of_engine
	look
	counts 1 alarm.raised '.code == "REF-MOVED" and (.text | contains("refs/tags/v1.2.0"))'
	git -C app tag -d v1.2.0 > /dev/null
	rm out/filler && mount -o remount,size=10m out
	pass_of_engine
	completes v1.2.0
	umount out

	head -c 3000000 /dev/urandom > build/random && (cd build && zip -qXr ../ci/large.zip .)
	manifest file=large.zip | tag_text alice v1.3.0
	push_tags
	cp -a state state.kept
	small state $(($(du -sk state | cut -f1) + 1500))k
	cp -a state.kept/. state/
	got=0
	engine --once || got=$?
	if [[ $got -eq 0 || $got -eq 5 ]]; then pass; else fail "exit $got without room for the state"; fi
	out=$(cat engine.log)
	says 'code=SYSTEM-WRITE'
	if [[ ! -e out/acme-app/v1.3.0 ]]; then pass; else fail 'published without room for the state'; fi
	mount -o remount,size=100m state
	pass_of_engine
	completes v1.3.0
	rm -rf state.kept && mkdir state.kept && cp -a state/. state.kept/
	umount state && rm -rf state && mv state.kept state
fi

# ---- a timestamp authority that is away: what needs it waits, no key is used
kill "$tsa_pid"
manifest | tag_text alice v2.0.0
manifest policy=unstamped | tag_text alice v2.1.0
push_tags
pass_of_engine
look
out=$(cat engine.log)
says 'code=NET-UNREACHABLE'
want_same authorised "$(state_of v2.0.0)" 'v2.0.0 is'
counts 0 keys.intended ".request == \"$(request v2.0.0 authorised)\""
completes v2.1.0
if [[ ! -e out/acme-app/v2.0.0 ]]; then pass; else fail 'published without a timestamp'; fi
port=${tsa##*:}
"$TAGSEAL" tsa --key 'pkcs11:token=test;object=tsa' --certificate tsa.pem --listen "127.0.0.1:${port%/}" > tsa.again 2>> tsa.log &
until [[ -s tsa.again ]]; do sleep 0.05; done
manifest | tag_text alice v2.2.0
push_tags
pass_of_engine
completes v2.0.0
completes v2.2.0

# ---- tokens
manifest | tag_text alice v3.0.0
push_tags
echo 9999 > pin
want 5 engine --once
out=$(cat engine.log)
says 'code=TOKEN-PIN-WRONG'
want_same 1 "$(grep -c 'code=TOKEN-PIN-WRONG' engine.log)" 'times that the wrong PIN was tried:'
rm pin
want 5 engine --once
out=$(cat engine.log)
says 'code=PIN-SOURCE'
echo 1234 > pin && chmod 644 pin
want 5 engine --once
out=$(cat engine.log)
says 'code=PIN-EXPOSED'
chmod 600 pin
mv tokens tokens.kept && mkdir tokens
want 5 engine --once
out=$(cat engine.log)
says 'code=TOKEN-ABSENT'
rmdir tokens && mv tokens.kept tokens
if [[ ! -e out/acme-app/v3.0.0 ]]; then pass; else fail 'signed without a token'; fi
pass_of_engine
completes v3.0.0
alive
