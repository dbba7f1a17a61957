/*
 * msi - Windows Installer packages (.msi) and merge modules (.msm).
 *
 *	compound file
 *		\5SummaryInformation
 *		!_StringPool !_StringData	every text, once
 *		!_Tables !_Columns		which tables there are
 *		!File !Component ...		tables
 *		app.cab ...			cabinets
 *		Binary.NAME ...			streams of rows of tables
 *		\5DigitalSignature ...		the package's own signature
 *
 * The entries are the files of the table File by the path where they are
 * installed (msi_paths.c), in the order of the table; then the streams of the
 * table Binary as "<Binary>/NAME": libraries and programs that run during the
 * installation. No file of Windows can have a '<' in its name, so no file's
 * path begins so. Only what lies in the package itself has contents.
 *
 * Patches (.msp) and transforms (.mst) have no files of their own: no entries.
 */
#include "base/text.h"
#include "containers/installer.h"
#include "containers/msi.h"
#include "containers/names.h"

extern const struct container msi_container;

static int
msi_probe(struct span head)
{
	return compound_probe(head) ? 80 : 0;
}

/* ---- list */

static bool
names_ok(const struct listing *l, struct arena *a, struct err *e)
{
	const struct names_terms terms = { .ignore_case = true,
	    .twice = ERR_MSI_NAME_TWICE };
	struct span *names = ARENA_ARRAY(a, struct span, l->count);

	if (names == NULL)
		return err_budget(e, a);
	for (size_t i = 0; i < l->count; i++)
		names[i] = l->entries[i].path;
	return names_check(names, l->count, &terms, a, e);
}

static bool
cabinet_notes(const struct msi_cabinet *c, struct arena *a,
    struct listing *out, struct err *e)
{
	struct shown name = text_show(c->name);

	for (size_t i = 0; i < c->listing.note_count; i++) {
		const struct span *note = &c->listing.notes[i];
		char *text = arena_printf(a, "cabinet \"%s\": %.*s",
		    name.text, (int)note->len, (const char *)note->ptr);

		if (text == NULL)
			return err_budget(e, a);
		if (!listing_note(out, a, text, e))
			return false;
	}
	if (c->unreadable == NULL || !c->wanted)
		return true;
	char *text = arena_printf(a, "files in the cabinet \"%s\" cannot be "
	    "signed: %s", name.text, c->unreadable);
	return text != NULL ? listing_note(out, a, text, e) :
	    err_budget(e, a);
}

static bool
notes_make(const struct msi *m, struct arena *a, struct listing *out,
    struct err *e)
{
	bool beside = false, stale = false;

	for (size_t i = 0; i < m->cabinet_count; i++)
		if (!cabinet_notes(m->cabinets[i], a, out, e))
			return false;
	for (size_t i = 0; i < m->file.row_count; i++)
		beside |= m->sources[i].cabinet == NULL;
	for (size_t i = 0; i < compound_count(&m->compound); i++)
		stale |= installer_signature(&m->compound, i);
	if (beside && !listing_note(out, a, "some files lie beside the "
	    "package: they cannot be signed with it", e))
		return false;
	return !stale || listing_note(out, a, "the signature of the package "
	    "is taken out: it would not fit the new contents", e);
}

static bool
msi_list(const struct rope *file, const struct container_limits *limits,
    struct arena *a, struct spool *spool, struct listing *out, struct err *e)
{
	struct msi *m = ARENA_NEW(a, struct msi);

	if (m == NULL)
		return err_budget(e, a);
	m->spool = spool;
	*out = (struct listing){ .container = &msi_container, .file = *file,
	    .own = m };
	if (!compound_read(file, a, &m->compound, e))
		return false;
	if (installer_kind(compound_class(&m->compound)) !=
	    INSTALLER_PACKAGE)
		return true;
	return msi_database_read(&m->compound, a, &m->database, e) &&
	    msi_files(m, limits, out, e) && names_ok(out, a, e) &&
	    notes_make(m, a, out, e);
}

/* ---- contents */

static bool
source_contents(const struct msi *m, const struct msi_source *s,
    struct arena *a, struct spool *spool, struct rope *out, struct err *e)
{
	if (s->opaque != NULL)
		return err_set(e, ERR_ENTRY_OPAQUE, "%s", s->opaque);
	if (s->cabinet == NULL) {
		*out = *compound_contents(&m->compound, s->index);
		return true;
	}
	return s->cabinet->listing.container->contents(&s->cabinet->listing,
	    s->index, a, spool, out, e);
}

static bool
msi_contents(const struct listing *l, size_t index, struct arena *a,
    struct spool *spool, struct rope *out, struct err *e)
{
	const struct msi *m = l->own;

	if (!source_contents(m, &m->sources[index], a, spool, out, e))
		return err_at(e, "entry \"%s\"",
		    text_show(l->entries[index].path).text);
	return true;
}

const struct container msi_container = {
	.name		= "msi",
	.ignore_case	= true,
	.probe		= msi_probe,
	.list		= msi_list,
	.contents	= msi_contents,
	.rebuild	= msi_rebuild,
	.kept		= msi_kept,
};
