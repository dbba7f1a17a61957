/* write - see write.h. */
#include <inttypes.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "git/libgit.h"
#include "git/object.h"
#include "git/write.h"

bool
object_write(struct repository *r, enum object_kind kind, struct span bytes,
    struct object_id *out, struct err *e)
{
	git_oid oid;

	if (git_odb_write(&oid, r->odb, bytes.len > 0 ? bytes.ptr :
	    (const uint8_t *)"", bytes.len, libgit_kind(kind)) < 0)
		return libgit_err(e, ERR_SYSTEM_WRITE,
		    "cannot write a %s to '%s'", object_kind_names[kind],
		    r->path);
	*out = libgit_id(&oid);
	return true;
}

/* ident_put writes "Name <address> seconds +0000". */
static bool
ident_put(const char *header, const struct author *who, struct buf *out,
    struct err *e)
{
	if (who->name[0] == '\0' || strpbrk(who->name, "<>\n") != NULL ||
	    strpbrk(who->email, "<>\n ") != NULL || who->seconds < 0)
		return err_set(e, ERR_GIT_OBJECT_MALFORMED, "'%s <%s>' cannot "
		    "stand in a commit", text_show(SPAN_TEXT(who->name)).text,
		    text_show(SPAN_TEXT(who->email)).text);
	buf_printf(out, "%s %s <%s> %" PRId64 " +0000\n", header, who->name,
	    who->email, who->seconds);
	return true;
}

/* unsigned_check: what was composed must read back as what was meant. */
static bool
unsigned_check(const struct object_signature *s, struct err *e)
{
	if (s->armor != ARMOR_NONE)
		return err_set(e, ERR_GIT_OBJECT_MALFORMED,
		    "message has a line that opens a signature");
	return true;
}

static bool
commit_check(struct span raw, struct err *e)
{
	CLEANUP(arena_done) struct arena *a = arena_new(LIMIT_OBJECT_MEMORY);
	struct commit_object c;

	return commit_parse(raw, a, &c, e) && unsigned_check(&c.signature, e);
}

static bool
tag_check(struct span raw, struct err *e)
{
	CLEANUP(arena_done) struct arena *a = arena_new(LIMIT_OBJECT_MEMORY);
	struct tag_object t;

	return tag_parse(raw, a, &t, e) && unsigned_check(&t.signature, e);
}

bool
commit_compose(const struct new_commit *c, struct buf *payload, struct err *e)
{
	CLEANUP(buf_done) struct buf raw = { 0 };

	buf_printf(&raw, "tree %s\n", object_id_hex(&c->tree).text);
	for (size_t i = 0; i < c->parent_count; i++)
		buf_printf(&raw, "parent %s\n",
		    object_id_hex(&c->parents[i]).text);
	if (!ident_put("author", &c->author, &raw, e) ||
	    !ident_put("committer", &c->author, &raw, e))
		return false;
	buf_u8(&raw, '\n');
	buf_put(&raw, c->message);
	if (!commit_check(buf_span(&raw), e))
		return err_at(e, "new commit");
	buf_put(payload, buf_span(&raw));
	return true;
}

bool
tag_compose(const struct new_tag *t, struct buf *payload, struct err *e)
{
	CLEANUP(buf_done) struct buf raw = { 0 };

	buf_printf(&raw, "object %s\ntype commit\ntag %s\n",
	    object_id_hex(&t->target).text, t->name);
	if (!ident_put("tagger", &t->tagger, &raw, e))
		return false;
	buf_u8(&raw, '\n');
	buf_put(&raw, t->message);
	if (!tag_check(buf_span(&raw), e))
		return err_at(e, "new tag");
	buf_put(payload, buf_span(&raw));
	return true;
}

/* attached_check: our own reader sees this payload and this armor. */
static bool
attached_check(const struct object_signature *s, struct span payload,
    struct span armor, struct err *e)
{
	if (!span_eq(s->payload, payload) || !span_eq(s->text, armor))
		return err_set(e, ERR_GIT_SIGNATURE_MALFORMED,
		    "signature does not fit the object");
	return true;
}

/* header_put folds the armor: each line but the first begins with a space. */
static void
header_put(struct buf *out, struct span armor)
{
	const char *before = "gpgsig ";
	struct span rest = armor, line;

	while (span_line(&rest, &line)) {
		buf_text(out, before);
		buf_put(out, line);
		buf_u8(out, '\n');
		before = " ";
	}
}

bool
commit_attach(struct span payload, struct span armor, struct buf *object,
    struct err *e)
{
	CLEANUP(arena_done) struct arena *a = arena_new(LIMIT_OBJECT_MEMORY);
	CLEANUP(buf_done) struct buf raw = { 0 };
	size_t end = span_find(payload, SPAN_TEXT("\n\n"));
	struct commit_object c;
	struct span head;

	if (end == SIZE_MAX || !span_cut(payload, 0, end + 1, &head))
		return err_set(e, ERR_GIT_OBJECT_MALFORMED,
		    "commit has no empty line after its headers");
	buf_put(&raw, head);
	header_put(&raw, armor);
	buf_put(&raw, span_from(payload, end + 1));
	if (!commit_parse(buf_span(&raw), a, &c, e) ||
	    !attached_check(&c.signature, payload, armor, e))
		return err_at(e, "signed commit");
	buf_put(object, buf_span(&raw));
	return true;
}

bool
tag_attach(struct span payload, struct span armor, struct buf *object,
    struct err *e)
{
	CLEANUP(arena_done) struct arena *a = arena_new(LIMIT_OBJECT_MEMORY);
	CLEANUP(buf_done) struct buf raw = { 0 };
	struct tag_object t;

	buf_put(&raw, payload);
	buf_put(&raw, armor);
	if (!tag_parse(buf_span(&raw), a, &t, e) ||
	    !attached_check(&t.signature, payload, armor, e))
		return err_at(e, "signed tag");
	buf_put(object, buf_span(&raw));
	return true;
}
