/* ends: what openssl and gpg say of the same files, and files that are none. */
#include <stdlib.h>
#include <string.h>

#include "crypto/ends.h"
#include "fixture.h"
#include "scratch.h"

/* Each file NAME has NAME.want: lines of name and end (ms). */
static const char make[] =
    "set -e; ms() { echo $(($(date -ud \"$1\" +%s) * 1000)); }; "
    "new() { openssl req -x509 -newkey ec -pkeyopt "
    "ec_paramgen_curve:P-256 -nodes -keyout $1.key -out $1.pem -days $2 "
    "-subj \"/O=A, B/CN=$1\" -addext \"$3\" 2>/dev/null; }; "
    "name() { openssl x509 -in $1 -noout -subject -nameopt RFC2253 | "
    "sed s/subject=//; }; "
    "says() { echo \"$(name $1) $(ms \"$(openssl x509 -in $1 -noout "
    "-enddate | sed s/.*=//)\")\"; }; "
    "new one 10 keyUsage=digitalSignature; "
    "new two 9000 basicConstraints=critical,CA:TRUE; "
    "new tsa 77 extendedKeyUsage=critical,timeStamping; "
    "echo extendedKeyUsage=critical,timeStamping > ext; "
    /* of the same name as the issuer, with another key */
    "openssl req -x509 -newkey ed25519 -nodes -keyout other.key -out "
    "other.pem -days 5 -subj '/O=A, B/CN=two' 2>/dev/null; "
    "cat one.pem two.pem > chain; (says one.pem; says two.pem) > chain.want; "
    "openssl x509 -in two.pem -outform DER -out der; says two.pem > "
    "der.want; "
    ": > index; printf '[ca]\\ndefault_ca=d\\n[d]\\ndatabase=index\\n"
    "default_md=sha256\\n' > ca.conf; "
    "list() { openssl ca -gencrl -config ca.conf -cert two.pem -keyfile "
    "two.key -crldays $1 2>/dev/null; }; "
    "next() { echo \"$(name two.pem) $(ms \"$(openssl crl -noout -nextupdate "
    "| sed s/.*=//)\")\"; }; "
    "list 7 > a; list 70 > b; cat a b > lists; (next < a; next < b) > "
    "lists.want; openssl crl -in a -outform DER -out list; next < a > "
    "list.want; "
    "printf '[tsa]\\ndefault_tsa=t\\n[t]\\nserial=serial\\n"
    "default_policy=1.2.3\\ndigests=sha256\\nsigner_digest=sha256\\n' > "
    "ts.conf; openssl ts -query -data a -cert -sha256 -out q 2>/dev/null; "
    "openssl ts -reply -config ts.conf -queryfile q -signer tsa.pem -inkey "
    "tsa.key -token_out -out token 2>/dev/null; says tsa.pem > token.want; "
    /* its issuer comes along, and somebody who has nothing to do with it */
    "openssl req -new -key tsa.key -subj /CN=below | openssl x509 -req -CA "
    "two.pem -CAkey two.key -set_serial 7 -days 88 -extfile ext -out "
    "below.pem 2>/dev/null; cat one.pem other.pem two.pem > along; "
    "openssl ts -reply -config ts.conf -queryfile q -signer below.pem -inkey "
    "tsa.key -chain along -token_out -out crowd 2>/dev/null; "
    "[ $(openssl pkcs7 -inform DER -in crowd -print_certs -noout | "
    "grep -c subject) -eq 4 ]; "
    "(says below.pem; says two.pem) > crowd.want";

static const char make_keys[] =
    "set -e; export GNUPGHOME=$PWD; g() { gpg --batch --quiet --passphrase '' "
    "--pinentry-mode loopback \"$@\" 2>/dev/null; }; "
    "at() { t=$1; shift; g --faked-system-time $t \"$@\"; }; "
    "id() { gpg --with-colons --list-keys $1 2>/dev/null | "
    "awk -F: '$1 == \"fpr\" { print $10; exit }'; }; "
    /* renewed later, then one without an end */
    "at 20250101T000000 --quick-gen-key bob ed25519 sign 30d; "
    "at 20250102T000000 --quick-add-uid bob 'bob two'; "
    "at 20250103T000000 --quick-set-expire $(id bob) 400d; "
    "at 20250104T000000 --quick-add-key $(id bob) ed25519 sign 90d; "
    "at 20250104T000000 --quick-add-key $(id bob) cv25519 encr 20d; "
    "g --export bob > short; "
    "at 20250105T000000 --quick-set-expire $(id bob) 0; "
    "g --export bob > never; "
    "at 20250101T000000 --quick-gen-key eve rsa2048 sign 60d; "
    "at 20250102T000000 --quick-set-expire $(id eve) 500d; "
    /* bob's word about eve is no word of hers */
    "at 20250301T000000 -u bob --quick-sign-key $(id eve) > /dev/null; "
    "g --armor --export eve > signed; gpg --list-packets signed "
    "2>/dev/null | grep -q \"keyid $(id bob | tail -c 17)\"; "
    "g --export bob eve > two; "
    "for f in short never signed two; do gpg --with-colons --show-keys $f "
    "2>/dev/null | awk -F: '($1 == \"pub\" || ($1 == \"sub\" && $12 ~ /s/)) "
    "&& $7 { print ($1 == \"pub\" ? \"key \" : \"subkey \") $5 \" \" $7 "
    "\"000\" }' > $f.want; done; "
    "sed 's/^:---/---/' openpgp-revocs.d/$(id eve).rev > rev; "
    "g --import rev; g --export eve > revoked; : > revoked.want; "
    "gpgconf --kill all";

static int
begin(void **state)
{
	return scratch_enter(state) != 0 || system(make) != 0 ||
	    system(make_keys) != 0;
}

/* What ends, in the form of a file that was wanted. */
static struct buf
told(const struct ends *list)
{
	struct buf b = { 0 };

	for (size_t i = 0; i < list->count; i++)
		if (list->items[i].at != END_NEVER)
			buf_printf(&b, "%.*s %lld\n",
			    (int)list->items[i].name.len,
			    (const char *)list->items[i].name.ptr,
			    (long long)list->items[i].at);
	return b;
}

static void
as_others_say(ends_of *read, const char *file, size_t count, size_t ending)
{
	char want[64];

	snprintf(want, sizeof(want), "%s.want", file);
	CLEANUP(buf_done) struct buf bytes = file_get(file), w =
	    file_get(want);
	struct fixture f = fixture_new();
	struct ends list;

	assert_ok(read(buf_span(&bytes), f.arena, &list, &f.err), &f.err);
	assert_int_equal(list.count, count);
	CLEANUP(buf_done) struct buf t = told(&list);
	assert_string_equal(buf_cstr(&t), buf_cstr(&w));
	for (size_t i = 0; i < w.len; i++)
		ending -= w.ptr[i] == '\n';
	assert_int_equal(ending, 0);
	fixture_done(&f);
}

static void
certificates_and_lists_end_as_openssl_says(void **state)
{
	(void)state;
	as_others_say(ends_of_certificates, "chain", 2, 2);
	as_others_say(ends_of_certificates, "der", 1, 1);
	as_others_say(ends_of_lists, "lists", 2, 2);
	as_others_say(ends_of_lists, "list", 1, 1);
	as_others_say(ends_of_token, "token", 1, 1);
	as_others_say(ends_of_token, "crowd", 2, 2);
}

static void
openpgp_keys_end_as_gpg_says(void **state)
{
	(void)state;
	as_others_say(ends_of_openpgp, "short", 2, 2);
	as_others_say(ends_of_openpgp, "never", 2, 1);
	as_others_say(ends_of_openpgp, "signed", 1, 1);
	as_others_say(ends_of_openpgp, "two", 3, 2);
	as_others_say(ends_of_openpgp, "revoked", 0, 0);
}

/* Nothing but an error, or fewer ends, comes of a part of a file. */
static void
prefixes(ends_of *read, const char *file, size_t most)
{
	CLEANUP(buf_done) struct buf bytes = file_get(file);

	for (size_t n = 0; n < bytes.len; n++) {
		struct fixture f = fixture_new();
		struct ends list = { .count = 0 };

		f.bytes = exact((struct span){ bytes.ptr, n });
		if (read((struct span){ f.bytes, n }, f.arena, &list, &f.err))
			assert_true(list.count <= most);
		else
			assert_non_null(f.err.what);
		fixture_done(&f);
	}
}

static void
prefixes_do_no_harm(void **state)
{
	(void)state;
	prefixes(ends_of_certificates, "der", 0);
	prefixes(ends_of_lists, "list", 0);
	prefixes(ends_of_token, "token", 0);
	prefixes(ends_of_openpgp, "short", 2);
}

/* Each byte turned round: an error or an end, as the bytes now say. */
static void
changed_bytes_do_no_harm(void **state)
{
	CLEANUP(buf_done) struct buf bytes = file_get("short");

	(void)state;
	for (size_t i = 0; i < bytes.len; i++) {
		struct fixture f = fixture_new();
		struct ends list;

		f.bytes = exact(buf_span(&bytes));
		f.bytes[i] ^= 0xff;
		if (!ends_of_openpgp((struct span){ f.bytes, bytes.len },
		    f.arena, &list, &f.err))
			assert_non_null(f.err.what);
		fixture_done(&f);
	}
}

static void
other_files_are_refused(void **state)
{
	static const struct {
		ends_of		*read;
		const char	*file;
		enum err_code	 code;
	} cases[] = {
		{ ends_of_certificates, "lists", ERR_CERTIFICATE_NONE },
		{ ends_of_certificates, "token", ERR_CERTIFICATE_MALFORMED },
		{ ends_of_lists, "chain", ERR_CRL_MALFORMED },
		{ ends_of_lists, "der", ERR_CRL_MALFORMED },
		{ ends_of_token, "der", ERR_CMS_MALFORMED },
		{ ends_of_openpgp, "chain", ERR_OPENPGP_KEY },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		CLEANUP(buf_done) struct buf bytes = file_get(cases[i].file);
		struct fixture f = fixture_new();
		struct ends list;

		assert_false(cases[i].read(buf_span(&bytes), f.arena, &list,
		    &f.err));
		assert_err(&f.err, cases[i].code);
		fixture_done(&f);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(certificates_and_lists_end_as_openssl_says),
		TEST(openpgp_keys_end_as_gpg_says),
		TEST(prefixes_do_no_harm),
		TEST(changed_bytes_do_no_harm),
		TEST(other_files_are_refused),
	};

	return cmocka_run_group_tests_name("ends", tests, begin,
	    scratch_leave);
}
