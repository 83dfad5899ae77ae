"""Why an order about the CA set is refused: one class per cause; the docstring is the message."""

from domain.errors import OrderRefused


class NothingProposed(OrderRefused):
    """No CA set waits for a signature: propose one first."""

    code = "nothing_proposed"


class AuthoritiesPublished(OrderRefused):
    """The signature is for another CA set than the one that waits: sign the present request."""

    code = "other_ca_set_proposed"


class AuthoritiesRefused(OrderRefused):
    """The root key did not sign this CA set, or a certificate in it is none of a CA."""

    code = "authorities_refused"
