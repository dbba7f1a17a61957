/* commands - every command, in the order in which help shows them. */
#include "cli/cli.h"

const struct command *const all_commands[] = {
	&verify_command,
	&inspect_command,
	&strip_command,
	&sign_command,
	&release_command,
	&plan_command,
	&check_command,
	&endorse_command,
	&requests_command,
	&show_command,
	&wait_command,
	&approve_command,
	&deny_command,
	&withdraw_command,
	&audit_verify_command,
	&audit_receipt_command,
	&init_keys_command,
	&init_engine_command,
	&engine_command,
	&key_make_command,
	&key_list_command,
	&key_check_command,
	&certificate_csr_command,
	&certificate_self_signed_command,
	&tsa_command,
	&errors_command,
	&print_command,
	&version_command,
	NULL
};
