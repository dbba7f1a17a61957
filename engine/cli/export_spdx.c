/*
 * export_spdx - what was signed in a period, for tools that read SPDX 2.3
 * (https://spdx.github.io/spdx-spec/v2.3/): see export.h.
 *
 *	signed-N	what event N vouches for
 *	input-N		what it was made of		GENERATED_FROM
 *	inside-N-K	what was signed inside it	CONTAINS
 *
 * All of them are packages: a file of SPDX needs a SHA-1, and nobody made one.
 */
#include <inttypes.h>

#include "base/text.h"
#include "cli/export.h"

#define ID		"SPDXRef-"
#define DOCUMENT	ID "DOCUMENT"
#define ID_SIZE		64
#define SECONDS		19	/* of a time: what SPDX has of it */

struct spdx {
	struct export		*x;
	struct export_file	 file;
	bool			 any;		/* in the list so far */
};

static bool
text_put(struct spdx *s, const char *text, struct err *e)
{
	return export_file_put(&s->file, span_text(text), e);
}

/* One more value of a list; it is taken over. */
static bool
item_put(struct spdx *s, struct json *value, struct err *e)
{
	CLEANUP(json_done) struct json *v = value;
	CLEANUP(buf_done) struct buf line = { 0 };

	buf_text(&line, s->any ? ",\n    " : "\n    ");
	json_write(v, &line);
	s->any = true;
	return export_file_put(&s->file, buf_span(&line), e);
}

static void
time_put(struct json *v, const char *name, int64_t ms)
{
	CLEANUP(buf_done) struct buf text = { 0 };
	char at[TEXT_TIME_SIZE];

	text_time(ms, at);
	buf_printf(&text, "%.*sZ", SECONDS, at);
	json_put_span(v, name, buf_span(&text));
}

/* ---- who signed it */

static bool
approval_say(void *out, const struct json *row, struct err *e)
{
	(void)e;
	struct span type = json_span(json_member(row, "type"));
	struct span who = json_span(json_member(row, "person"));

	if (span_is(type, "approval.counted"))
		buf_printf(out, "; approved by %.*s (event %lld)",
		    (int)who.len, (const char *)who.ptr,
		    (long long)json_integer_of(json_member(row, "n")));
	return true;
}

static bool
use_say(void *out, const struct json *row, struct err *e)
{
	(void)e;
	struct span certificate = json_span(json_member(row, "certificate"));
	struct span key = json_span(json_member(row, "spki_sha256"));

	buf_printf(out, "; %lld signatures with certificate %.*s, key of "
	    "SHA-256 %.*s (event %lld)",
	    (long long)json_integer_of(json_member(row, "made")),
	    (int)certificate.len, (const char *)certificate.ptr,
	    (int)key.len, (const char *)key.ptr,
	    (long long)json_integer_of(json_member(row, "n")));
	return true;
}

static bool
who_signed(struct export *x, const struct event *ev, struct buf *out,
    struct err *e)
{
	struct span request = event_text(ev, "request");

	buf_printf(out, "request %.*s (event %" PRIu64 ")", (int)request.len,
	    (const char *)request.ptr, ev->n);
	return view_part(x->view, VIEW_APPROVALS, request,
	    &(struct view_reader){ approval_say, out }, e) &&
	    view_part(x->view, VIEW_KEY_USES, request,
	    &(struct view_reader){ use_say, out }, e);
}

static bool
annotate(struct export *x, const struct event *ev, struct json *package,
    struct err *e)
{
	CLEANUP(buf_done) struct buf comment = { 0 };
	struct json *list, *v;

	if (!who_signed(x, ev, &comment, e))
		return false;
	v = json_map();
	time_put(v, "annotationDate", ev->at);
	json_put_text(v, "annotationType", "OTHER");
	json_put_text(v, "annotator", "Tool: tagseal-" TAGSEAL_VERSION);
	json_put_span(v, "comment", buf_span(&comment));
	list = json_list();
	json_add(list, v);
	json_put(package, "annotations", list);
	return true;
}

/* ---- packages */

static struct json *
package_of(const char *id, struct span name, struct span sha256)
{
	struct json *v = json_map(), *sum = json_map(), *sums = json_list();

	json_put_text(v, "SPDXID", id);
	json_put_span(v, "name", name);
	json_put_text(v, "downloadLocation", "NOASSERTION");
	json_put_bool(v, "filesAnalyzed", false);
	json_put_text(sum, "algorithm", "SHA256");
	json_put_span(sum, "checksumValue", sha256);
	json_add(sums, sum);
	json_put(v, "checksums", sums);
	return v;
}

/*
 * inside calls one for each file that was signed inside an artifact, with the
 * digest that it has there; the artifact itself is none.
 */
static bool
inside(struct spdx *s, const struct event *ev, bool (*one)(struct spdx *,
    const struct event *, size_t k, const struct json *, struct span sha256,
    struct err *), struct err *e)
{
	CLEANUP(buf_done) struct buf bytes = { 0 };
	CLEANUP(json_done) struct json *tree = NULL;
	struct err unused;

	if (!ledger_blob(s->x->h.ledger, event_text(ev, "tree_sha256"),
	    &bytes, e))
		return false;
	if (!json_parse(buf_span(&bytes), &tree, &unused))
		return true;
	const struct json *list = json_member(tree, "signatures");
	for (size_t k = 0; k < json_count(list); k++) {
		const struct json *v = json_item(list, k);
		struct span hex = json_span(json_member(v,
		    json_member(v, "output") == NULL ? "sha256_after" :
		    "sha256_before"));

		if (hex.len > 0 && json_span(json_member(v, "path")).len > 0
		    && !span_eq(hex, event_text(ev, "artifact_sha256")) &&
		    !one(s, ev, k, v, hex, e))
			return false;
	}
	return true;
}

static void
inside_id(uint64_t n, size_t k, char out[ID_SIZE])
{
	snprintf(out, ID_SIZE, ID "inside-%" PRIu64 "-%zu", n, k);
}

static bool
inside_package(struct spdx *s, const struct event *ev, size_t k,
    const struct json *v, struct span sha256, struct err *e)
{
	char id[ID_SIZE];

	inside_id(ev->n, k, id);
	return item_put(s, package_of(id, json_span(json_member(v, "path")),
	    sha256), e);
}

static bool
artifact_packages(void *spdx, const struct event *ev, struct err *e)
{
	struct spdx *s = spdx;
	struct span name = event_text(ev, "name");
	char id[ID_SIZE];

	snprintf(id, sizeof(id), ID "signed-%" PRIu64, ev->n);
	struct json *v = package_of(id, name, event_text(ev,
	    "artifact_sha256"));
	json_put_span(v, "versionInfo", event_text(ev, "ref"));
	if (!annotate(s->x, ev, v, e)) {
		json_release(v);
		return false;
	}
	snprintf(id, sizeof(id), ID "input-%" PRIu64, ev->n);
	return item_put(s, v, e) && item_put(s, package_of(id, name,
	    event_text(ev, "input_sha256")), e) &&
	    inside(s, ev, inside_package, e);
}

/* ---- relationships */

static bool
relation_put(struct spdx *s, const char *from, const char *kind,
    const char *to, struct err *e)
{
	struct json *v = json_map();

	json_put_text(v, "spdxElementId", from);
	json_put_text(v, "relationshipType", kind);
	json_put_text(v, "relatedSpdxElement", to);
	return item_put(s, v, e);
}

static bool
inside_relation(struct spdx *s, const struct event *ev, size_t k,
    const struct json *v, struct span sha256, struct err *e)
{
	char whole[ID_SIZE], id[ID_SIZE];

	(void)v, (void)sha256;
	snprintf(whole, sizeof(whole), ID "signed-%" PRIu64, ev->n);
	inside_id(ev->n, k, id);
	return relation_put(s, whole, "CONTAINS", id, e);
}

static bool
artifact_relations(void *spdx, const struct event *ev, struct err *e)
{
	struct spdx *s = spdx;
	char is[ID_SIZE], was[ID_SIZE];

	snprintf(is, sizeof(is), ID "signed-%" PRIu64, ev->n);
	snprintf(was, sizeof(was), ID "input-%" PRIu64, ev->n);
	return relation_put(s, DOCUMENT, "DESCRIBES", is, e) &&
	    relation_put(s, is, "GENERATED_FROM", was, e) &&
	    inside(s, ev, inside_relation, e);
}

/* ---- the document */

static struct json *
creation(const struct export *x)
{
	struct json *v = json_map(), *creators = json_list();

	json_add(creators, json_text(span_text("Tool: tagseal-"
	    TAGSEAL_VERSION)));
	time_put(v, "created", ledger_last_time(x->h.ledger));
	json_put(v, "creators", creators);
	return v;
}

/* What is exported names the document, so the same has the same name. */
static struct json *
document(const struct export *x)
{
	CLEANUP(buf_done) struct buf name = { 0 }, space = { 0 };
	struct span origin = ledger_format(x->h.ledger)->origin;
	struct merkle_hash root = ledger_root(x->h.ledger,
	    ledger_size(x->h.ledger));
	struct json *v = json_map();

	buf_printf(&name, "what %.*s signed, events %" PRIu64 " to %" PRIu64,
	    (int)origin.len, (const char *)origin.ptr, x->from, x->to - 1);
	buf_text(&space, "https://");
	text_percent(origin, "/", &space);
	buf_text(&space, "/spdx/");
	text_hex(merkle_span(&root), &space);
	buf_printf(&space, "/%" PRIu64 "-%" PRIu64, x->from, x->to - 1);
	json_put_text(v, "spdxVersion", "SPDX-2.3");
	json_put_text(v, "dataLicense", "CC0-1.0");
	json_put_text(v, "SPDXID", DOCUMENT);
	json_put_span(v, "name", buf_span(&name));
	json_put_span(v, "documentNamespace", buf_span(&space));
	json_put(v, "creationInfo", creation(x));
	return v;
}

/* The head of the document, open at its end for the lists. */
static bool
head_put(struct spdx *s, struct err *e)
{
	CLEANUP(json_done) struct json *v = document(s->x);
	CLEANUP(buf_done) struct buf text = { 0 };

	json_write(v, &text);
	text.len--;
	return export_file_put(&s->file, buf_span(&text), e);
}

static bool
list_put(struct spdx *s, const char *name, bool (*event)(void *,
    const struct event *, struct err *), struct err *e)
{
	CLEANUP(buf_done) struct buf open = { 0 };

	buf_printf(&open, ",\n  \"%s\": [", name);
	s->any = false;
	return export_file_put(&s->file, buf_span(&open), e) &&
	    export_type(s->x, "artifact.verified", &(struct export_reader){
	    event, s }, e) && text_put(s, s->any ? "\n  ]" : "]", e);
}

bool
export_spdx(struct export *x, struct err *e)
{
	struct spdx s = { .x = x };
	bool good = export_file_open(&x->folder, "spdx.json", &s.file, e) &&
	    head_put(&s, e) &&
	    list_put(&s, "packages", artifact_packages, e) &&
	    list_put(&s, "relationships", artifact_relations, e) &&
	    text_put(&s, "\n}\n", e) && export_file_close(&s.file, e);

	export_file_drop(&s.file);
	return good;
}
