# pages - runs the commands on pages for people; sourced after e2e/engine.sh.
# Each ```sh block of a page runs as it stands, all in one shell, and "```sh
# dave" goes on as dave, in a folder of his.
# shellcheck shell=bash

# blocks PAGE: its ```sh blocks, one after another; who goes on is said first.
blocks() { awk '/^```/ { inside = /^```sh( |$)/; if (inside && NF == 2) print "become " $2; next } inside' "$1"; }

# run_page FILE: ends what it started in the background.
run_page() {
	{ echo 'set -euxo pipefail; trap '\''kill $(jobs -p) 2> /dev/null || true'\'' EXIT'
	  declare -f become; cat "$1"; } > script
	bash script
}
become() { export HOME=$WORLD/home/$1 USER=$1; cd "$HOME/work"; [[ ! -d config ]] || cd config; }

# make_home WHO…: a home each, with their key of keys/, and git that signs by it.
make_home() {
	local who home
	for who in "$@"; do
		home=home/$who
		mkdir -p "$home/.ssh" "$home/.config/tagseal" "$home/work"
		cp "keys/$who" "$home/.ssh/id_ed25519" && cp "keys/$who.pub" "$home/.ssh/id_ed25519.pub"
		git config --file "$home/.gitconfig" user.name "$who"
		git config --file "$home/.gitconfig" user.email "$who@acme.example"
		git config --file "$home/.gitconfig" gpg.format ssh
		git config --file "$home/.gitconfig" user.signingkey "$WORLD/$home/.ssh/id_ed25519.pub"
	done
}

# here: a page, with the addresses of this world.
here() {
	sed -e "s@https://git.acme.example/\(acme\|security\)/@$WORLD/repos/@g" \
	    -e "s@https://ci.acme.example/builds/acme-app/@$ci/@g" \
	    -e "s@/usr/local/share/tagseal/hooks@$SOURCE/hooks@g" \
	    -e "s@/etc/tagseal@$WORLD/etc@g; s@/var/lib/tagseal@$WORLD/state@g; s@/srv/git@$WORLD/repos@g; s@/srv/releases@$WORLD/out@g" \
	    -e "s@/etc/softhsm@$SOFTHSM2_CONF@g; s@/var/lib/softhsm@$WORLD/tokens@g"
}

mkdir programs && ln -s "$TAGSEAL" programs/tagseal
export PATH=$WORLD/programs:$PATH WORLD
