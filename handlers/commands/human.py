"""/human: a coordinator is told at once, and writes here."""

from handlers.a_person import ask_for_a_person
from handlers.command import Command

COMMAND = Command(id="human", run=ask_for_a_person)
