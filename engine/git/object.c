/* object - see object.h. */
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "git/object.h"

const struct armor_row armor_rows[ARMOR_KINDS] = {
	[ARMOR_NONE]	= { "none", "", "" },
	[ARMOR_OPENPGP]	= { "openpgp", "-----BEGIN PGP SIGNATURE-----",
	    "-----END PGP SIGNATURE-----" },
	[ARMOR_SSH]	= { "ssh", "-----BEGIN SSH SIGNATURE-----",
	    "-----END SSH SIGNATURE-----" },
	[ARMOR_X509]	= { "x509", "-----BEGIN SIGNED MESSAGE-----",
	    "-----END SIGNED MESSAGE-----" },
};

/*
 * Where git sees a signature begin: any line that starts so. PGP MESSAGE is
 * one of them, though it is an inline message and never a detached signature.
 */
static const char *const openers[] = {
	"-----BEGIN PGP SIGNATURE-----",
	"-----BEGIN PGP MESSAGE-----",
	"-----BEGIN SSH SIGNATURE-----",
	"-----BEGIN SIGNED MESSAGE-----",
};

struct header {
	struct span	key;
	struct span	value;	/* with the "LF SP" of its continuations */
	struct span	whole;	/* all of its lines, with their LF */
	bool		folded;
};

/* line_take reads a line that ends with LF. */
static bool
line_take(struct reader *r, struct span *line, struct err *e)
{
	size_t n = span_find(span_from(r->in, r->at), SPAN_TEXT("\n"));

	if (n == SIZE_MAX)
		return err_set(e, ERR_GIT_OBJECT_MALFORMED,
		    "header at byte %zu has no line feed", r->at);
	*line = rd_take(r, n);
	rd_skip(r, 1);
	return true;
}

static bool
next_is(const struct reader *r, uint8_t c)
{
	struct span next;

	return span_cut(r->in, r->at, 1, &next) && next.ptr[0] == c;
}

static bool
key_fits(struct span key)
{
	for (size_t i = 0; i < key.len; i++)
		if (key.ptr[i] <= ' ' || key.ptr[i] >= 0x7f)
			return false;
	return key.len > 0 && key.ptr[0] != '-';
}

static bool
header_take(struct reader *r, struct header *h, struct err *e)
{
	size_t from = r->at;
	struct span line, key;

	if (!line_take(r, &line, e))
		return false;
	struct span value = line;
	if (!span_split(&value, ' ', &key) || key.len == line.len ||
	    !key_fits(key))
		return err_set(e, ERR_GIT_OBJECT_MALFORMED,
		    "header at byte %zu is no key and value: '%s'", from,
		    text_show(line).text);
	h->key = key;
	h->folded = next_is(r, ' ');
	while (next_is(r, ' '))
		if (!line_take(r, &line, e))
			return false;
	if (!span_cut(r->in, from, r->at - from, &h->whole) ||
	    !span_cut(h->whole, key.len + 1, h->whole.len - key.len - 2,
	    &h->value))
		return err_set(e, ERR_GIT_OBJECT_MALFORMED,
		    "header at byte %zu is empty", from);
	return true;
}

/* header_expect takes the header that must stand here, on one line. */
static bool
header_expect(struct reader *r, const char *key, struct span *value,
    struct err *e)
{
	size_t from = r->at;
	struct header h;

	if (!header_take(r, &h, e))
		return false;
	if (!span_is(h.key, key) || h.folded || h.value.len == 0)
		return err_set(e, ERR_GIT_OBJECT_MALFORMED,
		    "byte %zu has '%s' where the header '%s' is due", from,
		    text_show(h.key).text, key);
	*value = h.value;
	return true;
}

static bool
header_expect_id(struct reader *r, const char *key, struct object_id *id,
    struct err *e)
{
	struct span value;

	if (!header_expect(r, key, &value, e))
		return false;
	if (!object_id_parse(value, id))
		return err_set(e, ERR_GIT_OBJECT_MALFORMED,
		    "header '%s' is not an object id of 40 hex digits: '%s'",
		    key, text_show(value).text);
	return true;
}

/* raw_check holds what is true of every object that is signed. */
static bool
raw_check(struct span raw, struct err *e)
{
	if (raw.len > LIMIT_SIGNED_OBJECT)
		return err_set(e, ERR_LIMIT_SIZE, "object of %zu bytes is "
		    "larger than %ju bytes", raw.len,
		    (uintmax_t)LIMIT_SIGNED_OBJECT);
	size_t nul = span_find(raw, (struct span){ (const uint8_t *)"", 1 });
	if (nul != SIZE_MAX)
		return err_set(e, ERR_GIT_OBJECT_MALFORMED,
		    "object has a NUL at byte %zu", nul);
	return true;
}

/* line_opens tells whether git takes this line for the start of an armor. */
static bool
line_opens(struct span line)
{
	for (size_t i = 0; i < COUNT(openers); i++)
		if (span_starts(line, openers[i]))
			return true;
	return false;
}

/* armor_find counts the openers in text; *at is where the last one begins. */
static size_t
armor_find(struct span text, size_t *at)
{
	struct span rest = text, line;
	size_t count = 0, from = 0;

	while (span_line(&rest, &line)) {
		if (line_opens(line)) {
			*at = from;
			count++;
		}
		from = text.len - rest.len;
	}
	return count;
}

static bool
armor_kind_of(struct span line, enum armor_kind *out)
{
	for (enum armor_kind k = ARMOR_NONE + 1; k < ARMOR_KINDS; k++)
		if (span_is(line, armor_rows[k].opener)) {
			*out = k;
			return true;
		}
	return false;
}

/* armor_line: printable ASCII that is no armor line of its own. */
static bool
armor_line_fits(struct span line)
{
	for (size_t i = 0; i < line.len; i++)
		if (line.ptr[i] < ' ' || line.ptr[i] >= 0x7f)
			return false;
	return !span_starts(line, "-");
}

bool
armor_parse(struct span text, enum armor_kind *out, struct err *e)
{
	struct span rest = text, first = { 0 }, line = { 0 };

	if (!span_line(&rest, &first) || !armor_kind_of(first, out))
		return err_set(e, ERR_GIT_SIGNATURE_MALFORMED,
		    "signature begins with '%s', which opens no signature",
		    text_show(first).text);
	while (span_line(&rest, &line) && armor_line_fits(line))
		;
	if (line_opens(line))
		return err_set(e, ERR_GIT_SIGNATURE_TWICE,
		    "signature holds a second '%s'", text_show(line).text);
	if (!span_is(line, armor_rows[*out].closer) || rest.len > 0 ||
	    !span_ends(text, "\n"))
		return err_set(e, ERR_GIT_SIGNATURE_MALFORMED,
		    "signature does not end with '%s' and a line feed, but "
		    "has '%s'", armor_rows[*out].closer, text_show(line).text);
	return true;
}

/* unfold makes the armor of a gpgsig value: each "LF SP" becomes LF. */
static bool
unfold(struct arena *a, struct span value, struct span *out, struct err *e)
{
	CLEANUP(buf_done) struct buf text = { 0 };
	struct span rest = value, line;
	bool first = true;

	while (span_line(&rest, &line)) {
		buf_put(&text, first ? line : span_from(line, 1));
		buf_u8(&text, '\n');
		first = false;
	}
	/*
	 * Some writers (libgit2 among them, and so some hosts) give the armor
	 * with its last line feed, which becomes one empty line at the end.
	 */
	struct span armor = buf_span(&text);
	if (span_ends(armor, "-----\n\n"))
		armor.len--;
	return arena_copy(a, armor, out) ? true : err_budget(e, a);
}

/* payload_join is the object without the header that holds the signature. */
static bool
payload_join(struct arena *a, struct span raw, struct span hole,
    struct span *out, struct err *e)
{
	CLEANUP(buf_done) struct buf payload = { 0 };
	size_t at = hole.len == 0 ? raw.len : (size_t)(hole.ptr - raw.ptr);
	struct span head;

	if (hole.len == 0) {
		*out = raw;
		return true;
	}
	if (!span_cut(raw, 0, at, &head))
		return err_budget(e, a);
	buf_put(&payload, head);
	buf_put(&payload, span_from(raw, at + hole.len));
	return arena_copy(a, buf_span(&payload), out) ? true :
	    err_budget(e, a);
}

static bool
parents_take(struct reader *r, struct arena *a, struct commit_object *c,
    struct err *e)
{
	struct object_id *parents = NULL;

	while (span_starts(span_from(r->in, r->at), "parent ")) {
		parents = arena_grow(a, parents, c->parent_count,
		    sizeof(*parents));
		if (parents == NULL)
			return err_budget(e, a);
		if (!header_expect_id(r, "parent", &parents[c->parent_count],
		    e))
			return false;
		c->parent_count++;
	}
	c->parents = parents;
	return true;
}

/* These come once, first, and in their order: a second one is a forgery. */
static const char *const commit_headers[] = {
	"tree", "parent", "author", "committer",
};

/*
 * others_take reads what follows the committer: any header of git's or of
 * others, but of those that begin with gpgsig only one that is exactly that.
 * (git leaves all of them out of the payload; gpgsig-sha256 signs the object
 * as another kind of repository would write it.)
 */
static bool
others_take(struct reader *r, struct header *signature, struct err *e)
{
	struct header h;

	while (!next_is(r, '\n')) {
		if (!header_take(r, &h, e))
			return false;
		for (size_t i = 0; i < COUNT(commit_headers); i++)
			if (span_is(h.key, commit_headers[i]))
				return err_set(e, ERR_GIT_OBJECT_MALFORMED,
				    "header '%s' stands behind 'committer'",
				    commit_headers[i]);
		if (!span_starts(h.key, "gpgsig"))
			continue;
		if (signature->whole.len > 0)
			return err_set(e, ERR_GIT_SIGNATURE_TWICE,
			    "object has a second header '%s'",
			    text_show(h.key).text);
		if (!span_is(h.key, "gpgsig"))
			return err_set(e, ERR_GIT_SIGNATURE_MALFORMED,
			    "header '%s' is not the signature of this kind "
			    "of repository", text_show(h.key).text);
		*signature = h;
	}
	rd_skip(r, 1);
	return true;
}

static bool
commit_signature(struct span raw, struct arena *a, const struct header *h,
    struct object_signature *out, struct err *e)
{
	if (!payload_join(a, raw, h->whole, &out->payload, e))
		return false;
	out->payload_sha256 = digest_of(DIGEST_SHA256, out->payload);
	out->armor = ARMOR_NONE;
	if (h->whole.len == 0)
		return true;
	return unfold(a, h->value, &out->text, e) &&
	    armor_parse(out->text, &out->armor, e);
}

bool
commit_parse(struct span raw, struct arena *a, struct commit_object *out,
    struct err *e)
{
	struct reader r = rd_open(raw);
	struct commit_object c = { .parent_count = 0 };
	struct header signature = { .folded = false };
	size_t at;

	if (!raw_check(raw, e) ||
	    !header_expect_id(&r, "tree", &c.tree, e) ||
	    !parents_take(&r, a, &c, e) ||
	    !header_expect(&r, "author", &c.author, e) ||
	    !header_expect(&r, "committer", &c.committer, e) ||
	    !others_take(&r, &signature, e))
		return false;
	c.message = rd_take(&r, rd_left(&r));
	if (armor_find(c.message, &at) > 0)
		return err_set(e, ERR_GIT_SIGNATURE_TWICE, "message of the "
		    "commit has a line that opens a signature");
	if (!commit_signature(raw, a, &signature, &c.signature, e))
		return false;
	*out = c;
	return true;
}

static bool
tag_target(struct reader *r, struct tag_object *t, struct err *e)
{
	struct span type;

	if (!header_expect_id(r, "object", &t->target, e) ||
	    !header_expect(r, "type", &type, e))
		return false;
	if (!span_is(type, object_kind_names[OBJECT_COMMIT]))
		return err_set(e, ERR_GIT_TAG_TARGET,
		    "tag points to a %s, not to a commit",
		    text_show(type).text);
	return true;
}

/* tag_signature splits the body where git does: at the only opener. */
static bool
tag_signature(struct span raw, struct span body, struct tag_object *t,
    struct err *e)
{
	struct object_signature *s = &t->signature;
	size_t at = body.len, count = armor_find(body, &at);

	if (count > 1)
		return err_set(e, ERR_GIT_SIGNATURE_TWICE, "tag has %zu lines "
		    "that open a signature", count);
	if (!span_cut(body, 0, at, &t->message) ||
	    !span_cut(raw, 0, raw.len - (body.len - at), &s->payload))
		return err_set(e, ERR_GIT_OBJECT_MALFORMED, "tag has no body");
	s->payload_sha256 = digest_of(DIGEST_SHA256, s->payload);
	s->armor = ARMOR_NONE;
	s->text = span_from(body, at);
	return count == 0 || armor_parse(s->text, &s->armor, e);
}

bool
tag_parse(struct span raw, struct arena *a, struct tag_object *out,
    struct err *e)
{
	struct reader r = rd_open(raw);
	struct tag_object t = { .tagger = { 0 } };

	(void)a;
	if (!raw_check(raw, e) || !tag_target(&r, &t, e) ||
	    !header_expect(&r, "tag", &t.name, e))
		return false;
	if (!next_is(&r, '\n') && !header_expect(&r, "tagger", &t.tagger, e))
		return false;
	if (!next_is(&r, '\n'))
		return err_set(e, ERR_GIT_OBJECT_MALFORMED, "tag has more at "
		    "byte %zu where an empty line is due", r.at);
	rd_skip(&r, 1);
	if (!tag_signature(raw, rd_take(&r, rd_left(&r)), &t, e))
		return false;
	*out = t;
	return true;
}

bool
message_manifest(struct span message, struct span *out, struct err *e)
{
	struct span rest = message, line, manifest = { 0 };
	bool found = false;

	while (span_line(&rest, &line))
		if (span_is(line, "---")) {
			manifest = rest;
			found = true;
		}
	if (!found)
		return err_set(e, ERR_GIT_MANIFEST_MISSING,
		    "message has no line that is exactly '---'");
	if (manifest.len > LIMIT_MANIFEST)
		return err_set(e, ERR_LIMIT_SIZE, "manifest of %zu bytes is "
		    "larger than %ju bytes", manifest.len,
		    (uintmax_t)LIMIT_MANIFEST);
	for (rest = manifest; span_line(&rest, &line); )
		if (span_starts(line, "#"))
			return err_set(e, ERR_GIT_MANIFEST_COMMENT,
			    "manifest has the line '%s'",
			    text_show(line).text);
	*out = manifest;
	return true;
}

bool
message_value(struct span message, const char *name, struct span *value)
{
	struct span line;
	size_t found = 0;

	while (span_line(&message, &line)) {
		if (!span_starts(line, name))
			continue;
		*value = span_from(line, strlen(name));
		found++;
	}
	return found == 1;
}

struct span
message_subject(struct span message)
{
	struct span line = { 0 };

	return span_line(&message, &line) ? line : (struct span){ 0 };
}
