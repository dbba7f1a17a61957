/* yaml_scalar - one text as YAML, for the files that commands write. */
#ifndef CLI_YAML_SCALAR_H
#define CLI_YAML_SCALAR_H

#include "base/bytes.h"

/*
 * yaml_scalar appends any UTF-8 text as one YAML scalar: plain where every
 * reader takes that for this very text, else in quotes, with all characters
 * escaped that cannot be seen or would be folded.
 */
void	yaml_scalar(struct span text, struct buf *out);

#endif
