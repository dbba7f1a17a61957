/* manifest - see manifest.h. */
#include "worker/manifest.h"

/* Whose files are told of. */
struct telling {
	struct seal	*seal;
	struct json	*list;
};

/* What a row's directive wrote: the file itself, or one beside it. */
static const struct rope *
row_result(const struct seal_row *row, struct span *output)
{
	const struct part *in = row->part->parent != NULL ?
	    row->part->parent : row->part;
	const struct beside *b = part_beside(in, row->directive);

	*output = b != NULL ? b->path : (struct span){ 0 };
	return b != NULL ? &b->contents : &row->part->now;
}

/* A row's file is often the whole output: that is hashed only once. */
static bool
result_sha256(const struct telling *t, const struct rope *result,
    struct digest *out, struct err *e)
{
	struct rope output = seal_output(t->seal);

	return result->extents == output.extents && result->len == output.len ?
	    seal_output_sha256(t->seal, out, e) :
	    digest_rope(DIGEST_SHA256, result, out, e);
}

static bool
put_digests(const struct telling *t, const struct part *p,
    const struct rope *result, struct json *v, struct err *e)
{
	struct digest after;

	if (seal_terms_of(t->seal)->undigested)
		return true;
	if (!result_sha256(t, result, &after, e))
		return false;
	json_put_hex(v, "sha256_before", (struct span){ p->node->sha256,
	    NODE_SHA256 });
	json_put_hex(v, "sha256_after", digest_span(&after));
	return true;
}

/* One signature. */
static bool
row_json(const struct telling *t, const struct seal_row *row, struct err *e)
{
	const struct part *p = row->part;
	CLEANUP(json_done) struct json *v = json_map();
	struct span output;
	const struct rope *result = row_result(row, &output);

	json_put_span(v, "path", p->node->display);
	json_put_span(v, "format", p->node->format);
	json_put_text(v, "method", method_rows[row->directive->method].name);
	json_put(v, "directive", directive_json(row->directive));
	if (output.len > 0)
		json_put_span(v, "output", output);
	if (!put_digests(t, p, result, v, e))
		return false;
	if (p->twin != NULL)
		json_put_span(v, "same_as", p->node->twin);
	json_put_text(v, "algorithm",
	    signature_rows[row->to_be_signed.kind].name);
	json_put_hex(v, "signed_digest",
	    digest_span(&row->to_be_signed.digest));
	json_put_hex(v, "signature_sha256",
	    digest_span(&row->signature_sha256));
	if (row->timestamp != 0)
		json_put_time(v, "timestamp", row->timestamp);
	json_add(t->list, TAKE(v));
	return true;
}

/* Containers that were made again, from the inside out. */
static bool
rebuilt_json(const struct telling *t, const struct part *p, struct err *e)
{
	CLEANUP(json_done) struct json *v = NULL;

	for (size_t i = 0; i < p->node->child_count; i++)
		if (!rebuilt_json(t, &p->parts[i], e))
			return false;
	if (!p->listed || !p->changed)
		return true;
	v = json_map();
	json_put_span(v, "path", p->node->display);
	json_put_span(v, "format", p->node->format);
	if (!put_digests(t, p, &p->now, v, e))
		return false;
	if (p->node->note_count > 0)
		json_put(v, "notes", json_texts(p->node->notes,
		    p->node->note_count));
	json_add(t->list, TAKE(v));
	return true;
}

static bool
rows_json(const struct telling *t, struct err *e)
{
	size_t count;
	const struct seal_row *rows = seal_rows(t->seal, &count);

	for (size_t i = 0; i < count; i++)
		if (!row_json(t, &rows[i], e))
			return false;
	return true;
}

bool
manifest_make(struct seal *s, struct json **out, struct err *e)
{
	CLEANUP(json_done) struct json *v = json_map();
	CLEANUP(json_done) struct json *rows = json_list();
	CLEANUP(json_done) struct json *rebuilt = json_list();
	struct digest certificate = digest_of(DIGEST_SHA256,
	    seal_terms_of(s)->identity->certificate);

	if (!rows_json(&(struct telling){ s, rows }, e) ||
	    !rebuilt_json(&(struct telling){ s, rebuilt }, seal_root(s), e))
		return false;
	json_put_hex(v, "certificate", digest_span(&certificate));
	json_put(v, "signatures", TAKE(rows));
	json_put(v, "rebuilt", TAKE(rebuilt));
	*out = TAKE(v);
	return true;
}
