# Every source file of the engine, listed by hand, lowest floor first.

folder(base
    SOURCES
	arena.c
	bytes.c
	err.c
	json.c
	log.c
	rope.c
	secret_line.c
	text.c
    LIBRARIES PkgConfig::JANSSON)

folder(sys
    SOURCES
	ahead.c
	blob.c
	channel.c
	clock.c
	file.c
	landlock.c
	process.c
	random.c
	sandbox.c
	seccomp.c
    LIBRARIES base PkgConfig::SECCOMP Threads::Threads)

folder(crypto
    SOURCES
	algorithm.c
	authenticode.c
	authenticode_check.c
	canonical.c
	catalog.c
	catalog_write.c
	cms.c
	cms_build.c
	cms_check.c
	cms_extra.c
	countersignature.c
	crl.c
	der.c
	digest.c
	identity.c
	issue.c
	md5.c
	merkle.c
	name.c
	name_windows.c
	note.c
	oid.c
	pem.c
	report.c
	signature.c
	sshkey.c
	sshsig.c
	start.c
	timestamp.c
	timestamp_authority.c
	trust.c
	x509.c
	xml.c
    LIBRARIES base PkgConfig::CRYPTO PkgConfig::LIBXML2)

folder(git
    SOURCES
	history.c
	id.c
	libgit.c
	object.c
	openpgp_protocol.c
	ref.c
	remote.c
	repository.c
	sweep.c
	tree.c
	tree_walk.c
	tree_write.c
	verify.c
	write.c
    LIBRARIES base crypto PkgConfig::LIBGIT2)

folder(ledger
    SOURCES
	append.c
	audit.c
	commit.c
	events.c
	fold.c
	format.c
	log.c
	proof.c
	receipt.c
	rules.c
	table.c
	types.c
    LIBRARIES base crypto git)

folder(wire
    SOURCES
	courier.c
	settings.c
	sign_list.c
	signer.c
	stream.c
	team.c
	worker.c
    LIBRARIES base sys crypto)

folder(artifact
    SOURCES
	directive.c
	element.c
	element_check.c
	element_wire.c
	glob.c
	match.c
	parameter.c
	resolved.c
	resolved_wire.c
    LIBRARIES base)

folder(containers
    SOURCES
	appx.c
	appx_bundle.c
	appx_map.c
	appx_read.c
	appx_text.c
	appx_write.c
	ar.c
	cab.c
	cab_block.c
	cab_kept.c
	cab_layout.c
	cab_lzx.c
	cab_pack.c
	cab_read.c
	cab_unpack.c
	cab_write.c
	compound.c
	compound_read.c
	compound_tree.c
	compound_write.c
	deb.c
	deb_kept.c
	deb_sums.c
	deb_write.c
	msi.c
	msi_files.c
	msi_kept.c
	msi_name.c
	msi_paths.c
	msi_strings.c
	msi_summary.c
	msi_table.c
	msi_write.c
	names.c
	pieces.c
	places.c
	registry.c
	tar.c
	tar_header.c
	tar_kept.c
	tar_pax.c
	tar_read.c
	tar_write.c
	wrap.c
	wrap_coder.c
	zip.c
	zip_contents.c
	zip_end.c
	zip_entry.c
	zip_kept.c
	zip_kind.c
	zip_layout.c
	zip_stream.c
	zip_write.c
    LIBRARIES base crypto BZip2::BZip2 PkgConfig::LZMA PkgConfig::MSPACK
	PkgConfig::ZLIB PkgConfig::ZSTD)
folder(config
    SOURCES
	changes.c
	check.c
	config.c
	elements.c
	host.c
	keys.c
	load.c
	parameters.c
	people.c
	quorum.c
	reading.c
	reference.c
	schema.c
	shapes.c
	single.c
	types.c
	words.c
	yaml.c
    LIBRARIES base crypto git artifact PkgConfig::YAML)

folder(policy
    SOURCES
	approvals.c
	chain.c
	decision.c
	findings.c
	release.c
	request.c
    LIBRARIES base config artifact)

folder(formats
    SOURCES
	all.c
	appx.c
	appx_facts.c
	cab.c
	cab_digest.c
	cab_parse.c
	cat.c
	deb.c
	detached.c
	embedded.c
	file.c
	formats.c
	msi.c
	msi_digest.c
	msi_facts.c
	navx.c
	pe.c
	pe_digest.c
	pe_facts.c
	pe_memory.c
	pe_parse.c
	registry.c
	script.c
	script_block.c
	script_style.c
	script_text.c
	tar.c
	whole.c
	xml.c
	zip.c
    LIBRARIES base crypto artifact)

folder(keys
    SOURCES
	facts.c
	make.c
	objects.c
	pin.c
	pkcs11.c
	public.c
	registry.c
	sign.c
	uri.c
    LIBRARIES base crypto PkgConfig::P11KIT Threads::Threads ${CMAKE_DL_LIBS})

folder(net
    SOURCES
	address.c
	exchange.c
	git_http.c
	git_local.c
	http.c
	timestamp.c
	url.c
    LIBRARIES base sys crypto PkgConfig::CURL PkgConfig::LIBGIT2)

folder(verifier
    SOURCES
	keyring.c
	main.c
	verifier.c
    LIBRARIES base sys crypto git PkgConfig::GPGME)

folder(signer
    SOURCES
	command.c
	engine.c
	intent.c
	local.c
	main.c
	settings.c
	signer.c
	state.c
	team.c
    LIBRARIES base sys wire crypto keys)

folder(http
    SOURCES
	server.c
    LIBRARIES base PkgConfig::MICROHTTPD)

folder(courier
    SOURCES
	courier.c
	download.c
	git.c
	publish.c
	settings.c
	stamp.c
    LIBRARIES base sys wire crypto git net)

folder(judge
    SOURCES
	approvals.c
	chain.c
	chain_facts.c
	commits.c
	copy.c
	deliver.c
	desk.c
	desk_events.c
	dossier.c
	errand.c
	follow.c
	judge.c
	memory.c
	openpgp.c
	record.c
	record_keys.c
	record_sign.c
	record_sync.c
	refs.c
	releases.c
	request_build.c
	requests.c
	retrieve.c
	seal.c
	seal_request.c
	signers.c
	sites.c
	steps.c
	weigh.c
    LIBRARIES base sys wire crypto artifact git config policy ledger)

folder(cli
    SOURCES
	account.c
	account_print.c
	approve.c
	audit.c
	audit_receipt.c
	authorities.c
	catalog.c
	catalog_folder.c
	certificate.c
	check.c
	cli.c
	commands.c
	completion.c
	configuration.c
	configuration_write.c
	endorse.c
	engine.c
	engine_file.c
	errors.c
	file_hash.c
	find.c
	finding.c
	git.c
	help.c
	history.c
	import.c
	init_engine.c
	init_keys.c
	inspect.c
	job.c
	key.c
	member.c
	message.c
	openpgp.c
	pins.c
	plan.c
	plan_artifact.c
	print.c
	release.c
	repo.c
	requests.c
	revocation.c
	sign.c
	sign_progress.c
	signpath_read.c
	signpath_rows.c
	signpath_values.c
	signpath_write.c
	signpath_yaml.c
	strip.c
	suggest.c
	suggest_cover.c
	suggest_folder.c
	suggest_sample.c
	suggest_text.c
	suggest_tree.c
	suggest_treat.c
	suggest_version.c
	timestamp.c
	token.c
	tsa.c
	verdict.c
	verify.c
	verify_catalog.c
	version.c
	wait.c
	yaml_scalar.c
    LIBRARIES base sys wire crypto git config policy judge http daemon)

folder(daemon
    SOURCES
	engine.c
	local.c
	local_job.c
	role.c
	secret.c
	settings.c
	state.c
	team.c
    LIBRARIES base sys wire crypto config)

folder(worker
    SOURCES
	check.c
	demand.c
	errand.c
	errand_catalog.c
	errand_look.c
	errand_sign.c
	errand_stamp.c
	manifest.c
	part.c
	seal.c
	twins.c
	worker.c
    LIBRARIES base wire crypto artifact formats)
