/*
 * deb - Debian packages. What is inside them is signed; containers/deb.c takes
 * them apart and puts them together. Facts come from the file `control`, one
 * paragraph of "Field: value" (deb-control(5)).
 */
#include <strings.h>

#include "base/text.h"
#include "containers/containers.h"
#include "containers/deb.h"
#include "formats/whole.h"

extern const struct container deb_container;

static const struct {
	const char	*key;		/* for `where` */
	const char	*field;
} wanted[] = {
	{ "package", "Package" },
	{ "version", "Version" },
	{ "architecture", "Architecture" },
};

struct paragraph {
	struct span	values[COUNT(wanted)];
	bool		seen[COUNT(wanted)];
	size_t		last;		/* field of the line before */
};

static int
deb_probe(struct span head)
{
	return deb_container.probe(head);
}

static bool
malformed(size_t line, const char *why, struct err *e)
{
	return err_set(e, ERR_DEB_CONTROL, "line %zu of control %s", line,
	    why);
}

static struct span
trimmed(struct span s)
{
	while (s.len > 0 && (s.ptr[0] == ' ' || s.ptr[0] == '\t'))
		s = span_from(s, 1);
	while (s.len > 0 && (s.ptr[s.len - 1] == ' ' ||
	    s.ptr[s.len - 1] == '\t'))
		s.len--;
	return s;
}

static bool
name_good(struct span name)
{
	bool good = name.len > 0 && name.ptr[0] != '#' && name.ptr[0] != '-';

	for (size_t i = 0; i < name.len; i++)
		good = good && name.ptr[i] > ' ' && name.ptr[i] < 0x7f;
	return good;
}

static size_t
field_row(struct span name)
{
	size_t i = 0;

	while (i < COUNT(wanted) && (name.len !=
	    SPAN_TEXT(wanted[i].field).len || strncasecmp(
	    (const char *)name.ptr, wanted[i].field, name.len) != 0))
		i++;
	return i;
}

/* A line that goes on must not belong to a field that is one line. */
static bool
line_parse(struct paragraph *p, struct span line, size_t number,
    struct err *e)
{
	struct span name = { 0 }, value = line;

	if (line.ptr[0] == ' ' || line.ptr[0] == '\t')
		return (number > 1 && p->last == COUNT(wanted)) ||
		    malformed(number, "goes on where nothing does", e);
	if (!span_split(&value, ':', &name) || name.len == line.len ||
	    !name_good(name))
		return malformed(number, "is no field", e);
	p->last = field_row(name);
	if (p->last == COUNT(wanted))
		return true;
	if (p->seen[p->last])
		return malformed(number, "says a field twice", e);
	p->seen[p->last] = true;
	p->values[p->last] = trimmed(value);
	return p->values[p->last].len > 0 ||
	    malformed(number, "says nothing", e);
}

/* One paragraph; empty lines may follow it. */
static bool
paragraph_parse(struct span text, struct paragraph *p, struct err *e)
{
	struct span line;
	size_t number = 0;
	bool ended = false;

	if (!text_utf8(text))
		return err_set(e, ERR_DEB_CONTROL, "control is no UTF-8");
	for (size_t i = 0; i < text.len; i++)
		if ((text.ptr[i] < ' ' && text.ptr[i] != '\n' &&
		    text.ptr[i] != '\t') || text.ptr[i] == 0x7f)
			return err_set(e, ERR_DEB_CONTROL,
			    "control holds a control character");
	while (span_line(&text, &line)) {
		number++;
		if (trimmed(line).len == 0) {
			ended = true;
			continue;
		}
		if (ended)
			return malformed(number, "begins a second paragraph",
			    e);
		if (!line_parse(p, line, number, e))
			return false;
	}
	return true;
}

static bool
deb_facts(const struct subject *s, struct facts *out, struct err *e)
{
	struct paragraph p = { .last = COUNT(wanted) };
	struct span text;

	if (!deb_control(&s->file, s->arena, s->scratch, &text, e) ||
	    !paragraph_parse(text, &p, e))
		return false;
	for (size_t i = 0; i < COUNT(wanted); i++) {
		if (!p.seen[i])
			return err_set(e, ERR_DEB_CONTROL, "control has no "
			    "field %s", wanted[i].field);
		if (!facts_add(out, s->arena, (struct fact){
		    .key = wanted[i].key, .value = p.values[i] }, e))
			return false;
	}
	return true;
}

const struct format deb_format = {
	.name		= "deb",
	.title		= "Debian package",
	.suffixes	= "deb udeb",
	.container	= &deb_container,
	.probe		= deb_probe,
	WHOLE_UNSIGNED,
	.facts		= deb_facts,
};
