/* expiry - see expiry.h. */
#include <stdlib.h>
#include <string.h>

#include "artifact/element.h"
#include "base/text.h"
#include "config/expiry.h"
#include "crypto/ends.h"
#include "crypto/sshsig.h"
#include "ledger/table.h"

#define NAME_MOST	512	/* bytes of a name that is told whole */

/* ---- how near an end is ---- */

static const uint64_t thresholds[] = { 90, 60, 30, 14, 7, 1 };

/* The first time at which so many days are left. */
static int64_t
reached_at(int64_t ends, uint64_t days)
{
	return days == 0 ? ends + 1 : ends - (int64_t)days * EXPIRY_DAY;
}

uint64_t
expiry_threshold(int64_t ends, int64_t now)
{
	uint64_t nearest = EXPIRY_FAR;

	if (now >= reached_at(ends, 0))
		return 0;
	for (size_t i = 0; i < COUNT(thresholds); i++)
		if (now >= reached_at(ends, thresholds[i]))
			nearest = thresholds[i];
	return nearest;
}

int64_t
expiry_next(int64_t ends, int64_t now)
{
	for (size_t i = 0; i < COUNT(thresholds); i++)
		if (now < reached_at(ends, thresholds[i]))
			return reached_at(ends, thresholds[i]);
	return now < reached_at(ends, 0) ? reached_at(ends, 0) : INT64_MAX;
}

void
expiry_thing(const struct expiry *x, struct buf *out)
{
	buf_text(out, x->what);
	if (x->of.len > 0)
		buf_u8(out, '/');
	buf_put(out, x->of);
}

/* ---- what there is ---- */

struct listing {
	const struct config		*config;
	const struct expiry_seen	*seen;
	int64_t				 now;
	struct arena			*arena;
	struct expiries			 list;
};

/* Bytes with ends in them, and what people call the things there. */
struct source {
	struct expiry	 about;		/* of, file, successor, from */
	struct span	 bytes;
	ends_of		*read;
	const char	*first;		/* "certificate"; NULL: as it calls
					 * itself */
	const char	*others;	/* "chain": and a number */
	bool		 may_lack;	/* it may hold no certificate at all */
};

static bool
row_add(struct listing *l, const struct expiry *row, struct err *e)
{
	struct expiry *grown = arena_grow(l->arena, l->list.items,
	    l->list.count, sizeof(*grown));

	if (grown == NULL)
		return err_budget(e, l->arena);
	grown[l->list.count++] = *row;
	l->list.items = grown;
	return true;
}

static bool
element_add(struct listing *l, const struct expiry *about,
    const char *element, int64_t ends, struct err *e)
{
	struct expiry row = *about;

	if (element == NULL)
		return err_budget(e, l->arena);
	row.element = span_text(element);
	row.ends = ends;
	row.ended = l->now > ends;
	row.days = row.ended ? 0 : (ends - l->now) / EXPIRY_DAY;
	row.covered = row.covered && row.from <= ends;
	return ends == END_NEVER || row_add(l, &row, e);
}

static const char *
end_name(struct arena *a, const struct source *s, const struct end *end,
    size_t number)
{
	struct shown cut = text_show(end->name);
	struct span name = end->name.len > NAME_MOST ? span_text(cut.text) :
	    end->name;
	int len = (int)name.len;
	const char *text = (const char *)name.ptr;

	if (s->first == NULL)
		return arena_text(a, name);
	return number == 0 ? arena_printf(a, "%s: %.*s", s->first, len, text) :
	    arena_printf(a, "%s %zu: %.*s", s->others, number, len, text);
}

static bool
unread_add(struct listing *l, const struct source *s, const struct err *why,
    struct err *e)
{
	struct expiry row = s->about;
	const char *text = arena_text(l->arena, span_text(why->text));

	if (s->may_lack && err_is(why, ERR_CERTIFICATE_NONE))
		return true;
	if (text == NULL)
		return err_budget(e, l->arena);
	row.unread = span_text(text);
	return row_add(l, &row, e);
}

static bool
source_add(struct listing *l, const struct source *s, struct err *e)
{
	struct ends ends;
	struct err why;

	if (!s->read(s->bytes, l->arena, &ends, &why)) {
		if (err_is(&why, ERR_LIMIT_MEMORY)) {
			*e = why;
			return false;
		}
		return unread_add(l, s, &why, e);
	}
	for (size_t i = 0; i < ends.count; i++)
		if (!element_add(l, &s->about, end_name(l->arena, s,
		    &ends.items[i], i), ends.items[i].at, e))
			return false;
	return true;
}

/* A file of authorities: there is no first one among them. */
static bool
roots_add(struct listing *l, const char *what, struct span of,
    struct span file, struct span bytes, struct err *e)
{
	const struct source s = { .about = { .what = what, .of = of,
	    .file = file }, .bytes = bytes, .read = ends_of_certificates,
	    .first = "root", .others = "root" };

	return bytes.len == 0 || source_add(l, &s, e);
}

/* ---- certificates ---- */

/* What a certificate's file holds; kinds without a file have no end. */
static const struct {
	ends_of		*read;
	const char	*first, *others;
} certificate_rows[] = {
	[CERTIFICATE_X509] = { ends_of_certificates, "certificate", "chain" },
	[CERTIFICATE_OPENPGP] = { ends_of_openpgp, NULL, NULL },
	[CERTIFICATE_SSH] = { NULL, NULL, NULL },
	[CERTIFICATE_LOG] = { NULL, NULL, NULL },
};

static void
successor_of(const struct config *c, const struct certificate *x,
    struct expiry *out)
{
	const struct certificate *next = certificate_next(c, x, INT64_MAX);

	if (next == NULL)
		return;
	out->successor = next->slug;
	out->from = x->successor.from;
	out->covered = next->state == CERTIFICATE_ACTIVE;
}

static bool
certificates_add(struct listing *l, const char *what, struct err *e)
{
	const struct config *c = l->config;

	for (size_t i = 0; i < c->certificates.count; i++) {
		const struct certificate *x = &c->certificates.items[i];
		struct source s = { .about = { .what = what, .of = x->slug,
		    .file = x->file }, .bytes = x->bytes,
		    .read = certificate_rows[x->kind].read,
		    .first = certificate_rows[x->kind].first,
		    .others = certificate_rows[x->kind].others };

		successor_of(c, x, &s.about);
		if (s.read != NULL && (x->state == CERTIFICATE_ACTIVE ||
		    x->state == CERTIFICATE_STANDBY) &&
		    !source_add(l, &s, e))
			return false;
	}
	return true;
}

/* ---- people ---- */

/* What a key is called that ends because its person's file says so. */
static const char *
key_name(struct arena *a, const struct person_key *k)
{
	struct span name = k->openpgp.len > 0 ? k->openpgp :
	    k->x509.len > 0 ? k->x509 : k->bytes;
	CLEANUP(buf_done) struct buf print = { 0 };
	const struct ssh_key key = { .blob = k->bytes };

	if (k->ssh.len > 0) {
		ssh_key_fingerprint(&key, &print);
		name = buf_span(&print);
	}
	return arena_printf(a, "valid-to of %.*s", (int)name.len,
	    (const char *)name.ptr);
}

/* An S/MIME certificate's bytes are its DER. */
static bool
key_add(struct listing *l, const struct expiry *about,
    const struct person_key *k, struct err *e)
{
	bool openpgp = k->openpgp.len > 0;
	struct source s = { .about = *about, .bytes = k->bytes,
	    .read = openpgp ? ends_of_openpgp : ends_of_certificates,
	    .first = openpgp ? NULL : "certificate", .others = "certificate" };

	if (k->valid_to != 0 && !element_add(l, about, key_name(l->arena, k),
	    k->valid_to, e))
		return false;
	s.about.file = openpgp ? k->openpgp : k->x509;
	return s.about.file.len == 0 || source_add(l, &s, e);
}

static bool
people_add(struct listing *l, const char *what, struct err *e)
{
	const struct config *c = l->config;

	for (size_t i = 0; i < c->people.count; i++) {
		const struct person *p = &c->people.items[i];
		const struct expiry about = { .what = what, .of = p->slug,
		    .file = span_text(p->at.file) };

		for (size_t k = 0; k < p->keys.count && !p->disabled; k++)
			if (p->keys.items[k].revoked.at.file == NULL &&
			    !key_add(l, &about, &p->keys.items[k], e))
				return false;
	}
	return true;
}

/* ---- what tagseal.yaml names ---- */

static bool
people_roots_add(struct listing *l, const char *what, struct err *e)
{
	const struct organization *o = &l->config->organization;

	return roots_add(l, what, (struct span){ 0 }, o->x509_roots,
	    o->x509_roots_bytes, e);
}

static bool
lists_add(struct listing *l, const char *what, struct err *e)
{
	const struct organization *o = &l->config->organization;

	for (size_t i = 0; i < o->x509_crls.count; i++) {
		const struct source s = { .about = { .what = what,
		    .file = o->x509_crls.items[i].file },
		    .bytes = o->x509_crls.items[i].bytes,
		    .read = ends_of_lists, .first = "list",
		    .others = "list" };

		if (!source_add(l, &s, e))
			return false;
	}
	return true;
}

static bool
authorities_add(struct listing *l, const char *what, struct err *e)
{
	const struct organization *o = &l->config->organization;

	for (size_t i = 0; i < o->timestamp_authorities.count; i++) {
		const struct timestamp_authority *t =
		    &o->timestamp_authorities.items[i];

		if (!roots_add(l, what, (struct span){ 0 }, t->roots,
		    t->roots_bytes, e))
			return false;
	}
	return true;
}

static bool
tokens_add(struct listing *l, const char *what, struct err *e)
{
	for (size_t i = 0; i < l->seen->token_count; i++) {
		const struct source s = { .about = { .what = what },
		    .bytes = l->seen->tokens[i], .read = ends_of_token,
		    .first = "certificate", .others = "certificate" };

		if (!source_add(l, &s, e))
			return false;
	}
	return true;
}

/* ---- who vouches for builds and for files of others ---- */

static bool
build_systems_add(struct listing *l, const char *what, struct err *e)
{
	const struct config *c = l->config;

	for (size_t i = 0; i < c->build_systems.count; i++) {
		const struct build_system *b = &c->build_systems.items[i];

		for (size_t k = 0; k < b->keys.count; k++) {
			const struct build_system_key *key =
			    &b->keys.items[k];
			const struct source s = { .about = { .what = what,
			    .of = b->slug, .file = key->file },
			    .bytes = key->bytes, .read = ends_of_certificates,
			    .first = "certificate", .others = "chain",
			    .may_lack = true };

			if ((key->bytes.len > 0 && !source_add(l, &s, e)) ||
			    !roots_add(l, what, b->slug, key->roots,
			    key->roots_bytes, e))
				return false;
		}
	}
	return true;
}

static bool
element_roots_add(struct listing *l, const char *what, struct span of,
    struct span file, const struct element *x, struct err *e)
{
	for (size_t i = 0; i < x->directive_count; i++)
		if (!roots_add(l, what, of, file, x->directives[i].roots, e))
			return false;
	for (size_t i = 0; i < x->content_count; i++)
		if (!element_roots_add(l, what, of, file, &x->contents[i], e))
			return false;
	return true;
}

static bool
project_add(struct listing *l, const char *what, const struct project *p,
    struct err *e)
{
	for (size_t i = 0; i < p->configurations.count; i++) {
		const struct artifact_configuration *a =
		    &p->configurations.items[i];

		if (a->root != NULL && !element_roots_add(l, what, p->slug,
		    span_text(a->at.file), a->root, e))
			return false;
	}
	return true;
}

static bool
projects_add(struct listing *l, const char *what, struct err *e)
{
	for (size_t i = 0; i < l->config->projects.count; i++)
		if (!project_add(l, what, &l->config->projects.items[i], e))
			return false;
	return true;
}

/* ---- all of it ---- */

static const struct {
	const char	*what;
	bool		(*add)(struct listing *, const char *what,
			    struct err *);
} kinds[] = {
	{ "certificate", certificates_add },
	{ "person", people_add },
	{ "x509-roots", people_roots_add },
	{ "x509-crl", lists_add },
	{ "timestamp-authority", authorities_add },
	{ "timestamp-token", tokens_add },
	{ "build-system", build_systems_add },
	{ "project", projects_add },
};

static int
span_order(struct span a, struct span b)
{
	size_t len = a.len < b.len ? a.len : b.len;
	int d = len == 0 ? 0 : memcmp(a.ptr, b.ptr, len);

	return d != 0 ? d : a.len < b.len ? -1 : a.len > b.len;
}

/* What is the same in all of this is the same thing. */
static int
row_order(const void *a, const void *b)
{
	const struct expiry *x = a, *y = b;
	int d = (x->unread.len == 0) - (y->unread.len == 0);

	if (d == 0)
		d = x->ends < y->ends ? -1 : x->ends > y->ends;
	if (d == 0)
		d = strcmp(x->what, y->what);
	if (d == 0)
		d = span_order(x->of, y->of);
	if (d == 0)
		d = span_order(x->file, y->file);
	return d != 0 ? d : span_order(x->element, y->element);
}

/* Authorities may share a file, and one may stand in it twice. */
static void
sort(struct expiries *list)
{
	size_t kept = 0;

	if (list->count == 0)
		return;
	qsort(list->items, list->count, sizeof(*list->items), row_order);
	for (size_t i = 1; i < list->count; i++)
		if (row_order(&list->items[kept], &list->items[i]) != 0)
			list->items[++kept] = list->items[i];
	list->count = kept + 1;
}

static bool
crowd_count(struct table *t, const struct expiry *x, struct arena *a,
    uint32_t **out, struct err *e)
{
	CLEANUP(buf_done) struct buf thing = { 0 };
	struct span key;

	expiry_thing(x, &thing);
	*out = table_find(t, buf_span(&thing));
	if (*out != NULL)
		return true;
	*out = ARENA_NEW(a, uint32_t);
	if (*out == NULL || !arena_copy(a, buf_span(&thing), &key))
		return err_budget(e, a);
	table_put(t, key, *out);
	return true;
}

static bool
crowds_mark(struct expiries *list, struct arena *a, struct err *e)
{
	CLEANUP(table_done) struct table things = { .count = 0 };
	uint32_t *before;

	for (size_t i = 0; i < list->count; i++) {
		struct expiry *x = &list->items[i];

		if (x->unread.len > 0 || x->covered)
			continue;
		if (!crowd_count(&things, x, a, &before, e))
			return false;
		x->crowded = *before == EXPIRY_MOST;
		*before += !x->crowded;
	}
	return true;
}

bool
expiry_list(const struct config *c, const struct expiry_seen *seen,
    int64_t now, struct arena *a, struct expiries *out, struct err *e)
{
	struct listing l = { c, seen, now, a, { .count = 0 } };

	for (size_t i = 0; i < COUNT(kinds); i++)
		if (!kinds[i].add(&l, kinds[i].what, e))
			return false;
	sort(&l.list);
	if (!crowds_mark(&l.list, a, e))
		return false;
	*out = l.list;
	return true;
}
