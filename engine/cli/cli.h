/*
 * cli - the command line: one file per noun, one row per command.
 *
 * commands[] drives parsing, help, man pages, completions and the reference
 * page. A command prints its results to standard output and nothing else
 * there; errors, progress and logs go to standard error.
 */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/json.h"

/* Exit codes that are no error; err_exit_code() has those of errors. */
enum {
	EXIT_YES	= 0,
	EXIT_NO		= 1,
	EXIT_NOTHING	= 3,
	EXIT_ATTENTION	= 7,	/* no error, but somebody has to act */
};

#define OPTIONS_MAX	24	/* options of one command */

struct option_row {
	const char	*name;		/* "timestamp" is --timestamp */
	char		 letter;	/* 'o' is -o; 0: none */
	const char	*argument;	/* "URL", "[=FILE]" for one that may
					 * be left out, NULL for a switch */
	const char	*help;
	bool		 repeats;	/* may be given more than once */
};

struct invocation;

struct command {
	const char	*name;		/* "sign", "key make" */
	const char	*summary;	/* one line, no full stop */
	const char	*arguments;	/* "IN", "FILE..." or "" */
	int		 least;		/* arguments wanted */
	int		 most;		/* -1: any number */
	const struct option_row *options; /* ends with name NULL, or NULL */
	const char	*details;	/* paragraphs for --help and man */
	const char	*example;	/* lines as typed, without prompt */
	bool		 json;		/* --json is understood */

	/* run gives the exit code, or -1 with the error set. */
	int		(*run)(const struct invocation *, struct err *);
};

extern const struct command *const all_commands[];	/* ends with NULL */

struct option_value {
	const struct option_row	*row;
	const char		*text;	/* NULL for a switch, or left out */
};

struct invocation {
	const struct command	*command;
	struct option_value	*values;
	size_t			 value_count;
	char			**arguments;
	int			 count;
	bool			 json;		/* --json */
	bool			 colour;	/* stdout is a terminal */
	bool			 progress;	/* standard error is one */
};

/* The value of an option, the last one given, or NULL. */
const char	*option_text(const struct invocation *, const char *name);
bool		 option_given(const struct invocation *, const char *name);
/* The n-th value of an option that repeats, or NULL. */
const char	*option_nth(const struct invocation *, const char *name,
		    size_t n);
/* The next word is not a value of it. */
bool		 option_may_stand_alone(const struct option_row *);
/* option_need is option_text, or the error that says what is missing. */
bool		 option_need(const struct invocation *, const char *name,
		    const char **out, struct err *) MUST_USE;
/*
 * option_time is the value as text_time writes it, in the arena; *out stays as
 * it is without one. Errors: USAGE (it is no time).
 */
bool		 option_time(const struct invocation *, const char *name,
		    struct arena *, struct span *out, struct err *) MUST_USE;
/* option_name is --name or else $USER, fit for a part of a ref's name. */
bool		 option_name(const struct invocation *, const char **out,
		    struct err *) MUST_USE;

/* every.c: runs the command line and gives the exit code. */
int		 cli_main(int argc, char **argv);

/* cli_words is how many words the name of a command takes up, or 0. */
int		 cli_words(const struct command *, int argc, char **argv);

/* cli_run runs a command; the words behind its name are given. */
int		 cli_run(const struct command *, int argc, char **argv);

/* cli_report prints an error as was asked for, and gives its exit code. */
int		 cli_report(const struct invocation *, const struct err *);

/* cli_may_colour tells if colours are wanted on a descriptor. */
bool		 cli_may_colour(const struct invocation *, int fd);

/* cli_answer prints a JSON value (taken over) to standard output. */
void		 cli_answer(struct json *);

/*
 * help.c: of one command. help_shows tells if it has that common option;
 * help_gap is what stands between an option and its argument.
 */
void		 help_command(FILE *, const struct command *, bool colour);
const char	*help_gap(const struct option_row *);
bool		 help_shows(const struct command *, const struct option_row *);

/* help_all.c: what is printed from the table. */
void		 help_all(FILE *, bool colour);
/* help_family lists the commands of two words that begin so; false: none. */
bool		 help_family(FILE *, const char *word, bool colour);
void		 help_man(FILE *, const struct command *);
void		 help_man_overview(FILE *);
void		 help_reference(FILE *);
void		 help_errors(FILE *);
void		 help_errors_row(FILE *, const struct err_row *, bool colour);

/* completion.c: prints the script of a shell, or gives false. */
bool		 completion_print(FILE *, const char *shell);

/* The options that every command has. */
extern const struct option_row common_options[];

/* Colours, or empty strings. */
struct palette {
	const char	*bold, *red, *green, *yellow, *cyan, *dim, *plain;
};
struct palette	 palette_for(bool colour);

/* One declaration a command, in the order of all_commands[]. */
extern const struct command verify_command;
extern const struct command inspect_command;
extern const struct command strip_command;
extern const struct command catalog_command;
extern const struct command check_command;
extern const struct command endorse_command;
extern const struct command heartbeat_command;
extern const struct command people_export_command;
extern const struct command people_import_command;
extern const struct command import_signpath_command;
extern const struct command release_command;
extern const struct command sign_command;
extern const struct command timestamp_command;
extern const struct command key_make_command;
extern const struct command key_list_command;
extern const struct command key_check_command;
extern const struct command key_import_command;
extern const struct command key_record_command;
extern const struct command certificate_csr_command;
extern const struct command certificate_self_signed_command;
extern const struct command certificate_import_command;
extern const struct command certificate_check_command;
extern const struct command certificate_issue_command;
extern const struct command certificate_enroll_command;
extern const struct command certificate_renew_command;
extern const struct command certificate_openpgp_command;
extern const struct command certificate_openpgp_renew_command;
extern const struct command certificate_openpgp_revoke_command;
extern const struct command tsa_command;
extern const struct command witness_command;
extern const struct command requests_command;
extern const struct command show_command;
extern const struct command status_command;
extern const struct command wait_command;
extern const struct command approve_command;
extern const struct command deny_command;
extern const struct command withdraw_command;
extern const struct command audit_verify_command;
extern const struct command audit_decisions_command;
extern const struct command audit_reconcile_command;
extern const struct command audit_intents_command;
extern const struct command audit_receipt_command;
extern const struct command audit_prove_command;
extern const struct command audit_tiles_command;
extern const struct command audit_export_command;
extern const struct command receipt_command;
extern const struct command audit_log_command;
extern const struct command audit_find_command;
extern const struct command audit_show_command;
extern const struct command audit_rebuild_command;
extern const struct command incident_plan_command;
extern const struct command resign_command;
extern const struct command alarms_command;
extern const struct command acknowledge_command;
extern const struct command init_keys_command;
extern const struct command init_engine_command;
extern const struct command engine_command;
extern const struct command recover_compose_command;
extern const struct command recover_apply_command;
extern const struct command errors_command;
extern const struct command plan_command;
extern const struct command print_command;
extern const struct command version_command;

#endif
