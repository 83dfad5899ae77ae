"""Where tests take their services from, and that nothing is installed or replaced unasked."""

import os
import socket
import subprocess
import threading
from pathlib import Path

import pytest

from services.engine import docker_answers
from services.install import SCRIPT, ServiceMissing, install


def _fake_apt(folder: Path, script: str) -> dict[str, str]:
    apt = folder / "apt-get"
    apt.write_text(f"#!/bin/bash\n{script}\n")
    apt.chmod(0o755)
    return {"PATH": f"{folder}:{os.environ['PATH']}", "ROOT_DIRECTORY": str(folder)}


def _machine(folder: Path) -> tuple[Path, Path]:
    policy = folder / "usr/sbin/policy-rc.d"
    policy.parent.mkdir(parents=True)
    cluster = folder / "etc/postgresql-common/createcluster.d/muster-tests.conf"
    return policy, cluster


def test_a_forbidden_install_names_the_one_command_to_run() -> None:
    with pytest.raises(ServiceMissing, match=r"Run: sudo bash \S+/install\.sh rabbitmq-server$"):
        install("rabbitmq-server", {"MUSTER_NO_INSTALL": "1"})


def test_daemons_are_held_back_only_while_packages_are_installed(tmp_path: Path) -> None:
    policy, cluster = _machine(tmp_path)
    environment = _fake_apt(
        tmp_path, f'[ "$1" = update ] || {{ {policy}; echo $? >{tmp_path}/answer; cp {cluster} {tmp_path}/cluster; }}'
    )

    subprocess.run(["bash", SCRIPT, "postgresql"], env=environment, check=True)

    assert (tmp_path / "answer").read_text() == "101\n"
    assert (tmp_path / "cluster").read_text() == "create_main_cluster = false\n"
    assert not policy.exists()
    assert not cluster.exists()


def test_a_failed_install_leaves_the_machine_as_it_was(tmp_path: Path) -> None:
    policy, cluster = _machine(tmp_path)
    environment = _fake_apt(tmp_path, "exit 100")

    done = subprocess.run(["bash", SCRIPT, "postgresql"], env=environment, check=False)

    assert done.returncode == 100
    assert not policy.exists()
    assert not cluster.exists()


def test_an_administrators_own_policy_is_neither_replaced_nor_removed(tmp_path: Path) -> None:
    policy, _ = _machine(tmp_path)
    policy.write_text("theirs")

    subprocess.run(["bash", SCRIPT, "postgresql"], env=_fake_apt(tmp_path, "exit 0"), check=True)

    assert policy.read_text() == "theirs"


def test_an_engine_that_is_not_there_is_not_used(tmp_path: Path) -> None:
    assert not docker_answers({"DOCKER_HOST": f"unix://{tmp_path}/docker.sock"})


def test_an_engine_that_answers_its_ping_is_used(tmp_path: Path) -> None:
    path = tmp_path / "docker.sock"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()

        def answer() -> None:
            engine, _ = listener.accept()
            with engine:
                engine.recv(1024)
                engine.sendall(b"HTTP/1.0 200 OK\r\n\r\nOK")

        thread = threading.Thread(target=answer)
        thread.start()
        answers = docker_answers({"DOCKER_HOST": f"unix://{path}"})
        thread.join()

    assert answers
