"""What the messages of PyTorch, the exporters, torch-tensorrt and TensorRT say about a BatchNorm, as data.

    from bn_lint.verify.messages import explain, root_cause

    found = explain(log)        # list[Explanation], causes first
    root_cause(found)           # the one to show, or None
    found[0].meaning            # a sentence with this occurrence's numbers
    found[0].message.remedy     # also: cause, affected, fixed, rules, role, origin, id
    found[0].groups             # {"layer": ..., "got": "16", "want": "64", ...}
    places(log)                 # the layers, graph nodes, modules and lines of Python that it names

Standard library only. The facts were read in the tools' sources and seen in real logs; where a real build printed a
text that the sources did not show, the pattern follows the build.
"""

from bn_lint.verify.messages.lookup import MESSAGES, explain, root_cause
from bn_lint.verify.messages.message import Explanation, Message, Role
from bn_lint.verify.messages.places import Place, PlaceKind, places, same_path

__all__ = [
    "MESSAGES",
    "Explanation",
    "Message",
    "Place",
    "PlaceKind",
    "Role",
    "explain",
    "places",
    "root_cause",
    "same_path",
]
