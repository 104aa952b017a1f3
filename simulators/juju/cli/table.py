"""Every command that there is: where it is, which options it takes, and in which edition."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from simulators.juju.cli.call import Edition

MODEL = "m|model="
FORMAT = "format= o|output="
BOOTSTRAP = (
    "bootstrap-series= bootstrap-base= constraints= bootstrap-constraints= to= config= model-default= credential= "
    "d|default-model= add-model= agent-version= build-agent auto-upgrade metadata-source= regions clouds keep-broken "
    "no-switch no-gui no-dashboard force"
)
DEPLOY = (
    "base= series= to= n|num-units= constraints= config= channel= force trust revision= resource= bind= storage= "
    "dry-run attach-storage= overlay= device= map-machines="
)
LOG = (
    "replay i|include= x|exclude= include-module= exclude-module= l|level= n|lines= limit= no-tail T|tail color utc ms "
    "date location"
)
BOTH: tuple[Edition, ...] = ("2.9", "3.6")
OLD: tuple[Edition, ...] = ("2.9",)
NEW: tuple[Edition, ...] = ("3.6",)


@dataclass(frozen=True, slots=True)
class Command:
    """A command."""

    module: str
    """Below simulators.juju.cli."""
    function: str
    purpose: str
    options: str = ""
    editions: tuple[Edition, ...] = BOTH
    mixed: bool = True
    """Whether options may stand between words."""

    def editions_of(self, name: str) -> tuple[Edition, ...]:
        """Return the editions that know the command by this name."""
        return ALIAS_EDITIONS.get(name, self.editions)


COMMANDS: Mapping[str, Command] = {
    # clouds and credentials
    "clouds": Command(
        "clouds", "clouds", "Lists all clouds available to Juju.", f"client local all c|controller= {FORMAT}"
    ),
    "show-cloud": Command(
        "clouds",
        "show_cloud",
        "Shows detailed information for a cloud.",
        f"client c|controller= include-config {FORMAT}",
    ),
    "add-cloud": Command(
        "adding_clouds",
        "add_cloud",
        "Adds a cloud definition to Juju.",
        "f|file= client local c|controller= force replace",
    ),
    "remove-cloud": Command(
        "adding_clouds", "remove_cloud", "Removes a cloud from Juju.", "client local c|controller="
    ),
    "credentials": Command(
        "credentials",
        "credentials",
        "Lists Juju credentials for a cloud.",
        f"client c|controller= show-secrets {FORMAT}",
    ),
    "add-credential": Command(
        "credentials",
        "add_credential",
        "Adds a credential for a cloud.",
        "f|file= client local c|controller= region= replace",
    ),
    "remove-credential": Command(
        "credentials", "remove_credential", "Removes Juju credentials for a cloud.", "client local force c|controller="
    ),
    # controllers
    "bootstrap": Command("bootstrap", "bootstrap", "Initializes a cloud environment.", BOOTSTRAP),
    "controllers": Command("controllers", "controllers", "Lists all controllers.", f"refresh {FORMAT}"),
    "show-controller": Command(
        "controllers", "show_controller", "Shows detailed information of a controller.", f"show-password {FORMAT}"
    ),
    "switch": Command(
        "controllers", "switch", "Selects or identifies the current controller and model.", "c|controller= m|model="
    ),
    "unregister": Command("destroying", "unregister", "Unregisters a Juju controller.", "y|yes no-prompt"),
    "destroy-controller": Command(
        "destroying",
        "destroy_controller",
        "Destroys a controller.",
        "y|yes no-prompt destroy-all-models destroy-storage release-storage force no-wait t|timeout= model-timeout=",
    ),
    "kill-controller": Command(
        "destroying",
        "kill_controller",
        "Forcibly terminate all machines and other associated resources for a Juju controller.",
        "y|yes no-prompt t|timeout=",
    ),
    "whoami": Command("users", "whoami", "Print the current controller, model and logged in user name.", FORMAT),
    "users": Command(
        "users",
        "users",
        "Lists Juju users allowed to connect to a controller or model.",
        f"c|controller= all exact-time {FORMAT}",
    ),
    "login": Command("users", "log_in", "Logs a user in to a controller.", "u|user= c|controller= no-prompt"),
    "logout": Command("users", "logout", "Logs a Juju user out of a controller.", "c|controller= force"),
    # models
    "models": Command(
        "models",
        "models",
        "Lists models a user can access on a controller.",
        f"c|controller= all exact-time user= uuid {FORMAT}",
    ),
    "show-model": Command(
        "models", "show_model", "Shows information about the current or specified model.", f"{MODEL} {FORMAT}"
    ),
    "add-model": Command(
        "models", "add_model", "Adds a workload model.", "c|controller= config= credential= owner= no-switch"
    ),
    "destroy-model": Command(
        "destroying",
        "destroy_model",
        "Terminate all machines/containers and resources for a non-controller model.",
        "y|yes no-prompt destroy-storage release-storage force no-wait t|timeout=",
    ),
    "model-config": Command(
        "model_settings",
        "model_config",
        "Displays or sets configuration values on a model.",
        f"{MODEL} reset= file= color no-color ignore-read-only-fields {FORMAT}",
    ),
    "model-constraints": Command(
        "model_settings", "model_constraints", "Displays machine constraints for a model.", f"{MODEL} {FORMAT}"
    ),
    "status": Command(
        "status",
        "status",
        "Report the status of the model, its machines, applications and units.",
        f"{MODEL} color no-color integrations relations storage utc retry-count= retry-delay= watch= {FORMAT}",
    ),
    "machines": Command("machines", "machines", "Lists machines in a model.", f"{MODEL} utc color {FORMAT}"),
    "remove-machine": Command(
        "machines",
        "remove_machine",
        "Removes one or more machines from a model.",
        f"{MODEL} force keep-instance no-wait dry-run no-prompt {FORMAT}",
    ),
    "debug-log": Command("debug_log", "debug_log", "Displays log messages for a model.", f"{MODEL} {LOG}"),
    # applications
    "deploy": Command("deploying", "deploy", "Deploys a new application or bundle.", f"{MODEL} {DEPLOY}"),
    "download": Command(
        "store_charms",
        "download",
        "Locates and then downloads a CharmHub charm.",
        "base= series= arch= channel= filepath= no-progress revision= charmhub-url= resources",
    ),
    "integrate": Command("relating", "integrate", "Integrate two applications.", f"{MODEL} via=", NEW),
    "add-relation": Command(
        "relating", "integrate", "Add a relation between two application endpoints.", f"{MODEL} via=", OLD
    ),
    "remove-relation": Command(
        "relating",
        "remove_relation",
        "Removes an existing relation between two applications.",
        f"{MODEL} force no-wait",
    ),
    "config": Command(
        "applications",
        "config",
        "Gets, sets, or resets configuration for a deployed application.",
        f"{MODEL} reset= file= color no-color branch= {FORMAT}",
    ),
    "expose": Command(
        "applications",
        "expose",
        "Makes an application publicly available over the network.",
        f"{MODEL} endpoints= to-spaces= to-cidrs=",
    ),
    "unexpose": Command(
        "applications",
        "unexpose",
        "Removes public availability over the network for an application.",
        f"{MODEL} endpoints=",
    ),
    "add-unit": Command(
        "units",
        "add_unit",
        "Adds one or more units to a deployed application.",
        f"{MODEL} n|num-units= to= attach-storage=",
    ),
    "remove-application": Command(
        "units",
        "remove_application",
        "Remove applications from the model.",
        f"{MODEL} destroy-storage force no-wait no-prompt dry-run {FORMAT}",
    ),
    "remove-unit": Command(
        "units",
        "remove_unit",
        "Remove application units from the model.",
        f"{MODEL} destroy-storage force no-wait no-prompt num-units= dry-run {FORMAT}",
    ),
    "resolved": Command(
        "units", "resolved", "Marks unit errors resolved and re-executes failed hooks.", f"{MODEL} no-retry all"
    ),
    "show-unit": Command(
        "showing", "show_unit", "Displays information about a unit.", f"{MODEL} endpoint= related-unit= app {FORMAT}"
    ),
    "show-application": Command(
        "showing", "show_application", "Displays information about an application.", f"{MODEL} {FORMAT}"
    ),
    # actions
    "actions": Command("actions", "actions", "List actions defined for an application.", f"{MODEL} schema {FORMAT}"),
    "run": Command(
        "running",
        "run",
        "Run an action on a specified unit.",
        f"{MODEL} wait= params= string-args background max-wait= utc color no-color {FORMAT}",
    ),
    "run-action": Command(
        "running",
        "run_action",
        "Queue an action for execution.",
        f"{MODEL} wait max-wait= params= string-args {FORMAT}",
        OLD,
    ),
    "show-operation": Command(
        "operations", "show_operation", "Show results of an operation.", f"{MODEL} wait= watch utc {FORMAT}"
    ),
    "show-task": Command(
        "operations", "show_task", "Show results of a task by ID.", f"{MODEL} wait= watch utc {FORMAT}"
    ),
    "show-action-status": Command(
        "operations",
        "show_action_status",
        "Show results of all actions filtered by optional ID prefix.",
        f"{MODEL} name= {FORMAT}",
        OLD,
    ),
    "exec": Command(
        "refusing",
        "refuse",
        "Run the commands on the remote targets specified.",
        f"{MODEL} all machine= application= unit= wait= {FORMAT}",
        NEW,
        mixed=False,
    ),
    "ssh": Command(
        "ssh",
        "ssh",
        "Initiates an SSH session or executes a command on a Juju target.",
        f"{MODEL} proxy pty= no-host-key-checks remote container=",
        mixed=False,
    ),
    "scp": Command(
        "refusing",
        "refuse",
        "Securely transfer files within a model.",
        f"{MODEL} proxy no-host-key-checks",
        mixed=False,
    ),
    "wait-for": Command(
        "refusing",
        "refuse",
        "Wait for an entity to reach a specified state.",
        f"{MODEL} query= timeout= summary",
        mixed=False,
    ),
    # the dashboard
    "gui": Command(
        "dashboard",
        "gui",
        "Print the Juju Dashboard URL, or open it in the default browser.",
        f"{MODEL} browser hide-credential no-browser show-credentials",
        OLD,
    ),
    "dashboard": Command(
        "dashboard",
        "dashboard",
        "Print the Juju Dashboard URL, or open it in the default browser.",
        f"{MODEL} browser hide-credential port=",
    ),
    "version": Command("version", "version", "Print the Juju CLI client version.", f"all {FORMAT}"),
}
ALIASES: Mapping[str, str] = {
    "list-clouds": "clouds",
    "list-credentials": "credentials",
    "list-controllers": "controllers",
    "list-models": "models",
    "list-machines": "machines",
    "list-actions": "actions",
    "list-users": "users",
    "show-status": "status",
    "show-machine": "machines",
    "relate": "integrate",
    "resolve": "resolved",
}
ALIAS_EDITIONS: Mapping[str, tuple[Edition, ...]] = {"relate": BOTH, "gui": OLD}
