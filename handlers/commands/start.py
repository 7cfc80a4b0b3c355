"""/start: begin, or show the question that stands."""

from handlers.command import Command, stay

COMMAND = Command(id="start", run=stay)
