/*
 * script - scripts of PowerShell and of the Windows Script Host (Authenticode).
 *
 * The signature is a block of comments, mostly the last lines of the file
 * (script_block.c has the picture). What is signed is a digest of the text
 * without it (script_text.c). How the comments look, only the ending of the
 * file's name says: nothing in the bytes tells JScript from PowerShell.
 */
#include "base/text.h"
#include "formats/embedded.h"
#include "formats/script.h"
#include "formats/whole.h"

/* The name decides (format.by_name); any bytes may be a text. */
static int
script_probe(struct span head)
{
	(void)head;
	return 1;
}

static bool
script_plan(const struct subject *s, const struct directive *d,
    const struct signing_identity *id, struct plan *out, struct err *e)
{
	struct script *x = ARENA_NEW(s->arena, struct script);
	struct authenticode_terms terms;
	enum digest_kind kind;

	if (x == NULL)
		return err_budget(e, s->arena);
	return script_parse(s, x, e) && embedded_terms(x->style->format, d,
	    x->style->subject, &terms, &kind, e) &&
	    script_digest(s, x, kind, &terms.digest, e) &&
	    embedded_plan(s, id, &terms, x, out, e);
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
	const struct script *x = embedded_own(plan);
	struct span der;

	(void)d;
	(void)id;
	return embedded_message(s, plan, sealed, x->der, false, &der, e) &&
	    block_make(s, x, der, out, e);
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

static bool
script_check(const struct subject *s, const struct check_terms *terms,
    struct findings *out, struct err *e)
{
	struct question q = { .subject = s };
	struct authenticode_file file = { .arg = &q,
	    .digest = answer_digest };

	if (!script_parse(s, &q.script, e))
		return false;
	file.subject = q.script.style->subject;
	return !q.script.is_signed || embedded_check(s, q.script.der, false,
	    &file, terms, out, e);
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
	return embedded_same(&powershell_format, before, after,
	    "the text was changed, not only its signature block", e);
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
