/* appx - what the files of the format share. Private to this folder. */
#ifndef FORMATS_APPX_H
#define FORMATS_APPX_H

#include "containers/appx.h"
#include "formats/formats.h"

/*
 * appx_publisher_check: the Publisher in the manifest is the subject of the
 * certificate (DER). Errors: APPX-PUBLISHER, APPX-MANIFEST.
 */
bool	appx_publisher_check(const struct appx *, struct span certificate,
	    struct arena *, struct err *) MUST_USE;

/* The verb `facts`: what the Identity in the manifest says. */
bool	appx_facts(const struct subject *, struct facts *, struct err *);

extern const struct format appx_format;

#endif
