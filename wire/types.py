"""Numbers of the package types; docs/protocol.md prints this table."""

from enum import IntEnum


class AgentType(IntEnum):
    """What an agent may send. Control types have number 0 and are not in the diary."""

    HELLO = 1
    REGISTRATION_REQUEST = 2
    AGENT_KEY_UPDATE = 3
    PROPS_VERSION = 4
    INC_PROPS = 5
    FULL_PROPS = 6
    EVENT_UPLOAD = 7
    MSG_UPLOAD = 8
    MSG_REQUEST = 9


class ServerType(IntEnum):
    """What a server may send. The first four are never signed and change nothing that is stored."""

    WELCOME = 128
    BUSY = 129
    UNKNOWN_KEY = 130
    MSG_AVAILABLE = 131
    KEY_UPDATE = 132
    REGISTRATION_RESPONSE = 133
    PROPS_RESPONSE = 134
    MSG_RESPONSE = 135
    ACCESS_DENIED = 136


CONTROL = frozenset({AgentType.HELLO, AgentType.REGISTRATION_REQUEST, AgentType.AGENT_KEY_UPDATE})
UNSIGNED = frozenset(
    {
        ServerType.WELCOME,
        ServerType.BUSY,
        ServerType.UNKNOWN_KEY,
        ServerType.MSG_AVAILABLE,
        ServerType.KEY_UPDATE,
    }
)

ADMINISTRATORS_NAMES: dict[int, str] = {
    AgentType.HELLO: "Hello",
    AgentType.REGISTRATION_REQUEST: "RegistrationRequest",
    AgentType.AGENT_KEY_UPDATE: "AgentKeyUpdate",
    AgentType.PROPS_VERSION: "PropsVersion",
    AgentType.INC_PROPS: "IncProps",
    AgentType.FULL_PROPS: "FullProps",
    AgentType.EVENT_UPLOAD: "EventUpload",
    AgentType.MSG_UPLOAD: "MsgUpload",
    AgentType.MSG_REQUEST: "MsgRequest",
    ServerType.WELCOME: "Welcome",
    ServerType.BUSY: "Busy",
    ServerType.UNKNOWN_KEY: "UnknownKey",
    ServerType.MSG_AVAILABLE: "MsgAvailable",
    ServerType.KEY_UPDATE: "KeyUpdate",
    ServerType.REGISTRATION_RESPONSE: "RegistrationResponse",
    ServerType.PROPS_RESPONSE: "PropsResponse",
    ServerType.MSG_RESPONSE: "MsgResponse",
    ServerType.ACCESS_DENIED: "AccessDenied",
}


def type_name(number: int) -> str:
    """The name administrators know, or ``type-N`` for a number nobody defined."""
    return ADMINISTRATORS_NAMES.get(number, f"type-{number}")
