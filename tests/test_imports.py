"""Who may import whom, read from the source: the rules that keep supply, demand and the kit apart."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("parks", "tenants", "stp_portal")
SUPPLY = ("models", "querysets", "filters", "images")
# The page layer may look across, at these two modules of the other side and nothing else.
MAY_LOOK_ACROSS = {"parks.views", "parks.admin"}
SEEN_ACROSS = {"tenants.occupancy", "tenants.panels"}
# Relations of the tenancy desk: a string that spells one is an import in disguise.
TENANT_RELATIONS = ("lettings", "leases", "tenants__", "applications")
LATE_IMPORTS = {"fontTools", "fpdf", "openpyxl", "pypdf", "segno", "uharfbuzz"}  # libraries whose import is slow


def modules():
    """Every Python module of the project as (dotted name, syntax tree), migrations left out."""
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            if "migrations" not in path.parts:
                name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
                yield name, ast.parse(path.read_text(encoding="utf-8"))


def imported(tree):
    """The dotted names that a module imports, `from a import b` as both `a` and `a.b`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def is_under(name, package):
    return name == package or name.startswith(package + ".")


def breaches(name, tree):
    """What a module imports against the rules, in words."""
    names = set(imported(tree))
    if any(is_under(name, f"parks.{layer}") for layer in SUPPLY):
        for found in names:
            if is_under(found, "tenants"):
                yield f"{name} imports {found}"
        for node in ast.walk(tree):
            text = node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""
            if "__" in text and any(word in text for word in TENANT_RELATIONS):
                yield f"{name} spells the relation {text!r}"
    elif is_under(name, "parks"):
        across = {found for found in names if is_under(found, "tenants")}
        page = any(is_under(name, layer) for layer in MAY_LOOK_ACROSS)
        for found in across - {"tenants"}:
            if not page or not any(is_under(found, seen) for seen in SEEN_ACROSS):
                yield f"{name} imports {found}"
    if is_under(name, "stp_portal.kit"):
        for found in names:
            if is_under(found, "parks") or is_under(found, "tenants"):
                yield f"{name} imports {found}"
    if is_under(name, "parks") or is_under(name, "tenants"):
        for found in names:
            if is_under(found, "stp_portal") and found != "stp_portal" and not is_under(found, "stp_portal.kit"):
                yield f"{name} imports {found}"
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            for inner in ast.walk(node):
                if isinstance(inner, ast.Import | ast.ImportFrom):
                    module = inner.module if isinstance(inner, ast.ImportFrom) else inner.names[0].name
                    if (module or "").split(".")[0] not in LATE_IMPORTS:
                        yield f"{name} imports {module} inside {node.name}()"


def test_no_module_imports_what_its_side_may_not_see():
    found = [breach for name, tree in modules() for breach in breaches(name, tree)]
    assert found == []


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("parks.querysets", "from tenants.models import Lease"),
        ("parks.filters", "Q = dict(lettings__term=1); x = 'lettings__term'"),
        ("parks.models.park", "import tenants.occupancy"),
        ("parks.views", "from tenants.models import Lease"),
        ("parks.roles", "from tenants.occupancy import let"),
        ("stp_portal.kit.text", "from parks.models import Park"),
        ("tenants.actions", "from stp_portal.settings import DEBUG"),
        ("tenants.actions", "def f():\n    from parks.models import Park"),
    ],
)
def test_a_breach_is_seen(name, source):
    assert list(breaches(name, ast.parse(source)))


def test_the_page_layer_may_look_at_occupancy():
    assert list(breaches("parks.views", ast.parse("from tenants.occupancy import with_free_area"))) == []


def test_no_module_is_longer_than_400_lines():
    long = [
        str(path.relative_to(ROOT))
        for package in (*PACKAGES, "tests")
        for path in (ROOT / package).rglob("*.py")
        if "migrations" not in path.parts and len(path.read_text(encoding="utf-8").splitlines()) > 400
    ]
    assert long == []
