# notices - a receiver of webhooks, and what it must have been told; sourced
# after engine.sh and npm.sh by the story of a release.
#
#	hooks/answer	the status that it answers with, or "hang"
#	hooks/slow	seconds that the other one takes; without: none
#	hooks/hooks	what it was told, a line of JSON each
# shellcheck shell=bash

start_receiver() {
	mkdir hooks && echo 204 > hooks/answer
	python3 "$SOURCE/tests/net/http-server" hooks > hooks/port &
	local i
	for ((i = 0; i < 100; i++)); do [[ -s hooks/port ]] && break; sleep 0.05; done
	receiver=http://127.0.0.1:$(cat hooks/port)
}

give_secret() {
	secret=whsec_$(openssl rand -base64 32)
	echo "$secret" > hook-secret && chmod 600 hook-secret
	echo "credentials: {hook: {file: $WORLD/hook-secret, for: courier, hosts: [\"127.0.0.1\"]}}" >> engine.yaml
}

# told [FILTER]: of each body in turn.
told() { jq -r ".body | fromjson | ${1:-.n}" hooks/hooks; }
# state FILTER: of the first webhook in the engine's file.
state() { jq -r ".webhooks[0] | $1" state/judge/notices.json; }

# verified SECRET: by the lines of the documentation and by a library.
verified() {
	awk '/^cat > receive.py/ { inside = 1; next } /^END$/ { inside = 0 } inside' "$SOURCE/docs/webhook.md" > receive.py
	cat > judge.py <<-'END'
		import json, sys
		from receive import is_good
		told = [json.loads(line) for line in open("hooks/hooks")]
		print(len(told))
		sys.exit(not all(is_good(sys.argv[1], t["headers"], t["body"].encode()) for t in told))
	END
	cat > judge.mjs <<-'END'
		import { readFileSync } from 'node:fs';
		import { createRequire } from 'node:module';
		const { Webhook } = createRequire(process.cwd() + '/package.json')('standardwebhooks');
		const [secret, file] = process.argv.slice(2);
		for (const line of readFileSync(file, 'utf8').trim().split('\n')) {
			const { headers, body } = JSON.parse(line);
			new Webhook(secret).verify(body, headers);
		}
	END
	python3 judge.py "$1" && (cd "$npm" && node "$WORLD/judge.mjs" "$1" "$WORLD/hooks/hooks")
}

# All that was written since the engine began to tell, in order, each once.
told_in_order() {
	local first
	first=$(told | head -1)
	events '' | jq .n | sort -n | awk -v first="$first" '$1 >= first' > due
	want 0 test "$(wc -l < due)" -gt 20
	want_same "$(cat due)" "$(told)" 'told was'
	want_same "$(events '' | jq -s 'length')" "$(state .next)" 'kept is'
	want_same null "$(state .code)" 'the failure is'
	want_same 600 "$(stat -c %a state/judge/notices.json)" 'its mode is'
}

told_is_good() {
	local mark
	npm_webhooks
	want 0 verified "$secret"
	want 1 verified "whsec_$(openssl rand -base64 32)"
	want 1 grep -qF "${secret#whsec_}" hooks/hooks
	# The event, its id, the line of git log, who reads of it.
	want_same "$(events request.completed | head -1)" "$(told 'select(.type == "request.completed") | .event | tojson' |
	    head -1 | jq -cS .)" 'the event is'
	want_same "$(git -C repos/ledger.git cat-file blob "tagseal/ledger:$(printf 'events/00/00/%02x' "$(told | head -1)")" |
	    sha256sum | cut -d' ' -f1)" "$(told .id | head -1)" 'its id is'
	want_same "$(told .id)" "$(jq -r '.headers["webhook-id"]' hooks/hooks)" 'the ids are'
	told .summary > summaries
	git -C repos/ledger.git log --format=%B tagseal/ledger > messages
	want 0 test -z "$(grep -vxFf messages summaries)"
	want_same 'person/bob person/carol person/dave' \
	    "$(told 'select(.type == "request.completed") | [.readers[].person] | join(" ")' | head -1)" 'readers are'
	want_same bob@acme.example "$(told 'select(.type == "ref.seen") | .readers[0].email' | head -1)" 'bob is'
	mark=$(told 'select(.type == "config.accepted") | .readers | length' | head -1)
	want_same "${mark:-0}" 0 'readers of no project are'
}

# one_more NAME: a test release, which nobody has to approve.
one_more() {
	VERSION=1.3.0 tag ci-acme "test/$1" test-signing ci/acme-app-1.3.0.zip
	pass_of_engine
	want 0 test "$(state_of "test/$1")" = completed
}

# What a receiver does holds up nobody, loses nothing and changes no order.
told_fails() {
	local size next
	# It fails: the first event is tried once, however long the other one
	# takes; a release goes on.
	size=$(told | wc -l) next=$(state .next)
	echo 500 > hooks/answer && echo 6 > hooks/slow
	one_more down
	rm hooks/slow
	want 0 grep -q 'NOTICE-ANSWER' engine.log
	want_same $((size + 1)) "$(told | wc -l)" 'tried was'
	want_same "$next 1 NOTICE-ANSWER" "$(state '[.next, .tries, .code] | join(" ")')" 'kept is'
	# Started again, all is told; what was refused is the same, with its id.
	echo 204 > hooks/answer
	pass_of_engine
	want 0 grep -q 'notice.told' engine.log
	want_same "$(told .id | sed -n "$((size + 1))p")" "$(told .id | sed -n "$((size + 2))p")" 'told again is'
	told | uniq > once && mv hooks/hooks hooks/before
	want_same "$(seq "$(head -1 once)" "$(($(events '' | jq -s length) - 1))")" "$(cat once)" 'told was'

	# One that is refused for the eighth time is left out, the next one is not.
	next=$(state .next)
	jq -c '.webhooks[0].tries = 7' state/judge/notices.json > changed && cp changed state/judge/notices.json
	echo 410 > hooks/answer
	one_more refused
	want 0 grep -q 'NOTICE-SKIPPED' engine.log
	want_same "$next"$'\n'"$((next + 1))" "$(told)" 'tried was'
	want_same "$((next + 1)) 1" "$(state '[.next, .tries] | join(" ")')" 'kept is'

	# No secret, no notice; and nothing is lost by it.
	mv hook-secret away && echo ghp_token > hook-secret && chmod 600 hook-secret
	rm hooks/hooks && echo 204 > hooks/answer
	pass_of_engine
	want 0 grep -q 'NOTICE-SECRET' engine.log
	want 1 test -e hooks/hooks
	mv away hook-secret

	# An engine that runs tells one after the other, without a pass for each.
	sed 's/^poll: .*/poll: 60s/' engine.yaml > slow.yaml
	"$TAGSEAL" engine --engine slow.yaml > running.log 2>&1 &
	engine=$! next=$(events '' | jq -s length)
	for ((i = 0; i < 200; i++)); do [[ ! -e hooks/hooks || $(told | tail -1) -lt $next ]] || break; sleep 0.1; done
	kill -TERM "$engine" && wait "$engine"
	want_same engine.started "$(told "select(.n == $next) | .type")" 'the last one is'
	want_same "$(seq "$(told | head -1)" "$(told | tail -1)")" "$(told)" 'told was'

	# A file that is damaged: said, and on from there; the farewell is lost.
	echo '{' > state/judge/notices.json && rm hooks/hooks
	pass_of_engine
	want 0 grep -q 'NOTICE-STATE' engine.log
	want 1 test -e hooks/hooks
	one_more damaged
	want 0 test "$(told | wc -l)" -gt 5
}
