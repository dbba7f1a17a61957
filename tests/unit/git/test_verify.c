/* verify: signatures by git, ssh-keygen and gpg, judged by declared keys. */
#include <string.h>
#include <sys/wait.h>
#include <time.h>

#include "base/limits.h"
#include "base/text.h"
#include "crypto/sshsig.h"
#include "git/verify.h"
#include "sys/blob.h"
#include "sys/file.h"
#include "verifier/verifier.h"
#include "world.h"

/* The verifier's answers, as every asker lists them. */
static const struct message_row answers[] = {
	{ VERIFIER_READY, "ready", CHANNEL_ANY, 0 },
	{ VERIFIER_SIGNER, "signer", CHANNEL_ANY, 0 },
	{ VERIFIER_REFUSED, "refused", CHANNEL_ANY, 0 },
};

struct verifier {
	struct channel		channel;
	struct blob_asker	asker;
	struct openpgp_carrier	carrier;
	struct openpgp_asker	questions;
	pid_t			pid;
};

static void
verifier_start(struct world *w, struct verifier *v)
{
	struct err e;
	int fds[2];

	assert_ok(channel_pair(fds, &e), &e);
	fflush(NULL);
	v->pid = fork();
	if (v->pid == 0) {
		close(fds[0]);
		_exit(verifier_serve(fds[1], w->folder, &e) ? 0 : 1);
	}
	close(fds[1]);
	v->channel = CHANNEL(fds[0], "verifier", answers);
	v->asker = (struct blob_asker){ &v->channel, 60000 };
	v->carrier = (struct openpgp_carrier){ blob_ask, blob_hear,
	    &v->asker };
	v->questions = (struct openpgp_asker){ .carrier = &v->carrier };
}

/* verifier_stop: it ends by itself, and leaves neither home nor agent. */
static void
verifier_stop(struct world *w, struct verifier *v)
{
	int status;

	channel_done(&v->channel);
	assert_int_equal(waitpid(v->pid, &status, 0), v->pid);
	assert_int_equal(status, 0);
	assert_int_equal(shell(w, "! ls -d \"$W\"/gpg-* 2>/dev/null && "
	    "! pgrep -f \"gpg-agent.*$W/gpg-\" >/dev/null"), 0);
}

/* load reads a file of the world into the heap. */
static struct buf
load(const struct world *w, const char *name)
{
	struct buf b = { 0 };
	char path[256];
	struct err e;

	snprintf(path, sizeof(path), "%s/%s", w->folder, name);
	assert_ok(file_load(path, LIMIT_SIGNED_OBJECT, &b, &e), &e);
	return b;
}

static struct span
ssh_blob(const struct world *w, struct arena *a, const char *name)
{
	CLEANUP(buf_done) struct buf line = load(w, name);
	struct span first, rest = buf_span(&line);
	struct ssh_key key;
	struct err e;

	assert_true(span_line(&rest, &first));
	assert_ok(ssh_key_parse_line(a, first, &key, &e), &e);
	return key.blob;
}

static const struct verify_rules plain = { .ssh_namespace = "git" };

static const char make_ssh[] =
    "cd \"$W\" && for k in ed25519:256 ecdsa:256 ecdsa:384 ecdsa:521 "
    "rsa:3072; do ssh-keygen -q -N '' -t ${k%:*} -b ${k#*:} -f $k; "
    "GIT_AUTHOR_NAME=A GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=A "
    "GIT_COMMITTER_EMAIL=a@b git -C \"$R\" -c gpg.format=ssh "
    "-c user.signingkey=\"$W/$k.pub\" commit-tree -S -m $k "
    "4b825dc642cb6eb9a060e54bf8d69288fbee4904 > id.$k; "
    "git -C \"$R\" cat-file commit $(cat id.$k) > commit.$k; done";

static void
knows_each_kind_of_ssh_key(void **state)
{
	static const char *const kinds[] = {
		"ed25519:256", "ecdsa:256", "ecdsa:384", "ecdsa:521",
		"rsa:3072",
	};
	struct world *w = *state;
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 24);
	struct declared_key keys[COUNT(kinds)];
	struct signer signer;
	struct err e;

	assert_int_equal(shell(w, "git -C \"$R\" hash-object -t tree -w "
	    "/dev/null >/dev/null"), 0);
	assert_int_equal(shell(w, make_ssh), 0);
	for (size_t i = 0; i < COUNT(kinds); i++) {
		char name[64];

		snprintf(name, sizeof(name), "%s.pub", kinds[i]);
		keys[i] = (struct declared_key){ .kind = ARMOR_SSH,
		    .bytes = ssh_blob(w, a, name), .owner = 100 + i };
	}
	for (size_t i = 0; i < COUNT(kinds); i++) {
		char name[64];

		snprintf(name, sizeof(name), "commit.%s", kinds[i]);
		CLEANUP(buf_done) struct buf raw = load(w, name);
		struct commit_object c;

		assert_ok(commit_parse(buf_span(&raw), a, &c, &e), &e);
		assert_ok(signature_verify(&c.signature, keys, COUNT(keys),
		    &plain, &signer, &e), &e);
		assert_int_equal(signer.owner, 100 + i);
		assert_true(span_starts(SPAN_TEXT(signer.fingerprint),
		    "SHA256:"));
		keys[i].bytes = ssh_blob(w, a, "ed25519:256.pub");
		if (i == 0)
			keys[i].kind = ARMOR_OPENPGP;
		assert_false(signature_verify(&c.signature, keys, COUNT(keys),
		    &plain, &signer, &e));
		assert_err(&e, ERR_GIT_SIGNER_UNKNOWN);
	}
}

static void
a_changed_commit_or_another_namespace_is_refused(void **state)
{
	struct world *w = *state;
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 24);
	struct verify_rules other = { .ssh_namespace = "approval@tagseal" };
	struct signer signer;
	struct commit_object c;
	struct err e;

	assert_int_equal(shell(w, "git -C \"$R\" hash-object -t tree -w "
	    "/dev/null >/dev/null"), 0);
	assert_int_equal(shell(w, make_ssh), 0);
	CLEANUP(buf_done) struct buf raw = load(w, "commit.ed25519:256");
	struct declared_key key = { .kind = ARMOR_SSH,
	    .bytes = ssh_blob(w, a, "ed25519:256.pub"), .owner = 7 };
	assert_ok(commit_parse(buf_span(&raw), a, &c, &e), &e);
	assert_false(signature_verify(&c.signature, &key, 1, &other, &signer,
	    &e));
	assert_err(&e, ERR_SSHSIG_NAMESPACE);
	raw.ptr[raw.len - 2] ^= 1;	/* the last letter of the message */
	assert_ok(commit_parse(buf_span(&raw), a, &c, &e), &e);
	assert_false(signature_verify(&c.signature, &key, 1, &plain, &signer,
	    &e));
	assert_err(&e, ERR_SIGNATURE_BAD);
	c.signature.armor = ARMOR_NONE;
	assert_false(signature_verify(&c.signature, &key, 1, &plain, &signer,
	    &e));
	assert_err(&e, ERR_GIT_UNSIGNED);
	c.signature.armor = ARMOR_X509;
	assert_false(signature_verify(&c.signature, &key, 1, &plain, &signer,
	    &e));
	assert_err(&e, ERR_CMS_MALFORMED);
	c.signature.armor = ARMOR_OPENPGP;
	assert_false(signature_verify(&c.signature, &key, 1, &plain, &signer,
	    &e));
	assert_err(&e, ERR_GIT_SIGNATURE_KIND);
}

/*
 * Keys and signatures by stock gpg: a good one by a signing subkey, an unknown
 * one, an expired, a revoked, a DSA one; and odd armors.
 */
static const char make_openpgp[] =
    "cd \"$W\" && mkdir -m 700 h && export GNUPGHOME=\"$W/h\" && "
    "g() { gpg --batch --quiet --yes --passphrase '' "
    "--pinentry-mode loopback \"$@\" 2>>log; } && "
    "printf 'payload\\n' > payload && "
    "g --quick-gen-key good@x ed25519 cert 0 && "
    "f=$(g --with-colons -k good@x | awk -F: '/^fpr/{print $10; exit}') && "
    "g --quick-add-key $f ed25519 sign 0 && "
    "g --quick-gen-key other@x ed25519 sign 0 && "
    "g --faked-system-time 20200101T000000 --quick-gen-key old@x ed25519 "
    "sign 2020-02-01 && "
    "g --quick-gen-key gone@x ed25519 sign 0 && "
    "g --quick-gen-key weak@x rsa1024 sign 0 && "
    "for k in good other gone weak; do g -bsa -u $k@x -o $k.sig payload || "
    "exit 1; done && "
    "g --faked-system-time 20200115T000000 -bsa -u old@x -o old.sig payload "
    "&& r=$(g --with-colons -k gone@x | awk -F: '/^fpr/{print $10; exit}') "
    "&& sed 's/^:---/---/' h/openpgp-revocs.d/$r.rev > rev && "
    "g --import rev && "
    "for k in good other old gone weak; do g --export $k@x > $k.key && "
    "g -a --export $k@x > $k.asc; done && "
    "cat good.key other.key > two.key && "
    "g --export-secret-keys good@x > secret.key && "
    "g -bs -u good@x -o a.bin payload && g -bs -u other@x -o b.bin payload "
    "&& cat a.bin b.bin | gpg --enarmor 2>/dev/null | sed "
    "'s/ARMORED FILE/SIGNATURE/; /^Comment/d' > two.sig && "
    "g -bsa --digest-algo SHA1 -u good@x -o sha1.sig payload && "
    "g -sa -u good@x -o inline.sig payload && "
    "sed 's/PGP MESSAGE/PGP SIGNATURE/' inline.sig > disguised.sig && "
    "gpgconf --kill all";

static bool
check(struct world *w, struct verifier *v, const struct declared_key *keys,
    size_t count, const char *file, int64_t seconds, struct signer *signer,
    struct err *e)
{
	CLEANUP(buf_done) struct buf payload = load(w, "payload");
	CLEANUP(buf_done) struct buf armor = load(w, file);
	const struct verify_rules rules = {
		.ssh_namespace = "git", .seconds = seconds,
		.openpgp = &v->questions,
	};
	struct object_signature s;

	return signature_detached(buf_span(&payload), buf_span(&armor), &s,
	    e) && signature_verify(&s, keys, count, &rules, signer, e);
}

#define IN_2020	1579219200	/* 2020-01-17 */

static void
gpg_signatures_are_judged_one_by_one(void **state)
{
	static const struct {
		const char	*file;
		int64_t		 seconds;
		enum err_code	 code;	/* ERR_NONE: good */
		size_t		 owner;
	} cases[] = {
		{ "good.sig", 0, ERR_NONE, 10 },
		{ "other.sig", 0, ERR_GIT_SIGNER_UNKNOWN, 0 },
		{ "old.sig", 0, ERR_GIT_SIGNER_KEY, 0 },
		{ "old.sig", IN_2020, ERR_NONE, 11 },
		{ "gone.sig", 0, ERR_GIT_SIGNER_KEY, 0 },
		{ "weak.sig", 0, ERR_GIT_SIGNATURE_WEAK, 0 },
		{ "sha1.sig", 0, ERR_GIT_SIGNATURE_WEAK, 0 },
		{ "two.sig", 0, ERR_GIT_SIGNATURE_TWICE, 0 },
		{ "inline.sig", 0, ERR_GIT_SIGNATURE_MALFORMED, 0 },
		{ "disguised.sig", 0, ERR_GIT_SIGNATURE_MALFORMED, 0 },
		{ "good.sig", 0, ERR_NONE, 10 },
	};
	static const char *const files[] = {
		"good.key", "old.asc", "gone.key", "weak.key" };
	struct world *w = *state;
	struct buf loaded[COUNT(files)];
	struct declared_key keys[COUNT(files) + 1] = {
		{ .kind = ARMOR_SSH, .bytes = SPAN_TEXT("not asked"),
		    .owner = 9 } };
	struct signer signer;
	struct verifier v;
	struct err e;

	assert_int_equal(shell(w, make_openpgp), 0);
	for (size_t i = 0; i < COUNT(files); i++) {
		loaded[i] = load(w, files[i]);
		keys[i + 1] = (struct declared_key){
		    .kind = ARMOR_OPENPGP, .bytes = buf_span(&loaded[i]),
		    .owner = 10 + i };
	}
	verifier_start(w, &v);
	assert_ok(verify_openpgp_keys(&v.questions, keys, COUNT(keys), &e), &e);
	for (size_t i = 0; i < COUNT(cases); i++) {
		bool good = check(w, &v, keys, COUNT(keys), cases[i].file,
		    cases[i].seconds, &signer, &e);

		if (good != (cases[i].code == ERR_NONE) ||
		    (!good && !err_is(&e, cases[i].code)))
			fail_msg("%s at %ld: %s", cases[i].file,
			    (long)cases[i].seconds, good ? "good" : e.text);
		if (good)
			assert_int_equal(signer.owner, cases[i].owner);
	}
	/* Any other byte, and it is no longer what was signed. */
	assert_int_equal(shell(w, "printf 'Payload\\n' > \"$W/payload\""), 0);
	assert_false(check(w, &v, keys, COUNT(keys), "good.sig", 0, &signer,
	    &e));
	assert_err(&e, ERR_GIT_SIGNATURE_BAD);
	verifier_stop(w, &v);
	for (size_t i = 0; i < COUNT(files); i++)
		buf_done(&loaded[i]);
}

/* ---- several at once ---- */

/* A verifier with the keys of good@x and old@x. */
struct two_keys {
	struct buf		files[2];
	struct declared_key	keys[2];
	struct verifier		v;
};

static void
two_keys_open(struct world *w, struct two_keys *t)
{
	static const char *const names[] = { "good.key", "old.asc" };
	struct err e;

	for (size_t i = 0; i < COUNT(names); i++) {
		t->files[i] = load(w, names[i]);
		t->keys[i] = (struct declared_key){ .kind = ARMOR_OPENPGP,
		    .bytes = buf_span(&t->files[i]), .owner = 10 + i };
	}
	verifier_start(w, &t->v);
	assert_ok(verify_openpgp_keys(&t->v.questions, t->keys,
	    COUNT(t->keys), &e), &e);
}

static void
two_keys_close(struct world *w, struct two_keys *t)
{
	verifier_stop(w, &t->v);
	for (size_t i = 0; i < COUNT(t->files); i++)
		buf_done(&t->files[i]);
}

struct wanted {
	const char	*file;
	int64_t		 seconds;
	enum err_code	 code;		/* ERR_NONE: good */
};

static void
tell_ahead(struct world *w, struct two_keys *t, const struct wanted *f)
{
	CLEANUP(buf_done) struct buf payload = load(w, "payload");
	CLEANUP(buf_done) struct buf armor = load(w, f->file);
	const struct openpgp_question q = { buf_span(&payload),
	    buf_span(&armor), f->seconds };

	verifier_ahead(&t->v.questions, &q);
}

static void
assert_found(struct world *w, struct two_keys *t, const struct wanted *f)
{
	struct signer signer;
	struct err e;
	bool good = check(w, &t->v, t->keys, COUNT(t->keys), f->file,
	    f->seconds, &signer, &e);

	if (good != (f->code == ERR_NONE) || (!good && !err_is(&e, f->code)))
		fail_msg("%s at %ld: %s", f->file, (long)f->seconds,
		    good ? "good" : e.text);
	if (good)
		assert_int_equal(signer.owner, f->file[0] == 'g' ? 10 : 11);
}

static const struct wanted mixed[] = {
	{ "good.sig", 0, ERR_NONE },
	{ "other.sig", 0, ERR_GIT_SIGNER_UNKNOWN },
	{ "old.sig", IN_2020, ERR_NONE },
	{ "old.sig", 0, ERR_GIT_SIGNER_KEY },
	{ "sha1.sig", 0, ERR_GIT_SIGNATURE_WEAK },
	{ "two.sig", 0, ERR_GIT_SIGNATURE_TWICE },
	{ "old.sig", IN_2020 + 1, ERR_NONE },
	{ "disguised.sig", 0, ERR_GIT_SIGNATURE_MALFORMED },
	{ "old.sig", IN_2020 + 2, ERR_NONE },
	{ "good.sig", 1900000000, ERR_NONE },
};

/* In order, backwards, with some never wanted; and not asked twice. */
static void
what_is_asked_ahead_is_found_in_any_order(void **state)
{
	struct world *w = *state;
	struct two_keys t;

	assert_int_equal(shell(w, make_openpgp), 0);
	two_keys_open(w, &t);
	assert_true(verifier_room(&t.v.questions) >= 2);
	for (size_t i = 0; i < COUNT(mixed); i++)
		tell_ahead(w, &t, &mixed[i]);
	tell_ahead(w, &t, &mixed[0]);
	for (size_t i = 0; i < COUNT(mixed); i++)
		assert_found(w, &t, &mixed[i]);
	assert_int_equal(t.v.questions.last, COUNT(mixed));
	for (size_t i = 0; i < COUNT(mixed); i++)
		tell_ahead(w, &t, &mixed[i]);
	for (size_t i = COUNT(mixed); i-- > COUNT(mixed) / 2; )
		assert_found(w, &t, &mixed[i]);
	verifier_forget(&t.v.questions);
	for (size_t i = 0; i < COUNT(mixed); i++)
		assert_found(w, &t, &mixed[i]);
	assert_int_equal(t.v.questions.last, 3 * COUNT(mixed));
	assert_int_equal(t.v.questions.count, 0);
	two_keys_close(w, &t);
}

/* A gpg that dies at one time on its clock. */
static const char make_killed[] =
    "cd \"$W\" && mkdir bin && cat > bin/gpg <<-'end' && chmod +x bin/gpg\n"
    "#!/bin/sh\n"
    "! grep -qs 'time 1579219299' \"$GNUPGHOME/gpg.conf\" || kill -9 $$\n"
    "exec /usr/bin/gpg \"$@\"\n"
    "end\n";

static void
a_gpg_that_is_killed_harms_no_other(void **state)
{
	struct world *w = *state;
	const struct wanted killed = { "old.sig", 1579219299,
	    ERR_GIT_VERIFIER };
	CLEANUP(free_done) char *path = xstrdup(getenv("PATH"));
	CLEANUP(buf_done) struct buf fake = { 0 };
	struct two_keys t;

	assert_int_equal(shell(w, make_openpgp), 0);
	assert_int_equal(shell(w, make_killed), 0);
	buf_printf(&fake, "%s/bin:%s", w->folder, path);
	setenv("PATH", buf_cstr(&fake), 1);
	two_keys_open(w, &t);
	setenv("PATH", path, 1);
	for (size_t i = 0; i < COUNT(mixed) / 2; i++)
		tell_ahead(w, &t, &mixed[i]);
	tell_ahead(w, &t, &killed);
	for (size_t i = COUNT(mixed) / 2; i < COUNT(mixed); i++)
		tell_ahead(w, &t, &mixed[i]);
	assert_found(w, &t, &mixed[0]);
	assert_found(w, &t, &killed);
	for (size_t i = 1; i < COUNT(mixed); i++)
		assert_found(w, &t, &mixed[i]);
	assert_found(w, &t, &killed);
	two_keys_close(w, &t);
}

static void
only_single_public_keys_are_imported(void **state)
{
	static const char *const bad[] = { "two.key", "secret.key", "payload" };
	struct world *w = *state;
	struct verifier v;
	struct err e;

	assert_int_equal(shell(w, make_openpgp), 0);
	for (size_t i = 0; i < COUNT(bad); i++) {
		CLEANUP(buf_done) struct buf key = load(w, bad[i]);
		struct declared_key declared = { .kind = ARMOR_OPENPGP,
		    .bytes = buf_span(&key), .owner = 1 };

		verifier_start(w, &v);
		assert_false(verify_openpgp_keys(&v.questions, &declared, 1,
		    &e));
		assert_err(&e, ERR_GIT_KEY_MALFORMED);
		verifier_stop(w, &v);
	}
}

static const char make_x509[] =
    "cd \"$W\" && exec 2>/dev/null && printf 'payload\n' > payload && "
    "openssl req -new -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 "
    "-nodes -keyout key -out pem -subj /CN=a -days 30 -addext "
    "subjectAltName=email:a@x.test,email:b@x.test && "
    "openssl x509 -in pem -outform DER -out der && "
    "openssl cms -sign -binary -outform PEM -signer pem -inkey key "
    "-in payload | sed 's/ CMS-/ SIGNED MESSAGE-/' > sig";

/* The certificate itself, or one name of one person. */
static void
a_certificate_stands_for_one_person(void **state)
{
	enum { DER, NAME_A, NAME_B, NAME_C };
	static const struct {
		struct { int what; size_t owner; bool revoked; } keys[3];
		size_t		count;
		bool		roots;
		enum err_code	code;	/* ERR_NONE: good */
		size_t		owner;
		size_t		key;
	} cases[] = {
		{ { { NAME_A, 5, false } }, 1, true, ERR_NONE, 5, 0 },
		{ { { NAME_A, 5, false }, { NAME_B, 5, false } }, 2, true,
		    ERR_NONE, 5, 0 },
		{ { { NAME_A, 5, false }, { NAME_B, 5, true } }, 2, true,
		    ERR_NONE, 5, 1 },
		{ { { NAME_A, 5, true }, { NAME_B, 5, false } }, 2, true,
		    ERR_NONE, 5, 0 },
		{ { { NAME_A, 5, false }, { NAME_B, 6, false } }, 2, true,
		    ERR_GIT_SIGNER_SEVERAL, 0, 0 },
		{ { { NAME_A, 5, false }, { NAME_B, 6, true } }, 2, true,
		    ERR_GIT_SIGNER_SEVERAL, 0, 0 },
		{ { { NAME_A, 5, false }, { NAME_B, 6, false },
		    { DER, 7, false } }, 3, true, ERR_NONE, 7, 2 },
		{ { { NAME_C, 5, false } }, 1, true, ERR_GIT_SIGNER_UNKNOWN,
		    0, 0 },
		{ { { NAME_C, 5, false } }, 0, true, ERR_GIT_SIGNER_UNKNOWN,
		    0, 0 },
		{ { { NAME_A, 5, false } }, 1, false, ERR_GIT_SIGNATURE_KIND,
		    0, 0 },
		{ { { DER, 7, false } }, 1, false, ERR_NONE, 7, 0 },
	};
	static const char *const names[] = { "", "email:a@x.test",
	    "email:b@x.test", "email:c@x.test" };
	struct world *w = *state;
	struct verify_rules rules = { .seconds = time(NULL) + 60 };
	struct object_signature s;
	struct signer signer;
	struct err e;

	assert_int_equal(shell(w, make_x509), 0);
	CLEANUP(buf_done) struct buf pem = load(w, "pem"), der = load(w,
	    "der"), sig = load(w, "sig");
	CLEANUP(people_trust_done) struct people_trust *trust = NULL;
	assert_ok(people_trust_make(buf_span(&pem), NULL, 0, &trust, &e), &e);
	assert_ok(signature_detached(SPAN_TEXT("payload\n"), buf_span(&sig),
	    &s, &e), &e);
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct declared_key keys[3];

		for (size_t k = 0; k < cases[i].count; k++) {
			int what = cases[i].keys[k].what;

			keys[k] = (struct declared_key){ .kind = ARMOR_X509,
			    .bytes = what == DER ? buf_span(&der) :
			    SPAN_TEXT(names[what]), .x509_name = what != DER,
			    .revoked = cases[i].keys[k].revoked,
			    .owner = cases[i].keys[k].owner };
		}
		rules.x509 = cases[i].roots ? trust : NULL;
		bool good = signature_verify(&s, keys, cases[i].count, &rules,
		    &signer, &e);
		if (good != (cases[i].code == ERR_NONE) ||
		    (!good && !err_is(&e, cases[i].code)))
			fail_msg("%zu: %s", i, good ? "good" : e.text);
		if (good) {
			assert_int_equal(signer.owner, cases[i].owner);
			assert_int_equal(signer.key, cases[i].key);
		}
	}
}

static void
answers_that_are_cut_are_not_believed(void **state)
{
	CLEANUP(buf_done) struct buf body = { 0 };
	struct openpgp_signer in = { 3, "ABCDEF" }, out;
	uint32_t number;
	struct err e, why;

	(void)state;
	openpgp_signer_write(77, &in, &body);
	assert_ok(openpgp_signer_read(buf_span(&body), &number, &out, &e), &e);
	assert_int_equal(number, 77);
	assert_int_equal(out.index, 3);
	assert_string_equal(out.fingerprint, "ABCDEF");
	for (size_t n = 0; n < body.len; n++) {
		struct span cut = { body.ptr, n };

		assert_false(openpgp_signer_read(cut, &number, &out, &e));
		assert_err(&e, ERR_GIT_VERIFIER);
		assert_false(openpgp_refused_read(cut, &number, &why, &e));
		assert_err(&e, ERR_GIT_VERIFIER);
	}
	buf_u8(&body, 0);
	assert_false(openpgp_signer_read(buf_span(&body), &number, &out, &e));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(knows_each_kind_of_ssh_key),
		WORLD_TEST(a_changed_commit_or_another_namespace_is_refused),
		WORLD_TEST(gpg_signatures_are_judged_one_by_one),
		WORLD_TEST(what_is_asked_ahead_is_found_in_any_order),
		WORLD_TEST(a_gpg_that_is_killed_harms_no_other),
		WORLD_TEST(only_single_public_keys_are_imported),
		WORLD_TEST(a_certificate_stands_for_one_person),
		TEST(answers_that_are_cut_are_not_believed),
	};

	return cmocka_run_group_tests_name("verify", tests, NULL, NULL);
}
