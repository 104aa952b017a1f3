"""Client and ModelConfig: a model's status, its configuration, and the watcher of everything in it."""

from __future__ import annotations

from simulators.juju.api import params as read
from simulators.juju.api.call import Answer, Call, Served
from simulators.juju.api.documents import configuration, defaults, model_info
from simulators.juju.api.full_status import full_status
from simulators.juju.api.shapes import constraints_value
from simulators.juju.api.watchers import EverythingWatcher
from simulators.juju.errors import ApiError
from simulators.juju.state import Model

FIXED = ("name", "type", "uuid", "agent-version", "authorized-keys", "controller-uuid")
"""Settings that Juju does not let anybody change in this way."""


async def status(call: Call) -> Answer:
    """Return the model's status."""
    patterns = read.strings(call.params, "patterns")
    await call.controller.look_around(call.model)
    return full_status(call.core, call.model, patterns)


def watch_all(call: Call) -> Answer:
    """Begin to watch everything."""
    return {"watcher-id": call.session.watch(EverythingWatcher(call.core, call.model))}


def info(call: Call) -> Answer:
    """Return the model itself, as Juju 2.9 offers it here."""
    return model_info(call.core, call.model)


def configured_model(call: Call) -> Model:
    """Return the connection's model; on a connection to the controller that is the model `controller`."""
    if call.session.model_uuid is not None:
        return call.model
    return call.core.model(call.controller.bootstrap.model_uuid)


def get(call: Call) -> Answer:
    """Return the model's configuration."""
    return {"config": configuration(call.core, configured_model(call))}


def set_(call: Call) -> Answer:
    """Change settings of the model."""
    model = configured_model(call)
    sent = read.mapping(call.params, "config")
    for name in FIXED:
        if name in sent and sent[name] != configuration(call.core, model).get(name, {}).get("value"):
            raise ApiError(f'cannot change "{name}" of a model', "bad request")
    for name, value in sent.items():
        model.config[name] = value
    model.touch("model", model.uuid)
    return {}


def unset(call: Call) -> Answer:
    """Set settings of the model back to what a model has that nobody configured."""
    model = configured_model(call)
    untouched = defaults(call.core, model)
    for name in read.strings(call.params, "keys"):
        if name in FIXED:
            raise ApiError(f'cannot change "{name}" of a model', "bad request")
        if name in untouched:
            model.config[name] = untouched[name]
        else:
            model.config.pop(name, None)
    model.touch("model", model.uuid)
    return {}


def get_constraints(call: Call) -> Answer:
    """Return the model's constraints."""
    return {"constraints": constraints_value(configured_model(call).constraints)}


SERVED = (
    Served("Client", "FullStatus", status),
    Served("Client", "WatchAll", watch_all),
    Served("Client", "ModelInfo", info, until=5),
    Served("ModelConfig", "ModelGet", get),
    Served("ModelConfig", "ModelSet", set_),
    Served("ModelConfig", "ModelUnset", unset),
    Served("ModelConfig", "GetModelConstraints", get_constraints),
    Served("Client", "GetModelConstraints", get_constraints, until=5),
)
