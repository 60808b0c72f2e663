"""What an editor asks about a config that is being written: functions of its text and of the project's last analysis.

`sketch` reads a text as it stands, right or wrong; `place` says what the cursor is at; one module answers each question. Nothing here reads
files, keeps state or knows how an editor asks: `aua_compile.cli.lsp` does.
"""
