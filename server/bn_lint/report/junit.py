"""JUnit XML, for CI systems that show test results and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree import ElementTree as xml

from rich.console import Console

from bn_lint.engine.check import FileReport
from bn_lint.report.paths import shown


def write_junit(reports: Sequence[FileReport], console: Console) -> None:
    """One suite per file; a clean file is one passed case."""
    found = sum(len(report.diagnostics) for report in reports)
    cases = sum(max(1, len(report.diagnostics)) for report in reports)
    root = xml.Element("testsuites", name="bn-lint", tests=str(cases), failures=str(found), errors="0")
    for report in reports:
        _suite(root, report)
    xml.indent(root)
    console.file.write('<?xml version="1.0" encoding="UTF-8"?>\n' + xml.tostring(root, "unicode") + "\n")


def _suite(root: xml.Element, report: FileReport) -> None:
    path = shown(report.path)
    found = report.diagnostics
    cases = str(max(1, len(found)))
    suite = xml.SubElement(root, "testsuite", name=path, tests=cases, failures=str(len(found)), errors="0")
    if not found:
        xml.SubElement(suite, "testcase", name="bn-lint", classname=path)
    for d in found:
        case = xml.SubElement(suite, "testcase", name=f"{d.code} {d.name}", classname=path, line=str(d.start.line))
        failure = xml.SubElement(case, "failure", message=_clean(d.message), type=d.severity.value)
        failure.text = _clean(f"{path}:{d.start.line}:{d.start.column + 1}: {d.code} {d.message}")


def _clean(text: str) -> str:
    """Without the control characters that XML cannot hold."""
    return "".join(c for c in text if c >= " " or c in "\t\n\r")
