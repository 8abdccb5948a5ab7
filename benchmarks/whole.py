"""Pennyworth itself, as its settings say, for servers that want an application and no factory."""

from api import create_app

app = create_app()
