/*
 * errand_look - what is inside an artifact, and whether its signatures are
 * good: inspect, verify, strip.
 */
#include "base/text.h"
#include "worker/errand.h"

static void
put_text(struct json *v, const char *key, struct span text)
{
	if (text.len > 0)
		json_put_span(v, key, text);
}

/* The way that was found to a root: the signer first. */
struct way {
	struct certificate	*items;	/* der is empty: cannot be read */
	size_t			 count;
};

static struct way
way_read(const struct span *chain, size_t count, struct arena *a)
{
	struct way w = { ARENA_ARRAY(a, struct certificate, count), count };
	struct err e;

	if (w.items == NULL)
		w.count = 0;
	for (size_t i = 0; i < w.count; i++)
		if (!certificate_parse(chain[i], a, &w.items[i], &e))
			w.items[i] = (struct certificate){ .ca = false };
	return w;
}

static void
put_chain(struct json *v, const struct way *w)
{
	struct json *list;

	if (w->count == 0)
		return;
	list = json_list();
	for (size_t i = 0; i < w->count; i++)
		if (w->items[i].der.len > 0)
			json_add(list, json_text(w->items[i].subject));
	json_put(v, "chain", list);
}

static struct json *
urls_json(const struct span *urls, size_t count)
{
	struct json *list = json_list();

	for (size_t i = 0; i < count; i++)
		json_add(list, json_text(urls[i]));
	return list;
}

/* For a certificate below the root: where its revocation list may be. */
static struct json *
list_asked(const struct way *w, size_t i)
{
	const struct certificate *c = &w->items[i];

	return c->crl_url_count > 0 ? urls_json(c->crl_urls,
	    c->crl_url_count) : NULL;
}

/* Which responders may be asked about it, and what. */
static struct json *
response_asked(const struct way *w, size_t i)
{
	const struct certificate *c = &w->items[i], *by = &w->items[i + 1];
	CLEANUP(buf_done) struct buf request = { 0 };
	struct json *v;

	if (c->ocsp_url_count == 0 || by->der.len == 0)
		return NULL;
	certificate_ocsp_request(c, by, &request);
	v = json_map();
	json_put(v, "urls", urls_json(c->ocsp_urls, c->ocsp_url_count));
	json_put_hex(v, "request", buf_span(&request));
	return v;
}

/* Members of a signature: one item for each certificate that names a place. */
static const struct {
	const char	*member;
	struct json	*(*asked)(const struct way *, size_t i);
} revocations[] = {
	{ "crl_urls", list_asked },
	{ "ocsp", response_asked },
};

static void
put_revocation(struct json *v, const struct way *signer,
    const struct way *authority)
{
	const struct way *ways[] = { signer, authority };

	for (size_t r = 0; r < COUNT(revocations); r++) {
		struct json *list = json_list();

		for (size_t k = 0; k < COUNT(ways); k++)
			for (size_t i = 0; i + 1 < ways[k]->count; i++) {
				struct json *one = revocations[r].asked(
				    ways[k], i);

				if (one != NULL)
					json_add(list, one);
			}
		if (json_count(list) > 0)
			json_put(v, revocations[r].member, list);
		else
			json_release(list);
	}
}

static struct json *
stamp_json(int64_t at, struct span authority, bool counter)
{
	struct json *v = json_map();

	json_put_time(v, "time", at);
	put_text(v, "authority", authority);
	json_put_text(v, "kind", counter ? "countersignature" : "rfc3161");
	return v;
}

static void
put_timestamps(struct json *v, const struct finding *f,
    const struct way *authority)
{
	struct json *stamp;

	if (!f->timestamped)
		return;
	stamp = stamp_json(f->timestamp, f->authority, f->timestamp_counter);
	put_chain(stamp, authority);
	json_put(v, "timestamp", stamp);
	if (f->countered)
		json_put(v, "countersignature", stamp_json(f->counter_time,
		    f->counter_authority, true));
}

static void
put_remarks(struct json *v, unsigned remarks)
{
	struct json *list = json_list();

	for (unsigned i = 0; i < REMARKS; i++)
		if ((remarks & 1U << i) != 0) {
			struct json *one = json_map();

			json_put_text(one, "code", remark_rows[i].code);
			json_put_text(one, "text", remark_rows[i].text);
			json_add(list, one);
		}
	if (remarks != 0)
		json_put(v, "remarks", list);
	else
		json_release(list);
}

/* What nobody signed, though it came with the signature. */
static void
put_extras(struct json *v, const struct cms_extras *extras)
{
	struct json *list;

	if (extras->count == 0)
		return;
	list = json_list();
	for (size_t i = 0; i < extras->count; i++) {
		const struct cms_extra *x = &extras->items[i];
		struct json *one = json_map();

		json_put_text(one, "kind", cms_extra_rows[x->kind].name);
		put_text(one, "what", x->what);
		json_put_int(one, "size", (int64_t)x->size);
		json_add(list, one);
	}
	json_put(v, "unsigned", list);
}

static struct json *
finding_json(const struct finding *f, struct arena *a)
{
	struct way signer = way_read(f->chain, f->chain_count, a);
	struct way authority = way_read(f->timestamp_chain,
	    f->timestamp_chain_count, a);
	struct json *v = json_map();

	json_put_bool(v, "good", f->err.what == NULL);
	if (f->err.what != NULL)
		json_put_err(v, "error", &f->err);
	json_put_text(v, "method", f->method);
	json_put_text(v, "digest", digest_rows[f->digest_kind].name);
	if (f->digest.len > 0)
		json_put_hex(v, "signed_digest", digest_span(&f->digest));
	put_text(v, "signer", f->subject);
	put_text(v, "issuer", f->issuer);
	if (f->thumbprint.len > 0)
		json_put_hex(v, "thumbprint", digest_span(&f->thumbprint));
	put_text(v, "description", f->description);
	put_text(v, "description_url", f->description_url);
	put_chain(v, &signer);
	put_timestamps(v, f, &authority);
	put_revocation(v, &signer, &authority);
	if (f->pages)
		json_put_text(v, "page_hashes",
		    digest_rows[f->page_kind].name);
	put_remarks(v, f->remarks);
	put_extras(v, &f->extras);
	if (f->nested > 0)
		json_put_int(v, "nested", f->nested);
	return v;
}

struct json *
findings_json(const struct findings *all, struct arena *a)
{
	struct json *list = json_list();

	for (size_t i = 0; i < all->count; i++)
		json_add(list, finding_json(&all->items[i], a));
	return list;
}

static void
put_file(struct json *v, const struct errand *w, const struct part *p)
{
	json_put_span(v, "path", p->node->display);
	json_put_text(v, "format", p->format != NULL ? p->format->name :
	    "none");
	json_put_int(v, "size", (int64_t)p->node->size);
	if (!w->job.undigested)
		json_put_hex(v, "sha256", (struct span){ p->node->sha256,
		    NODE_SHA256 });
}

/* ---- verify */

struct verifying {
	struct errand		*errand;
	struct json		*files;
	const struct rope	*detached;	/* of the artifact, or NULL */
	size_t			 good, bad;
	bool			 lacking;	/* a program is not signed */
};

static bool
ours_to_tell(const struct err *e)
{
	return e->what->kind == ERR_KIND_SYSTEM ||
	    err_is(e, ERR_LIMIT_MEMORY);
}

static void
count_findings(struct verifying *v, const struct part *p,
    const struct findings *found)
{
	for (size_t i = 0; i < found->count; i++)
		if (found->items[i].err.what == NULL)
			v->good++;
		else
			v->bad++;
	if (found->count == 0 &&
	    (p->format->methods & 1u << METHOD_AUTHENTICODE) != 0)
		v->lacking = true;
}

/* A file that cannot be read is bad where others stand beside it. */
static bool
file_verify(struct verifying *v, const struct part *p, struct err *e)
{
	struct subject s = part_subject(p, p->before, v->errand->arena,
	    &v->errand->scratch);
	struct check_terms terms = {
		.judge = errand_terms(v->errand).judge,
		.detached = p->parent == NULL ? v->detached : NULL,
	};
	struct findings found = { 0 };
	struct err why;

	if (p->format == NULL)
		return true;
	CLEANUP(json_done) struct json *row = json_map();
	put_file(row, v->errand, p);
	if (p->format->check(&s, &terms, &found, &why)) {
		json_put(row, "signatures", findings_json(&found, s.arena));
		count_findings(v, p, &found);
	} else if (p->parent == NULL || ours_to_tell(&why)) {
		*e = why;
		return err_at(e, "%s", text_show(p->node->display).text);
	} else {
		json_put_err(row, "error", &why);
		v->bad++;
	}
	json_add(v->files, TAKE(row));
	return true;
}

static bool
files_verify(struct verifying *v, const struct part *p, struct err *e)
{
	if (!file_verify(v, p, e))
		return false;
	for (size_t i = 0; i < p->node->child_count; i++)
		if (!files_verify(v, &p->parts[i], e))
			return false;
	return true;
}

/* A detached signature is one of bytes: nobody looks into them. */
static bool
detached_open(struct errand *w, struct rope *out, struct err *e)
{
	w->directive = (struct directive){ .verb = DIRECTIVE_SIGN,
	    .method = METHOD_CMS, .output = SPAN_TEXT("signature") };
	w->directed = true;
	return rope_bytes(w->arena, w->job.detached, out, e);
}

bool
errand_verify(struct errand *w, struct outcome *out, struct err *e)
{
	struct verifying v = { .errand = w };
	struct rope detached;
	struct part *root;

	if (w->job.detached.len > 0) {
		if (!detached_open(w, &detached, e))
			return false;
		v.detached = &detached;
	}
	if (!errand_resolve(w, &root, e))
		return false;
	out->json = json_map();
	json_put_bool(out->json, "chains_judged", w->roots != NULL);
	v.files = json_list();
	bool ok = files_verify(&v, root, e);
	json_put(out->json, "files", v.files);
	out->yes = v.bad == 0 && v.good > 0 && !v.lacking;
	out->nothing = v.bad == 0 && !out->yes;
	return ok;
}

/* ---- inspect */

static struct json *
facts_json(const struct facts *facts)
{
	struct json *v = json_map();

	for (size_t i = 0; i < facts->count; i++)
		if (facts->items[i].absent == NULL)
			json_put_span(v, facts->items[i].key,
			    facts->items[i].value);
	return v;
}

static bool
file_inspect(struct errand *w, const struct part *p, struct json *v,
    struct err *e)
{
	struct subject s = part_subject(p, p->before, w->arena, &w->scratch);
	struct check_terms terms = { .judge = errand_terms(w).judge };
	struct findings found = { 0 };
	struct facts facts = { 0 };

	put_file(v, w, p);
	json_put_text(v, "title", p->format != NULL ? p->format->title :
	    "link, device or sparse file");
	if (p->format == NULL)
		return true;
	if (!p->format->facts(&s, &facts, e) ||
	    !p->format->check(&s, &terms, &found, e))
		return err_at(e, "%s", text_show(p->node->display).text);
	if (facts.count > 0)
		json_put(v, "facts", facts_json(&facts));
	if (found.count > 0)
		json_put(v, "signatures", findings_json(&found, s.arena));
	return true;
}

static bool
files_inspect(struct errand *w, const struct part *p, struct json **out,
    struct err *e)
{
	CLEANUP(json_done) struct json *v = json_map();
	CLEANUP(json_done) struct json *inside = NULL;

	if (!file_inspect(w, p, v, e))
		return false;
	if (p->listed)
		inside = json_list();
	for (size_t i = 0; i < p->node->child_count; i++) {
		struct json *child;

		if (!files_inspect(w, &p->parts[i], &child, e))
			return false;
		json_add(inside, child);
	}
	json_put(v, "contents", TAKE(inside));
	*out = TAKE(v);
	return true;
}

bool
errand_inspect(struct errand *w, struct outcome *out, struct err *e)
{
	struct part *root;

	out->yes = true;
	return errand_resolve(w, &root, e) &&
	    files_inspect(w, root, &out->json, e);
}

/* ---- strip */

bool
errand_strip(struct errand *w, struct outcome *out, struct err *e)
{
	struct subject s = { .file = w->input, .name = w->job.name,
	    .arena = w->arena, .scratch = &w->scratch };
	const struct format *f;

	if (!format_probe(&s, &f, e) ||
	    !f->strip(&s, &out->output, &out->yes, e))
		return err_at(e, "%s", text_show(w->job.name).text);
	out->nothing = !out->yes;
	out->written = out->yes;
	out->json = json_map();
	json_put_text(out->json, "format", f->name);
	return !out->written || w->job.undigested ||
	    digest_rope(DIGEST_SHA256, &out->output, &out->sha256, e);
}
