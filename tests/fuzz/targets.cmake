# fuzz(PARSER) builds tests/fuzz/fuzz_PARSER.c. With TAGSEAL_FUZZ it becomes a
# libFuzzer binary; otherwise it replays its corpus, and every prefix of each
# seed, as an ordinary test.
function(fuzz parser)
	if(TAGSEAL_FUZZ)
		add_executable(fuzz-${parser} fuzz/fuzz_${parser}.c)
		target_link_options(fuzz-${parser} PRIVATE -fsanitize=fuzzer)
	else()
		add_executable(fuzz-${parser} fuzz/fuzz_${parser}.c
		    fuzz/replay.c)
		add_test(NAME fuzz-${parser} COMMAND fuzz-${parser}
		    ${CMAKE_CURRENT_SOURCE_DIR}/fuzz/corpus/${parser})
		set_tests_properties(fuzz-${parser} PROPERTIES
		    TIMEOUT 120 LABELS fast)
	endif()
	target_link_libraries(fuzz-${parser} tagseal-all)
endfunction()

# container_fuzz(NAME) is fuzz for a container.
function(container_fuzz name)
	fuzz(${name})
	target_sources(fuzz-${name} PRIVATE fuzz/container.c)
endfunction()

fuzz(json)
fuzz(canonical)
fuzz(event)
fuzz(note)
fuzz(sshsig)
fuzz(pe)
fuzz(cms)
fuzz(timestamp)
fuzz(x509)
fuzz(git_object)
fuzz(tree)
fuzz(url)
fuzz(glob)
fuzz(yaml)
fuzz(xml)
fuzz(signpath)
fuzz(manifest)
fuzz(artifact)
container_fuzz(tar)
container_fuzz(zip)
fuzz(wrap)
container_fuzz(cab)
fuzz(signer)
fuzz(uri)
fuzz(worker)
