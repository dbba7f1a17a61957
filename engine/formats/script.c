/*
 * script - scripts of PowerShell and of the Windows Script Host (Authenticode).
 *
 * The signature is a block of comments, mostly the last lines of the file
 * (script_block.c has the picture). What is signed is a digest of the text
 * without it (script_text.c). How the comments look, only the ending of the
 * file's name says: nothing in the bytes tells JScript from PowerShell.
 */
#include "base/text.h"
#include "formats/script.h"
#include "formats/whole.h"

/* What plan knows and apply needs. */
struct draft {
	struct script	 script;
	struct cms_draft *cms;
};

/* The name decides (format.by_name); any bytes may be a text. */
static int
script_probe(struct span head)
{
	(void)head;
	return 1;
}

static bool
draft_new(const struct subject *s, const struct directive *d,
    struct draft *draft, struct authenticode_terms *terms, struct err *e)
{
	struct script *x = &draft->script;
	enum digest_kind kind;

	if (!script_parse(s, x, e) ||
	    !format_allows(x->style->format, d, &kind, e))
		return false;
	if (d->page_hashes)
		return err_set(e, ERR_AUTHENTICODE_PAGES,
		    "a script has no page hashes");
	*terms = (struct authenticode_terms){
		.subject = x->style->subject,
		.description = d->description,
		.description_url = d->description_url,
	};
	return script_digest(s, x, kind, &terms->digest, e);
}

static bool
script_plan(const struct subject *s, const struct directive *d,
    const struct signing_identity *id, struct plan *out, struct err *e)
{
	struct authenticode_terms terms;
	struct draft *draft = ARENA_NEW(s->arena, struct draft);
	struct plan_item *item = ARENA_NEW(s->arena, struct plan_item);

	if (draft == NULL || item == NULL)
		return err_budget(e, s->arena);
	if (!draft_new(s, d, draft, &terms, e) || !authenticode_plan(&terms,
	    id, s->arena, &draft->cms, &item->to_be_signed, e))
		return false;
	item->timestamp = id->timestamp;
	item->imprint = id->imprint;
	item->draft = draft;
	*out = (struct plan){ .items = item, .count = 1 };
	return true;
}

/* The file with this between the text and what may follow; or nothing. */
static bool
rebuild(const struct subject *s, const struct script *x, struct span block,
    struct rope *out, struct err *e)
{
	struct rope parts[3];

	return rope_slice(s->arena, &s->file, 0, x->end, &parts[0], e) &&
	    rope_bytes(s->arena, block, &parts[1], e) &&
	    rope_slice(s->arena, &s->file, x->rest, s->file.len - x->rest,
	    &parts[2], e) &&
	    rope_join(s->arena, parts, COUNT(parts), out, e);
}

static bool
block_make(const struct subject *s, const struct script *x, struct span der,
    struct rope *out, struct err *e)
{
	CLEANUP(buf_done) struct buf ascii = { 0 }, block = { 0 };
	struct span bytes;

	script_put_block(x->style, der, &ascii);
	script_widen(x->encoding, buf_span(&ascii), &block);
	return (arena_copy(s->arena, buf_span(&block), &bytes) ||
	    err_budget(e, s->arena)) && rebuild(s, x, bytes, out, e);
}

static bool
script_apply(const struct subject *s, const struct directive *d,
    const struct signing_identity *id, const struct plan *plan,
    const struct sealed *sealed, struct rope *out, struct err *e)
{
	const struct draft *draft = plan->items[0].draft;
	const struct script *x = &draft->script;
	struct span der;

	(void)d;
	(void)id;
	if (sealed->signature.len == 0 && !x->is_signed)
		return err_set(e, ERR_FORMAT_NOT_SIGNED,
		    "there is no signature to put a timestamp on");
	if (!(sealed->signature.len == 0 ? authenticode_stamp(x->der,
	    sealed->timestamp, s->arena, &der, e) : cms_finish(draft->cms,
	    sealed->signature, sealed->timestamp, s->arena, &der, e)))
		return false;
	return block_make(s, x, der, out, e);
}

/* What authenticode_check asks about the file. */
struct question {
	const struct subject	*subject;
	struct script		 script;
};

static bool
answer_digest(void *arg, enum digest_kind kind, struct digest *out,
    struct err *e)
{
	struct question *q = arg;

	return script_digest(q->subject, &q->script, kind, out, e);
}

/* A signature of which nothing can be said is a finding too: a bad one. */
static bool
add_unreadable(const struct subject *s, struct findings *out,
    const struct err *why, struct err *e)
{
	struct finding *f;

	if (why->what->kind == ERR_KIND_SYSTEM ||
	    err_is(why, ERR_LIMIT_MEMORY)) {
		*e = *why;
		return false;
	}
	f = findings_add(out, s->arena);
	if (f == NULL)
		return err_budget(e, s->arena);
	f->err = *why;
	f->method = method_rows[METHOD_AUTHENTICODE].name;
	return true;
}

static bool
script_check(const struct subject *s, const struct check_terms *terms,
    struct findings *out, struct err *e)
{
	struct question q = { .subject = s };
	struct authenticode_file file = { .arg = &q,
	    .digest = answer_digest };
	struct err why = { 0 };

	if (!script_parse(s, &q.script, e))
		return false;
	file.subject = q.script.style->subject;
	return !q.script.is_signed || authenticode_check(q.script.der, false,
	    &file, &terms->judge, s->arena, out, &why) ||
	    add_unreadable(s, out, &why, e);
}

static bool
script_strip(const struct subject *s, struct rope *out, bool *changed,
    struct err *e)
{
	struct script x;

	if (!script_parse(s, &x, e))
		return false;
	*changed = x.is_signed;
	*out = s->file;
	return !*changed || rebuild(s, &x, (struct span){ 0 }, out, e);
}

/* All but the block, and the block in its place: script_parse saw to that. */
static bool
script_same(const struct subject *before, const struct subject *after,
    struct err *e)
{
	struct rope a, b;
	bool changed, same;

	if (!script_strip(before, &a, &changed, e) ||
	    !script_strip(after, &b, &changed, e) ||
	    !rope_same(&a, &b, &same, e))
		return false;
	return same || err_set(e, ERR_FORMAT_DIFFERS,
	    "the text was changed, not only its signature block");
}

/*
 * A script says nothing of itself. But here a file meets the kind that a
 * configuration calls it, which only its name can confirm.
 */
static bool
facts_of(const struct format *f, const struct subject *s, struct err *e)
{
	const struct script_style *style;

	if (!script_style_find(s->name, &style, e))
		return false;
	return style->format == f || err_set(e, ERR_SCRIPT_NAME,
	    "\"%s\" ends as a %s, it is no %s", text_show(s->name).text,
	    style->format->title, f->title);
}

static bool
powershell_facts(const struct subject *s, struct facts *out, struct err *e)
{
	(void)out;
	return facts_of(&powershell_format, s, e);
}

static bool
windows_script_facts(const struct subject *s, struct facts *out,
    struct err *e)
{
	(void)out;
	return facts_of(&windows_script_format, s, e);
}

#define SCRIPT								\
	.methods = 1u << METHOD_AUTHENTICODE, .by_name = true,		\
	.single = true, .probe = script_probe, .plan = script_plan,	\
	.apply = script_apply, .check = script_check,			\
	.strip = script_strip, .foresee = whole_foresee,		\
	.same = script_same

const struct format powershell_format = {
	.name		= "powershell",
	.title		= "PowerShell script",
	.suffixes	= "ps1 psm1 psd1 ps1xml psc1 cdxml mof",
	SCRIPT,
	.facts		= powershell_facts,
};

const struct format windows_script_format = {
	.name		= "windows-script",
	.title		= "Windows script",
	.suffixes	= "js vbs wsf",
	SCRIPT,
	.facts		= windows_script_facts,
};
