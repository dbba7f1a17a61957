/*
 * signfile - signs, checks and strips one file through the verbs of its
 * format, with a key file and an authority made of `openssl ts`: so that
 * independent tools can judge what the formats write. A test program.
 *
 *	signfile sign [options] CERTIFICATES KEY IN OUT
 *	signfile check ROOTS FILE [DETACHED]
 *	signfile strip IN OUT
 *	signfile same BEFORE AFTER
 *	signfile facts FILE
 *	signfile flip ROOTS BEFORE AFTER: flips each byte of a signed file in
 *		turn, and prints the ranges that neither check nor same minds
 *
 * Exit codes: 0 yes, 1 no, 2 refused with a code on stderr, 3 nothing there.
 */
#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/text.h"
#include "crypto/timestamp.h"
#include "crypto/x509.h"
#include "formats/formats.h"

struct options {
	struct directive	 directive;
	const char		*authority;	/* config of openssl ts */
	bool			 only_stamp;
};

static void
refuse(const struct err *e)
{
	err_print(stderr, e, false);
	exit(2);
}

static void
need(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "signfile: %s\n", what);
	exit(2);
}

static struct rope
open_rope(struct arena *a, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	struct rope out;
	struct err e;

	need(fd >= 0 && fstat(fd, &st) == 0, path);
	if (!rope_file(a, fd, 0, (uint64_t)st.st_size, &out, &e))
		refuse(&e);
	return out;
}

static struct span
read_all(struct arena *a, const char *path)
{
	struct rope r = open_rope(a, path);
	struct span out;
	struct err e;

	if (!rope_view(a, &r, 0, r.len, &out, &e))
		refuse(&e);
	return out;
}

static void
write_rope(const struct rope *r, const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	struct err e;

	need(fd >= 0, path);
	if (!rope_write(r, fd, &e))
		refuse(&e);
	close(fd);
}

/* One spool for all: an unlinked file that only grows. */
static struct spool *
scratch(void)
{
	static struct spool spool = { .fd = -1, .limit = (uint64_t)4 << 30 };
	char path[] = "/tmp/signfile-spool-XXXXXX";

	if (spool.fd < 0) {
		spool.fd = mkstemp(path);
		need(spool.fd >= 0 && unlink(path) == 0, "no spool");
	}
	return &spool;
}

static struct subject
subject_open(struct arena *a, const char *path)
{
	const char *name = strrchr(path, '/');

	return (struct subject){ .file = open_rope(a, path), .arena = a,
	    .name = span_text(name != NULL ? name + 1 : path),
	    .scratch = scratch() };
}

static const struct format *
format_of(const struct subject *s, const struct directive *d)
{
	const struct format *f;
	struct err e;

	if (d->method == METHOD_CMS)
		return format_find(SPAN_TEXT("file"));
	if (!format_probe(s, &f, &e))
		refuse(&e);
	return f;
}

/* ---- the key and the authority */

static struct span
rsa_or_ec_sign(struct arena *a, EVP_PKEY *key, const struct to_be_signed *t)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(key, NULL);
	const char *name = digest_rows[t->digest.kind].name;
	CLEANUP(buf_done) struct buf raw = { 0 };
	uint8_t value[1024];
	size_t len = sizeof(value);
	struct span out;

	need(EVP_PKEY_sign_init(ctx) == 1 && EVP_PKEY_CTX_set_signature_md(ctx,
	    EVP_get_digestbyname(name)) == 1 && EVP_PKEY_sign(ctx, value, &len,
	    t->digest.bytes, t->digest.len) == 1, "cannot sign");
	EVP_PKEY_CTX_free(ctx);
	out = (struct span){ value, len };
	if (signature_rows[t->kind].key == KEY_EC) {
		size_t field = ((size_t)EVP_PKEY_get_bits(key) + 7) / 8;

		need(signature_ecdsa_from_der(out, field, &raw), "no ECDSA");
		out = buf_span(&raw);
	}
	need(arena_copy(a, out, &out), "memory");
	return out;
}

static EVP_PKEY *
load_key(const char *path)
{
	FILE *f = fopen(path, "re");

	need(f != NULL, path);
	EVP_PKEY *key = PEM_read_PrivateKey(f, NULL, NULL, NULL);
	need(key != NULL, path);
	fclose(f);
	return key;
}

static struct span
ask_authority(struct arena *a, const char *config, struct digest imprint)
{
	char query[] = "/tmp/signfile-query-XXXXXX";
	char reply[] = "/tmp/signfile-reply-XXXXXX";
	static const uint8_t nonce[] = { 1, 2, 3, 4, 5, 6, 7, 8 };
	struct timestamp_request request = { .imprint = imprint,
	    .nonce = SPAN(nonce), .certificates = true };
	CLEANUP(buf_done) struct buf der = { 0 };
	struct timestamp stamp;
	struct span token;
	struct err e;
	int q = mkstemp(query), r = mkstemp(reply);

	timestamp_request_write(&request, &der);
	need(q >= 0 && r >= 0 && write(q, der.ptr, der.len) ==
	    (ssize_t)der.len, "cannot write the query");
	char *command = arena_printf(a, "openssl ts -reply -config %s "
	    "-section tsa1 -queryfile %s -out %s 2>/dev/null", config, query,
	    reply);
	need(command != NULL && system(command) == 0, "openssl ts");
	if (!timestamp_reply_check(read_all(a, reply), &(struct
	    timestamp_terms){ .request = &request }, a, &token, &stamp, &e))
		refuse(&e);
	unlink(query);
	unlink(reply);
	close(q);
	close(r);
	return token;
}

/* ---- the verbs */

static struct options
read_options(int *argc, char ***argv)
{
	struct options o = { 0 };

	for (; *argc > 0 && **argv[0] == '-'; --*argc, ++*argv) {
		const char *name = **argv + 1, *value = (*argv)[1];
		bool flag = true;

		if (strcmp(name, "append") == 0)
			o.directive.append = true;
		else if (strcmp(name, "pages") == 0)
			o.directive.page_hashes = true;
		else if (strcmp(name, "cms") == 0)
			o.directive.method = METHOD_CMS;
		else if (strcmp(name, "pem") == 0)
			o.directive.pem = true;
		else if (strcmp(name, "only-stamp") == 0)
			o.only_stamp = true;
		else
			flag = false;
		if (flag)
			continue;
		need(value != NULL, "an option lacks its value");
		if (strcmp(name, "digest") == 0)
			o.directive.digest = span_text(value);
		else if (strcmp(name, "description") == 0)
			o.directive.description = span_text(value);
		else if (strcmp(name, "url") == 0)
			o.directive.description_url = span_text(value);
		else if (strcmp(name, "authority") == 0)
			o.authority = value;
		else
			need(false, "no such option");
		--*argc;
		++*argv;
	}
	return o;
}

static struct signing_identity
identity_of(struct arena *a, const struct options *o, const char *path,
    EVP_PKEY *key)
{
	struct signing_identity id = { .imprint = DIGEST_SHA256,
	    .timestamp = o->authority != NULL };
	enum digest_kind digest = DIGEST_SHA256;
	struct span *all;
	size_t count;
	struct err e;

	if (!certificates_parse(read_all(a, path), a, &all, &count, &e))
		refuse(&e);
	id.certificate = all[0];
	id.chain = all;
	id.chain_count = count;
	need(o->directive.digest.len == 0 ||
	    digest_find(o->directive.digest, &digest), "no such digest");
	need(signature_for(EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA ?
	    KEY_RSA : KEY_EC, digest, &id.kind), "no such signature");
	return id;
}

/* The imprint is over the octets as stored: DER of r and s. */
static struct digest
imprint_of(const struct signing_identity *id, struct span value)
{
	CLEANUP(buf_done) struct buf der = { 0 };

	if (signature_rows[id->kind].key == KEY_EC) {
		need(signature_ecdsa_to_der(value, &der), "no ECDSA");
		value = buf_span(&der);
	}
	return digest_of(id->imprint, value);
}

/* An RSA signature value is stored as it is; of none, anything will do. */
static struct digest
signed_before(const struct format *f, const struct subject *s)
{
	struct findings found = { 0 };
	struct err e;

	if (!f->check(s, &(struct check_terms){ 0 }, &found, &e))
		refuse(&e);
	return found.count > 0 ? found.items[0].signature_sha256 :
	    digest_of(DIGEST_SHA256, s->name);
}

static void
sign(struct arena *a, const struct options *o, char **argv)
{
	EVP_PKEY *key = load_key(argv[1]);
	struct signing_identity id = identity_of(a, o, argv[0], key);
	struct subject s = subject_open(a, argv[2]);
	const struct format *f = format_of(&s, &o->directive);
	struct plan plan = { 0 };
	struct sealed sealed = { 0 };
	struct rope out;
	struct err e;

	if (!f->plan(&s, &o->directive, &id, &plan, &e))
		refuse(&e);
	need(plan.count == 1 && !plan.again, "one signature was expected");
	struct span value = rsa_or_ec_sign(a, key,
	    &plan.items[0].to_be_signed);
	if (!o->only_stamp)
		sealed.signature = value;
	if (o->authority != NULL)
		sealed.timestamp = ask_authority(a, o->authority,
		    o->only_stamp ? signed_before(f, &s) :
		    imprint_of(&id, value));
	if (!f->apply(&s, &o->directive, &id, &plan, &sealed, &out, &e))
		refuse(&e);
	write_rope(&out, argv[3]);
	EVP_PKEY_free(key);
}

static int
check(struct arena *a, int argc, char **argv)
{
	CLEANUP(trust_done) struct trust *roots = trust_new();
	struct subject s = subject_open(a, argv[1]);
	struct directive d = { .method = argc > 2 ? METHOD_CMS :
	    METHOD_AUTHENTICODE };
	const struct format *f = format_of(&s, &d);
	struct check_terms terms = { .judge = { .roots = roots,
	    .now = (int64_t)time(NULL) * 1000 } };
	struct findings found = { 0 };
	struct rope detached;
	struct err e;
	int bad = 0;

	if (!trust_add(roots, read_all(a, argv[0]), &e))
		refuse(&e);
	if (argc > 2) {
		detached = open_rope(a, argv[2]);
		terms.detached = &detached;
	}
	if (!f->check(&s, &terms, &found, &e))
		refuse(&e);
	for (size_t i = 0; i < found.count; i++) {
		struct finding *x = &found.items[i];

		printf("%s %s %s nested=%u timestamp=%s description=%s\n",
		    x->err.what == NULL ? "good" : x->err.what->code,
		    digest_rows[x->digest_kind].name,
		    digest_hex(&x->digest).text, x->nested,
		    x->timestamped ? "yes" : "no",
		    text_show(x->description).text);
		if (x->err.what != NULL)
			bad = 1;
		if (x->err.what != NULL)
			err_print(stderr, &x->err, false);
	}
	return found.count == 0 ? 3 : bad;
}

static int
strip(struct arena *a, char **argv)
{
	struct subject s = subject_open(a, argv[0]);
	const struct format *f = format_of(&s, &(struct directive){ 0 });
	struct rope out;
	bool changed;
	struct err e;

	if (!f->strip(&s, &out, &changed, &e))
		refuse(&e);
	write_rope(&out, argv[1]);
	return changed ? 0 : 3;
}

static int
same(struct arena *a, char **argv)
{
	struct subject before = subject_open(a, argv[0]);
	struct subject after = subject_open(a, argv[1]);
	const struct format *f = format_of(&before, &(struct directive){ 0 });
	struct err e;

	if (f->same(&before, &after, &e))
		return 0;
	err_print(stderr, &e, false);
	return 1;
}

/* Whether a changed copy still passes for the signed form of before. */
static bool
passes(const char *before, struct span after, const struct trust *roots)
{
	CLEANUP(arena_done) struct arena *a = arena_new((size_t)16 << 20);
	struct subject b = subject_open(a, before);
	struct subject s = { .arena = a, .name = b.name,
	    .scratch = b.scratch };
	const struct format *f = format_of(&b, &(struct directive){ 0 });
	struct check_terms terms = { .judge = { .roots = roots,
	    .now = (int64_t)time(NULL) * 1000 } };
	struct findings found = { 0 };
	struct err e;
	bool ok = rope_bytes(a, after, &s.file, &e) &&
	    f->check(&s, &terms, &found, &e) && found.count == 1 &&
	    found.items[0].err.what == NULL && f->same(&b, &s, &e);

	close(b.file.extents[0].fd);
	return ok;
}

static int
flip(struct arena *a, char **argv)
{
	CLEANUP(trust_done) struct trust *roots = trust_new();
	struct span file = read_all(a, argv[2]);
	CLEANUP(buf_done) struct buf b = { 0 };
	size_t from = SIZE_MAX;
	struct err e;

	if (!trust_add(roots, read_all(a, argv[0]), &e))
		refuse(&e);
	buf_put(&b, file);
	need(passes(argv[1], buf_span(&b), roots), "the file itself is bad");
	for (size_t i = 0; i <= b.len; i++) {
		bool unseen = false;

		if (i < b.len) {
			b.ptr[i] ^= 1;
			unseen = passes(argv[1], buf_span(&b), roots);
			b.ptr[i] ^= 1;
		}
		if (unseen && from == SIZE_MAX)
			from = i;
		if (!unseen && from != SIZE_MAX) {
			printf("unseen: %zu to %zu\n", from, i - 1);
			from = SIZE_MAX;
		}
	}
	return 0;
}

static int
facts(struct arena *a, char **argv)
{
	struct subject s = subject_open(a, argv[0]);
	const struct format *f = format_of(&s, &(struct directive){ 0 });
	struct facts out = { 0 };
	struct err e;

	if (!f->facts(&s, &out, &e))
		refuse(&e);
	for (size_t i = 0; i < out.count; i++)
		printf("%s: %s\n", out.items[i].key,
		    out.items[i].absent != NULL ? out.items[i].absent :
		    text_show(out.items[i].value).text);
	return 0;
}

int
main(int argc, char **argv)
{
	CLEANUP(arena_done) struct arena *a = arena_new((size_t)256 << 20);
	const char *verb = argc > 1 ? argv[1] : "";

	argc -= 2;
	argv += 2;
	if (strcmp(verb, "sign") == 0) {
		struct options o = read_options(&argc, &argv);

		need(argc == 4, "sign [options] CERTIFICATES KEY IN OUT");
		sign(a, &o, argv);
		return 0;
	}
	if (strcmp(verb, "check") == 0 && argc >= 2)
		return check(a, argc, argv);
	if (strcmp(verb, "strip") == 0 && argc == 2)
		return strip(a, argv);
	if (strcmp(verb, "same") == 0 && argc == 2)
		return same(a, argv);
	if (strcmp(verb, "facts") == 0 && argc == 1)
		return facts(a, argv);
	if (strcmp(verb, "flip") == 0 && argc == 3)
		return flip(a, argv);
	need(false, "sign, check, strip, same or facts");
	return 2;
}
