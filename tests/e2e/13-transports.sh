#!/usr/bin/env bash
# transports - a whole release where nothing is on this machine: over HTTPS with
# tokens (nginx, fcgiwrap, git http-backend) and over SSH (sshd), people having
# stock git alone. Two worlds, one after the other.
# shellcheck source=../lib.sh
. "$SOURCE/tests/lib.sh"
top=$WORLD
# shellcheck source=engine.sh
. "$SOURCE/tests/e2e/engine.sh"
# shellcheck source=transports.sh
. "$SOURCE/tests/e2e/transports.sh"

# A world of its own in a folder; what runs for the last one ends.
enter() {
	# shellcheck disable=SC2046
	[[ -z $(jobs -p) ]] || { kill $(jobs -p) && wait; } 2> /dev/null || true
	WORLD=$top/$1
	export HOME=$WORLD
	mkdir "$WORLD"
	cd "$WORLD"
}
stop_servers() {
	"$SOURCE/tests/net/git-server" "$top/https" stop
	[[ ! -e $top/ssh ]] || "$SOURCE/tests/net/ssh-server" "$top/ssh" stop
}
trap 'stop_servers; WORLD=$top; finish' EXIT

# ---- over HTTPS: one token reads, one pushes, one is for artifacts
enter https
token=tok-$RANDOM$RANDOM
basic="Basic $(printf 'x-access-token:%s' "$token" | base64)"
printf '%s' "$basic" > authorization
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=host -addext subjectAltName=IP:127.0.0.1 \
    -keyout host.key -out host.pem 2> /dev/null
host=127.0.0.1:$("$SOURCE/tests/net/git-server" "$WORLD" "$WORLD/host.pem" "$WORLD/host.key")
at=https://$host/repos read=yes
printf '[http]\n\textraHeader = "Authorization: %s"\n' "$basic" > .gitconfig
export GIT_SSL_CAINFO=$WORLD/host.pem no_proxy=127.0.0.1
(umask 077; printf '%s\n' "$token" > token; echo wrong > wrong)
serve_ci() { mkdir -p ci; ci=https://$host/ci; }
world "connections: [{hosts: [\"$host\"], ca: $WORLD/host.pem}]" \
    "credentials:" \
    "  read: {file: $WORLD/token, for: courier, hosts: [\"127.0.0.1\"]}" \
    "  push: {file: $WORLD/token, for: courier, hosts: [\"$host\"]}" \
    "  ci: {file: $WORLD/token, for: courier, hosts: [\"127.0.0.1\"], user: x-access-token}"
whole_release 1.2.3
cp engine.yaml good.yaml

# Nothing of it is in a log or in the ledger.
want 1 grep -q "$token" engine.log
want 1 sh -c "git -C repos/ledger.git log -p --format=%B tagseal/ledger | grep -q '$token'"

# Another token, a host that it is not for, no authority: nothing moves.
release_by_git 1.2.4
sed -i "s@read: {file: $WORLD/token@read: {file: $WORLD/wrong@" engine.yaml
stuck NET-STATUS 5
sed '/^  read:/s@hosts: .*@hosts: [git.example]}@' good.yaml > engine.yaml
stuck COURIER-CREDENTIAL-HOST 1
sed 's@^connections:.*@@' good.yaml > engine.yaml
stuck NET-TLS 5
cp good.yaml engine.yaml
pass_of_engine
want 0 test "$(state_of v1.2.4)" = waiting

# ---- over SSH: a key, and the keys of the host
enter ssh
at=ssh://$(id -un)@127.0.0.1:$("$SOURCE/tests/net/ssh-server" "$WORLD")$WORLD/repos read=
. "$SOURCE/tests/e2e/engine.sh"	# its own serve_ci again
. "$SOURCE/tests/e2e/transports.sh"
export GIT_SSH_COMMAND="ssh -F /dev/null -oIdentitiesOnly=yes -i $WORLD/ssh/client -oUserKnownHostsFile=$WORLD/ssh/known_hosts"
world "connections: [{ssh: {key: $WORLD/ssh/client, known-hosts: $WORLD/ssh/known_hosts}}]"
whole_release 1.2.3
cp engine.yaml good.yaml

# A key that is not let in, a host with another key: nothing moves.
release_by_git 1.2.4
sed -i "s@ssh/client,@ssh/stranger,@" engine.yaml
stuck NET-SSH 5
cp ssh/known_hosts known && sed "s@/ssh/known_hosts@/known@" good.yaml > engine.yaml
sed -i "s@ssh-ed25519 .*@$(cut -d' ' -f1,2 ssh/stranger.pub)@" known
stuck NET-HOST-KEY 1
cp good.yaml engine.yaml
pass_of_engine
want 0 test "$(state_of v1.2.4)" = waiting
