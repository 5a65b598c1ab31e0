# SPDX-License-Identifier: Apache-2.0
"""What Weir has to reach: a figure, its bound, and whether it is met."""

from dataclasses import asdict, dataclass
from typing import Optional

from report.text import format_number, print_table


@dataclass
class Claim:
    what: str
    figure: Optional[float]  # None: could not be measured
    unit: str
    bound: float
    at_most: bool = True  # else at least
    aim: Optional[float] = None

    def missed_by(self):
        """The share of the bound by which the figure misses it; 0 when it is met, None when not measured."""
        if self.figure is None:
            return None
        beyond = self.figure - self.bound if self.at_most else self.bound - self.figure
        return max(0.0, beyond / self.bound)

    def verdict(self):
        missed = self.missed_by()
        if missed is None:
            return "not measured"
        return "met" if missed == 0 else f"missed by {missed:.0%}"

    def as_json(self):
        return asdict(self) | {"missed_by": self.missed_by()}


def print_claims(claims):
    rows = []
    for claim in claims:
        relation = "at most" if claim.at_most else "at least"
        aim = format_number(claim.aim) if claim.aim is not None else ""
        bound = f"{relation} {format_number(claim.bound)}"
        rows.append((claim.what, [claim.figure, claim.unit, bound, aim, claim.verdict()]))
    print_table("what has to be reached", ["figure", "unit", "bound", "aim", ""], rows)
