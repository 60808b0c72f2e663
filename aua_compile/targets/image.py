"""What containers of this deployment rely on: the user they run as, and where things lie in the router's image."""

USER_ID = 10001
"""User and group of the router's and the engines' containers: not root, and above the ids that images give to users of their own."""

FOLDER = "/app"
"""Working folder of the router's image: relative paths of the plan, such as the SQLite file's, lie below it."""

USER_VOLUMES = "/volumes"
"""Each volume of `deploy.volumes` is mounted below this folder, by its name."""
