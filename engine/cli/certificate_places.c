/* certificate_places - see certificate.h: where issuers are found. */
#include <dirent.h>
#include <errno.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "cli/authorities.h"
#include "cli/certificate.h"
#include "crypto/path.h"

DEFINE_CLEANUP(DIR, dir_done, closedir);

static bool
is_certificate_file(const char *name)
{
	static const char *const suffixes[] = { ".pem", ".crt", ".cer",
	    ".der", ".p7b", ".p7c" };

	for (size_t i = 0; i < COUNT(suffixes); i++)
		if (span_ends(span_text(name), suffixes[i]))
			return true;
	return false;
}

static bool
add(struct certificate_bag *to, const struct certificate_bag *from,
    struct arena *a, struct err *e)
{
	if (to->count + from->count > LIMIT_TRUSTED)
		return err_set(e, ERR_LIMIT_SIZE, "more than %d certificates "
		    "to choose from", LIMIT_TRUSTED);
	return bag_add(to, from, a, e);
}

bool
certificate_folder_add(const char *folder, struct arena *a,
    struct certificate_bag *bag, struct err *e)
{
	CLEANUP(dir_done) DIR *dir = opendir(folder);
	struct dirent *entry;

	if (dir == NULL)
		return err_set(e, errno == ENOENT ? ERR_FILE_MISSING :
		    ERR_FILE_ACCESS, "folder %s: %s", folder, strerror(errno));
	while ((entry = readdir(dir)) != NULL) {
		const char *path = arena_printf(a, "%s/%s", folder,
		    entry->d_name);
		struct certificate_bag one;

		if (!is_certificate_file(entry->d_name))
			continue;
		if (path == NULL)
			return err_budget(e, a);
		if (!certificate_load(path, a, &one, e) ||
		    !add(bag, &one, a, e))
			return false;
	}
	return true;
}

/* ---- addresses */

static bool
is_web(struct span url)
{
	return span_starts(url, "http://") || span_starts(url, "https://");
}

static bool
was_asked(const struct fetched *f, struct span url)
{
	for (size_t i = 0; i < f->count; i++)
		if (span_eq(f->urls[i], url))
			return true;
	return false;
}

static bool
url_add(struct local *courier, struct span url, struct arena *a,
    struct certificate_bag *bag, struct fetched *f, struct err *e)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	struct certificate_bag one;
	struct span kept;

	f->urls[f->count++] = url;
	if (!courier_load(courier, url, LIMIT_BAG, "the issuer's certificate",
	    &b, e))
		return err_at(e, "%s", text_show(url).text);
	if (!arena_copy(a, buf_span(&b), &kept))
		return err_budget(e, a);
	return (bag_read(kept, a, &one, e) && add(bag, &one, a, e)) ||
	    err_at(e, "%s", text_show(url).text);
}

/* The first address that answers counts; *more: there was one to ask. */
static bool
issuer_add(struct local *courier, const struct certificate *c,
    struct arena *a, struct certificate_bag *bag, struct fetched *f,
    bool *more, struct err *e)
{
	bool failed = false;

	*more = false;
	for (size_t i = 0; i < c->ca_url_count; i++) {
		struct span url = c->ca_urls[i];

		if (!is_web(url) || was_asked(f, url))
			continue;
		if (f->count == PLACES_FETCHED)
			return err_set(e, ERR_LIMIT_SIZE, "more than %d "
			    "addresses of issuers", PLACES_FETCHED);
		failed = !url_add(courier, url, a, bag, f, e);
		*more = !failed;
		if (!failed)
			return true;
	}
	return !failed;
}

bool
certificate_fetch_add(const struct certificate *leaf, struct arena *a,
    struct certificate_bag *bag, struct fetched *f, struct err *e)
{
	struct local courier = LOCAL_NONE;
	const struct certificate *end;
	bool more = true, ok = true;

	while (ok && more && (end = path_end(leaf, bag)) != NULL)
		ok = issuer_add(&courier, end, a, bag, f, &more, e);
	local_done(&courier);
	return ok;
}
