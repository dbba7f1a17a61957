/* certificate_openpgp_show - see certificate_openpgp.h: what is shown. */
#include "base/limits.h"
#include "base/text.h"
#include "cli/certificate_openpgp.h"
#include "sys/file.h"

#define DAY	INT64_C(86400000)	/* ms */

bool
pgp_look(const char *path, struct arena *a, struct openpgp_certificate **out,
    struct err *e)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	struct openpgp_certificate *c;
	struct span kept;

	if (!file_load(path, LIMIT_BAG, &b, e))
		return false;
	if (!span_starts(buf_span(&b), "-----BEGIN PGP "))
		return true;
	c = ARENA_NEW(a, struct openpgp_certificate);
	if (c == NULL || !arena_copy(a, buf_span(&b), &kept))
		return err_budget(e, a);
	if (!openpgp_certificate_read(a, kept, c, e))
		return err_at(e, "%s", path);
	*out = c;
	return true;
}

/* No signature is older than its key, so this is about both. */
static bool
is_of_future(const struct openpgp_certificate *c, int64_t now)
{
	const struct openpgp_part *name = openpgp_primary_name(c);

	return name != NULL && name->self->created > now + PGP_APART;
}

bool
pgp_over(const struct openpgp_certificate *c, int64_t now)
{
	return c->parts[0].revoked != NULL ||
	    openpgp_part_ends(c, 0) <= now || is_of_future(c, now);
}

/* Days towards zero are full ones; what is over has less than none. */
static int64_t
days_left(int64_t ends, int64_t now)
{
	return ends > now ? (ends - now) / DAY : -1 - (now - ends) / DAY;
}

/* ---- for programs ---- */
static struct json *
part_json(const struct openpgp_certificate *c, size_t part, int64_t now)
{
	const struct openpgp_part *p = &c->parts[part];
	int64_t ends = openpgp_part_ends(c, part);
	struct json *v = json_map();

	json_put_hex(v, "fingerprint", openpgp_fingerprint(&p->key));
	if (p->key.spki.len > 0) {
		struct digest d = digest_of(DIGEST_SHA256, p->key.spki);

		json_put_hex(v, "spki_sha256", digest_span(&d));
	}
	json_put_time(v, "created", p->key.created);
	if (ends > 0 && ends != OPENPGP_NEVER) {
		json_put_time(v, "expires", ends);
		json_put_int(v, "days_left", days_left(ends, now));
	}
	json_put_bool(v, "revoked", p->revoked != NULL);
	return v;
}

struct json *
pgp_json(const struct openpgp_certificate *c, int64_t now)
{
	struct json *v = part_json(c, 0, now);
	struct json *names = json_list(), *subkeys = json_list();

	for (size_t i = 1; i < c->count; i++) {
		const struct openpgp_part *p = &c->parts[i];

		if (p->tag == OPENPGP_USER_ID && p->revoked == NULL)
			json_add(names, json_text(p->body));
		if (p->tag == OPENPGP_SUBKEY)
			json_add(subkeys, part_json(c, i, now));
	}
	json_put(v, "user_ids", names);
	json_put(v, "subkeys", subkeys);
	return v;
}

/* ---- for people ---- */
static void
print_end(const struct openpgp_certificate *c, size_t part, int64_t now)
{
	const struct openpgp_part *p = &c->parts[part];
	int64_t ends = openpgp_part_ends(c, part);
	char at[TEXT_TIME_SIZE];

	text_time(ends == OPENPGP_NEVER ? 0 : ends, at);
	if (p->revoked != NULL) {
		text_time(p->revoked->created, at);
		printf("revoked on %.10s: %s\n", at,
		    openpgp_is_hard(p->revoked) ? "no signature counts any "
		    "more" : "signatures from before count");
	} else if (ends == OPENPGP_NEVER) {
		printf("without an end\n");
	} else if (ends > now) {
		printf("until %.10s, %lld days left\n", at,
		    (long long)days_left(ends, now));
	} else {
		printf("ran out on %.10s\n", at);
	}
}

static void
print_key(const struct openpgp_certificate *c, size_t part, const char *what,
    int64_t now)
{
	CLEANUP(buf_done) struct buf hex = { 0 };
	char at[TEXT_TIME_SIZE];

	text_hex(openpgp_fingerprint(&c->parts[part].key), &hex);
	text_time(c->parts[part].key.created, at);
	printf("%s%s, created %.19sZ, ", what, buf_cstr(&hex), at);
	print_end(c, part, now);
}

void
pgp_print(const struct openpgp_certificate *c, int64_t now)
{
	print_key(c, 0, "", now);
	if (is_of_future(c, now))
		printf("  it was signed in the future: compare the dates with "
		    "the machine's\n");
	for (size_t i = 1; i < c->count; i++)
		if (c->parts[i].tag == OPENPGP_USER_ID)
			printf("  name    %s%s\n",
			    text_show(c->parts[i].body).text,
			    c->parts[i].revoked != NULL ? " (revoked)" : "");
	for (size_t i = 1; i < c->count; i++)
		if (c->parts[i].tag == OPENPGP_SUBKEY)
			print_key(c, i, "  subkey  ", now);
}

void
pgp_answer(const struct invocation *in, const struct pgp_work *w,
    const char *output, const char *revocation)
{
	if (in->json) {
		struct json *v = pgp_json(&w->c, w->now);

		json_put_text(v, "output", output);
		if (revocation != NULL)
			json_put_text(v, "revocation", revocation);
		cli_answer(v);
		return;
	}
	pgp_print(&w->c, w->now);
	fprintf(stderr, "wrote %s\n", output);
	if (revocation != NULL)
		fprintf(stderr, "wrote %s: whoever has it can revoke the "
		    "certificate\n", revocation);
}
