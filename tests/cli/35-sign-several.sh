#!/usr/bin/env bash
# sign, timestamp and strip of several files in one command: into a folder or
# in place; one login for all; what fails is one file's, or the system's.
. "$(dirname "$0")/../lib.sh"
. "$SOURCE/tests/cli/world.sh"
. "$SOURCE/tests/osslsigncode.sh"

new_token test
new_authority
make_signer release rsa-3072
start_tsa ec-p256
dead=http://127.0.0.1:1/
key='pkcs11:token=test;object=release'
bare=("$TAGSEAL" sign --certificate release.pem --key "$key")
sign=("${bare[@]}" --timestamp "$tsa")
stamp=("$TAGSEAL" timestamp --tsa "$tsa" --tsa-roots ca.pem)

judge() { osslsigncode_verify 0 ca.pem "$1" Succeeded 'Timestamp Server Signature verification: ok'; }
# rows: what --json says of each file.
rows() { jq -r '.artifacts[] | "\(.file) \(.outcome) \(.error.code // "-")"' <<< "$out"; }

mkdir in other out
printf 'int main(void) { return 0; }\n' > app.c
x86_64-w64-mingw32-gcc -s -o in/app.exe app.c
x86_64-w64-mingw32-gcc -s -shared -o in/one.dll app.c
i686-w64-mingw32-gcc -s -shared -o in/two.dll app.c
gcab -c in/app.cab app.c > /dev/null
printf 'Write-Output hello\r\n' > in/app.ps1
cp app.c in/notes.txt
good=(in/app.exe in/one.dll in/two.dll in/app.cab in/app.ps1)
fresh() { rm -rf work out && cp -r in work && mkdir out; }
# untouched FILE…: of the inputs in work/, and nothing else lies there.
untouched() {
	local file
	for file; do same "in/$file" "work/$file"; done
	want_same '' "$(find work out -name '.tagseal*')" 'left behind:'
}

# ---- into a folder: as many at once as wanted, answers in order
for jobs in '' '--jobs 1' '-j 3'; do
	fresh
	# shellcheck disable=SC2086
	want 0 "${sign[@]}" $jobs --output-folder out "${good[@]}"
	want_same 'signed app.exe signed one.dll signed two.dll signed app.cab signed app.ps1' \
	    "$(grep ^signed <<< "$out" | cut -d' ' -f1,2 | paste -sd' ')" 'signed in turn:'
	says 'wrote out/two.dll'
	want_same 5 "$(find out -type f | wc -l)" 'files in out/:'
	for file in app.exe one.dll two.dll app.cab; do judge out/$file; done
	want 0 "$TAGSEAL" verify --roots ca.pem out/*
done
want 0 "${sign[@]}" --json --output-folder out "${good[@]}"
want 0 jq -e --arg sha256 "$(sha256sum < out/two.dll | cut -c1-64)" '.outcome == "done" and (.artifacts | length) == 5 and
    (.artifacts[2] | .file == "in/two.dll" and .outcome == "done" and .answer.output == "out/two.dll" and
    .answer.sha256 == $sha256 and (.answer.signatures | length) == 1)' <<< "$out"
want 0 "${sign[@]}" --json --output-folder out/ in/one.dll
want 0 jq -e '.output == "out//one.dll" and (.signatures | length) == 1 and has("artifacts") == false' <<< "$out"

# Progress is for people at a terminal.
want 0 script -qec "$(printf "'%s' " "${sign[@]}") --output-folder out ${good[*]}" /dev/null
says ' of 5 files'
want 0 "${sign[@]}" --output-folder out "${good[@]}"
says_not ' of 5 files'

# ---- in place: mode and all
fresh
chmod 755 work/app.exe
want 0 "${sign[@]}" --in-place work/app.exe work/one.dll
says 'wrote work/one.dll'
for file in app.exe one.dll; do judge work/$file; done
want_same 755 "$(stat -c %a work/app.exe)" 'mode of work/app.exe:'
untouched two.dll app.cab
want 0 "${sign[@]}" --in-place work/two.dll
judge work/two.dll
ln -s app.cab work/link.cab
refuses FILE-KIND 2 "${sign[@]}" --in-place work/link.cab work/app.ps1
untouched app.cab
want 0 "$TAGSEAL" verify --roots ca.pem work/app.ps1

# ---- detached signatures stand beside their files, or in the folder
fresh
want 0 "${sign[@]}" --method cms --in-place work/notes.txt work/app.ps1
want 0 "${sign[@]}" --method cms --pem --output-folder out work/notes.txt work/app.ps1
untouched notes.txt app.ps1
for file in notes.txt app.ps1; do
	for signature in work out; do
		want 0 "$TAGSEAL" verify --roots ca.pem --signature $signature/$file.p7s work/$file
	done
	want 0 openssl cms -verify -binary -inform DER -in work/$file.p7s -content work/$file -CAfile ca.pem -purpose any -out /dev/null
	want 0 openssl cms -verify -binary -inform PEM -in out/$file.p7s -content work/$file -CAfile ca.pem -purpose any -out /dev/null
done
refuses USAGE 2 "${sign[@]}" --method cms --in-place work/notes.txt work/notes.txt.p7s
says "'work/notes.txt.p7s'"

# ---- archives by a configuration
printf 'artifact:\n  zip:\n    contents:\n      - pe: {path: "*.dll", matches: {min: 1, max: unbounded}, sign: authenticode}\n    other-files: keep\n' > zip.yaml
(cd in && zip -q ../one.zip one.dll notes.txt && zip -q ../two.zip one.dll two.dll && zip -q ../none.zip notes.txt)
want 1 "${sign[@]}" --json --configuration zip.yaml --output-folder out one.zip none.zip two.zip
want_same 'one.zip done, none.zip failed, two.zip done' "$(rows | cut -d' ' -f1,2 | paste -sd, | sed 's/,/, /g')" 'archives:'
want 0 "$TAGSEAL" verify --roots ca.pem out/two.zip
(cd out && unzip -qo two.zip)
judge out/one.dll
judge out/two.dll

# ---- which way: exactly one
refuses USAGE 2 "${sign[@]}" "${good[@]}"
says '--output-folder or --in-place is missing'
refuses USAGE 2 "${sign[@]}" -o out/app.exe "${good[@]}"
says '--output is for one file, there are 5'
refuses USAGE 2 "${sign[@]}" --in-place --output-folder out "${good[@]}"
refuses USAGE 2 "${sign[@]}" --in-place -o out/app.exe in/app.exe
says 'only one of'
refuses USAGE 2 "${sign[@]}" --jobs 0 --output-folder out "${good[@]}"
refuses USAGE 2 "${sign[@]}" --jobs 65 --output-folder out "${good[@]}"
refuses USAGE 2 "${sign[@]}" --jobs two --output-folder out "${good[@]}"
refuses FILE-MISSING 2 "${sign[@]}" --output-folder nowhere "${good[@]}"
refuses FILE-KIND 2 "${sign[@]}" --output-folder app.c "${good[@]}"
refuses FILE-KIND 2 "${sign[@]}" --output-folder out in/app.exe in/

# ---- two outputs of one name, or one over an input: before anything is signed
fresh
cp in/two.dll other/one.dll
refuses USAGE 2 "${sign[@]}" --output-folder out work/one.dll work/app.exe other/one.dll
says "'work/one.dll' and 'other/one.dll' would both be written to 'out/one.dll'"
refuses USAGE 2 "${sign[@]}" --in-place work/one.dll work/app.exe work/one.dll
refuses USAGE 2 "${sign[@]}" --output-folder work other/one.dll work/one.dll
refuses USAGE 2 "${sign[@]}" --output-folder work other/one.dll work/app.exe work/one.dll
want_same '' "$(find out -type f)" 'in out/:'
untouched one.dll app.exe

# ---- what one file does wrong is no matter of the others
fresh
head -c 700 in/app.exe > work/cut.exe
want 4 "${sign[@]}" --in-place work/app.exe work/cut.exe work/notes.txt work/nothing.dll work/one.dll
for text in PE-TRUNCATED FORMAT-METHOD '--method cms' FILE-MISSING 'work/cut.exe: failed' 'work/nothing.dll: failed' \
    'wrote work/one.dll'; do says "$text"; done
judge work/app.exe
judge work/one.dll
untouched notes.txt
want_same 700 "$(stat -c %s work/cut.exe)" 'size of work/cut.exe:'
want 2 "${sign[@]}" --json --output-folder out work/cut.exe in/app.exe
want_same 'work/cut.exe failed PE-TRUNCATED, in/app.exe done -' "$(rows | paste -sd, | sed 's/,/, /g')" 'one cut:'
want 0 jq -e '.outcome == "failed"' <<< "$out"
judge out/app.exe
want 2 "${sign[@]}" --jobs 1 --output-folder out work/cut.exe work/nothing.dll work/gone.dll in/two.dll
judge out/two.dll

# ---- in place in a folder that nothing can be written to
if [[ $(id -u) -eq 0 ]]; then
	plain() { setpriv --bounding-set -dac_override,-dac_read_search --inh-caps -dac_override,-dac_read_search "$@"; }
else
	plain() { "$@"; }
fi
fresh
cp -r work closed
chmod 555 closed
refuses FILE-ACCESS 2 plain "${sign[@]}" --in-place closed/one.dll work/one.dll closed/two.dll
chmod 755 closed
judge work/one.dll
same closed/one.dll in/one.dll
same closed/two.dll in/two.dll
want_same "$(cd in && find . | sort)" "$(cd closed && find . | sort)" 'in the closed folder:'
rm -r closed

# ---- one signer and one login for all files; a wrong PIN is tried once
cat > count.c <<'C'
#define CRYPTOKI_GNU
#include <dlfcn.h>
#include <fcntl.h>
#include <p11-kit/pkcs11.h>
#include <string.h>
#include <unistd.h>

static struct ck_function_list *real, list;

static void
note(const char *what)
{
	int fd = open(NOTES, O_WRONLY | O_APPEND | O_CREAT, 0600);

	if (fd >= 0 && write(fd, what, strlen(what)) > 0)
		close(fd);
}

static ck_rv_t
initialize(void *arg)
{
	note("start\n");
	return real->C_Initialize(arg);
}

static ck_rv_t
login(ck_session_handle_t s, ck_user_type_t user, unsigned char *pin, unsigned long len)
{
	note("login\n");
	return real->C_Login(s, user, pin, len);
}

/* The token is pulled out after MOST signatures. */
static ck_rv_t
sign_init(ck_session_handle_t s, struct ck_mechanism *m, ck_object_handle_t k)
{
	static int count;

	note("sign\n");
	return ++count > MOST ? CKR_DEVICE_REMOVED : real->C_SignInit(s, m, k);
}

ck_rv_t
C_GetFunctionList(struct ck_function_list **out)
{
	ck_rv_t (*get)(struct ck_function_list **) =
	    (ck_rv_t (*)(struct ck_function_list **))dlsym(dlopen(MODULE, RTLD_NOW), "C_GetFunctionList");

	if (get(&real) != CKR_OK)
		return CKR_GENERAL_ERROR;
	list = *real;
	list.C_Initialize = initialize;
	list.C_Login = login;
	list.C_SignInit = sign_init;
	*out = &list;
	return CKR_OK;
}
C
# module FILE MOST: that module; it gives so many signatures.
# shellcheck disable=SC2046
module() {
	gcc $(pkg-config --cflags p11-kit-1) -shared -fPIC -DMODULE="\"$TAGSEAL_MODULE\"" -DNOTES="\"$WORLD/notes\"" \
	    -DMOST="$2" -o "$1" count.c
}
module count.so 1000
module short.so 2
fresh
want 0 "${sign[@]}" --module "$WORLD/count.so" --jobs 2 --output-folder out "${good[@]}"
want_same 'start login sign sign sign sign sign' "$(paste -sd' ' notes)" 'the token was asked to:'
rm -rf notes out/*
refuses TOKEN-PIN-WRONG 5 env TAGSEAL_PIN=9999 "${sign[@]}" --module "$WORLD/count.so" --in-place work/app.exe work/one.dll work/two.dll work/app.cab
want_same 'start login' "$(paste -sd' ' notes)" 'with a wrong PIN:'
untouched app.exe one.dll two.dll app.cab

# ---- a token that is gone: what was signed before stays, the rest is not tried
fresh
rm notes
refuses TOKEN- 5 "${sign[@]}" --module "$WORLD/short.so" --jobs 1 --in-place work/app.exe work/one.dll work/two.dll work/app.cab
for text in 'wrote work/one.dll' 'work/two.dll: failed' 'work/app.cab: not reached'; do says "$text"; done
judge work/app.exe
judge work/one.dll
untouched two.dll app.cab
fresh
want 5 "${sign[@]}" --json --module "$WORLD/short.so" --jobs 8 --in-place work/app.exe work/one.dll work/two.dll work/app.cab work/app.ps1
want_same '2 done, 1 failed, 2 not reached' "$(rows | cut -d' ' -f2- | sed 's/ [-A-Z]*$//' | sort | uniq -c | awk '{$1=$1} 1' |
    paste -sd, | sed 's/,/, /g')" 'of five:'

# ---- no authority: no key is used for what comes after
fresh
want 5 "${bare[@]}" --timestamp $dead --jobs 1 --in-place work/app.exe work/one.dll work/two.dll
for text in NET-UNREACHABLE 'work/app.exe: failed' 'work/one.dll: not reached' 'work/two.dll: not reached'; do says "$text"; done
untouched app.exe one.dll two.dll
want 5 "${bare[@]}" --json --timestamp $dead --output-folder out "${good[@]}" in/nothing.dll
want_same 6 "$(rows | grep -c -e ' failed NET-UNREACHABLE$' -e ' not reached -$' -e 'nothing.dll failed FILE-MISSING$')" 'rows:'
want_same '' "$(find out -type f)" 'in out/:'
want 0 "${bare[@]}" --timestamp $dead --timestamp "$tsa" --output-folder out "${good[@]}"
for file in app.exe one.dll two.dll app.cab; do judge out/$file; done

# ---- a full disk, or what is like one
fresh
want 5 bash -c 'ulimit -f 8; exec "$@"' limited "${sign[@]}" --jobs 1 --in-place work/app.ps1 work/app.exe work/two.dll
for text in 'wrote work/app.ps1' SYSTEM-WRITE 'work/app.exe: failed' 'work/two.dll: not reached'; do says "$text"; done
untouched app.exe two.dll

# ---- timestamps and stripping
fresh
want 0 "${bare[@]}" --in-place work/app.exe work/one.dll work/two.dll
cp -r work signed
want 0 "${stamp[@]}" --in-place work/app.exe work/one.dll work/two.dll
for file in app.exe one.dll two.dll; do judge work/$file; done
want 3 "${stamp[@]}" --json --output-folder out signed/app.exe signed/app.cab signed/one.dll
want_same 'signed/app.exe done -, signed/app.cab failed FORMAT-NOT-SIGNED, signed/one.dll done -' "$(rows | paste -sd, | sed 's/,/, /g')" 'stamped:'
judge out/app.exe
judge out/one.dll
rm out/*
want 5 "$TAGSEAL" timestamp --tsa $dead --jobs 1 --output-folder out signed/app.exe signed/one.dll
says 'signed/one.dll: not reached'
want_same '' "$(find out -type f)" 'in out/:'
refuses USAGE 2 "${stamp[@]}" signed/app.exe signed/one.dll
refuses USAGE 2 "${stamp[@]}" --signature app.p7s --in-place app.c
refuses USAGE 2 "${stamp[@]}" --signature app.p7s --output-folder out app.c in/notes.txt
want 3 "$TAGSEAL" strip --in-place work/app.exe work/notes.txt work/one.dll
says 'work/notes.txt: not signed'
same work/app.exe in/app.exe
same work/one.dll in/one.dll
want 3 "$TAGSEAL" strip --json --output-folder out work/two.dll work/notes.txt
want_same 'work/two.dll done -, work/notes.txt nothing to do -' "$(rows | paste -sd, | sed 's/,/, /g')" 'stripped:'
same out/two.dll in/two.dll
want 1 test -e out/notes.txt
want 0 "$TAGSEAL" strip --json --output-folder out signed/one.dll
want 0 jq -e '.changed' <<< "$out"
want 2 "$TAGSEAL" strip --in-place signed/nothing.dll signed/one.dll
same signed/one.dll in/one.dll
refuses USAGE 2 "$TAGSEAL" strip signed/app.exe signed/two.dll
