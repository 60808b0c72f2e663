"""Routes drawn in columns: router, fields, specialists, arbiter; what is asked first stands highest."""

from collections.abc import Iterator

from aua_compile.graph.routes import Edge, Node, Routes
from aua_compile.graph.svg import BOLD, SIZE, SMALL_SIZE, Drawing, box, element, joined, text, width_of

MOST = 40  # fields, and specialists, that are drawn: so many boxes still fit on a long page
ROW, BOX_HEIGHT = 64, 44
LEFT, TOP, PAD = 24, 78, 12
BOX_LEAST, BOX_MOST = 96, 240
BEND = 60  # of the way between two columns, in which a line changes its height
COLUMNS = ("router", "field", "specialist", "arbiter")


def routes_drawing(drawn: Routes, name: str) -> Drawing:
    """The picture of a deployment's routes."""
    shown = drawn.first(MOST, MOST)
    return _Layout(shown, drawn, name).drawing()


class _Layout:
    """Where each node stands: a column for its kind, as wide as its widest text, and a row for its place in it."""

    def __init__(self, shown: Routes, whole: Routes, name: str) -> None:
        self.shown, self.whole, self.name = shown, whole, name
        self.rows = max(1, *(shown.count(kind) for kind in ("field", "specialist")))
        self.widths = {kind: _widest(node for node in shown.nodes if node.kind == kind) for kind in COLUMNS}
        self.gaps = {
            "router": self._gap("router"),
            "field": self._gap("field"),
            "specialist": self._gap("specialist") + (36 if any(edge.kind == "fallback" for edge in shown.edges) else 0),
        }
        self.columns = [kind for kind in COLUMNS if any(node.kind == kind for node in shown.nodes)]
        self.gaps[self.columns[-1]] = LEFT if self.columns[-1] == "specialist" else 0.0
        self.cut = self._cut()
        self.top = TOP + (20 if self.cut else 0)
        self.places: list[tuple[float, float]] = []
        seen = dict.fromkeys(COLUMNS, 0)
        for node in shown.nodes:
            before = COLUMNS[: COLUMNS.index(node.kind)]
            x = LEFT + sum(self.widths[kind] + self.gaps[kind] for kind in before)
            spare = (self.rows - shown.count(node.kind)) * ROW / 2
            self.places.append((x, self.top + spare + seen[node.kind] * ROW))
            seen[node.kind] += 1

    def _gap(self, kind: str) -> float:
        labels = (edge.label for edge in self.shown.edges if self.shown.nodes[edge.source].kind == kind and edge.kind != "fallback")
        return max((width_of(label, SMALL_SIZE) for label in labels), default=0) + BEND + 20

    def drawing(self) -> Drawing:
        width = max(2 * LEFT + width_of(_KEY, SMALL_SIZE), 2 * LEFT + sum(self.widths[kind] + self.gaps[kind] for kind in self.columns))
        height = self.top + self.rows * ROW + 8
        edges = [line for edge in self.shown.edges for line in self._edge(edge)]
        labels = [line for edge in self.shown.edges for line in self._label(edge)]
        nodes = [line for number, node in enumerate(self.shown.nodes) for line in self._node(node, *self.places[number])]
        told = [text(LEFT, 70, self.cut, "small", most=width - 2 * LEFT)] if self.cut else []
        title = f"Routes of {self.name}"
        return Drawing(
            width,
            height,
            title,
            self._description(),
            (text(LEFT, 32, title, "title", most=width - 2 * LEFT), text(LEFT, 52, _KEY, "small"), *told, *edges, *labels, *nodes),
        )

    def _cut(self) -> str:
        left = [
            f"{self.whole.count(kind) - self.shown.count(kind)} of {self.whole.count(kind)} {kind}s"
            for kind in ("field", "specialist")
            if self.whole.count(kind) > self.shown.count(kind)
        ]
        return f"Cut: {' and '.join(left)} are not drawn." if left else ""

    def _description(self) -> str:
        fields = [node.name for node in self.shown.nodes if node.kind == "field"]
        said = "; ".join(f"{field} is answered by {', '.join(self._after(field)) or 'nobody'}" for field in fields)
        arbiter = next((node.name for node in self.shown.nodes if node.kind == "arbiter"), None)
        return f"{said}." + (f" The arbiter is {arbiter}." if arbiter else "") + (f" {self.cut}" if self.cut else "")

    def _after(self, field: str) -> list[str]:
        nodes = self.shown.nodes
        return [
            nodes[edge.target].name for edge in self.shown.edges if nodes[edge.source].kind == "field" and nodes[edge.source].name == field
        ]

    def _node(self, node: Node, x: float, y: float) -> Iterator[str]:
        width = self.widths[node.kind]
        note = _note(node)
        about = f"{node.kind} {node.name}" + (f", {note}" if note else "")
        radius = 22 if node.kind == "field" else 6
        yield box(x, y, width, BOX_HEIGHT, "box outside" if node.outside else "box", about, radius=radius)
        middle = x + width / 2
        yield text(middle, y + (19 if note else 26), node.name, "strong middle", most=width - 2 * PAD)
        if note:
            yield text(middle, y + 34, note, "small middle", most=width - 2 * PAD)

    def _ends(self, edge: Edge) -> tuple[float, float, float, float]:
        source, target = self.places[edge.source], self.places[edge.target]
        width = self.widths[self.shown.nodes[edge.source].kind]
        return source[0] + width, source[1] + BOX_HEIGHT / 2, target[0], target[1] + BOX_HEIGHT / 2

    def _edge(self, edge: Edge) -> Iterator[str]:
        x, y, to_x, to_y = self._ends(edge)
        names = self.shown.nodes
        style = {"first": "line", "next": "line dotted", "fallback": "line dashed", "candidate": "line dotted"}[edge.kind]
        if to_x < x:  # within a column: out at the right and back
            to_x = x
            bend = x + 18 + min(18, abs(to_y - y) / 16)
            y, to_y = y + 8, to_y - 8 if to_y > y else to_y + 8
            path = f"M {joined([(x, y)])} C {joined([(bend, y), (bend, to_y), (to_x + 7, to_y)])}"
            head = [(to_x + 1, to_y), (to_x + 8, to_y - 4), (to_x + 8, to_y + 4)]
        else:
            # Straight where a label may stand, so that no line runs through words: before a field, and behind every other box.
            bent = x if names[edge.source].kind == "router" else to_x - BEND
            middle = bent + BEND / 2
            curve = [(middle, y), (middle, to_y), (min(bent + BEND, to_x - 7), to_y)]
            path = f"M {joined([(x, y)])} L {joined([(bent, y)])} C {joined(curve)} L {joined([(to_x - 7, to_y)])}"
            head = [(to_x - 1, to_y), (to_x - 8, to_y - 4), (to_x - 8, to_y + 4)]
        about = f"{names[edge.source].name} to {names[edge.target].name}: {edge.label or edge.kind}"
        yield element("path", {"class": style, "d": path}, f"<title>{about}</title>")
        yield element("path", {"class": "head", "d": f"M {joined(head)} Z"})

    def _label(self, edge: Edge) -> Iterator[str]:
        """Conditions stand where there is one line alone: before a field, and behind a field's or a specialist's box."""
        if not edge.label or edge.kind == "fallback":
            return
        x, y, to_x, to_y = self._ends(edge)
        if self.shown.nodes[edge.source].kind == "router":
            yield text(to_x - 14, to_y - 6, edge.label, "small end halo")
        elif edge.kind == "first":
            yield text(x + 8, y - 6, edge.label, "small halo")


_KEY = "Solid: asked first. Dotted: asked next, or compared by the arbiter. Dashed: called when one fails. A dashed box runs elsewhere."


def _note(node: Node) -> str:
    return ", ".join([*(["external"] if node.outside else []), *([node.note] if node.note else [])])


def _widest(nodes: Iterator[Node]) -> float:
    widest = 0.0
    for node in nodes:
        widest = max(widest, width_of(node.name, SIZE * BOLD), width_of(_note(node), SMALL_SIZE))
    return min(BOX_MOST, max(BOX_LEAST, widest + 2 * PAD)) if widest else 0.0
