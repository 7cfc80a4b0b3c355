"""A real S3-compatible store on this machine: seaweedfs, with its telemetry off."""

from __future__ import annotations

import json
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import obstore
import pytest
from obstore.exceptions import BaseError
from obstore.store import S3Store

from tests.ports import own_port

KEY, SECRET, BUCKET = "assistant", "for these tests", "patients"
_PATIENCE = 60.0


class Buckets:
    """The running store. `environment` is what a program needs to find it."""

    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint
        self.environment = {
            "AWS_ENDPOINT_URL": endpoint,
            "AWS_ACCESS_KEY_ID": KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET,
            "AWS_REGION": "us-east-1",
        }

    def fresh(self) -> str:
        """The FILES_URL of a part of the bucket that nobody else uses."""
        return f"s3://{BUCKET}/{secrets.token_hex(6)}"


@contextmanager
def buckets(folder: Path) -> Iterator[Buckets]:
    """The store, with a bucket in it, for as long as the block runs."""
    master, volume, filer, s3, *inner = (str(own_port()) for _ in range(8))
    keys = folder / "keys.json"
    credentials = [{"accessKey": KEY, "secretKey": SECRET}]
    rights = {
        "name": KEY,
        "credentials": credentials,
        "actions": ["Admin", "Read", "Write", "List"],
    }
    keys.write_text(json.dumps({"identities": [rights]}))
    data = folder / "data"
    data.mkdir()
    command = [
        str(Path(sys.executable).with_name("weed")),
        "server",
        f"-dir={data}",
        "-ip=127.0.0.1",
        "-ip.bind=127.0.0.1",
        f"-master.port={master}",
        "-master.telemetry=false",
        "-master.volumeSizeLimitMB=64",
        f"-volume.port={volume}",
        "-volume.max=50",
        "-filer",
        f"-filer.port={filer}",
        "-s3",
        "-s3.port.iceberg=0",
        "-s3.port.lance=0",
        f"-s3.port={s3}",
        f"-s3.config={keys}",
        # By default each is ten thousand above the other one, where there may be no port.
        *(
            f"-{part}.port.grpc={port}"
            for part, port in zip(("master", "volume", "filer", "s3"), inner, strict=True)
        ),
    ]
    with (folder / "weed.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log)
    try:
        _wait(f"http://127.0.0.1:{s3}", process, folder / "weed.log")
        made = Buckets(f"http://127.0.0.1:{s3}")
        _make_bucket(made)
        yield made
    finally:
        process.kill()
        process.wait()


def _wait(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + _PATIENCE
    while True:
        assert process.poll() is None, log.read_text(errors="replace")[-2000:]
        try:
            urlopen(address, timeout=2).close()
            return
        except HTTPError:
            return
        except OSError:
            assert time.monotonic() < end, log.read_text(errors="replace")[-2000:]
            time.sleep(0.1)


def _make_bucket(made: Buckets) -> None:
    """The first file makes the bucket. The store answers a while before it can take one."""
    with pytest.MonkeyPatch.context() as patch:
        set_environment(patch, made)
        end = time.monotonic() + _PATIENCE
        while True:
            try:
                store = S3Store(BUCKET, client_options={"allow_http": True})
                obstore.put(store, "first", b"")
                return
            except (BaseError, OSError):
                if time.monotonic() > end:
                    raise
                time.sleep(0.2)


def set_environment(patch: pytest.MonkeyPatch, made: Buckets) -> None:
    """Let what is opened in this process find it."""
    for name, value in made.environment.items():
        patch.setenv(name, value)
    patch.delenv("AWS_SESSION_TOKEN", raising=False)
