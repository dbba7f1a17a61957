#!/usr/bin/env bash
# file - detached CMS signatures of any file, judged by openssl, and theirs by
# us.
# shellcheck source=../lib.sh
. "$SOURCE/tests/lib.sh"
# shellcheck source=pki.sh
. "$SOURCE/tests/formats/pki.sh"
signfile=$BUILD/tests/signfile pki=$WORLD/pki
pki_make
seq 1 10000 > some.txt
: > empty

# their_check FORM SIGNATURE FILE
their_check()
{
	openssl cms -verify -binary -inform "$1" -in "$2" -content "$3" \
	    -CAfile "$pki/ca.pem" -purpose any -out /dev/null
}

for file in some.txt empty; do
	for digest in sha256 sha384 sha512; do
		want 0 "$signfile" sign -cms -digest $digest "$pki/code.pem" \
		    "$pki/code.key" "$file" sig.p7s
		want 0 their_check DER sig.p7s "$file"
		want 0 "$signfile" check "$pki/ca.pem" "$file" sig.p7s
		says "good $digest"
	done
	want 0 "$signfile" sign -cms -pem -digest sha384 -authority \
	    "$pki/ca.cnf" "$pki/ec.pem" "$pki/ec.key" "$file" sig.pem
	want 0 their_check PEM sig.pem "$file"
	want 0 "$signfile" check "$pki/ca.pem" "$file" sig.pem
	says 'timestamp=yes'
done

# ---- theirs
for form in DER PEM; do
	openssl cms -sign -binary -outform $form -signer "$pki/code.pem" \
	    -inkey "$pki/code.key" -in some.txt -out theirs 2> /dev/null
	want 0 "$signfile" check "$pki/ca.pem" some.txt theirs
done

# ---- another file, another root, cut, not a signature
want 1 "$signfile" check "$pki/ca.pem" empty theirs
openssl req -x509 -newkey rsa:3072 -nodes -keyout /dev/null -out stranger.pem \
    -days 1 -subj /CN=Stranger 2> /dev/null
want 1 "$signfile" check stranger.pem some.txt theirs
head -c 500 sig.p7s > cut
want 2 "$signfile" check "$pki/ca.pem" some.txt cut
want 2 "$signfile" check "$pki/ca.pem" some.txt some.txt
refuses FORMAT-NOT-SIGNED 2 "$signfile" sign -cms -only-stamp -authority \
    "$pki/ca.cnf" "$pki/code.pem" "$pki/code.key" some.txt no
want 3 "$signfile" check "$pki/ca.pem" some.txt
