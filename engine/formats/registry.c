/* registry - how a format is chosen; see formats.h. */
#include <strings.h>

#include "base/text.h"
#include "formats/formats.h"

#define HEAD_SIZE	4096	/* bytes that a probe sees */
#define SURE		10	/* a bid from which on it is no guess */
#define HALF		50	/* one for a file that only begins so */

bool
format_allows(const struct format *f, const struct directive *d,
    enum digest_kind *kind, struct err *e)
{
	struct span name = d->digest.len > 0 ? d->digest : SPAN_TEXT("sha256");

	if (f->methods == 0)
		return err_set(e, ERR_FORMAT_NOT_SIGNABLE,
		    "a %s cannot carry a signature", f->title);
	if ((f->methods & 1u << d->method) == 0)
		return err_set(e, ERR_FORMAT_METHOD, "a %s cannot carry a "
		    "signature of the kind \"%s\"", f->title,
		    method_rows[d->method].name);
	if (f->single && d->append)
		return err_set(e, ERR_FORMAT_APPEND, "a %s holds one "
		    "signature, there is no room for another", f->title);
	if (!digest_find(name, kind) || digest_rows[*kind].weak)
		return err_set(e, ERR_FORMAT_DIGEST, "\"%s\" is no digest to "
		    "sign with", text_show(name).text);
	return true;
}

const struct format *
format_find(struct span name)
{
	for (size_t i = 0; all_formats[i] != NULL; i++)
		if (span_is(name, all_formats[i]->name))
			return all_formats[i];
	return NULL;
}

struct span
format_suffix(struct span name)
{
	for (size_t i = name.len; i > 0; i--)
		if (name.ptr[i - 1] == '.')
			return span_from(name, i);
	return (struct span){ 0 };
}

static bool
suffix_fits(const struct format *f, struct span name)
{
	struct span suffixes = SPAN_TEXT(f->suffixes), suffix;
	struct span last = format_suffix(name);

	while (span_split(&suffixes, ' ', &suffix))
		if (suffix.len == last.len &&
		    strncasecmp((const char *)suffix.ptr,
		    (const char *)last.ptr, last.len) == 0)
			return true;
	return false;
}

static bool
head_view(const struct subject *s, struct span *out, struct err *e)
{
	return rope_view(s->arena, &s->file, 0, s->file.len < HEAD_SIZE ?
	    s->file.len : HEAD_SIZE, out, e);
}

bool
format_guessed(const struct format *f, const struct subject *s)
{
	struct span head;
	struct err none;

	return head_view(s, &head, &none) && f->probe(head) < SURE;
}

bool
format_certain(const struct format *f, const struct subject *s)
{
	struct span head;
	struct err none;

	return head_view(s, &head, &none) && f->probe(head) > HALF;
}

bool
format_probe(const struct subject *s, const struct format **out,
    struct err *e)
{
	struct span head;
	int best = -1;

	if (!head_view(s, &head, e))
		return false;
	for (size_t i = 0; all_formats[i] != NULL; i++) {
		const struct format *f = all_formats[i];
		bool named = suffix_fits(f, s->name);
		int bid = f->by_name && !named ? 0 : f->probe(head) * 2;

		if (bid > 0 && named)
			bid++;
		if (bid > best) {
			best = bid;
			*out = f;
		}
	}
	return true;
}
