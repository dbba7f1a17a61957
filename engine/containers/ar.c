/* ar - see ar.h. */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "containers/ar.h"

#define NAME_LEN	16
#define SIZE_AT		48
#define SIZE_LEN	10

/* What stands before the spaces that fill a field up; the rest is spaces. */
static bool
field(const struct ar_header *h, size_t at, size_t len, struct span *out)
{
	struct span all;
	size_t used = 0;

	if (!span_cut(SPAN(h->bytes), at, len, &all))
		return false;
	while (used < len && all.ptr[used] > ' ' && all.ptr[used] < 0x7f)
		used++;
	for (size_t i = used; i < len; i++)
		if (all.ptr[i] != ' ')
			return false;
	return span_cut(all, 0, used, out);
}

static bool
member_name(const struct ar_header *h, struct arena *a, struct span *out,
    struct err *e)
{
	struct span name;

	if (!field(h, 0, NAME_LEN, &name))
		return err_set(e, ERR_AR_HEADER,
		    "a member's name has spaces or control characters");
	name.len -= span_ends(name, "/");
	if (name.len == 0 || span_find(name, SPAN_TEXT("/")) != SIZE_MAX)
		return err_set(e, ERR_AR_HEADER, "a member's name \"%s\" is "
		    "of a form that is not taken", text_show(name).text);
	return arena_copy(a, name, out) || err_budget(e, a);
}

static bool
member_read(const struct rope *file, uint64_t at, struct arena *a,
    struct ar_member *m, struct err *e)
{
	struct ar_header h;
	struct span size;
	uint8_t fill = 0;

	if (file->len - at < AR_HEADER)
		return err_set(e, ERR_AR_HEADER, "a member's header at %llu "
		    "is cut", (unsigned long long)at);
	if (!rope_read(file, at, AR_HEADER, h.bytes, e) ||
	    !member_name(&h, a, &m->name, e))
		return false;
	if (!span_ends(SPAN(h.bytes), "`\n") ||
	    !field(&h, SIZE_AT, SIZE_LEN, &size) || !text_u64(size, &m->size))
		return err_set(e, ERR_AR_HEADER, "the header of \"%s\" is "
		    "malformed", text_show(m->name).text);
	m->at = at;
	m->data = at + AR_HEADER;
	uint64_t odd = m->size % 2;
	if (m->size + odd > file->len - m->data)
		return err_set(e, ERR_AR_HEADER, "the %llu bytes of \"%s\" "
		    "run past the end of the file",
		    (unsigned long long)m->size, text_show(m->name).text);
	m->end = m->data + m->size + odd;
	if (odd > 0 && !rope_read(file, m->end - 1, 1, &fill, e))
		return false;
	return odd == 0 || fill == '\n' || err_set(e, ERR_AR_HEADER,
	    "a byte that belongs to nothing follows \"%s\"",
	    text_show(m->name).text);
}

bool
ar_read(const struct rope *file, struct arena *a, struct ar *out,
    struct err *e)
{
	uint8_t magic[sizeof(AR_MAGIC) - 1];
	uint64_t at = sizeof(magic);

	*out = (struct ar){ .members = ARENA_ARRAY(a, struct ar_member,
	    AR_MEMBERS) };
	if (out->members == NULL)
		return err_budget(e, a);
	if (file->len < sizeof(magic))
		return err_set(e, ERR_AR_HEADER, "no archive of ar");
	if (!rope_read(file, 0, sizeof(magic), magic, e))
		return false;
	if (!span_is(SPAN(magic), AR_MAGIC))
		return err_set(e, ERR_AR_HEADER, "no archive of ar");
	while (at < file->len) {
		struct ar_member *m = &out->members[out->count];

		if (out->count == AR_MEMBERS)
			return err_set(e, ERR_AR_HEADER, "there are more than "
			    "%d members", AR_MEMBERS);
		if (!member_read(file, at, a, m, e))
			return false;
		at = m->end;
		out->count++;
	}
	return true;
}

bool
ar_header(const struct rope *file, const struct ar_member *m, uint64_t size,
    struct ar_header *out, struct err *e)
{
	char text[32];
	int len = snprintf(text, sizeof(text), "%-10llu",
	    (unsigned long long)size);

	if (!rope_read(file, m->at, AR_HEADER, out->bytes, e))
		return false;
	if (len != SIZE_LEN)
		return err_set(e, ERR_AR_HEADER, "\"%s\" would have %llu "
		    "bytes, more than ar can say", text_show(m->name).text,
		    (unsigned long long)size);
	memcpy(out->bytes + SIZE_AT, text, SIZE_LEN);
	return true;
}
