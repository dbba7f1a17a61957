#!/usr/bin/env bash
# gitolite - the update hook as a VREF of a real gitolite, pushed to by stock
# git; instead of sshd, a script says who comes.
. "$(dirname "$0")/../lib.sh"
# shellcheck source=../cli/people.sh
. "$SOURCE/tests/cli/people.sh"
# shellcheck source=guards.sh
. "$SOURCE/tests/hooks/guards.sh"
# shellcheck source=gitolite.sh
. "$SOURCE/tests/hooks/gitolite.sh"

# ---- gitolite with its own home, and a way in
export USER=git LOGNAME=git
start_gitolite -a carol
cat > way-in <<END
#!/bin/sh
shift	# the host
HOME=$WORLD/host PATH=$PATH SSH_CONNECTION='127.0.0.1 1 127.0.0.1 22' SSH_ORIGINAL_COMMAND="\$*" exec /usr/share/gitolite3/gitolite-shell "\$WHO"
END
chmod +x way-in
export GIT_SSH_COMMAND=$WORLD/way-in GIT_SSH_VARIANT=simple
# to WHO GIT-WORD…: git as somebody whom the server knows.
to() { local who=$1; shift; WHO=$who git "$@"; }

want 0 to carol clone -q host:gitolite-admin admin
cat > admin/conf/gitolite.conf <<END
repo gitolite-admin
    RW+ = carol
repo config
    RW+ = @all
    -   VREF/tagseal = @all
    config tagseal.configBranch = main
    config tagseal.trust = $WORLD/trust.yaml
    config tagseal.program = $TAGSEAL
END
make_people
mkdir l1 && "$BUILD/tests/write-accepted" l1
git init -q -b main repo
commit carol root
root=$(git -C repo rev-parse HEAD)
pin repo "$root" l1/vkey > trust.yaml
by carol admin commit -q -a -m 'a config repo'
want 0 to carol -C admin push -q origin HEAD
git -C repo remote add origin host:config

# ---- the same pushes
config=host/repositories/config.git
want 0 to carol -C repo push origin main
want_same "$root" "$(git -C $config rev-parse main)" 'main is'
describe alice acme-app 'By its owner'
want 0 to alice -C repo push origin main
says "allowed  $(git -C repo rev-parse --short=12 main)  alice"
good=$(git -C repo rev-parse main)
sed -i 's/^description: .*/description: mine/' repo/groups/developers.yaml
commit alice 'not hers'
refused_ref CHAIN-PATH $config to alice -C repo push origin main
git -C repo reset -q --hard "$good"
describe eve acme-app 'By a stranger'
refused_ref SIGNER-UNKNOWN $config to alice -C repo push origin main
refused_ref GIT-HISTORY-APART $config to carol -C repo push -f origin "$root:main"
refused_ref GIT-HISTORY-APART $config to carol -C repo push origin :main
as dave tag -s endorse/dave -m x "$good"
want 0 to dave -C repo push origin endorse/dave
refused_ref REF-MOVED $config to carol -C repo push origin :endorse/dave
head -c 17000000 /dev/zero > repo/large.bin
commit alice large
refused_ref LIMIT-SIZE $config to alice -C repo push origin main:large
want 0 to alice -C repo push origin "$good:refs/heads/ours"
