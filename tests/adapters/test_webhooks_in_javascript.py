"""The Standard Webhooks library of another language verifies what we sign: npm's, in Node.js."""

import json
import os
import shutil
import subprocess

import pytest

from tests.adapters.test_webhook_endpoints import ANOTHERS, NEW, OLD, posted

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(shutil.which("npm") is None, reason="needs Node.js with npm (apt install npm)"),
]

LIBRARY = "standardwebhooks@1.1.1"

VERIFY = """
const { Webhook } = require("standardwebhooks");
const { secret, body, headers, at } = JSON.parse(require("fs").readFileSync(0, "utf8"));
Date.now = () => at * 1000;
const Clock = Date;
globalThis.Date = class extends Clock {
  constructor(...told) { super(...(told.length ? told : [at * 1000])); }
};
try {
  console.log(JSON.stringify({ told: new Webhook(secret).verify(body, headers) }));
} catch (error) {
  console.log(JSON.stringify({ refused: error.message }));
}
"""
"""At the instant it is told, verifies what it is given."""


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    """A folder in which the library is installed."""
    folder = tmp_path_factory.mktemp("npm")
    command = ["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(folder), LIBRARY]
    subprocess.run(command, check=True, timeout=120)
    (folder / "verify.js").write_text(VERIFY)
    return folder


def verify(library, secret, body, headers):
    told = {"secret": secret, "body": body, "headers": headers, "at": int(headers["webhook-timestamp"])}
    done = subprocess.run(
        [shutil.which("node") or "node", "verify.js"],
        input=json.dumps(told),
        cwd=library,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return json.loads(done.stdout)


def test_npms_library_verifies_our_signatures(library):
    """With either secret while one is rotated, letters beyond ASCII included."""
    body, headers = posted({"billing-app": [NEW, OLD]})
    for secret in (NEW, OLD):
        assert verify(library, secret, body.decode(), headers)["told"] == json.loads(body)


def test_npms_library_refuses_what_we_did_not_sign(library):
    """Another's secret, and a body that was changed by a space."""
    body, headers = posted({"billing-app": [NEW]})
    for secret, told in ((ANOTHERS, body.decode()), (NEW, body.decode() + " ")):
        assert verify(library, secret, told, headers) == {"refused": "No matching signature found"}
