# engine - a small organisation with a running engine, for whole stories;
# sourced after lib.sh. All of it lies below $WORLD:
#
#	repos/{config,app,ledger}.git	what the host would hold
#	config, app			clones of people
#	engine.yaml state out ci	the engine's
#
# alice and bob develop, carol and dave approve and administrate.
# shellcheck shell=bash
# shellcheck source=../cli/world.sh
. "$SOURCE/tests/cli/world.sh"
export HOME=$WORLD GIT_CONFIG_NOSYSTEM=1

# by WHO FOLDER ARGUMENT…: stock git as that person, signing with their key; for
# a GIT_SSH_COMMAND, $WHO is who it is.
by() {
	local who=$1 folder=$2; shift 2
	WHO=$who git -C "$folder" -c user.name="$who" -c user.email="$who@acme.example" -c gpg.format=ssh \
	    -c user.signingkey="$WORLD/keys/$who.pub" -c init.defaultBranch=main \
	    -c advice.detachedHead=false -c push.default=current "$@"
}

# engine ARGUMENT…: one pass unless told otherwise; its log is in engine.log.
engine() { timeout 300 "$TAGSEAL" engine --engine "$WORLD/engine.yaml" "$@" > "$WORLD/engine.log" 2>&1; }
pass_of_engine() {
	local before=$failures
	want 0 engine --once
	[[ $failures -eq $before ]] || tail -30 "$WORLD/engine.log" >&2
}

# commit_config WHO MESSAGE: the files of config as they are, signed and pushed.
commit_config() { by "$1" config add -A; by "$1" config commit -q -S -m "$2"; by "$1" config push -q origin HEAD; }

# change_config MESSAGE: carol commits, dave endorses: two administrators.
change_config() {
	commit_config carol "$1"
	endorse dave
}
endorse() {
	local commit manifest
	commit=$(git -C config rev-parse HEAD)
	manifest=$(manifest_of config HEAD | sha256sum | cut -d' ' -f1)
	by "$1" config tag -s -m "Endorse"$'\n\n'"commit: $commit"$'\n'"manifest-sha256: $manifest" "endorse/$1-${commit:0:8}" HEAD
	by "$1" config push -q origin "refs/tags/endorse/$1-${commit:0:8}"
}

# acknowledgement [OPTION…]: the files for all alarms that are open.
acknowledgement() {
	local open
	open=$("$TAGSEAL" alarms --repo repos/ledger.git --open --json 2> /dev/null | jq '.[].n')
	# shellcheck disable=SC2086 # numbers
	"$TAGSEAL" acknowledge $open --repo repos/ledger.git --config config --reason 'the host was mended' "$@" > acknowledge.log 2>&1
}
# acknowledge_all: two administrators say that they have seen all alarms.
acknowledge_all() { acknowledgement && change_config 'Alarms are acknowledged'; }

# manifest_of REPO COMMIT: "<mode> <sha256> <path>" of every file, sorted.
manifest_of() { python3 "$SOURCE/tests/e2e/manifest.py" "$@"; }

# tag WHO NAME POLICY FILE…: a release tag, pushed.
tag() {
	local who=$1 name=$2 policy=$3; shift 3
	GIT_CONFIG_COUNT=4 GIT_CONFIG_KEY_0=gpg.format GIT_CONFIG_VALUE_0=ssh GIT_CONFIG_KEY_1=user.signingkey \
	    GIT_CONFIG_VALUE_1=$WORLD/keys/$who.pub GIT_CONFIG_KEY_2=user.name GIT_CONFIG_VALUE_2=$who \
	    GIT_CONFIG_KEY_3=user.email GIT_CONFIG_VALUE_3=$who@acme.example \
	    "$TAGSEAL" release --repo app --project "${PROJECT:-acme-app}" --policy "$policy" --from "${FROM:-$ci/}" \
	    --parameter version="${VERSION:-${name#v}}" "$name" "$@" > release.log 2>&1 ||
	    { cat release.log >&2; return 1; }
	by "$who" app push -q origin "refs/tags/$name"
}

# build VERSION: acme-app-VERSION.zip, a program and a library in ZIPs, in ci/.
build() {
	local version=$1
	rm -rf build && mkdir -p build/bin build/plugins
	cp made/app.exe made/answer.dll build/bin/
	printf '#!/bin/sh\nexec wine bin/app.exe # %s\n' "$version" > build/run.sh
	(cd build && zip -qX plugins/extra.zip bin/answer.dll && zip -qXr "../ci/acme-app-$version.zip" .)
}

# request REF [STATE]: the id of its newest request.
request() {
	"$TAGSEAL" requests --repo repos/ledger.git --json 2> /dev/null |
	    jq -r --arg ref "refs/tags/$1" --arg state "${2:-}" \
	    '[.[] | select(.ref == $ref and ($state == "" or .state == $state)) | .id] | last // empty'
}
state_of() {
	"$TAGSEAL" requests --repo repos/ledger.git --json 2> /dev/null |
	    jq -r --arg ref "refs/tags/$1" '[.[] | select(.ref == $ref) | .state] | last // empty'
}

# events TYPE: each of the ledger, a line of JSON each.
events() { git -C repos/ledger.git ls-tree -r tagseal/ledger events |
    awk '{print $3}' | git -C repos/ledger.git cat-file --batch='' --buffer |
    jq -c --arg type "$1" 'select($type == "" or .type == $type)'; }

# approve WHO REQUEST [WORD]: by a signed tag in the config repo.
approve() {
	local word=${3:-approve}
	by "$1" config tag -s -m "$word"$'\n\n---\n'"tagseal: 1"$'\n'"request: $2"$'\n'"decision: $word"$'\n'"reason: checked" "approve/${2:3:12}/$1-$word"
	by "$1" config push -q origin "refs/tags/approve/${2:3:12}/$1-$word"
}

# approve_commit WHO REQUEST: by a signed commit on the approvals branch.
approve_commit() {
	local work=$WORLD/approvals
	[[ -d $work ]] || { git clone -q "$WORLD/repos/config.git" "$work" 2> /dev/null
	    git -C "$work" switch -q --orphan tagseal/approvals; }
	mkdir -p "$work/approvals/$2"
	printf 'tagseal: 1\nrequest: %s\ndecision: approve\nreason: checked\n' "$2" > "$work/approvals/$2/$1.yaml"
	by "$1" "$work" add . && by "$1" "$work" commit -q -S -m "Approve"
	by "$1" "$work" push -q origin HEAD:tagseal/approvals
}

# serve_ci: an HTTP server on the folder ci; its address is in $ci.
serve_ci() {
	mkdir -p ci
	python3 -u -m http.server --bind 127.0.0.1 --directory ci 0 > ci.address 2> ci.log &
	local i
	for ((i = 0; i < 100; i++)); do [[ -s ci.address ]] && break; sleep 0.05; done
	ci=$(sed -n "s@.*(\(http://[^)/]*\)/).*@\1@p" ci.address)
}

make_programs() {
	mkdir -p made
	printf '#include <stdio.h>\nint main(void) { puts("Acme App"); return 0; }\n' > made/app.c
	printf '__declspec(dllexport) int answer(void) { return 42; }\n' > made/answer.c
	x86_64-w64-mingw32-gcc -s -o made/app.exe made/app.c
	x86_64-w64-mingw32-gcc -s -shared -o made/answer.dll made/answer.c
}

# make_people: the sample organisation, each of its people with a key in keys/.
make_people() {
	local who
	cp -r "$SOURCE/sample-config-repo/config" config
	chmod -R u+w config
	for who in alice bob carol dave ci-acme; do
		ssh-keygen -q -N '' -t ed25519 -C "$who" -f "keys/$who"
		sed -i "s@ssh: .*@ssh: \"$(cut -d' ' -f1,2 "keys/$who.pub")\"@" "config/people/$who.yaml"
	done
}

# make_config: it, with keys and addresses of this world.
make_config() {
	make_people
	cp acme-release.pem acme-test.pem config/certificates/
	cp ca.pem config/trust/tsa-roots.pem
	sed -i 's/token=acme/token=test/' config/certificates/*.yaml
	"$TAGSEAL" init keys --ledger acme.example/tagseal --token 'pkcs11:token=test' --into config --force > keys.log 2>&1 ||
	    { cat keys.log >&2; return 1; }
	sed -i -e "s@\"http://tsa.acme.example/\"@\"$tsa\", private-address: true@" \
	    -e "s@https://git.acme.example/security/ledger.git@$WORLD/repos/ledger.git@" config/tagseal.yaml
	sed -i -e "s@https://git.acme.example/acme/\(.*\)\.git@$WORLD/repos/\1.git@" \
	    -e "s@{from: .*@{from: [\"$ci/\"], private-address: true}@" \
	    -e "s@/srv/releases@$WORLD/out@" config/projects/*/project.yaml
}

make_repos() {
	mkdir repos out
	git init -q --bare -b main repos/config.git
	git init -q --bare -b main repos/acme-app.git
	git init -q --bare -b main repos/acme-agent.git
	git init -q --bare -b main repos/ledger.git
	by carol config init -q && by carol config remote add origin "$WORLD/repos/config.git"
	commit_config carol 'Acme: people, policies, certificates'
	mkdir app && by alice app init -q && by alice app remote add origin "$WORLD/repos/acme-app.git"
	cp made/*.c app/ && by alice app add . && by alice app commit -q -S -m 'Acme App'
	by alice app push -q origin HEAD
}

# make_engine_file: the pins are computed with git and sha256sum alone.
make_engine_file() {
	local commit payload manifest log_key
	commit=$(git -C config rev-parse HEAD)
	payload=$(git -C config cat-file commit HEAD | sed '/^gpgsig /,/-----END SSH SIGNATURE-----$/d' | sha256sum | cut -d' ' -f1)
	manifest=$(manifest_of config HEAD | sha256sum | cut -d' ' -f1)
	log_key=$(sed -n 's/^public: "\(.*\)"/\1/p' config/certificates/engine-log.yaml)
	printf '%s\n' 1234 > pin && chmod 600 pin
	cat > engine.yaml <<EOF
tagseal: 1
engine: "6f1c0d2e-0000-4000-8000-000000000001"
config:
  id: "$(sed -n 's/^id: "\(.*\)"/\1/p' config/tagseal.yaml)"
  urls: ["$WORLD/repos/config.git"]
  root: {commit: "$commit", payload-sha256: "$payload", manifest-sha256: "$manifest"}
ledger: {keys: ["$log_key"]}
state: $WORLD/state
tokens:
  - {module: "$TAGSEAL_MODULE", token: test, pin: {file: $WORLD/pin}, access: {read: ["$SOFTHSM2_CONF"], write: ["$WORLD/tokens"]}}
repositories: ["$WORLD/repos"]
outputs: ["$WORLD/out"]
poll: 1s
sandbox: required
EOF
	chmod 644 engine.yaml
}

# at_least FILE: an operator's word of what the ledger contains, for an engine
# that has no state yet or none any more.
at_least() {
	local seen key
	key=$(sed -n 's/^ledger: {keys: \["\([^"]*\)".*/\1/p' "$1")
	rm -rf seen.git && git clone -q --bare repos/ledger.git seen.git
	seen=$("$TAGSEAL" audit verify --repo seen.git --log-key "$key" | sed -n 's/.*--at-least //p')
	sed -i "s@^ledger: {keys: \(\[[^]]*\]\).*@ledger: {keys: \1, at-least: {size: ${seen%:*}, root: \"${seen#*:}\"}}@" "$1"
}

# another_engine NUMBER FILE: an engine of its own name, key of commits and
# state, declared by the first one.
another_engine() {
	local id=6f1c0d2e-0000-4000-8000-00000000000$1
	"$TAGSEAL" init keys --engine "engine-commit-$1" --token 'pkcs11:token=test' --into config > "keys-$1.log" 2>&1 ||
	    { cat "keys-$1.log" >&2; return 1; }
	if grep -q '^  engines:$' config/tagseal.yaml; then
		sed -i "s@^  engines:\$@&\n    - {id: \"$id\", commits: engine-commit-$1}@" config/tagseal.yaml
	else
		sed -i "s@^ledger:\$@&\n  engines:\n    - {id: \"$id\", commits: engine-commit-$1}@" config/tagseal.yaml
	fi
	change_config "Engine $1"
	pass_of_engine
	sed -e "s/^engine: .*/engine: \"$id\"/" -e "s@^state: .*@state: $WORLD/state-$1@" engine.yaml > "$2"
	local commit payload manifest
	commit=$(git -C config rev-parse HEAD)
	payload=$(git -C config cat-file commit HEAD | sed '/^gpgsig /,/-----END SSH SIGNATURE-----$/d' | sha256sum | cut -d' ' -f1)
	manifest=$(manifest_of config HEAD | sha256sum | cut -d' ' -f1)
	sed -i "s@^  root: .*@  root: {commit: \"$commit\", payload-sha256: \"$payload\", manifest-sha256: \"$manifest\"}@" "$2"
}

# make_place: what is there before an engine: a token, certificates, servers,
# programs, repos. A test that wants another config repo has a function
# more_config.
make_place() {
	new_token test
	new_authority
	export TSA_ROOTS=$WORLD/ca.pem
	mkdir -p keys
	make_signer acme-release rsa-3072
	make_signer acme-test ec-p256
	start_tsa ec-p256
	serve_ci
	make_programs
	make_config
	if declare -F more_config > /dev/null; then more_config; fi
	make_repos
}

# make_world: all of it, with a ledger that has begun.
make_world() {
	make_place
	make_engine_file
	engine --begin || { tail -40 engine.log >&2; return 1; }
}
