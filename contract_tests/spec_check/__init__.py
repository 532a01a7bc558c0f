"""Checks of the contracts themselves: specs, their citations, behaviour files and workflows."""

from contract_tests.spec_check.checker import check
from contract_tests.spec_check.faults import Fault

__all__ = ["Fault", "check"]
