/*
 * all - every format; see formats.h. It stands alone so that a test can link a
 * program with other formats.
 */
#include "formats/formats.h"

extern const struct format appx_format, cab_format, cat_format, deb_format,
    file_format, msi_format, navx_format, pe_format, powershell_format,
    tar_format, windows_script_format, xml_format, zip_format;

/* `file` takes any bytes: it comes last. */
const struct format *const all_formats[] = {
	&pe_format,
	&zip_format,
	&appx_format,
	&tar_format,
	&deb_format,
	&cab_format,
	&cat_format,
	&navx_format,
	&msi_format,
	&powershell_format,
	&windows_script_format,
	&xml_format,
	&file_format,
	NULL
};
