/*
 * embedded - what is the same in all formats that carry an Authenticode
 * message in the file: how it is planned, made and judged. Where it stands in
 * the file, and what of the file it is over, is the format's own.
 */
#ifndef FORMATS_EMBEDDED_H
#define FORMATS_EMBEDDED_H

#include "crypto/authenticode.h"
#include "formats/formats.h"

/*
 * embedded_terms takes over what the directive says, and gives the kind of the
 * digest that the caller must put in. Errors: those of format_allows;
 * AUTHENTICODE-PAGES where only programs have what is asked for.
 */
bool	embedded_terms(const struct format *, const struct directive *,
	    enum authenticode_subject, struct authenticode_terms *,
	    enum digest_kind *, struct err *) MUST_USE;

/*
 * embedded_plan asks for one signature. own is the format's, for its apply:
 * embedded_own gives it back. Errors: those of authenticode_plan.
 */
bool	embedded_plan(const struct subject *, const struct signing_identity *,
	    const struct authenticode_terms *, void *own, struct plan *out,
	    struct err *) MUST_USE;

void	*embedded_own(const struct plan *);

/*
 * embedded_message makes the message that the file is to carry in place of
 * old, which is empty where there is none: the new one; or old with the new
 * one nested in it, where append asks for that; or, where no signature came,
 * old with the timestamp in place of those it had, or of those that a nested
 * one had (FORMAT-NOT-SIGNED).
 */
bool	embedded_message(const struct subject *, const struct plan *,
	    const struct sealed *, struct span old, bool append,
	    struct span *der, struct err *) MUST_USE;

/*
 * embedded_check judges a message and all nested in it. One of which nothing
 * can be said is a finding too: a bad one. padded: zeros may follow the
 * message.
 */
bool	embedded_check(const struct subject *, struct span message,
	    bool padded, const struct authenticode_file *,
	    const struct check_terms *, struct findings *, struct err *)
	    MUST_USE;

/*
 * embedded_same is `same` for a format that keeps every byte but those of the
 * signature: what is left of both by its strip is equal, or FORMAT-DIFFERS
 * with this text.
 */
bool	embedded_same(const struct format *, const struct subject *before,
	    const struct subject *after, const char *differs, struct err *)
	    MUST_USE;

/*
 * embedded_unreadable makes why a finding, unless it is trouble of this
 * machine: that is the caller's own error.
 */
bool	embedded_unreadable(const struct subject *, const struct err *why,
	    struct findings *, struct err *) MUST_USE;

#endif
