#!/usr/bin/env bash
# isolation - tagseal with a parser that does what a hostile file says: it
# reaches nothing, takes no more than its share, and costs one request.
# The attempts stand in tests/tools/hostile_*.c.
# shellcheck source=../lib.sh
. "$SOURCE/tests/lib.sh"
export TAGSEAL=$BUILD/tests/hostile/tagseal TAGSEAL_PIN=secret
tools=$SOURCE/tests/tools
sanitized=$(grep -c '^TAGSEAL_SANITIZE:[A-Z]*=.' "$BUILD/CMakeCache.txt" || true)

verbs_of() {
	sed -n 's/^	{ "\([a-z-]*\)", .*/\1/p' "$tools/hostile_$1.c"
	sed -n '/^#define CALLS(X)/,/[^\\]$/p' "$tools/hostile_$1.c" | grep -oE 'X\([a-z0-9_]+\)' | sed 's/X(\(.*\))/call-\1/' || true
}
# skip VERB: where sanitizers reserve address space and keep standard error.
skip() { [[ $sanitized -gt 0 && $1 =~ ^(memory.*|allocate|stack|say|descriptors)$ ]]; }
hostile() { printf 'HOSTILE %s\n' "$1" > "${2:-$1}"; }

# ---- what takes its time begins now
slow=(loop-deaf sleep stop)
late() {
	local code=0 since=$SECONDS
	hostile "$1"
	timeout 400 "$TAGSEAL" inspect "$1" > "$1.out" 2>&1 || code=$?
	echo "$code $((SECONDS - since))" > "$1.end"
}
for verb in "${slow[@]}"; do late "$verb" & done

# ---- reaching outside: refused, or the end of it
count=0
for verb in $(verbs_of reach); do
	if skip "$verb"; then continue; fi
	hostile "$verb"
	code=0
	out=$(timeout 20 "$TAGSEAL" inspect "$verb" 2>&1 < /dev/null) || code=$?
	case $code/$out in
	4/"error FORMAT-NOT-SIGNABLE: $verb: $verb: refused: "*)	pass ;;
	2/'error WORKER-DIED: the worker ended before it was done: used a system call that its role may not use'*)	pass ;;
	*)	fail "$verb: exit $code: $out" ;;
	esac
	says_not FORGED
	count=$((count + 1))
done
if [[ $count -ge 50 ]]; then pass; else fail "only $count attempts"; fi
want 4 "$TAGSEAL" inspect read-file
says 'Permission denied'
want 2 "$TAGSEAL" inspect tcp
says 'signal 31'
if [[ ! -e /tmp/tagseal-hostile && ! -e /dev/shm/tagseal-hostile ]]; then pass; else fail 'a file was made'; fi
want 1 grep -q hostile "$SOURCE"/engine/*.cmake

# ---- more than its share: each verb, its code and words, the exit code
# shellcheck disable=SC2034
while read -r verb exit code words; do
	if skip "$verb"; then continue; fi
	hostile "$verb"
	refuses "$code" "$exit" timeout 30 "$TAGSEAL" inspect "$verb"
	says "$words"
done <<'EOT'
memory-at-once	4	FORMAT-NOT-SIGNABLE	Cannot allocate memory
memory	4	FORMAT-NOT-SIGNABLE	Cannot allocate memory
allocate	2	WORKER-DIED	gave up (signal 6)
stack	2	WORKER-DIED	crashed (signal 11)
fill-scratch	4	FORMAT-NOT-SIGNABLE	File too large
fill-output	4	FORMAT-NOT-SIGNABLE	File too large
reserve-output	4	FORMAT-NOT-SIGNABLE	File too large
stretch-output	4	FORMAT-NOT-SIGNABLE	File too large
message-long	6	ARTIFACT-WIRE	more than 16384 bytes
message-unknown	6	ARTIFACT-WIRE	unknown type 119
message-early	6	ARTIFACT-WIRE	unknown type
message-garbage	6	ARTIFACT-WIRE	malformed
message-failed	6	ARTIFACT-WIRE	malformed
message-short	6	ARTIFACT-WIRE	part of 5 bytes
message-descriptors	6	ARTIFACT-WIRE	1 descriptors instead of 0
parts	6	ARTIFACT-WIRE	more than 268435456 bytes
parts-empty	6	ARTIFACT-WIRE	part of 0 bytes
leave	2	WORKER-DIED	exit code 0
crash	2	WORKER-DIED	crashed (signal 11)
die	5	WORKER-LOST	killed by signal 9
EOT

# ---- the same through other commands, and inside an archive
refuses WORKER-DIED 2 "$TAGSEAL" verify crash
mkdir bin && cp crash bin/ && zip -q inside.zip bin/crash
refuses WORKER-DIED 2 "$TAGSEAL" inspect inside.zip
printf 'artifact:\n  zip:\n    path: inside.zip\n    contents: [{file: {path: bin/crash, sign: {cms: {output: x.p7s}}}}]\n' > zip.yaml
refuses WORKER-DIED 2 "$TAGSEAL" plan --configuration zip.yaml inside.zip
printf 'artifact: {zip: {path: inside.zip, other-files: keep}}\n' > zip.yaml
want 0 "$TAGSEAL" plan --configuration zip.yaml inside.zip
says_not WORKER

# ---- in an engine: one request each, and a good one after them
# shellcheck source=engine.sh
. "$SOURCE/tests/e2e/engine.sh"
# shellcheck source=attacks.sh
. "$SOURCE/tests/e2e/attacks.sh"
unset TAGSEAL_PIN
more_config() {
	local policies=config/projects/acme-app/policies
	{ cat $policies/test-signing.yaml; echo 'timestamp: none'; } > $policies/unstamped.yaml
}
make_world
build 1.0.0
# attack TAG LINE: an artifact whose sbom.json is hostile.
attack() {
	cp ci/acme-app-1.0.0.zip "ci/$1.zip"
	hostile "$2" sbom.json
	zip -qX "ci/$1.zip" sbom.json
	manifest policy=unstamped file="$1.zip" | tag_text alice "$1"
}
for verb in crash tcp parts allocate leave kill-parent; do
	if skip $verb; then continue; fi
	attack "v-$verb" $verb
done
attack v-read read-file
attack v-late 'late crash'
attack v-late-parts 'late parts'
attack v-loop loop
manifest policy=unstamped | tag_text alice vz
push_tags
pass_of_engine
look
while read -r code refs; do
	for ref in $refs; do if ! skip "${ref#v-}"; then failed "$code" "$ref"; fi; done
done <<'EOT'
WORKER-DIED	v-crash v-tcp v-allocate v-leave v-kill-parent v-late v-loop
ARTIFACT-WIRE	v-parts v-late-parts
FORMAT-NOT-SIGNABLE	v-read
EOT
out=$(asked 'select(.type == "request.failed") | .findings[] | .text')
says 'used a system call that its role may not use'
says 'used up its processor time'
says 'the checker ended before it was done: crashed'
completes vz
want_same 'vz' "$(find out -type f -printf '%P\n' | sed -e 's@^[^/]*/@@' -e 's@/[^/]*$@@' | sort -u)" 'out/ holds'

# One that is killed may have met a bad moment: three times, then no more.
attack v-die die
manifest policy=unstamped | tag_text alice vzz
push_tags
"$TAGSEAL" engine --engine engine.yaml > engine.log 2>&1 &
running=$!
for ((i = 0; i < 1500; i++)); do [[ $(state_of v-die) != failed ]] || break; sleep 0.2; done
kill "$running" && wait "$running" || fail 'the engine did not end in order'
look
failed WORKER-LOST v-die
completes vzz
want_same 3 "$(grep -c 'request.retrieve.*WORKER-LOST' engine.log)" 'workers lost'

# ---- what took its time
wait_for() { local i; for ((i = 0; i < 2000; i++)); do [[ ! -s $1 ]] || return 0; sleep 0.2; done; }
for verb in "${slow[@]}"; do
	wait_for "$verb.end"
	read -r code took < "$verb.end"
	out=$(cat "$verb.out")
	case $verb in
	loop-deaf)	want_same 5 "$code" "$verb: exit"; says 'WORKER-LOST' ;;
	*)	want_same 5 "$code" "$verb: exit"; says 'WORKER-LOST'; says 'did not answer in time' ;;
	esac
	if [[ $took -lt 300 ]]; then pass; else fail "$verb took $took s"; fi
	printf '%s: %s s\n' "$verb" "$took"
done
