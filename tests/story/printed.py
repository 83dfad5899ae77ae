"""What a command printed, read as a person reads it: tables by their headings."""

import re
from typing import NamedTuple


class Printed(NamedTuple):
    """What went to standard output, the exit code, and the remarks on standard error."""

    out: str
    code: int = 0
    remarks: str = ""

    @property
    def text(self) -> str:
        """All of it."""
        return self.out + self.remarks

    def rows(self, heading: str) -> list[dict[str, str]]:
        """The rows of the first table with this heading, cells by heading; KeyError without such a table."""
        lines = iter(self.out.splitlines())
        for line in lines:
            columns = [(found.group(), found.start()) for found in re.finditer(r"\S+(?: \S+)*", line)]
            if heading in dict(columns):
                break
        else:
            raise KeyError(heading)
        ends = [*(start for _, start in columns[1:]), None]
        spans = [(name, slice(start, end)) for (name, start), end in zip(columns, ends, strict=True)]
        table = []
        for line in lines:
            if not line:
                break
            table.append({name: line[span].strip() for name, span in spans})
        return table

    def column(self, key: str, heading: str) -> dict[str, str]:
        """One column of the first table with the heading ``key``, by the cells under that."""
        return {row[key]: row[heading] for row in self.rows(key)}
