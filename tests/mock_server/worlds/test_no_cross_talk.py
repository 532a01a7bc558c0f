"""Several worlds at once, whatever is done to them: each is as its own model has it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from benchmarks.world_model import Disagreement, Model, Visitor, learn
from tests.mock_server.worlds.conftest import Server

pytestmark = pytest.mark.slow

WORLDS = ("default", "a", "b", "c")
SNAPSHOTS = ("first", "second")
worlds, picks = st.sampled_from(WORLDS), st.integers(0, 1000)


class Worlds(RuleBasedStateMachine):
    """Four worlds, their snapshots, and what each ought to be. server: set by who runs it."""

    server: Server

    def __init__(self) -> None:
        super().__init__()
        self.server.clean()
        self.beginning = learn(self.server.ask("default"))
        self.server.clean()
        self.visitors = {name: self._visitor(name, self.beginning) for name in WORLDS}
        self.snapshots: dict[str, Model] = {}
        for name in WORLDS[1:]:
            self.server.admin("POST", "/worlds", {"name": name})

    def _visitor(self, name: str, model: Model) -> Visitor:
        return Visitor(name, self.server.ask(name), model.copy(asked=0))

    @rule(world=worlds, pick=picks)
    def change(self, world: str, pick: int) -> None:
        visitor = self.visitors[world]
        visitor.add_connector()
        visitor.change_connector(pick)

    @rule(world=worlds, pick=picks)
    def remove(self, world: str, pick: int) -> None:
        self.visitors[world].remove_connector(pick)
        self.visitors[world].remove_connection(pick)

    @rule(world=worlds)
    def connect(self, world: str) -> None:
        self.visitors[world].add_connection()

    @rule(world=worlds, pick=picks)
    def set_up(self, world: str, pick: int) -> None:
        self.visitors[world].set_up_provider(pick)

    @rule(world=worlds, pick=picks)
    def sync(self, world: str, pick: int) -> None:
        self.visitors[world].begin_sync(pick)

    @rule(world=worlds, seconds=st.sampled_from([1, 3, 60]))
    def pass_time(self, world: str, seconds: int) -> None:
        self.server.admin("POST", f"/worlds/{world}/clock/advance", {"seconds": seconds})
        self.visitors[world].model.elapsed += seconds

    @rule(world=worlds)
    def reset(self, world: str) -> None:
        self.server.admin("POST", f"/worlds/{world}/reset")
        self.visitors[world].model = self.beginning.copy(asked=0)

    @rule(world=st.sampled_from(WORLDS[1:]), source=worlds)
    def fork(self, world: str, source: str) -> None:
        if world != source:
            self.server.admin("DELETE", f"/worlds/{world}")
            self.server.admin("POST", f"/worlds/{source}/fork", {"name": world})
            self.visitors[world].model = self.visitors[source].model.copy(asked=0)

    @rule(world=worlds, snapshot=st.sampled_from(SNAPSHOTS))
    def save(self, world: str, snapshot: str) -> None:
        if snapshot in self.snapshots:
            self.server.admin("DELETE", f"/snapshots/{snapshot}")
        self.server.admin("POST", "/snapshots", {"name": snapshot, "world": world})
        self.snapshots[snapshot] = self.visitors[world].model.copy(asked=0)

    @precondition(lambda self: self.snapshots)
    @rule(world=worlds, data=st.data())
    def restore(self, world: str, data: st.DataObject) -> None:
        snapshot = data.draw(st.sampled_from(sorted(self.snapshots)))
        self.server.admin("POST", f"/worlds/{world}/restore", {"snapshot": snapshot})
        self.visitors[world].model = self.snapshots[snapshot].copy(asked=0)

    @invariant()
    def every_world_is_as_its_model_has_it(self) -> None:
        for visitor in self.visitors.values():
            visitor.everything()


def walked(machine: type[Worlds], server: Server, *, examples: int) -> None:
    """Let hypothesis look for a walk on which a world is not as its model has it."""
    machine.server = server
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=25,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_worlds_never_see_each_other(server: Server) -> None:
    walked(Worlds, server, examples=15)


def shared_store(server: Server) -> None:
    server.engine.world("b").store = server.engine.world("a").store


def shared_clock(server: Server) -> None:
    server.engine.world("b").clock = server.engine.world("a").clock


@pytest.mark.parametrize("planted", [shared_store, shared_clock])
def test_the_model_notices_what_two_worlds_share(server: Server, planted: Callable[[Server], Any]) -> None:
    class Leaking(Worlds):
        def __init__(self) -> None:
            super().__init__()
            planted(self.server)

    with pytest.raises(Disagreement):
        walked(Leaking, server, examples=25)
