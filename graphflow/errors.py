"""Every exception that running a graph can raise; the tree is drawn in `graphflow._core.errors`."""

from graphflow._core.errors import AbortedError as AbortedError
from graphflow._core.errors import AlreadyExistsError as AlreadyExistsError
from graphflow._core.errors import CancelledError as CancelledError
from graphflow._core.errors import DataLossError as DataLossError
from graphflow._core.errors import DeadlineExceededError as DeadlineExceededError
from graphflow._core.errors import FailedPreconditionError as FailedPreconditionError
from graphflow._core.errors import InternalError as InternalError
from graphflow._core.errors import InvalidArgumentError as InvalidArgumentError
from graphflow._core.errors import NotFoundError as NotFoundError
from graphflow._core.errors import OpError as OpError
from graphflow._core.errors import OutOfRangeError as OutOfRangeError
from graphflow._core.errors import PermissionDeniedError as PermissionDeniedError
from graphflow._core.errors import ResourceExhaustedError as ResourceExhaustedError
from graphflow._core.errors import UnauthenticatedError as UnauthenticatedError
from graphflow._core.errors import UnavailableError as UnavailableError
from graphflow._core.errors import UnimplementedError as UnimplementedError
from graphflow._core.errors import UnknownError as UnknownError
from graphflow._core.errors import error_code_from_exception_type as error_code_from_exception_type
from graphflow._core.errors import exception_type_from_error_code as exception_type_from_error_code
from graphflow._core.errors import raise_exception_on_not_ok_status as raise_exception_on_not_ok_status

OK = 0
CANCELLED = CancelledError.error_code
UNKNOWN = UnknownError.error_code
INVALID_ARGUMENT = InvalidArgumentError.error_code
DEADLINE_EXCEEDED = DeadlineExceededError.error_code
NOT_FOUND = NotFoundError.error_code
ALREADY_EXISTS = AlreadyExistsError.error_code
PERMISSION_DENIED = PermissionDeniedError.error_code
UNAUTHENTICATED = UnauthenticatedError.error_code
RESOURCE_EXHAUSTED = ResourceExhaustedError.error_code
FAILED_PRECONDITION = FailedPreconditionError.error_code
ABORTED = AbortedError.error_code
OUT_OF_RANGE = OutOfRangeError.error_code
UNIMPLEMENTED = UnimplementedError.error_code
INTERNAL = InternalError.error_code
UNAVAILABLE = UnavailableError.error_code
DATA_LOSS = DataLossError.error_code
