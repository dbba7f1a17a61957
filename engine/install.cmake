# What `cmake --install` puts into a prefix: the programs, and what tagseal
# prints of itself (man pages, completions), the schemas and the systemd unit.
# The programs lie side by side, where nobody calls a role by accident.

set(made ${CMAKE_BINARY_DIR}/made)
add_custom_command(OUTPUT ${made}/stamp
    COMMAND ${CMAKE_SOURCE_DIR}/engine/print-all $<TARGET_FILE:tagseal> ${made}
    COMMAND ${CMAKE_COMMAND} -E touch ${made}/stamp
    DEPENDS tagseal engine/print-all VERBATIM)
add_custom_target(made ALL DEPENDS ${made}/stamp)

list(TRANSFORM roles PREPEND tagseal- OUTPUT_VARIABLE programs)
install(TARGETS tagseal tagseal-commands ${programs}
    DESTINATION ${CMAKE_INSTALL_LIBEXECDIR}/tagseal)
file(RELATIVE_PATH target ${CMAKE_INSTALL_FULL_BINDIR}
    ${CMAKE_INSTALL_FULL_LIBEXECDIR}/tagseal/tagseal)
file(MAKE_DIRECTORY ${made})
file(CREATE_LINK ${target} ${made}/tagseal SYMBOLIC)
install(FILES ${made}/tagseal DESTINATION ${CMAKE_INSTALL_BINDIR})
install(DIRECTORY ${made}/man1 DESTINATION ${CMAKE_INSTALL_MANDIR})
install(FILES ${made}/tagseal.bash RENAME tagseal
    DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
install(FILES ${made}/_tagseal
    DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)
install(FILES ${made}/tagseal.fish
    DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
install(DIRECTORY schemas DESTINATION ${CMAKE_INSTALL_DATADIR}/tagseal)
install(PROGRAMS hooks/pre-receive hooks/update hooks/post-receive
    hooks/pre-push DESTINATION ${CMAKE_INSTALL_DATADIR}/tagseal/hooks)
install(FILES hooks/guard.sh
    DESTINATION ${CMAKE_INSTALL_DATADIR}/tagseal/hooks)
configure_file(engine/tagseal.service.in ${made}/tagseal.service @ONLY)
install(FILES ${made}/tagseal.service DESTINATION lib/systemd/system)
