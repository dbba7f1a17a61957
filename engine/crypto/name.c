/*
 * name - distinguished names from RFC 4514 text: "CN=Acme Test,O=Acme,C=DE".
 * In DER the order is the other way round. One attribute each; a comma and
 * other special characters inside a value are written with a backslash.
 */
#include "base/text.h"
#include "crypto/der.h"
#include "crypto/issue.h"

#define NAME_PARTS	16

static const struct {
	const char	*key;
	unsigned	 tag;
	size_t		 most;		/* characters: RFC 5280, appendix A */
	const char	*oid;		/* contents, without tag and length */
	size_t		 oid_len;
} parts[] = {
#define PART(key, tag, most, oid) { key, tag, most, oid, sizeof(oid) - 1 }
	PART("CN", DER_UTF8, 64, "\x55\x04\x03"),
	PART("SERIALNUMBER", DER_PRINTABLE, 64, "\x55\x04\x05"),
	PART("C", DER_PRINTABLE, 2, "\x55\x04\x06"),
	PART("L", DER_UTF8, 128, "\x55\x04\x07"),
	PART("ST", DER_UTF8, 128, "\x55\x04\x08"),
	PART("STREET", DER_UTF8, 128, "\x55\x04\x09"),
	PART("O", DER_UTF8, 64, "\x55\x04\x0a"),
	PART("OU", DER_UTF8, 64, "\x55\x04\x0b"),
	PART("DC", DER_IA5, 63, "\x09\x92\x26\x89\x93\xf2\x2c\x64\x01\x19"),
	PART("emailAddress", DER_IA5, 255,
	    "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x01"),
#undef PART
};

static bool
malformed(struct err *e, struct span what, const char *why)
{
	return err_set(e, ERR_SUBJECT_MALFORMED, "\"%s\" %s",
	    text_show(what).text, why);
}

/* RFC 4514 2.4: a backslash, then a special character or two hex digits. */
static bool
escape_read(struct reader *r, struct buf *value)
{
	struct span hex;
	uint8_t byte;

	if (span_cut(r->in, r->at, 2, &hex) && text_unhex(hex, &byte, 1)) {
		rd_skip(r, 2);
		buf_u8(value, byte);
		return true;
	}
	byte = rd_u8(r);
	buf_u8(value, byte);
	return rd_ok(r) && span_find(SPAN_TEXT(" \"#+,;<=>\\"),
	    (struct span){ &byte, 1 }) != SIZE_MAX;
}

/* One value, up to the comma that ends it. */
static bool
value_read(struct reader *r, struct buf *value)
{
	while (rd_left(r) > 0) {
		uint8_t c = rd_u8(r);

		if (c == ',')
			return rd_left(r) > 0;
		if (c == '+' || c == '"' || c == ';' || c == '<' || c == '>' ||
		    c == 0)
			return false;
		if (c != '\\')
			buf_u8(value, c);
		else if (!escape_read(r, value))
			return false;
	}
	return true;
}

static bool
plain_ascii(struct span s)
{
	struct reader r = rd_open(s);

	while (rd_left(&r) > 0) {
		uint8_t c = rd_u8(&r);

		if (c < 0x20 || c > 0x7e)
			return false;
	}
	return true;
}

/* RelativeDistinguishedName: SET { SEQUENCE { OID, string } }. */
static bool
put_part(struct buf *b, size_t row, struct span value)
{
	if (value.len == 0 || value.len > parts[row].most * 4 ||
	    !text_utf8(value) ||
	    (parts[row].tag != DER_UTF8 && (!plain_ascii(value) ||
	    value.len > parts[row].most)) ||
	    (parts[row].most == 2 && value.len != 2))
		return false;
	size_t set = der_open(b, DER_SET);
	size_t pair = der_open(b, DER_SEQUENCE);
	der_put(b, DER_OID, (struct span){ (const uint8_t *)parts[row].oid,
	    parts[row].oid_len });
	der_put(b, parts[row].tag, value);
	der_close(b, pair);
	der_close(b, set);
	return true;
}

static bool
part_read(struct reader *r, struct buf *b, struct err *e)
{
	CLEANUP(buf_done) struct buf value = { 0 };
	struct span rest = span_from(r->in, r->at), key;

	if (!span_split(&rest, '=', &key))
		return malformed(e, rest, "lacks an attribute");
	rd_skip(r, key.len + 1);
	for (size_t i = 0; i < COUNT(parts); i++) {
		if (!span_is(key, parts[i].key))
			continue;
		if (!value_read(r, &value) ||
		    !put_part(b, i, buf_span(&value)))
			return malformed(e, rest, "is no value for it");
		return true;
	}
	return malformed(e, key, "is none of CN, O, OU, L, ST, STREET, C, DC, "
	    "SERIALNUMBER, emailAddress");
}

bool
name_parse(struct span text, struct arena *a, struct span *der, struct err *e)
{
	CLEANUP(buf_done) struct buf all = { 0 }, name = { 0 };
	struct reader r = rd_open(text);
	struct span done[NAME_PARTS];
	size_t count = 0;

	if (text.len == 0)
		return malformed(e, text, "is no name");
	for (; rd_left(&r) > 0; count++) {
		CLEANUP(buf_done) struct buf one = { 0 };

		if (count == NAME_PARTS)
			return malformed(e, text, "has too many parts");
		if (!part_read(&r, &one, e))
			return false;
		if (!arena_copy(a, buf_span(&one), &done[count]))
			return err_budget(e, a);
	}
	while (count > 0)
		buf_put(&all, done[--count]);
	der_put(&name, DER_SEQUENCE, buf_span(&all));
	return arena_copy(a, buf_span(&name), der) || err_budget(e, a);
}
