"""Tight loops over the work that nobody can leave out: what a call-in costs at least on this machine, now."""

import os
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from uuid import uuid4

import psycopg

from tests.bench.tls_pair import PairedTls, TlsPair
from wire import keys

ROUNDS = 5
ENOUGH = 400
SIGNED_BYTES = 135
"""Signed of an idle call-in: context, nonce, header, digest of the body."""
REQUEST, ANSWER, STATE = 160, 110, 240
"""Bytes of an idle call-in's frame, of its answer's, and of the event's stored state, about."""
BATCH, BATCHES = 100, 10
TABLE = """
DROP TABLE IF EXISTS floor; CREATE TABLE floor (
    position bigint GENERATED ALWAYS AS IDENTITY, stream uuid, version integer, topic text, state bytea,
    PRIMARY KEY (stream, version))
"""
INSERT = """
INSERT INTO floor (stream, version, topic, state)
SELECT * FROM unnest(%b::uuid[], %b::integer[], %b::text[], %b::bytea[])
"""


def verify_ms() -> float:
    """One P-256 signature checked."""
    private = keys.generate_key(keys.P256)
    public, message = keys.load_public_key(keys.public_der(private.public_key())), os.urandom(SIGNED_BYTES)
    signature = keys.sign(private, message)
    return _each_ms(lambda: public.verify(signature, message))


def sign_ms() -> float:
    """One Ed25519 signature made."""
    private, message = keys.generate_key(keys.ED25519), os.urandom(SIGNED_BYTES)
    return _each_ms(lambda: keys.sign(private, message))


def tls_record_ms(data: Path) -> float:
    """The server's end of one message in and one out."""
    pair, request, answer = TlsPair(PairedTls(data)), os.urandom(REQUEST), os.urandom(ANSWER)
    found = []
    for _ in range(ROUNDS):
        before = pair.server_s
        for _ in range(ENOUGH):
            pair.exchange(request, answer)
        found.append(1000 * (pair.server_s - before) / ENOUGH)
    return median(found)


def handshakes_per_s(data: Path) -> float:
    """New TLS connections that the server's end could make, one after another."""
    tls = PairedTls(data)
    return 1 / median(TlsPair(tls).server_s for _ in range(100))


def plain_loop_per_s(dsn: str) -> float:
    """One process, no network, no queue: verify, sign, insert; a commit for each batch. The best of three."""
    private, answering = keys.generate_key(keys.P256), keys.generate_key(keys.ED25519)
    public, message = keys.load_public_key(keys.public_der(private.public_key())), os.urandom(SIGNED_BYTES)
    signature = keys.sign(private, message)
    with psycopg.connect(dsn, autocommit=True, prepare_threshold=0) as connection:
        connection.execute(TABLE, prepare=False)
        cursor, found = connection.cursor(binary=True), []
        for _ in range(3):
            began = time.perf_counter()
            for _ in range(BATCHES):
                for _ in range(BATCH):
                    public.verify(signature, message)
                    keys.sign(answering, message)
                cursor.execute(INSERT, _rows())
            found.append(BATCHES * BATCH / (time.perf_counter() - began))
        connection.execute("DROP TABLE floor")
    return max(found)


def _rows() -> list[list[object]]:
    return [[uuid4() for _ in range(BATCH)], [1] * BATCH, ["Floor"] * BATCH, [os.urandom(STATE)] * BATCH]


def _each_ms(work: Callable[[], object]) -> float:
    found = []
    for _ in range(ROUNDS):
        began = time.process_time()
        for _ in range(ENOUGH):
            work()
        found.append(1000 * (time.process_time() - began) / ENOUGH)
    return median(found)
