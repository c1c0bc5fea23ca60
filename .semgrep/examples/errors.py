import contextlib
from contextlib import suppress

# ruleid: nothing-is-swallowed
try:
    work()
except Exception:
    pass

# ruleid: nothing-is-swallowed
try:
    work()
except ValueError:
    pass
except Exception as error:
    log(error)

# ruleid: nothing-is-swallowed
try:
    work()
except BaseException as error:
    raise

# ruleid: nothing-is-swallowed
try:
    work()
except:
    pass

# ruleid: nothing-is-swallowed
with suppress(Exception):
    work()

# ok: nothing-is-swallowed
with contextlib.suppress(KeyError):
    work()

# ok: nothing-is-swallowed
try:
    work()
except (KeyError, ValueError) as error:
    raise LookupError from error
