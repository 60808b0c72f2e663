"""`sim`: a model server that only pretends. It speaks OpenAI's shapes, streams, counts tokens, and says in every answer what it is.

`profile` holds what it draws from, `answers` what it says, `tasks` the questions whose results it knows, `engine` what it is busy with,
`app` how it is served.
"""
