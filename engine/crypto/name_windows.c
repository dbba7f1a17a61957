/*
 * name_windows - see name.h. The short names of attributes are those of
 * CertNameToStr and of the Publisher in a package manifest; any other
 * attribute is written "OID.1.2.3".
 */
#include <string.h>

#include "base/text.h"
#include "crypto/der.h"
#include "crypto/name.h"
#include "crypto/oid.h"

#define NAME_PARTS	32	/* of one name */

static const struct {
	const char	*key;
	const char	*dotted;
} keys[] = {
	{ "CN", "2.5.4.3" }, { "SN", "2.5.4.4" },
	{ "SERIALNUMBER", "2.5.4.5" }, { "C", "2.5.4.6" },
	{ "L", "2.5.4.7" }, { "S", "2.5.4.8" }, { "STREET", "2.5.4.9" },
	{ "O", "2.5.4.10" }, { "OU", "2.5.4.11" }, { "T", "2.5.4.12" },
	{ "Description", "2.5.4.13" }, { "PostalCode", "2.5.4.17" },
	{ "POBox", "2.5.4.18" }, { "Phone", "2.5.4.20" },
	{ "X21Address", "2.5.4.24" }, { "G", "2.5.4.42" },
	{ "I", "2.5.4.43" }, { "dnQualifier", "2.5.4.46" },
	{ "DC", "0.9.2342.19200300.100.1.25" },
	{ "E", "1.2.840.113549.1.9.1" },
};

/* One attribute; joined: it belongs to the one before (a SET of several). */
struct part {
	struct buf	oid;		/* a whole element */
	struct buf	value;		/* UTF-8 */
	bool		joined;
};

struct parts {
	struct part	items[NAME_PARTS];
	size_t		count;
	bool		bad;
};

static void
parts_done(struct parts *p)
{
	for (size_t i = 0; i < COUNT(p->items); i++) {
		buf_done(&p->items[i].oid);
		buf_done(&p->items[i].value);
	}
}

static struct part *
part_add(struct parts *p)
{
	p->bad |= p->count == COUNT(p->items);
	return p->bad ? NULL : &p->items[p->count++];
}

/* ---- from DER */

static bool
value_read(struct der *d, struct buf *out)
{
	CLEANUP(buf_done) struct buf wide = { 0 };
	unsigned tag = der_tag(d);
	struct span value = der_value(d, tag);
	struct reader r = rd_open(value);

	if (tag == DER_BMP) {
		while (rd_left(&r) > 1)
			buf_u16le(&wide, rd_u16be(&r));
		return value.len % 2 == 0 && text_utf16(buf_span(&wide), out);
	}
	buf_put(out, value);
	return text_utf8(value);
}

static void
set_read(struct der *names, struct parts *p)
{
	struct der set = der_enter(names, DER_SET);
	bool joined = false;

	while (!p->bad && der_ok(&set) && set.rest.len > 0) {
		struct der pair = der_enter(&set, DER_SEQUENCE);
		struct span oid = der_whole(&pair, DER_OID);
		struct part *x = part_add(p);

		if (x == NULL)
			return;
		buf_put(&x->oid, oid);
		p->bad = !value_read(&pair, &x->value) || !der_end(&pair);
		x->joined = joined;
		joined = true;
	}
	p->bad |= !der_end(&set);
}

/* Of the sets, the last comes first; within one, the order stays. */
static void
parts_turn(struct parts *p)
{
	struct parts turned = { .count = p->count, .bad = p->bad };
	size_t to = 0;

	for (size_t end = p->count; end > 0; ) {
		size_t from = end - 1;

		while (from > 0 && p->items[from].joined)
			from--;
		for (size_t i = from; i < end; i++)
			turned.items[to++] = p->items[i];
		end = from;
	}
	*p = turned;
}

static void
parts_of_der(struct span der, struct parts *p)
{
	struct der d = der_read(der);
	struct der names = der_enter(&d, DER_SEQUENCE);

	while (!p->bad && der_ok(&names) && names.rest.len > 0)
		set_read(&names, p);
	p->bad |= !der_end(&names) || !der_end(&d);
	parts_turn(p);
}

/* ---- from text */

static void
skip_spaces(struct reader *r)
{
	while (rd_left(r) > 0 && r->in.ptr[r->at] == ' ')
		rd_skip(r, 1);
}

static bool
key_read(struct reader *r, struct part *x)
{
	struct span rest = span_from(r->in, r->at), key;

	if (!span_split(&rest, '=', &key) || key.len == rd_left(r))
		return false;
	rd_skip(r, key.len + 1);
	if (span_starts(key, "OID."))
		return oid_write(span_from(key, 4), &x->oid);
	for (size_t i = 0; i < COUNT(keys); i++)
		if (span_is(key, keys[i].key))
			return oid_write(span_text(keys[i].dotted), &x->oid);
	return false;
}

/* In quotes, a quote is written twice. */
static bool
quoted_read(struct reader *r, struct buf *out)
{
	rd_skip(r, 1);
	while (rd_left(r) > 0) {
		uint8_t c = rd_u8(r);

		if (c == '"' && (rd_left(r) == 0 || r->in.ptr[r->at] != '"'))
			return true;
		if (c == '"')
			rd_skip(r, 1);
		buf_u8(out, c);
	}
	return false;
}

static bool
ends_value(uint8_t c)
{
	return c == ',' || c == '+' || c == ';';
}

static bool
text_value_read(struct reader *r, struct buf *out)
{
	skip_spaces(r);
	if (rd_left(r) > 0 && r->in.ptr[r->at] == '"')
		return quoted_read(r, out);
	while (rd_left(r) > 0 && !ends_value(r->in.ptr[r->at]))
		buf_u8(out, rd_u8(r));
	while (out->len > 0 && out->ptr[out->len - 1] == ' ')
		out->len--;
	return out->len > 0;
}

static void
parts_of_text(struct span text, struct parts *p)
{
	struct reader r = rd_open(text);
	bool joined = false, more = true;

	while (!p->bad && more) {
		struct part *x = part_add(p);

		if (x == NULL)
			return;
		skip_spaces(&r);
		x->joined = joined;
		p->bad = !key_read(&r, x) || !text_value_read(&r, &x->value);
		skip_spaces(&r);
		more = rd_left(&r) > 0;
		uint8_t c = more ? rd_u8(&r) : ',';
		joined = c == '+';
		p->bad |= !ends_value(c);
	}
}

/* ---- both */

static bool
same_part(const struct part *x, const struct part *y)
{
	return x->joined == y->joined &&
	    span_eq(buf_span(&x->oid), buf_span(&y->oid)) &&
	    span_eq(buf_span(&x->value), buf_span(&y->value));
}

bool
name_windows_is(struct span text, struct span der)
{
	CLEANUP(parts_done) struct parts x = { 0 };
	CLEANUP(parts_done) struct parts y = { 0 };

	parts_of_text(text, &x);
	parts_of_der(der, &y);
	if (x.bad || y.bad || x.count != y.count)
		return false;
	for (size_t i = 0; i < x.count; i++)
		if (!same_part(&x.items[i], &y.items[i]))
			return false;
	return true;
}

static bool
needs_quotes(struct span value)
{
	static const char special[] = ",+=\"\n<>#;";

	if (value.len == 0 || value.ptr[0] == ' ' ||
	    value.ptr[value.len - 1] == ' ')
		return true;
	for (size_t i = 0; i < value.len; i++)
		if (memchr(special, value.ptr[i], sizeof(special) - 1) != NULL)
			return true;
	return false;
}

static void
put_value(struct buf *out, struct span value)
{
	bool quotes = needs_quotes(value);

	if (quotes)
		buf_u8(out, '"');
	for (size_t i = 0; i < value.len; i++) {
		if (value.ptr[i] == '"')
			buf_u8(out, '"');
		buf_u8(out, value.ptr[i]);
	}
	if (quotes)
		buf_u8(out, '"');
}

static bool
put_key(struct buf *out, struct span oid, struct arena *a)
{
	const char *dotted = oid_text(a, oid);

	for (size_t i = 0; dotted != NULL && i < COUNT(keys); i++)
		if (strcmp(keys[i].dotted, dotted) == 0) {
			buf_text(out, keys[i].key);
			return true;
		}
	if (dotted != NULL)
		buf_printf(out, "OID.%s", dotted);
	return dotted != NULL;
}

bool
name_windows(struct span der, struct arena *a, struct buf *out)
{
	CLEANUP(parts_done) struct parts p = { 0 };

	parts_of_der(der, &p);
	for (size_t i = 0; i < p.count; i++) {
		if (i > 0)
			buf_text(out, p.items[i].joined ? " + " : ", ");
		if (!put_key(out, buf_span(&p.items[i].oid), a))
			return false;
		buf_u8(out, '=');
		put_value(out, buf_span(&p.items[i].value));
	}
	return !p.bad;
}
