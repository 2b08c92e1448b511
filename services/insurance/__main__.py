"""`python -m services.insurance [migrate]`."""

from foundation.runtime.process import run_service
from services.insurance.service import SERVICE

if __name__ == "__main__":
    raise SystemExit(run_service(SERVICE))
