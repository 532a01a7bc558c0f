"""Refusals in another order, where a request deserves several."""

from __future__ import annotations

from tests.variants.families.rules import describes
from tests.variants.seam import Answer, Asked, Serve, Transformation

READS = {
    "createCollectionConnector": "",
    "updateCollectionConnector": "",
    "setupConnectorProvider": "/setup",
    "createConnection": "",
    "updateConnector": "",
}
"""The operations whose path, without this ending, can be read."""


def existence_first(contract: str) -> Transformation:
    """What does not exist is 404, however bad the body."""

    def transformation(asked: Asked, serve: Serve) -> Answer:
        answer = serve(asked)
        if asked.operation not in READS or not describes({"status": [400, 422], "loc": "^body"}, answer):
            return answer
        path = asked.path.removesuffix(READS[asked.operation])
        read = serve(asked.with_environ(REQUEST_METHOD="GET", PATH_INFO=path).with_body(b""))
        return read if read.status in (403, 404) else answer

    return transformation
