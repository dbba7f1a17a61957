/* material: private keys from files of openssl, and what is none. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/own.h"
#include "crypto/start.h"
#include "keys/material.h"
#include "scratch.h"
#include "test.h"

#define RSA	"openssl genpkey -out key -algorithm rsa -pkeyopt "
#define EC	"openssl genpkey -out key -algorithm ec -pkeyopt "
#define PKCS12	" && openssl req -x509 -key key -subj /CN=x -out crt && "\
    "openssl pkcs12 -export -inkey key -in crt -out key "

static bool
reads(const char *make, const char *passphrase, struct material *m,
    struct err *e)
{
	char command[600];

	snprintf(command, sizeof(command), "(%s) 2>/dev/null", make);
	tool_run(command);
	CLEANUP(buf_done) struct buf file = file_get("key");
	return material_read(buf_span(&file), span_text(passphrase), m, e);
}

static void
each_kind_of_file_is_read(void **state)
{
	static const struct {
		const char	*make, *passphrase;
		enum key_kind	 kind;
		size_t		 private_size;	/* bytes */
	} rows[] = {
		{ RSA "rsa_keygen_bits:2048", "", KEY_RSA, 256 },
		{ RSA "rsa_keygen_bits:2048 && openssl rsa -traditional -aes128"
		    " -passout pass:pw -in key -out key", "pw", KEY_RSA, 256 },
		{ RSA "rsa_keygen_bits:2048" PKCS12 "-passout pass:pw", "pw",
		    KEY_RSA, 256 },
		{ EC "ec_paramgen_curve:P-256", "", KEY_EC, 32 },
		{ "openssl ecparam -name P-384 -genkey -out key", "", KEY_EC,
		    48 },
		{ EC "ec_paramgen_curve:P-521 -aes256 -pass pass:pw", "pw",
		    KEY_EC, 66 },
		{ EC "ec_paramgen_curve:P-256" PKCS12 "-passout pass:", "",
		    KEY_EC, 32 },
		{ "openssl genpkey -out key -algorithm ed25519", "",
		    KEY_ED25519, 32 },
	};
	struct material m;
	struct err e;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_ok(reads(rows[i].make, rows[i].passphrase, &m, &e),
		    &e);
		assert_int_equal(m.about.kind, rows[i].kind);
		assert_in_range(m.parts[MATERIAL_PRIVATE].len,
		    rows[i].private_size - 1, rows[i].private_size);
		assert_true(m.spki.len > 0);
		material_wipe(&m);
		for (size_t b = 0; b < sizeof(m); b++)
			assert_int_equal(((uint8_t *)&m)[b], 0);
	}
}

static void
what_is_no_good_key_is_refused(void **state)
{
	static const struct {
		const char	*make, *passphrase;
		enum err_code	 code;
	} rows[] = {
		{ EC "ec_paramgen_curve:P-256 -aes256 -pass pass:pw", "",
		    ERR_KEY_PASSPHRASE },
		{ EC "ec_paramgen_curve:P-256 -aes256 -pass pass:pw", "pv",
		    ERR_KEY_PASSPHRASE },
		{ EC "ec_paramgen_curve:P-256" PKCS12 "-passout pass:pw", "",
		    ERR_KEY_PASSPHRASE },
		{ EC "ec_paramgen_curve:P-256" PKCS12 "-passout pass:pw", "PW",
		    ERR_KEY_PASSPHRASE },
		{ EC "ec_paramgen_curve:P-256" PKCS12 "-nomac -passout pass:pw",
		    "pw", ERR_KEY_FILE },
		{ EC "ec_paramgen_curve:P-256" PKCS12 "-nokeys -passout "
		    "pass:pw", "pw", ERR_KEY_FILE },
		{ EC "ec_paramgen_curve:P-256" PKCS12 "-passout pass:pw && "
		    "printf x >> key", "pw", ERR_KEY_FILE },
		{ EC "ec_paramgen_curve:P-256 && cat key key > two && mv two "
		    "key", "", ERR_KEY_FILE },
		{ EC "ec_paramgen_curve:P-256 && openssl pkey -in key -pubout "
		    "-out pub && mv pub key", "", ERR_KEY_FILE },
		{ EC "ec_paramgen_curve:P-256 && openssl req -x509 -key key "
		    "-subj /CN=x -out crt && mv crt key", "", ERR_KEY_FILE },
		{ ": > key", "", ERR_KEY_FILE },
		{ "head -c 3000 /dev/urandom > key", "", ERR_KEY_FILE },
		{ EC "ec_paramgen_curve:secp256k1", "", ERR_KEY_UNFIT },
		{ RSA "rsa_keygen_bits:1024", "", ERR_KEY_WEAK },
		{ RSA "rsa_keygen_bits:2048 -pkeyopt rsa_keygen_pubexp:3", "",
		    ERR_KEY_EXPONENT },
	};
	struct material m;
	struct err e;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_false(reads(rows[i].make, rows[i].passphrase, &m, &e));
		assert_err(&e, rows[i].code);
	}
}

static void
cut(const char *make, const char *passphrase)
{
	struct material m;
	struct err e;

	assert_ok(reads(make, passphrase, &m, &e), &e);
	material_wipe(&m);
	CLEANUP(buf_done) struct buf file = file_get("key");
	/* The last line end of PEM may be missing. */
	for (size_t n = 0; n + 1 < file.len; n += 1 + file.len / 150) {
		uint8_t *bytes = exact((struct span){ file.ptr, n });

		assert_false(material_read((struct span){ bytes, n },
		    span_text(passphrase), &m, &e));
		assert_true(err_is(&e, ERR_KEY_FILE) ||
		    err_is(&e, ERR_KEY_PASSPHRASE));
		free(bytes);
	}
}

static void
no_part_of_a_file_is_a_key(void **state)
{
	(void)state;
	cut(EC "ec_paramgen_curve:P-256" PKCS12 "-passout pass:pw", "pw");
	cut(EC "ec_paramgen_curve:P-256 -aes256 -pass pass:pw", "pw");
}

/* A private number whose halves do not fit: one byte of it is another. */
static void
numbers_that_do_not_belong_together_are_refused(void **state)
{
	struct material m;
	struct err e;

	(void)state;
	assert_false(reads("openssl genpkey -algorithm ec -pkeyopt "
	    "ec_paramgen_curve:P-256 -outform DER -out key && "
	    "printf '\\001\\002\\003' | dd of=key bs=1 seek=40 conv=notrunc && "
	    "{ echo '-----BEGIN PRIVATE KEY-----'; base64 key; "
	    "echo '-----END PRIVATE KEY-----'; } > pem && mv pem key", "", &m,
	    &e));
	assert_err(&e, ERR_KEY_FILE);
}

/* Does any of the process's memory hold these bytes (each but one bit)? */
static bool
range_holds(const uint8_t *at, const uint8_t *end, const uint8_t *masked,
    size_t len)
{
	for (; at + len <= end; at++) {
		size_t n = 0;

		while (n < len && (at[n] ^ 0x5a) == masked[n])
			n++;
		if (n == len)
			return true;
	}
	return false;
}

static bool
memory_holds(const uint8_t *masked, size_t len)
{
	FILE *maps = fopen("/proc/self/maps", "r");
	char line[512];
	bool found = false;

	assert_non_null(maps);
	while (!found && fgets(line, sizeof(line), maps) != NULL) {
		uintptr_t from, to;

		if ((strstr(line, "[heap]") == NULL &&
		    strstr(line, "[stack]") == NULL) || sscanf(line,
		    "%" SCNxPTR "-%" SCNxPTR " rw", &from, &to) != 2)
			continue;
		found = range_holds((const uint8_t *)from,
		    (const uint8_t *)to, masked, len);
	}
	fclose(maps);
	return found;
}

/* OpenSSL's own copies are gone when the key has been read. */
static void
nothing_of_the_key_stays_in_memory(void **state)
{
	uint8_t masked[32];
	struct material m;
	struct err e;

	(void)state;
#if defined(__SANITIZE_ADDRESS__)
	skip();		/* it has a heap of its own, and no [heap] */
#endif
	assert_ok(reads(EC "ec_paramgen_curve:P-256 -aes256 -pass pass:pw",
	    "pw", &m, &e), &e);
	for (size_t i = 0; i < sizeof(masked); i++)
		masked[i] = m.parts[MATERIAL_PRIVATE].bytes[i] ^ 0x5a;
	assert_true(memory_holds(masked, sizeof(masked)));
	material_wipe(&m);
	assert_false(memory_holds(masked, sizeof(masked)));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_kind_of_file_is_read),
		TEST(what_is_no_good_key_is_refused),
		TEST(no_part_of_a_file_is_a_key),
		TEST(numbers_that_do_not_belong_together_are_refused),
		TEST(nothing_of_the_key_stays_in_memory),
	};

	return crypto_wipe_memory() ? cmocka_run_group_tests_name("material",
	    tests, scratch_enter, scratch_leave) : 1;
}
