/* reckoning - see reckoning.h. */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "ledger/reckoning.h"

#define BILL_ARENA	((size_t)256 << 20)	/* bytes for one request */

/* One signature that was made, by its SHA-256. */
struct claim {
	struct claim	*next;
	uint8_t		 sha256[MERKLE_SIZE];
	uint64_t	 made;		/* uses of a key */
	uint64_t	 found;		/* in results */
};

struct file {
	struct span	name, sha256;
};

/* A request that has not ended. */
struct bill {
	struct arena	*arena;
	struct span	 id;
	struct file	*files;
	size_t		 file_count;
	struct table	 claims;	/* of this attempt */
	struct claim	*first;
};

struct teller {
	struct span	engine;
	uint64_t	count;		/* as it told last */
	uint64_t	most;		/* more, of an intent that is open */
};

struct reckoning {
	struct arena	*arena;		/* of engines */
	struct table	 tellers;
	struct bill	**bills;	/* a few */
	size_t		 count;
	uint64_t	 anew;
};

struct reckoning *
reckoning_new(void)
{
	struct reckoning *k = xcalloc(1, sizeof(*k));

	k->arena = arena_new(BILL_ARENA);
	return k;
}

static void
bill_free(struct bill *b)
{
	table_done(&b->claims);
	arena_free(b->arena);
	free(b);
}

void
reckoning_free(struct reckoning *k)
{
	if (k == NULL)
		return;
	for (size_t i = 0; i < k->count; i++)
		bill_free(k->bills[i]);
	table_done(&k->tellers);
	arena_free(k->arena);
	free(k->bills);
	free(k);
}

uint64_t
reckoning_new_signers(const struct reckoning *k)
{
	return k->anew;
}

static struct bill *
bill_new(struct reckoning *k)
{
	struct bill *b = xcalloc(1, sizeof(*b));

	b->arena = arena_new(BILL_ARENA);
	k->bills = xrealloc(k->bills, (k->count + 1) * sizeof(b));
	k->bills[k->count++] = b;
	return b;
}

static struct bill *
bill_of(const struct reckoning *k, const struct event *ev, size_t *at)
{
	struct span id = event_text(ev, "request");

	for (*at = k->count; *at > 0; --*at)
		if (span_eq(k->bills[*at - 1]->id, id))
			return k->bills[--*at];
	return NULL;
}

/* ---- files */

static bool
file_add(struct bill *b, struct span name, struct span sha256,
    struct err *e)
{
	struct file f;

	b->files = arena_grow(b->arena, b->files, b->file_count, sizeof(f));
	if (b->files == NULL || !arena_copy(b->arena, name, &f.name) ||
	    !arena_copy(b->arena, sha256, &f.sha256))
		return err_budget(e, b->arena);
	b->files[b->file_count++] = f;
	return true;
}

static bool
on_created(struct reckoning *k, struct bill *none, const struct event *ev,
    const struct event_uses *u, struct ledger_fault *f)
{
	const struct json *list = json_member(json_member(ev->json, "body"),
	    "artifacts");
	struct bill *b = bill_new(k);

	(void)none;
	(void)u;
	if (!arena_copy(b->arena, event_text(ev, "request"), &b->id))
		return err_budget(&f->err, b->arena);
	for (size_t i = 0; i < json_count(list); i++)
		if (!file_add(b, json_span(json_member(json_item(list, i),
		    "name")), json_span(json_member(json_item(list, i),
		    "sha256")), &f->err))
			return false;
	return true;
}

/* The member of an event that has the digest of what came in. */
static bool
same_input(const struct bill *b, const struct event *ev, const char *member,
    struct ledger_fault *f)
{
	struct span name = event_text(ev, "name");

	for (size_t i = 0; i < b->file_count; i++) {
		if (!span_eq(b->files[i].name, name))
			continue;
		if (span_eq(b->files[i].sha256, event_text(ev, member)))
			return true;
		fault_expected(f, b->files[i].sha256, event_text(ev, member));
		return err_set(&f->err, ERR_LEDGER_ARTIFACT, "%s: %s is not "
		    "what the request names", text_show(name).text, member);
	}
	fault_expected(f, span_text(""), name);
	return err_set(&f->err, ERR_LEDGER_ARTIFACT, "the request has no "
	    "artifact '%s'", text_show(name).text);
}

static bool
on_input(struct reckoning *k, struct bill *b, const struct event *ev,
    const struct event_uses *u, struct ledger_fault *f)
{
	(void)k;
	(void)u;
	return same_input(b, ev, "artifact_sha256", f);
}

/* ---- the count of a signer */

static bool
teller_of(struct reckoning *k, struct span engine, struct teller **out,
    bool *known, struct err *e)
{
	*out = table_find(&k->tellers, engine);
	*known = *out != NULL;
	if (*known)
		return true;
	*out = ARENA_NEW(k->arena, struct teller);
	if (*out == NULL || !arena_copy(k->arena, engine, &(*out)->engine))
		return err_budget(e, k->arena);
	table_put(&k->tellers, (*out)->engine, *out);
	return true;
}

/*
 * What came of an intent may be told later than the next one is made, as a
 * commit could not be pushed: it may have been made, all, in part or not.
 */
static bool
on_intended(struct reckoning *k, struct bill *b, const struct event *ev,
    const struct event_uses *u, struct ledger_fault *f)
{
	uint64_t now = event_integer(ev, "signer_count");
	struct teller *t;
	bool known;

	(void)b;
	(void)u;
	if (!teller_of(k, event_text(ev, "engine"), &t, &known, &f->err))
		return false;
	uint64_t last = t->count, most = t->most;
	t->count = now;
	t->most = now + event_integer(ev, "count");
	if (known && now == 0 && last > 0)
		k->anew++;
	if (!known || (now >= last && now <= most) || now == 0)
		return true;
	fault_numbers(f, last, now);
	return err_set(&f->err, ERR_LEDGER_COUNT, "the signer's count was %llu "
	    "after what it did last, and is %llu before this",
	    (unsigned long long)last, (unsigned long long)now);
}

static bool
tell(struct reckoning *k, const struct event *ev, struct ledger_fault *f)
{
	struct teller *t;
	bool known;

	if (!teller_of(k, event_text(ev, "engine"), &t, &known, &f->err))
		return false;
	t->count = t->most = event_integer(ev, "signer_count");
	return true;
}

static bool
on_unknown(struct reckoning *k, struct bill *b, const struct event *ev,
    const struct event_uses *u, struct ledger_fault *f)
{
	(void)b;
	(void)u;
	return tell(k, ev, f);
}

/* ---- signatures */

static struct span
claim_key(const uint8_t *sha256)
{
	return (struct span){ sha256, MERKLE_SIZE };
}

static bool
claim_of(struct bill *b, const struct merkle_hash *h, struct claim **out,
    struct err *e)
{
	struct claim *c = table_find(&b->claims, merkle_span(h));

	if (c == NULL) {
		c = ARENA_NEW(b->arena, struct claim);
		if (c == NULL)
			return err_budget(e, b->arena);
		memcpy(c->sha256, h->bytes, sizeof(c->sha256));
		c->next = b->first;
		b->first = c;
		table_put(&b->claims, claim_key(c->sha256), c);
	}
	*out = c;
	return true;
}

/* What was made for an earlier attempt may be in no result. */
static bool
on_authorised(struct reckoning *k, struct bill *b, const struct event *ev,
    const struct event_uses *u, struct ledger_fault *f)
{
	(void)k;
	(void)ev;
	(void)u;
	(void)f;
	table_done(&b->claims);
	b->claims = (struct table){ 0 };
	b->first = NULL;
	return true;
}

static bool
on_used(struct reckoning *k, struct bill *b, const struct event *ev,
    const struct event_uses *u, struct ledger_fault *f)
{
	struct claim *c;

	if (!tell(k, ev, f))
		return false;
	for (size_t i = 0; u != NULL && i < u->count; i++) {
		if (!claim_of(b, &u->made[i], &c, &f->err))
			return false;
		c->made++;
	}
	return true;
}

static bool
not_used(const struct merkle_hash *h, struct ledger_fault *f)
{
	CLEANUP(buf_done) struct buf hex = { 0 };

	text_hex(merkle_span(h), &hex);
	fault_expected(f, span_text(""), buf_span(&hex));
	return err_set(&f->err, ERR_LEDGER_USES, "the result has a signature "
	    "that no use of a key is told of");
}

static bool
on_verified(struct reckoning *k, struct bill *b, const struct event *ev,
    const struct event_uses *u, struct ledger_fault *f)
{
	struct claim *c;

	(void)k;
	if (!same_input(b, ev, "input_sha256", f))
		return false;
	for (size_t i = 0; u != NULL && i < u->count; i++) {
		c = table_find(&b->claims, merkle_span(&u->made[i]));
		if (c == NULL || c->found == c->made)
			return not_used(&u->made[i], f);
		c->found++;
	}
	for (size_t i = 0; u != NULL && i < u->copy_count; i++)
		if (table_find(&b->claims, merkle_span(&u->copies[i])) == NULL)
			return not_used(&u->copies[i], f);
	return true;
}

static bool
on_completed(struct reckoning *k, struct bill *b, const struct event *ev,
    const struct event_uses *u, struct ledger_fault *f)
{
	CLEANUP(buf_done) struct buf hex = { 0 };

	(void)k;
	(void)ev;
	(void)u;
	for (const struct claim *c = b->first; c != NULL; c = c->next) {
		if (c->found == c->made)
			continue;
		text_hex(claim_key(c->sha256), &hex);
		fault_expected(f, buf_span(&hex), span_text(""));
		return err_set(&f->err, ERR_LEDGER_USES, "a signature was made "
		    "that is in no result");
	}
	return true;
}

static bool
nothing(struct reckoning *k, struct bill *b, const struct event *ev,
    const struct event_uses *u, struct ledger_fault *f)
{
	(void)k;
	(void)b;
	(void)ev;
	(void)u;
	(void)f;
	return true;
}

static const struct look {
	const char	*type;
	bool		 begins, ends;	/* a request */
	bool		(*look)(struct reckoning *, struct bill *,
			    const struct event *, const struct event_uses *,
			    struct ledger_fault *);
} looks[] = {
	{ "request.created", true, false, on_created },
	{ "artifact.retrieved", false, false, on_input },
	{ "artifact.resolved", false, false, on_input },
	{ "request.authorised", false, false, on_authorised },
	{ "keys.intended", false, false, on_intended },
	{ "keys.used", false, false, on_used },
	{ "keys.unknown", false, false, on_unknown },
	{ "artifact.verified", false, false, on_verified },
	{ "request.completed", false, true, on_completed },
	{ "request.failed", false, true, nothing },
	{ "request.refused", false, true, nothing },
	{ "request.denied", false, true, nothing },
	{ "request.expired", false, true, nothing },
	{ "request.cancelled", false, true, nothing },
};

static const struct look *
look_of(const struct event *ev)
{
	for (size_t i = 0; i < COUNT(looks); i++)
		if (strcmp(looks[i].type, ev->type->name) == 0)
			return &looks[i];
	return NULL;
}

bool
reckoning_event(struct reckoning *k, const struct event *ev,
    const struct event_uses *u, struct ledger_fault *f)
{
	const struct look *look = look_of(ev);
	size_t at;

	if (look == NULL)
		return true;
	struct bill *b = bill_of(k, ev, &at);
	if (look->begins ? b != NULL : b == NULL)
		return true;
	bool good = look->look(k, b, ev, u, f);
	if (look->ends) {
		bill_free(b);
		k->bills[at] = k->bills[--k->count];
	}
	return good;
}

/* ---- as bytes */

static void
bill_write(const struct bill *b, struct buf *out)
{
	buf_str(out, b->id);
	buf_u64be(out, b->file_count);
	for (size_t i = 0; i < b->file_count; i++) {
		buf_str(out, b->files[i].name);
		buf_str(out, b->files[i].sha256);
	}
	buf_u64be(out, b->claims.count);
	for (const struct claim *c = b->first; c != NULL; c = c->next) {
		buf_put(out, claim_key(c->sha256));
		buf_u64be(out, c->made);
		buf_u64be(out, c->found);
	}
}

void
reckoning_write(const struct reckoning *k, struct buf *out)
{
	buf_u64be(out, k->anew);
	buf_u64be(out, k->tellers.count);
	for (size_t i = 0; i < k->tellers.size; i++) {
		const struct teller *t = k->tellers.slots[i].value;

		if (t == NULL)
			continue;
		buf_str(out, t->engine);
		buf_u64be(out, t->count);
		buf_u64be(out, t->most);
	}
	buf_u64be(out, k->count);
	for (size_t i = 0; i < k->count; i++)
		bill_write(k->bills[i], out);
}

static bool
claims_read(struct bill *b, struct reader *r)
{
	uint64_t count = rd_u64be(r);
	struct merkle_hash h;
	struct claim *c;
	struct err unused;

	for (uint64_t i = 0; i < count; i++) {
		if (!merkle_read(rd_take(r, MERKLE_SIZE), &h) ||
		    !claim_of(b, &h, &c, &unused))
			return false;
		c->made = rd_u64be(r);
		c->found = rd_u64be(r);
		if (!rd_ok(r) || c->found > c->made)
			return false;
	}
	return true;
}

static bool
bill_read(struct reckoning *k, struct reader *r)
{
	struct bill *b = bill_new(k);
	struct err unused;

	if (!arena_copy(b->arena, rd_str(r), &b->id))
		return false;
	uint64_t files = rd_u64be(r);
	for (uint64_t i = 0; i < files; i++) {
		struct span name = rd_str(r), sha256 = rd_str(r);

		if (!rd_ok(r) || !file_add(b, name, sha256, &unused))
			return false;
	}
	return claims_read(b, r);
}

static bool
tellers_read(struct reckoning *k, struct reader *r)
{
	uint64_t count = rd_u64be(r);
	struct teller *t;
	struct err unused;
	bool known;

	for (uint64_t i = 0; i < count; i++) {
		struct span engine = rd_str(r);

		if (!rd_ok(r) || !teller_of(k, engine, &t, &known, &unused) ||
		    known)
			return false;
		t->count = rd_u64be(r);
		t->most = rd_u64be(r);
	}
	return true;
}

bool
reckoning_read(struct reader *r, struct reckoning **out)
{
	CLEANUP(reckoning_done) struct reckoning *k = reckoning_new();

	k->anew = rd_u64be(r);
	if (!tellers_read(k, r))
		return false;
	uint64_t bills = rd_u64be(r);
	for (uint64_t i = 0; i < bills; i++)
		if (!rd_ok(r) || !bill_read(k, r))
			return false;
	if (!rd_ok(r))
		return false;
	*out = TAKE(k);
	return true;
}
