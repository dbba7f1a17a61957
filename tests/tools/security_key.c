/*
 * security_key - a security key of memory, for tests:
 *
 *	security-key make FILE		writes FILE and FILE.pub
 *	security-key -Y sign -n NAMESPACE -f FILE.pub MESSAGE
 *					as git calls ssh-keygen; writes
 *					MESSAGE.sig
 *
 * $SECURITY_KEY_FLAGS, one hex byte, says what the person did: 01 touched it,
 * 04 gave PIN or fingerprint.
 */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "crypto/sshsig.h"
#include "softkey.h"
#include "sys/file.h"
#include "test.h"

static void
save(const char *path, const struct buf *b)
{
	struct err e;

	assert_ok(file_replace_span(path, buf_span(b), FILE_PLAIN, &e), &e);
}

static void
make(const char *path)
{
	CLEANUP(soft_key_done) struct soft_key *k = soft_key_new("ed25519");
	CLEANUP(buf_done) struct buf blob = { 0 }, line = { 0 }, name = { 0 };
	struct ssh_key key;
	struct err e;

	soft_key_save(k, path);
	soft_security_key_blob(k, &blob);
	assert_ok(ssh_key_parse(buf_span(&blob), &key, &e), &e);
	ssh_key_line(&key, "soft", &line);
	buf_u8(&line, '\n');
	buf_printf(&name, "%s.pub", path);
	save(buf_cstr(&name), &line);
}

static void
sign(const char *name_space, const char *pub, const char *message)
{
	CLEANUP(buf_done) struct buf path = { 0 }, in = { 0 }, blob = { 0 };
	CLEANUP(buf_done) struct buf base64 = { 0 }, armor = { 0 };
	const char *flags = getenv("SECURITY_KEY_FLAGS");
	struct err e;

	assert_non_null(flags);
	buf_put(&path, (struct span){ (const uint8_t *)pub,
	    strlen(pub) - strlen(".pub") });
	CLEANUP(soft_key_done) struct soft_key *k =
	    soft_key_load(buf_cstr(&path));
	assert_ok(file_load(message, 1 << 20, &in, &e), &e);
	soft_security_key_sign(k, (uint8_t)strtoul(flags, NULL, 16),
	    name_space, buf_span(&in), &blob);
	text_base64(buf_span(&blob), &base64);
	buf_text(&armor, "-----BEGIN SSH SIGNATURE-----\n");
	for (size_t i = 0; i < base64.len; i++)
		buf_printf(&armor, "%c%s", base64.ptr[i],
		    i % 70 == 69 || i + 1 == base64.len ? "\n" : "");
	buf_text(&armor, "-----END SSH SIGNATURE-----\n");
	path.len = 0;
	buf_printf(&path, "%s.sig", message);
	save(buf_cstr(&path), &armor);
}

int
main(int argc, char **argv)
{
	if (argc == 3 && strcmp(argv[1], "make") == 0)
		make(argv[2]);
	else if (argc >= 8 && strcmp(argv[1], "-Y") == 0 &&
	    strcmp(argv[2], "sign") == 0)
		sign(argv[4], argv[6], argv[argc - 1]);
	else
		return 2;
	return 0;
}
