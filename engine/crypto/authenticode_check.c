/*
 * authenticode_check - judges a signature and those nested in it, each by
 * itself, in a fixed order: the file's digest, the page hashes, the message,
 * the certificate, the timestamp, the chain at the timestamp's time. A
 * timestamp that is bad makes the signature bad: the present time is no
 * substitute for the one that was claimed.
 */
#include "base/limits.h"
#include "crypto/authenticode.h"
#include "crypto/der.h"

struct walk {
	const struct authenticode_file	*file;
	const struct judge_terms	*terms;
	struct arena			*arena;
	struct findings			*out;
};

static bool
parse(const struct walk *w, struct span der, bool padding,
    struct authenticode *out, struct err *e)
{
	return (w->terms->old ? authenticode_parse_old : authenticode_parse)(
	    der, padding, w->arena, out, e);
}

/*
 * Some signers of EFI programs (pesign of 2022) wrote the OID of individual
 * code signing where the kind of file belongs, with the value of a program.
 * Firmware and shim compare digests and do not look at it.
 */
static bool
other_type(const struct walk *w, const struct authenticode *s)
{
	return w->file->firmware && oid_is(s->type, OID_SPC_INDIVIDUAL);
}

static bool
digest_check(const struct walk *w, const struct authenticode *s,
    struct err *e)
{
	struct digest now;

	if (w->file->digests != NULL)
		return w->file->digests(w->file->arg, s->digest.kind,
		    s->digests, e);
	if (!w->file->digest(w->file->arg, s->digest.kind, &now, e))
		return false;
	return digest_eq(&now, &s->digest) || err_set(e,
	    ERR_AUTHENTICODE_DIGEST, "the file has %s %s, signed was %s",
	    digest_rows[now.kind].name, digest_hex(&now).text,
	    digest_hex(&s->digest).text);
}

static bool
file_check(const struct walk *w, const struct authenticode *s, struct err *e)
{
	if (!authenticode_subject_is(s, w->file->subject) &&
	    !other_type(w, s))
		return err_set(e, ERR_AUTHENTICODE_MALFORMED,
		    "the signature is for another kind of file");
	if (s->digest.kind != s->cms.signers[0].digest_kind)
		return err_set(e, ERR_AUTHENTICODE_MALFORMED, "the file's "
		    "digest is %s, the signature's %s",
		    digest_rows[s->digest.kind].name,
		    digest_rows[s->cms.signers[0].digest_kind].name);
	if (!digest_check(w, s, e))
		return false;
	if (!s->has_pages)
		return true;
	if (w->file->pages == NULL)
		return err_set(e, ERR_AUTHENTICODE_PAGES,
		    "this kind of file has no page hashes");
	return w->file->pages(w->file->arg, s->page_kind, s->page_hashes, e);
}

static bool
message_check(const struct walk *w, const struct authenticode *s,
    struct certificate *signer, struct err *e)
{
	struct span octets;

	if (!cms_content(&s->cms, &octets, e))
		return false;
	struct digest d = digest_of(s->cms.signers[0].digest_kind, octets);
	return cms_check(&s->cms, &s->cms.signers[0], &d, w->arena, signer, e);
}

/*
 * Of an EFI program the firmware asks whether a chain leads to one of its keys,
 * and nothing else (UEFI 32.5): certificates for it often do not say what they
 * are for. One that does must say code signing there too.
 */
static enum purpose
purpose_of(const struct walk *w, const struct certificate *c)
{
	return w->file->firmware && !c->has_extended ? PURPOSE_ANY :
	    PURPOSE_CODE_SIGNING;
}

static bool
stamp_check(const struct walk *w, const struct authenticode *s,
    struct finding *f, struct err *e)
{
	const struct cms_signer *signer = &s->cms.signers[0];
	struct span token, counter;

	if (!cms_value(&signer->unsigned_attributes, OID_SPC_TIMESTAMP, &token,
	    e) || !cms_value(&signer->unsigned_attributes,
	    OID_COUNTER_SIGNATURE, &counter, e))
		return false;
	return (token.len == 0 || finding_stamp(f, signer, token, w->terms,
	    true, w->arena, e)) && (counter.len == 0 || finding_counter(f,
	    &s->cms, signer, counter, w->terms, w->arena, e));
}

/* A digest that can be forged counts only from before it could. */
static bool
weak_check(const struct authenticode *s, const struct finding *f,
    struct err *e)
{
	if (!f->weak || (f->timestamped && f->timestamp < REPORT_OLD_UNTIL))
		return true;
	return err_set(e, ERR_DIGEST_WEAK, "the signature uses %s, and no "
	    "timestamp says that it is from before 2016",
	    digest_rows[s->digest.kind].name);
}

/*
 * The chain counts at the trusted time, else now. With lifetime signing a
 * timestamp does not extend what the certificate's own dates say.
 */
static bool
signer_check(const struct walk *w, const struct authenticode *s,
    const struct certificate *c, struct finding *f, struct err *e)
{
	int64_t at = f->timestamped && !f->lifetime ? f->timestamp :
	    w->terms->now;

	if (w->terms->roots != NULL && f->lifetime && f->timestamped &&
	    w->terms->now > c->not_after)
		return err_set(e, ERR_CERTIFICATE_LIFETIME, "the certificate "
		    "has lifetime signing and ran out");
	return finding_chain(f, &s->cms, c, purpose_of(w, c), at, w->terms,
	    w->arena, e);
}

/* What one should know of it, whatever the verdict. */
static void
remark(const struct walk *w, const struct authenticode *s,
    const struct certificate *c, struct finding *f)
{
	int64_t now = w->terms->now;
	const bool remarks[REMARKS] = {
		[REMARK_SHA1] = f->weak,
		[REMARK_TIMESTAMP_SHA1] = f->timestamp_weak,
		[REMARK_TIMESTAMP_OLD] = f->timestamp_counter || f->countered,
		[REMARK_EXPIRED] = !f->timestamped &&
		    (now < c->not_before || now > c->not_after),
		[REMARK_LIFETIME] = f->lifetime,
		[REMARK_NO_PURPOSE] = !c->has_extended,
		[REMARK_OTHER_TYPE] = other_type(w, s),
		[REMARK_OBSOLETE] = s->obsolete &&
		    s->digest.kind == DIGEST_SHA512,
	};

	for (unsigned i = 0; i < REMARKS; i++)
		f->remarks |= remarks[i] ? 1U << i : 0;
}

static bool
one_check(const struct walk *w, const struct authenticode *s,
    struct finding *f, struct err *e)
{
	struct certificate c;

	f->digest_kind = s->digest.kind;
	f->digest = s->digest;
	f->description = s->description;
	f->description_url = s->description_url;
	f->pages = s->has_pages;
	f->page_kind = s->page_kind;
	f->weak = digest_rows[s->digest.kind].weak;
	if (!message_check(w, s, &c, e) ||
	    !finding_describe(f, &s->cms.signers[0], &c, w->arena, e))
		return false;
	f->lifetime = certificate_allows(&c,
	    oid_der(OID_EKU_LIFETIME_SIGNING));
	bool good = file_check(w, s, e) &&
	    certificate_purpose_check(&c, purpose_of(w, &c), e) &&
	    stamp_check(w, s, f, e) && weak_check(s, f, e) &&
	    signer_check(w, s, &c, f, e);
	remark(w, s, &c, f);
	return good;
}

/* One signature whose parts could be read, into a finding of its own. */
static bool
judge(struct walk *w, const struct authenticode *s, unsigned nested,
    struct err *e)
{
	struct finding *f = findings_add(w->out, w->arena);

	if (f == NULL)
		return err_budget(e, w->arena);
	f->method = "authenticode";
	f->nested = nested;
	if (!cms_extras_add(&s->cms, w->arena, &f->extras, e))
		return false;
	if (!one_check(w, s, f, &f->err))
		return !err_is(&f->err, ERR_LIMIT_MEMORY) ||
		    err_budget(e, w->arena);
	f->err.what = NULL;
	return true;
}

static bool
broken(struct walk *w, unsigned nested, const struct err *why, struct err *e)
{
	struct finding *f = findings_add(w->out, w->arena);

	if (f == NULL)
		return err_budget(e, w->arena);
	f->method = "authenticode";
	f->nested = nested;
	f->err = *why;
	return true;
}

/*
 * Nested ones may nest again. The list of those still to be judged grows at
 * its end, up to the limit on all of them together.
 */
static bool
nested_check(struct walk *w, const struct authenticode *outer, struct err *e)
{
	struct authenticode queue[LIMIT_NESTED_SIGNATURES + 1];
	unsigned done = 0, count = 1, found = 0;

	queue[0] = *outer;
	for (; done < count; done++) {
		struct span *inner;
		size_t n;
		struct err why;

		if (!authenticode_nested(&queue[done].cms.signers[0],
		    w->arena, &inner, &n, &why)) {
			if (!broken(w, ++found, &why, e))
				return false;
			continue;
		}
		for (size_t i = 0; i < n; i++) {
			if (++found > LIMIT_NESTED_SIGNATURES)
				return err_set(e, ERR_LIMIT_SIZE, "more than "
				    "%d nested signatures",
				    LIMIT_NESTED_SIGNATURES);
			if (!parse(w, inner[i], false, &queue[count],
			    &why)) {
				if (!broken(w, found, &why, e))
					return false;
			} else if (!judge(w, &queue[count++], found, e)) {
				return false;
			}
		}
	}
	return true;
}

bool
authenticode_check(struct span der, bool padding,
    const struct authenticode_file *file, const struct judge_terms *terms,
    struct arena *a, struct findings *out, struct err *e)
{
	struct walk w = { .file = file, .terms = terms, .arena = a,
	    .out = out };
	struct authenticode outer;

	return parse(&w, der, padding, &outer, e) &&
	    judge(&w, &outer, 0, e) && nested_check(&w, &outer, e);
}
