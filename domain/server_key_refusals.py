"""Why an order about a server key is refused: one class per cause; the docstring is the message."""

from domain.errors import OrderRefused


class KeyNotCertified(OrderRefused):
    """The root key has not vouched for this server key: sign its request and install the certificate."""

    code = "key_not_certified"


class KeySignsNothing(OrderRefused):
    """Keys of this algorithm are listed and counted; nothing is signed with them."""

    code = "key_signs_nothing"


class KeyIsCurrent(OrderRefused):
    """The server answers with this key: activate another first."""

    code = "key_is_current"


class KeyRetired(OrderRefused):
    """This server key is retired for good: make a new one."""

    code = "key_retired"


class KeyBelowMinimum(OrderRefused):
    """Agents refuse this server key: a newer certificate names a higher minimum version."""

    code = "key_below_minimum"


class KeyStillReliedOn(OrderRefused):
    """Agents still rely on this server key: only with --force and a reason."""

    code = "key_still_relied_on"


class KeyKnown(OrderRefused):
    """This key is one of the server keys already."""

    code = "key_known"


class RetireFirst(OrderRefused):
    """Only a retired server key can be deleted."""

    code = "retire_first"


class CertificateRefused(OrderRefused):
    """The root key did not sign this certificate, or it is for another key."""

    code = "certificate_refused"


class RootKeyUnknown(OrderRefused):
    """The worker was not told the root key: set deployment.root_key to that of the bootstrap file."""

    code = "root_key_unknown"
