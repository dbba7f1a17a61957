/* tree_order - private to git/: the order of the entries of a tree. */
#ifndef GIT_TREE_ORDER_H
#define GIT_TREE_ORDER_H

#include "git/tree.h"

/* tree_entry_cmp: a folder sorts as if its name ended with '/'. */
int	tree_entry_cmp(const struct tree_entry *, const struct tree_entry *);

#endif
