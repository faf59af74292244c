"""Commands on trains and TEU: the ledger, what it forces and suggests, and what it says of the article."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from corridor import words
from corridor.cli.group import as_json, complain, main, write_json
from corridor.cli.output import as_table
from corridor.display import Form, show, write_line

if TYPE_CHECKING:
    import pandas as pd

_MEASURE = click.Choice(["trains", "teu"])
_DIRECTION = click.Choice(["both", "outbound", "inbound"])

ledger = click.option(
    "--claims", "file", type=click.Path(path_type=Path), help="A ledger of your own instead of the project's."
)
basis = click.option(
    "--basis", default="rail", show_default=True, help="Who counted: rail, customs, ciq, border, unstated."
)


def _named(table: pd.DataFrame, port: str | None, year: int | None) -> pd.DataFrame:
    """Claims that name a port and whose period touches a year."""
    from corridor.ports import find_port

    if port is not None:
        name = find_port(port)
        table = table[table["ports"].str.split(";").map(lambda names: name in names)]
    if year is not None:
        table = table[(table["period_start"].dt.year <= year) & (table["period_end"].dt.year >= year)]
    return table


@main.command()
@click.option("--port", help="Only claims that name this port.")
@click.option("--year", type=int, help="Only claims whose period touches this year.")
@click.option("--conflicts", is_flag=True, help="Those of one body that gave way to others of it, and to which.")
@click.option("--basis", help="Only what this body counted; of conflicts, if none is given, the railway's.")
@ledger
@as_table
def claims(
    port: str | None, year: int | None, conflicts: bool, basis: str | None, file: Path | None, form: Form
) -> None:
    """Published figures on trains and TEU, with their citations; or those that cannot all hold."""
    from corridor import arguments
    from corridor.claims import BASES, load_claims
    from corridor.errors import UnknownName

    whole = load_claims(file)
    table = _named(whole, port, year)
    if not conflicts:
        if basis is not None:
            if basis not in BASES:
                raise UnknownName(f"no counting body {arguments.shown(basis)}; known: {', '.join(BASES)}")
            table = table[table["basis"] == basis]
        columns = ["claim_id", "ports", "measure", "value", "period_start", "period_end", "basis", "direction"]
        show(table, form=form, columns=[*columns, "precision", "publisher", "url"])
        return
    from corridor.volumes import estimate_volumes

    volumes = estimate_volumes(whole, basis=basis or "rail")
    found = volumes.conflicts()
    volumes.model.keep()
    if port is not None or year is not None:
        names = set(table.index)
        found = found[[bool(names & {row.claim, *row.against.split(";")}) for row in found.itertuples()]]
    show(found, form=form, columns=["claim", "part", "by", "reason", "start", "end", "ports", "against"])


@main.command()
@click.option("--freq", type=click.Choice(["year", "quarter", "month"]), default="year", show_default=True)
@click.option("--port", "ports", multiple=True, help="Only this port; may be given several times.")
@click.option("--measure", type=_MEASURE, help="Only this one; with --between trains, if none is given.")
@click.option("--direction", type=_DIRECTION, default="both", show_default=True)
@click.option("--by", type=click.Choice(["port", "direction"]), multiple=True, default=("port",), show_default=True)
@click.option("--total", is_flag=True, help="The sum of the ports, without rows of their own.")
@click.option(
    "--between", nargs=2, metavar="START END", help="One figure on any days, both included; of several ports the sum."
)
@basis
@ledger
@as_table
def volumes(
    freq: str,
    ports: tuple[str, ...],
    measure: str | None,
    direction: str,
    by: tuple[str, ...],
    total: bool,
    between: tuple[str, str] | None,
    basis: str,
    file: Path | None,
    form: Form,
) -> None:
    """Trains and TEU: the estimate, what must hold, its status, and the claims behind it."""
    import pandas as pd

    from corridor.claims import load_claims
    from corridor.ports import find_port, port_rows
    from corridor.volumes import estimate_volumes

    source = click.get_current_context().get_parameter_source
    for name in ("freq", "by", "total") if between is not None else ():
        if source(name) is not click.core.ParameterSource.DEFAULT:
            raise click.UsageError(f"--{name} makes a table, and --between one figure; give one of them")
    if between is not None and form == "wide":
        raise click.UsageError("--wide is for tables, and --between gives one figure; leave one of them out")
    if between is None and "direction" in by and direction != "both":
        raise click.UsageError("--by direction shows both directions, and --direction one; give one of them")
    found = estimate_volumes(load_claims(file), basis=basis)
    gone = len(found.model.settled.conflicts)
    if file is not None and gone:
        complain(f"{gone} gave way to others: corridor claims --conflicts --claims {file}")
    if between is not None:
        window = found.between(*between, ports=ports or None, measure=measure or "trains", direction=direction)
        found.model.keep()
        asked = {
            "measure": measure or "trains",
            "ports": [find_port(name) for name in ports] or list(port_rows()),
            "direction": direction,
            "start": between[0],
            "end": between[1],
            "basis": basis,
        }
        facts: dict[str, Any] = asked | {
            name: list(value) if isinstance(value, tuple) else value for name, value in window._asdict().items()
        }
        if form == "json":
            write_json(facts)
        elif form in ("csv", "bom"):
            row = {name: ";".join(value) if isinstance(value, list) else value for name, value in facts.items()}
            show(pd.DataFrame([row]), form=form, columns=list(row))
        else:
            write_line(f"{facts['measure']}, {', '.join(facts['ports'])}, {direction}, {' to '.join(between)}")
            _tell_figure(facts)
        return
    split = [name for name in by if not (total and name == "port")]
    table = found.table(freq, measure=measure, by=split, ports=ports or None, direction=direction)
    columns = ["measure", "port", "period", "estimate", "lower", "upper", "status", "claims", "direction"]
    if "direction" in by:
        columns.insert(2, columns.pop())
    lists = ("claims", "assumptions", "contested")
    show(table, form=form, columns=[*columns, "bound", "contested"], lists=lists)


def _tell_figure(facts: dict[str, Any]) -> None:
    """A figure with its bounds, in lines."""
    printed = words.interval(facts["estimate"], facts["lower"], facts["upper"])
    for name, value in printed._asdict().items():
        write_line(f"{name:12}  {'unknown' if value is None else words.number(value)}")
    for name in ("bound", "status"):
        write_line(f"{name:12}  {facts[name]}")
    for name in ("claims", "assumptions", "contested"):
        if name == "contested" and not facts.get(name):
            continue
        write_line(f"{name:12}  {', '.join(facts[name]) or '–'}", indent=14)


@main.command()
@as_table
def statements(form: Form) -> None:
    """The figures of the article that this project began with, each tested against the evidence."""
    from corridor.statements import check_statements

    columns = ["statement_id", "statement", "verdict", "evidence", "claims"]
    show(check_statements(), form=form, columns=columns)


@main.command()
@click.argument("metric")
@click.option("--port", required=True)
@click.option("--year", type=int, required=True)
@basis
@ledger
@as_json
def explain(metric: str, port: str, year: int, basis: str, file: Path | None, as_json: bool) -> None:
    """How a figure came about: trains or teu of a port in a year."""
    from corridor.claims import load_claims
    from corridor.provenance import explain as explained

    facts = explained(metric, port=port, year=year, claims=load_claims(file), basis=basis)
    if as_json:
        write_json(facts)
        return
    write_line(f"{facts['meaning']}, {facts['port']}, {facts['year']}, counted by {facts['basis']}")
    _tell_figure(
        {
            **facts,
            "claims": [one["id"] for one in facts["claims"]],
            "assumptions": [one["id"] for one in facts["assumptions"]],
        }
    )
    write_line(f"formula       {facts['formula']}", indent=14)
    days = [f"{way} {day}" for way, day in facts["first_trains"].items() if day]
    write_line(f"first trains  {', '.join(days)}; nothing can have passed before", indent=14)
    for kind, ends in facts["bounds"].items():
        printed = words.interval(None, ends["lower"], ends["upper"])
        upper = "none" if printed.upper is None else words.number(printed.upper)
        write_line(
            f"{kind:12}  {words.number(printed.lower)} (held by {', '.join(ends['lower_by']) or 'nothing'})", indent=14
        )
        write_line(f"{'':12}  to {upper} (held by {', '.join(ends['upper_by']) or 'nothing'})", indent=14)
    for one in facts["claims"]:
        write_line(f"{one['id']:12}  {', '.join(one['roles'])}: {one['text']}", indent=14)
        write_line(f"{'':12}  {one['citation']} {one['url'] or '(no address)'}", indent=14)
    for one in facts["assumptions"]:
        ends = " to ".join(map(words.given, one["range"]))
        write_line(f"{one['id']}: {', '.join(one['roles'])}: {one['quantity']}, {ends}", indent=14)
    for one in facts["conflicts"]:
        write_line(f"conflict      {one['claim']} ({one['part']}): {one['reason']}", indent=14)
