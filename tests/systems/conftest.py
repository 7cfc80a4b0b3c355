"""Other systems meet the same house as browsers do."""

from tests.web.conftest import client as client
from tests.web.conftest import house as house
