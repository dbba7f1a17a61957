#!/usr/bin/env bash
# kill - SIGKILL at many moments loses, repeats and falsifies nothing.
#
# SEED=N repeats the choices of a run (not its timing); ROUNDS=N makes more. With
# CUT=yes all repositories are at a server (nginx, git http-backend), and most
# pushes of the ledger lose their connection besides: see net/cutting-proxy.
# shellcheck source=../lib.sh
. "$SOURCE/tests/lib.sh"
# shellcheck source=engine.sh
. "$SOURCE/tests/e2e/engine.sh"
# shellcheck source=proofs.sh
. "$SOURCE/tests/e2e/proofs.sh"
[[ -z ${CUT:-} ]] ||
    # shellcheck source=transports.sh
    . "$SOURCE/tests/e2e/transports.sh"
SEED=${SEED:-$RANDOM}
ROUNDS=${ROUNDS:-20}
RANDOM=$SEED
printf 'SEED=%s\n' "$SEED"

# Who dies, and after which line of the log: each comes up, in random order.
victims=(engine engine judge engine signer engine courier engine worker judge)
moments=(process.started ref.seen request.created artifact.resolved request.authorised keys.intended
    signer.signed artifact.verified artifact.published request.completed time time)
mapfile -t moments < <(for ((i = 0; i < ROUNDS; i++)); do
	echo "$RANDOM ${moments[i % ${#moments[@]}]}"
done | sort -n | cut -d' ' -f2)
tags=()
waiting=()
declare -A killed
mended=0

# pause MILLISECONDS: up to so many of them, at random.
pause() { read -rt "$(printf '0.%03d' $((RANDOM % $1)))" <> "$WORLD/never" || true; }

# SoftHSM empties a token's file and writes it anew at each login: a kill in
# between loses the token, and no engine can bring that back. A real token
# keeps itself: so this one is mended.
mend_token() {
	local file
	for file in tokens.kept/*/token.object; do
		[[ $(stat -c %s "$file") -eq $(stat -c %s "tokens/${file#*/}") ]] ||
		    { cp "$file" "tokens/${file#*/}" && mended=$((mended + 1)); }
	done
}

start_engine() {
	mend_token
	[[ -p log ]] || mkfifo log never
	setsid "$TAGSEAL" engine --engine "$WORLD/engine.yaml" 2> log &
	pid=$!
	disown "$pid"
	exec 3< log
	last=nothing
}

# hear WORD SECONDS: reads the log until a line says so; else 1. What judge or
# signer said last is in $last.
hear() {
	local line who what until=$((SECONDS + ${2%.*} + 1))
	while ((SECONDS < until)) && IFS= read -rt "$2" line <&3; do
		printf '%s\n' "$line" >> rounds.log
		read -r _ _ who what _ <<< "$line"
		[[ $who != judge && $who != signer ]] || last=$what
		[[ -z $1 || $line != *" $1 "* ]] || return 0
	done
	return 1
}

# part ROLE: its process, or nothing.
part() { pgrep -P "$pid" -f "^tagseal @$1( |\$)" | head -1; }

# catch ROLE: as part, for one that lives for milliseconds.
catch() {
	local found='' until=$((SECONDS + 3))
	while [[ -z $found ]] && ((SECONDS < until)); do found=$(part "$1" || true); done
	printf '%s' "$found"
}

# die: all of the engine ends with its supervisor, git's helpers too.
die() {
	local i left=all
	kill -9 "$pid" 2> /dev/null || fail "round $round: the supervisor ended by itself"
	for ((i = 0; i < 100; i++)); do
		left=$(pgrep -s "$pid" -l || true)
		[[ -n $left ]] || break
		sleep 0.05
	done
	if [[ -z $left ]]; then pass; else fail "round $round: left after the supervisor: $left"; fi
	cat <&3 >> rounds.log
	exec 3<&-
}

# wound ROLE: that process alone dies; the others go on, and it comes again.
wound() {
	local one
	one=$(if [[ $1 == worker ]]; then catch worker; else part "$1"; fi || true)
	if [[ -z $one ]] || ! kill -9 "$one" 2> /dev/null; then
		count "no $1"
		return 0
	fi
	count "$1"
	hear "role=$1" 5 || [[ $1 == worker ]] || fail "round $round: nobody noticed that the $1 died"
	pause 999
	pause 999
	((RANDOM % 3 == 0)) || hear request.completed 4 || true
	if kill -0 "$pid" 2> /dev/null; then pass; else fail "round $round: the engine ended with its $1"; fi
}
count() { killed["$1 after $last"]=$((${killed["$1 after $last"]:-0} + 1)); }

release() {
	build "$1"
	tag alice "$2" "$3" "ci/acme-app-$1.zip" && tags+=("$2")
}

# work: a test release each round, and now and then one that needs carol.
work() {
	VERSION=1.0.$round release "1.0.$round" "test/1.0.$round" test-signing
	((round % 5)) || { release "2.0.$round" "v2.0.$round" release-signing && waiting+=("v2.0.$round"); }
	((round % 5 != 3)) || approve_all
}

approve_all() {
	local ref id left=()
	for ref in ${waiting[@]+"${waiting[@]}"}; do
		id=$(request "$ref" waiting)
		if [[ -n $id ]]; then approve carol "$id"; else left+=("$ref"); fi
	done
	waiting=(${left[@]+"${left[@]}"})
}

one_round() {
	local victim=${victims[RANDOM % ${#victims[@]}]} moment=${moments[round]}
	if ((RANDOM % 2)); then
		work
		start_engine
	else
		start_engine
		work
	fi
	printf -- '---- round %d: %s at %s\n' "$round" "$victim" "$moment" >> rounds.log
	[[ $moment == time ]] || hear "$moment" 4 || true
	pause "$([[ $moment == time ]] && echo 900 || echo 30)"
	hear '' 0.001 || true
	if [[ $victim == engine ]]; then count engine; else wound "$victim"; fi
	die
}

# cut_world: people push to the repositories as ever, the engine by HTTP.
cut_world() {
	port=$("$SOURCE/tests/net/git-server" "$WORLD")
	trap '"$SOURCE/tests/net/git-server" "$WORLD" stop; finish' EXIT
	"$SOURCE/tests/net/cutting-proxy" "$port" cuts.log "$SEED" > proxy.port 2> proxy.log &
	local i
	for ((i = 0; i < 100; i++)); do [[ ! -s proxy.port ]] || break; sleep 0.05; done
	at=http://127.0.0.1:$(cat proxy.port)/repos read=
	touch cuts.log.calm
	world
	rm cuts.log.calm
	git -C config remote set-url origin "$WORLD/repos/config.git"
	git -C app remote set-url origin "$WORLD/repos/acme-app.git"
}

if [[ -n ${CUT:-} ]]; then cut_world; else make_world; fi
cp -a tokens tokens.kept
for ((round = 0; round < ROUNDS; round++)); do one_round; done
printf 'killed: %s\n' "$(for i in "${!killed[@]}"; do printf '\n%4d  %s' "${killed[$i]}" "$i"; done | sort -k2)"
mend_token
printf 'SoftHSM lost its token %d times\n' "$mended"

[[ -z ${CUT:-} ]] || touch cuts.log.calm
settle
approve_all
settle
if [[ -n ${CUT:-} ]]; then
	printf 'pushes: %s\n' "$(grep receive-pack cuts.log | grep POST | cut -d' ' -f1 | sort | uniq -c | xargs)"
	for fault in request abort pack report delay; do want 0 grep -q "^$fault POST .*/git-receive-pack" cuts.log; done
	want_same '' "$(events alarm.raised)" 'alarms are'
fi
prove_all "${tags[@]}"
