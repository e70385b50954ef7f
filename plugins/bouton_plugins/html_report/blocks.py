"""What a report is made of: plain data, before any of it is HTML.

Nothing here is escaped; `page` does that in one place. Colours are numbers in
`bouton.report.style.COLOURS`, or one of the words `good`, `bad`, `ink` and `faint`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from attrs import Factory, frozen

from bouton.model.morphology import FloatArray, IntArray

Colour = int | Literal["good", "bad", "ink", "faint"]
Verdict = Literal["", "good", "bad", "none"]


@frozen
class Text:
    """A paragraph.

    Attributes:
        text: The words.
        kind: `plain`, `note` (small), or `warning`.
    """

    text: str
    kind: Literal["plain", "note", "warning"] = "plain"


@frozen
class Code:
    """Text as it stands in a file, folded away under a heading.

    Attributes:
        title: Heading.
        text: The text.
    """

    title: str
    text: str


@frozen
class Facts:
    """Names and what they are.

    Attributes:
        rows: Name and value.
    """

    rows: Sequence[tuple[str, str]]


@frozen(eq=False)
class Strip:
    """A cell of a table that shows where values lie between two ends.

    Attributes:
        values: Places of the values, 0 to 1.
        extent: Lowest and highest place of what is shaded; None for nothing.
        marks: Places that stand out.
        label: The same in words.
    """

    values: FloatArray
    extent: tuple[float, float] | None = None
    marks: Sequence[float] = ()
    label: str = ""


@frozen
class Bar:
    """A cell of a table that shows a number as a bar, with a verdict.

    Attributes:
        part: Length, 0 to 1.
        verdict: Its colour.
        limit: Place of the limit, 0 to 1.
        label: The same in words.
    """

    part: float
    verdict: Verdict
    limit: float
    label: str


@frozen
class Mark:
    """A cell of a table that says whether something holds, by symbol, colour and word."""

    verdict: Verdict
    text: str


Item = str | Strip | Bar | Mark


@frozen
class Column:
    """A column of a table.

    Attributes:
        title: Heading.
        unit: Unit, shown behind it.
        is_number: Whether its cells are set to the right.
    """

    title: str
    unit: str = ""
    is_number: bool = False


@frozen
class Table:
    """A table.

    Attributes:
        columns: The columns.
        rows: A cell per column in each.
        caption: What it shows.
        note: What to know of it, below.
        is_folded: Whether it is folded away at first, under its caption.
    """

    columns: Sequence[Column]
    rows: Sequence[Sequence[Item]]
    caption: str
    note: str = ""
    is_folded: bool = False


@frozen
class Axis:
    """An axis of a panel.

    Attributes:
        label: What is along it.
        unit: Its unit.
        range: Both ends; from the data if None.
        ticks: Places and texts of ticks; chosen if None.
        is_whole: Whether only whole numbers make sense.
        from_zero: Whether it begins at zero.
    """

    label: str
    unit: str = ""
    range: tuple[float, float] | None = None
    ticks: tuple[Sequence[float], Sequence[str]] | None = None
    is_whole: bool = False
    from_zero: bool = False


@frozen(eq=False)
class Series:
    """Something drawn in a panel.

    Attributes:
        x: Along the x axis, shape (n,); nan breaks a line.
        y: Along the y axis, shape (n,).
        name: Name in the legend; empty for none.
        colour: Its colour.
        kind: `line`, `steps`, `points`, `spikes` (upright bars), or `band` (from `base` to `y`).
        base: Lower border of a band, shape (n,).
        shown: What hovering shows in place of y, shape (n,), if y was transformed.
        texts: Words for every point.
        error: Half length of an error bar, shape (n,).
        width: Width of lines and size of points, px; height of `spikes` along the y axis.
        is_open: Whether points are rings.
    """

    x: FloatArray
    y: FloatArray
    name: str = ""
    colour: Colour = 0
    kind: Literal["line", "steps", "points", "spikes", "band"] = "line"
    base: FloatArray | None = None
    shown: FloatArray | None = None
    texts: Sequence[str] | None = None
    error: FloatArray | None = None
    width: float = 0.0
    is_open: bool = False


@frozen(eq=False)
class Panel:
    """One pair of axes.

    Attributes:
        series: What is drawn, the last on top.
        x: The x axis.
        y: The y axis.
        title: Title.
        shade: Stretch of x that is shaded.
        limit: Value of y that gets a dashed line; its name is in the legend as `limit_name`.
        limit_name: Name of the limit.
        link: Panels of one chart with equal links share their x range.
        height_px: Height.
        is_wide: Whether it takes the whole width.
    """

    series: Sequence[Series]
    x: Axis
    y: Axis
    title: str = ""
    shade: tuple[float, float] | None = None
    limit: float | None = None
    limit_name: str = ""
    link: str = ""
    height_px: int = 240
    is_wide: bool = False


@frozen(eq=False)
class Chart:
    """Panels with a common legend.

    Attributes:
        panels: The panels.
        caption: What they show.
    """

    panels: Sequence[Panel]
    caption: str


@frozen(eq=False)
class Pairs:
    """Points with several values, two of which are drawn against each other, by choice.

    Attributes:
        names: Names of the values.
        values: As drawn, shape (n, m).
        shown: As said, shape (n, m).
        ticks: Places and texts of the ticks of both axes; chosen if None.
        unit: Unit of all of them.
        numbers: Number of every point, shape (n,).
        groups: Group of every point, shape (n,); a later group lies on top.
        group_names: Names of the groups.
        colours: Colour of each group.
        caption: What it shows.
    """

    names: Sequence[str]
    values: FloatArray
    shown: FloatArray
    ticks: tuple[Sequence[float], Sequence[str]] | None
    unit: str
    numbers: IntArray
    groups: IntArray
    group_names: Sequence[str]
    colours: Sequence[Colour]
    caption: str


@frozen
class Moment:
    """A frame worth going to: its number and why."""

    frame: int
    label: str


@frozen(eq=False)
class Movie:
    """One variable in every segment over time, at equal intervals.

    Attributes:
        name: Protocol.
        variable: What it is, in words.
        unit: Its unit.
        start_ms: Time of the first frame.
        step_ms: Time between frames.
        values: Shape (n_frames, n_segments); nan where unknown.
        traces: Segments whose course is drawn above the slider: label and number.
        moments: Frames worth going to.
        first: Frame that is shown at first.
        stimulus_ms: Start and end of the stimulus.
    """

    name: str
    variable: str
    unit: str
    start_ms: float
    step_ms: float
    values: FloatArray
    traces: Sequence[tuple[str, int]] = ()
    moments: Sequence[Moment] = ()
    first: int = 0
    stimulus_ms: tuple[float, float] | None = None


@frozen(eq=False)
class Scene:
    """Strokes in space that can be turned: a cell, or the cells of a network as dots.

    Attributes:
        ends_um: Start and end of each stroke, shape (n, 2, 3).
        diameter_um: Shape (n,).
        segment: What each stroke belongs to, shape (n,).
        names: Name of each segment.
        labels: Label of each segment, a number in `label_names`.
        label_names: The labels.
        view: Directions across, up and towards the reader, shape (3, 3).
        movies: What can be played; colours stand for labels if there is none.
        caption: What it shows.
        hint: How to have more of it.
    """

    ends_um: FloatArray
    diameter_um: FloatArray
    segment: IntArray
    names: Sequence[str]
    labels: IntArray
    label_names: Sequence[str]
    view: FloatArray
    movies: Sequence[Movie] = ()
    caption: str = ""
    hint: str = ""


Block = Text | Code | Facts | Table | Chart | Pairs | Scene


@frozen
class Section:
    """A section with a heading.

    Attributes:
        title: Heading.
        blocks: What is in it.
    """

    title: str
    blocks: Sequence[Block]


@frozen
class Document:
    """A report.

    Attributes:
        title: What was run.
        status: How it ended, with a verdict.
        lead: A line or two below the title.
        sections: The sections.
        colours: Name of a colour -> value on a light page.
    """

    title: str
    status: Mark
    lead: str
    sections: Sequence[Section]
    colours: Mapping[str, str] = Factory(dict)
