"""Run a command and kill it, with every thread, at the entry of its Nth system call of those that have an effect.

    python tracer.py NUMBER FOLDER COMMAND…

Counted are the calls of `CALLS`, of all threads together, from the first that names a path in FOLDER. Printed on
standard error is each of them, a line `THREAD CALL`; with NUMBER 0 nothing is killed. The call at which it is killed is
not carried out. Exits as the command does, 137 where it was killed, 125 where ptrace is not allowed.

strace counts the calls of each thread by itself (`when=`), so it never reaches those of a worker at whose number the
main thread has been before. Hence this file; it needs nothing but ptrace, as strace does.
"""

import ctypes
import os
import platform
import signal
import sys

CALLS = {
    "x86_64": {
        1: "write", 18: "pwrite64", 42: "connect", 44: "sendto", 45: "recvfrom", 46: "sendmsg", 47: "recvmsg",
        72: "fcntl", 73: "flock", 74: "fsync", 75: "fdatasync", 77: "ftruncate", 82: "rename", 83: "mkdir",
        87: "unlink", 257: "openat", 258: "mkdirat", 263: "unlinkat", 264: "renameat",
    },
    "aarch64": {
        25: "fcntl", 32: "flock", 34: "mkdirat", 35: "unlinkat", 38: "renameat", 46: "ftruncate", 56: "openat",
        64: "write", 68: "pwrite64", 82: "fsync", 83: "fdatasync", 203: "connect", 206: "sendto", 207: "recvfrom",
        211: "sendmsg", 212: "recvmsg",
    },
}  # fmt: skip
"""The calls that change what is on the disk, on the wire or locked, by the kernel's numbers."""

PATHS = {"mkdir": 0, "mkdirat": 1, "openat": 1, "rename": 0, "renameat": 1, "unlink": 0, "unlinkat": 1}
"""Which argument of a call is a path: only those within FOLDER count."""

TRACEME, SYSCALL, SETOPTIONS, SYSCALL_INFO = 0, 24, 0x4200, 0x420E
SYSGOOD, FORKS, EXEC, EXITKILL = 1, 2 | 4 | 8, 16, 1 << 20

STOPPED_AT_CALL = signal.SIGTRAP | 0x80
ENTRY = 1

libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
libc.ptrace.restype = ctypes.c_long


class Info(ctypes.Structure):
    """The start of the kernel's ptrace_syscall_info, as it is at the entry of a call."""

    _fields_ = (
        ("op", ctypes.c_uint8), ("pad", ctypes.c_uint8 * 3), ("arch", ctypes.c_uint32),
        ("instruction", ctypes.c_uint64), ("stack", ctypes.c_uint64),
        ("number", ctypes.c_uint64), ("arguments", ctypes.c_uint64 * 6), ("rest", ctypes.c_uint64 * 2),
    )  # fmt: skip


def main(number: int, folder: str, command: list[str]) -> int:
    child = started(command)
    if child is None:
        return 125
    seen, thread, passed_on = 0, child, 0
    while True:
        libc.ptrace(SYSCALL, thread, None, passed_on)
        thread, status = os.waitpid(-1, 0x40000000)  # __WALL: threads too
        passed_on = 0
        if not os.WIFSTOPPED(status):
            if thread == child:
                return os.waitstatus_to_exitcode(status)
            thread = 0  # it is over: nothing goes on
        elif os.WSTOPSIG(status) == STOPPED_AT_CALL:
            name, path = entered(thread)
            if name and (path.startswith(folder) if name in PATHS else seen):
                seen += 1
                print(thread - child, name, file=sys.stderr)  # noqa: T201  (a script of its own)
                if seen == number:
                    os.kill(child, signal.SIGKILL)
                    return 137
        elif os.WSTOPSIG(status) not in {signal.SIGTRAP, signal.SIGSTOP}:
            passed_on = os.WSTOPSIG(status)


def started(command: list[str]) -> int | None:
    """Return the process of a command that waits for its tracer, None where ptrace is not allowed."""
    child = os.fork()
    if child == 0:
        if libc.ptrace(TRACEME, 0, None, None):
            os._exit(125)
        os.kill(os.getpid(), signal.SIGSTOP)
        os.execv(command[0], command)
    _, status = os.waitpid(child, 0)
    if not os.WIFSTOPPED(status):
        return None
    libc.ptrace(SETOPTIONS, child, None, SYSGOOD | FORKS | EXEC | EXITKILL)
    return child


def entered(thread: int) -> tuple[str, str]:
    """Return the call that a thread enters, and its path; "" for a call that does not count, and for its end."""
    info = Info()
    libc.ptrace(SYSCALL_INFO, thread, ctypes.sizeof(info), ctypes.addressof(info))
    name = CALLS[platform.machine()].get(info.number, "") if info.op == ENTRY else ""
    return name, text(thread, info.arguments[PATHS[name]]) if name in PATHS else ""


def text(thread: int, address: int) -> str:
    """Return the text at an address of a thread's memory."""
    with open(f"/proc/{thread}/mem", "rb", buffering=0) as memory:  # noqa: PTH123  (what is not imported is not waited for)
        memory.seek(address)
        return memory.read(1024).partition(b"\0")[0].decode(errors="replace")


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), sys.argv[2], sys.argv[3:]))
