"""Makes the C++ that NEURON's translator writes faster to run, without changing what it means.

Some things are changed, each only where the text is exactly as expected; anything else is left
as it was:

- `exp` and `log` are ours (`bouton_math.h`), so that they can be inlined.
- The loops that evaluate the derivatives read voltages by index instead of asking each node, and
  ions before and after instead of in between; what is left is a loop over plain arrays, which the
  compiler turns into vector instructions.
- Ion variables that the equations do not use are not fetched.
- Kinetic schemes are solved by elimination written out (`bouton.nrn.unrolling`).
"""

from __future__ import annotations

import re
from pathlib import Path

from bouton.nrn.modfiles import Mechanism
from bouton.nrn.unrolling import unroll

FAST_MATH_HEADER = Path(__file__).parent / "bouton_math.h"

_EXP = re.compile(
    r"(#if !NRNGPU\n#undef exp\n#define exp hoc_Exp\n(?:#if .*\n(?:.*\n)*?#endif\n)?#endif\n)"
)
_INCLUDE = '#include "bouton_math.h"\n'  # before the names are defined away
_OUR_MATH = "#undef exp\n#define exp bouton::exp\n#undef log\n#define log bouton::log\n"
_ION = r"  \w+ = _ion_\w+;\n"
_BACK = r"  _ion_\w+ = \w+;\n"
_CVODE_LOOP = re.compile(
    r"  for \(_iml = 0; _iml < _cntml; \+\+_iml\) \{\n"
    r"    _ppvar = _ml_arg->_pdata\[_iml\];\n"
    r"    _nd = _ml_arg->_nodelist\[_iml\];\n"
    r"    v = NODEV\(_nd\);\n"
    rf"(?P<ions>(?:{_ION})*)"
    r" +(?P<call>_ode_spec1 \(_threadargs_\);|_ode_matsol_instance1\(_threadargs_\);)\n"
    rf"(?P<back>(?:{_BACK})*) +\}}\}}\n"
)
_STEP_LOOP = re.compile(
    r"for \(size_t _iml = 0; _iml < _cntml; \+\+_iml\) \{\n"
    r" _ppvar = _ml_arg->_pdata\[_iml\];\n"
    r" _nd = _ml_arg->_nodelist\[_iml\];\n"
    r"   _v = _vec_v\[_ni\[_iml\]\];\n"
    r" v=_v;\n\{\n"
    rf"(?P<ions>(?:{_ION})*)"
    r" \{   (?P<call>\w+\(_threadargs_\);)\n  \}(?: \{\n   \}\n)? ?"
    rf"(?P<back>(?:{_BACK})*)\}}\}}\n"
)
_EQUATIONS = re.compile(r"/\*CVODE(?: ode begin)?\*/\n.*?static int _ode_count\(", re.DOTALL)
_LOOP_FUNCTION = re.compile(
    r"^static void (?=(?:_ode_spec|_ode_matsol|nrn_state)\(\w+ const& _sorted_token)", re.MULTILINE
)


def tighten(text: str, mechanism: Mechanism) -> str:
    """Return the C++ of one mechanism, tightened where that is known to be safe."""
    if mechanism.is_thread_safe:
        text = unroll(text)
    if not _is_safe(text, mechanism):
        return text
    text, found = _EXP.subn(lambda match: _INCLUDE + match[1] + _OUR_MATH, text, count=1)
    equations = _EQUATIONS.search(text)
    if not found or equations is None:
        return text
    used = set(re.findall(r"\w+", equations[0]))
    text = _CVODE_LOOP.sub(lambda match: _cvode_loop(match, used), text)
    text = _STEP_LOOP.sub(lambda match: _step_loop(match, used), text)
    return _LOOP_FUNCTION.sub("__attribute__((flatten)) static void ", text)


def _is_safe(text: str, mechanism: Mechanism) -> bool:
    """Whether each instance is on its own: no foreign C++, pointers or shared assigned values."""
    return (
        mechanism.kind == "density"
        and mechanism.is_thread_safe
        and not mechanism.pointers
        and "/*VERBATIM*/" not in text
        and "_globals[" not in text
        and "/*Top LOCAL" not in text
    )


def _cvode_loop(match: re.Match[str], used: set[str]) -> str:
    loop = "  for (_iml = 0; _iml < _cntml; ++_iml) {\n"
    return (
        "  double const* const _bouton_v = _nt->node_voltage_storage();\n"
        "  int const* const _bouton_ni = _ml_arg->_nodeindices;\n"
        + _parts(match, used, loop, "    v = _bouton_v[_bouton_ni[_iml]];\n")
        + "}\n"
    )


def _step_loop(match: re.Match[str], used: set[str]) -> str:
    loop = "for (size_t _iml = 0; _iml < _cntml; ++_iml) {\n"
    return _parts(match, used, loop, "    v = _vec_v[_ni[_iml]];\n")


def _parts(match: re.Match[str], used: set[str], loop: str, voltage: str) -> str:
    ions = [line for line in match["ions"].splitlines() if line.split()[0] in used]
    before = loop + "\n".join(ions) + "\n  }\n" if ions else ""
    after = loop + match["back"] + "  }\n" if match["back"] else ""
    body = f"    _ppvar = _ml_arg->_pdata[_iml];\n    {match['call']}\n  }}\n"
    return before + "  BOUTON_INDEPENDENT\n" + loop + voltage + body + after
