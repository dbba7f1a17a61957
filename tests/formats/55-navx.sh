#!/usr/bin/env bash
# navx - no other program of Linux judges apps of Business Central: a script
# that shares nothing with us finds the message, and openssl verifies it.
# shellcheck source=../lib.sh
. "$SOURCE/tests/lib.sh"
# shellcheck source=pki.sh
. "$SOURCE/tests/formats/pki.sh"
signfile=$BUILD/tests/signfile pki=$WORLD/pki
pki_make

apps() { python3 "$SOURCE/tests/formats/apps.py" "$@"; }
key=("$pki/code.pem" "$pki/code.key")
sign() { "$signfile" sign "$@"; }
stamped() { sign -authority "$pki/ca.cnf" "$@"; }
plain() { sign "${key[@]}" "$@"; }
check() { "$signfile" check "$pki/ca.pem" "$@"; }

# proof FILE: openssl takes the message, and it is over this file.
proof() {
	local digest guid
	read -r digest guid < <(apps take "$1" der content)
	want 0 openssl smime -verify -inform DER -in der -content content -binary \
	    -CAfile "$pki/ca.pem" -purpose any -out /dev/null
	want_same 12341234f8040000781d123412341234 "$guid" "GUID of $1"
	want 0 check "$1"
	says "good sha256 $digest "
}

# back FILE: without its signature it is the app.
back() {
	want 0 "$signfile" same acme.app "$1"
	want 0 "$signfile" strip "$1" bare.app
	same acme.app bare.app
}

apps make > acme.app
want 3 check acme.app
want 3 "$signfile" strip acme.app bare.app
same acme.app bare.app

# ---- one signature, once more, with descriptions, keys and digests
want 0 plain acme.app signed.app
proof signed.app
back signed.app
want 0 plain signed.app again.app
same signed.app again.app
want 0 sign -description 'Acmé App' -url https://acme.example \
    "${key[@]}" acme.app said.app
proof said.app
says 'description=Acmé App'
back said.app
for digest in sha384 sha512; do
	want 0 sign -digest $digest "$pki/ec.pem" "$pki/ec.key" acme.app ec.app
	want 0 check ec.app
	says "good $digest"
	back ec.app
done
refuses AUTHENTICODE-PAGES 2 sign -pages "${key[@]}" acme.app no.app

# ---- timestamps, at once and later
want 0 stamped "${key[@]}" acme.app stamped.app
proof stamped.app
says 'timestamp=yes'
back stamped.app
want 0 stamped -only-stamp "${key[@]}" signed.app later.app
proof later.app
says 'timestamp=yes'
back later.app
refuses FORMAT-NOT-SIGNED 2 stamped -only-stamp "${key[@]}" acme.app no.app

# ---- a second signature inside the first
want 0 sign -append -digest sha384 "$pki/ec.pem" "$pki/ec.key" signed.app both.app
proof both.app
says 'good sha384'
says 'nested=1'
back both.app

# ---- a stranger's root; every kind of change
openssl req -x509 -newkey rsa:3072 -nodes -keyout /dev/null -out stranger.pem -days 1 -subj /CN=Stranger 2> /dev/null
want 1 "$signfile" check stranger.pem signed.app
head -c 10 signed.app > short.app
want 3 check short.app
head -c $(($(stat -c %s acme.app) - 1)) acme.app > cut.app
refuses NAVX-TRUNCATED 2 check cut.app
refuses NAVX-TRUNCATED 2 plain cut.app no.app
head -c -1 signed.app > cut.app
refuses NAVX-TRAILING-DATA 2 check cut.app
refuses NAVX-TRAILING-DATA 1 "$signfile" same acme.app cut.app
{ cat acme.app; printf x; } > tail.app
refuses NAVX-TRAILING-DATA 2 plain tail.app no.app
{ cat signed.app; printf x; } > tail.app
refuses NAVX-TRAILING-DATA 2 check tail.app
{ cat signed.app; tail -c +$(($(stat -c %s acme.app) + 1)) signed.app; } > twice.app
refuses NAVX-TRAILING-DATA 2 check twice.app
{ printf 'NAVX\51\0\0\0'; tail -c +9 signed.app; } > header.app
refuses NAVX-MALFORMED 2 check header.app
# Zeros inside the block, behind the message.
{ head -c -8 signed.app; printf '\0\0'; tail -c 8 signed.app; } > padded.app
refuses NAVX-TRAILING-DATA 2 check padded.app
# The signature of a package of another kind.
printf 'Write-Host 1' > a.ps1
want 0 plain a.ps1 signed.ps1
python3 "$SOURCE/tests/formats/scripts.py" take signed.ps1 der content > /dev/null
at=$(printf '%08x' "$(stat -c %s acme.app)")
{ cat acme.app; printf NXSB; cat der; printf '%b' "\\x${at:6:2}\\x${at:4:2}\\x${at:2:2}\\x${at:0:2}"; printf NXSB; } > moved.app
refuses AUTHENTICODE-MALFORMED 1 check moved.app
says 'for another kind of file'

# ---- every byte of a signed file, flipped one at a time
want 0 "$signfile" flip "$pki/ca.pem" acme.app signed.app
if [[ -z $out ]]; then pass; else fail "signed.app: $out"; fi
