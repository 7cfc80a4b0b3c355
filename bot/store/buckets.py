"""Opening the bucket that FILES_URL names, and saying what is wrong with it.

Keys, region and endpoint are the usual variables of S3 clients: AWS_ACCESS_KEY_ID,
AWS_SECRET_ACCESS_KEY, AWS_REGION, AWS_ENDPOINT_URL.
"""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import obstore
from obstore.exceptions import (
    AlreadyExistsError,
    BaseError,
    PermissionDeniedError,
    UnauthenticatedError,
)
from obstore.store import ObjectStore, S3Store

if TYPE_CHECKING:
    from obstore.store import RetryConfig  # of the type checker alone

_TIMEOUT = timedelta(seconds=30)
#: What a store does not answer at once, it is asked again, for a minute.
RETRIES: RetryConfig = {"max_retries": 6, "retry_timeout": timedelta(seconds=60)}


class BucketError(RuntimeError):
    """The bucket can't be used; the message tells the operator what to change."""


async def open_bucket(url: str) -> ObjectStore:
    """The bucket of `s3://bucket/prefix`, after writing to it and reading back. Raises BucketError.

    It must refuse to overwrite when it is asked to (`If-None-Match: *`), on which uploads rely.
    """
    parts = urlsplit(url)
    if parts.scheme != "s3" or not parts.netloc:
        raise BucketError("FILES_URL must be like s3://bucket/prefix, or empty for a folder")
    endpoint = os.environ.get("AWS_ENDPOINT_URL", "")
    try:
        store = S3Store(
            parts.netloc,
            prefix=parts.path.strip("/") or None,
            client_options={
                "allow_http": endpoint.startswith("http://"),
                "timeout": _TIMEOUT,
                "connect_timeout": timedelta(seconds=5),
            },
            retry_config=RETRIES,
        )
        await _tried(store)
    except BucketError:
        raise
    except (PermissionDeniedError, UnauthenticatedError):
        raise BucketError(
            f"the bucket {parts.netloc} refuses the keys: check AWS_ACCESS_KEY_ID and "
            "AWS_SECRET_ACCESS_KEY, and that they may read, write, list and delete there"
        ) from None
    except FileNotFoundError:
        raise BucketError(
            f"there is no bucket {parts.netloc}: make it, or change FILES_URL"
        ) from None
    except (BaseError, ValueError, OSError) as error:
        raise BucketError(
            f"the bucket {parts.netloc} can't be reached ({type(error).__name__}): check FILES_URL, "
            "AWS_ENDPOINT_URL and AWS_REGION"
        ) from None
    return store


async def _tried(store: ObjectStore) -> None:
    name = f"trial-{secrets.token_hex(8)}"
    # Where an answer was lost on the way, it was carried out already.
    with suppress(AlreadyExistsError):
        await obstore.put_async(store, name, b"1", mode="create")
    try:
        await obstore.put_async(store, name, b"2", mode="create")
    except AlreadyExistsError:
        pass
    else:
        raise BucketError(
            "the store of FILES_URL overwrites what it is told not to (If-None-Match): "
            "use one that doesn't"
        )
    finally:
        with suppress(FileNotFoundError):
            await obstore.delete_async(store, name)
