import os
import pickle
import subprocess

import yaml
from jinja2 import Environment

# ruleid: templates-say-whether-they-escape
Environment(loader=loader)
# ok: templates-say-whether-they-escape
Environment(loader=loader, autoescape=True)

# ruleid: data-is-not-run
eval("1 + 1")
# ruleid: data-is-not-run
exec(code)
# ruleid: data-is-not-run
pickle.loads(body)
# ruleid: data-is-not-run
yaml.load(body, Loader=yaml.Loader)
# ok: data-is-not-run
yaml.safe_load(body)

# ruleid: no-shell
subprocess.run("ls", shell=True, check=True)
# ruleid: no-shell
os.system("ls")
# ok: no-shell
subprocess.run(["ls"], check=True)
